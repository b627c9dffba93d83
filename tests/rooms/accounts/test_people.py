"""People, roles, passwords, links and tokens, on both engines."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from lims.accounts import queries, service
from lims.accounts.errors import (
    BadExpiry,
    BadScopes,
    BadUsername,
    LastAdministrator,
    LinkNotValid,
    NotAllowed,
    PasswordTooWeak,
    TokenExpired,
    TokenRefused,
    UnknownToken,
    UnknownUser,
    UsernameTaken,
)
from lims.accounts.models import ApiToken, UserAccount
from lims.accounts.vocabulary import SYSTEM, Action, Actor, Role

NOW = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
GOOD = "four frozen cores"


def somebody(session: Session, username: str = "chen.wei", role: Role = Role.TECHNICIAN) -> Actor:
    return Actor(service.add_user(session, username, role, actor=SYSTEM, at=NOW), username, role)


def test_somebody_taken_in_is_found_however_the_name_is_typed(session: Session) -> None:
    somebody(session)
    found = queries.find_user(session, "  Chen.Wei ")
    assert found is not None
    assert (found.username, found.role, found.has_password, found.disabled_at) == ("chen.wei", Role.TECHNICIAN, False, None)
    assert [person.username for person in queries.list_users(session)] == ["chen.wei"]


@pytest.mark.parametrize("name", ["", "x", "9lives", "has space", "名字", "a" * 33, "root\x00"])
def test_a_name_nobody_could_type_is_refused(session: Session, name: str) -> None:
    with pytest.raises(BadUsername):
        somebody(session, name)


def test_a_name_is_never_given_twice_even_after_it_was_shut_out(session: Session) -> None:
    somebody(session)
    service.disable_user(session, "chen.wei", actor=SYSTEM, at=NOW)
    with pytest.raises(UsernameTaken):
        somebody(session)


def test_a_weak_password_takes_nobody_in(session: Session) -> None:
    with pytest.raises(PasswordTooWeak):
        service.add_user(session, "chen.wei", Role.ADMIN, actor=SYSTEM, at=NOW, password="password1")
    assert queries.find_user(session, "chen.wei") is None


def test_only_who_manages_people_sets_anothers_password(session: Session) -> None:
    technician = somebody(session)
    somebody(session, "other")
    service.set_password(session, "chen.wei", GOOD, actor=technician, at=NOW)
    with pytest.raises(NotAllowed):
        service.set_password(session, "other", GOOD, actor=technician, at=NOW)
    with pytest.raises(UnknownUser):
        service.set_password(session, "nobody", GOOD, actor=SYSTEM, at=NOW)


def test_the_last_administrator_is_neither_shut_out_nor_moved(session: Session) -> None:
    somebody(session, "boss", Role.ADMIN)
    with pytest.raises(LastAdministrator):
        service.disable_user(session, "boss", actor=SYSTEM, at=NOW)
    with pytest.raises(LastAdministrator):
        service.change_role(session, "boss", Role.CORE, actor=SYSTEM, at=NOW)
    somebody(session, "second", Role.ADMIN)
    service.change_role(session, "boss", Role.CORE, actor=SYSTEM, at=NOW)
    assert queries.get_user(session, "boss").role is Role.CORE


def test_a_link_sets_a_password_once_and_within_a_day(session: Session) -> None:
    somebody(session)
    stale = service.issue_password_link(session, "chen.wei", actor=SYSTEM, at=NOW)
    secret = service.issue_password_link(session, "chen.wei", actor=SYSTEM, at=NOW)
    with pytest.raises(LinkNotValid):
        service.use_password_link(session, stale, GOOD, at=NOW)
    with pytest.raises(PasswordTooWeak):
        service.use_password_link(session, secret, "chen.wei", at=NOW)
    with pytest.raises(LinkNotValid):
        service.use_password_link(session, secret, GOOD, at=NOW + timedelta(hours=25))
    service.use_password_link(session, secret, GOOD, at=NOW)
    assert queries.get_user(session, "chen.wei").has_password
    for used in (secret, "never issued", "\x00", "\ud800"):
        with pytest.raises(LinkNotValid):
            service.use_password_link(session, used, GOOD, at=NOW)


def test_a_token_says_who_sent_it_and_is_kept_nowhere(session: Session) -> None:
    technician = somebody(session)
    issued = service.issue_token(session, "chen.wei", actor=technician, at=NOW, scopes=["read", "handle"])
    who = queries.actor_of_token(session, issued.text, at=NOW).actor
    assert who == Actor(technician.id, "chen.wei", Role.TECHNICIAN, frozenset({Action.READ, Action.HANDLE}))
    assert issued.text[-43:] not in str(session.execute(select(ApiToken.__table__)).all())


def test_a_token_ends_with_its_time_its_revocation_or_its_user(session: Session) -> None:
    somebody(session)
    first, second, third = (
        service.issue_token(session, "chen.wei", actor=SYSTEM, at=NOW, expires_in_days=days).text for days in (1, 30, 365)
    )
    with pytest.raises(TokenExpired):
        queries.actor_of_token(session, first, at=NOW + timedelta(days=1))
    _, revoked, _ = sorted(queries.list_tokens(session, "chen.wei"), key=lambda token: token.id)
    service.revoke_token(session, revoked.id, actor=SYSTEM, at=NOW)
    with pytest.raises(TokenRefused):
        queries.actor_of_token(session, second, at=NOW)
    assert queries.actor_of_token(session, third, at=NOW).answer is None
    service.disable_user(session, "chen.wei", actor=SYSTEM, at=NOW)
    with pytest.raises(TokenRefused):
        queries.actor_of_token(session, third, at=NOW)


def test_a_token_with_one_character_changed_is_nobodys(session: Session) -> None:
    somebody(session)
    text = service.issue_token(session, "chen.wei", actor=SYSTEM, at=NOW).text
    for forged in (text[:-1] + ("a" if text[-1] != "a" else "b"), text[:-1], "", "lims_zzzz_" + "a" * 43):
        with pytest.raises(TokenRefused):
            queries.actor_of_token(session, forged, at=NOW)


def test_scopes_beyond_the_role_or_beyond_the_asking_token_are_refused(session: Session) -> None:
    core = somebody(session, "core", Role.CORE)
    for scopes in (["handle"], ["no-such-thing"], []):
        with pytest.raises(BadScopes):
            service.issue_token(session, "core", actor=SYSTEM, at=NOW, scopes=scopes)
    narrow = Actor(core.id, "core", Role.CORE, frozenset({Action.OWN_ACCOUNT}))
    with pytest.raises(BadScopes):
        service.issue_token(session, "core", actor=narrow, at=NOW, scopes=["read"])
    issued = service.issue_token(session, "core", actor=narrow, at=NOW)
    assert queries.actor_of_token(session, issued.text, at=NOW).actor.scopes == frozenset({Action.OWN_ACCOUNT})


@pytest.mark.parametrize("days", [-1, 0, 366, 2**63])
def test_a_token_lives_a_day_to_a_year(session: Session, days: int) -> None:
    somebody(session)
    with pytest.raises(BadExpiry):
        service.issue_token(session, "chen.wei", actor=SYSTEM, at=NOW, expires_in_days=days)


def test_nobody_revokes_anothers_token_without_managing_people(session: Session) -> None:
    technician, other = somebody(session), somebody(session, "other")
    issued = service.issue_token(session, "other", actor=other, at=NOW)
    with pytest.raises(UnknownToken):
        service.revoke_token(session, issued.id, actor=technician, at=NOW)
    service.revoke_token(session, issued.id, actor=other, at=NOW)


def test_the_role_is_read_anew_at_every_request(session: Session) -> None:
    somebody(session)
    text = service.issue_token(session, "chen.wei", actor=SYSTEM, at=NOW).text
    service.change_role(session, "chen.wei", Role.CORE, actor=SYSTEM, at=NOW)
    assert not queries.actor_of_token(session, text, at=NOW).actor.may(Action.HANDLE)
    assert session.get(UserAccount, queries.get_user(session, "chen.wei").id) is not None
