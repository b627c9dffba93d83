"""Collecting with kits: tubes labelled before become the specimens their labels name, whichever door they come in by."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from sqlalchemy.orm import Session

from lims.accounts.vocabulary import Actor
from lims.ids import MisreadCode, has_right_check, looks_like_ours, normalise_code
from lims.kits import rules
from lims.kits.errors import CollectionTimeMissing, NothingScanned, NothingToMakeItOf, NotOfThisKit
from lims.kits.holding import HeldKit, hold_for, reserved, whose, write_used
from lims.kits.queries import TubeOfKit, get_kit, get_summary, tubes_by_code
from lims.kits.vocabulary import Collected, CollectFromKit, FilledTube, KitTubeRecord, TubeState
from lims.labels.errors import CodeGivenTwice
from lims.specimens import division, registration
from lims.specimens.amounts import from_base
from lims.specimens.queries import lock_specimens
from lims.specimens.vocabulary import AT_HAND, DeriveAliquots, NewTube, PrimaryTube, RegisterCollection, Registered, SpecimenForm
from lims.studies.participants import lock_participant
from lims.studies.queries import participants_by_id

Scanned = tuple[KitTubeRecord, FilledTube]


def register_collection(session: Session, command: RegisterCollection, *, actor: Actor, at: datetime) -> Registered:
    """Register a collection; where the code on a tube is that of a kit's tube, the kit is used, and one of the stock becomes theirs.

    What of the kit was not used waits on, until somebody closes the kit.

    :raises KitOfAnother: the tube was labelled for somebody else, or for another timepoint.
    :raises TubeOfAnotherType: for another material. What else is raised, :func:`lims.specimens.registration.register_collection` says.
    """
    codes = [normalise_code(tube.barcode) for tube in command.tubes if tube.barcode is not None]
    found = tubes_by_code(session, codes) if codes else {}
    if not found:
        return registration.register_collection(session, command, actor=actor, at=at)
    participant = lock_participant(session, command.participant, command.study)
    kits = hold_for(session, {tube.kit_id for tube in found.values()}, participant, command.timepoint, actor=actor, at=at)
    named = _checked(found, kits, SpecimenForm.PRIMARY, command.specimen_type)
    _check_once(named.values())
    tubes = tuple(_as_labelled(tube, named) for tube in command.tubes)
    done = registration.register_collection(session, replace(command, tubes=tubes), actor=actor, at=at, reserved=reserved(named.values()))
    write_used(session, kits.values(), {tube.id for tube in named.values()}, (), actor=actor, at=at)
    return done


def derive_aliquots(session: Session, command: DeriveAliquots, *, actor: Actor, at: datetime) -> tuple[NewTube, ...]:
    """Divide; where the code on a new tube is that of a kit's tube, the kit is used. Raises what registering and dividing raise."""
    codes = [normalise_code(code) for code in command.barcodes]
    found = tubes_by_code(session, codes) if codes else {}
    if not found:
        return division.derive_aliquots(session, command, actor=actor, at=at)
    parent = lock_specimens(session, command.parents, with_participants=True)[0]
    participant = participants_by_id(session, [parent.participant_id])[parent.participant_id]
    kits = hold_for(session, {tube.kit_id for tube in found.values()}, participant, parent.timepoint, actor=actor, at=at)
    named = _checked(found, kits, SpecimenForm.ALIQUOT, command.specimen_type or parent.specimen_type)
    _check_once(named.values())
    barcodes = tuple(named[code].barcode if code in named else code for code in codes)
    made = division.derive_aliquots(session, replace(command, barcodes=barcodes), actor=actor, at=at, reserved=reserved(named.values()))
    write_used(session, kits.values(), {tube.id for tube in named.values()}, (), actor=actor, at=at)
    return made


def collect_from_kit(session: Session, command: CollectFromKit, *, actor: Actor, at: datetime) -> Collected:
    """Register what was filled of a kit: a collection for each type taken, and what was made of them. The other labels are void.

    The number of statements follows the types in the kit, not its tubes.

    :raises KitNotBound: a kit of the stock, and nobody said whose it is.
    :raises KitOfAnother: it is somebody else's.
    :raises NotOfThisKit: a code stands on no tube of it.
    :raises TubeFilledAlready: as :class:`TubeVoid`: a tube is not to be filled any more.
    :raises NothingToMakeItOf: a tube for what is made of another, of which none was collected.
    """
    if not command.tubes:
        raise NothingScanned(command.kit)
    found = get_summary(session, command.kit)
    who, when = whose(found, command.participant, command.timepoint)
    participant = lock_participant(session, who, found.study)
    kit = hold_for(session, [found.id], participant, when, actor=actor, at=at)[found.id]
    rules.check_open(kit.summary.barcode, kit.summary.state)
    scanned = _scanned(session, kit, command.tubes)
    collections = [_take(session, kit, command, group, actor, at) for group in _by_type(scanned)]
    made = [tube for group in _by_batch(scanned) for tube in _make(session, kit, group, scanned, actor, at)]
    filled = {tube.id for tube, _ in scanned}
    unused = set() if command.more_to_come else {tube.id for tube in rules.left_over(kit.tubes, filled)}
    write_used(session, [kit], filled, unused, actor=actor, at=at)
    return Collected(tuple(collections), tuple(made), get_kit(session, kit.summary.barcode))


