"""``lims protocol``: a study's protocol from its file."""

from pathlib import Path

import click

from lims import clock
from lims.cli.session import house_database, in_words, operator
from lims.studies.service import load_protocol


@click.group()
def protocol() -> None:
    """Study protocols."""


@protocol.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@in_words
def load(file: Path) -> None:
    """Load FILE as its study's protocol; a new version is an amendment and changes nothing collected before."""
    text = file.read_bytes().decode("utf-8-sig", errors="replace")
    with house_database() as database, database.transaction() as session:
        loaded = load_protocol(session, text, file.name, actor=operator(), at=clock.now())
    click.echo(f"Version {loaded.version} is " + ("loaded." if loaded.is_new else "there already; nothing has changed."))
