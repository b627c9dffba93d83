"""Reading a template file: TOML tables whose every complaint names the file and the line."""

import math
import re
import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from lims.labels.render_errors import TemplateInvalid
from lims.toml_lines import LineIndex

LONGEST_MM: Final = 1200.0
_TOML_LINE: Final = re.compile(r"\(at line (\d+)")


class TemplateFile:
    """One file: its top level, its tables, and where in it they stand."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            source = path.read_text(encoding="utf-8")
            self._data = tomllib.loads(source)
        except UnicodeDecodeError as fault:
            raise TemplateInvalid(path, 1, "the file is not UTF-8 text.") from fault
        except tomllib.TOMLDecodeError as fault:
            found = _TOML_LINE.search(str(fault))
            raise TemplateInvalid(path, int(found[1]) if found else source.count("\n") + 1, f"not TOML: {fault}.") from fault
        self._lines = LineIndex(source)

    def top(self) -> "Section":
        """The top level: what stands before the first table."""
        return Section(self, "", 0, {key: value for key, value in self._data.items() if not _is_table(value)})

    def table(self, name: str) -> "Section | None":
        """The table ``[name]``, or none."""
        value: object = self._data
        for part in name.split("."):
            value = value.get(part) if isinstance(value, dict) else None
        return Section(self, name, 0, _without_tables(value)) if isinstance(value, dict) else None

    def tables(self, name: str) -> list["Section"]:
        """The tables ``[[name]]``, in the order of the file."""
        values = self._data.get(name, [])
        if not isinstance(values, list) or not all(isinstance(value, dict) for value in values):
            raise TemplateInvalid(self.path, self.line("", 0, name), f"write [[{name}]] before each {name}.")
        return [Section(self, name, index, value) for index, value in enumerate(values)]

    def check_tables(self, known: Iterable[str]) -> None:
        """Refuse a table no template has."""
        for path in sorted(self._tables(self._data, ()), key=self._lines.line):
            if _table_of(path) not in set(known):
                raise TemplateInvalid(self.path, self._lines.line(path), f"a template has no table {_table_of(path)}.")

    def line(self, table: str, index: int, key: str) -> int:
        """The line of a key, else of its table, else of the file's beginning."""
        keys: tuple[str | int, ...] = tuple(table.split(".")) if table else ()
        if isinstance(self._data.get(table), list):
            keys += (index,)
        return self._lines.line((*keys, key) if key else keys)

    def _tables(self, value: object, path: tuple[str | int, ...]) -> Iterator[tuple[str | int, ...]]:
        """Every table below ``value``, and its place."""
        if isinstance(value, dict):
            if path:
                yield path
            for key, inner in value.items():
                yield from self._tables(inner, (*path, key))
        elif isinstance(value, list):
            for number, inner in enumerate(value):
                yield from self._tables(inner, (*path, number))


class Section:
    """A table of a template file; what is read from it is checked, what is never read is refused by :meth:`done`."""

    def __init__(self, file: TemplateFile, name: str, index: int, values: dict[str, object]) -> None:
        self.file, self.name, self.index, self._values = file, name, index, values
        self._read: set[str] = set()

    def fault(self, key: str, why: str) -> TemplateInvalid:
        """The complaint about one key of this table."""
        return TemplateInvalid(self.file.path, self.file.line(self.name, self.index, key), why)

    def has(self, key: str) -> bool:
        return key in self._values

    def text(self, key: str, default: str | None = None) -> str:
        value = self._value(key, default)
        if not isinstance(value, str) or not value.strip():
            raise self.fault(key, f"{key} must be a text.")
        return value

    def choice(self, key: str, options: Iterable[str], default: str | None = None) -> str:
        value, names = self.text(key, default), tuple(options)
        if value not in names:
            raise self.fault(key, f"{key} must be one of {', '.join(names)}, not {value!r}.")
        return value

    def number(self, key: str, default: float | None = None, *, least: float = 0.0, most: float = LONGEST_MM) -> float:
        value = self._value(key, default)
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value) or not least <= value <= most:
            raise self.fault(key, f"{key} must be a number from {least:g} to {most:g}.")
        return float(value)

    def count(self, key: str, default: int | None = None, *, least: int = 1, most: int = 100) -> int:
        value = self._value(key, default)
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            raise self.fault(key, f"{key} must be a whole number from {least} to {most}.")
        return value

    def flag(self, key: str) -> bool:
        value = self._value(key, False)
        if not isinstance(value, bool):
            raise self.fault(key, f"{key} must be true or false.")
        return value

    def numbers(self, key: str, options: Iterable[int]) -> tuple[int, ...]:
        value, possible = self._value(key, None), tuple(options)
        if not isinstance(value, list) or not value or any(number not in possible for number in value):
            raise self.fault(key, f"{key} must be a list of {', '.join(map(str, possible))}.")
        return tuple(sorted(set(value)))

    def done(self) -> None:
        """Refuse every key nobody asked for."""
        for key in self._values:
            if key not in self._read:
                raise self.fault(key, f"{self.name or 'a template'} has no key {key}.")

    def _value(self, key: str, default: object) -> object:
        self._read.add(key)
        value = self._values.get(key, default)
        if value is None:
            raise self.fault(key, f"{key} is missing{f' in {self.name}' if self.name else ''}.")
        return value


def _table_of(path: tuple[str | int, ...]) -> str:
    """The table a path lies in, ``stock.cap_dot``: its keys without the last and without the places in arrays."""
    return ".".join(key for key in path if isinstance(key, str))


def _is_table(value: object) -> bool:
    return isinstance(value, dict) or (isinstance(value, list) and any(isinstance(item, dict) for item in value))


def _without_tables(values: dict[str, object]) -> dict[str, object]:
    return {key: value for key, value in values.items() if not _is_table(value)}