def _checked(
    found: Mapping[str, TubeOfKit], kits: Mapping[int, HeldKit], form: SpecimenForm, specimen_type: str
) -> dict[str, KitTubeRecord]:
    """By the code that was read, each tube of a kit, once it is known that it may be filled so."""
    named = {code: kits[each.kit_id].get_tube(each.id) for code, each in found.items()}
    for code, tube in named.items():
        rules.check_may_be_filled(tube, kits[found[code].kit_id].summary.barcode, form, specimen_type)
    return named


def _check_once(tubes: Iterable[KitTubeRecord]) -> None:
    """
    :raises CodeGivenTwice: one tube was scanned twice, by the same label or by two copies of it.
    """
    seen: set[int] = set()
    for tube in tubes:
        if tube.id in seen:
            raise CodeGivenTwice(tube.barcode)
        seen.add(tube.id)


def _as_labelled(tube: PrimaryTube, named: Mapping[str, KitTubeRecord]) -> PrimaryTube:
    """A tube under its own barcode, whichever copy was read, and in the kind of container the kit was made with, if nobody says another."""
    labelled = named.get(normalise_code(tube.barcode)) if tube.barcode is not None else None
    if labelled is None:
        return tube
    return replace(tube, barcode=labelled.barcode, container=tube.container or labelled.container_kind)


def _scanned(session: Session, kit: HeldKit, tubes: Sequence[FilledTube]) -> list[Scanned]:
    """What was scanned, as tubes of the kit, in the order of the work."""
    codes = [normalise_code(tube.barcode) for tube in tubes]
    found = tubes_by_code(session, codes)
    scanned = []
    for code, filled in zip(codes, tubes, strict=True):
        if code not in found and looks_like_ours(code) and not has_right_check(code):
            raise MisreadCode(code)
        if code not in found or found[code].kit_id != kit.summary.id:
            raise NotOfThisKit(code, kit.summary.barcode)
        tube = kit.get_tube(found[code].id)
        rules.check_may_be_filled(tube, kit.summary.barcode, tube.form, tube.specimen_type)
        scanned.append((tube, filled))
    _check_once(tube for tube, _ in scanned)
    return sorted(scanned, key=lambda each: each[0].line)


def _by_type(scanned: Iterable[Scanned]) -> list[list[Scanned]]:
    """What was taken from the participant, one group for each collection."""
    groups: dict[str, list[Scanned]] = {}
    for each in scanned:
        if each[0].form is SpecimenForm.PRIMARY:
            groups.setdefault(each[0].specimen_type, []).append(each)
    return list(groups.values())


def _by_batch(scanned: Iterable[Scanned]) -> list[list[Scanned]]:
    """What was made, one group for each kind of tube that is made in one act: of the same, for the same, as much."""
    groups: dict[tuple[object, ...], list[Scanned]] = {}
    for tube, filled in scanned:
        if tube.form is SpecimenForm.ALIQUOT:
            key = (tube.made_of, tube.specimen_type, tube.purpose, _amount(tube, filled))
            groups.setdefault(key, []).append((tube, filled))
    return list(groups.values())


def _amount(tube: KitTubeRecord, filled: FilledTube) -> tuple[Decimal, str]:
    """How much is in a tube that was made: as said, else as planned."""
    unit = filled.unit or tube.unit
    if filled.amount is not None or tube.amount is None:
        return filled.amount or Decimal(0), unit
    return from_base(tube.amount, tube.unit), tube.unit


def _take(session: Session, kit: HeldKit, command: CollectFromKit, group: Sequence[Scanned], actor: Actor, at: datetime) -> Registered:
    if command.collected_at is None:
        raise CollectionTimeMissing
    taken = RegisterCollection(
        participant=kit.summary.participant or "",
        timepoint=kit.summary.timepoint or "",
        specimen_type=group[0][0].specimen_type,
        collected_at=command.collected_at,
        tubes=tuple(PrimaryTube(tube.container_kind, filled.amount, filled.unit or tube.unit, tube.barcode) for tube, filled in group),
        received_at=command.received_at,
        processed_at=command.processed_at,
        frozen_at=command.frozen_at,
        flags=command.flags,
        note=command.note,
        study=kit.summary.study,
    )
    return registration.register_collection(session, taken, actor=actor, at=at, reserved=reserved(tube for tube, _ in group))


def _make(
    session: Session, kit: HeldKit, group: Sequence[Scanned], scanned: Iterable[Scanned], actor: Actor, at: datetime
) -> tuple[NewTube, ...]:
    first, filled = group[0]
    amount, unit = _amount(first, filled)
    command = DeriveAliquots(
        parents=_parents(kit, first, {tube.id for tube, _ in scanned}),
        count=len(group),
        amount=amount,
        unit=unit,
        specimen_type=first.specimen_type,
        purpose=first.purpose,
        barcodes=tuple(tube.barcode for tube, _ in group),
    )
    return division.derive_aliquots(session, command, actor=actor, at=at, reserved=reserved(tube for tube, _ in group))


def _parents(kit: HeldKit, child: KitTubeRecord, filled_now: set[int]) -> tuple[str, ...]:
    """The kit's tubes that a tube is made of: those at hand, or else whatever was collected, so that it is said why they are not.

    :raises NothingToMakeItOf: none was collected.
    """
    sources = [tube for tube in kit.tubes if tube.form is SpecimenForm.PRIMARY and tube.specimen_type == child.made_of]
    collected = [tube for tube in sources if tube.state is TubeState.USED or tube.id in filled_now]
    if not collected:
        raise NothingToMakeItOf(child.barcode, child.made_of or "")
    at_hand = [tube for tube in collected if tube.specimen_state is None or tube.specimen_state in AT_HAND]
    return tuple(tube.barcode for tube in at_hand or collected)
