"""One table as an Excel workbook: text stays text, numbers are numbers, nothing is a formula or a link."""

import io
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal

Value = str | int | Decimal | None

_AS_WRITTEN = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
_NOT_IN_A_NAME = re.compile(r"[\[\]:*?/\\']")
_ANY_TIME = datetime(2020, 1, 1, tzinfo=UTC)
"""The same content gives the same bytes, whenever it is written."""


def workbook(title: str, rows: Sequence[Sequence[Value]]) -> bytes:
    """A workbook with one sheet; the first row is its heading, which stays in sight."""
    from xlsxwriter import Workbook  # by the first workbook, not by every start

    written = io.BytesIO()
    with Workbook(written, _AS_WRITTEN) as book:
        book.set_properties({"created": _ANY_TIME})
        sheet = book.add_worksheet(_NOT_IN_A_NAME.sub("-", title)[:31])
        heading = book.add_format({"bold": True})
        sheet.freeze_panes(1, 0)
        for number, row in enumerate(rows):
            for column, value in enumerate(row):
                if isinstance(value, str):
                    sheet.write_string(number, column, value, None if number else heading)
                elif value is not None:
                    sheet.write_number(number, column, float(value))
    return written.getvalue()
