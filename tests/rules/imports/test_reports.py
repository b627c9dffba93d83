"""The report is CSV that no spreadsheet runs."""

import csv
import io

from lims.imports.report import report_csv
from lims.imports.vocabulary import Outcome, RowFinding


def test_the_columns_are_those_of_the_contract() -> None:
    text = report_csv([RowFinding(127, Outcome.REFUSED, "amount", "two", "imports.no-number", "It is no number.")])
    assert text == "line,outcome,column,value,code,reason\r\n127,refused,amount,two,imports.no-number,It is no number.\r\n"


def test_no_cell_can_begin_a_formula_and_a_number_stays_a_number() -> None:
    values = ['=HYPERLINK("http://example.invalid")', "+1+1", "@SUM(A1)", "-5", "-5+1", "\t=1", "备注, 1"]
    text = report_csv(RowFinding(2, Outcome.WARNED, value, value, "x", value) for value in values)
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [row["value"] for row in rows] == [
        '\'=HYPERLINK("http://example.invalid")',
        "'+1+1",
        "'@SUM(A1)",
        "-5",
        "'-5+1",
        "'\t=1",
        "备注, 1",
    ]
    assert [row["column"] for row in rows] == [row["reason"] for row in rows] == [row["value"] for row in rows]
