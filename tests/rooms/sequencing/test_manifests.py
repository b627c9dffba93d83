"""Manifests on both engines: issued once, the same for ever, each pull written down."""

import csv
import hashlib
import io
import json
from collections.abc import Callable, Sequence
from datetime import timedelta
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from lims.accounts.vocabulary import SYSTEM
from lims.batches.errors import UnknownBatch
from lims.batches.queries import list_batches
from lims.batches.service import close_batch, create_batch, remove_member
from lims.batches.vocabulary import CreateBatch, PairSelection
from lims.custody.queries import list_events
from lims.custody.verification import ProjectionCheck, verify
from lims.custody.vocabulary import EventType, SubjectKind
from lims.db import Database
from lims.sequencing.errors import DocumentChanged, MembersNotUsable, NothingToIssue, UnknownFormat, UnknownManifest
from lims.sequencing.queries import get_manifest, list_manifests, list_pulls
from lims.sequencing.service import issue_manifest, pull_manifest
from lims.sequencing.verification import check_manifests
from lims.sequencing.vocabulary import COLUMNS, Document, ManifestRecord
from lims.specimens.queries import lock_specimen
from lims.specimens.service import apply_act, flag_specimen
from lims.specimens.vocabulary import PrimaryTube
from tests.factories.pairs import stool_pair, take_stool, trial_with_pairs
from tests.factories.trial import ILDR_AT, NOW, act, begin, divide, give, old_tube, types_of, withdraw
from tests.support.bench import Bench
from tests.support.counting import count_statements
from tests.support.races import at_once

CHECKS: dict[SubjectKind, Sequence[ProjectionCheck]] = {SubjectKind.MANIFEST: [check_manifests]}


def issue(session: Session, batch: str = "MG-2026-01") -> ManifestRecord:
    return issue_manifest(session, batch, actor=SYSTEM, at=NOW)


def pull(session: Session, number: str = "M-000001", format_: str = "csv") -> Document:
    return pull_manifest(session, number, format_, actor=SYSTEM, at=NOW)


def fill(session: Session, **more: Any) -> list[str]:
    """A batch of what is free, or of what is named; its barcodes in order."""
    chosen: dict[str, Any] = more or {"select": PairSelection()}
    view = create_batch(session, CreateBatch(assay="metagenomics", **chosen), actor=SYSTEM, at=NOW)
    return [member.barcode for member in view.members]


def lines_of(document: Document) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(document.content.decode(), newline="")))


def test_a_manifest_says_of_each_tube_what_the_contract_asks(session: Session) -> None:
    begin(session)
    give(session, kind="icb", given_at=ILDR_AT + timedelta(hours=20))
    pre, post = stool_pair(session, "L07")
    bench = Bench(session)
    box = bench.freezer_box()
    bench.place(pre[0].barcode, box, "C4")
    flag_specimen(session, pre[0].barcode, "antibiotics", None, actor=SYSTEM, at=bench.at)
    fill(session)
    issued = issue(session)
    assert (issued.number, issued.batch, issued.line_count) == ("M-000001", "MG-2026-01", 2)
    before, after = lines_of(pull(session))
    assert before == {
        "manifest": "M-000001",
        "line": "1",
        "barcode": pre[0].barcode,
        "label": "ILDR02-L07-PRE-STL-02",
        "participant": "L07",
        "cohort": "lung",
        "timepoint": "PRE",
        "side": "pre",
        "pair_id": "L07-metagenomics",
        "specimen_type": "stool",
        "assay": "metagenomics",
        "amount": "200",
        "unit": "mg",
        "container": box.barcode,
        "position": "C4",
        "plate": "",
        "well": "",
        "collected_at": "2026-08-21T09:00:00+08:00",
        "days_from_ildr": "-3",
        "frozen_at": "2026-08-21T12:00:00+08:00",
        "thaw_count": "0",
        "flags": "antibiotics",
    }
    assert (after["barcode"], after["line"], after["side"], after["days_from_ildr"]) == (post[0].barcode, "2", "post", "21")
    assert (after["container"], after["position"], after["flags"]) == ("", "", "")


def test_given_and_computed_flags_stand_together(session: Session) -> None:
    begin(session)
    late = ILDR_AT + timedelta(days=31)
    more: dict[str, Any] = {"collected_at": late, "received_at": None, "frozen_at": late + timedelta(hours=5), "flags": ("antibiotics",)}
    tube = divide(session, take_stool(session, "L07", "POST", **more).barcode, 1)[0]
    fill(session, specimens=(tube.barcode,))
    issue(session)
    line = lines_of(pull(session))[0]
    assert (line["flags"], line["days_from_ildr"]) == ("antibiotics;window-late;processed-late", "31")


def test_what_is_not_known_of_an_old_tube_stays_empty(session: Session) -> None:
    trial_with_pairs(session)
    fill(session)
    issue(session)
    line = lines_of(pull(session))[0]
    assert {name: line[name] for name in ("collected_at", "days_from_ildr", "frozen_at", "thaw_count", "flags")} == {
        "collected_at": "",
        "days_from_ildr": "",
        "frozen_at": "2026-06-01",
        "thaw_count": "",
        "flags": "",
    }


