"""Kits held while something is done with them: locked before they are looked at, given to whoever they are used for, written down after.

Everybody locks in this order: the participant, the kits by their ids, then what the tubes become and their labels.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import update
from sqlalchemy.orm import Session

from lims.accounts.vocabulary import Actor
from lims.custody import service as custody
from lims.custody.vocabulary import Act, EventType, History, SubjectKind
from lims.db import table_of
from lims.kits import rules
from lims.kits.errors import KitNotBound, KitOfAnother, KitOfAnotherStudy
from lims.kits.models import Kit as KitRow
from lims.kits.models import KitTube
from lims.kits.queries import kits_by_id
from lims.kits.vocabulary import KitState, KitSummary, KitTubeRecord, TubeState
from lims.printing.service import give_labels_to, void_labels
from lims.printing.vocabulary import VoidReason
from lims.specimens.vocabulary import ReservedTube
from lims.studies.vocabulary import ParticipantFacts

_KITS, _TUBES = table_of(KitRow), table_of(KitTube)


@dataclass(slots=True)
class HeldKit:
    """A kit whose row this transaction holds, as it stands before the act."""

    summary: KitSummary
    tubes: tuple[KitTubeRecord, ...]
    history: History

    def get_tube(self, tube_id: int) -> KitTubeRecord:
        """The tube of this id."""
        return next(tube for tube in self.tubes if tube.id == tube_id)


def hold_kits(session: Session, kit_ids: Iterable[int]) -> dict[int, HeldKit]:
    """Kits that nobody else changes until this transaction ends. Three statements."""
    histories = custody.lock_histories(session, kit_ids)
    return {kit.summary.id: HeldKit(kit.summary, kit.tubes, histories[kit.summary.id]) for kit in kits_by_id(session, histories)}


def hold_for(
    session: Session, kit_ids: Iterable[int], participant: ParticipantFacts, timepoint: str, *, actor: Actor, at: datetime
) -> dict[int, HeldKit]:
    """Open kits that are, or from now on become, this participant's at this timepoint, and their labels with them. The participant's
    row is held already.

    :raises KitOfAnother: one is labelled for somebody else, or for another timepoint.
    :raises KitOfAnotherStudy: one of the stock belongs to another study.
    """
    held = hold_kits(session, kit_ids)
    bound = []
    for kit in held.values():
        check_is_for(kit.summary, participant, timepoint)
        if kit.summary.participant_id is None and kit.summary.state is KitState.MADE:
            kit.summary = given_to(kit.summary, participant, timepoint)
            bound.append(kit)
    if bound:
        to = {"participant_id": participant.id, "timepoint": timepoint}
        session.execute(update(_KITS).where(_KITS.c.id.in_([kit.summary.id for kit in bound])).values(**to))
        act = Act(type=EventType.KIT_BOUND, occurred_at=at, facts={"participant": participant.code, "timepoint": timepoint})
        custody.append_all(session, [(kit.history, act) for kit in bound], actor=actor, at=at)
        give_labels_to(session, participant.id, [id_ for kit in bound for id_ in (kit.summary.id, *(tube.id for tube in kit.tubes))])
    return held


def check_is_for(kit: KitSummary, participant: ParticipantFacts, timepoint: str) -> None:
    """
    :raises KitOfAnother: it is labelled for somebody else, or for another timepoint.
    :raises KitOfAnotherStudy: it belongs to another study.
    """
    if kit.study_id != participant.study_id:
        raise KitOfAnotherStudy(kit.barcode, kit.study)
    of_another = kit.participant_id not in (None, participant.id)
    if of_another or kit.timepoint not in (None, timepoint):
        owner = " ".join(each for each in (kit.participant, kit.timepoint) if each)
        raise KitOfAnother(kit.barcode, owner, f"{participant.code} {timepoint}")


def whose(kit: KitSummary, participant: str | None, timepoint: str | None) -> tuple[str, str]:
    """For whom and for when a kit is used, as it says itself or, of the stock, as was said.

    :raises KitNotBound: nobody said it.
    """
    who, when = participant or kit.participant, timepoint or kit.timepoint
    if who is None or when is None:
        raise KitNotBound(kit.barcode, "participant" if who is None else "timepoint")
    return who, when


def given_to(kit: KitSummary, participant: ParticipantFacts, timepoint: str) -> KitSummary:
    """A kit of the stock that is somebody's now."""
    return replace(
        kit,
        participant_id=participant.id,
        participant=participant.code,
        cohort=participant.cohort,
        withdrawn_on=participant.withdrawn_on,
        timepoint=timepoint,
    )


def reserved(tubes: Iterable[KitTubeRecord]) -> dict[str, ReservedTube]:
    """By barcode, the histories that wait for tubes that were not filled until now."""
    return {tube.barcode: ReservedTube(History(tube.id, SubjectKind.SPECIMEN), tube.purpose) for tube in tubes}


def write_used(
    session: Session,
    kits: Iterable[HeldKit],
    filled: Collection[int],
    unused: Collection[int],
    *,
    actor: Actor,
    at: datetime,
    reason: str | None = None,
) -> None:
    """Write down which tubes were filled, and which never will be: their labels count no more. A kit of which nothing waits is closed."""
    _set_state(session, filled, TubeState.USED)
    _set_state(session, unused, TubeState.VOID)
    acts: list[tuple[History, Act]] = []
    closed: dict[KitState, list[int]] = {KitState.USED: [], KitState.VOID: []}
    for kit in kits:
        kit.tubes = tuple(_after(tube, filled, unused) for tube in kit.tubes)
        state = rules.state_after(tube.state for tube in kit.tubes)
        if state is not KitState.MADE:
            closed[state].append(kit.summary.id)
        acts.append((kit.history, _act(kit, state, filled, unused, at, reason)))
    for state, ids in closed.items():
        if ids:
            session.execute(update(_KITS).where(_KITS.c.id.in_(ids)).values(state=state))
    custody.append_all(session, acts, actor=actor, at=at)
    if unused:
        void_labels(session, sorted(unused), VoidReason.UNUSED, at, actor=actor)


def _set_state(session: Session, tube_ids: Collection[int], state: TubeState) -> None:
    if tube_ids:
        session.execute(update(_TUBES).where(_TUBES.c.id.in_(sorted(tube_ids))).values(state=state))


def _after(tube: KitTubeRecord, filled: Collection[int], unused: Collection[int]) -> KitTubeRecord:
    if tube.id in filled:
        return replace(tube, state=TubeState.USED)
    return replace(tube, state=TubeState.VOID) if tube.id in unused else tube


def _act(kit: HeldKit, state: KitState, filled: Collection[int], unused: Collection[int], at: datetime, reason: str | None) -> Act:
    facts = {
        "used": [tube.barcode for tube in kit.tubes if tube.id in filled],
        "unused": [tube.barcode for tube in kit.tubes if tube.id in unused],
    }
    return Act(type=EventType.KIT_VOIDED if state is KitState.VOID else EventType.KIT_USED, occurred_at=at, facts=facts, reason=reason)
