"""``lims user`` and ``lims token``: people and their machines' keys."""

import re
import sys

import click

from lims import clock
from lims.accounts import queries, service
from lims.accounts.tokens import token_id
from lims.accounts.vocabulary import Action, Role
from lims.cli.session import house_database, in_words, operator
from lims.db import LARGEST_INTEGER
from lims.errors import InvalidInput

_ROLES = click.Choice([role.value for role in Role])


@click.group()
def user() -> None:
    """People who may sign in."""


@user.command()
@click.argument("name")
@click.option("--role", type=_ROLES, required=True, help="What the person is here for.")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
@in_words
def add(name: str, role: str, password_stdin: bool) -> None:
    """Take a person in. Without a password they have none until `lims user password NAME`, or a one-time link."""
    password = _password_from_stdin() if password_stdin else None
    with house_database() as database, database.transaction() as session:
        service.add_user(session, name, Role(role), actor=operator(), at=clock.now(), password=password)
    click.echo(f"{name} is {role} here." + ("" if password else f" Give them a password: lims user password {name}"))


@user.command()
@click.argument("name")
@click.option("--link", is_flag=True, help="Print a one-time link by which the person sets a password, instead.")
@in_words
def password(name: str, link: bool) -> None:
    """Set NAME's password from standard input, or print a one-time link to set one."""
    with house_database() as database, database.transaction() as session:
        if link:
            click.echo(f"/password/{service.issue_password_link(session, name, actor=operator(), at=clock.now())}")
            return
        service.set_password(session, name, _password_from_stdin(), actor=operator(), at=clock.now())
    click.echo(f"{name} has a new password.")


@user.command()
@click.argument("name")
@click.option("--role", type=_ROLES, required=True)
@in_words
def role(name: str, role: str) -> None:
    """Give NAME another role."""
    with house_database() as database, database.transaction() as session:
        service.change_role(session, name, Role(role), actor=operator(), at=clock.now())
    click.echo(f"{name} is {role} here.")


@user.command()
@click.argument("name")
@in_words
def disable(name: str) -> None:
    """Shut NAME out: sessions end, tokens are revoked; the name stays in the ledger."""
    with house_database() as database, database.transaction() as session:
        service.disable_user(session, name, actor=operator(), at=clock.now())
    click.echo(f"{name} is shut out.")


@click.group()
def token() -> None:
    """Keys for machines."""


@token.command()
@click.option("--user", "name", required=True, help="Whose role the token has.")
@click.option(
    "--scope", "scopes", multiple=True, type=click.Choice([action.value for action in Action]), help="Only this; may be repeated."
)
@click.option("--expires", "days", type=click.IntRange(1, 365), default=365, show_default=True, help="Days until it expires.")
@in_words
def issue(name: str, scopes: tuple[str, ...], days: int) -> None:
    """Print a new token, alone, once."""
    with house_database() as database, database.transaction() as session:
        issued = service.issue_token(session, name, actor=operator(), at=clock.now(), scopes=scopes or None, expires_in_days=days)
    click.echo(issued.text)


@token.command()
@click.argument("number", metavar="ID")
@in_words
def revoke(number: str) -> None:
    """Withdraw the token of that ID, which `lims token list` shows; the whole token will do too."""
    with house_database() as database, database.transaction() as session:
        service.revoke_token(session, _token_number(number), actor=operator(), at=clock.now())
    click.echo(f"Token {number} is withdrawn.")


@token.command(name="list")
@in_words
def list_() -> None:
    """List every token without its secret, newest first: ID, user, until when, and what it may do."""
    with house_database() as database, database.read() as session:
        for one in queries.list_tokens(session):
            until = f"withdrawn {one.revoked_at:%Y-%m-%d}" if one.revoked_at else f"until {one.expires_at:%Y-%m-%d}"
            click.echo("\t".join((str(one.id), one.username, until, ",".join(sorted(one.scopes or ())) or "all of the role")))


def _token_number(given: str) -> int:
    number = int(given) if re.fullmatch("[0-9]{1,19}", given) else token_id(given)
    if number is None or number > LARGEST_INTEGER:
        raise NoTokenNumber(given)
    return number


class NoTokenNumber(InvalidInput):
    """Something that numbers no token."""

    code = "cli.no-token-number"

    def __init__(self, given: str) -> None:
        super().__init__(f"{given[:40]!r} is no token's ID. Look it up: lims token list")


def _password_from_stdin() -> str:
    return sys.stdin.readline().rstrip("\r\n")
