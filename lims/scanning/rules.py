"""Rules of scanning: what is said of what was scanned, and what may be done with it. Pure decisions."""

import functools
from typing import assert_never

from lims.accounts.vocabulary import Actor
from lims.custody.vocabulary import EventType
from lims.ids import in_fours
from lims.scanning.kit_words import acts_on_kit, acts_on_kit_tube, of_kit, of_kit_tube
from lims.scanning.label_words import on_void_label
from lims.scanning.vocabulary import (
    NEEDS,
    NextAct,
    Scan,
    ScanKind,
    ScannedBadge,
    ScannedBatch,
    ScannedContainer,
    ScannedHole,
    ScannedKit,
    ScannedKitTube,
    ScannedManifest,
    ScannedParticipant,
    ScannedPickList,
    ScannedTube,
    Subject,
    VoidLabel,
)
from lims.specimens.amounts import in_words
from lims.specimens.rules import LEGAL, may_follow
from lims.specimens.vocabulary import SpecimenState
from lims.storage.container_types import get_container_type

_ACTS = frozenset(NextAct)
_TUBE_ACTS = tuple((act, EventType(act)) for act in NextAct if act.value in {type_.value for type_ in LEGAL})
_STOPPED_BY_WITHDRAWAL = frozenset({NextAct.ALIQUOTED, NextAct.CONSUMED, NextAct.DISPATCHED})
"""What is not done any more to material of somebody who has withdrawn consent (the trial's policy: destroy it)."""


def describe(
    code: str, subject: Subject, actor: Actor | None = None, context: str | None = None, void_label: VoidLabel | None = None
) -> Scan:
    """What a scan means, and what ``actor`` may do next.

    :param context: what the technician is about to do, in the words of :class:`NextAct`: it comes first, where it can be done, and
        where it cannot, that is said.
    :param void_label: the label the code was read from, where it counts no more: that is warned of.
    """
    kind, title, explanation, acts = _described(subject)
    if actor is not None:
        acts = tuple(act for act in acts if actor.may(NEEDS[act]))
    if context in acts:
        acts = (NextAct(context), *(act for act in acts if act != context))
    elif context in _ACTS:
        explanation = f"{explanation} It cannot be {context.replace('_', ' ')} now."
    return Scan(kind, code, title, explanation, subject, acts, () if void_label is None else (on_void_label(void_label),))


def _described(subject: Subject) -> tuple[ScanKind, str, str, tuple[NextAct, ...]]:
    match subject:
        case ScannedTube():
            title = f"{subject.participant} {subject.timepoint} {subject.specimen_type}"
            acts = _acts_on_tube(subject.beneath, subject.quarantined, subject.withdrawn_on is not None)
            return ScanKind.SPECIMEN, title, _of_tube(subject), acts
        case ScannedContainer():
            return ScanKind.CONTAINER, subject.name, _of_container(subject), _acts_on_container(subject)
        case ScannedHole():
            acts = (NextAct.FILLED,) if subject.occupant is None else ()
            return ScanKind.HOLE, f"{subject.name} {subject.position}", _of_hole(subject), acts
        case ScannedBadge():
            return ScanKind.BADGE, subject.username, _of_badge(subject), ()
        case ScannedKit():
            return ScanKind.KIT, subject.title, of_kit(subject), acts_on_kit(subject)
        case ScannedKitTube():
            title = " ".join(each for each in (subject.participant, subject.timepoint, subject.specimen_type) if each)
            return ScanKind.KIT_TUBE, title, of_kit_tube(subject), acts_on_kit_tube(subject)
        case ScannedParticipant():
            return ScanKind.PARTICIPANT, subject.code, _of_participant(subject), _acts_on_participant(subject)
        case ScannedBatch():
            return ScanKind.BATCH, subject.code, f"A batch for {subject.assay}, {subject.state}.", (NextAct.ISSUED,)
        case ScannedPickList():
            return ScanKind.PICK_LIST, subject.code, f"A pick list, {subject.state}.", ()
        case ScannedManifest():
            lines = "1 line" if subject.line_count == 1 else f"{subject.line_count} lines"
            explanation = f"A manifest of batch {subject.batch}: {lines}, issued on {subject.issued_at:%Y-%m-%d}."
            return ScanKind.MANIFEST, subject.number, explanation, (NextAct.PULLED,)
        case _:
            assert_never(subject)


