"""What lies at the top of the repository, and what never may lie anywhere in it."""

import re
from pathlib import Path

import pytest

from tests.support.source import ROOT, text_files, where

AGREED = {
    "lims",
    "migrations",
    "label_templates",
    "scripts",
    "tests",
    "docs",
    "wsgi.py",
    "pyproject.toml",
    "README.md",
    "CHANGES.md",
    "LICENSE",
}
MADE_HERE = {"var", "build", "dist"}  # git-ignored

# Written in pieces, so that this file is clean too. A machine's own folders, and addresses of package indexes.
NOT_OURS = re.compile(r"(?<![\w.$}])/(?:wor[k]|roo[t]|hom[e]|User[s])/\w|pyp[i]\.org|pythonhoste[d]\.org|npmj[s]\.org")


def test_nothing_stray_lies_at_the_top() -> None:
    found = {path.name for path in ROOT.iterdir() if not path.name.startswith(".")}
    assert found - MADE_HERE <= AGREED


def test_no_file_knows_a_machine_or_a_package_index() -> None:
    found = [where(path, number) for path in text_files() for number in _lines_not_ours(path)]
    assert found == []


@pytest.mark.parametrize("line", ["cd /wor" + "k/main", "see https://pyp" + "i.org/project/lims", "/hom" + "e/ann/lims.db"])
def test_a_machine_or_an_index_would_be_seen(line: str) -> None:
    assert NOT_OURS.search(line)


def _lines_not_ours(path: Path) -> list[int]:
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    return [number for number, line in enumerate(lines, 1) if NOT_OURS.search(line)]
