"""Rules of kits: which tubes the protocol puts into one, what may be filled with them, and what is left over. Pure decisions."""

from collections.abc import Collection, Iterable, Sequence

from lims.kits.errors import KitClosed, NothingPlanned, TubeFilledAlready, TubeOfAnotherForm, TubeOfAnotherType, TubeVoid
from lims.kits.vocabulary import KitState, KitTubeRecord, PlannedTube, TubeState
from lims.specimens.amounts import to_base
from lims.specimens.vocabulary import SpecimenForm
from lims.studies.protocol import UNIT_DIMENSIONS, AliquotPlan, CollectionPlan, Protocol


def planned_tubes(protocol: Protocol, timepoint: str | None, specimen_types: Collection[str] = ()) -> list[PlannedTube]:
    """The tubes of a kit in the order of the work: all that is taken from the participant, then what is made of each.

    :param timepoint: None where it is open: then whatever is taken at any timepoint.
    :raises UnknownCode: no such timepoint or type.
    :raises NothingPlanned: the protocol takes nothing then, or not that.
    """
    plans = _plans(protocol, timepoint, specimen_types)
    made = [(plan, aliquots) for plan in plans if plan.divided for aliquots in _aliquots(plan, timepoint)]
    return [
        *(tube for plan in plans for tube in [_primary(protocol, plan)] * plan.tubes),
        *(tube for plan, aliquots in made for tube in [_aliquot(plan, aliquots)] * aliquots.count),
    ]


def check_open(kit: str, state: KitState) -> None:
    """
    :raises KitClosed: nothing of it waits to be filled.
    """
    if state is not KitState.MADE:
        raise KitClosed(kit, state)


def check_may_be_filled(tube: KitTubeRecord, kit: str, form: SpecimenForm, specimen_type: str) -> None:
    """
    :raises TubeVoid: the kit was closed without it.
    :raises TubeFilledAlready: something is in it.
    :raises TubeOfAnotherType: it is labelled for another material.
    :raises TubeOfAnotherForm: it is labelled for what is made in the laboratory, or for what is taken from the participant.
    """
    if tube.state is TubeState.VOID:
        raise TubeVoid(tube.barcode, kit)
    if tube.state is TubeState.USED:
        raise TubeFilledAlready(tube.barcode, kit)
    if tube.specimen_type != specimen_type:
        raise TubeOfAnotherType(tube.barcode, tube.specimen_type, specimen_type)
    if tube.form is not form:
        raise TubeOfAnotherForm(tube.barcode, kit, tube.form)


def left_over(tubes: Sequence[KitTubeRecord], filled: Collection[int]) -> list[KitTubeRecord]:
    """What nobody will fill any more once these were, if nothing more is to come: the others that were to be filled in the same step,
    and what would have been made of tubes that are not there."""
    taken = any(tube.id in filled and tube.form is SpecimenForm.PRIMARY for tube in tubes)
    sources = {
        tube.specimen_type for tube in tubes if tube.form is SpecimenForm.PRIMARY and (tube.id in filled or tube.state is TubeState.USED)
    }
    made = {(tube.made_of, tube.specimen_type) for tube in tubes if tube.id in filled and tube.form is SpecimenForm.ALIQUOT}

    def is_left(tube: KitTubeRecord) -> bool:
        if tube.state is not TubeState.READY or tube.id in filled:
            return False
        if tube.form is SpecimenForm.PRIMARY:
            return taken
        return (tube.made_of, tube.specimen_type) in made or (taken and tube.made_of not in sources)

    return [tube for tube in tubes if is_left(tube)]


def state_after(states: Iterable[TubeState]) -> KitState:
    """How a kit stands whose tubes stand so."""
    found = set(states)
    if TubeState.READY in found:
        return KitState.MADE
    return KitState.USED if TubeState.USED in found else KitState.VOID


def _plans(protocol: Protocol, timepoint: str | None, specimen_types: Collection[str]) -> list[CollectionPlan]:
    wanted = {protocol.get_collection_plan(type_).specimen_type for type_ in specimen_types}
    planned = protocol.collections if timepoint is None else protocol.plans_at(protocol.get_timepoint(timepoint).code)
    if not planned:
        raise NothingPlanned(timepoint or "")
    for specimen_type in specimen_types:
        if specimen_type not in {plan.specimen_type for plan in planned}:
            raise NothingPlanned(timepoint or "", specimen_type)
    return [plan for plan in planned if not wanted or plan.specimen_type in wanted]


def _aliquots(plan: CollectionPlan, timepoint: str | None) -> Sequence[AliquotPlan]:
    return plan.aliquots if timepoint is None else plan.aliquots_at(timepoint)


def _primary(protocol: Protocol, plan: CollectionPlan) -> PlannedTube:
    dimension = protocol.get_specimen_type(plan.specimen_type).dimension
    unit = plan.unit or next(unit for unit, measured in UNIT_DIMENSIONS.items() if measured is dimension)
    amount = None if plan.volume is None else to_base(plan.volume, unit)
    return PlannedTube(specimen_type=plan.specimen_type, container_kind=plan.container, amount=amount, unit=unit)


def _aliquot(plan: CollectionPlan, aliquots: AliquotPlan) -> PlannedTube:
    return PlannedTube(
        specimen_type=aliquots.specimen_type,
        made_of=plan.specimen_type,
        purpose=aliquots.purpose,
        container_kind=aliquots.container,
        amount=to_base(aliquots.amount, aliquots.unit),
        unit=aliquots.unit,
    )
