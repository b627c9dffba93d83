"""The trial's three files, defects and all, give exactly what ``expected.json`` says, line by line."""

from collections import Counter
from collections.abc import Iterable

import pytest
from sqlalchemy import text

from lims.checks import ledger_checks
from lims.custody.verification import verify
from lims.db import Database
from lims.imports.queries import get_run, list_runs
from lims.imports.report import report_csv
from lims.imports.vocabulary import ImportKind, ImportReport, Outcome, RowFinding
from lims.studies.queries import count_in_cohorts, get_study
from tests.rooms.imports.conftest import EXPECTED, FOLDER, take_in

Reports = dict[ImportKind, ImportReport]
TakenIn = tuple[Database, Reports]

TABLES = ("custody_event", "participant", "treatment", "consent_record", "collection", "specimen", "container", "placement", "imported_row")

# Why a line of collections.csv is refused: the column, and the code of the reason, by the words of expected.json.
REASONS = {
    "a pre-treatment sample collected after the ILDR fraction": ("collected_at", "studies.treated-already"),
    "unknown participant": ("record_id", "studies.unknown-participant"),
    "collected after consent was withdrawn": ("collected_at", "specimens.consent-withdrawn"),
    "unknown timepoint": ("timepoint", "studies.unknown-code"),
    "an amount below zero": ("amount", "imports.below-zero"),
    "an amount that is no number": ("amount", "imports.no-number"),
    "a unit that does not fit the specimen": ("unit", "specimens.unit-does-not-fit"),
    "a date in another form: not guessed": ("collected_at", "imports.another-date-form"),
    "a date in the future": ("collected_at", "imports.in-the-future"),
    "frozen before it was collected": ("frozen_at", "specimens.impossible-times"),
    "an exact copy of another row": ("", "imports.copy"),
}


def of(findings: Iterable[RowFinding], outcome: Outcome) -> list[RowFinding]:
    return [finding for finding in findings if finding.outcome is outcome]


def lines_with(report: ImportReport, *codes: str) -> list[int]:
    return sorted({finding.line for finding in of(report.findings, Outcome.FLAGGED) if finding.code in codes})


def count_rows(database: Database) -> dict[str, int]:
    with database.read() as session:
        return {table: session.execute(text(f"SELECT count(*) FROM {table}")).scalar_one() for table in TABLES}


def test_the_roster_fills_every_cohort(taken_in: TakenIn) -> None:
    database, reports = taken_in
    report = reports[ImportKind.ROSTER]
    assert (report.rows, report.loaded, report.refused) == (EXPECTED["participants"], EXPECTED["participants"], 0)
    with database.read() as session:
        assert count_in_cohorts(session, get_study(session).id) == EXPECTED["cohorts"]
        withdrawn = session.execute(text("SELECT code FROM participant WHERE withdrawn_on IS NOT NULL ORDER BY code")).scalars().all()
    assert withdrawn == sorted(EXPECTED["withdrawn"])


def test_the_antibody_later_than_a_day_is_flagged_on_its_line(taken_in: TakenIn) -> None:
    flagged = of(taken_in[1][ImportKind.ROSTER].findings, Outcome.FLAGGED)
    assert [(each.line, each.column, each.value, each.code) for each in flagged] == [
        (42, "icb_first_at", "2026-01-04 22:45", "late-antibody"),
    ]
    assert EXPECTED["notes"]["icb_later_than_24h"] == ["O09"]


def test_every_defect_of_the_collections_is_refused_with_its_column_value_and_reason(taken_in: TakenIn) -> None:
    report = taken_in[1][ImportKind.COLLECTIONS]
    found = {each.line: (each.column, each.value, each.code) for each in of(report.findings, Outcome.REFUSED)}
    expected = {}
    for defect in EXPECTED["defects"]:
        column, code = REASONS[defect["why"]]
        row = defect["row"] | {"frozen_at": "2026-03-16 07:58", "": ""}
        expected[defect["line"]] = (column, str(row[column]), code)
    assert found == expected
    assert (report.rows, report.loaded) == (EXPECTED["collections_rows"], EXPECTED["collections_loaded"])
    assert report.refused == len(EXPECTED["defects"])


