"""Eight clients at once, on both engines: nothing is used twice, nothing is called alike, and whoever loses is told why."""

from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from lims.accounts.vocabulary import SYSTEM
from lims.checks import ledger_checks
from lims.custody.queries import list_events
from lims.custody.verification import verify
from lims.custody.vocabulary import EventType
from lims.db import Database
from lims.specimens.models import Specimen
from lims.specimens.service import bind_code, consume_specimen, flag_specimen, quarantine_specimen, thaw_specimen
from lims.specimens.vocabulary import NewTube, PrimaryTube
from tests.factories import trial
from tests.support.racing import CLIENTS, race, refusals, winners

WHO: dict[str, Any] = {"actor": SYSTEM, "at": trial.NOW}
THAWED, ASIDE = trial.act(EventType.THAWED), trial.act(EventType.QUARANTINED, reason="mould")
LATER: dict[str, Any] = {"timepoint": "PD", "collected_at": trial.NOW, "received_at": None, "frozen_at": None}

Act = Callable[[Session], Any]


@pytest.fixture(scope="module")
def opened(databases: Any) -> Iterator[Database]:
    """One database for all races: each round works on tubes of its own, and at the end the whole ledger is verified."""
    database: Database = databases.make()
    with database.transaction() as session:
        trial.begin(session)
        trial.enrol(session, "E01")
    yield database
    with database.snapshot() as session:
        assert list(verify(session, ledger_checks())) == []
    databases.drop(database)


@pytest.fixture
def rounds(how_many: Callable[[int, int], int]) -> range:
    return range(how_many(2, 60))


def new_tube(database: Database, **more: Any) -> NewTube:
    with database.transaction() as session:
        return trial.old_tube(session, **more)


def row_of(database: Database, tube: NewTube) -> Any:
    with database.read() as session:
        return session.execute(select(Specimen.__table__).where(Specimen.id == tube.id)).one()


def use(tube: NewTube, amount: int) -> Act:
    act = trial.act(EventType.CONSUMED)
    return lambda session: consume_specimen(session, tube.barcode, act, amount=Decimal(amount), unit="mg", **WHO)


def divide(codes: str | list[str], count: int = 1, amount: int = 10) -> Act:
    return lambda session: trial.divide(session, codes, count, amount=Decimal(amount))


def collect(participant: str, **more: Any) -> Act:
    return lambda session: trial.collect(session, participant=participant, **more)


def test_no_more_is_used_than_there_is(opened: Database, rounds: range) -> None:
    for _ in rounds:
        tube = new_tube(opened, amount=Decimal(100))
        outcomes = race(opened, [use(tube, 30)] * CLIENTS)
        assert len(winners(outcomes)) == 3
        assert set(refusals(outcomes)) == {"specimens.not-enough"}
        assert row_of(opened, tube).amount == 10_000


def test_no_more_is_divided_than_there_is(opened: Database, rounds: range) -> None:
    for _ in rounds:
        tube = new_tube(opened, amount=Decimal(100))
        outcomes = race(opened, [divide(tube.barcode, 3)] * CLIENTS)
        assert len(winners(outcomes)) == 3
        assert set(refusals(outcomes)) == {"specimens.not-enough"}
        labels = [made.label for tubes in winners(outcomes) for made in tubes]
        assert len(set(labels)) == 9
        assert row_of(opened, tube).amount == 10_000


