"""Manifests as bytes: CSV, JSON and XLSX of the same lines, read back by readers that are not ours."""

import csv
import io
import json
import zipfile
from datetime import UTC, datetime
from decimal import Decimal
from xml.etree import ElementTree

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lims.sequencing.documents import render, safe_text
from lims.sequencing.vocabulary import COLUMNS, Cell, Heading, Line, ManifestFormat
from lims.sequencing.workbook import workbook

HEADING = Heading(
    number="M-000001", batch="MG-2026-01", study="ILDR-02", assay="metagenomics", issued_at=datetime(2026, 11, 22, 4, tzinfo=UTC)
)
CONTRACT = (
    "manifest,line,barcode,label,participant,cohort,timepoint,side,pair_id,specimen_type,assay,amount,unit,container,position,plate,well,"
    "collected_at,days_from_ildr,frozen_at,thaw_count,flags"
)
TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=12)


def line(**cells: Cell) -> Line:
    known: dict[str, Cell] = {"barcode": "S3WJWJD8", "label": "ILDR02-L07-PRE-STL-03", "amount": Decimal("200"), "days_from_ildr": -3}
    return tuple({**known, **cells}.get(column) for column in COLUMNS[2:])


def cells_of(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode(), newline="")))


def sheet_of(content: bytes) -> list[tuple[object, ...]]:
    return list(openpyxl.load_workbook(io.BytesIO(content)).active.iter_rows(values_only=True))  # type: ignore[union-attr]  # it has one sheet


def test_the_columns_are_those_of_the_contract() -> None:
    assert ",".join(COLUMNS) == CONTRACT
    assert render(ManifestFormat.CSV, HEADING, []) == CONTRACT.encode() + b"\r\n"


def test_the_csv_is_rfc_4180_in_utf_8() -> None:
    content = render(ManifestFormat.CSV, HEADING, [line(container='Haier-86 "#2", left\nshelf', flags="溶血")])
    assert content.startswith(b"manifest,line,")
    assert content.endswith(b"\r\n")
    first = dict(zip(COLUMNS, cells_of(content)[1], strict=True))
    assert first["container"] == 'Haier-86 "#2", left\nshelf'
    assert (first["manifest"], first["line"], first["amount"], first["days_from_ildr"], first["plate"], first["flags"]) == (
        "M-000001",
        "1",
        "200",
        "-3",
        "",
        "溶血",
    )


@pytest.mark.parametrize(
    "text", ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1", "＝1", "＋1", "－1", "＠x", "-"]
)
def test_a_text_that_begins_like_a_formula_is_made_harmless(text: str) -> None:
    assert safe_text(text) == f"'{text}"
    assert cells_of(render(ManifestFormat.CSV, HEADING, [line(label=text)]))[1][3] == f"'{text}"


@pytest.mark.parametrize("text", ["", "-3", "+5", "-3.25", "S3WJWJD8", "003671747", "IL1-3901-9", "'=1", "a=1", "B1-C4", "２００"])
def test_what_is_no_formula_stays_as_it_is(text: str) -> None:
    assert safe_text(text) == text


@given(st.lists(st.tuples(TEXTS, TEXTS), max_size=5))
def test_no_cell_of_a_csv_begins_a_formula_and_no_text_is_lost(texts: list[tuple[str, str]]) -> None:
    rows = cells_of(render(ManifestFormat.CSV, HEADING, [line(label=one, container=other) for one, other in texts]))[1:]
    for (one, other), row in zip(texts, rows, strict=True):
        for text, cell in ((one, row[3]), (other, row[13])):
            assert cell.removeprefix("'" if cell != text else "") == text
            assert cell[:1] not in set("=+-@\t\r\n＝＋－＠") or cell.lstrip("+-").replace(".", "", 1).isdigit()


def test_the_json_has_numbers_as_numbers_and_null_for_what_is_not_known() -> None:
    lines = [line(amount=Decimal("0.5"), thaw_count=0), line(amount=None, barcode="=1")]
    written = json.loads(render(ManifestFormat.JSON, HEADING, lines))
    assert {name: written[name] for name in ("manifest", "batch", "study", "assay", "issued_at")} == {
        "manifest": "M-000001",
        "batch": "MG-2026-01",
        "study": "ILDR-02",
        "assay": "metagenomics",
        "issued_at": "2026-11-22T04:00:00.000000Z",
    }
    assert [list(each) for each in written["lines"]] == [list(COLUMNS)] * 2
    assert (written["lines"][0]["amount"], written["lines"][0]["thaw_count"], written["lines"][0]["plate"]) == (0.5, 0, None)
    assert (written["lines"][1]["amount"], written["lines"][1]["barcode"], written["lines"][1]["line"]) == (None, "=1", 2)


def test_the_workbook_opens_and_says_the_same() -> None:
    texts = ['=HYPERLINK("x")', "003671747", " two  spaces ", '<&">', "溶血", "a\nb"]
    rows = sheet_of(render(ManifestFormat.XLSX, HEADING, [line(label=text, amount=Decimal("9.1")) for text in texts]))
    assert rows[0] == COLUMNS
    assert [row[3] for row in rows[1:]] == texts
    assert rows[1][:3] == ("M-000001", 1, "S3WJWJD8")
    assert (rows[1][11], rows[1][18], rows[1][15]) == (9.1, -3, None)


def test_a_workbook_holds_no_formula_and_is_well_formed() -> None:
    content = render(ManifestFormat.XLSX, HEADING, [line(label="=1+1", flags="\x01\ufffe")])
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        parts = {name: archive.read(name) for name in archive.namelist()}
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    for part in parts.values():
        ElementTree.fromstring(part)
    assert b"<f>" not in parts["xl/worksheets/sheet1.xml"]
    found = openpyxl.load_workbook(io.BytesIO(content)).active
    assert found is not None
    assert found["D2"].data_type == "s"
    assert (found["A1"].font.b, found.freeze_panes) == (True, "A2")


@pytest.mark.parametrize("format_", ManifestFormat)
def test_the_same_lines_are_the_same_bytes(format_: ManifestFormat) -> None:
    lines = [line(label=f"ILDR02-L{number:02d}") for number in range(50)]
    assert render(format_, HEADING, lines) == render(format_, HEADING, list(lines))


@given(st.lists(st.lists(TEXTS | st.integers(-(10**9), 10**9) | st.none(), min_size=3, max_size=3), min_size=1, max_size=5))
def test_whatever_stands_in_a_workbook_comes_out_of_it(rows: list[list[str | int | None]]) -> None:
    read = sheet_of(workbook("M-000001", [["a", "b", "c"], *rows]))
    for written, found in zip(rows, read[1:], strict=False):
        for wanted, cell in zip(written, found, strict=False):
            if isinstance(wanted, int) or (wanted and wanted.isprintable()):
                assert cell == wanted
