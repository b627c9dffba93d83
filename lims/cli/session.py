"""What every command needs: the settings, the database, who acts, and refusals as one sentence."""

import functools
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any, ParamSpec

import click
from click.termui import progressbar
from sqlalchemy.exc import OperationalError

from lims.accounts.vocabulary import SYSTEM, Actor
from lims.checks import connect_rooms
from lims.db import Database
from lims.errors import InvalidInput, LimsError
from lims.labels.drawing import use_own_templates
from lims.migrate import check_current
from lims.settings import read_settings

_Given = ParamSpec("_Given")


class Refused(click.ClickException):
    """A refusal of the house, in its own words, with where it was found."""

    def __init__(self, error: LimsError) -> None:
        lines = [error.sentence]
        if isinstance(error, InvalidInput):
            lines += [f"  {finding.where}: {finding.sentence}" for finding in error.findings if finding.sentence not in error.sentence]
        super().__init__("\n".join(lines))


@contextmanager
def house_database(*, checked: bool = True) -> Iterator[Database]:
    """The database the settings name, at its newest tables unless ``checked`` is false."""
    connect_rooms()
    settings = read_settings()
    use_own_templates(settings.label_templates)
    database = Database(settings.database_url)
    try:
        if checked:
            check_current(database)
        yield database
    finally:
        database.dispose()


def operator() -> Actor:
    """Whoever runs the command; the ledger names the service, and the person's name on this machine as the device."""
    return Actor(SYSTEM.id, SYSTEM.username, SYSTEM.role, device=f"command line of {_login()}")


def in_words(command: Callable[_Given, None]) -> Callable[_Given, None]:
    """A command whose refusals are sentences, never traces."""

    @functools.wraps(command)
    def run(*args: _Given.args, **kwargs: _Given.kwargs) -> None:
        try:
            command(*args, **kwargs)
        except LimsError as error:
            raise Refused(error) from error
        except OperationalError as error:
            raise click.ClickException("The database cannot be reached. Check LIMS_DATABASE_URL, and that its server runs.") from error

    return run


def progress_bar(label: str, length: int) -> AbstractContextManager[Any]:
    """A bar on standard error, so that standard output stays for what was asked."""
    return progressbar(length=length, label=label, file=sys.stderr)


def _login() -> str:
    return os.environ.get("SUDO_USER") or os.environ.get("USER") or os.environ.get("LOGNAME") or "somebody"
