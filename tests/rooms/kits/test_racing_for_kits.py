"""Eight clients at one kit, on both engines: each tube is filled once, the kit is one participant's, and whoever loses is told why."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest
from sqlalchemy.orm import Session

from lims.accounts.vocabulary import SYSTEM
from lims.checks import ledger_checks
from lims.custody.verification import verify
from lims.db import Database
from lims.kits.collecting import register_collection
from lims.kits.queries import get_kit
from lims.kits.service import void_kit
from lims.kits.vocabulary import Kit
from lims.specimens.vocabulary import PrimaryTube
from tests.factories import kits, trial
from tests.support.racing import CLIENTS, race, refusals, winners

PEOPLE = [f"L{number:02d}" for number in range(7, 7 + CLIENTS)]


@pytest.fixture(scope="module")
def opened(databases: Any) -> Iterator[Database]:
    """One database for all races; at the end the whole ledger is verified."""
    database: Database = databases.make()
    with database.transaction() as session:
        trial.open_trial(session)
        for code in PEOPLE:
            trial.enrol(session, code)
    yield database
    with database.snapshot() as session:
        assert list(verify(session, ledger_checks())) == []
    databases.drop(database)


@pytest.fixture
def rounds(how_many: Callable[[int, int], int]) -> range:
    return range(how_many(2, 40))


def made(database: Database, **more: Any) -> Kit:
    with database.transaction() as session:
        return kits.make(session, **more)


def states(database: Database, kit: Kit) -> tuple[int, int, int]:
    with database.read() as session:
        after = get_kit(session, kit.summary.barcode).summary
    return after.ready, after.used, after.void


def test_one_of_eight_who_collect_the_same_tubes_wins(opened: Database, rounds: range) -> None:
    for _ in rounds:
        kit = made(opened, specimen_types=("stool", "tumour-ffpe"))
        outcomes = race(opened, [partial(kits.collect, kit=kit, tubes=kits.stool(kit))] * CLIENTS)
        assert len(winners(outcomes)) == 1
        assert set(refusals(outcomes)) == {"kits.tube-filled-already"}
        assert states(opened, kit) == (4, 1, 1)


def test_a_kit_of_the_stock_becomes_one_participants(opened: Database, rounds: range) -> None:
    for _ in rounds:
        kit = made(opened, participant=None, specimen_types=("blood-edta",))
        codes = kits.codes(kits.tubes_of(kit, "blood-edta"))
        acts = [partial(kits.collect, kit=kit, tubes=codes, participant=person) for person in PEOPLE]
        outcomes = race(opened, acts)
        assert len(winners(outcomes)) == 1
        assert set(refusals(outcomes)) == {"kits.of-another"}
        assert states(opened, kit) == (11, 2, 0)


def test_a_tube_is_collected_or_void_and_never_both(opened: Database, rounds: range) -> None:
    def void(session: Session, kit: Kit) -> Kit:
        return void_kit(session, kit.summary.barcode, actor=SYSTEM, at=trial.NOW)

    def register(session: Session, kit: Kit) -> Any:
        command = trial.collection(tubes=(PrimaryTube(barcode=kits.stool(kit)[0]),), received_at=None, frozen_at=None)
        return register_collection(session, command, actor=SYSTEM, at=trial.NOW)

    for _ in rounds:
        kit = made(opened, specimen_types=("stool",))
        acts = [partial(each, kit=kit) for each in (void, register)] * (CLIENTS // 2)
        outcomes = race(opened, acts)
        assert set(refusals(outcomes)) <= {"kits.tube-filled-already", "kits.tube-void", "kits.closed"}
        ready, used, unused = states(opened, kit)
        assert (ready, used + unused) == (0, 5)
        assert len(winners(outcomes)) == 1 + used  # void first, and nothing is collected; or collected, and then the rest is void


def test_two_halves_of_a_kit_may_be_collected_at_once(opened: Database, rounds: range) -> None:
    for _ in rounds:
        kit = made(opened)
        groups = [kits.codes(kits.tubes_of(kit, type_)) for type_ in ("stool", "blood-edta", "blood-serum", "tumour-frozen")]
        outcomes = race(opened, [partial(kits.collect, kit=kit, tubes=codes, more_to_come=True) for codes in groups])
        assert refusals(outcomes) == []
        assert states(opened, kit) == (21, 6, 0)
