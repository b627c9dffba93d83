"""Acts on a tube: use, thaw, set aside, flag, call by another code, put right; each an event, and the row follows."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from lims.accounts.vocabulary import SYSTEM
from lims.custody.queries import list_events
from lims.custody.vocabulary import Event, EventType
from lims.errors import LimsError
from lims.specimens.models import Specimen
from lims.specimens.queries import lock_specimen
from lims.specimens.service import (
    apply_act,
    bind_code,
    consume_specimen,
    correct_specimen,
    flag_specimen,
    quarantine_specimen,
    receive_specimen,
    release_specimen,
    thaw_specimen,
    unflag_specimen,
)
from lims.specimens.vocabulary import NewTube
from tests.factories import trial

WHO: dict[str, Any] = {"actor": SYSTEM, "at": trial.NOW}
ACT = trial.act


@pytest.fixture
def tube(bench: Session) -> NewTube:
    return trial.tube(bench)


def row_of(session: Session, tube: NewTube) -> Any:
    return session.execute(select(Specimen.__table__).where(Specimen.id == tube.id)).one()


def use(session: Session, tube: NewTube, amount: object = None, unit: str | None = None, **more: Any) -> Event:
    amount = None if amount is None else Decimal(str(amount))
    return consume_specimen(session, tube.barcode, ACT(EventType.CONSUMED, **more), amount=amount, unit=unit, **WHO)


def correct(session: Session, tube: NewTube, changes: dict[str, Any], **more: Any) -> Event:
    given = {"reason": "weighed again", "occurred_at": trial.NOW, **WHO, **more}
    return correct_specimen(session, tube.barcode, changes, **given)


def refused(session: Session, tube: NewTube, act: Any) -> str:
    """The code of the refusal; the tube and its history are as they were."""
    before, events = row_of(session, tube), list_events(session, tube.id)
    with pytest.raises(LimsError) as error, session.begin_nested():
        act()
    assert row_of(session, tube) == before
    assert list_events(session, tube.id) == events
    return error.value.code


def test_using_draws_down_in_any_unit_that_fits(bench: Session, tube: NewTube) -> None:
    use(bench, tube, 400)
    event = use(bench, tube, "0.5", "g")
    assert (event.facts["drawn"], row_of(bench, tube).amount) == (500_000, 1_500_000)
    use(bench, tube)
    assert (row_of(bench, tube).amount, row_of(bench, tube).state) == (0, "depleted")


@pytest.mark.parametrize(
    ("amount", "unit", "code"),
    [
        ("2400.001", "mg", "specimens.not-enough"),
        (1, "mL", "specimens.unit-does-not-fit"),
        (1, "kg", "specimens.unknown-unit"),
        (0, "mg", "specimens.amount-not-usable"),
        (-1, "mg", "specimens.amount-not-usable"),
        ("NaN", "mg", "specimens.amount-not-usable"),
        ("1e999", "mg", "specimens.amount-not-usable"),
        (2**63, "mg", "specimens.amount-not-usable"),
    ],
)
def test_more_than_is_there_and_what_is_no_amount_is_not_used(bench: Session, tube: NewTube, amount: object, unit: str, code: str) -> None:
    assert refused(bench, tube, lambda: use(bench, tube, amount, unit)) == code


def test_nothing_is_used_after_consent_was_withdrawn(bench: Session, tube: NewTube) -> None:
    trial.withdraw(bench, on=date(2026, 9, 1))
    assert refused(bench, tube, lambda: use(bench, tube, 1)) == "specimens.consent-withdrawn"


def test_a_tube_used_up_is_not_used_again(bench: Session, tube: NewTube) -> None:
    use(bench, tube)
    assert refused(bench, tube, lambda: use(bench, tube)) == "specimens.not-in-this-state"


def test_thaws_are_counted(bench: Session, tube: NewTube) -> None:
    for _ in range(3):
        thaw_specimen(bench, tube.barcode, ACT(EventType.THAWED), **WHO)
    assert row_of(bench, tube).thaw_count == 3


def test_a_tube_is_received_once(bench: Session) -> None:
    tube = trial.tube(bench, received_at=None, frozen_at=None)
    receive_specimen(bench, tube.barcode, ACT(EventType.RECEIVED), **WHO)
    assert row_of(bench, tube).state == "received"
    assert (
        refused(bench, tube, lambda: receive_specimen(bench, tube.barcode, ACT(EventType.RECEIVED), **WHO)) == "specimens.not-in-this-state"
    )


def test_what_is_set_aside_is_not_used_until_it_is_released(bench: Session, tube: NewTube) -> None:
    quarantine_specimen(bench, tube.barcode, ACT(EventType.QUARANTINED, reason="mould"), **WHO)
    assert row_of(bench, tube).quarantined
    assert refused(bench, tube, lambda: use(bench, tube, 1)) == "specimens.not-in-this-state"
    again = ACT(EventType.QUARANTINED, reason="mould")
    assert refused(bench, tube, lambda: quarantine_specimen(bench, tube.barcode, again, **WHO)) == "specimens.not-in-this-state"
    release_specimen(bench, tube.barcode, ACT(EventType.RELEASED, reason="no mould"), **WHO)
    use(bench, tube, 1)
    released = ACT(EventType.RELEASED, reason="again")
    assert refused(bench, tube, lambda: release_specimen(bench, tube.barcode, released, **WHO)) == "specimens.not-in-this-state"


@pytest.mark.parametrize("reason", [None, "", "  "])
@pytest.mark.parametrize("type_", [EventType.QUARANTINED, EventType.RELEASED])
def test_nobody_sets_aside_or_releases_without_saying_why(bench: Session, tube: NewTube, type_: EventType, reason: str | None) -> None:
    assert (
        refused(bench, tube, lambda: quarantine_specimen(bench, tube.barcode, ACT(type_, reason=reason), **WHO)) == "custody.reason-missing"
    )


def test_a_flag_is_put_on_and_taken_back_with_a_reason(bench: Session, tube: NewTube) -> None:
    event = flag_specimen(bench, tube.barcode, "leaked", "a drop", **WHO)
    assert (event.reason, row_of(bench, tube).flags) == ("a drop", "leaked")
    assert refused(bench, tube, lambda: unflag_specimen(bench, tube.barcode, "leaked", None, **WHO)) == "custody.reason-missing"
    unflag_specimen(bench, tube.barcode, "leaked", "it was condensation", **WHO)
    assert row_of(bench, tube).flags == ""
    assert refused(bench, tube, lambda: unflag_specimen(bench, tube.barcode, "leaked", "twice", **WHO)) == "specimens.cannot-correct"


@pytest.mark.parametrize(("flag", "code"), [("smelly", "studies.unknown-code"), ("processed-late", "specimens.flag-not-given")])
def test_only_what_the_protocol_lets_a_person_say_is_a_flag(bench: Session, tube: NewTube, flag: str, code: str) -> None:
    assert refused(bench, tube, lambda: flag_specimen(bench, tube.barcode, flag, None, **WHO)) == code


def test_a_further_code_names_the_same_tube_and_the_first_stays(bench: Session, tube: NewTube) -> None:
    bind_code(bench, tube.barcode, " fd06299917\r", **WHO)
    assert lock_specimen(bench, "FD06299917").id == tube.id
    assert lock_specimen(bench, "FD06299917").barcode == tube.barcode
    other = trial.tube(bench)
    assert refused(bench, other, lambda: bind_code(bench, other.barcode, "FD06299917", **WHO)) == "labels.code-taken"
    assert refused(bench, other, lambda: bind_code(bench, other.barcode, tube.barcode, **WHO)) == "labels.code-taken"
    assert refused(bench, tube, lambda: bind_code(bench, tube.barcode, "FD06299917", **WHO)) == "labels.code-taken"


def test_a_correction_says_what_was_and_what_is_and_which_event_was_wrong(bench: Session, tube: NewTube) -> None:
    used = use(bench, tube, 400)
    event = correct(
        bench, tube, {"amount": 2100, "thaw_count": 1, "purpose": "metagenomics", "container_kind": "stool tube"}, corrects=used.id
    )
    assert event.corrects == used.id
    assert event.facts["changes"] == {
        "amount": [2_000_000, 2_100_000],
        "thaw_count": [0, 1],
        "purpose": [None, "metagenomics"],
        "container_kind": ["stool-tube", "stool-tube"],
    }
    row = row_of(bench, tube)
    assert (row.amount, row.thaw_count, row.purpose) == (2_100_000, 1, "metagenomics")


def test_an_event_is_corrected_once_and_then_its_correction(bench: Session, tube: NewTube) -> None:
    used = use(bench, tube, 400)
    again = correct(bench, tube, {"amount": 2100}, corrects=used.id)
    assert refused(bench, tube, lambda: correct(bench, tube, {"amount": 2200}, corrects=used.id)) == "custody.already-corrected"
    correct(bench, tube, {"amount": 2200}, corrects=again.id)


def test_an_amount_put_right_above_the_beginning_puts_the_beginning_right(bench: Session, tube: NewTube) -> None:
    correct(bench, tube, {"amount": "2.5"}, unit="g")
    assert (row_of(bench, tube).initial_amount, row_of(bench, tube).amount) == (2_500_000, 2_500_000)
    correct(bench, tube, {"amount": None})
    assert row_of(bench, tube).amount is None


def test_a_tube_found_empty_is_used_up_and_one_found_full_is_there_again(bench: Session, tube: NewTube) -> None:
    correct(bench, tube, {"amount": 0})
    assert row_of(bench, tube).state == "depleted"
    correct(bench, tube, {"amount": 5})
    assert (row_of(bench, tube).state, row_of(bench, tube).amount) == ("received", 5_000)
    correct(bench, tube, {"amount": 0})
    correct(bench, tube, {"amount": 5}, in_a_hole=True)
    assert row_of(bench, tube).state == "stored"


def test_a_corrected_amount_never_brings_a_destroyed_tube_back(bench: Session, tube: NewTube) -> None:
    apply_act(bench, lock_specimen(bench, tube.barcode), ACT(EventType.DISPOSED), **WHO)
    correct(bench, tube, {"amount": 0})
    correct(bench, tube, {"amount": 5})
    assert row_of(bench, tube).state == "disposed"


@pytest.mark.parametrize(
    ("changes", "more", "code"),
    [
        ({}, {}, "specimens.cannot-correct"),
        ({"barcode": "X1"}, {}, "specimens.cannot-correct"),
        ({"label": "X1"}, {}, "specimens.cannot-correct"),
        ({"thaw_count": -1}, {}, "specimens.cannot-correct"),
        ({"thaw_count": True}, {}, "specimens.cannot-correct"),
        ({"thaw_count": 1.5}, {}, "specimens.cannot-correct"),
        ({"thaw_count": 2**63}, {}, "specimens.cannot-correct"),
        ({"thaw_count": "1"}, {}, "specimens.cannot-correct"),
        ({"amount": -1}, {}, "specimens.amount-not-usable"),
        ({"amount": True}, {}, "specimens.amount-not-usable"),
        ({"amount": []}, {}, "specimens.amount-not-usable"),
        ({"amount": {"mg": 1}}, {}, "specimens.amount-not-usable"),
        ({"amount": 2**63}, {}, "specimens.amount-not-usable"),
        ({"amount": "NaN"}, {}, "specimens.amount-not-usable"),
        ({"amount": 1}, {"unit": "mL"}, "specimens.unit-does-not-fit"),
        ({"purpose": "proteomics"}, {}, "studies.unknown-code"),
        ({"purpose": []}, {}, "studies.unknown-code"),
        ({"container_kind": "bucket"}, {}, "studies.unknown-code"),
        ({"amount": 1}, {"reason": None}, "custody.reason-missing"),
        ({"amount": 1}, {"reason": " "}, "custody.reason-missing"),
        ({"amount": 1}, {"corrects": 1}, "custody.unknown-event"),
        ({"amount": 1}, {"corrects": 2**63}, "custody.unknown-event"),
        ({"amount": 1}, {"corrects": -(2**70)}, "custody.unknown-event"),
    ],
    ids=range(23),
)
def test_what_no_correction_may_say_is_refused(
    bench: Session, tube: NewTube, changes: dict[str, Any], more: dict[str, Any], code: str
) -> None:
    assert refused(bench, tube, lambda: correct(bench, tube, changes, **more)) == code


def test_a_time_out_of_order_is_taken_and_marked(bench: Session, tube: NewTube) -> None:
    thaw_specimen(bench, tube.barcode, ACT(EventType.THAWED), **WHO)
    earlier = ACT(EventType.THAWED, at=trial.PRE_AT)
    event = thaw_specimen(bench, tube.barcode, earlier, **WHO)
    assert event.facts["out_of_order"] is True
    assert [each.sequence for each in list_events(bench, tube.id)] == [1, 2, 3]


@pytest.mark.parametrize(
    ("read", "code"),
    [
        ("", "ids.malformed-code"),
        ("\x00", "ids.malformed-code"),
        ("NOBODY", "specimens.unknown"),
        ("S2222222", "ids.wrong-check-character"),
    ],
)
def test_a_code_that_names_no_tube_is_refused_as_what_it_is(bench: Session, read: str, code: str) -> None:
    with pytest.raises(LimsError) as error:
        thaw_specimen(bench, read, ACT(EventType.THAWED), **WHO)
    assert error.value.code == code