def test_the_same_code_on_two_tubes_has_one_winner(opened: Database, rounds: range) -> None:
    for number in rounds:
        tubes = (PrimaryTube("stool-tube", Decimal(1), "g", f"RACE-{number:03d}"),)
        people = ["L07", "E01"] * (CLIENTS // 2)
        outcomes = race(opened, [collect(who, tubes=tubes) for who in people])
        assert len(winners(outcomes)) == 1
        assert set(refusals(outcomes)) == {"labels.code-taken"}


def test_two_codes_in_either_order_have_one_winner(opened: Database, rounds: range) -> None:
    for number in rounds:
        codes = [f"CROSS-{number}-{letter}" for letter in "AB"]
        orders = [codes, codes[::-1]] * (CLIENTS // 2)
        draws = [tuple(PrimaryTube("k2-edta", Decimal(10), "mL", code) for code in order) for order in orders]
        acts = [
            collect(who, specimen_type="blood-edta", tubes=tubes) for who, tubes in zip(["L07", "E01"] * (CLIENTS // 2), draws, strict=True)
        ]
        outcomes = race(opened, acts)
        assert len(winners(outcomes)) == 1
        assert set(refusals(outcomes)) == {"labels.code-taken"}


def test_a_further_code_is_bound_to_one_tube(opened: Database, rounds: range) -> None:
    for number in rounds:
        tubes = [new_tube(opened) for _ in range(CLIENTS)]
        outcomes = race(opened, [partial(bind_code, read=tube.barcode, code=f"ALSO-{number}", **WHO) for tube in tubes])
        assert len(winners(outcomes)) == 1
        assert set(refusals(outcomes)) == {"labels.code-taken"}


def test_acts_on_one_tube_follow_each_other(opened: Database, rounds: range) -> None:
    for _ in rounds:
        tube = new_tube(opened, amount=Decimal(100))
        code = tube.barcode
        acts: list[Act] = [
            partial(thaw_specimen, read=code, act=THAWED, **WHO),
            partial(flag_specimen, read=code, code="leaked", note=None, **WHO),
            use(tube, 5),
            divide(code, 1, 5),
        ]
        outcomes = race(opened, acts * (CLIENTS // 4))
        assert refusals(outcomes) == []
        with opened.read() as session:
            assert [event.sequence for event in list_events(session, tube.id)] == list(range(1, CLIENTS + 2))
        assert row_of(opened, tube).amount == 80_000


def test_of_two_who_set_a_tube_aside_one_is_told_that_it_is(opened: Database, rounds: range) -> None:
    for _ in rounds:
        tube = new_tube(opened)
        outcomes = race(opened, [partial(quarantine_specimen, read=tube.barcode, act=ASIDE, **WHO)] * CLIENTS)
        assert len(winners(outcomes)) == 1
        assert set(refusals(outcomes)) == {"specimens.not-in-this-state"}


def test_parents_of_one_participant_divided_at_once_give_no_label_twice(opened: Database, rounds: range) -> None:
    for _ in rounds:
        parents = [new_tube(opened) for _ in range(CLIENTS)]
        acts: list[Act] = [divide(tube.barcode, 3) for tube in parents]
        acts[-1] = collect("L07")
        outcomes = race(opened, acts)
        assert refusals(outcomes) == []
    with opened.read() as session:
        doubled = session.execute(text("SELECT label FROM specimen GROUP BY label HAVING count(*) > 1")).all()
    assert doubled == []


def test_pools_that_share_parents_in_any_order_never_wait_for_each_other(opened: Database, rounds: range) -> None:
    for _ in rounds:
        parents = [new_tube(opened).barcode for _ in range(4)]
        orders = [parents, parents[::-1], parents[:1], parents[2:], parents[1:3], [parents[3]], [parents[0], parents[3]], parents[::2]]
        outcomes = race(opened, [divide(order, 1, 20) for order in orders])
        assert refusals(outcomes) == []


def test_whoever_waited_for_a_withdrawal_sees_it(opened: Database, rounds: range) -> None:
    """Each registers or divides either before the withdrawal or not at all, never after it by what was so before."""
    for number in rounds:
        person = f"O{number:02d}"
        with opened.transaction() as session:
            trial.enrol(session, person, override_reason="a race")
            old = trial.old_tube(session, participant=person)
        acts: list[Act] = [
            collect(person, **LATER),
            divide(old.barcode, 1, 1),
        ] * ((CLIENTS - 1) // 2)
        acts.insert(1, partial(trial.withdraw, participant=person, on=date(2026, 11, 21)))
        outcomes = race(opened, acts)
        assert set(refusals(outcomes)) <= {"specimens.consent-withdrawn"}
        assert _written_after_the_withdrawal(opened, person) == 0


def _written_after_the_withdrawal(database: Database, person: str) -> int:
    """Ids come from one sequence, taken under the participant's lock: what is younger than the withdrawal was done after it."""
    younger = """SELECT count(*) FROM specimen JOIN participant ON participant.id = specimen.participant_id
        JOIN custody_event ON custody_event.subject_id = participant.id AND custody_event.type = 'consent_withdrawn'
        WHERE participant.code = :code AND specimen.id > custody_event.id"""
    with database.read() as session:
        return int(session.execute(text(younger), {"code": person}).scalar_one())
