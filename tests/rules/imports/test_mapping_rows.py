"""A row becomes a command or every reason why not, without asking the laboratory's books."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from lims.imports.errors import ColumnsMissing, FileUnreadable
from lims.imports.mapping import FileMapping
from lims.imports.mapping_file import load_mapping, shipped_mapping
from lims.imports.reading import read_sheet
from lims.imports.row_reader import find_layout
from lims.imports.rules import Setting, map_rows
from lims.imports.vocabulary import (
    FingerprintedRow,
    ImportKind,
    InventoryEntry,
    Outcome,
    PlaceStep,
    RefusedRow,
    RosterEntry,
)
from lims.specimens.vocabulary import PrimaryTube, RegisterCollection
from lims.studies.protocol_file import load_protocol, shipped_protocol

FILES = Path(__file__).parents[2] / "data" / "trial"
TRIAL = load_protocol(shipped_protocol("ILDR-02"), "ildr-02.toml")
NOW = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
COLLECTION = "record_id,timepoint,specimen,container,collected_at,received_at,processed_at,frozen_at,amount,unit,flags,note"
GOOD = 'L07,PRE,stool,"stool tube, no additive",2026-08-17 08:18,2026-08-17 08:29,2026-08-17 08:57,2026-08-17 11:33,2321,mg,,第二管补采'
TUBE = "Sample code,ILDR-01 patient,Visit,Type,Volume/Weight,Unit,Freezer,Shelf,Rack,Box,Position,Frozen,Remark"

Mapped = Sequence[FingerprintedRow | RefusedRow]


def mapped(kind: ImportKind, content: str | bytes, mapping: FileMapping | None = None) -> Mapped:
    mapping = mapping or load_mapping(shipped_mapping(kind), kind)
    content = content.encode() if isinstance(content, str) else content
    sheet = read_sheet(content, "a file", list(mapping.known_columns()))
    return map_rows(sheet.rows, Setting(find_layout(sheet.header, mapping, "a file"), mapping, TRIAL, NOW))


def collection(row: str) -> FingerprintedRow | RefusedRow:
    return mapped(ImportKind.COLLECTIONS, f"{COLLECTION}\n{row}")[0]


def tube(row: str) -> FingerprintedRow | RefusedRow:
    return mapped(ImportKind.INVENTORY, f"{TUBE}\n{row}")[0]


def refused(row: FingerprintedRow | RefusedRow) -> list[tuple[str, str, str]]:
    assert isinstance(row, RefusedRow)
    return [(each.column, each.value, each.code) for each in row.findings]


def command(row: FingerprintedRow | RefusedRow) -> Any:
    assert isinstance(row, FingerprintedRow), row
    return row.mapped.command


def test_a_good_row_is_the_command_a_person_would_give() -> None:
    assert command(collection(GOOD)) == RegisterCollection(
        participant="L07",
        timepoint="PRE",
        specimen_type="stool",
        collected_at=datetime(2026, 8, 17, 0, 18, tzinfo=UTC),
        tubes=(PrimaryTube("stool-tube", Decimal(2321), "mg"),),
        received_at=datetime(2026, 8, 17, 0, 29, tzinfo=UTC),
        processed_at=datetime(2026, 8, 17, 0, 57, tzinfo=UTC),
        frozen_at=datetime(2026, 8, 17, 3, 33, tzinfo=UTC),
        note="第二管补采",
    )


def test_the_defects_that_a_row_itself_shows_are_found_without_any_book() -> None:
    rows = mapped(ImportKind.COLLECTIONS, (FILES / "collections.csv").read_bytes())
    refusals = [row for row in rows if isinstance(row, RefusedRow)]
    assert [row.line for row in refusals] == [127, 152, 156, 183, 262, 370, 453, 499]
    assert [len(row.findings) for row in refusals] == [1] * 8
    assert refusals[5].findings[0].reason.startswith("Every cell is as in line 50.")
    inventory = mapped(ImportKind.INVENTORY, (FILES / "legacy_inventory.xlsx").read_bytes())
    assert [row.line for row in inventory if isinstance(row, RefusedRow)] == [222]
    assert not [row for row in mapped(ImportKind.ROSTER, (FILES / "roster.csv").read_bytes()) if isinstance(row, RefusedRow)]


def test_white_space_and_case_of_ids_and_words_do_not_matter() -> None:
    assert command(collection(GOOD.replace("L07,PRE,stool", " l07 ,pre, Stool "))) == command(collection(GOOD))


@pytest.mark.parametrize(
    ("was", "is_now", "column", "value", "code"),
    [
        ("L07", "", "record_id", "", "imports.empty"),
        ("L07", "L 07", "record_id", "L 07", "studies.malformed-participant-code"),
        ("PRE", "C3D1", "timepoint", "C3D1", "studies.unknown-code"),
        (",stool,", ",tears,", "specimen", "tears", "studies.unknown-code"),
        ('"stool tube, no additive"', "bucket", "container", "bucket", "studies.unknown-code"),
        ("2321", "two", "amount", "two", "imports.no-number"),
        ("2321", "-5", "amount", "-5", "imports.below-zero"),
        ("2321", "0.0001", "amount", "0.0001", "specimens.amount-not-usable"),
        ("2321", "9999999999999", "amount", "9999999999999", "specimens.amount-not-usable"),
        ("mg", "mL", "unit", "mL", "specimens.unit-does-not-fit"),
        ("mg", "ounces", "unit", "ounces", "specimens.unknown-unit"),
        ("mg", "", "unit", "", "imports.empty"),
        ("2026-08-17 08:18", "17.08.2026", "collected_at", "17.08.2026", "imports.another-date-form"),
        ("2026-08-17 08:18", "2031-01-05 08:15", "collected_at", "2031-01-05 08:15", "imports.in-the-future"),
        ("2026-08-17 11:33", "2026-08-17 07:58", "frozen_at", "2026-08-17 07:58", "specimens.impossible-times"),
        ("mg,,", "mg,haunted,", "flags", "haunted", "studies.unknown-code"),
    ],
)
def test_a_fault_is_told_with_its_column_and_value(was: str, is_now: str, column: str, value: str, code: str) -> None:
    assert refused(collection(GOOD.replace(was, is_now, 1))) == [(column, value, code)]


def test_every_fault_of_a_row_is_told_at_once() -> None:
    row = GOOD.replace("PRE", "C3D1").replace("2321", "two").replace("2026-08-17 08:29", "later")
    assert {column for column, _, _ in refused(collection(row))} == {"timepoint", "received_at", "amount"}


def test_a_row_with_a_cell_too_many_or_too_few_is_refused() -> None:
    for row in (GOOD + ",x", GOOD.rpartition(",")[0]):
        assert [code for _, _, code in refused(collection(row))] == ["imports.cells-do-not-fit"]


def test_a_core_is_what_its_tube_makes_it() -> None:
    row = GOOD.replace(",stool,", ",tumour core,")
    assert command(collection(row.replace('"stool tube, no additive"', "cryovial"))).specimen_type == "tumour-frozen"
    assert command(collection(row.replace('"stool tube, no additive"', "RNAlater"))).specimen_type == "tumour-rnalater"
    assert refused(collection(row)) == [("specimen", "tumour core", "imports.unclear-type")]


def test_several_flags_of_one_cell_are_parted() -> None:
    assert command(collection(GOOD.replace("mg,,", "mg,antibiotics<28d; Haemolysed,"))).flags == ("antibiotics", "haemolysed")


def test_an_unknown_amount_is_flagged_not_refused() -> None:
    row = collection(GOOD.replace("2321", ""))
    assert isinstance(row, FingerprintedRow)
    assert [(each.outcome, each.column, each.code) for each in row.mapped.findings] == [(Outcome.FLAGGED, "amount", "amount-unknown")]
    assert command(row).tubes[0].amount is None


def test_a_copy_is_refused_and_names_the_line_it_copies() -> None:
    first, copy, other = mapped(ImportKind.COLLECTIONS, "\n".join([COLLECTION, GOOD, GOOD.replace("L07", " l07"), GOOD + "!"]))
    assert isinstance(first, FingerprintedRow)
    assert isinstance(copy, RefusedRow)
    assert [(each.line, each.column, each.code, each.facts) for each in copy.findings] == [(3, "", "imports.copy", {"line": 2})]
    assert copy.findings[0].reason == "Every cell is as in line 2. If it is another tube, let the rows differ; if not, take this one out."
    assert isinstance(other, FingerprintedRow)
    assert other.fingerprint != first.fingerprint


def test_rows_that_differ_only_in_a_column_nobody_reads_are_two_tubes_known_again_in_their_order() -> None:
    content = f"{COLLECTION},tube\n{GOOD},1\n{GOOD},2"
    first, second = mapped(ImportKind.COLLECTIONS, content)
    assert isinstance(first, FingerprintedRow)
    assert isinstance(second, FingerprintedRow)
    assert first.fingerprint != second.fingerprint
    assert [first.fingerprint, second.fingerprint] == [
        each.fingerprint for each in mapped(ImportKind.COLLECTIONS, content) if isinstance(each, FingerprintedRow)
    ]
    assert first.fingerprint == mapped(ImportKind.COLLECTIONS, f"{COLLECTION}\n{GOOD}")[0].fingerprint  # type: ignore[union-attr]  # it is good


def test_a_column_that_every_row_needs_must_be_there() -> None:
    with pytest.raises(ColumnsMissing, match=r'no column "timepoint" and "collected_at"\. Its header is: record_id, specimen'):
        mapped(ImportKind.COLLECTIONS, "record_id,specimen\nL07,stool")
    with pytest.raises(ColumnsMissing, match='no column "Box"'):
        mapped(ImportKind.INVENTORY, TUBE.replace(",Box", ""))


def test_a_column_there_twice_is_told() -> None:
    with pytest.raises(FileUnreadable, match='it has two columns "Amount"'):
        mapped(ImportKind.COLLECTIONS, f"{COLLECTION},Amount\n{GOOD},1")


def test_the_header_may_be_in_another_order_case_and_language() -> None:
    content = "备注,采集时间,受试者编号,访视,标本类型\n无,2026-08-17 08:18,L07,PRE,粪便"
    assert command(mapped(ImportKind.COLLECTIONS, content)[0]).specimen_type == "stool"
    content = f"{COLLECTION.upper()}\n{GOOD}"
    assert command(mapped(ImportKind.COLLECTIONS, content)[0]) == command(collection(GOOD))


def test_a_roster_row_is_an_enrolment_with_doses_and_withdrawal() -> None:
    header = "record_id,cohort,sex,birth_year,diagnosis,enrolled_on,consent_on,carried_over_from,previous_id,ildr_at,icb_first_at"
    row = "l16 ,Lung,M,1956,SCLC,2026-07-21,2026-07-19,,,2026-08-05 11:45,2026-08-05 16:45,consent withdrawn,2026-09-04"
    entry = command(mapped(ImportKind.ROSTER, f"{header},status,withdrawn_on\n{row}")[0])
    assert isinstance(entry, RosterEntry)
    assert (entry.enrolment.code, entry.enrolment.cohort, entry.enrolment.sex) == ("L16", "lung", "M")
    assert [(dose.kind, dose.given_at.hour) for dose in entry.doses] == [("ildr", 3), ("icb", 8)]
    assert entry.withdrawn_on == date(2026, 9, 4)


@pytest.mark.parametrize(
    ("status", "withdrawn_on", "code"),
    [
        ("consent withdrawn", "", "imports.day-missing"),
        ("on study", "2026-09-04", "imports.contradiction"),
        ("gone", "", "studies.unknown-code"),
    ],
)
def test_a_status_that_the_days_contradict_is_refused(status: str, withdrawn_on: str, code: str) -> None:
    row = mapped(ImportKind.ROSTER, f"record_id,cohort,enrolled_on,status,withdrawn_on\nL16,lung,2026-07-21,{status},{withdrawn_on}")[0]
    assert refused(row) == [("status", status, code)]


def test_an_id_without_its_study_is_refused() -> None:
    row = mapped(ImportKind.ROSTER, "record_id,cohort,enrolled_on,previous_id\nL01,lung,2025-05-02,ILDR01-601L")[0]
    assert refused(row) == [("previous_id", "ILDR01-601L", "imports.id-without-study")]


def test_an_inventory_row_is_a_tube_and_the_way_to_it() -> None:
    entry = command(tube("003671747,ILDR01-601L,baseline,PBMC,5,10^6,Haier-86 #2,1,2,B1,a01,2025-05-16,"))
    assert isinstance(entry, InventoryEntry)
    assert (entry.tube.barcode, entry.tube.timepoint, entry.tube.specimen_type, entry.tube.frozen_on) == (
        "003671747",
        "PRE",
        "pbmc",
        date(2025, 5, 16),
    )
    assert entry.participant_system == "ILDR-01"
    assert entry.places == (
        PlaceStep("freezer", "Haier-86 #2", -86),
        PlaceStep("shelf", "Shelf 1"),
        PlaceStep("rack", "Rack 2"),
        PlaceStep("box-9x9", "B1"),
    )
    assert entry.position == "a01"


@pytest.mark.parametrize(
    ("row", "column", "code"),
    [
        (",ILDR01-601L,baseline,plasma,500,uL,F,1,1,B1,A1,2025-05-16,", "Sample code", "imports.empty"),
        ("A,ILDR01-601L,baseline,plasma,500,uL,F,1,1,B1,,2025-05-16,", "Position", "imports.hole-missing"),
        ("A,ILDR01-601L,baseline,plasma,500,uL,F,,1,B1,A1,2025-05-16,", "Shelf", "imports.gap-in-the-way"),
        ("A,ILDR01-601L,baseline,plasma,500,uL,,,,,A1,2025-05-16,", "Position", "imports.hole-without-box"),
        ("A,ILDR01-601L,week 4,plasma,500,uL,F,1,1,B1,A1,2025-05-16,", "Visit", "studies.unknown-code"),
        ("A,ILDR01-601L,baseline,plasma,500,uL,F,1,1,B1,A1,2027-05-16,", "Frozen", "imports.in-the-future"),
    ],
)
def test_a_tube_nobody_could_find_again_is_refused(row: str, column: str, code: str) -> None:
    assert [(each[0], each[2]) for each in refused(tube(row))] == [(column, code)]


def test_a_mapping_may_hold_our_own_codes_and_no_places() -> None:
    mapping = replace(load_mapping(shipped_mapping("inventory"), "inventory"), participant_system=None, places=())
    content = "Sample code,ILDR-01 patient,Visit,Type,Unit\nA,l01,PRE,plasma,uL"
    entry = command(mapped(ImportKind.INVENTORY, content, mapping)[0])
    assert (entry.tube.participant, entry.participant_system, entry.places) == ("L01", None, ())
