"""Badges: a code that says who somebody is, and opens nothing. The newest of a person's counts."""

from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from lims.accounts.errors import AccountClosed, UnknownUser
from lims.accounts.service import add_user, disable_user
from lims.accounts.vocabulary import SYSTEM, Role
from lims.checks import connect_rooms, ledger_checks
from lims.custody.queries import list_events
from lims.custody.verification import verify
from lims.custody.vocabulary import EventType
from lims.db import Database
from lims.ids import MisreadCode, has_right_check, in_fours, looks_like_ours
from lims.labels.badges import badge_of, find_badge, give_badge, named_by_badge
from lims.labels.errors import BadgeReplaced, CodeTaken, NotABadge
from lims.scanning.resolve import resolve_scan
from lims.scanning.vocabulary import ScanKind
from tests.support.bench import NOW, Bench
from tests.support.counting import count_statements
from tests.support.tampering import edit, take_guards_away


@pytest.fixture(autouse=True)
def followed() -> None:
    connect_rooms()


def somebody(session: Session, username: str = "chen.yutong") -> str:
    add_user(session, username, Role.TECHNICIAN, actor=SYSTEM, at=NOW)
    return username


def give(session: Session, username: str, minutes: int = 0) -> str:
    return give_badge(session, username, actor=SYSTEM, at=NOW + timedelta(minutes=minutes))


def test_a_badge_says_whose_it_is_however_it_is_read(session: Session) -> None:
    badge = give(session, somebody(session))
    assert (badge[0], looks_like_ours(badge), has_right_check(badge)) == ("U", True, True)
    for read in (badge, badge.lower(), in_fours(badge), f"]d1{badge}"):
        assert named_by_badge(session, read).username == "chen.yutong"
    scan = resolve_scan(session, badge)
    assert (scan.kind, scan.title, scan.explanation, scan.actions) == (
        ScanKind.BADGE,
        "chen.yutong",
        "The badge of chen.yutong, technician.",
        (),
    )


def test_a_new_badge_replaces_the_old_one_which_goes_on_to_name_its_person(session: Session) -> None:
    person = somebody(session)
    old, new = give(session, person), give(session, person, minutes=1)
    with pytest.raises(BadgeReplaced, match=r"This badge of chen\.yutong was replaced"):
        named_by_badge(session, old)
    assert resolve_scan(session, old).explanation.startswith("An old badge of chen.yutong: it was replaced.")
    assert named_by_badge(session, new).code == new
    found = find_badge(session, old)
    assert found is not None
    current = badge_of(session, found.person_id)
    assert current is not None
    assert (found.replaced, current.code) == (True, new)


def test_of_two_badges_given_in_one_moment_one_counts(session: Session) -> None:
    person = somebody(session)
    badges = [find_badge(session, give(session, person)) for _ in range(3)]
    again = [find_badge(session, badge.code) for badge in badges if badge]
    assert sorted(badge.replaced for badge in again if badge) == [False, True, True]


def test_who_is_shut_out_is_named_by_no_badge_and_given_none(session: Session) -> None:
    badge = give(session, somebody(session))
    disable_user(session, "chen.yutong", actor=SYSTEM, at=NOW)
    with pytest.raises(AccountClosed):
        named_by_badge(session, badge)
    with pytest.raises(AccountClosed):
        give(session, "chen.yutong")
    with pytest.raises(UnknownUser):
        give(session, "nobody")
    assert resolve_scan(session, badge).explanation == "A badge of chen.yutong, whose account is closed."


def test_a_badges_code_is_on_no_other_thing_and_no_other_code_is_a_badge(session: Session) -> None:
    bench, badge = Bench(session).open_study(), give(session, somebody(session))
    with pytest.raises(CodeTaken):
        bench.tube(barcode=badge)
    for read in (bench.container().barcode, bench.tube(), "L07"):
        with pytest.raises(NotABadge):
            named_by_badge(session, read)
    wrong = badge[:-1] + ("2" if badge[-1] != "2" else "3")
    with pytest.raises(MisreadCode):
        named_by_badge(session, wrong)


def test_a_badge_costs_two_look_ups_and_a_sign_in_one(database: Database) -> None:
    with database.transaction() as session:
        badge = give(session, somebody(session))
    with count_statements(database) as cost, database.read() as session:
        resolve_scan(session, badge)
    assert len(cost.statements) == 2
    with count_statements(database) as cost, database.read() as session:
        named_by_badge(session, badge)
    assert len(cost.statements) == 1


def test_giving_is_an_act_of_the_persons_history_and_a_badge_nobody_gave_is_named(session: Session) -> None:
    badge = find_badge(session, give(session, somebody(session)))
    assert badge is not None
    told = [(event.type, event.facts) for event in list_events(session, badge.person_id)][-1]
    assert told == (EventType.CODE_BOUND, {"code": badge.code, "role": "own"})
    assert list(verify(session, ledger_checks())) == []
    take_guards_away(session)
    edit(session, "UPDATE barcode SET code = 'U2222222' WHERE code = :code", code=badge.code)
    found = [difference.sentence for difference in verify(session, ledger_checks())]
    assert found == ["U222 2222 is a badge of theirs, and nobody gave it", f"the badge {badge.code} was given to them, and is not theirs"]
    assert session.execute(text("SELECT count(*) FROM barcode")).scalar() == 1
