"""Amounts: whole numbers in base units inside (µg, nL, cells, pieces), decimals in the units of the bench outside."""

from decimal import Decimal, InvalidOperation

from lims.errors import Finding, InvalidInput
from lims.sentences import Sentence, either
from lims.studies.protocol import UNIT_DIMENSIONS, Dimension

BASE_UNITS_PER = {"mg": 10**3, "g": 10**6, "uL": 10**3, "mL": 10**6, "cells": 1, "10^6": 10**6, "count": 1}
"""How many base units one unit of the contract is."""

LARGEST = 10**15
"""A tonne, or a cubic metre: no tube holds more."""


class UnknownUnit(InvalidInput):
    """A unit nobody here measures in."""

    code = "specimens.unknown-unit"

    def __init__(self, unit: str) -> None:
        sentence = Sentence("%(unit)s is no unit here. Give one of %(known)s.", unit=repr(unit), known=", ".join(BASE_UNITS_PER))
        super().__init__(sentence, (Finding("unit", sentence, unit),))
        self.unit = unit


class UnitDoesNotFit(InvalidInput):
    """A unit in which this material is not measured."""

    code = "specimens.unit-does-not-fit"

    def __init__(self, unit: str, specimen_type: str, dimension: Dimension) -> None:
        fitting = either([each for each, measured in UNIT_DIMENSIONS.items() if measured is dimension])
        sentence = Sentence(
            "%(specimen_type)s is not measured in %(unit)s. Give %(fitting)s.", specimen_type=specimen_type, unit=unit, fitting=fitting
        )
        super().__init__(sentence, (Finding("unit", sentence, unit),))
        self.unit, self.specimen_type, self.dimension = unit, specimen_type, dimension


class AmountNotUsable(InvalidInput):
    """A number that is no amount."""

    code = "specimens.amount-not-usable"

    def __init__(self, amount: object, why: str) -> None:
        sentence = Sentence("%(amount)s is no amount: %(why)s", amount=str(amount)[:40], why=why)
        super().__init__(sentence, (Finding("amount", sentence),))
        self.amount, self.why = amount, why


def check_unit(unit: str, specimen_type: str, dimension: Dimension) -> None:
    """
    :raises UnknownUnit: nobody measures in it.
    :raises UnitDoesNotFit: this material is not measured in it.
    """
    if unit not in UNIT_DIMENSIONS:
        raise UnknownUnit(unit)
    if UNIT_DIMENSIONS[unit] is not dimension:
        raise UnitDoesNotFit(unit, specimen_type, dimension)


def to_base(amount: Decimal | int | str, unit: str) -> int:
    """An amount as a whole number of base units: ``to_base("9.1", "mL") == 9_100_000`` nL.

    :raises AmountNotUsable: no number, below zero, too large, or finer than the base unit or than three decimals.
    """
    number = _number(amount)
    if not number.is_finite():
        raise AmountNotUsable(amount, Sentence("give a number."))
    if number < 0:
        raise AmountNotUsable(amount, Sentence("it is below zero. Give what is there."))
    if number > LARGEST:
        raise AmountNotUsable(number, Sentence("no tube holds so much. Check the number and the unit."))
    in_base = number * BASE_UNITS_PER[unit]
    if number != round(number, 3):
        raise AmountNotUsable(amount, Sentence("give at most three decimals."))
    if in_base != in_base.to_integral_value():
        raise AmountNotUsable(amount, Sentence("these are counted: give a whole number."))
    if in_base > LARGEST:
        raise AmountNotUsable(amount, Sentence("no tube holds so much. Check the number and the unit."))
    return int(in_base)


def to_base_of_something(amount: Decimal | int | str, unit: str) -> int:
    """The same, of an amount that must be there: to take, to fill a tube with.

    :raises AmountNotUsable: also for zero.
    """
    in_base = to_base(amount, unit)
    if in_base == 0:
        raise AmountNotUsable(amount, Sentence("give more than nothing."))
    return in_base


def _number(amount: Decimal | int | str) -> Decimal:
    """What was given, as a decimal: Python would also take True, ``1_000`` and the digits of every script."""
    if isinstance(amount, bool) or (isinstance(amount, str) and (not amount.isascii() or "_" in amount)):
        raise AmountNotUsable(amount, Sentence("give a number."))
    try:
        return Decimal(amount)
    except (InvalidOperation, TypeError, ValueError) as error:
        raise AmountNotUsable(amount, Sentence("give a number.")) from error


def from_base(amount: int, unit: str) -> Decimal:
    """An amount in the unit of the bench, without needless zeros: ``from_base(9_100_000, "mL") == Decimal("9.1")``."""
    number = Decimal(amount) / BASE_UNITS_PER[unit]
    whole = number.to_integral_value()
    return whole if number == whole else number.normalize()


def as_json(amount: int | None, unit: str) -> int | float | None:
    """An amount as the API gives it: a JSON number, None when it is unknown."""
    if amount is None:
        return None
    number = from_base(amount, unit)
    return int(number) if number == number.to_integral_value() else float(number)


def in_words(amount: int | None, unit: str) -> str:
    """An amount for people: ``9.1 mL``, ``5 × 10^6``, ``unknown``."""
    if amount is None:
        return "unknown"
    number = format(from_base(amount, unit), "f")
    return f"{number} × 10⁶ cells" if unit == "10^6" else f"{number} {unit.replace('uL', 'µL')}"
