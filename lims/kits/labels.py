"""Labels of kits: of each tube before it is filled, and of the kit itself; what they say, and asking for them.

A tube of a kit has no human label yet: its number among its kind is given when it is filled. Its label says the kit and the line instead.
"""

from collections import Counter
from collections.abc import Sequence

from sqlalchemy.orm import Session

from lims.custody import service as custody
from lims.custody.vocabulary import SubjectKind
from lims.ids import in_fours, normalise_code
from lims.kits import rules
from lims.kits.errors import TubeVoid
from lims.kits.queries import kits_by_codes
from lims.kits.vocabulary import Kit, KitTubeRecord, TubeState
from lims.labels.template_parts import TEMPLATE_FIELDS, Template
from lims.printing.subjects import wanted_for as wanted_for_others
from lims.printing.vocabulary import LabelWanted
from lims.specimens.amounts import in_words
from lims.specimens.errors import ConsentWithdrawn
from lims.specimens.vocabulary import SpecimenForm
from lims.studies.protocol import Protocol
from lims.studies.queries import protocol_of_version

LINES = sum(field.startswith("line") for field in TEMPLATE_FIELDS["form"])
"""How many lines of text a form has."""


def wanted_and_held(session: Session, template: Template, barcodes: Sequence[str]) -> list[LabelWanted]:
    """What :func:`wanted_for` says, to be printed in this transaction: no kit of it is closed meanwhile. Raises the same."""
    found = kits_by_codes(session, [normalise_code(barcode) for barcode in barcodes])
    if found:
        custody.lock_histories(session, {kit.summary.id for kit, _ in found.values()})
    return wanted_for(session, template, barcodes)


def wanted_for(session: Session, template: Template, barcodes: Sequence[str]) -> list[LabelWanted]:
    """The labels wanted for these codes, in the order given: a kit's for all its tubes that wait, or on a form for the kit itself; a tube
    of a kit before it is filled; and whatever else has labels. One statement more than for those, and two where there are kits.

    :raises KitClosed: nothing of the kit waits to be filled.
    :raises TubeVoid: the kit was closed without the tube.
    :raises ConsentWithdrawn: from that day nothing of the participant is printed.
    """
    codes = [normalise_code(barcode) for barcode in barcodes]
    found = kits_by_codes(session, codes)
    others = [code for code in codes if code not in found or _is_filled(found[code][1])]
    of_others = iter(wanted_for_others(session, template, others) if others else ())
    wanted: list[LabelWanted] = []
    for code in codes:
        wanted += [next(of_others)] if code in others else _of_kit(session, template, *found[code])
    return wanted


def sheet_fields(kit: Kit, protocol: Protocol) -> dict[str, str]:
    """What a form says of a kit: whose it is, and what is taken from the participant, to be ticked line by line."""
    lines = [_line(kit, protocol, type_, count) for type_, count in _count(kit, SpecimenForm.PRIMARY).items()]
    if len(lines) > LINES:
        lines[LINES - 1 :] = [f"… {len(lines) - LINES + 1} more: see the kit's page."]
    texts = {f"line{number}": text for number, text in enumerate([*lines, *[""] * LINES][:LINES], start=1)}
    return {"code": kit.summary.barcode, "title": _title(kit), **texts}


def _is_filled(tube: KitTubeRecord | None) -> bool:
    return tube is not None and tube.state is TubeState.USED


def _of_kit(session: Session, template: Template, kit: Kit, tube: KitTubeRecord | None) -> Sequence[LabelWanted]:
    of_kit = kit.summary
    if of_kit.withdrawn_on is not None:
        raise ConsentWithdrawn(of_kit.participant or "", of_kit.withdrawn_on)
    protocol = protocol_of_version(session, of_kit.protocol_version_id)
    if tube is not None:
        if tube.state is TubeState.VOID:
            raise TubeVoid(tube.barcode, of_kit.barcode)
        return [_wanted(kit, tube, protocol)]
    rules.check_open(of_kit.barcode, of_kit.state)
    if template.subject == "form":
        return [_wanted_of(kit, of_kit.id, SubjectKind.KIT, of_kit.barcode, sheet_fields(kit, protocol))]
    return [_wanted(kit, each, protocol) for each in kit.tubes_that_are(TubeState.READY)]


def _wanted(kit: Kit, tube: KitTubeRecord, protocol: Protocol) -> LabelWanted:
    return _wanted_of(kit, tube.id, SubjectKind.SPECIMEN, tube.barcode, tube_fields(kit, tube, protocol))


def _wanted_of(kit: Kit, id_: int, kind: SubjectKind, barcode: str, fields: dict[str, str]) -> LabelWanted:
    return LabelWanted(subject_id=id_, kind=kind, barcode=barcode, fields=fields, participant_id=kit.summary.participant_id)


def tube_fields(kit: Kit, tube: KitTubeRecord, protocol: Protocol) -> dict[str, str]:
    """What the label of a tube says before it is filled."""
    type_ = protocol.find_specimen_type(tube.specimen_type)
    timepoint = protocol.find_timepoint(kit.summary.timepoint or "")
    alike = [each.id for each in kit.tubes if (each.specimen_type, each.form) == (tube.specimen_type, tube.form)]
    return {
        "barcode": tube.barcode,
        "label": f"{kit.summary.barcode}-{tube.line:02d}",
        "study": kit.summary.study,
        "participant": kit.summary.participant or in_fours(kit.summary.barcode),
        "timepoint": kit.summary.timepoint or "",
        "side": (timepoint.side or "") if timepoint else "",
        "specimen_type": type_.name if type_ else tube.specimen_type,
        "amount": "" if tube.form is SpecimenForm.PRIMARY or tube.amount is None else in_words(tube.amount, tube.unit),
        "collected_on": "",
        "ordinal": f"{alike.index(tube.id) + 1}/{len(alike)}",
    }


def _title(kit: Kit) -> str:
    whose = kit.summary.participant or "stock"
    return " ".join(each for each in (whose, kit.summary.timepoint, "·", kit.summary.study) if each)


def _count(kit: Kit, form: SpecimenForm, made_of: str | None = None) -> Counter[str]:
    return Counter(tube.specimen_type for tube in kit.tubes if tube.form is form and tube.made_of == made_of)


def _line(kit: Kit, protocol: Protocol, specimen_type: str, count: int) -> str:
    boxes = " ".join(["[  ]"] * min(count, 6))
    made = ", ".join(f"{many} {_name(protocol, type_)}" for type_, many in _count(kit, SpecimenForm.ALIQUOT, specimen_type).items())
    taken = f"{boxes}  {count} × {_name(protocol, specimen_type)}"
    return f"{taken}, into {made}" if made else taken


def _name(protocol: Protocol, specimen_type: str) -> str:
    type_ = protocol.find_specimen_type(specimen_type)
    return type_.name if type_ else specimen_type
