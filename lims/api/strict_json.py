"""JSON as this service takes it: what one engine would store and the other refuse, and what Python takes and JSON forbids, is refused here.

That is NaN, Infinity and 1e999, a name given twice, integers beyond 64 bits, NUL and lone surrogates, nesting beyond any use, and
strings longer than anything the service keeps. Numbers with a point become :class:`~decimal.Decimal`, so that 0.1 stays 0.1.
"""

import json
from decimal import Decimal
from typing import Any, NoReturn

from lims.api.errors import InvalidRequest, MalformedJson
from lims.errors import Finding

DEEPEST = 16
LONGEST_STRING = 10_000
LONGEST_NUMBER = 40
_LARGEST_EXPONENT = 300


def read_json(body: bytes) -> Any:
    """The value of a JSON text.

    :raises MalformedJson: it is no JSON, or holds a number, a name or a depth that is refused.
    :raises InvalidRequest: a string in it is refused; the pointer says which.
    """
    try:
        value = json.loads(
            body.decode("utf-8"), parse_constant=_no_constant, parse_float=_decimal, parse_int=_integer, object_pairs_hook=_once
        )
    except UnicodeDecodeError as error:
        raise MalformedJson("it is not UTF-8") from error
    except RecursionError as error:
        raise MalformedJson("it is nested too deeply") from error
    except json.JSONDecodeError as error:
        raise MalformedJson(f"line {error.lineno}, column {error.colno} does not fit") from error
    _check(value, "", 0)
    return value


def pointer(*steps: object) -> str:
    """A JSON pointer (RFC 6901)."""
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in steps)


def why_not_text(text: str) -> str | None:
    """Why a string cannot be kept alike on both engines, or None."""
    if "\0" in text:
        return "It holds a NUL character."
    if not text.isascii() and any("\ud800" <= character <= "\udfff" for character in text):
        return "It holds half a character (a lone surrogate)."
    return f"It is longer than {LONGEST_STRING} characters." if len(text) > LONGEST_STRING else None


def _no_constant(name: str) -> NoReturn:
    raise MalformedJson(f"{name} is not a number")


def _decimal(text: str) -> Decimal:
    value = Decimal(text) if len(text) <= LONGEST_NUMBER else None
    if value is None or abs(value.adjusted()) > _LARGEST_EXPONENT:
        raise MalformedJson("a number is out of range")
    return value


def _integer(text: str) -> int:
    value = int(text) if len(text) <= LONGEST_NUMBER else None
    if value is None or not -(2**63) <= value < 2**63:
        raise MalformedJson("a whole number is out of range")
    return value


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    together = dict(pairs)
    if len(together) < len(pairs):
        raise MalformedJson("a name is given twice in one object")
    return together


def _check(value: Any, where: str, depth: int) -> None:
    if isinstance(value, str):
        if why := why_not_text(value):
            raise InvalidRequest((Finding(where, why),))
    elif isinstance(value, (dict, list)):
        if depth == DEEPEST:
            raise MalformedJson("it is nested too deeply")
        if isinstance(value, dict):
            for name, part in value.items():
                if why_not_text(name):
                    raise InvalidRequest((Finding(where, "A name in this object cannot be read."),))
                _check(part, where + pointer(name), depth + 1)
        else:
            for index, part in enumerate(value):
                _check(part, f"{where}/{index}", depth + 1)
