"""A manifest as bytes: CSV, JSON and XLSX of the same lines. The same lines give the same bytes, always.

CSV is RFC 4180 in UTF-8. No text cell begins as a formula would (ASVS 5.0, 1.2.10): such a cell gets an apostrophe before it,
but for a plain number; the workbook says of each text cell that it is text.
"""

import csv
import io
import json
import re
from collections.abc import Sequence
from decimal import Decimal

from lims import clock
from lims.sequencing.vocabulary import COLUMNS, Cell, Heading, Line, ManifestFormat
from lims.sequencing.workbook import workbook

_FORMULA = re.compile(r"\s*[=+\-@\t\r\n\x00＝＋－＠]")
_PLAIN_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?", re.ASCII)


def render(format_: ManifestFormat, heading: Heading, lines: Sequence[Line]) -> bytes:
    """The manifest in one format."""
    rows = [(heading.number, number, *line) for number, line in enumerate(lines, 1)]
    match format_:
        case ManifestFormat.CSV:
            return _csv(rows)
        case ManifestFormat.JSON:
            return _json(heading, rows)
        case ManifestFormat.XLSX:
            return workbook(heading.number, [COLUMNS, *rows])


def safe_text(text: str) -> str:
    """A text that no spreadsheet takes for a formula."""
    if text[:1].isalnum():  # as nearly every cell begins
        return text
    return f"'{text}" if _FORMULA.match(text) and not _PLAIN_NUMBER.fullmatch(text) else text


def _csv(rows: Sequence[Line]) -> bytes:
    written = io.StringIO(newline="")
    writer = csv.writer(written, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    writer.writerows([[_csv_cell(cell) for cell in row] for row in rows])
    return written.getvalue().encode()


def _csv_cell(cell: Cell) -> str | int:
    if isinstance(cell, str):
        return safe_text(cell)
    if isinstance(cell, Decimal):
        return format(cell, "f")
    return "" if cell is None else cell


def _json(heading: Heading, rows: Sequence[Line]) -> bytes:
    written = {
        "manifest": heading.number,
        "batch": heading.batch,
        "study": heading.study,
        "assay": heading.assay,
        "issued_at": clock.iso(heading.issued_at),
        "columns": COLUMNS,
        "lines": [dict(zip(COLUMNS, row, strict=True)) for row in rows],
    }
    return json.dumps(written, ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=_json_number).encode()


def _json_number(amount: Decimal) -> int | float:
    return int(amount) if amount == amount.to_integral_value() else float(amount)
