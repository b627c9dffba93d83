"""Rules of specimens: what may be done in which state, whether there is enough, how a label reads."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from lims.custody.vocabulary import EventType
from lims.specimens.errors import ConsentWithdrawn, NotEnough, NotInThisState
from lims.specimens.vocabulary import AT_HAND, QUARANTINED, SpecimenState
from lims.studies.rules import is_after_withdrawal

_STORED, _OUT, _RECEIVED = SpecimenState.STORED, SpecimenState.CHECKED_OUT, SpecimenState.RECEIVED
_LIVE = AT_HAND | {SpecimenState.DEPLETED}
_ALL = frozenset(SpecimenState)

LEGAL: dict[EventType, frozenset[SpecimenState]] = {
    EventType.RECEIVED: frozenset({SpecimenState.COLLECTED, SpecimenState.DISPATCHED}),
    EventType.PLACED: frozenset({SpecimenState.COLLECTED, _RECEIVED, _STORED, _OUT}),
    EventType.MOVED: frozenset({_STORED, _OUT}),
    EventType.CHECKED_OUT: frozenset({_STORED}),
    EventType.RETURNED: frozenset({_OUT}),
    EventType.REMOVED: frozenset({_STORED, _OUT, SpecimenState.DEPLETED}),
    EventType.ALIQUOTED: AT_HAND,
    EventType.THAWED: AT_HAND,
    EventType.CONSUMED: AT_HAND,
    EventType.DISPATCHED: frozenset({_RECEIVED, _STORED, _OUT}),
    EventType.QUARANTINED: _LIVE,
    EventType.RELEASED: _ALL,
    EventType.DISPOSED: _LIVE | {SpecimenState.DISPATCHED},
    EventType.FLAGGED: _ALL,
    EventType.UNFLAGGED: _ALL,
    EventType.CODE_BOUND: _LIVE,
    EventType.BATCHED: AT_HAND,
    EventType.UNBATCHED: _ALL,
    EventType.CORRECTED: _ALL,
    EventType.DONE_BY_HAND: _ALL,
    EventType.AUDITED: _ALL,
    EventType.REBOXED: _LIVE,
}
"""In which states each act may be done (ISO 20387 7.5: every act leaves a traceable state; a destroyed or sent tube takes no more)."""

_NOT_IN_QUARANTINE = frozenset({EventType.ALIQUOTED, EventType.CONSUMED, EventType.DISPATCHED, EventType.BATCHED, EventType.QUARANTINED})


def may_follow(state: SpecimenState, quarantined: bool, act: EventType) -> bool:
    """Whether an act can be done to a specimen in this state."""
    if quarantined and act in _NOT_IN_QUARANTINE:
        return False
    return state in LEGAL.get(act, frozenset()) and (quarantined or act is not EventType.RELEASED)


def check_transition(barcode: str, state: SpecimenState, quarantined: bool, act: EventType) -> None:
    """
    :raises NotInThisState: the act cannot be done to a specimen in this state.
    """
    if not may_follow(state, quarantined, act):
        raise NotInThisState(barcode, QUARANTINED if quarantined and act in _NOT_IN_QUARANTINE else state, act)


def shown_state(state: SpecimenState, quarantined: bool) -> str:
    """The state as people and programs are told it: quarantine stands before any but the last states."""
    return QUARANTINED if quarantined and state not in {SpecimenState.DISPOSED, SpecimenState.DISPATCHED} else state


def check_enough(barcode: str, has: int | None, needs: int, unit: str) -> None:
    """An unknown amount is taken at its word; the database refuses to go below zero.

    :raises NotEnough: more is asked for than is left.
    """
    if has is not None and needs > has:
        raise NotEnough(barcode, has, needs, unit)


def check_consent(participant: str, withdrawn_on: date | None, happened_at: datetime, zone: ZoneInfo) -> None:
    """Nothing of a participant is done after the day consent was withdrawn (protocol, "consent").

    :raises ConsentWithdrawn: it was, before that day.
    """
    if withdrawn_on is not None and is_after_withdrawal(happened_at, withdrawn_on, zone):
        raise ConsentWithdrawn(participant, withdrawn_on)


def human_label(prefix: str, participant: str, timepoint: str, short: str, ordinal: int) -> str:
    """What a person reads on a tube, ``ILDR02-L07-PRE-STL-03``. Never parsed: what it says, the database knows."""
    return f"{prefix}-{participant}-{timepoint}-{short}-{ordinal:02d}"


def shares_of(total: int, amounts: list[int | None]) -> list[int]:
    """How much each parent of a pool gives of ``total``: in the order they were scanned, each all it has before the next.

    A parent of unknown amount gives what is missing. What nobody can give is asked of the last, which then says so.
    """
    shares, missing = [], total
    for amount in amounts:
        share = missing if amount is None else min(amount, missing)
        shares.append(share)
        missing -= share
    shares[-1] += missing
    return shares
