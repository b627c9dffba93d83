"""``lims up``: make everything ready, say how to sign in, and serve."""

import os
from pathlib import Path

import click
from sqlalchemy.orm import Session

from lims import clock, migrate
from lims.accounts import queries, service
from lims.accounts.vocabulary import Role
from lims.cli.demo import DEMO_PEOPLE, load_demo
from lims.cli.serving import serve
from lims.cli.session import house_database, in_words, operator
from lims.db import Database
from lims.settings import read_settings
from lims.studies.protocol_file import shipped_protocol
from lims.studies.queries import list_studies
from lims.studies.service import load_protocol, take_shipped

ADMIN = "admin"
PROTOCOL = "ILDR-02"


@click.command()
@click.option("--port", type=click.IntRange(1, 65535), default=8000, show_default=True)
@click.option("--data", type=click.Path(file_okay=False, path_type=Path), help="The data folder; also LIMS_DATA_DIR. Default: var.")
@click.option("--empty", is_flag=True, help="No demo data: the protocol only.")
@click.option("--workers", type=click.IntRange(1, 64), default=2, show_default=True, help="Processes that serve.")
@in_words
def up(port: int, data: Path | None, empty: bool, workers: int) -> None:
    """Migrate, load the trial's protocol and, at the first start, demo data; then serve on 127.0.0.1."""
    if data is not None:
        os.environ["LIMS_DATA_DIR"] = str(data)
    settings = read_settings()
    address = f"http://127.0.0.1:{port}"
    with house_database(checked=False) as database:
        migrate.upgrade(database)
        first = _load_protocol(database)
        if first and not empty:
            load_demo(database, settings.data_dir)
        said = _how_to_sign_in(database, settings.data_dir, address)
    click.echo(f"\n  {address}\n{said}\n")
    serve(port, workers)


def _load_protocol(database: Database) -> bool:
    """Whether this is the first start: there was no study yet. Later, an amendment that came with the service is taken in."""
    with database.transaction() as session:
        first = not list_studies(session)
        if first:
            load_protocol(session, shipped_protocol(PROTOCOL), f"{PROTOCOL.lower()}.toml", actor=operator(), at=clock.now())
        elif amended := take_shipped(session, PROTOCOL, actor=operator(), at=clock.now()):
            click.echo(f"  version {amended.version} of {PROTOCOL} is taken in; what was collected keeps its own")
    return first


def _how_to_sign_in(database: Database, data_dir: Path, address: str) -> str:
    """The demo's names and password; else, while nobody can sign in, a one-time link for the first administrator."""
    demo = data_dir / DEMO_PEOPLE
    if demo.exists():
        names = ", ".join(role.value for role in Role)
        return f"  sign in as one of {names}\n  with the password {demo.read_text().strip()} (kept in {demo})"
    with database.transaction() as session:
        if any(person.has_password for person in queries.list_users(session)):
            return "  sign in with your own name and password"
        link = f"{address}/password/{_first_administrator(session)}"
        return f"  set the first administrator's password: {link}\n  (name: {ADMIN}; the link works once, for a day)"


def _first_administrator(session: Session) -> str:
    if queries.find_user(session, ADMIN) is None:
        service.add_user(session, ADMIN, Role.ADMIN, actor=operator(), at=clock.now())
    return service.issue_password_link(session, ADMIN, actor=operator(), at=clock.now())
