"""Many clients at one box at once: every tube gets a hole of its own or a refusal that says who was first."""

import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from lims.accounts import service
from lims.accounts.vocabulary import SYSTEM, Actor, Role
from lims.checks import ledger_checks
from lims.custody.verification import verify
from lims.custody.vocabulary import EventType
from lims.db import Database, DatabaseBusy
from lims.errors import LimsError
from lims.storage.acts import record_act
from lims.storage.errors import ContainerFull, ContainerNotEmpty, MovedMeanwhile, NameTaken, PositionOccupied
from lims.storage.models import Placement
from lims.storage.queries import container_map
from lims.storage.records import ContainerRecord
from lims.storage.vocabulary import RecordAct
from tests.support.bench import NOW, Bench

CLIENTS = 8


@dataclass
class Race:
    """What each client did, and how it ended: a hole's name or a refusal."""

    database: Database
    holes: dict[str, str] = field(default_factory=dict)
    refusals: dict[str, LimsError] = field(default_factory=dict)
    other: list[BaseException] = field(default_factory=list)

    def run(self, acts: list[tuple[str, Callable[[Bench], str]]]) -> "Race":
        """Each act by a client of its own, all at one moment."""
        start = threading.Barrier(len(acts))
        clients = [threading.Thread(target=self._one, args=(start, name, act)) for name, act in acts]
        for client in clients:
            client.start()
        for client in clients:
            client.join(timeout=60)
        assert self.other == []
        return self

    def _one(self, start: threading.Barrier, name: str, act: Callable[[Bench], str]) -> None:
        start.wait(timeout=60)
        try:
            for _ in range(5):
                try:
                    with self.database.transaction() as session:
                        done = act(Bench(session, at=NOW))
                    self.holes[name] = done
                    return
                except DatabaseBusy:  # as a door does: nothing was kept, so all of it again
                    continue
            raise DatabaseBusy
        except LimsError as refusal:
            self.refusals[name] = refusal
        except BaseException as error:
            self.other.append(error)


def put(tube: str, box: ContainerRecord, position: str | None) -> tuple[str, Callable[[Bench], str]]:
    return tube, lambda bench: str(bench.place(tube, box, position).facts["to"]["position"])


