"""What must hold between the sections of a protocol file, once each has been read.

Runs even where a section has faults of its own, so that all are told at once: what could not be resolved there is passed over.
"""

from collections.abc import Iterator
from itertools import product

from lims.studies.protocol import Protocol
from lims.studies.protocol_tables import Reading
from lims.studies.protocol_words import RESERVE, UNIT_DIMENSIONS, AliquotPlan, Assay, CollectionPlan, ComputedFlag, Side
from lims.toml_lines import Path

UNIQUE = (
    ("cohort", "code"),
    ("cohort", "letter"),
    ("treatment", "code"),
    ("timepoint", "code"),
    ("storage", "code"),
    ("container", "code"),
    ("specimen_type", "code"),
    ("specimen_type", "short"),
    ("collection", "specimen_type"),
    ("assay", "code"),
    ("nonconformance", "code"),
    ("not_collected", "code"),
    ("earlier_study", "code"),
)


def check_protocol(protocol: Protocol, reading: Reading) -> None:
    """Note every fault between sections."""
    for section, key in UNIQUE:
        _check_unique(reading, section, key)
    if reading.is_sound("timepoint", "specimen_type", "collection", "assay"):
        _check_both_sides(protocol, reading)
    _check_container_words(protocol, reading)
    _check_one_anchor(protocol, reading)
    for place, plan in enumerate(protocol.collections):
        _check_collection(protocol, reading, plan, ("collection", place))
    for place, assay in enumerate(protocol.assays):
        for code in assay.fed_by:
            _check_unit(protocol, reading, assay.unit, code, ("assay", place, "unit"))
    _check_flags(protocol, reading)


def _check_unique(reading: Reading, section: str, key: str) -> None:
    first: dict[str, int] = {}
    for place, row in enumerate(reading.raw_rows(section)):
        value = row.get(key)
        if isinstance(value, str) and first.setdefault(value.casefold(), place) != place:
            kind = section.replace("_", " ")
            line = reading.lines.line((section, first[value.casefold()], key))
            reading.fault((section, place, key), f'{key} "{value}" of this {kind} is taken by the {kind} on line {line}.')


def _check_container_words(protocol: Protocol, reading: Reading) -> None:
    """A word on a tube names one kind of container."""
    for place, kind in enumerate(protocol.containers):
        for which, word in enumerate(kind.also_called):
            other = next((other for other in protocol.containers if other is not kind and other.is_called(word)), None)
            if other is not None:
                path = ("container", place, "also_called", which)
                reading.fault(path, f'also_called of container "{kind.code}" has "{word}", which names "{other.code}".')


def _check_one_anchor(protocol: Protocol, reading: Reading) -> None:
    anchors = [place for place, treatment in enumerate(protocol.treatments) if treatment.anchor]
    if protocol.treatments and not anchors:
        reading.fault(("treatment",), "No treatment is the anchor; write anchor = true in the one that all days count from.")
    for place in anchors[1:]:
        line = reading.lines.line(("treatment", anchors[0], "anchor"))
        reading.fault(("treatment", place, "anchor"), f"There is one anchor treatment, and it stands on line {line}.")


def _check_collection(protocol: Protocol, reading: Reading, plan: CollectionPlan, path: Path) -> None:
    material = protocol.find_specimen_type(plan.specimen_type)
    if material is not None and not material.primary:
        sentence = f'collection "{plan.specimen_type}" is of a type that is derived; only primary types are collected.'
        reading.fault((*path, "specimen_type"), sentence)
    _check_unit(protocol, reading, plan.unit, plan.specimen_type, (*path, "unit"))
    made = {plan.specimen_type, *(aliquot.specimen_type for aliquot in plan.aliquots)}
    for place, limit in enumerate(plan.limits):
        for code in limit.concerns:
            if protocol.find_specimen_type(code) and code not in made:
                sentence = f'concerns of limit of collection "{plan.specimen_type}" names "{code}", which it does not plan.'
                reading.fault((*path, "limit", place, "concerns"), sentence)
    for place, aliquot in enumerate(plan.aliquots):
        _check_aliquot(protocol, reading, plan, aliquot, (*path, "aliquot", place))


