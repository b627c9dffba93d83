"""Rules of the ledger itself, whatever the act is."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from lims.custody.errors import AlreadyCorrected, InTheFuture, ReasonMissing, UnknownEvent
from lims.custody.vocabulary import Event, EventType

CLOCK_SLACK = timedelta(minutes=5)
"""How far a bench device's clock may run ahead."""

REMARKS = frozenset({EventType.DONE_BY_HAND, EventType.BOX_CLAIMED, EventType.BOX_LEFT})
"""What changes nothing of the tube or container it is written with: it does not stand on the act before it."""


def check_has_happened(occurred_at: datetime, now: datetime) -> None:
    """
    :raises InTheFuture: more than five minutes ahead of the server.
    """
    if occurred_at > now + CLOCK_SLACK:
        raise InTheFuture(occurred_at)


def check_reason(reason: str | None, act: str) -> None:
    """
    :raises ReasonMissing: nobody does that without saying why.
    """
    if reason is None or not reason.strip():
        raise ReasonMissing(act)


def check_corrects(events: Sequence[Event], corrects: int | None) -> None:
    """Whether one of these events, a whole history, may be corrected.

    :raises UnknownEvent: it is not among them.
    :raises AlreadyCorrected: a later one corrects it already.
    """
    if corrects is None:
        return
    if all(event.id != corrects for event in events):
        raise UnknownEvent(corrects)
    if any(event.corrects == corrects for event in events):
        raise AlreadyCorrected(corrects)


def last_act(events: Sequence[Event]) -> Event:
    """The last of these events, a whole history, that changed something: the one that may be taken back."""
    return next(event for event in reversed(events) if event.type not in REMARKS)
