"""Signing in and out, and being made to wait, on both engines."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from lims.accounts import queries, service
from lims.accounts.errors import NotSignedIn, SignInRefused, TooManyTries
from lims.accounts.sign_in import ACCOUNT, ADDRESS, SignedIn, note_seen, sign_in, sign_out
from lims.accounts.vocabulary import SYSTEM, Role
from lims.db import Database
from lims.errors import LimsError

NOW = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
GOOD = "four frozen cores"
IDLE = timedelta(minutes=60)


@pytest.fixture(autouse=True)
def _chen_wei(database: Database) -> None:
    with database.transaction() as session:
        service.add_user(session, "chen.wei", Role.TECHNICIAN, actor=SYSTEM, at=NOW, password=GOOD)


def enter(database: Database, password: str = GOOD, *, name: str = "chen.wei", address: str = "10.0.0.7", at: datetime = NOW) -> SignedIn:
    return sign_in(database, name, password, address=address, at=at, lasts=timedelta(hours=12))


def who(database: Database, secret: str, at: datetime = NOW) -> str:
    with database.read() as session:
        return queries.actor_of_session(session, secret, at=at, idle=IDLE).actor.username


def test_who_signs_in_is_known_until_signing_out(database: Database) -> None:
    signed_in = enter(database, name=" Chen.Wei")
    assert who(database, signed_in.secret) == "chen.wei"
    with database.transaction() as session:
        sign_out(session, signed_in.secret, at=NOW)
    with pytest.raises(NotSignedIn):
        who(database, signed_in.secret)


def test_a_session_ends_by_idling_and_after_its_hours(database: Database) -> None:
    secret = enter(database).secret
    with pytest.raises(NotSignedIn):
        who(database, secret, NOW + timedelta(minutes=60))
    with database.transaction() as session:
        (browser,) = queries.list_sessions(session, "chen.wei", at=NOW)
        note_seen(session, browser.session_hash, at=NOW + timedelta(hours=11, minutes=59))
    assert who(database, secret, NOW + timedelta(hours=11, minutes=59)) == "chen.wei"
    with pytest.raises(NotSignedIn):
        who(database, secret, NOW + timedelta(hours=12))


def test_a_new_password_or_being_shut_out_ends_every_session(database: Database) -> None:
    first, second = enter(database).secret, enter(database).secret
    assert first != second
    with database.transaction() as session:
        assert service.end_sessions(session, "chen.wei", actor=SYSTEM, at=NOW) == 2
    third = enter(database).secret
    with database.transaction() as session:
        service.set_password(session, "chen.wei", "five frozen cores", actor=SYSTEM, at=NOW)
    fourth = enter(database, "five frozen cores").secret
    with database.transaction() as session:
        service.disable_user(session, "chen.wei", actor=SYSTEM, at=NOW)
    for secret in (first, second, third, fourth, "never issued"):
        with pytest.raises(NotSignedIn):
            who(database, secret)
    with pytest.raises(SignInRefused):
        enter(database, "five frozen cores")


def test_a_wrong_name_and_a_wrong_password_are_refused_alike(database: Database) -> None:
    said = set()
    for name, password in (("chen.wei", "wrong words"), ("nobody", GOOD), ("system", GOOD), ("\x00"[:0], GOOD)):
        with pytest.raises(SignInRefused) as refusal:
            enter(database, password, name=name)
        said.add(refusal.value.sentence)
    assert len(said) == 1


def test_after_five_failures_the_account_waits_and_the_wait_doubles(database: Database) -> None:
    for _ in range(ACCOUNT.tries):
        with pytest.raises(SignInRefused):
            enter(database, "wrong words")
    with pytest.raises(TooManyTries):
        enter(database)
    later = NOW + timedelta(seconds=2)
    with pytest.raises(SignInRefused):
        enter(database, "wrong words", at=later)
    with pytest.raises(TooManyTries) as refusal:
        enter(database, at=later + timedelta(seconds=1))
    assert refusal.value.seconds == 4
    assert enter(database, at=later + timedelta(seconds=4)).secret
    assert enter(database, at=later + timedelta(seconds=4)).secret


def test_an_address_that_tries_many_names_waits_too(database: Database) -> None:
    for number in range(ADDRESS.tries):
        with pytest.raises(SignInRefused):
            enter(database, "wrong words", name=f"user{number}")
    with pytest.raises(TooManyTries):
        enter(database)
    assert enter(database, address="10.0.0.8").secret


def test_tries_at_the_same_moment_are_all_counted(database: Database) -> None:
    def attempt(_: int) -> str:
        try:
            enter(database, "wrong words")
        except LimsError as refusal:
            return refusal.code
        return "let in"

    with ThreadPoolExecutor(8) as clients:
        outcomes = sorted(clients.map(attempt, range(12)))
    assert outcomes == ["accounts.sign-in-refused"] * ACCOUNT.tries + ["accounts.too-many-tries"] * (12 - ACCOUNT.tries)
