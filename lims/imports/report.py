"""The report of an import as CSV: one row per finding, and no cell that a spreadsheet would run."""

import csv
import io
import re
from collections.abc import Iterable

from lims.imports.vocabulary import Outcome, RowFinding

COLUMNS = ("line", "outcome", "column", "value", "code", "reason")
_NUMBER = re.compile(r"[+-]?[0-9]+([.,][0-9]+)?", re.ASCII)


def report_csv(findings: Iterable[RowFinding]) -> str:
    """UTF-8 text, RFC 4180, the columns of the contract in their order."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    for each in findings:
        writer.writerow([each.line, each.outcome, *(_harmless(cell) for cell in (each.column, each.value, each.code, each.reason))])
    return text.getvalue()


def read_report(text: str) -> list[RowFinding]:
    """The findings of a report that was kept."""
    rows = csv.DictReader(io.StringIO(text, newline=""))
    return [RowFinding(int(row["line"]), Outcome(row["outcome"]), row["column"], row["value"], row["code"], row["reason"]) for row in rows]


def _harmless(cell: str) -> str:
    """A cell that begins like a formula gets an apostrophe, as OWASP advises; a plain number, -5, is none."""
    begins_one = cell[:1] in {"=", "+", "-", "@", "\t", "\r", "\n"}
    return f"'{cell}" if begins_one and not _NUMBER.fullmatch(cell) else cell
