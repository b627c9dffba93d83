"""What was done by hand where an act was refused: with the thing it was about, and nothing of it changed."""

import pytest

from lims import clock
from lims.accounts import service
from lims.accounts.queries import get_user
from lims.accounts.vocabulary import SYSTEM, Actor, Role
from lims.checks import ledger_checks
from lims.custody.errors import ReasonMissing
from lims.custody.queries import list_events
from lims.custody.verification import verify
from lims.custody.vocabulary import Event, EventType
from lims.labels.queries import get_binding
from lims.storage.by_hand import record_by_hand
from lims.storage.claims import claim_box, leave_box
from lims.storage.containers import move_container, take_back_move
from lims.storage.corrections import take_back
from lims.storage.queries import current_place, get_container
from lims.storage.vocabulary import ClaimBox, DoneByHand, MoveContainer, TakeBack, TakeBackMove
from tests.support.bench import NOW, Bench


def by_hand(bench: Bench, barcode: str, reason: str = "lies in the next box", actor: Actor = SYSTEM) -> Event:
    what = {"type": "placed", "where": "B5 · A1", "refused": "storage.position-occupied", "by": "chen.yutong"}
    command = DoneByHand(barcode=barcode, **what, scanned_at=NOW, occurred_at=NOW, reason=reason)
    return record_by_hand(bench.session, command, actor=actor, at=NOW)


def test_what_was_done_by_hand_stands_with_the_tube_or_the_box_and_changes_neither(bench: Bench) -> None:
    box, tube = bench.freezer_box(), bench.tube()
    bench.place(tube, box, "A2")
    subject = get_binding(bench.session, tube).subject_id
    before = current_place(bench.session, subject)
    assert [by_hand(bench, code).subject_id for code in (tube, box.barcode)] == [subject, box.id]
    told = list_events(bench.session, subject)[-1]
    assert (told.type, told.reason, told.facts["refused"]) == (EventType.DONE_BY_HAND, "lies in the next box", "storage.position-occupied")
    assert (told.facts["by"], told.facts["scanned_at"], told.facts["where"]) == ("chen.yutong", clock.iso(NOW), "B5 · A1")
    assert current_place(bench.session, subject) == before
    assert list(verify(bench.session, ledger_checks())) == []


def test_the_act_before_it_can_still_be_taken_back(bench: Bench) -> None:
    rack, other = bench.container("rack", "R1", bench.container("freezer", "F1")), bench.container("rack", "R2")
    box, tube = bench.container("box-9x9", "B1", rack), bench.tube()
    put = bench.place(tube, box, "A2")
    move = MoveContainer(container=box.barcode, parent=other.barcode, occurred_at=NOW)
    moved = move_container(bench.session, move, actor=SYSTEM, at=NOW)
    claim = ClaimBox(container=box.barcode, device="tablet-1")
    claim_box(bench.session, claim, actor=SYSTEM, at=NOW)
    leave_box(bench.session, claim, actor=SYSTEM, at=NOW)
    for code in (tube, box.barcode):
        by_hand(bench, code)
    tubes = TakeBack(specimen=tube, event_id=put.id, occurred_at=NOW, reason="taken back at once")
    take_back(bench.session, tubes, actor=SYSTEM, at=NOW)
    boxes = TakeBackMove(container=box.barcode, event_id=moved.id, occurred_at=NOW, reason="taken back at once")
    take_back_move(bench.session, boxes, actor=SYSTEM, at=NOW)
    assert current_place(bench.session, put.subject_id) is None
    assert get_container(bench.session, box.barcode).parent_id == rack.id
    assert list(verify(bench.session, ledger_checks())) == []


def test_of_a_code_that_names_nothing_it_stands_with_who_says_it(bench: Bench) -> None:
    service.add_user(bench.session, "zhou.min", Role.TECHNICIAN, actor=SYSTEM, at=NOW)
    person = get_user(bench.session, "zhou.min")
    who = Actor(id=person.id, username=person.username, role=Role.TECHNICIAN)
    assert {by_hand(bench, code, actor=who).subject_id for code in ("NOBODY-1", "PL-2026-01", "\x00")} == {who.id}


def test_nobody_did_by_hand_what_they_do_not_say(bench: Bench) -> None:
    with pytest.raises(ReasonMissing):
        by_hand(bench, bench.tube(), reason="  ")
