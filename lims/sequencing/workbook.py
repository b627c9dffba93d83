"""One table as an Office Open XML workbook (ECMA-376), written plainly: text as inline strings, numbers as numbers, no formula.

Written by hand, because the bytes are to be the same whenever they are written, and a thousand lines in some ten milliseconds.
"""

import io
import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from functools import cache
from xml.sax.saxutils import escape

Value = str | int | Decimal | None

_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_NOT_IN_A_NAME = re.compile(r"[\[\]:*?/\\']")
_BEFORE_ZIP = (1980, 1, 1, 0, 0, 0)
"""The first moment a ZIP archive knows: no archive says when it was made."""

_CONTENT_TYPES = (
    f'{_HEAD}<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/>'
    f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPE}.sheet.main+xml"/>'
    f'<Override PartName="/xl/styles.xml" ContentType="{_TYPE}.styles+xml"/>'
    f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{_TYPE}.worksheet+xml"/></Types>'
)
_ROOT = (
    f'{_HEAD}<Relationships xmlns="{_RELATIONS}">'
    f'<Relationship Id="rId1" Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>'
)
_PARTS = (
    f'{_HEAD}<Relationships xmlns="{_RELATIONS}">'
    f'<Relationship Id="rId1" Type="{_OFFICE}/worksheet" Target="worksheets/sheet1.xml"/>'
    f'<Relationship Id="rId2" Type="{_OFFICE}/styles" Target="styles.xml"/></Relationships>'
)
_STYLES = (
    f'{_HEAD}<styleSheet xmlns="{_MAIN}">'
    '<fonts count="2"><font><sz val="11"/><name val="Calibri"/></font><font><b/><sz val="11"/><name val="Calibri"/></font></fonts>'
    '<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills>'
    '<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
    '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
    '<cellXfs count="2"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>'
    '<xf numFmtId="0" fontId="1" fillId="0" borderId="0" xfId="0" applyFont="1"/></cellXfs>'
    '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
)


def workbook(title: str, rows: Sequence[Sequence[Value]]) -> bytes:
    """A workbook with one sheet; the first row is its heading, which stays in sight."""
    name = escape(_NOT_IN_A_NAME.sub("-", title)[:31], {'"': "&quot;"})
    book = (
        f'{_HEAD}<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets><sheet name="{name}" sheetId="1" r:id="rId1"/></sheets></workbook>'
    )
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, content in (
            ("[Content_Types].xml", _CONTENT_TYPES),
            ("_rels/.rels", _ROOT),
            ("xl/workbook.xml", book),
            ("xl/_rels/workbook.xml.rels", _PARTS),
            ("xl/styles.xml", _STYLES),
            ("xl/worksheets/sheet1.xml", "".join(_sheet(rows))),
        ):
            entry = zipfile.ZipInfo(path, _BEFORE_ZIP)
            entry.compress_type, entry.create_system, entry.external_attr = zipfile.ZIP_DEFLATED, 3, 0o644 << 16
            archive.writestr(entry, content.encode())
    return written.getvalue()


def _sheet(rows: Iterable[Sequence[Value]]) -> Iterator[str]:
    yield f'{_HEAD}<worksheet xmlns="{_MAIN}"><sheetViews><sheetView workbookViewId="0">'
    yield '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews><sheetData>'
    for number, row in enumerate(rows, 1):
        cells = "".join(_cell(f"{column_name(column)}{number}", value, number == 1) for column, value in enumerate(row))
        yield f'<row r="{number}">{cells}</row>'
    yield "</sheetData></worksheet>"


def _cell(place: str, value: Value, heading: bool) -> str:
    if value is None or value == "":
        return ""
    if not isinstance(value, str):
        return f'<c r="{place}"><v>{value:f}</v></c>' if isinstance(value, Decimal) else f'<c r="{place}"><v>{value}</v></c>'
    style = ' s="1"' if heading else ""
    return f'<c r="{place}"{style} t="inlineStr"><is><t xml:space="preserve">{_text(value)}</t></is></c>'


def _text(value: str) -> str:
    """As it is, but for what XML cannot hold, and a carriage return, which a reader would take for a line feed."""
    return escape(_NOT_XML.sub("�", value), {"\r": "&#13;"})


@cache
def column_name(column: int) -> str:
    """A, B … Z, AA …; counted from zero."""
    before, letter = divmod(column, 26)
    return (column_name(before - 1) if before else "") + chr(ord("A") + letter)
