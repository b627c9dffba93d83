"""What the templates of the gallery are drawn with: the newest tube, container and kit there are, or a made-up one."""

from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from lims.db import table_of
from lims.ids import Prefix, check_character
from lims.kits.labels import sheet_fields
from lims.kits.queries import KitFilter, get_kit, list_kits
from lims.labels.template_parts import Template
from lims.specimens.models import Specimen
from lims.storage.label_fields import label_fields
from lims.storage.models import Container
from lims.studies.models import Participant
from lims.studies.queries import protocol_of_version
from lims.web.study_here import StudyHere

_BODY = "3WJWJD"
_MADE_UP: Mapping[str, Mapping[str, str]] = {
    "specimen": {
        "barcode": "",
        "label": "ILDR02-L07-PRE-STL-03",
        "participant": "L07",
        "timepoint": "PRE",
        "side": "pre",
        "specimen_type": "stool",
        "amount": "200 mg",
        "collected_on": "2026-08-21",
        "study": "ILDR-02",
        "ordinal": "3/4",
    },
    "container": {"barcode": "", "name": "B-0117", "type": "9 × 9 box", "path": "F2 / Rack 5"},
    "form": {
        "code": "L07PRE",
        "title": "ILDR-02 · L07 · PRE",
        **{f"line{n}": text for n, text in enumerate(("Stool, 4 tubes", "Blood, EDTA", "Blood, serum", "", "", ""), 1)},
    },
}


def sample_of(session: Session, template: Template, study: StudyHere) -> dict[str, str]:
    """What a template of the gallery says: real where there is something real that has not been withdrawn."""
    if template.subject == "form":
        return made_up(template) | _of_newest_kit(session, study)
    newest = _newest(session, template, study.id)
    return made_up(template) | (label_fields(session, template.subject, [newest])[0] if newest else {})


def made_up(template: Template) -> dict[str, str]:
    """A label of nothing that exists."""
    known = dict.fromkeys((*_MADE_UP.get(template.subject, {}), template.symbol_field), "") | dict(_MADE_UP.get(template.subject, {}))
    prefix = Prefix.CONTAINER if template.subject == "container" else Prefix.SPECIMEN
    return known | {template.symbol_field: known[template.symbol_field] or prefix + _BODY + check_character(prefix + _BODY)}


def _of_newest_kit(session: Session, study: StudyHere) -> dict[str, str]:
    newest = next((kit for kit in list_kits(session, KitFilter(study=study.code)) if kit.withdrawn_on is None), None)
    if newest is None:
        return {}
    return sheet_fields(get_kit(session, newest.barcode), protocol_of_version(session, newest.protocol_version_id))


def _newest(session: Session, template: Template, study_id: int) -> str | None:
    if template.subject == "specimen":
        tubes = select(Specimen.barcode).join(Participant, Participant.id == Specimen.participant_id)
        wanted = tubes.where(Specimen.study_id == study_id, Participant.withdrawn_on.is_(None)).order_by(Specimen.id.desc())
        return session.execute(wanted.limit(1)).scalar_one_or_none()
    if template.subject == "container":
        of = table_of(Container).c
        small = of.type.startswith("box") if template.stock.height_mm < 40 else ~of.type.startswith("box")
        newest = select(of.barcode).where(of.closed_at.is_(None)).order_by(small.desc(), of.id.desc())
        return session.execute(newest.limit(1)).scalar_one_or_none()
    return None
