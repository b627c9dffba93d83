"""Claims on boxes: one device fills a box, others scan a hole or take another."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import insert
from sqlalchemy.exc import IntegrityError

from lims.accounts.vocabulary import SYSTEM
from lims.checks import ledger_checks
from lims.custody.errors import ReasonMissing
from lims.custody.queries import list_events
from lims.custody.verification import verify
from lims.custody.vocabulary import EventType
from lims.db import Database, take_ids
from lims.storage.acts import record_act
from lims.storage.claims import LASTS, claim_box, find_claim, leave_box, take_box_over
from lims.storage.devices import name_device
from lims.storage.errors import BoxClaimed
from lims.storage.models import BoxClaim
from lims.storage.vocabulary import ClaimBox, NameDevice, RecordAct, TakeBoxOver
from tests.support.bench import NOW, Bench

from .test_many_clients import CLIENTS, Race

ONE, OTHER = "tablet-1", "tablet-2"


def claim(bench: Bench, box: str, device: str, minutes: int = 0) -> None:
    claim_box(bench.session, ClaimBox(container=box, device=device), actor=SYSTEM, at=NOW + timedelta(minutes=minutes))


def put(bench: Bench, tube: str, box: str, device: str, position: str | None = None, *, in_turn: bool = False) -> None:
    act = RecordAct(type=EventType.PLACED, barcode=tube, container=box, position=position, occurred_at=NOW, in_turn=in_turn)
    record_act(bench.session, act, actor=replace(SYSTEM, device=device), at=NOW)


def test_the_next_hole_of_a_claimed_box_is_its_devices_alone_and_a_scanned_hole_everybodys(bench: Bench) -> None:
    box, tubes = bench.freezer_box().barcode, bench.tubes(4)
    claim(bench, box, ONE)
    for position in ("A1", None):
        with pytest.raises(BoxClaimed, match="on another device since 2026-11-22 04:00 UTC"):
            put(bench, tubes[0], box, OTHER, position, in_turn=position is not None)
    put(bench, tubes[1], box, OTHER, "A1")
    put(bench, tubes[2], box, ONE)
    put(bench, tubes[3], box, ONE, "A3", in_turn=True)


def test_a_claim_is_renewed_by_its_device_left_by_it_and_over_in_time(bench: Bench) -> None:
    box = bench.freezer_box()
    claim(bench, box.barcode, ONE)
    claim(bench, box.barcode, ONE, minutes=10)
    renewed = find_claim(bench.session, box.barcode)
    assert renewed is not None
    assert renewed.until == NOW + timedelta(minutes=10) + LASTS
    leave_box(bench.session, ClaimBox(container=box.barcode, device=OTHER), actor=SYSTEM, at=NOW)
    with pytest.raises(BoxClaimed):
        claim(bench, box.barcode, OTHER, minutes=20)
    claim(bench, box.barcode, OTHER, minutes=200)
    leave_box(bench.session, ClaimBox(container=box.barcode, device=OTHER), actor=SYSTEM, at=NOW + timedelta(minutes=201))
    assert find_claim(bench.session, box.barcode) is None
    told = [(event.type, event.facts["device"], event.reason) for event in list_events(bench.session, box.id)[1:]]
    assert told == [
        (EventType.BOX_CLAIMED, ONE, None),
        (EventType.BOX_LEFT, ONE, "its time is over"),
        (EventType.BOX_CLAIMED, OTHER, None),
        (EventType.BOX_LEFT, OTHER, None),
    ]
    assert list(verify(bench.session, ledger_checks())) == []


def test_a_coordinator_takes_a_box_over_and_says_why(bench: Bench) -> None:
    box, tubes = bench.freezer_box(), bench.tubes(3)
    claim(bench, box.barcode, ONE)
    relieved = TakeBoxOver(container=box.barcode, device=OTHER, reason=" ")
    with pytest.raises(ReasonMissing):
        take_box_over(bench.session, relieved, actor=SYSTEM, at=NOW)
    for _ in range(2):  # taking over what one fills oneself renews it
        taken = take_box_over(bench.session, replace(relieved, reason="Tablet 1 fell"), actor=SYSTEM, at=NOW)
    assert (taken.by, taken.device, taken.until) == ("system", OTHER, NOW + LASTS)
    with pytest.raises(BoxClaimed):
        put(bench, tubes[0], box.barcode, ONE)
    put(bench, tubes[1], box.barcode, ONE, "B2")
    put(bench, tubes[2], box.barcode, OTHER)
    told = [(event.type, event.facts["device"], event.reason) for event in list_events(bench.session, box.id)[1:]]
    assert told == [
        (EventType.BOX_CLAIMED, ONE, None),
        (EventType.BOX_LEFT, ONE, "Tablet 1 fell"),
        (EventType.BOX_CLAIMED, OTHER, None),
    ]
    assert list(verify(bench.session, ledger_checks())) == []


def test_whoever_comes_second_is_told_on_which_device_by_its_name(bench: Bench) -> None:
    box, tubes = bench.freezer_box().barcode, bench.tubes(2)
    claim(bench, box, ONE)
    name_device(bench.session, NameDevice(device=ONE, name="Tablet 2"), actor=SYSTEM, at=NOW)
    told = pytest.raises(BoxClaimed, match="system fills B1 on Tablet 2 since")
    with told:
        claim(bench, box, OTHER)
    with told:
        put(bench, tubes[0], box, OTHER)
    with told:
        put(bench, tubes[1], box, OTHER, "A1", in_turn=True)


def test_the_database_knows_one_living_claim_a_box(bench: Bench) -> None:
    box = bench.freezer_box()
    claim(bench, box.barcode, ONE)
    row = {"id": take_ids(bench.session)[0], "container_id": box.id, "person_id": SYSTEM.id, "device": OTHER}
    with pytest.raises(IntegrityError), bench.session.begin_nested():
        bench.session.execute(insert(BoxClaim), row | {"claimed_at": NOW, "until": NOW + LASTS, "ended_at": None})


def test_of_eight_clients_that_claim_a_box_at_once_one_has_it(database: Database) -> None:
    with database.transaction() as session:
        box = Bench(session).open_study().freezer_box().barcode

    def client(device: str) -> tuple[str, Callable[[Bench], str]]:
        def act(bench: Bench) -> str:
            claim(bench, box, device)
            return device

        return device, act

    race = Race(database).run([client(f"tablet-{number}") for number in range(CLIENTS)])
    assert (len(race.holes), len(race.refusals)) == (1, CLIENTS - 1)
    assert {type(refusal) for refusal in race.refusals.values()} == {BoxClaimed}
