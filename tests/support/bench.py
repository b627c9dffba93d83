"""A laboratory in one line each: a study with participants, tubes by the dozen, freezers and boxes, and the acts of a bench."""

import itertools
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from lims.accounts.vocabulary import SYSTEM
from lims.custody.vocabulary import Event
from lims.specimens.registration import register_collection, register_existing_tube
from lims.specimens.vocabulary import NewTube, PrimaryTube, RegisterCollection, RegisterExistingTube
from lims.storage.containers import close_container, create_container
from lims.storage.records import ContainerRecord
from lims.storage.service import check_out, move_specimen, place_specimen, remove_specimen, return_specimen
from lims.storage.vocabulary import CheckOut, CloseContainer, CreateContainer, MoveSpecimen, PlaceSpecimen, RemoveSpecimen, ReturnSpecimen
from lims.studies.protocol_file import shipped_protocol
from lims.studies.service import enrol_participant, load_protocol
from lims.studies.vocabulary import EnrolParticipant

NOW = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
_CODES = itertools.count(1)


@dataclass
class Bench:
    """What one person does at the bench, in one session; each act a minute after the last."""

    session: Session
    at: datetime = NOW
    participants: dict[str, str] = field(default_factory=dict)

    def open_study(self) -> "Bench":
        """The protocol of ILDR-02, loaded."""
        load_protocol(self.session, shipped_protocol("ILDR-02"), "ildr-02.toml", actor=SYSTEM, at=self.at)
        return self

    def enrol(self, code: str = "L07") -> str:
        """A participant of the lung cohort."""
        if code not in self.participants:
            command = EnrolParticipant(code=code, cohort="lung", enrolled_on=date(2026, 8, 10), consent_on=date(2026, 8, 8))
            enrol_participant(self.session, command, actor=SYSTEM, at=self.at)
            self.participants[code] = code
        return code

    def tube(self, specimen_type: str = "stool", participant: str = "L07", barcode: str | None = None) -> str:
        """An aliquot in nobody's hole; its barcode."""
        unit, amount = {"pbmc": ("10^6", 5), "plasma": ("uL", 500)}.get(specimen_type, ("mg", 200))
        command = RegisterExistingTube(
            participant=self.enrol(participant),
            timepoint="PRE",
            specimen_type=specimen_type,
            barcode=barcode or f"T-{next(_CODES):06d}",
            amount=Decimal(amount),
            unit=unit,
            frozen_on=date(2026, 9, 1),
        )
        return register_existing_tube(self.session, command, actor=SYSTEM, at=self.at).specimens[0].barcode

    def tubes(self, count: int, **more: Any) -> list[str]:
        """Several of them."""
        return [self.tube(**more) for _ in range(count)]

    def primary(self, specimen_type: str = "stool", participant: str = "L07") -> NewTube:
        """A primary tube with a barcode of ours, collected today."""
        tubes = (PrimaryTube(amount=Decimal(900), unit="mg"),)
        collected_at = self.at - timedelta(hours=1)
        command = RegisterCollection(
            participant=self.enrol(participant), timepoint="PRE", specimen_type=specimen_type, collected_at=collected_at, tubes=tubes
        )
        return register_collection(self.session, command, actor=SYSTEM, at=self.at).specimens[0]

    def container(self, type_: str = "box-9x9", name: str = "B1", parent: ContainerRecord | None = None, **more: Any) -> ContainerRecord:
        """A container in another, or in none."""
        command = CreateContainer(type=type_, name=name, parent=None if parent is None else parent.barcode, **more)
        return create_container(self.session, command, actor=SYSTEM, at=self.at)

    def freezer_box(self, type_: str = "box-9x9", name: str = "B1") -> ContainerRecord:
        """A box in a rack in a shelf in a −80 °C freezer."""
        freezer = self.container("freezer", f"F-{name}")
        return self.container(type_, name, self.container("rack", "R3", self.container("shelf", "S1", freezer)))

    def close(self, container: ContainerRecord) -> Event:
        command = CloseContainer(container=container.barcode, occurred_at=self._next())
        return close_container(self.session, command, actor=SYSTEM, at=self.at)

    def place(self, tube: str, box: ContainerRecord, position: str | None = None) -> Event:
        command = PlaceSpecimen(specimen=tube, container=box.barcode, position=position, occurred_at=self._next())
        return place_specimen(self.session, command, actor=SYSTEM, at=self.at)

    def move(self, tube: str, box: ContainerRecord, position: str | None = None) -> Event:
        command = MoveSpecimen(specimen=tube, container=box.barcode, position=position, occurred_at=self._next())
        return move_specimen(self.session, command, actor=SYSTEM, at=self.at)

    def take_out(self, tube: str, to: str | None = None) -> Event:
        return check_out(self.session, CheckOut(specimen=tube, to=to, occurred_at=self._next()), actor=SYSTEM, at=self.at)

    def put_back(self, tube: str, **where: Any) -> Event:
        return return_specimen(self.session, ReturnSpecimen(specimen=tube, occurred_at=self._next(), **where), actor=SYSTEM, at=self.at)

    def remove(self, tube: str) -> Event:
        return remove_specimen(self.session, RemoveSpecimen(specimen=tube, occurred_at=self._next()), actor=SYSTEM, at=self.at)

    def _next(self) -> datetime:
        self.at += timedelta(minutes=1)
        return self.at
