"""Taking files in: what is new is added, what contradicts is refused, what is refused leaves nothing behind."""

import csv
import io
import threading
from datetime import datetime
from decimal import Decimal, InvalidOperation

import openpyxl
import pytest
from sqlalchemy import text

from lims.accounts.vocabulary import SYSTEM
from lims.db import Database
from lims.imports.errors import AnotherKind, ColumnsMissing, FileUnreadable, UnknownRun
from lims.imports.mapping_file import shipped_mapping
from lims.imports.queries import get_run, list_runs
from lims.imports.service import Tally, import_file
from lims.imports.vocabulary import ImportFile, ImportKind, ImportReport, Outcome
from lims.studies.errors import NoStudy
from lims.studies.queries import get_participant, treatments_of
from tests.rooms.imports.conftest import FOLDER, NOW, take_in
from tests.support.counting import count_statements

ROSTER, COLLECTIONS, INVENTORY = ImportKind.ROSTER, ImportKind.COLLECTIONS, ImportKind.INVENTORY
HEADER = "record_id,cohort,enrolled_on,consent_on,carried_over_from,previous_id,ildr_at,icb_first_at,status,withdrawn_on"
L01 = "L01,lung,2025-05-02,2025-05-01,ILDR-01,ILDR01-601L,2025-05-19 12:20,2025-05-20 08:20,on study,"
TUBES = "Sample code,ILDR-01 patient,Visit,Type,Volume/Weight,Unit,Freezer,Shelf,Rack,Box,Position,Frozen,Remark"
TUBE = "A1,ILDR01-601L,baseline,plasma,500,uL,F1,1,1,B1,A1,2025-05-16,"


def roster(*rows: str) -> str:
    return "\n".join([HEADER, *rows])


def tubes(*rows: str) -> str:
    return "\n".join([TUBES, *rows])


def refused(report: ImportReport) -> list[tuple[int, str, str]]:
    return [(each.line, each.column, each.code) for each in report.findings if each.outcome is Outcome.REFUSED]


def counts(report: ImportReport) -> tuple[int, int, int]:
    return report.loaded, report.already, report.refused


def how_many(database: Database, table: str) -> int:
    with database.read() as session:
        return int(session.execute(text(f"SELECT count(*) FROM {table}")).scalar_one())


def test_a_later_roster_adds_what_is_new(trial: Database) -> None:
    early = L01.replace("2025-05-19 12:20,2025-05-20 08:20", "2025-05-19 12:20,")
    assert counts(take_in(trial, ROSTER, roster(early))) == (1, 0, 0)
    assert counts(take_in(trial, ROSTER, roster(L01))) == (1, 0, 0)
    later = L01.replace("on study,", "consent withdrawn,2025-09-04")
    assert counts(take_in(trial, ROSTER, roster(later))) == (1, 0, 0)
    with trial.read() as session:
        participant = get_participant(session, "L01")
        assert str(participant.withdrawn_on) == "2025-09-04"
        assert [dose.kind for dose in treatments_of(session, [participant.id])[participant.id]] == ["ildr", "icb"]
    assert counts(take_in(trial, ROSTER, roster(L01))) == (0, 1, 0)


@pytest.mark.parametrize(
    ("was", "is_now", "column"),
    [
        ("lung", "other", "cohort"),
        ("2025-05-02", "2025-05-03", "enrolled_on"),
        ("2025-05-01", "2025-04-30", "consent_on"),
        ("2025-05-19 12:20", "2025-05-19 12:21", "ildr_at"),
        ("2025-05-20 08:20", "2025-05-21 08:20", "icb_first_at"),
    ],
)
def test_a_roster_that_contradicts_what_is_known_is_refused_and_overwrites_nothing(
    trial: Database, was: str, is_now: str, column: str
) -> None:
    take_in(trial, ROSTER, roster(L01))
    before = how_many(trial, "custody_event")
    assert refused(take_in(trial, ROSTER, roster(L01.replace(was, is_now)))) == [(2, column, "imports.contradiction")]
    assert how_many(trial, "custody_event") == before


def test_the_seventeenth_of_a_cohort_comes_back(trial: Database) -> None:
    rows = [f"L{number:02},lung,2025-05-02,,,,,,," for number in range(1, 18)]
    report = take_in(trial, ROSTER, roster(*rows))
    assert refused(report) == [(18, "cohort", "studies.cohort-full")]
    assert report.loaded == 16


