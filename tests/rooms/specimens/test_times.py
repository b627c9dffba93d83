"""A collection's times come one after the other, and a wrong one is put right with a reason; what follows from them follows."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from lims.accounts.vocabulary import SYSTEM
from lims.checks import ledger_checks
from lims.custody.queries import list_events
from lims.custody.verification import verify
from lims.custody.vocabulary import EventType
from lims.errors import LimsError
from lims.specimens.milestones import record_times
from lims.specimens.models import Collection
from lims.specimens.registration import record_not_collected
from lims.specimens.vocabulary import RecordNotCollected, RecordTimes, SpecimenState
from lims.storage.tubes import get_tube
from tests.factories import trial

ON_THE_WAY: dict[str, Any] = {"received_at": None, "processed_at": None, "frozen_at": None}
FROZEN = trial.PRE_AT + timedelta(hours=3)


def tell(session: Session, collection_id: int, **times: Any) -> tuple[str, ...]:
    command = RecordTimes(collection_id=collection_id, **times)
    return tuple(remark.code for remark in record_times(session, command, actor=SYSTEM, at=trial.NOW))


def test_a_tube_on_its_way_is_received_and_frozen_later(bench: Session) -> None:
    taken = trial.collect(bench, **ON_THE_WAY)
    assert get_tube(bench, taken.specimens[0].barcode).state == SpecimenState.COLLECTED
    assert tell(bench, taken.id, received_at=trial.PRE_AT + timedelta(minutes=20)) == ()
    assert tell(bench, taken.id, frozen_at=FROZEN) == ()
    tube = get_tube(bench, taken.specimens[0].barcode)
    assert (tube.state, tube.times.frozen_at, tube.flags) == (SpecimenState.RECEIVED, FROZEN, ())
    assert [event.type for event in list_events(bench, taken.id)] == [EventType.COLLECTED, EventType.CORRECTED, EventType.CORRECTED]
    assert list(verify(bench, ledger_checks())) == []


def test_freezing_late_flags_the_tube_at_once(bench: Session) -> None:
    taken = trial.collect(bench, **ON_THE_WAY)
    assert tell(bench, taken.id, frozen_at=trial.PRE_AT + timedelta(hours=4, minutes=1)) == ("processed-late",)
    assert get_tube(bench, taken.specimens[0].barcode).flags == ("processed-late",)


def test_a_wrong_time_is_put_right_with_a_reason_and_its_flag_goes(bench: Session) -> None:
    taken = trial.collect(bench, frozen_at=trial.PRE_AT + timedelta(hours=9))
    with pytest.raises(LimsError) as refused:
        tell(bench, taken.id, frozen_at=FROZEN, reason="  ")
    assert refused.value.code == "custody.reason-missing"
    assert tell(bench, taken.id, frozen_at=FROZEN, reason="the clock of the freezer room is an hour ahead") == ()
    assert get_tube(bench, taken.specimens[0].barcode).flags == ()
    assert list_events(bench, taken.id)[-1].facts["changes"]["frozen_at"][0].startswith("2026-")


@pytest.mark.parametrize(
    ("times", "code"),
    [
        ({}, "specimens.nothing-to-record"),
        ({"frozen_at": trial.PRE_AT - timedelta(minutes=1)}, "specimens.impossible-times"),
        ({"frozen_at": trial.NOW + timedelta(hours=1)}, "custody.in-the-future"),
        ({"collected_at": trial.ILDR_AT + timedelta(minutes=1), "reason": "read wrongly"}, "studies.treated-already"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_written(bench: Session, times: dict[str, Any], code: str) -> None:
    taken = trial.collect(bench, **ON_THE_WAY)
    with pytest.raises(LimsError) as refused:
        tell(bench, taken.id, **times)
    assert refused.value.code == code
    assert len(list_events(bench, taken.id)) == 1
    assert bench.execute(select(Collection.frozen_at).where(Collection.id == taken.id)).scalar_one() is None


def test_nothing_collected_has_no_times_and_an_unknown_number_is_named(bench: Session) -> None:
    command = RecordNotCollected(participant="L07", timepoint="POST", specimen_type="stool", reason="refused")
    nothing = record_not_collected(bench, command, actor=SYSTEM, at=trial.NOW)
    for collection_id, code in ((nothing.id, "specimens.nothing-collected"), (1, "specimens.unknown-collection")):
        with pytest.raises(LimsError) as refused:
            tell(bench, collection_id, frozen_at=FROZEN)
        assert refused.value.code == code