def _of_tube(tube: ScannedTube) -> str:
    what_it_is = f"{tube.label}, {in_words(tube.amount, tube.unit)}." if tube.amount is not None else f"{tube.label}, amount unknown."
    sentences = [what_it_is, _whereabouts(tube)]
    if tube.withdrawn_on is not None:
        sentences.append(f"Consent was withdrawn on {tube.withdrawn_on:%Y-%m-%d}: set it aside to be destroyed.")
    elif tube.quarantined:
        sentences.append("It is in quarantine: ask the coordinator.")
    return " ".join(sentences)


def _whereabouts(tube: ScannedTube) -> str:
    place = "" if tube.location is None else tube.location.text
    match tube.beneath:
        case SpecimenState.COLLECTED:
            return "Collected, and not received yet."
        case SpecimenState.RECEIVED:
            return "In the laboratory, in no container."
        case SpecimenState.STORED:
            return f"In {place}."
        case SpecimenState.CHECKED_OUT:
            return f"Out; {place} is kept for it."
        case SpecimenState.DISPATCHED:
            return "Sent out of the house."
        case SpecimenState.DEPLETED:
            return f"Used up; in {place}." if place else "Used up."
        case SpecimenState.DISPOSED:
            return "Destroyed."
        case _:
            assert_never(tube.beneath)


@functools.cache
def _acts_on_tube(state: SpecimenState, quarantined: bool, withdrawn: bool) -> tuple[NextAct, ...]:
    possible = (act for act, type_ in _TUBE_ACTS if may_follow(state, quarantined, type_))
    return tuple(act for act in possible if not withdrawn or act not in _STOPPED_BY_WITHDRAWAL)


def _of_container(container: ScannedContainer) -> str:
    name = get_container_type(container.type).with_article
    if container.closed_at is not None:
        return f"{name[0].upper()}{name[1:]}, closed and no longer used."
    where = f"{name[0].upper()}{name[1:]}: {container.path}." if container.path != container.name else f"{name[0].upper()}{name[1:]}."
    tubes = "1 tube" if container.tubes == 1 else f"{container.tubes} tubes"
    return f"{where} {tubes}, {container.free} of {container.holes} holes free." if container.holes else f"{where} {tubes}."


def _of_hole(hole: ScannedHole) -> str:
    if hole.occupant is None:
        return f"Hole {hole.position} of {hole.name}, free."
    return f"Hole {hole.position} of {hole.name}, {'kept for' if hole.away else 'with'} {in_fours(hole.occupant)}."


def _of_badge(badge: ScannedBadge) -> str:
    if badge.closed:
        return f"A badge of {badge.username}, whose account is closed."
    if badge.replaced:
        return f"An old badge of {badge.username}: it was replaced. Scan the new one, and destroy this one."
    return f"The badge of {badge.username}, {badge.role}."


def _acts_on_container(container: ScannedContainer) -> tuple[NextAct, ...]:
    if container.closed_at is not None:
        return ()
    acts = [NextAct.MOVED]
    if get_container_type(container.type).holds_tubes and (container.free or not container.holes):
        acts.insert(0, NextAct.FILLED)
    return (*acts, NextAct.CLOSED) if container.tubes == 0 else tuple(acts)


def _of_participant(participant: ScannedParticipant) -> str:
    who = f"A participant of {participant.study}, {participant.cohort}."
    return who if participant.withdrawn_on is None else f"{who} Consent was withdrawn on {participant.withdrawn_on:%Y-%m-%d}."


def _acts_on_participant(participant: ScannedParticipant) -> tuple[NextAct, ...]:
    return (NextAct.COLLECTED, NextAct.TREATED) if participant.withdrawn_on is None else ()
