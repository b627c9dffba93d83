"""What the README tells people to type is there to be typed, and the tests it names are the tests CI runs."""

import os
import re

from tests.support.source import ROOT

README = (ROOT / "README.md").read_text()
SHELL_BLOCK = re.compile(r"^```(?:sh|bash|console)\n(.*?)^```", re.MULTILINE | re.DOTALL)
OURS = re.compile(r"(?:^|\s)((?:scripts|\.ci)/\w+)")


def commands_of(text: str) -> set[str]:
    """Our own scripts named in the shell blocks of a page."""
    return {command for block in SHELL_BLOCK.findall(text) for command in OURS.findall(block)}


def test_the_readme_starts_with_two_commands() -> None:
    assert {"scripts/run", "scripts/test"} <= commands_of(README)


def test_every_command_of_the_readme_can_be_run() -> None:
    assert [command for command in commands_of(README) if not os.access(ROOT / command, os.X_OK)] == []


def test_ci_runs_the_tests_as_the_readme_does() -> None:
    lines = (ROOT / ".ci" / "run").read_text().splitlines()
    assert any(re.search(r"(?:^|! )scripts/test( \||;|$)", line) for line in lines)
