"""Reading a list of codes out of a spreadsheet: one column, by its head or because it is the only one; every line keeps its number."""

from lims.imports.errors import ColumnsMissing
from lims.imports.limits import folded
from lims.imports.reading import read_sheet
from lims.imports.vocabulary import Sheet
from lims.picking.vocabulary import WantedCode

CODE_COLUMNS = ("barcode", "code", "specimen", "tube", "label", "条码", "编号", "管号", "冻存管", "标本编号")
"""What the column of codes is called, in the order in which they are looked for."""


def read_code_list(content: bytes, name: str) -> tuple[WantedCode, ...]:
    """The codes of a CSV or XLSX file, each with the line it stands on; empty cells are left out. Line 1 is the header.

    A single column needs no head: then what stands on line 1 is a code too.

    :raises FileUnreadable: it is no table.
    :raises ColumnsMissing: it has several columns, and none is called as codes are.
    """
    sheet = read_sheet(content, name, CODE_COLUMNS)
    column = _column(sheet, name)
    head = sheet.header[column]
    first = () if folded(head) in _FOLDED or not head else (WantedCode(1, head),)
    rows = ((row.line, row.cells[column].text.strip()) for row in sheet.rows if column < len(row.cells))
    return (*first, *(WantedCode(line, text) for line, text in rows if text))


def _column(sheet: Sheet, name: str) -> int:
    heads = [folded(head) for head in sheet.header]
    known = next((heads.index(called) for called in _FOLDED if called in heads), None)
    if known is not None:
        return known
    if len(heads) == 1:
        return 0
    raise ColumnsMissing(name, CODE_COLUMNS[:1], sheet.header)


_FOLDED = tuple(folded(each) for each in CODE_COLUMNS)