@pytest.mark.parametrize(
    ("list_", "codes"),
    [
        ("too_late_processed", ("processed-late",)),
        ("out_of_window", ("window-early", "window-late")),
        ("before_antibody", ("before-antibody",)),
    ],
)
def test_the_flags_follow_from_the_times(taken_in: TakenIn, list_: str, codes: tuple[str, ...]) -> None:
    assert lines_with(taken_in[1][ImportKind.COLLECTIONS], *codes) == EXPECTED["flags"][list_]


def test_a_second_collection_is_loaded_and_warned(taken_in: TakenIn) -> None:
    warned = of(taken_in[1][ImportKind.COLLECTIONS].findings, Outcome.WARNED)
    second = {each.line: each.column for each in warned if each.code == "second-collection"}
    assert second == {103: "timepoint", 422: "timepoint"}  # L07's stool once more with another note, L05's second of the same morning


def test_every_defect_of_the_inventory_names_the_line_it_collides_with(taken_in: TakenIn) -> None:
    report = taken_in[1][ImportKind.INVENTORY]
    expected = EXPECTED["legacy"]
    assert (report.rows, report.loaded, report.refused) == (expected["rows"], expected["loaded"], len(expected["refused"]))
    refused = of(report.findings, Outcome.REFUSED)
    assert [each.line for each in refused] == [each["line"] for each in expected["refused"]]
    told = {each.line: (each.column, each.value, each.reason) for each in refused}
    assert told[70][:2] == ("Position", "H5")
    assert told[70][2].startswith("B1 H5 is taken by line 69.")
    assert told[108][2].startswith("B2 D9 is taken by line 107.")
    assert told[154][:2] == ("Sample code", "9985709580")
    assert told[154][2].startswith("Code 9985709580 is line 153's already.")
    assert told[222] == ("Sample code", "", "This cannot be empty.")
    assert told[223][:2] == ("ILDR-01 patient", "ILDR01-000Z")
    assert told[225] == ("Position", "K1", "No such hole: a 9 × 9 box has rows A to I.")


def test_a_tube_of_unknown_amount_is_still_a_tube(taken_in: TakenIn) -> None:
    database, reports = taken_in
    flagged = of(reports[ImportKind.INVENTORY].findings, Outcome.FLAGGED)
    assert [(each.line, each.column, each.code) for each in flagged] == [(224, "Volume/Weight", "amount-unknown")]
    with database.read() as session:
        row = session.execute(text("SELECT amount, form, thaw_count FROM specimen WHERE barcode = 'IL1-0002-X'")).one()
    assert tuple(row) == (None, "aliquot", None)


def test_cells_in_a_freezer_that_is_too_warm_are_warned(taken_in: TakenIn) -> None:
    warned = of(taken_in[1][ImportKind.INVENTORY].findings, Outcome.WARNED)
    assert {each.code for each in warned} == {"wrong-temperature"}
    assert {(each.line, each.column, each.value) for each in warned} >= {(9, "Box", "B1"), (10, "Box", "B1")}


