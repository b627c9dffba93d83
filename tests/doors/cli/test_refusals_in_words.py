"""The command line refuses in one sentence, leaves nothing half done, and never shows a trace."""

from pathlib import Path

import click
import pytest

from lims.cli.people import NoTokenNumber, _token_number
from lims.cli.writing import write_whole
from lims.db import Database
from tests.support.service import lims


def test_a_token_is_withdrawn_by_the_id_that_the_list_shows(database: Database, tmp_path: Path) -> None:
    lims(database, tmp_path, "user", "add", "core", "--role", "core")
    token = lims(database, tmp_path, "token", "issue", "--user", "core").stdout.strip()
    number, user, until, may = lims(database, tmp_path, "token", "list").stdout.strip().split("\t")
    assert (user, until.split()[0], may) == ("core", "until", "all of the role")
    assert _token_number(token) == int(number)

    assert lims(database, tmp_path, "token", "revoke", number).returncode == 0
    listed = lims(database, tmp_path, "token", "list").stdout
    assert "\twithdrawn " in listed
    assert token not in listed


@pytest.mark.parametrize("given", ["abc", "9" * 23, "9223372036854775808", "lims_x", "-1", "٣", ""])
def test_what_is_no_tokens_id_is_refused(given: str) -> None:
    with pytest.raises(NoTokenNumber, match="lims token list"):
        _token_number(given)


def test_a_file_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    with pytest.raises(click.ClickException, match=r"nowhere/label\.pdf cannot be written: no such file or directory"):
        write_whole(tmp_path / "nowhere" / "label.pdf", b"%PDF")


def test_a_database_that_does_not_answer_is_told_in_one_line(database: Database, tmp_path: Path) -> None:
    nobody = "postgresql+psycopg://nobody:secret@127.0.0.1:1/none"
    done = lims(database, tmp_path, "verify", LIMS_DATABASE_URL=nobody)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "Error: The database cannot be reached. Check LIMS_DATABASE_URL, and that its server runs.\n"
