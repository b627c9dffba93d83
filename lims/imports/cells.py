"""Reading one cell as what its column says. Nothing is guessed: what is not in the form the mapping names is refused. Pure."""

import re
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from lims import clock
from lims.custody.rules import CLOCK_SLACK
from lims.imports.vocabulary import Cell, CellKind
from lims.sentences import Sentence, either
from lims.specimens import amounts
from lims.specimens.amounts import AmountNotUsable

EARLIEST_YEAR = 1950
_NUMBER = re.compile(r"[+-]?[0-9]{1,16}(\.[0-9]{1,12})?", re.ASCII)
_CONTROL = re.compile(r"[\x00-\x1f\x7f]|[\ud800-\udfff]")
_SHOWN = {"%Y": "YYYY", "%m": "MM", "%d": "DD", "%H": "HH", "%M": "MM", "%S": "SS"}


class CellRefused(ValueError):
    """A cell that is not what its column says; ``code`` for programs, the sentence for people."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code, self.sentence = code, sentence


def read_text(cell: Cell) -> str:
    """A text of one line without white space at its ends; inner line breaks become spaces."""
    text = " ".join(cell.text.split())
    if _CONTROL.search(text):
        raise CellRefused("imports.unprintable", Sentence("it holds characters that cannot be printed. Type it anew."))
    return text


def read_code(cell: Cell) -> str:
    """A code as it is written. Excel drops the zeros before a number, so that a number is no code.

    :raises CellRefused: a number, a formula, or characters that cannot be printed.
    """
    if cell.kind is CellKind.FORMULA:
        raise CellRefused("imports.formula", Sentence("it is a formula, not a code. Put the code itself into the cell."))
    if cell.kind is not CellKind.TEXT:
        raise CellRefused(
            "imports.number-for-a-code",
            Sentence(
                "Excel keeps it as a number, so that zeros before it may be lost. Format the column as text and write the code again."
            ),
        )
    return read_text(cell)


def read_instant(cell: Cell, patterns: Sequence[str], zone: ZoneInfo, now: datetime) -> datetime:
    """An instant; without an offset it is by the clocks of ``zone``.

    :raises CellRefused: another form, a day without a time, a time the clocks skipped or showed twice, a time to come.
    """
    read = _parsed(cell, patterns) if cell.kind is not CellKind.MOMENT else _its_value(cell)
    instant = clock.in_utc(read if read.tzinfo else _on_the_wall(read, zone))
    if instant > now + CLOCK_SLACK:
        raise CellRefused("imports.in-the-future", Sentence("it has not come yet. Check the year."))
    return instant


def read_day(cell: Cell, patterns: Sequence[str], today: date) -> date:
    """A calendar day.

    :raises CellRefused: another form, or a day to come.
    """
    day = (_its_value(cell) if cell.kind in {CellKind.DAY, CellKind.MOMENT} else _parsed(cell, patterns)).date()
    if day > today:
        raise CellRefused("imports.in-the-future", Sentence("it has not come yet. Check the year."))
    return day


def read_amount(cell: Cell, decimal_mark: str) -> Decimal:
    """A number of zero or more. Its unit is another cell's matter.

    :raises CellRefused: no number, or below zero.
    """
    text = read_text(cell)
    if decimal_mark != "." and cell.kind is CellKind.TEXT:
        text = text.replace(".", "x").replace(decimal_mark, ".")
    if not _NUMBER.fullmatch(text):
        raise CellRefused("imports.no-number", Sentence("it is no number. Give the amount in digits."))
    number = Decimal(text)
    if number < 0:
        raise CellRefused("imports.below-zero", Sentence("an amount is not below zero."))
    return number


def check_amount(amount: Decimal, unit: str) -> None:
    """
    :raises CellRefused: too large, or finer than the unit is measured.
    """
    try:
        amounts.to_base(amount, unit)
    except AmountNotUsable as error:
        raise CellRefused(error.code, error.sentence) from error


def _its_value(cell: Cell) -> datetime:
    """A date of Excel, which needs no reading."""
    assert isinstance(cell.value, datetime)
    return cell.value


def _parsed(cell: Cell, patterns: Sequence[str]) -> datetime:
    if cell.kind is CellKind.NUMBER:
        raise CellRefused("imports.number-for-a-date", Sentence("it is a bare number in Excel. Format the cell as a date."))
    text = read_text(cell)
    for pattern in patterns:
        try:
            read = datetime.strptime(text, pattern)  # noqa: DTZ007 the mapping's zone is added where the pattern has none
        except ValueError:
            continue
        if read.year < EARLIEST_YEAR:
            raise CellRefused("imports.another-date-form", Sentence("the year %(year)s cannot be. Check it.", year=read.year))
        return read
    forms = either(list(dict.fromkeys(_in_words(pattern) for pattern in patterns)))
    raise CellRefused("imports.another-date-form", Sentence("it is not written %(forms)s, and is not guessed. Write it so.", forms=forms))


def _on_the_wall(read: datetime, zone: ZoneInfo) -> datetime:
    first, second = read.replace(tzinfo=zone, fold=0), read.replace(tzinfo=zone, fold=1)
    if first.utcoffset() != second.utcoffset():
        why = Sentence("the clocks of %(zone)s changed then, so this time was shown twice or not at all.", zone=zone.key)
        raise CellRefused("imports.clocks-changed", why)
    return first


def _in_words(pattern: str) -> str:
    for directive, shown in _SHOWN.items():
        pattern = pattern.replace(directive, shown)
    return pattern
