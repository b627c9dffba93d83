"""Reads of a scan: a kit, or a tube of one that is not filled."""

from sqlalchemy.orm import Session

from lims.kits.queries import find_scanned
from lims.kits.vocabulary import KitSummary, KitTubeRecord
from lims.scanning.vocabulary import ScannedKit, ScannedKitTube


def find_of_kit(session: Session, code: str) -> ScannedKit | ScannedKitTube | None:
    """The kit of this code, or the tube of a kit that waits for it or counts no more. One statement where there is none."""
    found = find_scanned(session, code)
    if found is None:
        return None
    kit, tube = found
    return _kit(kit) if tube is None else _tube(kit, tube)


def _kit(kit: KitSummary) -> ScannedKit:
    return ScannedKit(
        id=kit.id,
        barcode=kit.barcode,
        title=" ".join(each for each in (kit.participant or "stock", kit.timepoint) if each),
        study=kit.study,
        participant=kit.participant,
        timepoint=kit.timepoint,
        withdrawn_on=kit.withdrawn_on,
        state=kit.shown_state,
        ready=kit.ready,
        used=kit.used,
        void=kit.void,
    )


def _tube(kit: KitSummary, tube: KitTubeRecord) -> ScannedKitTube:
    return ScannedKitTube(
        id=tube.id,
        barcode=tube.barcode,
        kit=kit.barcode,
        line=tube.line,
        specimen_type=tube.specimen_type,
        form=tube.form,
        participant=kit.participant,
        timepoint=kit.timepoint,
        withdrawn_on=kit.withdrawn_on,
        state=tube.state,
        kit_state=kit.shown_state,
    )
