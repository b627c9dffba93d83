"""What labels are wanted for: tubes and containers by their codes, and what a label says of each."""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from lims.custody.vocabulary import SubjectKind
from lims.labels.template_parts import Template
from lims.printing.vocabulary import LabelWanted
from lims.specimens.errors import ConsentWithdrawn
from lims.storage.label_fields import NoSuchSubject, fields_of_container, fields_of_tube, get_containers
from lims.storage.tubes import get_tubes
from lims.storage.ways import container_paths


def wanted_for(session: Session, template: Template, barcodes: Sequence[str]) -> list[LabelWanted]:
    """The labels wanted for these things, in the order given. One statement for tubes, two for containers.

    :raises NoSuchSubject: the template says nothing of tubes or containers.
    :raises UnknownSpecimen: as :class:`UnknownContainer`, :class:`WrongCheckCharacter`: a code that names none.
    :raises ConsentWithdrawn: from that day nothing of the participant is printed.
    """
    match template.subject:
        case "specimen":
            return _tubes(session, barcodes)
        case "container":
            return _containers(session, barcodes)
        case _:
            raise NoSuchSubject(template.subject)


def _tubes(session: Session, barcodes: Sequence[str]) -> list[LabelWanted]:
    tubes = get_tubes(session, barcodes)
    for tube in tubes:
        if tube.withdrawn_on is not None:
            raise ConsentWithdrawn(tube.participant, tube.withdrawn_on)
    return [
        LabelWanted(
            subject_id=tube.id,
            kind=SubjectKind.SPECIMEN,
            barcode=tube.barcode,
            fields=fields_of_tube(session, tube),
            participant_id=tube.participant_id,
        )
        for tube in tubes
    ]


def _containers(session: Session, barcodes: Sequence[str]) -> list[LabelWanted]:
    found = get_containers(session, barcodes)
    ways = container_paths(session, [each.id for each in found])
    return [
        LabelWanted(subject_id=each.id, kind=SubjectKind.CONTAINER, barcode=each.barcode, fields=fields_of_container(each, ways[each.id]))
        for each in found
    ]