def test_amounts_are_as_the_bench_writes_them(session: Session) -> None:
    begin(session)
    tubes = [
        old_tube(session, specimen_type="pbmc", amount=Decimal("4.25"), unit="10^6", timepoint=timepoint) for timepoint in ("PRE", "POST")
    ]
    named = CreateBatch(assay="flow", specimens=tuple(tube.barcode for tube in tubes))
    issue(session, create_batch(session, named, actor=SYSTEM, at=NOW).batch.code)
    assert [(line["amount"], line["unit"]) for line in lines_of(pull(session))] == [("4.25", "10^6")] * 2
    assert json.loads(pull(session, format_="json").content)["lines"][0]["amount"] == 4.25


def test_a_manifest_is_the_same_bytes_whatever_happens_afterwards(session: Session) -> None:
    trial_with_pairs(session, ["L07", "L08"])
    barcodes = fill(session)
    issued = issue(session)
    first = {format_: pull(session, format_=format_) for format_ in ("csv", "json", "xlsx")}
    for format_, document in first.items():
        assert hashlib.sha256(document.content).hexdigest() == document.sha256 == issued.sha256[format_]
        assert document.file_name == f"M-000001.{format_}"
    remove_member(session, "MG-2026-01", barcodes[0], actor=SYSTEM, at=NOW)
    apply_act(session, lock_specimen(session, barcodes[1]), act(EventType.THAWED), actor=SYSTEM, at=NOW)
    assert {format_: pull(session, " m-000001 ", format_.upper()) for format_ in first} == first
    second = issue(session)
    assert (second.number, second.line_count) == ("M-000002", 3)
    assert pull(session, "M-000002").sha256 != first["csv"].sha256
    assert [each.number for each in list_manifests(session, "MG-2026-01")] == ["M-000001", "M-000002"]
    assert list_manifests(session, "MG-2026-01")[0] == issued == get_manifest(session, "M-000001")


def test_a_tube_that_became_unusable_stops_the_manifest_and_is_named(session: Session) -> None:
    trial_with_pairs(session, ["L07", "L08"])
    barcodes = fill(session)
    apply_act(session, lock_specimen(session, barcodes[2]), act(EventType.QUARANTINED), actor=SYSTEM, at=NOW)
    with pytest.raises(MembersNotUsable) as refused:
        issue(session)
    assert refused.value.why == {barcodes[2]: ("It is in quarantine. Ask the coordinator to release it.",)}
    assert list_manifests(session, "MG-2026-01") == []
    remove_member(session, "MG-2026-01", barcodes[2], actor=SYSTEM, at=NOW)
    assert issue(session).number == "M-000001"


def test_nothing_of_whoever_withdrew_is_sent(session: Session) -> None:
    trial_with_pairs(session, ["L07", "L08"])
    fill(session)
    withdraw(session, "L07")
    with pytest.raises(MembersNotUsable, match="Consent was withdrawn on 2026-09-01"):
        issue(session)


def test_an_empty_batch_has_no_manifest(session: Session) -> None:
    begin(session)
    create_batch(session, CreateBatch(assay="metagenomics"), actor=SYSTEM, at=NOW)
    with pytest.raises(NothingToIssue):
        issue(session)
    with pytest.raises(UnknownBatch):
        issue(session, "MG-2026-99")


def test_what_is_asked_wrongly_is_named(session: Session) -> None:
    trial_with_pairs(session)
    fill(session)
    issue(session)
    for number in ("M-000002", "M-1", "1", "", "M-00000\x00", "M-\ud800", "M-" + "9" * 99):
        with pytest.raises(UnknownManifest):
            pull(session, number)
    with pytest.raises(UnknownFormat, match="csv, json, xlsx"):
        pull(session, format_="pdf")
    assert list_pulls(session, "M-000001") == []


def test_each_pull_is_written_down(session: Session) -> None:
    trial_with_pairs(session)
    fill(session)
    issued = issue(session)
    pull(session)
    pull(session, format_="xlsx")
    assert [(each.format, each.pulled_by, each.pulled_at) for each in list_pulls(session, "M-000001")] == [
        ("csv", "system", NOW),
        ("xlsx", "system", NOW),
    ]
    events = list_events(session, issued.id)
    assert types_of(events) == [EventType.MANIFEST_ISSUED, EventType.MANIFEST_PULLED, EventType.MANIFEST_PULLED]
    assert events[0].facts["sha256"] == issued.sha256


def test_a_closed_batch_can_still_be_read(session: Session) -> None:
    trial_with_pairs(session)
    fill(session)
    close_batch(session, "MG-2026-01", actor=SYSTEM, at=NOW)
    assert issue(session).line_count == 2


def test_nothing_that_identifies_a_person_is_in_a_manifest(session: Session) -> None:
    trial_with_pairs(session)
    fill(session)
    issue(session)
    for format_ in ("csv", "json"):
        content = pull(session, format_=format_).content.decode().lower()
        assert not {word for word in ("birth", "sex", "name", "system", "diagnosis", "2026-08-10") if word in content}
    assert len(COLUMNS) == 22


