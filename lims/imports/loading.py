"""A row that was understood becomes the laboratory's own acts: what a person would do with it, by the same verbs."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from sqlalchemy.orm import Session

from lims.accounts.vocabulary import Actor
from lims.ids import normalise_code
from lims.imports.reasons import RowRefused, mark, marks
from lims.imports.vocabulary import InventoryEntry, MappedRow, Outcome, PlaceStep, RosterEntry, RowFinding
from lims.kits.collecting import register_collection
from lims.sentences import Sentence
from lims.specimens.queries import collected_times
from lims.specimens.registration import register_existing_tube
from lims.specimens.vocabulary import RegisterCollection, RegisterExistingTube
from lims.storage.containers import create_container
from lims.storage.queries import find_child
from lims.storage.records import ContainerRecord
from lims.storage.rules import remarks_on
from lims.storage.service import place_specimen
from lims.storage.vocabulary import CreateContainer, PlaceSpecimen
from lims.studies.protocol import Protocol
from lims.studies.queries import by_kind, find_participant, get_participant_by_external_id, treatments_of
from lims.studies.service import enrol_participant, record_consent, record_treatment, take_off_study
from lims.studies.vocabulary import ConsentKind, ParticipantFacts, RecordConsent, Recorded, RecordTreatment, StudyRecord


@dataclass(slots=True)
class Work:
    """One run over a file: on whose behalf, and what has become of it so far. ``lines``: where each code stands that was loaded."""

    study: StudyRecord
    protocol: Protocol
    actor: Actor
    at: datetime
    lines: dict[str, int] = field(default_factory=dict)
    containers: dict[tuple[PlaceStep, ...], ContainerRecord] = field(default_factory=dict)
    our_codes: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a row became; ``is_new`` is false where everything it says was there."""

    subject_id: int
    findings: tuple[RowFinding, ...]
    is_new: bool = True
    containers: Mapping[tuple[PlaceStep, ...], ContainerRecord] = field(default_factory=dict)


def load_row(session: Session, row: MappedRow, work: Work) -> Loaded:
    """Do what a row asks for.

    :raises LimsError: it cannot be done, or may not be; the caller rolls back to before the row.
    """
    command = row.command
    if isinstance(command, RosterEntry):
        return _load_participant(session, row, command, work)
    if isinstance(command, RegisterCollection):
        command = replace(command, study=command.study or work.study.code)
        registered = register_collection(session, command, actor=work.actor, at=work.at)
        return Loaded(registered.id, marks(row, registered.warnings, work.protocol))
    return _load_tube(session, row, command, work)


def code_of(row: MappedRow) -> str | None:
    """The code that the row's tube came with."""
    return normalise_code(row.says["barcode"]) if "barcode" in row.says else None


def _load_participant(session: Session, row: MappedRow, entry: RosterEntry, work: Work) -> Loaded:
    """Enrol them, or add to what is known of them what the roster now says; what contradicts is refused, not overwritten."""
    command = replace(entry.enrolment, study=work.study.code)
    known = find_participant(session, command.code, work.study.code)
    recorded: list[tuple[str, Recorded]] = []
    if known is None:
        recorded.append(("participant", enrol_participant(session, command, actor=work.actor, at=work.at)))
        known = recorded[0][1].participant
    else:
        _check_agrees(known, row)
    reference = f"{work.study.code}:{known.code}"
    recorded += _load_doses(session, entry, known, reference, work)
    if entry.withdrawn_on is not None and known.withdrawn_on is None:
        consent = RecordConsent(participant=reference, kind=ConsentKind.WITHDRAWN, on=entry.withdrawn_on)
        recorded.append(("withdrawn_on", record_consent(session, consent, actor=work.actor, at=work.at)))
    if entry.leaving is not None and known.off_study_on is None:
        leaving = replace(entry.leaving, participant=reference)
        recorded.append(("off_study_on", take_off_study(session, leaving, actor=work.actor, at=work.at)))
    findings = tuple(each for of, one in recorded for each in _marks_of(row, of, one, work))
    return Loaded(known.id, findings, is_new=bool(recorded))


