"""Which act of a history is its last: the one that may be taken back."""

from datetime import UTC, datetime

import pytest

from lims.custody.rules import REMARKS, last_act
from lims.custody.vocabulary import NO_HASH, Event, EventType

NOW = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)


def history(*types: EventType) -> list[Event]:
    return [
        Event(
            id=1000 + number,
            subject_id=42,
            sequence=number,
            type=type_,
            occurred_at=NOW,
            recorded_at=NOW,
            actor="ann",
            device=None,
            reason=None,
            corrects=None,
            facts={},
            previous_hash=NO_HASH,
            hash=NO_HASH,
        )
        for number, type_ in enumerate(types, 1)
    ]


@pytest.mark.parametrize("remark", sorted(REMARKS))
def test_what_changes_nothing_stands_on_no_act(remark: EventType) -> None:
    events = history(EventType.REGISTERED, EventType.PLACED, remark, remark)
    assert last_act(events) is events[1]


@pytest.mark.parametrize("act", sorted(set(EventType) - REMARKS))
def test_every_other_event_is_an_act_that_stands_on_the_one_before(act: EventType) -> None:
    events = history(EventType.REGISTERED, EventType.PLACED, act)
    assert last_act(events) is events[2]
