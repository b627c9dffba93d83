"""The fields of the API's schemas: each strict, each with a sentence that says what is wanted."""

import functools
import re
import unicodedata
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from marshmallow import ValidationError, fields, validate

from lims.clock import in_utc
from lims.errors import InvalidInput
from lims.ids import LONGEST_CODE, normalise_code

LONGEST_NOTE = 2_000
UNITS = ("mg", "g", "uL", "mL", "cells", "10^6", "count")
_MOST = Decimal(10) ** 12
_INSTANT = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(:\d\d(\.\d{1,9})?)?([Zz]|[+-]\d\d:\d\d)", re.ASCII)
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_DECIMAL = re.compile(r"\d{1,15}(\.\d{1,3})?", re.ASCII)
_YEARS = range(1900, 2200)


class Code(fields.String):
    """A scanned or typed code, normalised: no white space at the ends, upper case, check character not yet looked at."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**_described(kwargs, "A barcode as scanned or typed", maxLength=LONGEST_CODE))

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        text = super()._deserialize(value, attr, data, **kwargs)
        try:
            return normalise_code(text or "")
        except InvalidInput as error:
            raise ValidationError(error.sentence) from error


class Name(fields.String):
    """A code or name as a study or a person writes it: one line, without characters that cannot be seen."""

    def __init__(self, longest: int = 64, **kwargs: Any) -> None:
        self.longest = longest
        super().__init__(**_described(kwargs, None, maxLength=longest, minLength=1))

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        text = (super()._deserialize(value, attr, data, **kwargs) or "").strip()
        if not text:
            raise ValidationError("Nothing is written here.")
        if len(text) > self.longest:
            raise ValidationError(f"At most {self.longest} characters.")
        if any(unicodedata.category(character) in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"} for character in text):
            raise ValidationError("It holds a character that cannot be seen.")
        return text


class Note(fields.String):
    """Free text of several lines."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**_described(kwargs, None, maxLength=LONGEST_NOTE))

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        text = (super()._deserialize(value, attr, data, **kwargs) or "").strip()
        if len(text) > LONGEST_NOTE:
            raise ValidationError(f"At most {LONGEST_NOTE} characters.")
        if any(unicodedata.category(character) in {"Cc", "Cs"} and character not in "\n\r\t" for character in text):
            raise ValidationError("It holds a character that cannot be typed.")
        return text


class Instant(fields.Field[datetime]):
    """A moment, with its offset; kept in UTC, to the microsecond: what a device counts beyond that is dropped."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**_described(kwargs, "ISO 8601 with offset", type="string", format="date-time"))

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> datetime:
        if not isinstance(value, str) or not _INSTANT.fullmatch(value):
            raise ValidationError("A moment is wanted, with its offset: 2026-11-22T08:30:00+08:00.")
        try:
            instant = in_utc(datetime.fromisoformat(value.upper()))
        except (ValueError, OverflowError) as error:
            raise ValidationError("There is no such moment.") from error
        if instant.year not in _YEARS:
            raise ValidationError(f"The year must be {_YEARS[0]} to {_YEARS[-1]}.")
        return instant

    def _serialize(self, value: datetime | None, attr: str | None, obj: Any, **kwargs: Any) -> str | None:
        return instant_text(value)


class Day(fields.Field[date]):
    """A calendar day in the study's time zone."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**_described(kwargs, "A calendar day in the study's time zone", type="string", format="date"))

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> date:
        if not isinstance(value, str) or not _DAY.fullmatch(value):
            raise ValidationError("A day is wanted: 2026-11-22.")
        try:
            day = date.fromisoformat(value)
        except ValueError as error:
            raise ValidationError("There is no such day.") from error
        if day.year not in _YEARS:
            raise ValidationError(f"The year must be {_YEARS[0]} to {_YEARS[-1]}.")
        return day

    def _serialize(self, value: date | None, attr: str | None, obj: Any, **kwargs: Any) -> str | None:
        return value.isoformat() if value is not None else None


class Amount(fields.Field[Decimal]):
    """An amount: a JSON number or a decimal string, not negative, with at most three decimals."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**_described(kwargs, "A number, or a decimal string, with at most three decimals", type=["number", "string"]))

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Decimal:
        if isinstance(value, bool) or not isinstance(value, (int, float, Decimal, str)):
            raise ValidationError("An amount is wanted: a number with at most three decimals.")
        text = value if isinstance(value, str) else format(Decimal(str(value)), "f")
        if "." in text and not isinstance(value, str):
            text = text.rstrip("0").rstrip(".")
        if not _DECIMAL.fullmatch(text) or Decimal(text) >= _MOST:
            raise ValidationError("An amount is not negative, below 10^12, and has at most three decimals.")
        return Decimal(text)

    def _serialize(self, value: Decimal | None, attr: str | None, obj: Any, **kwargs: Any) -> int | float | None:
        return amount_number(value)


class Unit(fields.String):
    """The unit of an amount; upper and lower case as the contract writes them."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(validate=validate.OneOf(UNITS, error=f"One of {', '.join(UNITS)}."), **kwargs)


class Whole(fields.Integer):
    """A whole number; 1.0 and "1" are none."""

    def __init__(self, least: int, most: int, **kwargs: Any) -> None:
        wanted = validate.Range(least, most, error=f"A whole number from {least} to {most}.")
        super().__init__(strict=True, validate=wanted, **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            raise ValidationError("A whole number is wanted.")
        return value


class Choice(fields.String):
    """One of a few words."""

    def __init__(self, *words: str, **kwargs: Any) -> None:
        super().__init__(validate=validate.OneOf(words, error=f"One of {', '.join(words)}."), **kwargs)


class Yes(fields.Boolean):
    """True or false, and nothing else that looks like it."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> bool:
        if not isinstance(value, bool):
            raise ValidationError("true or false is wanted.")
        return value


@functools.lru_cache(maxsize=4096)
def instant_text(value: datetime | None) -> str | None:
    """How an answer writes a moment: ISO 8601 in UTC."""
    return value.isoformat().replace("+00:00", "Z") if value is not None else None


def amount_number(value: Decimal | None) -> int | float | None:
    """How an answer writes an amount: a JSON number."""
    if value is None:
        return None
    return int(value) if value == value.to_integral_value() else float(value)


def _described(kwargs: dict[str, Any], description: str | None, **metadata: Any) -> dict[str, Any]:
    said = metadata | ({"description": description} if description else {})
    return kwargs | {"metadata": said | kwargs.get("metadata", {})}