def test_clients_filling_one_box_never_share_a_hole(database: Database, how_many: Callable[[int, int], int]) -> None:
    """Half of them scan a hole, half take the next free one; more tubes come than there are holes."""
    rounds = how_many(4, 60)
    with database.transaction() as session:
        bench = Bench(session).open_study()
        boxes = [bench.container("slide-box-25", f"B{number}") for number in range(rounds)]
        tubes = bench.tubes(CLIENTS * 4 * rounds)
    for number, box in enumerate(boxes):
        of_round = tubes[number * CLIENTS * 4 : (number + 1) * CLIENTS * 4]
        placed: dict[str, str] = {}
        full = taken = 0
        for wave in range(4):
            chosen = of_round[wave * CLIENTS : (wave + 1) * CLIENTS]
            acts = [put(tube, box, str(wave * 6 + 1 + index // 2) if index < CLIENTS // 2 else None) for index, tube in enumerate(chosen)]
            race = Race(database).run(acts)
            placed |= race.holes
            for tube, refusal in race.refusals.items():
                match refusal:
                    case ContainerFull():
                        full += 1
                    case PositionOccupied():
                        taken += 1
                        assert placed[refusal.occupant] == refusal.position, "the loser is told who was first"
                        assert refusal.by == SYSTEM.username
                        assert refusal.since is not None
                        assert tube not in race.holes
                    case _:
                        pytest.fail(f"{tube}: {refusal}")
        assert max(Counter(placed.values()).values()) == 1, "no hole twice"
        with database.read() as session:
            in_box = {hole.barcode: hole.position for hole in container_map(session, box.barcode).positions if hole.barcode}
        assert in_box == placed
        assert len(placed) + full + taken == CLIENTS * 4
    with database.snapshot() as session:
        assert list(verify(session, ledger_checks())) == []


def test_one_tube_scanned_by_many_is_in_one_place(database: Database, how_many: Callable[[int, int], int]) -> None:
    for number in range(how_many(3, 60)):
        with database.transaction() as session:
            bench = Bench(session).open_study() if number == 0 else Bench(session, participants={"L07": "L07"})
            tube = bench.tube()
            boxes = [bench.container(name=f"B{client}") for client in range(CLIENTS)]
        race = Race(database).run([(box.name, put(tube, box, "A1")[1]) for box in boxes])
        assert race.refusals == {}, "each move follows the one before"
        with database.read() as session:
            assert (
                len(session.execute(select(Placement.specimen_id).where(Placement.container_id.in_([box.id for box in boxes]))).all()) == 1
            )
    with database.snapshot() as session:
        assert list(verify(session, ledger_checks())) == []


def test_one_tube_scanned_by_many_at_the_bench_is_moved_by_the_first_alone(database: Database, how_many: Callable[[int, int], int]) -> None:
    """Each saw it in no hole; whoever is second is told who was first, and what the first did stands."""
    with database.transaction() as session:
        bench = Bench(session).open_study()
        boxes, tubes = [bench.container(name=f"B{client}") for client in range(CLIENTS)], bench.tubes(how_many(3, 60))
        people = [somebody(session, f"client-{client}") for client in range(CLIENTS)]
    for tube in tubes:
        race = Race(database).run([(box.name, put_as_seen(tube, box, who)) for box, who in zip(boxes, people, strict=True)])
        assert len(race.holes) == 1
        [winner] = race.holes
        first = people[[box.name for box in boxes].index(winner)].username
        assert {type(refusal) for refusal in race.refusals.values()} == {MovedMeanwhile}
        assert {(refusal.by, refusal.place) for refusal in race.refusals.values() if isinstance(refusal, MovedMeanwhile)} == {
            (first, f"{race.holes[winner]} of {winner}")
        }
    with database.snapshot() as session:
        assert list(verify(session, ledger_checks())) == []


def somebody(session: Session, name: str) -> Actor:
    return replace(SYSTEM, id=service.add_user(session, name, Role.TECHNICIAN, actor=SYSTEM, at=NOW), username=name)


def put_as_seen(tube: str, box: ContainerRecord, who: Actor) -> Callable[[Bench], str]:
    def act(bench: Bench) -> str:
        command = RecordAct(type=EventType.PLACED, barcode=tube, container=box.barcode, occurred_at=NOW, seen="")
        event = record_act(bench.session, command, actor=who, at=NOW)
        return str(event.facts["to"]["position"])

    return act


def test_two_tubes_changing_places_do_not_wait_for_each_other_for_ever(database: Database) -> None:
    with database.transaction() as session:
        bench = Bench(session).open_study()
        box, (first, second) = bench.container(), bench.tubes(2)
        bench.place(first, box, "A1")
        bench.place(second, box, "A2")
    race = Race(database).run(
        [
            (first, lambda bench: str(bench.move(first, box, "A2").facts["to"]["position"])),
            (second, lambda bench: str(bench.move(second, box, "A1").facts["to"]["position"])),
        ]
    )
    assert all(isinstance(refusal, PositionOccupied) for refusal in race.refusals.values())
    assert len(race.refusals) == 2


def test_one_name_in_one_rack_is_given_once(database: Database) -> None:
    with database.transaction() as session:
        rack = Bench(session).container("rack", "R1")

    def make(bench: Bench) -> str:
        return bench.container(name="B1", parent=rack).barcode

    race = Race(database).run([(str(client), make) for client in range(CLIENTS)])
    assert len(race.holes) == 1
    assert {type(refusal) for refusal in race.refusals.values()} == {NameTaken}


def test_a_box_is_not_closed_over_a_tube_that_is_just_coming(database: Database, how_many: Callable[[int, int], int]) -> None:
    for number in range(how_many(4, 60)):
        with database.transaction() as session:
            bench = Bench(session, participants={"L07": "L07"}) if number else Bench(session).open_study()
            box, tube = bench.container(name=f"B{number}"), bench.tube()
        race = Race(database).run([put(tube, box, "A1"), ("close", lambda bench, box=box: str(bench.close(box).id))])  # type: ignore[misc]  # bound early
        assert len(race.holes) == 1
        assert {type(refusal).__name__ for refusal in race.refusals.values()} <= {ContainerNotEmpty.__name__, "ContainerClosed"}