def test_a_tube_keeps_its_code_its_freezing_day_and_its_hole(taken_in: TakenIn) -> None:
    with taken_in[0].read() as session:
        row = session.execute(
            text(
                """SELECT collection.collected_at, collection.frozen_on, participant.code AS participant, specimen.timepoint,
                          box.name AS box, rack.name AS rack, shelf.name AS shelf, freezer.name AS freezer,
                          placement."row", placement."column"
                   FROM specimen JOIN collection ON collection.id = specimen.collection_id
                   JOIN participant ON participant.id = specimen.participant_id
                   JOIN placement ON placement.specimen_id = specimen.id JOIN container box ON box.id = placement.container_id
                   JOIN container rack ON rack.id = box.parent_id JOIN container shelf ON shelf.id = rack.parent_id
                   JOIN container freezer ON freezer.id = shelf.parent_id
                   WHERE specimen.barcode = '003671747'"""
            )
        ).one()
    assert row.collected_at is None
    assert str(row.frozen_on) == "2025-05-16"
    assert (row.participant, row.timepoint, row.row, row.column) == ("L01", "PRE", 0, 0)
    assert (row.freezer, row.shelf, row.rack, row.box) == ("Haier-86 #2", "Shelf 1", "Rack 1", "B1")


def test_each_container_of_the_inventory_is_made_once(taken_in: TakenIn) -> None:
    with taken_in[0].read() as session:
        names = Counter(session.execute(text("SELECT name FROM container WHERE type = 'box-9x9'")).scalars())
    assert names == {"B1": 1, "B2": 1, "B3": 1, "B4": 1, "B40": 1}


def test_the_reports_are_kept_as_they_were_given(taken_in: TakenIn) -> None:
    database, reports = taken_in
    with database.read() as session:
        runs = {run.id: run for run in list_runs(session)}
        for report in reports.values():
            facts, kept = get_run(session, report.run_id or 0)
            assert facts == runs[report.run_id or 0]
            assert (facts.loaded, facts.refused) == (report.loaded, report.refused)
            assert kept == report_csv(report.findings)


def test_the_ledger_is_whole_after_all_three(taken_in: TakenIn) -> None:
    with taken_in[0].snapshot() as session:
        assert list(verify(session, ledger_checks())) == []


def test_a_second_time_changes_nothing_and_says_so(taken_in: TakenIn) -> None:
    database, first = taken_in
    before = count_rows(database)
    for kind, report in first.items():
        again = take_in(database, kind)
        assert (again.loaded, again.already, again.refused) == (0, report.loaded, report.refused)
        assert of(again.findings, Outcome.REFUSED) == of(report.findings, Outcome.REFUSED)
        already = Counter(finding.line for finding in of(again.findings, Outcome.ALREADY))
        assert len(already) == report.loaded
        assert set(already.values()) <= {1}
    assert count_rows(database) == before
    with database.snapshot() as session:
        assert list(verify(session, ledger_checks())) == []


@pytest.mark.parametrize(
    ("edit", "named"),
    [
        ("UPDATE import_run SET loaded = loaded + 1", "roster.csv: 48 rows are remembered, 49 were loaded"),
        ("UPDATE import_run SET refused = 1", "roster.csv: refused is 1, its event says 0"),
        ("UPDATE import_run SET report = ''", "roster.csv: report_sha256 is"),
        ("DELETE FROM imported_row", "roster.csv: 0 rows are remembered, 48 were loaded"),
    ],
)
def test_a_run_changed_behind_the_ledgers_back_is_named(trial: Database, edit: str, named: str) -> None:
    take_in(trial, ImportKind.ROSTER)
    with trial.transaction() as session:
        session.execute(text(edit))
    with trial.snapshot() as session:
        assert next(verify(session, ledger_checks())).sentence.startswith(named)


def test_a_dry_run_finds_the_same_and_writes_nothing(trial: Database) -> None:
    before = count_rows(trial)
    tried = take_in(trial, ImportKind.ROSTER, dry_run=True)
    assert count_rows(trial) == before
    done = take_in(trial, ImportKind.ROSTER)
    assert tried.findings == done.findings
    assert (tried.loaded, tried.run_id, tried.dry_run) == (done.loaded, None, True)
    some = b"\n".join((FOLDER / "collections.csv").read_bytes().splitlines()[:161])
    before = count_rows(trial)
    assert take_in(trial, ImportKind.COLLECTIONS, some, dry_run=True).refused == 4
    assert count_rows(trial) == before
