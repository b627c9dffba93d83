"""Writes ``docs/problems.md``: every code a refusal may carry, from the errors' own classes, so that none is forgotten.

Run ``python -m scripts.docs.problems``; a test of the house says when it is due.
"""

import importlib
import inspect
import pkgutil
from pathlib import Path

import lims
from lims.api.problems import HTTP_CODES, INTERNAL, STATUS, UNAVAILABLE
from lims.errors import LimsError

PAGE = Path(__file__).resolve().parents[2] / "docs" / "problems.md"
_HEAD = """# Problem codes

Every refusal has a stable code for programs and a sentence for people. Over HTTP it is problem+json (RFC 9457): `code`, `detail` (the
sentence), and `errors[]` with JSON pointers where something given was wrong. This page is written from the errors themselves.

| code | status | when |
| --- | --- | --- |
"""


def page() -> str:
    """The page as it should read."""
    rows = sorted({(error.code, _status(error), _when(error)) for error in _errors()} | _of_the_protocol())
    return _HEAD + "".join(f"| `{code}` | {status} | {when} |\n" for code, status, when in rows)


def _of_the_protocol() -> set[tuple[str, int, str]]:
    """What is refused before any room is asked, and what nobody foresaw."""
    bare = {(code, status, sentence) for status, (code, sentence) in HTTP_CODES.items()}
    return bare | {(code, status, sentence.format("…")) for status, code, sentence in (INTERNAL, UNAVAILABLE)}


def _errors() -> set[type[LimsError]]:
    """Every error of every module that says its own code."""
    for module in pkgutil.walk_packages(lims.__path__, "lims."):
        importlib.import_module(module.name)
    found, waiting = set(), [LimsError]
    while waiting:
        below = waiting.pop().__subclasses__()
        waiting += below
        found |= {
            error for error in below if "code" in vars(error) and error.__module__.startswith("lims.") and error.__module__ != "lims.errors"
        }
    return found


def _status(error: type[LimsError]) -> int:
    return next((STATUS[class_] for class_ in error.__mro__ if class_ in STATUS), 422)


def _when(error: type[LimsError]) -> str:
    return (inspect.getdoc(error) or "").split("\n\n")[0].replace("\n", " ").replace("|", "\\|")


if __name__ == "__main__":
    PAGE.write_text(page())
