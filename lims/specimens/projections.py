"""What a specimen is now, from its events alone: the fold that the tables repeat and that verifying compares them with."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import reduce
from typing import Literal

from lims.custody.vocabulary import Event, EventType, Json
from lims.specimens.vocabulary import MISSING, SpecimenState

OfOtherThings = Literal[
    EventType.COLLECTED,
    EventType.NOT_COLLECTED,
    EventType.ENROLLED,
    EventType.CONSENT_GIVEN,
    EventType.CONSENT_WITHDRAWN,
    EventType.TREATED,
    EventType.TAKEN_OFF_STUDY,
    EventType.PROTOCOL_LOADED,
    EventType.CONTAINER_MADE,
    EventType.CONTAINER_MOVED,
    EventType.CONTAINER_CLOSED,
    EventType.BOX_CLAIMED,
    EventType.BOX_LEFT,
    EventType.RACK_SCANNED,
    EventType.LIMITS_SET,
    EventType.TEMPERATURES_READ,
    EventType.EXCURSION_REVIEWED,
    EventType.BATCH_OPENED,
    EventType.BATCH_CHANGED,
    EventType.BATCH_CLOSED,
    EventType.MANIFEST_ISSUED,
    EventType.MANIFEST_PULLED,
    EventType.IMPORTED,
    EventType.PRINTER_ADDED,
    EventType.PRINTER_CHANGED,
    EventType.JOB_QUEUED,
    EventType.JOB_PAUSED,
    EventType.JOB_RESUMED,
    EventType.JOB_CANCELLED,
    EventType.LABELS_REPLACED,
    EventType.LABELS_TAKEN,
    EventType.LABELS_PRINTED,
    EventType.LABEL_VERIFIED,
    EventType.KIT_MADE,
    EventType.KIT_BOUND,
    EventType.KIT_USED,
    EventType.KIT_VOIDED,
    EventType.CONTAINER_AUDITED,
    EventType.CONTAINER_REBOXED,
    EventType.AUDIT_BEGUN,
    EventType.AUDIT_SCANNED,
    EventType.AUDIT_UNSCANNED,
    EventType.AUDIT_ACCEPTED,
    EventType.AUDIT_ABANDONED,
    EventType.PICK_LIST_MADE,
    EventType.PICKED,
    EventType.UNPICKED,
    EventType.PICK_NOT_FOUND,
    EventType.PICK_SUBSTITUTED,
    EventType.PICK_LIST_DONE,
    EventType.PICK_LIST_CANCELLED,
    EventType.DEVICE_NAMED,
    EventType.ACCOUNT_MADE,
    EventType.ACCOUNT_CHANGED,
    EventType.SIGNED_IN,
    EventType.SIGN_IN_REFUSED,
    EventType.SIGNED_OUT,
    EventType.TOKEN_ISSUED,
    EventType.TOKEN_REVOKED,
]
"""What happens to other things than specimens."""


@dataclass(frozen=True, slots=True)
class Place:
    """A hole (or, without row and column, a bag): and whether the tube is out while the hole is kept."""

    container_id: int
    row: int | None
    column: int | None
    away: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Projection:
    """A specimen as its events leave it."""

    barcode: str = ""
    label: str = ""
    specimen_type: str = ""
    form: str = ""
    timepoint: str = ""
    container_kind: str | None = None
    purpose: str | None = None
    unit: str = ""
    initial_amount: int | None = None
    amount: int | None = None
    thaw_count: int | None = None
    state: SpecimenState = SpecimenState.RECEIVED
    quarantined: bool = False
    flags: tuple[str, ...] = ()
    missing: bool = False
    """Nobody found it where it was last recorded; its place stays what it was until somebody has it in the hand."""
    place: Place | None = None


def fold(events: Iterable[Event]) -> Projection:
    """The specimen after all its events."""
    return reduce(lambda specimen, event: step(specimen, event.type, event.facts), events, Projection())


def step(specimen: Projection, type_: EventType, facts: Mapping[str, Json]) -> Projection:
    """The specimen after one more event."""
    match type_:
        case EventType.REGISTERED:
            return _registered(facts)
        case EventType.RECEIVED:
            return replace(specimen, state=SpecimenState.RECEIVED)
        case EventType.PLACED | EventType.MOVED | EventType.RETURNED:
            return replace(specimen, state=SpecimenState.STORED, place=_place(facts["to"]), missing=False)
        case EventType.CHECKED_OUT:
            return replace(specimen, state=SpecimenState.CHECKED_OUT, place=_away(specimen.place), missing=False)
        case EventType.REMOVED:
            return replace(specimen, state=SpecimenState.RECEIVED, place=None, missing=False)
        case EventType.DISPATCHED:
            return replace(specimen, state=SpecimenState.DISPATCHED, place=None, missing=False)
        case EventType.DISPOSED:
            return replace(specimen, state=SpecimenState.DISPOSED, place=None, missing=False)
        case EventType.AUDITED | EventType.REBOXED:
            return _looked_for(specimen, facts)
        case EventType.ALIQUOTED:
            return _drawn(specimen, facts.get("drawn"))
        case EventType.CONSUMED:
            return _drawn(specimen, facts.get("drawn"), all_of_it=facts.get("drawn") is None)
        case EventType.THAWED:
            return replace(specimen, missing=False, thaw_count=None if specimen.thaw_count is None else specimen.thaw_count + 1)
        case EventType.QUARANTINED | EventType.RELEASED:
            return replace(specimen, quarantined=type_ is EventType.QUARANTINED)
        case EventType.FLAGGED:
            return replace(specimen, flags=tuple(sorted({*specimen.flags, facts["code"]})))
        case EventType.UNFLAGGED:
            return replace(specimen, flags=tuple(flag for flag in specimen.flags if flag != facts["code"]))
        case EventType.CORRECTED:
            return _corrected(specimen, facts["changes"])
        case EventType.CODE_BOUND | EventType.BATCHED | EventType.UNBATCHED | EventType.DONE_BY_HAND:
            return specimen
        case _:
            raise NotASpecimensEvent(type_)


class NotASpecimensEvent(ValueError):
    """An event of another kind of thing in a specimen's history. Its type is every event that :func:`step` does not know:
    a new one fails type checking until somebody decides which it is."""

    def __init__(self, type_: OfOtherThings) -> None:
        super().__init__(f"{type_} does not happen to a specimen")


def _registered(facts: Mapping[str, Json]) -> Projection:
    return Projection(
        barcode=facts["barcode"],
        label=facts["label"],
        specimen_type=facts["specimen_type"],
        form=facts["form"],
        timepoint=facts["timepoint"],
        container_kind=facts.get("container_kind"),
        purpose=facts.get("purpose"),
        unit=facts["unit"],
        initial_amount=facts.get("amount"),
        amount=facts.get("amount"),
        thaw_count=facts.get("thaw_count"),
        state=SpecimenState(facts["state"]),
        flags=tuple(facts.get("flags", ())),
    )


def _looked_for(specimen: Projection, facts: Mapping[str, Json]) -> Projection:
    """Found, where it was or elsewhere; or not found, which takes no place from it."""
    missing = facts.get("found") == MISSING
    if facts.get("to") is None:
        return replace(specimen, missing=missing)
    stored = specimen.state if missing or specimen.state is SpecimenState.DEPLETED else SpecimenState.STORED
    return replace(specimen, state=stored, place=_place(facts["to"]), missing=missing)


def _drawn(specimen: Projection, drawn: int | None, *, all_of_it: bool = False) -> Projection:
    """What is left; an unknown amount stays unknown until all of it is used."""
    if all_of_it:
        left: int | None = 0
    elif specimen.amount is None or drawn is None:
        left = specimen.amount
    else:
        left = specimen.amount - drawn
    return replace(
        specimen, missing=False, amount=left, state=SpecimenState.DEPLETED if left == 0 and (all_of_it or drawn) else specimen.state
    )


def _corrected(specimen: Projection, changes: Mapping[str, Json]) -> Projection:
    for what, (_was, value) in changes.items():
        match what:
            case "state":
                specimen = replace(specimen, state=SpecimenState(value))
            case "place":
                specimen = replace(specimen, place=None if value is None else _place(value))
            case "flags":
                specimen = replace(specimen, flags=tuple(value))
            case _:
                specimen = replace(specimen, **{what: value})
    return specimen


def _place(facts: Mapping[str, Json]) -> Place:
    return Place(facts["container_id"], facts["row"], facts["column"], bool(facts.get("away")))


def _away(place: Place | None) -> Place | None:
    return None if place is None else replace(place, away=True)
