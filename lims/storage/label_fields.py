"""What a label says of a tube or a container: the named fields that templates may use."""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from lims.errors import InvalidInput
from lims.specimens.amounts import in_words
from lims.specimens.errors import ConsentWithdrawn
from lims.storage.queries import get_container
from lims.storage.tubes import Tube, get_tubes
from lims.storage.ways import container_path
from lims.studies.queries import protocol_of_version


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
    return [_tube_fields(session, tube) for tube in tubes]


def container_fields(session: Session, barcodes: Sequence[str]) -> list[dict[str, str]]:
    """For each container, in the order given, what its label says."""
    found = [get_container(session, barcode) for barcode in barcodes]
    ways = {each.id: container_path(session, each.id) for each in found}
    return [
        {"barcode": each.barcode, "name": each.name, "type": each.type, "path": " / ".join(step.name for step in ways[each.id])}
        for each in found
    ]


def _tube_fields(session: Session, tube: Tube) -> dict[str, str]:
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
