"""Cells that a spreadsheet may open: what looks like a formula is text (OWASP, CSV injection)."""

import re

_FORMULA = re.compile(r"^[=+\-@\t\r\x00＝＋－＠]")
_NUMBER = re.compile(r"^[+-]?\d+(\.\d+)?$")


def as_text_cell(text: str) -> str:
    """``text``, with an apostrophe before it where a spreadsheet would run it."""
    return f"'{text}" if _FORMULA.match(text) and not _NUMBER.match(text) else text
