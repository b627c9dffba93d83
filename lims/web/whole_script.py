"""A script with all it imports, in one file: some thirty small ones would cost a slow tablet a request each.

Each module becomes a function that is run once, after those it imports, and gives back what it exports; so no two names meet. It reads
modules as they are written here: an import is one line, what is exported is a ``function`` or a ``const``, and no two import each other.
"""

import re
from pathlib import Path

_IMPORT = re.compile(r'^import (?:(\{.+\}) from )?"(.+)";$', re.MULTILINE)
_EXPORT = re.compile(r"^export ((?:async )?function|const) (\w+)", re.MULTILINE)


def whole_script(path: Path) -> str:
    """The script after all that it imports."""
    return "".join(_functions(path.resolve(), {}).values())


def _functions(path: Path, made: dict[Path, str]) -> dict[Path, str]:
    text = path.read_text(encoding="utf-8")
    for _names, imported in _IMPORT.findall(text):
        if (other := (path.parent / imported).resolve()) not in made:
            _functions(other, made)
    exported = ", ".join(name for _kind, name in _EXPORT.findall(text))
    inside = _EXPORT.sub(r"\1 \2", _IMPORT.sub(lambda found: _taken(path, *found.groups()), text))
    made[path] = f"const {_called(path)} = (() => {{\n{inside}return {{ {exported} }};\n}})();\n"
    return made


def _taken(path: Path, names: str | None, imported: str) -> str:
    return f"const {names.replace(' as ', ': ')} = {_called((path.parent / imported).resolve())};" if names else ""


def _called(path: Path) -> str:
    return re.sub(r"\W", "_", f"{path.parent.name}_{path.stem}")
