"""On which line of a TOML file each key and each element stands.

``tomllib`` gives values without their places, and libraries that write TOML keep white space, not line numbers. This walks a
text that ``tomllib`` has already accepted, so it need not tell good TOML from bad; it only has to know where things begin.

A path is a tuple of keys and, for elements of arrays, indexes: ``("timepoint", 2, "window")``.
"""

import re
from typing import TypeAlias

Path: TypeAlias = tuple[str | int, ...]

_BLANK = re.compile(r"(?:[ \t\r\n]+|#[^\n]*)*")
_SPACES = re.compile(r"[ \t]*")
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_STRING = re.compile(
    r'"""(?:[^"\\]|\\.|"(?!""))*"{3,5}'
    r"|'''(?:[^']|'(?!''))*'{3,5}"
    r'|"(?:[^"\\\n]|\\.)*"'
    r"|'[^'\n]*'",
    re.DOTALL,
)
_SCALAR = re.compile(r"[^,\]}#\r\n]+")
_ESCAPES = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|(.))")


class LineIndex:
    """The line of every key, table and element of a TOML text; lines count from 1."""

    def __init__(self, text: str) -> None:
        self._lines: dict[Path, int] = {(): 1}
        _Walk(text, self._lines).document()

    def line(self, path: Path) -> int:
        """The line where ``path`` begins, or where the nearest thing around it does."""
        while path not in self._lines:
            path = path[:-1]
        return self._lines[path]

    def paths(self) -> frozenset[Path]:
        """Everything that has a place."""
        return frozenset(self._lines)


class _Walk:
    def __init__(self, text: str, lines: dict[Path, int]) -> None:
        self.text, self.at, self.lines = text, 0, lines
        self.row, self.counted_to = 1, 0
        self.elements: dict[Path, int] = {}

    def document(self) -> None:
        table: Path = ()
        self._pass(_BLANK)
        while self.at < len(self.text):
            if self.text[self.at] == "[":
                table = self._header()
            else:
                self._assignment(table)
            self._pass(_BLANK)

    def _header(self) -> Path:
        opening = 2 if self.text.startswith("[[", self.at) else 1
        row = self._row()
        self.at += opening
        table = self._resolved(self._key(), new_element=opening == 2)
        self.at += opening
        self._note(table, row)
        return table

    def _resolved(self, key: tuple[str, ...], *, new_element: bool) -> Path:
        """The header's key with the index of each array of tables on its way."""
        path: Path = ()
        for place, part in enumerate(key):
            path += (part,)
            if new_element and place == len(key) - 1:
                self.elements[path] = self.elements.get(path, -1) + 1
            if path in self.elements:
                path += (self.elements[path],)
        return path

    def _assignment(self, table: Path) -> None:
        row = self._row()
        path = table + self._key()
        self.at += 1
        self._note(path, row)
        self._value(path)

    def _key(self) -> tuple[str, ...]:
        parts: list[str] = []
        while not parts or self.text[self.at] == ".":
            self.at += bool(parts)
            self._pass(_SPACES)
            quoted = _STRING.match(self.text, self.at)
            part = self._pass(_STRING if quoted else _BARE_KEY)
            parts.append(_unquoted(part) if quoted else part)
            self._pass(_SPACES)
        return tuple(parts)

    def _value(self, path: Path) -> None:
        self._pass(_SPACES)
        match self.text[self.at]:
            case "[":
                self._array(path)
            case "{":
                self._inline_table(path)
            case '"' | "'":
                self._pass(_STRING)
            case _:
                self._pass(_SCALAR)

    def _array(self, path: Path) -> None:
        self.at += 1
        index = 0
        self._pass(_BLANK)
        while self.text[self.at] != "]":
            self._note((*path, index), self._row())
            self._value((*path, index))
            self._next_element()
            index += 1
        self.at += 1

    def _inline_table(self, path: Path) -> None:
        self.at += 1
        self._pass(_BLANK)
        while self.text[self.at] != "}":
            self._assignment(path)
            self._next_element()
        self.at += 1

    def _next_element(self) -> None:
        self._pass(_BLANK)
        if self.text[self.at] == ",":
            self.at += 1
            self._pass(_BLANK)

    def _pass(self, pattern: re.Pattern[str]) -> str:
        found = pattern.match(self.text, self.at)
        assert found is not None, "the text was not checked by tomllib first"
        self.at = found.end()
        return found.group()

    def _row(self) -> int:
        self.row += self.text.count("\n", self.counted_to, self.at)
        self.counted_to = self.at
        return self.row

    def _note(self, path: Path, row: int) -> None:
        for end in range(1, len(path) + 1):
            self.lines.setdefault(path[:end], row)


def _unquoted(key: str) -> str:
    inner = key[1:-1]
    return inner if key.startswith("'") else _ESCAPES.sub(_unescaped, inner)


def _unescaped(found: re.Match[str]) -> str:
    point = found.group(1) or found.group(2)
    return chr(int(point, 16)) if point else {"b": "\b", "t": "\t", "n": "\n", "f": "\f", "r": "\r"}.get(found.group(3), found.group(3))
