"""How a pair stands: complete, waiting, possible, at risk, broken or excluded, and why (protocol, "pairs").

A side is filled by a usable tube; where there is none, by a primary that can still be divided; where there is none, by what can
still come at its timepoint. Of all ways to fill both sides with material of one kind of container the nearest to hand is taken,
and the pair stands as the worse of its two sides does.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import product

from lims.pairs.outlook import Outlook, outlook
from lims.pairs.usability import can_still_yield, concerns, rank_of_purpose, usability
from lims.pairs.vocabulary import Course, PairState, PairView, Reason, ReasonCode, Side, TubeFacts, TubeView, because
from lims.studies.protocol import Assay, Protocol, Timepoint
from lims.studies.rules import Due, running_limits
from lims.studies.windows import days_from_target

RANK = {state: rank for rank, state in enumerate(PairState)}
"""From the best to the worst."""

_CAN_COME = frozenset({PairState.WAITING, PairState.POSSIBLE, PairState.AT_RISK})
_FAR = 10**6


@dataclass(frozen=True, slots=True)
class _Filling:
    """One way to fill a side. ``effort`` 0: there; 1: to be divided; 2 to 4: to be taken, the later the better."""

    effort: int
    state: PairState
    kind: str | None
    reason: Reason | None = None
    first: date | None = None
    last: date | None = None


def pair_of(tubes: Sequence[TubeFacts], assay: Assay, protocol: Protocol, course: Course) -> PairView:
    """A participant's pair for one assay. Where several types feed it, the one whose pair stands better.

    :param tubes: all the participant's tubes of timepoints that are a side.
    """
    views = [pair_of_type(tubes, specimen_type, assay, protocol, course) for specimen_type in assay.fed_by]
    return min(views, key=_standing)


def pair_of_type(tubes: Sequence[TubeFacts], specimen_type: str, assay: Assay, protocol: Protocol, course: Course) -> PairView:
    """A participant's pair of one specimen type for one assay."""
    assay = replace(assay, fed_by=(specimen_type,))
    views = {side: _side_view(tubes, side, assay, protocol, course) for side in Side}
    view = PairView(
        participant=course.participant,
        specimen_type=specimen_type,
        assay=assay.code,
        pre=views[Side.PRE],
        post=views[Side.POST],
        state=PairState.COMPLETE,
        reasons=(),
    )
    if (withdrawn_on := course.participant.withdrawn_on) is not None:
        return replace(view, state=PairState.EXCLUDED, reasons=(because(ReasonCode.CONSENT_WITHDRAWN, on=withdrawn_on),))
    return _judged(view, assay, protocol, course)


def complete_pair(pre: Iterable[TubeFacts], post: Iterable[TubeFacts]) -> tuple[TubeFacts, TubeFacts] | None:
    """The first two usable tubes that belong together, of two lists in the order of use."""
    return next(((one, other) for one, other in product(pre, post) if _match(one.kind, other.kind)), None)


def order_of_use(tubes: Iterable[TubeFacts], assay: Assay, protocol: Protocol, course: Course) -> list[TubeFacts]:
    """Usable tubes of one side: the collection nearest the target day first, an unknown day last; then those made for the assay."""

    def key(tube: TubeFacts) -> tuple[int, int, int]:
        timepoint = protocol.find_timepoint(tube.timepoint)
        days = days_from_target(timepoint, tube.times.collected_at, course.anchor_at, course.zone) if timepoint else None
        return (_FAR if days is None else days, rank_of_purpose(tube, assay), tube.id)

    return sorted(tubes, key=key)


def _side_view(tubes: Sequence[TubeFacts], side: Side, assay: Assay, protocol: Protocol, course: Course) -> tuple[TubeView, ...]:
    timepoints = {timepoint.code for timepoint in protocol.timepoints_of(side)}
    there = [tube for tube in tubes if tube.timepoint in timepoints and concerns(tube, assay, protocol)]
    why = {tube.id: usability(tube, assay, protocol) for tube in there}
    usable = order_of_use([tube for tube in there if not why[tube.id]], assay, protocol, course)
    others = sorted((tube for tube in there if why[tube.id]), key=lambda tube: tube.id)
    return tuple(TubeView(tube, why[tube.id]) for tube in (*usable, *others))


def _judged(view: PairView, assay: Assay, protocol: Protocol, course: Course) -> PairView:
    outlooks = {side: _outlooks(side, assay, protocol, course) for side in Side}
    left = [seen.reason for side in Side if not _of(view, side) for seen in outlooks[side] if seen.reason.code is ReasonCode.OFF_STUDY]
    ways = {side: _fillings(view, side, outlooks[side], assay, protocol, course) for side in Side}
    together = [both for both in product(ways[Side.PRE], ways[Side.POST]) if _match(both[0].kind, both[1].kind)]
    if together:
        both = min(together, key=lambda two: (max(two[0].effort, two[1].effort), two[0].effort + two[1].effort))
        if not left or both[0].effort == both[1].effort == 0:
            return _filled(view, both)
    if left:
        return replace(view, state=PairState.EXCLUDED, reasons=tuple(dict.fromkeys(left)))
    return replace(view, state=PairState.BROKEN, reasons=_broken_reasons(view, ways, outlooks, protocol))