def _check_agrees(known: ParticipantFacts, row: MappedRow) -> None:
    """What the roster says of somebody who is here must be what is known of them."""
    for of in ("cohort", "sex", "enrolled_on", "consent_on", "carried_over_from", "withdrawn_on", "off_study_on"):
        here, said = getattr(known, of), row.says.get(of)
        may_be_new = of in ("withdrawn_on", "off_study_on") and here is None
        if said is not None and not may_be_new and said != (here.isoformat() if isinstance(here, date) else here):
            raise RowRefused(
                of,
                Sentence(
                    "%(participant)s is here with %(field)s %(here)s. Which is right? A roster changes nothing.",
                    participant=known.code,
                    field=of.removesuffix("_on").replace("_", " "),
                    here=here or Sentence("not said"),
                ),
            )


def _load_doses(session: Session, entry: RosterEntry, known: ParticipantFacts, reference: str, work: Work) -> list[tuple[str, Recorded]]:
    given = by_kind(treatments_of(session, [known.id])[known.id])
    recorded = []
    for dose in entry.doses:
        of, first = f"dose {dose.kind}", next(iter(given.get(dose.kind, ())), None)
        if first is None:
            command = RecordTreatment(participant=reference, kind=dose.kind, given_at=dose.given_at)
            recorded.append((of, record_treatment(session, command, actor=work.actor, at=work.at, collected=collected_times)))
        elif first != dose.given_at:
            there = first.astimezone(known.zone)
            raise RowRefused(
                of,
                Sentence(
                    "%(participant)s had the first %(treatment)s on %(on)s at %(time)s. If that is wrong, correct it there.",
                    participant=known.code,
                    treatment=dose.kind,
                    on=there.date(),
                    time=f"{there:%H:%M}",
                ),
            )
    return recorded


def _marks_of(row: MappedRow, of: str, recorded: Recorded, work: Work) -> list[RowFinding]:
    flags = [(flag, work.protocol.find_nonconformance(flag)) for flag in recorded.flags]
    findings = [mark(row, Outcome.FLAGGED, of, flag, f"{named.name if named else flag}. Kept, and marked.") for flag, named in flags]
    for warning in recorded.warnings:
        where = warning.where if warning.where in row.cells else of
        findings.append(mark(row, Outcome.WARNED, where, "second-look", Sentence("%(why)s.", why=warning.sentence)))
    return findings


def _load_tube(session: Session, row: MappedRow, entry: InventoryEntry, work: Work) -> Loaded:
    """A tube under the code it has, in the hole it is in; containers that are not there yet are made."""
    tube = replace(entry.tube, study=entry.tube.study or work.study.code)
    if entry.participant_system is not None:
        tube = replace(tube, participant=_our_code(session, entry.participant_system, tube, work))
    registered = register_existing_tube(session, tube, actor=work.actor, at=work.at)
    findings = marks(row, registered.warnings, work.protocol)
    specimen = registered.specimens[0]
    if not entry.places:
        return Loaded(specimen.id, findings)
    made = _way_to(session, entry.places, work)
    box = made[entry.places]
    command = PlaceSpecimen(specimen=specimen.barcode, container=box.barcode, position=entry.position, occurred_at=work.at)
    placed = place_specimen(session, command, actor=work.actor, at=work.at)
    return Loaded(specimen.id, findings + marks(row, remarks_on(placed), work.protocol), containers=made)


def _our_code(session: Session, system: str, tube: RegisterExistingTube, work: Work) -> str:
    if tube.participant not in work.our_codes:
        work.our_codes[tube.participant] = get_participant_by_external_id(session, system, tube.participant, tube.study).code
    return work.our_codes[tube.participant]


def _way_to(session: Session, places: tuple[PlaceStep, ...], work: Work) -> dict[tuple[PlaceStep, ...], ContainerRecord]:
    """Every container on the way, outermost first: those known, those found, those made now."""
    way: dict[tuple[PlaceStep, ...], ContainerRecord] = {}
    parent: ContainerRecord | None = None
    for depth in range(1, len(places) + 1):
        steps, step = places[:depth], places[depth - 1]
        here = work.containers.get(steps) or find_child(session, None if parent is None else parent.id, step.name)
        if here is None:
            above = None if parent is None else parent.barcode
            command = CreateContainer(type=step.type, name=step.name, parent=above, temperature_c=step.temperature_c)
            here = create_container(session, command, actor=work.actor, at=work.at)
        way[steps] = parent = here
    return way
