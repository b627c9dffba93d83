"""JSON as rack scanners give it: Ziath's DP5 (``containerBarcode``, ``tubeBarcode`` with rows and columns from 1), Micronic's reader."""

import json
from dataclasses import dataclass
from string import ascii_uppercase
from typing import Any

from lims.imports.csv_file import decoded
from lims.racks.errors import FileNotUnderstood
from lims.racks.vocabulary import RackFormat
from lims.sentences import Sentence


@dataclass(frozen=True, slots=True)
class JsonHole:
    """One hole as a scanner's JSON has it; ``line`` is its number in the list, from 1."""

    line: int
    place: str
    code: str
    status: str


def looks_like_json(content: bytes) -> bool:
    """Whether a file begins as JSON does."""
    return content.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] in {b"{", b"["}


def holes_of_json(content: bytes, name: str) -> tuple[str | None, list[JsonHole], RackFormat]:
    """The rack's code, its holes, and whose file it is.

    :raises FileNotUnderstood: no JSON, or none that a rack scanner known here gives.
    """
    try:
        said = json.loads(decoded(content, name))
    except (ValueError, RecursionError) as error:
        raise FileNotUnderstood(name, Sentence("it begins like JSON and is none.")) from error
    if isinstance(said, dict) and isinstance(holes := said.get("tubeBarcode"), list):
        found = [_of_ziath(name, number, hole) for number, hole in enumerate(holes, 1)]
        return _text(said.get("containerBarcode")), found, RackFormat.ZIATH
    if isinstance(said, dict) and isinstance(holes := said.get("entries"), list):
        found = [_of_micronic(name, number, hole) for number, hole in enumerate(holes, 1)]
        return _text(said.get("rack_id")), found, RackFormat.MICRONIC
    if isinstance(said, dict) and (status := said.get("status", said.get("errorCode"))) is not None:
        raise FileNotUnderstood(
            name, Sentence("the scanner says: %(status)s. Look at the scanner, and scan again.", status=str(status)[:80])
        )
    raise FileNotUnderstood(name, Sentence("it is JSON, and not of a rack scanner known here."))


def _of_ziath(name: str, number: int, hole: Any) -> JsonHole:
    row, column = (_number(hole.get("row")), _number(hole.get("column"))) if isinstance(hole, dict) else (0, 0)
    if not 1 <= row <= len(ascii_uppercase) or not 1 <= column <= 99:
        raise FileNotUnderstood(name, Sentence("it has no row and column."), number)
    return JsonHole(
        number, f"{ascii_uppercase[row - 1]}{column}", _code(name, number, hole.get("barcode")), _text(hole.get("decodeStatus")) or ""
    )


def _of_micronic(name: str, number: int, hole: Any) -> JsonHole:
    place = hole.get("position") if isinstance(hole, dict) else None
    if not isinstance(place, str):
        raise FileNotUnderstood(name, Sentence("it has no position."), number)
    return JsonHole(number, place, _code(name, number, hole.get("tube_id")), _text(hole.get("status")) or "")


def _code(name: str, number: int, value: Any) -> str:
    if value is not None and not isinstance(value, str):
        raise FileNotUnderstood(name, Sentence("a code is a text, and this is a number: zeros before it may be lost."), number)
    return value or ""


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _number(value: Any) -> int:
    """A whole number; zero, which no row is, for anything else."""
    return value if isinstance(value, int) and not isinstance(value, bool) else 0