def test_a_row_refused_halfway_leaves_nothing_behind(trial: Database) -> None:
    take_in(trial, ROSTER, roster(L01))
    before = {table: how_many(trial, table) for table in ("specimen", "container", "barcode", "custody_event", "custody_subject")}
    report = take_in(trial, INVENTORY, tubes(TUBE.replace(",A1,2025", ",K1,2025")), dry_run=True)
    assert refused(report) == [(2, "Position", "storage.no-such-position")]
    assert {table: how_many(trial, table) for table in before} == before
    take_in(trial, INVENTORY, tubes(TUBE.replace(",A1,2025", ",K1,2025")))
    assert how_many(trial, "container") == before["container"]
    assert how_many(trial, "custody_event") == before["custody_event"]


def test_a_hole_taken_by_a_tube_of_another_list_names_its_code(trial: Database) -> None:
    take_in(trial, ROSTER, roster(L01))
    take_in(trial, INVENTORY, tubes(TUBE))
    report = take_in(trial, INVENTORY, tubes(TUBE.replace("A1,ILDR01", "A2,ILDR01", 1)))
    assert refused(report) == [(2, "Position", "storage.position-occupied")]
    assert report.findings[0].reason.startswith("B1 A1 is taken by A1.")


def test_a_code_that_is_on_another_thing_comes_back(trial: Database) -> None:
    take_in(trial, ROSTER, roster(L01))
    take_in(trial, INVENTORY, tubes(TUBE))
    report = take_in(trial, INVENTORY, tubes(TUBE.replace("plasma,500", "plasma,400").replace(",A1,2025", ",A2,2025")))
    assert refused(report) == [(2, "Sample code", "labels.code-taken")]


@pytest.mark.parametrize("code", ["样本1", "S3WJWJD9", "x" * 65])
def test_a_code_that_no_label_could_carry_comes_back(trial: Database, code: str) -> None:
    take_in(trial, ROSTER, roster(L01))
    [(line, column, _)] = refused(take_in(trial, INVENTORY, tubes(TUBE.replace("A1,", f"{code},", 1))))
    assert (line, column) == (2, "Sample code")


def test_nothing_loads_before_there_is_a_study(database: Database) -> None:
    with pytest.raises(NoStudy):
        take_in(database, ROSTER, roster(L01))


def test_a_file_as_a_whole_is_refused_before_anything_is_written(trial: Database) -> None:
    for content, error in ((b"\x00", FileUnreadable), (b"record_id\nL01", ColumnsMissing)):
        with pytest.raises(error):
            take_in(trial, ROSTER, content)
    with pytest.raises(AnotherKind):
        take_in(trial, ROSTER, roster(L01), mapping=shipped_mapping("inventory"))
    assert how_many(trial, "import_run") == 0


def test_a_column_nobody_reads_is_warned_once(trial: Database) -> None:
    content = "\n".join(f"{line},{more}" for line, more in zip(roster(L01).splitlines(), ("shoe size", "43"), strict=True))
    report = take_in(trial, ROSTER, content)
    assert [(each.line, each.column, each.code) for each in report.findings] == [(1, "shoe size", "imports.column-unread")]
    assert (report.loaded, report.warned) == (1, 0)


def test_another_hospitals_mapping_reads_another_hospitals_file(trial: Database) -> None:
    mapping = """
        kind = "roster"
        time_zone = "Europe/Berlin"
        instants = ["%d.%m.%Y %H:%M"]
        days = ["%d.%m.%Y"]
        [columns]
        participant = "Nr"
        cohort = "Gruppe"
        enrolled_on = "Aufnahme"
        [[treatment]]
        kind = "ildr"
        column = "Bestrahlung"
        [words.cohort]
        "Lunge" = "lung"
    """
    content = "Nr;Gruppe;Aufnahme;Bestrahlung\nL01;lunge;02.05.2025;19.05.2025 12:20"
    assert counts(take_in(trial, ROSTER, content, mapping=mapping, mapping_name="berlin.toml")) == (1, 0, 0)
    with trial.read() as session:
        participant = get_participant(session, "L01")
        [dose] = treatments_of(session, [participant.id])[participant.id]
    assert dose.given_at.isoformat() == "2025-05-19T10:20:00+00:00"