def _filled(view: PairView, both: tuple[_Filling, _Filling]) -> PairView:
    missing = [side for side in both if side.effort > 0]
    state = max((side.state for side in both), key=RANK.__getitem__)
    reasons = tuple(side.reason for side in missing if side.reason is not None)
    if missing and all(any(tube.usable for tube in _of(view, side)) for side in Side):
        reasons = (_container_reason(view), *reasons)
    due = next((side for side in missing if side.first is not None), None)
    return replace(view, state=state, reasons=reasons, due_from=due.first if due else None, due_to=due.last if due else None)


def _fillings(view: PairView, side: Side, outlooks: list[Outlook], assay: Assay, protocol: Protocol, course: Course) -> list[_Filling]:
    """Every way to fill a side, but for those that cannot be."""
    there = _of(view, side)
    fillings = [_Filling(0, PairState.COMPLETE, tube.facts.kind) for tube in there if tube.usable]
    dates = next(((seen.first, seen.last) for seen in outlooks), (None, None))
    for tube in there:
        if can_still_yield(tube.facts, assay, protocol):
            state, reason = _division(tube.facts, assay, protocol, course)
            fillings.append(_Filling(1, state, tube.facts.kind, reason, *dates))
    for seen in outlooks:
        if seen.state in _CAN_COME:
            fillings.append(_Filling(1 + RANK[seen.state], seen.state, None, seen.reason, seen.first, seen.last))
    return fillings


def _division(tube: TubeFacts, assay: Assay, protocol: Protocol, course: Course) -> tuple[PairState, Reason]:
    due = _limit_running(tube, assay, protocol, course)
    if due is None:
        return PairState.POSSIBLE, because(ReasonCode.TO_DIVIDE, timepoint=tube.timepoint, barcode=tube.barcode)
    by = due.due_at.astimezone(course.zone).strftime("%Y-%m-%d %H:%M")
    return PairState.AT_RISK, because(ReasonCode.LIMIT_RUNNING, barcode=tube.barcode, milestone=due.to, by=by)


def _limit_running(tube: TubeFacts, assay: Assay, protocol: Protocol, course: Course) -> Due | None:
    """The limit of this tube, concerning the assay's types, that runs out within the minutes the protocol calls a risk.

    One that ran out is a risk no more: the tube is late, will be flagged, and can be divided all the same.
    """
    soon = timedelta(minutes=protocol.pairs.at_risk_minutes)
    for due in running_limits(protocol.find_collection_plan(tube.collection_type), tube.times):
        protects = not due.limit.concerns or set(due.limit.concerns) & set(assay.fed_by)
        if protects and timedelta(0) <= due.due_at - course.now <= soon:
            return due
    return None


def _outlooks(side: Side, assay: Assay, protocol: Protocol, course: Course) -> list[Outlook]:
    return [outlook(timepoint, _primaries(timepoint, assay, protocol), protocol, course) for timepoint in protocol.timepoints_of(side)]


def _primaries(timepoint: Timepoint, assay: Assay, protocol: Protocol) -> tuple[str, ...]:
    """The collections planned at a timepoint that feed the assay, themselves or by what is made of them."""
    sources = {each.code: {each.code, *each.derived_from} for each in protocol.specimen_types}
    wanted = {primary for code in assay.fed_by for primary in sources.get(code, {code})}
    return tuple(plan.specimen_type for plan in protocol.plans_at(timepoint.code) if plan.specimen_type in wanted)


def _broken_reasons(
    view: PairView, ways: dict[Side, list[_Filling]], outlooks: dict[Side, list[Outlook]], protocol: Protocol
) -> tuple[Reason, ...]:
    """Why each side that nothing can fill stays empty; where both could be filled, that they do not belong together."""
    reasons: list[Reason] = []
    for side in Side:
        if ways[side]:
            continue
        there = _of(view, side)
        if there:
            timepoint = " / ".join(dict.fromkeys(tube.facts.timepoint for tube in there))
            reasons.append(because(ReasonCode.NOTHING_USABLE, timepoint=timepoint, count=len(there)))
            reasons.extend(why for tube in there for why in tube.why)
        reasons.extend(seen.reason for seen in outlooks[side])
        if not outlooks[side]:
            reasons.append(because(ReasonCode.NO_TIMEPOINT, side=side))
    return tuple(dict.fromkeys(reasons)) or (_container_reason(view),)


def _container_reason(view: PairView) -> Reason:
    kinds = {side: sorted({tube.facts.kind or "?" for tube in _of(view, side)}) for side in Side}
    return because(ReasonCode.CONTAINER_DIFFERS, pre=", ".join(kinds[Side.PRE]), post=", ".join(kinds[Side.POST]))


def _match(one: str | None, other: str | None) -> bool:
    """Whether material of these kinds of container can be compared: the same, or one not given."""
    return one is None or other is None or one == other


def _of(view: PairView, side: Side) -> tuple[TubeView, ...]:
    return view.pre if side is Side.PRE else view.post


def _standing(view: PairView) -> tuple[int, int, int]:
    """How well a pair stands; of two alike the one with more sides filled, then with more tubes to choose from."""
    usable = [sum(tube.usable for tube in _of(view, side)) for side in Side]
    return (RANK[view.state], -sum(count > 0 for count in usable), -sum(usable))
