"""Kits from the command line."""

from pathlib import Path

from lims.db import Database
from tests.factories import trial
from tests.support.service import lims


def test_kits_are_made_listed_and_taken_back(database: Database, tmp_path: Path) -> None:
    with database.transaction() as session:
        trial.begin(session)
    made = lims(database, tmp_path, "kits", "make", "--participant", "L07", "--timepoint", "D1")
    (code,) = made.stdout.split()
    assert made.stderr.endswith("1 kit of 11 tubes.\n")
    assert len(lims(database, tmp_path, "kits", "make", "--timepoint", "PRE", "--type", "stool", "--count", "2").stdout.split()) == 2
    listed = [line.split("\t") for line in lims(database, tmp_path, "kits", "list").stdout.splitlines()]
    assert [line[1:] for line in listed] == [["stock", "PRE", "made", "5", "0", "0"]] * 2 + [["L07", "D1", "made", "11", "0", "0"]]
    assert lims(database, tmp_path, "kits", "void", code, "--reason", "patient absent").stderr.endswith("is void: 0 used, 11 void.\n")
    again = lims(database, tmp_path, "kits", "void", code)
    assert (again.returncode, again.stdout) == (1, "")
    assert "nothing of it waits to be filled. Take another kit." in again.stderr
    assert lims(database, tmp_path, "verify").returncode == 0