@pytest.mark.parametrize("statement", ["UPDATE {} SET {} = {}", "DELETE FROM {}"])
@pytest.mark.parametrize("table", ["manifest", "manifest_document", "manifest_pull"])
def test_the_database_refuses_to_change_a_manifest(database: Database, statement: str, table: str) -> None:
    with database.transaction() as session:
        trial_with_pairs(session)
        fill(session)
        issue(session)
        pull(session)
    column = {"manifest": "line_count", "manifest_document": "sha256", "manifest_pull": "format"}[table]
    with pytest.raises(DBAPIError, match="append-only"), database.engine.begin() as connection:
        connection.exec_driver_sql(statement.format(table, column, column))


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("UPDATE manifest_document SET content = CAST('x' AS {blob}) WHERE format = 'csv'", "M-000001 as csv is not what was issued"),
        ("UPDATE manifest_document SET sha256 = 'x' WHERE format = 'json'", "M-000001 as json is not what was issued"),
        ("DELETE FROM manifest_document WHERE format = 'xlsx'", "M-000001 as xlsx is missing"),
        ("UPDATE manifest SET line_count = 3", "with 3 lines is not what was written"),
        ("DELETE FROM manifest_pull", "0 pulls are kept, and 1 were written"),
    ],
)
def test_verifying_names_a_manifest_changed_behind_our_back(database: Database, statement: str, said: str) -> None:
    with database.transaction() as session:
        trial_with_pairs(session)
        fill(session)
        issue(session)
        pull(session)
    with database.snapshot() as session:
        assert list(verify(session, CHECKS)) == []
    tamper(database, statement.format(blob="BLOB" if database.is_sqlite else "bytea"))
    with database.snapshot() as session:
        told = [str(each) for each in verify(session, CHECKS)]
    assert len(told) == 1
    assert said in told[0]


def test_changed_bytes_are_not_given_out(database: Database) -> None:
    with database.transaction() as session:
        trial_with_pairs(session)
        fill(session)
        issue(session)
    tamper(database, f"UPDATE manifest_document SET content = CAST('x' AS {'BLOB' if database.is_sqlite else 'bytea'})")
    with pytest.raises(DocumentChanged), database.transaction() as session:
        pull(session)


def tamper(database: Database, statement: str) -> None:
    """What somebody could do who owns the database: put the triggers aside, and write."""
    with database.engine.begin() as connection:
        if database.is_sqlite:
            for name in connection.exec_driver_sql("SELECT name FROM sqlite_schema WHERE type = 'trigger'").scalars().all():
                connection.exec_driver_sql(f"DROP TRIGGER {name}")
        else:
            for table in ("manifest", "manifest_document", "manifest_pull"):
                connection.exec_driver_sql(f"ALTER TABLE {table} DISABLE TRIGGER ALL")
        connection.exec_driver_sql(statement)


def test_eight_who_issue_at_once_get_numbers_without_a_gap(database: Database, how_many: Callable[[int, int], int]) -> None:
    codes = [f"L{number:02d}" for number in range(1, 9)]
    with database.transaction() as session:
        trial_with_pairs(session, codes)
        for code in codes[:7]:
            fill(session, select=PairSelection(participants=(code,)))
        create_batch(session, CreateBatch(assay="metagenomics"), actor=SYSTEM, at=NOW)
    batches = [f"MG-2026-{number:02d}" for number in range(1, 9)]
    for round_ in range(how_many(3, 40)):
        outcomes = at_once(database, [partial(issue, batch=batch) for batch in batches])
        issued = [each for each in outcomes if isinstance(each, ManifestRecord)]
        assert sorted(each.number for each in issued) == [f"M-{round_ * 7 + number:06d}" for number in range(1, 8)]
        assert [type(each) for each in outcomes if not isinstance(each, ManifestRecord)] == [NothingToIssue]
    with database.snapshot() as session:
        assert list(verify(session, CHECKS)) == []


def test_issuing_and_pulling_cost_the_same_whatever_the_number_of_lines(database: Database) -> None:
    costs = []
    with database.transaction() as session:
        begin(session)
    for count in (1, 1, 40):
        with database.transaction() as session:
            plenty = (PrimaryTube("stool-tube", Decimal(100_000), "mg"),)
            sides = [take_stool(session, "L07", timepoint, tubes=plenty).barcode for timepoint in ("PRE", "POST")]
            fill(session, specimens=tuple(tube.barcode for side in sides for tube in divide(session, side, count)))
            batch = list_batches(session)[0].code
        with database.transaction() as session, count_statements(database) as issuing:
            number = issue(session, batch).number
        with database.transaction() as session, count_statements(database) as pulling:
            assert len(lines_of(pull(session, number))) == 2 * count
        costs.append((len(issuing.statements), len(pulling.statements)))
    assert costs[1] == costs[2] == (9, 5)
