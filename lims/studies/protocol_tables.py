"""Reading the tables of a protocol file key by key, and noting every fault with its line.

A reader asks a :class:`Table` for what it needs and always gets a value to go on with; where the file has none, or a wrong one,
the fault is noted and a stand-in given. Nothing is built from stand-ins: :mod:`lims.studies.protocol_file` raises first.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from enum import StrEnum
from typing import TypeVar

from lims.studies.protocol_errors import nearest
from lims.toml_lines import LineIndex, Path

ChoiceT = TypeVar("ChoiceT", bound=StrEnum)
RowT = TypeVar("RowT")

SMALLEST, LARGEST = -100_000, 100_000
LONGEST_TEXT = 400


class Form:
    """How a text must look, and how to say so."""

    def __init__(self, pattern: str, words: str) -> None:
        self.pattern, self.words = re.compile(pattern), words

    def fits(self, text: str) -> bool:
        return self.pattern.fullmatch(text) is not None


ANY_TEXT = Form(r"[^\x00-\x1f\x7f]*\S[^\x00-\x1f\x7f]*", "a text of one line, not empty")
WORD = Form(r"[a-z0-9]+(-[a-z0-9]+)*", "lower-case letters, digits and single hyphens")
CODE = Form(r"[A-Za-z0-9][A-Za-z0-9_-]{0,31}", "letters, digits, hyphens and underscores, at most 32")


class Reading:
    """What is known of one file while it is read: every code of every section, every line, every fault."""

    def __init__(self, text: str, values: Mapping[str, object]) -> None:
        self.lines = LineIndex(text)
        self.values = values
        self._faults: list[tuple[Path, str]] = []

    def fault(self, path: Path, sentence: str) -> None:
        self._faults.append((path, sentence))

    def faults(self) -> list[tuple[int, str]]:
        """Every fault with its line, from the top of the file down."""
        return sorted((self.lines.line(path), sentence) for path, sentence in self._faults)

    def is_sound(self, *sections: str) -> bool:
        """Whether these sections are there and no fault was found in them, so that more can be concluded from them."""
        return all(section in self.values for section in sections) and not any(
            path[:1] in [(section,) for section in sections] for path, _ in self._faults
        )

    def codes(self, section: str) -> list[str]:
        """The codes of a section, good or bad, before or after it has been read."""
        return [code for row in self.raw_rows(section) if isinstance(code := row.get("code"), str)]

    def raw_rows(self, section: str) -> list[Mapping[str, object]]:
        rows = self.values.get(section)
        return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []


class Table:
    """One table of the file: ``[study]``, one of the ``[[cohort]]``, or an inline table."""

    def __init__(self, reading: Reading, values: Mapping[str, object], path: Path, *, owner: str = "", absent: bool = False) -> None:
        self.reading, self.values, self.path, self.owner, self.absent = reading, values, path, owner, absent
        self._asked: list[str] = []

    def __str__(self) -> str:
        kinds = [part for part in self.path if isinstance(part, str)]
        if not kinds:
            return "the file"
        name = self.values.get("code", self.values.get("specimen_type"))
        kind = kinds[-1].replace("_", " ")
        return (f'{kind} "{name}"' if isinstance(name, str) else kind) + self.owner

    @property
    def place(self) -> int:
        """Which of its section's rows this is, from 0."""
        return next(part for part in reversed(self.path) if isinstance(part, int))

    def fault(self, key: str | None, sentence: str) -> None:
        """Note what is wrong with a key of this table, or with the table."""
        self.reading.fault(self.path if key is None else (*self.path, key), sentence)

    def has(self, key: str) -> bool:
        return key in self.values

    def text(self, key: str, form: Form = ANY_TEXT) -> str:
        return self.text_or_none(key, form, needed=True) or ""

    def text_or_none(self, key: str, form: Form = ANY_TEXT, *, needed: bool = False) -> str | None:
        value = self._ask(key, needed=needed)
        if value is None:
            return None
        if not isinstance(value, str):
            self._wrong(key, value, "no text; write it in quotes")
            return None
        if len(value) > LONGEST_TEXT:
            self.fault(key, f"{key} of {self} has {len(value)} characters; {LONGEST_TEXT} are allowed.")
            return None
        if not form.fits(value):
            self.fault(key, f"{key} of {self} is {_shown(value)}; it must be {form.words}.")
            return None
        return value

    def texts(self, key: str, *, needed: bool = True) -> tuple[str, ...]:
        value = self._ask(key, needed=needed)
        if value is None:
            return ()
        if not isinstance(value, list) or not all(isinstance(item, str) and ANY_TEXT.fits(item) for item in value):
            self._wrong(key, value, "no list of texts")
            return ()
        if not value and needed:
            self.fault(key, f"{key} of {self} is empty; name at least one.")
        for place, item in enumerate(value):
            if item in value[:place]:
                self.reading.fault((*self.path, key, place), f'{key} of {self} names "{item}" twice.')
        return tuple(value)

    def integer(self, key: str, least: int = SMALLEST, most: int = LARGEST) -> int:
        return self.integer_or_none(key, least, most, needed=True) or 0

    def integer_or_none(self, key: str, least: int = SMALLEST, most: int = LARGEST, *, needed: bool = False) -> int | None:
        value = self._ask(key, needed=needed)
        if value is None:
            return None
        if not isinstance(value, int) or isinstance(value, bool):
            self._wrong(key, value, "no whole number")
            return None
        if not least <= value <= most:
            self.fault(key, f"{key} of {self} is {_shown(value)}; it must be from {least} to {most}.")
            return None
        return value

    def integers(self, key: str) -> tuple[int, ...] | None:
        value = self._ask(key, needed=False)
        if value is None:
            return None
        if not isinstance(value, list) or not all(_is_day(item) for item in value):
            self._wrong(key, value, "no list of whole numbers")
            return None
        return tuple(value)

    def amount(self, key: str) -> Decimal:
        return self.amount_or_none(key, needed=True) or Decimal(0)

    def amount_or_none(self, key: str, *, needed: bool = False) -> Decimal | None:
        """A number above zero with at most three decimals."""
        value = self._ask(key, needed=needed)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | Decimal):
            self._wrong(key, value, "no number")
            return None
        number = Decimal(value)
        if not number.is_finite() or not 0 < number <= 10**9 or number != round(number, 3):
            self.fault(key, f"{key} of {self} is {_shown(value)}; it must be above 0, with at most three decimals.")
            return None
        return number

    def flag(self, key: str, *, default: bool = False) -> bool:
        value = self.flag_or_none(key)
        return default if value is None else value

    def flag_or_none(self, key: str, *, needed: bool = False) -> bool | None:
        value = self._ask(key, needed=needed)
        if value is not None and not isinstance(value, bool):
            self._wrong(key, value, "neither true nor false")
            return None
        return value

    def choice(self, key: str, words: type[ChoiceT]) -> ChoiceT:
        return self.choice_or_none(key, words, needed=True) or next(iter(words))

    def choice_or_none(self, key: str, words: type[ChoiceT], *, needed: bool = False) -> ChoiceT | None:
        value = self._ask(key, needed=needed)
        if value is None:
            return None
        if not isinstance(value, str) or value not in list(words):
            self.fault(key, f"{key} of {self} is {_shown(value)}; it must be {_either(list(words))}.")
            return None
        return words(value)

    def reference(self, key: str, section: str, *, also: Sequence[str] = ()) -> str:
        return self.reference_or_none(key, section, also=also, needed=True) or ""

    def reference_or_none(self, key: str, section: str, *, also: Sequence[str] = (), needed: bool = False) -> str | None:
        """A code that another section of this file defines."""
        code = self.text_or_none(key, needed=needed)
        if code is not None:
            self.check_known(key, code, section, (*self.path, key), also=also)
        return code

    def references(self, key: str, section: str, *, needed: bool = True) -> tuple[str, ...]:
        codes = self.texts(key, needed=needed)
        for place, code in enumerate(codes):
            self.check_known(key, code, section, (*self.path, key, place))
        return codes

    def check_known(self, key: str, code: str, section: str, path: Path, *, also: Sequence[str] = ()) -> None:
        known = [*self.reading.codes(section), *also]
        if code not in known:
            sentence = f'{key} of {self} names {section.replace("_", " ")} "{code}", which this protocol does not have'
            self.reading.fault(path, f"{sentence}{_perhaps(code, known) or '.'}")

    def table(self, key: str) -> "Table":
        return self.table_or_none(key, needed=True) or Table(self.reading, {}, (*self.path, key), absent=True)

    def table_or_none(self, key: str, *, needed: bool = False) -> "Table | None":
        value = self._ask(key, needed=needed)
        if value is None:
            return None
        if not isinstance(value, dict):
            self._wrong(key, value, f"no table; write [{key}]")
            return None
        return Table(self.reading, value, (*self.path, key), owner=self._owning())

    def rows(self, key: str, read: Callable[["Table"], RowT], *, needed: bool = True) -> tuple[RowT, ...]:
        """What ``read`` makes of each ``[[key]]``; a key of theirs that it did not ask for is a fault."""
        value = self._ask(key, needed=needed)
        if value is None:
            return ()
        if not isinstance(value, list) or not all(isinstance(row, dict) for row in value):
            self.fault(key, f"{key} must be written [[{'.'.join([*self._kinds(), key])}]], once for each.")
            return ()
        if not value and needed:
            self.fault(key, f"{key} of {self} is empty; write at least one [[{key}]].")
        return tuple(
            read_whole(Table(self.reading, row, (*self.path, key, place), owner=self._owning()), read) for place, row in enumerate(value)
        )

    def refuse_unknown_keys(self) -> None:
        for key in self.values:
            if key not in self._asked:
                advice = _perhaps(key, self._asked) or f"; it may have {', '.join(self._asked)}."
                self.fault(key, f"{self} has no {key}{advice}")

    def _owning(self) -> str:
        return f" of {self}" if self.path else ""

    def _kinds(self) -> list[str]:
        return [part for part in self.path if isinstance(part, str)]

    def _ask(self, key: str, *, needed: bool) -> object | None:
        self._asked.append(key)
        if needed and key not in self.values and not self.absent:
            self.fault(None, f"{self} lacks {key}.")
        return self.values.get(key)

    def _wrong(self, key: str, value: object, what: str) -> None:
        self.fault(key, f"{key} of {self} is {_shown(value)}, which is {what}.")


def read_whole(table: Table, read: Callable[[Table], RowT]) -> RowT:
    """What ``read`` makes of the table; a key that it did not ask for is a fault."""
    row = read(table)
    table.refuse_unknown_keys()
    return row


def _is_day(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and SMALLEST <= value <= LARGEST


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    shown = f'"{value}"' if isinstance(value, str) else str(value)
    return shown if len(shown) <= 60 else shown[:60] + "…"


def _perhaps(given: str, known: Sequence[str]) -> str:
    near = nearest(given, known)
    return f'; did you mean "{near}"?' if near else ""


def _either(words: Sequence[str]) -> str:
    quoted = [f'"{word}"' for word in words]
    return quoted[0] if len(quoted) == 1 else f"{', '.join(quoted[:-1])} or {quoted[-1]}"
