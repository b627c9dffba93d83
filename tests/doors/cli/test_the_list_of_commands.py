"""``lims --help``: every command with its own first sentence, and no room read for it."""

import subprocess
import sys

import click
import pytest
from click.testing import CliRunner

from lims.cli.main import COMMANDS, main

_WHAT_WAS_READ = """
import sys
from lims.cli import main
main(["--help"], standalone_mode=False)
print(*sorted(name for name in sys.modules if name.startswith(("lims.", "sqlalchemy", "alembic"))), file=sys.stderr)
"""


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_is_listed_with_its_own_first_sentence(name: str) -> None:
    command = main.get_command(click.Context(main), name)
    assert command is not None
    assert (command.name, command.get_short_help_str(1000)) == (name, COMMANDS[name][1])


def test_every_command_is_listed() -> None:
    listed = CliRunner().invoke(main, ["--help"]).output
    assert [name for name in COMMANDS if f"\n  {name} " not in listed] == []


def test_the_list_is_there_before_any_room_is_read() -> None:
    ran = subprocess.run([sys.executable, "-c", _WHAT_WAS_READ], capture_output=True, text=True, check=True)
    assert ran.stderr.split() == ["lims.cli", "lims.cli.main", "lims.cli.reading"]


def test_a_misspelt_command_is_told_which_was_meant() -> None:
    ran = CliRunner().invoke(main, ["bakup"])
    assert ran.exit_code == 2
    assert "backup" in ran.output
