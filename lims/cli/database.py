"""``lims db``: migrations."""

import click

from lims import migrate
from lims.cli.session import house_database, in_words
from lims.db import url_text


@click.group()
def db() -> None:
    """The database's tables."""


@db.command()
@in_words
def upgrade() -> None:
    """Bring the tables to the newest revision. Nothing happens where they are there already."""
    with house_database(checked=False) as database:
        migrate.upgrade(database)
        click.echo(f"{url_text(database)} is at the newest tables.")


@db.command()
@in_words
def check() -> None:
    """Say whether the tables are what the service needs; exit 1 where they are not."""
    with house_database() as database:
        differences = migrate.differences(database)
        for difference in differences:
            click.echo(difference)
        if differences:
            raise SystemExit(1)
        click.echo("The tables are what the models say.")
