"""This repository as text: its files, and what the house's own tests look for in them."""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CODE = ("lims", "migrations", "scripts", "tests")
LONGEST_FUNCTION = 60


def python_files(*folders: str) -> Iterator[Path]:
    """Every module under these folders of the repository."""
    for folder in folders:
        yield from sorted((ROOT / folder).rglob("*.py"))


def text_files() -> Iterator[Path]:
    """Every file somebody wrote, except what is not text."""
    for path in [*ROOT.glob("*.*"), *(path for folder in (*CODE, "docs", "label_templates", ".ci") for path in (ROOT / folder).rglob("*"))]:
        if path.is_file() and not {"__pycache__", ".git"} & {*path.parts} and b"\0" not in path.read_bytes()[:8192]:
            yield path


def where(path: Path, line: int = 1) -> str:
    """A place in the repository, for a test's message."""
    return f"{path.relative_to(ROOT)}:{line}"


def has_docstring(source: str) -> bool:
    """Whether a module says what it knows."""
    return bool(ast.get_docstring(ast.parse(source)))


def long_functions(source: str) -> list[tuple[int, str]]:
    """Line and name of each function too long to read in one go."""
    functions = (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))
    return [(f.lineno, f.name) for f in functions if (f.end_lineno or f.lineno) - f.lineno + 1 > LONGEST_FUNCTION]


def commits(source: str) -> list[int]:
    """The lines that call something's ``commit``."""
    calls = (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call))
    return [call.lineno for call in calls if isinstance(call.func, ast.Attribute) and call.func.attr == "commit"]