def _check_aliquot(protocol: Protocol, reading: Reading, plan: CollectionPlan, aliquot: AliquotPlan, path: Path) -> None:
    named = f'aliquot "{aliquot.specimen_type}" of collection "{plan.specimen_type}"'
    material = protocol.find_specimen_type(aliquot.specimen_type)
    if material and plan.specimen_type not in {material.code, *material.derived_from} and protocol.find_specimen_type(plan.specimen_type):
        reading.fault((*path, "specimen_type"), f"{named} is not derived from {plan.specimen_type}.")
    _check_unit(protocol, reading, aliquot.unit, aliquot.specimen_type, (*path, "unit"))
    assay = protocol.find_assay(aliquot.purpose) if aliquot.purpose and aliquot.purpose != RESERVE else None
    if assay and assay.fed_by and material and material.code not in assay.fed_by:
        reading.fault((*path, "purpose"), f'{named} is made for assay "{assay.code}", which takes {_listed(assay.fed_by)}.')
    for code in aliquot.timepoints:
        if protocol.find_timepoint(code) and code not in plan.timepoints:
            reading.fault((*path, "timepoints"), f"{named} is planned at {code}, where {plan.specimen_type} is not collected.")


def _check_both_sides(protocol: Protocol, reading: Reading) -> None:
    """A paired assay can be fed on both sides."""
    paired = [(place, assay) for place, assay in enumerate(protocol.assays) if assay.paired]
    for (place, assay), side in product(paired, Side):
        if not protocol.timepoints_of(side):
            why = f"no timepoint is the {side} side"
        elif not _can_be_fed(protocol, assay, side):
            why = f"nothing that feeds it is collected on the {side} side"
        else:
            continue
        reading.fault(("assay", place, "paired"), f'assay "{assay.code}" is paired, and {why}.')


def _can_be_fed(protocol: Protocol, assay: Assay, side: Side) -> bool:
    """Whether a type the assay takes is collected on that side, or made of one that is."""
    collected = {plan.specimen_type for timepoint in protocol.timepoints_of(side) for plan in protocol.plans_at(timepoint.code)}
    seen: set[str] = set()
    waiting = list(assay.fed_by)
    while waiting:
        code = waiting.pop()
        if code in collected:
            return True
        if code not in seen:
            seen.add(code)
            waiting.extend(protocol.get_specimen_type(code).derived_from)
    return False


def _check_unit(protocol: Protocol, reading: Reading, unit: str | None, specimen_type: str, path: Path) -> None:
    material = protocol.find_specimen_type(specimen_type)
    if material is None or unit not in UNIT_DIMENSIONS or UNIT_DIMENSIONS[unit] is material.dimension:
        return
    fitting = [known for known, dimension in UNIT_DIMENSIONS.items() if dimension is material.dimension]
    reading.fault(path, f'unit "{unit}" does not fit {specimen_type}, which is measured by {material.dimension} ({" or ".join(fitting)}).')


def _check_flags(protocol: Protocol, reading: Reading) -> None:
    """The service computes these flags, so the protocol names them; nobody may give a computed flag by hand."""
    if not protocol.nonconformances:
        return
    for flag in ComputedFlag:
        if protocol.find_nonconformance(flag) is None:
            reading.fault(("nonconformance",), f'nonconformance "{flag}" is missing; the service computes it and needs its name.')
    must = {*ComputedFlag, *_flags_of_rules(protocol)}
    rules_are_known = reading.is_sound("treatment", "timepoint", "collection")
    for place, code in enumerate(protocol.nonconformances):
        if code.code in must and not code.computed:
            reading.fault(("nonconformance", place), f'nonconformance "{code.code}" follows from a rule; write computed = true.')
        if code.code not in must and code.computed and rules_are_known:
            path = ("nonconformance", place, "computed")
            reading.fault(path, f'nonconformance "{code.code}" is computed by no rule of this protocol; leave computed out.')


def _flags_of_rules(protocol: Protocol) -> Iterator[str]:
    for treatment in protocol.treatments:
        yield treatment.late_flag or ""
    for timepoint in protocol.timepoints:
        yield from (dose.flag for dose in (timepoint.flag_before, timepoint.flag_after) if dose is not None)
    for plan in protocol.collections:
        for limit in plan.limits:
            yield from (limit.late_flag or "", limit.early_flag or "")


def _listed(codes: tuple[str, ...]) -> str:
    return " or ".join(codes)
