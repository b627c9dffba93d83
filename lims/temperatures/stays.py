"""Where a thing was from when to when, by its events; and for which part of a time it was in a freezer. Pure.

Where the record was put right later, both count: as it was recorded, and as it was. Nobody who might have been there is left out.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeAlias

from lims.custody.vocabulary import Event, EventType

EARLIEST = datetime(1900, 1, 1, tzinfo=UTC)
"""Since when a container stood where it was when it was made known here: it had a place before anybody wrote that down."""
_PlaceAfter: TypeAlias = Callable[[Event], tuple[int | None] | None]


@dataclass(frozen=True, slots=True)
class Span:
    """From an instant to another, the end not counting; None: to this day."""

    begun_at: datetime
    ended_at: datetime | None

    def within(self, other: "Span") -> "Span | None":
        """What two spans share."""
        begun_at = max(self.begun_at, other.begun_at)
        ends = [end for end in (self.ended_at, other.ended_at) if end is not None]
        ended_at = min(ends, default=None)
        return None if ended_at is not None and begun_at >= ended_at else Span(begun_at, ended_at)


@dataclass(frozen=True, slots=True)
class At:
    """Something was in a container for a while."""

    container_id: int
    span: Span


def stays_of_tube(events: Sequence[Event]) -> Iterator[At]:
    """In which containers a tube was, and when; while it is taken out it is in none."""
    yield from _stays(events, _tube_place)


def stays_of_container(events: Sequence[Event]) -> Iterator[At]:
    """In which containers a container stood, and when."""
    yield from _stays(events, _standing)


class InFreezer:
    """For which parts of a time each container was in one freezer.

    :param parents: what each container stands in now; ``moved`` the stays of those that were moved since the time began.
    """

    def __init__(self, freezer_id: int, when: Span, parents: Mapping[int, int | None], moved: Mapping[int, Sequence[At]]) -> None:
        self._parents, self._moved, self._when = parents, moved, when
        self._known: dict[int, tuple[Span, ...]] = {freezer_id: (when,)}

    def spans(self, container_id: int) -> tuple[Span, ...]:
        """The parts of the time for which a container was in the freezer."""
        if container_id not in self._known:
            self._known[container_id] = ()  # no container stands in itself; and if one did, this would end
            self._known[container_id] = tuple(self._work_out(container_id))
        return self._known[container_id]

    def _work_out(self, container_id: int) -> Iterator[Span]:
        if container_id in self._moved:
            for stay in self._moved[container_id]:
                yield from (both for span in self.spans(stay.container_id) if (both := span.within(stay.span)))
        elif (parent := self._parents.get(container_id)) is not None:
            yield from self.spans(parent)


def _stays(events: Sequence[Event], place_after: _PlaceAfter) -> Iterator[At]:
    """Each place by the time it was come to. A correction counts from the act that it corrects, beside what was recorded."""
    happened = {event.id: event.occurred_at for event in events}
    steps = [
        (event, *found) for event in sorted(events, key=lambda each: (each.occurred_at, each.sequence)) if (found := place_after(event))
    ]
    for at, (event, place) in enumerate(steps):
        until = steps[at + 1][0].occurred_at if at + 1 < len(steps) else None
        if place is None:
            continue
        since = min(event.occurred_at, happened.get(event.corrects or 0, event.occurred_at))
        if event.type is EventType.CONTAINER_MADE:
            since = EARLIEST
        if until is None or since < until:
            yield At(place, Span(since, until))


def _tube_place(event: Event) -> tuple[int | None] | None:
    """The container a tube is in after an event, in a tuple; None where the event does not say."""
    match event.type:
        case EventType.PLACED | EventType.MOVED | EventType.RETURNED:
            return (event.facts["to"]["container_id"],)
        case EventType.AUDITED | EventType.REBOXED if event.facts.get("to"):
            return (event.facts["to"]["container_id"],)
        case EventType.CHECKED_OUT | EventType.REMOVED | EventType.DISPATCHED | EventType.DISPOSED:
            return (None,)
        case EventType.CORRECTED if "place" in event.facts["changes"]:
            place = event.facts["changes"]["place"][1]
            return (None,) if place is None or place.get("away") else (place["container_id"],)
        case _:
            return None


def _standing(event: Event) -> tuple[int | None] | None:
    match event.type:
        case EventType.CONTAINER_MADE | EventType.CONTAINER_MOVED:
            return (event.facts["to"]["parent_id"],)
        case EventType.CONTAINER_CLOSED:
            return (None,)
        case _:
            return None
