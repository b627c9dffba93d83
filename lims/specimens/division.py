"""The verb by which a specimen is divided, pooled, or made into something else."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy.orm import Session

from lims.accounts.vocabulary import Actor
from lims.custody.rules import check_has_happened
from lims.custody.vocabulary import Act, EventType, Json
from lims.db import take_ids
from lims.ids import normalise_code
from lims.specimens import amounts
from lims.specimens.errors import CodesNotForEach, CountOutOfRange, NotDerivable, NotPoolable
from lims.specimens.projections import step
from lims.specimens.queries import lock_specimens, used_labels
from lims.specimens.rules import check_consent, check_enough, check_transition, shares_of
from lims.specimens.service import projection_of, with_projection, write_projections
from lims.specimens.vocabulary import DeriveAliquots, LockedSpecimen, NewTube, ReservedTube, SpecimenForm, SpecimenState
from lims.specimens.writing import NONE_RESERVED, Donor, Draft, Parent, Writing, with_reserved, write_derived_tubes
from lims.studies.protocol import RESERVE, Protocol
from lims.studies.queries import protocol_of_version

MOST_ALIQUOTS = 999
MOST_PARENTS = 100


def derive_aliquots(
    session: Session, command: DeriveAliquots, *, actor: Actor, at: datetime, reserved: Mapping[str, ReservedTube] = NONE_RESERVED
) -> tuple[NewTube, ...]:
    """Make tubes of one specimen, or of a pool of several: what they take is gone from the parents, in the same act.

    Tubes of the same type are aliquots; of another, derivatives. Given flags, the kind of container and the thaw count travel to
    the children. Where ``occurred_at`` is not given, it is the latest time known of the parents.

    :param reserved: by its barcode, each tube that was labelled before.
    :raises NotEnough: the parents do not hold so much; nothing was made.
    :raises NotDerivable: the protocol does not make the one of the other.
    :raises NotPoolable: parents of another participant, timepoint or type.
    :raises NotInThisState: a parent is quarantined, used up, sent away or destroyed.
    :raises ConsentWithdrawn: the participant's material is not worked with any more.
    """
    if not 1 <= command.count <= MOST_ALIQUOTS:
        raise CountOutOfRange(command.count, MOST_ALIQUOTS)
    if not 1 <= len(command.parents) <= MOST_PARENTS:
        raise CountOutOfRange(len(command.parents), MOST_PARENTS)
    if len(command.barcodes) not in (0, command.count):
        raise CodesNotForEach(len(command.barcodes), command.count)
    locked = lock_specimens(session, command.parents, with_participants=True)
    parents = list({parent.id: parent for parent in locked}.values())  # a tube may be scanned twice, by two of its codes
    first = parents[0]
    protocol = protocol_of_version(session, first.protocol_version_id)
    occurred_at = command.occurred_at or max(parent.latest_known_at or at for parent in parents)
    _check_parents(parents, occurred_at, at)
    for parent in parents:  # who doesn't say when divides now, whatever time it will be filed under
        check_consent(parent.participant, parent.withdrawn_on, command.occurred_at or at, protocol.study.zone)
    draft = _child(command, parents, protocol)
    draws = _draws(command, parents, protocol, draft)

    donor = Donor(first.participant_id, first.study_id, first.participant)
    used = used_labels(session, first.participant_id, first.timepoint)
    ids = take_ids(session, 2 * command.count + len(parents))
    shares = [_parents_of_tube(parents, draws, command.count, index) for index in range(command.count)]
    of_share = {share: replace(draft, parents=share) for share in set(shares)}
    drafts = _with_codes([of_share[share] for share in shares], command.barcodes, reserved)
    writing = Writing(donor, first.collection_id, protocol, occurred_at, ids, drafts)
    acts = [
        (parent.history, _aliquoted(draft, command.count, parent, drawn, occurred_at)) for parent, drawn in zip(parents, draws, strict=True)
    ]
    write_derived_tubes(session, writing, used, acts, actor=actor, at=at)
    write_projections(
        session,
        [with_projection(parent, step(projection_of(parent), act.type, act.facts)) for parent, (_, act) in zip(parents, acts, strict=True)],
    )
    return tuple(writing.tubes)


def _check_parents(parents: Sequence[LockedSpecimen], occurred_at: datetime, at: datetime) -> None:
    first = parents[0]
    check_has_happened(occurred_at, at)
    for parent in parents:
        for what in ("participant", "timepoint", "specimen_type"):
            if getattr(parent, what) != getattr(first, what):
                raise NotPoolable(first.barcode, parent.barcode, what.replace("_", " "))
        check_transition(parent.barcode, parent.state, parent.quarantined, EventType.ALIQUOTED)


def _child(command: DeriveAliquots, parents: Sequence[LockedSpecimen], protocol: Protocol) -> Draft:
    first = parents[0]
    type_ = protocol.get_specimen_type(command.specimen_type or first.specimen_type)
    if type_.code != first.specimen_type and first.specimen_type not in type_.derived_from:
        raise NotDerivable(type_.code, first.specimen_type)
    amounts.check_unit(command.unit, type_.code, type_.dimension)
    purpose = command.purpose if command.purpose in (None, RESERVE) else protocol.get_assay(command.purpose).code
    thaws = [parent.thaw_count for parent in parents]
    kinds = {parent.container_kind for parent in parents}
    return Draft(
        specimen_type=type_.code,
        form=SpecimenForm.ALIQUOT if type_.code == first.specimen_type else SpecimenForm.DERIVATIVE,
        timepoint=first.timepoint,
        unit=command.unit,
        amount=amounts.to_base_of_something(command.amount, command.unit),
        state=SpecimenState.RECEIVED,
        thaw_count=None if None in thaws else max(thaw for thaw in thaws if thaw is not None),
        container_kind=kinds.pop() if len(kinds) == 1 else None,
        purpose=purpose,
        flags=tuple(sorted({flag for parent in parents for flag in parent.flags})),
    )


def _draws(command: DeriveAliquots, parents: Sequence[LockedSpecimen], protocol: Protocol, draft: Draft) -> list[int | None]:
    """How much each parent gives in all; None where a derivative is made and nobody measured it."""
    draws: list[int | None]
    if draft.form is SpecimenForm.ALIQUOT:
        assert draft.amount is not None
        draws = list(shares_of(draft.amount * command.count, [parent.amount for parent in parents]))
    elif command.parent_amount is None:
        draws = [None] * len(parents)
    else:
        draws = [amounts.to_base(command.parent_amount, parent.unit) for parent in parents]
    for parent, drawn in zip(parents, draws, strict=True):
        if drawn is not None:
            check_enough(parent.barcode, parent.amount, drawn, parent.unit)
    return draws


def _with_codes(drafts: list[Draft], barcodes: Sequence[str], reserved: Mapping[str, ReservedTube]) -> list[Draft]:
    """The tubes with the codes that stand on them."""
    if not barcodes:
        return drafts
    codes = [normalise_code(barcode) for barcode in barcodes]
    return [with_reserved(replace(draft, given_code=code), reserved) for draft, code in zip(drafts, codes, strict=True)]


def _parents_of_tube(parents: Sequence[LockedSpecimen], draws: Sequence[int | None], count: int, index: int) -> tuple[Parent, ...]:
    """Each tube's share of what each parent gave: whole base units, the remainder in the first tubes."""
    return tuple(
        Parent(parent.id, parent.barcode, None if drawn is None else drawn // count + (index < drawn % count))
        for parent, drawn in zip(parents, draws, strict=True)
    )


def _aliquoted(draft: Draft, count: int, parent: LockedSpecimen, drawn: int | None, occurred_at: datetime) -> Act:
    facts: dict[str, Json] = {"drawn": drawn, "unit": parent.unit, "count": count, "specimen_type": draft.specimen_type}
    return Act(type=EventType.ALIQUOTED, occurred_at=occurred_at, facts=facts)
