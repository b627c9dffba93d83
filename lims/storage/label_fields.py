"""What a label says of a tube or a container: the named fields that templates may use."""

from collections.abc import Sequence

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from lims.db import table_of
from lims.errors import InvalidInput
from lims.ids import normalise_code
from lims.labels.models import BoundCode
from lims.specimens.amounts import in_words
from lims.specimens.errors import ConsentWithdrawn
from lims.storage.queries import RECORD_COLUMNS, container_from, unknown_container
from lims.storage.records import ContainerRecord, Step
from lims.storage.tubes import Tube, get_tubes
from lims.storage.ways import container_paths
from lims.studies.queries import protocol_of_version

_CODE, _CONTAINER_ID = table_of(BoundCode).c, RECORD_COLUMNS[0]
_BY_CODES = (
    select(_CODE.code.label("read"), *RECORD_COLUMNS)
    .join(table_of(BoundCode), _CODE.subject_id == _CONTAINER_ID)
    .where(_CODE.code.in_(bindparam("codes", expanding=True)))
)


def label_fields(session: Session, subject: str, barcodes: Sequence[str]) -> list[dict[str, str]]:
    """For each barcode, in the order given, what a label of such a subject says.

    :raises NoSuchSubject: labels of that subject are not drawn from barcodes.
    """
    match subject:
        case "specimen":
            return specimen_fields(session, barcodes)
        case "container":
            return container_fields(session, barcodes)
        case _:
            raise NoSuchSubject(subject)


class NoSuchSubject(InvalidInput):
    """A template that says nothing of a barcode."""

    code = "labels.no-such-subject"

    def __init__(self, subject: str) -> None:
        super().__init__(f"This template is for a {subject}, not for tubes or containers. Choose another.")
        self.subject = subject


def specimen_fields(session: Session, barcodes: Sequence[str]) -> list[dict[str, str]]:
    """For each tube, in the order given, what its label says. One statement.

    :raises ConsentWithdrawn: from that day nothing of the participant is printed.
    """
    tubes = get_tubes(session, barcodes)
    for tube in tubes:
        if tube.withdrawn_on is not None:
            raise ConsentWithdrawn(tube.participant, tube.withdrawn_on)
    return [fields_of_tube(session, tube) for tube in tubes]


def container_fields(session: Session, barcodes: Sequence[str]) -> list[dict[str, str]]:
    """For each container, in the order given, what its label says. Two statements."""
    found = get_containers(session, barcodes)
    ways = container_paths(session, [each.id for each in found])
    return [fields_of_container(each, ways[each.id]) for each in found]


def get_containers(session: Session, reads: Sequence[str]) -> list[ContainerRecord]:
    """Several containers by their codes, in the order given. One statement.

    :raises UnknownContainer: nothing has that code, or something else.
    :raises WrongCheckCharacter: it is a code of ours with a wrong character.
    """
    codes = [normalise_code(read) for read in reads]
    found = {row.read: container_from(row) for row in session.execute(_BY_CODES, {"codes": codes})}
    for code in codes:
        if code not in found:
            raise unknown_container(session, code)
    return [found[code] for code in codes]


def fields_of_container(container: ContainerRecord, way: Sequence[Step]) -> dict[str, str]:
    """What the label of one container says.

    :param way: what it stands in, outermost first, and itself at the end.
    """
    path = " / ".join(step.name for step in way[:-1])
    return {"barcode": container.barcode, "name": container.name, "type": container.kind.name, "path": path}


def fields_of_tube(session: Session, tube: Tube) -> dict[str, str]:
    """What the label of one tube says."""
    protocol = protocol_of_version(session, tube.protocol_version_id)
    type_ = protocol.find_specimen_type(tube.specimen_type)
    collected_at = tube.times.collected_at
    collected_on = collected_at.astimezone(protocol.study.zone).date() if collected_at else tube.frozen_on
    return {
        "barcode": tube.barcode,
        "label": tube.label,
        "study": tube.study,
        "participant": tube.participant,
        "timepoint": tube.timepoint,
        "side": tube.side or "",
        "specimen_type": type_.name if type_ else tube.specimen_type,
        "amount": "" if tube.amount is None else in_words(tube.amount, tube.unit),
        "collected_on": collected_on.isoformat() if collected_on else "",
        "ordinal": str(tube.ordinal),
    }