def test_the_same_rows_from_excel_are_the_same_rows(trial: Database) -> None:
    take_in(trial, ROSTER)
    rows = list(csv.reader(io.StringIO((FOLDER / "collections.csv").read_text(encoding="utf-8-sig"))))[:40]
    take_in(trial, COLLECTIONS, "\n".join(",".join(f'"{cell}"' for cell in row) for row in rows))
    book = openpyxl.Workbook()
    assert book.active is not None
    for row in rows:
        book.active.append([_as_excel_would(cell) for cell in row])
    content = io.BytesIO()
    book.save(content)
    assert counts(take_in(trial, COLLECTIONS, content.getvalue())) == (0, 39, 0)


def _as_excel_would(cell: str) -> object:
    """Excel makes dates and numbers of texts that look like them."""
    try:
        return datetime.strptime(cell, "%Y-%m-%d %H:%M")  # noqa: DTZ007 Excel knows no zone
    except ValueError:
        pass
    try:
        return float(Decimal(cell))
    except InvalidOperation:
        return cell


def test_two_who_give_the_same_file_at_once_load_it_once(trial: Database) -> None:
    take_in(trial, ROSTER, roster(L01))
    content = tubes(*(TUBE.replace("A1", f"T{number}", 1).replace(",A1,", f",A{number},") for number in range(1, 10)))
    reports: list[ImportReport] = []
    together = threading.Barrier(2)

    def give() -> None:
        together.wait()
        reports.append(take_in(trial, INVENTORY, content))

    both = [threading.Thread(target=give) for _ in range(2)]
    for one in both:
        one.start()
    for one in both:
        one.join()
    assert sorted(counts(report) for report in reports) == [(0, 9, 0), (9, 0, 0)]
    assert how_many(trial, "specimen") == 9
    assert how_many(trial, "container") == 4


def test_a_run_that_broke_off_is_simply_given_again(trial: Database) -> None:
    take_in(trial, ROSTER)
    content = "\n".join((FOLDER / "collections.csv").read_text(encoding="utf-8-sig").splitlines()[:121]).encode()

    def pull_the_plug(tally: Tally) -> None:
        if tally.done == 110:
            raise KeyboardInterrupt

    given = ImportFile(kind=COLLECTIONS, name="collections.csv", content=content)
    with pytest.raises(KeyboardInterrupt):
        import_file(trial, given, actor=SYSTEM, at=NOW, report=pull_the_plug)
    assert how_many(trial, "collection") == 100
    assert counts(take_in(trial, COLLECTIONS, content)) == (20, 100, 0)


def test_progress_is_told_row_by_row(trial: Database) -> None:
    told: list[tuple[int, int]] = []
    given = ImportFile(kind=ROSTER, name="roster.csv", content=roster(L01, "L02,lung,never,,,,,,,", L01 + "x").encode())
    import_file(trial, given, actor=SYSTEM, at=NOW, report=lambda tally: told.append((tally.done, tally.rows)))
    assert told == [(0, 3), (1, 3), (2, 3), (3, 3)]


def test_runs_are_listed_newest_first(trial: Database) -> None:
    first = take_in(trial, ROSTER, roster(L01))
    second = take_in(trial, ROSTER, roster(L01))
    with trial.read() as session:
        assert [(run.id, run.loaded, run.already, run.actor) for run in list_runs(session)] == [
            (second.run_id, 0, 1, "system"),
            (first.run_id, 1, 0, "system"),
        ]
        assert len(list_runs(session, before_id=second.run_id)) == 1
        with pytest.raises(UnknownRun):
            get_run(session, -1)


def test_a_row_costs_few_statements_and_a_hundred_rows_one_commit(trial: Database) -> None:
    take_in(trial, ROSTER)
    lines = (FOLDER / "collections.csv").read_text(encoding="utf-8-sig").splitlines()
    with count_statements(trial) as cost:
        assert take_in(trial, COLLECTIONS, "\n".join(lines[:101])).loaded == 100
    assert len(cost.statements) <= 100 * 10 + 20
    assert cost.commits <= 3 + 1  # the run, its rows, its report; SQLite also ends the one reading with a commit
