"""Reads of studies: a study and its protocol, participants, what was given to them."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import Row, Select, bindparam, func, select
from sqlalchemy.orm import Session

from lims.db import Database, database_of, table_of
from lims.prepared import PreparedRead
from lims.studies.enrolment import external_id, split_reference
from lims.studies.errors import AmbiguousParticipant, NoStudy, StudyNotNamed, UnknownParticipant, UnknownStudy
from lims.studies.models import ConsentRecord, Participant, ParticipantExternalId, ProtocolVersion, Study, Treatment
from lims.studies.protocol import Protocol
from lims.studies.protocol_errors import nearest
from lims.studies.protocol_file import load_protocol
from lims.studies.vocabulary import Consent, ConsentKind, Dose, ParticipantFacts, StudyRecord

_STUDY, _VERSION, _PARTICIPANT = table_of(Study), table_of(ProtocolVersion), table_of(Participant)
_EXTERNAL_ID, _TREATMENT = table_of(ParticipantExternalId), table_of(Treatment)

PARTICIPANT_COLUMNS = (
    _PARTICIPANT.c.id,
    _PARTICIPANT.c.study_id,
    _STUDY.c.code.label("study_code"),
    _STUDY.c.time_zone,
    _STUDY.c.current_protocol_id.label("protocol_version_id"),
    _PARTICIPANT.c.code,
    _PARTICIPANT.c.cohort,
    _PARTICIPANT.c.sex,
    _PARTICIPANT.c.enrolled_on,
    _PARTICIPANT.c.consent_on,
    _PARTICIPANT.c.withdrawn_on,
    _PARTICIPANT.c.off_study_on,
    _PARTICIPANT.c.carried_over_from,
)
LOADING = "lims.studies.loading"
"""Where a session keeps the ids of protocol versions it has written and not committed."""

_STUDIES = PreparedRead(
    select(
        _STUDY.c.id, _STUDY.c.code, _STUDY.c.title, _STUDY.c.time_zone, _STUDY.c.current_protocol_id.label("protocol_version_id")
    ).order_by(_STUDY.c.code)
)
_PARTICIPANTS: Select[*tuple[Any, ...]] = select(*PARTICIPANT_COLUMNS).join(_STUDY, _STUDY.c.id == _PARTICIPANT.c.study_id)
_BY_CODE = _PARTICIPANTS.where(_PARTICIPANT.c.code == bindparam("code"))
_BY_STUDY_AND_CODE = _BY_CODE.where(func.upper(_STUDY.c.code) == bindparam("study"))
_BY_IDS = PreparedRead(_PARTICIPANTS.where(_PARTICIPANT.c.id.in_(bindparam("ids", expanding=True))))
_BY_EXTERNAL_ID = _PARTICIPANTS.join(_EXTERNAL_ID, _EXTERNAL_ID.c.participant_id == _PARTICIPANT.c.id).where(
    _EXTERNAL_ID.c.system == bindparam("system"), _EXTERNAL_ID.c.value == bindparam("value")
)
_CURRENT = select(func.coalesce(_STUDY.c.current_protocol_id, 0)).where(_STUDY.c.id == bindparam("id"))
_SOURCE = select(_VERSION.c.source).where(_VERSION.c.id == bindparam("id"))
_TREATMENTS = PreparedRead(
    select(_TREATMENT.c.participant_id, _TREATMENT.c.kind, _TREATMENT.c.given_at)
    .where(_TREATMENT.c.participant_id.in_(bindparam("ids", expanding=True)))
    .order_by(_TREATMENT.c.given_at, _TREATMENT.c.id)
)

_PROTOCOLS: WeakKeyDictionary[Database, dict[int, Protocol]] = WeakKeyDictionary()


@dataclass(frozen=True, slots=True, kw_only=True)
class ParticipantFilter:
    """Which participants are wanted; None asks for all."""

    study: str | None = None
    cohort: str | None = None
    code_begins: str | None = None
    withdrawn: bool | None = None


def list_studies(session: Session) -> list[StudyRecord]:
    """Every study, by code."""
    return [StudyRecord(**row._asdict()) for row in _STUDIES.all(session, {})]


def get_study(session: Session, code: str | None = None) -> StudyRecord:
    """The study of that code; None: the only one.

    :raises UnknownStudy: none has that code.
    :raises StudyNotNamed: none was named, and there are several.
    :raises NoStudy: there is none at all.
    """
    studies = list_studies(session)
    if code is not None:
        found = next((study for study in studies if study.code.casefold() == code.strip().casefold()), None)
        if found is None:
            raise UnknownStudy(code, [study.code for study in studies])
        return found
    if not studies:
        raise NoStudy
    if len(studies) > 1:
        raise StudyNotNamed([study.code for study in studies])
    return studies[0]


def current_protocol(session: Session, study_id: int) -> tuple[int, Protocol]:
    """The id and the content of a study's protocol of today."""
    version_id = session.execute(_CURRENT, {"id": study_id}).scalar_one()
    return version_id, protocol_of_version(session, version_id)


def protocol_of_version(session: Session, version_id: int) -> Protocol:
    """A version as it was loaded. Read once a process: the rows are immutable, so this mostly costs no statement."""
    kept = _PROTOCOLS.setdefault(database_of(session), {})
    protocol = kept.get(version_id)
    if protocol is None:
        protocol = load_protocol(session.execute(_SOURCE, {"id": version_id}).scalar_one(), "the protocol kept here")
        if version_id not in session.info.get(LOADING, ()):  # may still be rolled back, and SQLite gives the id anew
            kept[version_id] = protocol
    return protocol


def list_protocols(session: Session, study: str | None = None) -> list[Protocol]:
    """Every version of the protocol of one study, or of all: what was collected under an old one is still asked for.

    :raises UnknownStudy: none has that code.
    """
    wanted = select(_VERSION.c.id).order_by(_VERSION.c.study_id, _VERSION.c.id.desc())
    if study is not None:
        wanted = wanted.where(_VERSION.c.study_id == get_study(session, study).id)
    return [protocol_of_version(session, version_id) for version_id in session.execute(wanted).scalars()]


def find_participant(session: Session, code: str, study: str | None = None) -> ParticipantFacts | None:
    """A participant by code, ``L07`` or ``ILDR-02:L07``.

    :raises AmbiguousParticipant: several studies have that code, and none was named.
    :raises MalformedParticipantCode: it cannot be one.
    """
    study, code = split_reference(code, study)
    return only_one(session.execute(*by_code(study, code)).all(), code)


def get_participant(session: Session, code: str, study: str | None = None) -> ParticipantFacts:
    """
    :raises UnknownParticipant: nobody has that code; the nearest is named.
    """
    found = find_participant(session, code, study)
    if found is None:
        raise unknown_participant(session, code, study)
    return found


def by_code(study: str | None, code: str) -> tuple[Select[*tuple[Any, ...]], dict[str, str]]:
    """The statement that looks up a participant, and what it is given."""
    return (_BY_CODE, {"code": code}) if study is None else (_BY_STUDY_AND_CODE, {"code": code, "study": study.strip().upper()})


def only_one(rows: Sequence[Row[*tuple[Any, ...]]], code: str) -> ParticipantFacts | None:
    """
    :raises AmbiguousParticipant: several studies have that code.
    """
    if len(rows) > 1:
        raise AmbiguousParticipant(code, sorted(row.study_code for row in rows))
    return as_participant(rows[0]) if rows else None


def as_participant(row: Any) -> ParticipantFacts:
    """The facts in a row that has (also) :data:`PARTICIPANT_COLUMNS`."""
    return ParticipantFacts(**{name: getattr(row, name) for name in ParticipantFacts.__slots__})


def unknown_participant(session: Session, given: str, study: str | None = None) -> UnknownParticipant:
    """Why nobody is found, with the nearest code there is."""
    _, code = split_reference(given, study)
    alike = session.execute(
        select(_PARTICIPANT.c.code).where(_PARTICIPANT.c.code.startswith(code[0], autoescape=True)).limit(1000)
    ).scalars()
    return UnknownParticipant(given.strip(), nearest(code, list(alike)))


def get_participant_by_external_id(session: Session, system: str, value: str, study: str | None = None) -> ParticipantFacts:
    """The participant whom another study or register calls ``value``.

    :raises UnknownParticipant: nobody here is called that there.
    """
    rows = session.execute(_BY_EXTERNAL_ID, {"system": external_id(system), "value": external_id(value)}).all()
    found = only_one([row for row in rows if study is None or row.study_code.casefold() == study.strip().casefold()], value)
    if found is None:
        raise UnknownParticipant(value.strip())
    return found


def external_ids_of(session: Session, participant_ids: Iterable[int]) -> dict[int, list[tuple[str, str]]]:
    """What other studies and registers call them: (system, value)."""
    columns = _EXTERNAL_ID.c.participant_id, _EXTERNAL_ID.c.system, _EXTERNAL_ID.c.value
    wanted = select(*columns).where(_EXTERNAL_ID.c.participant_id.in_(list(participant_ids))).order_by(*columns)
    found: dict[int, list[tuple[str, str]]] = defaultdict(list)
    for participant_id, system, value in session.execute(wanted):
        found[participant_id].append((system, value))
    return found


def participants_by_id(session: Session, participant_ids: Iterable[int]) -> dict[int, ParticipantFacts]:
    """Several participants, in one statement."""
    rows = _BY_IDS.all(session, {"ids": list(participant_ids)})
    return {row.id: as_participant(row) for row in rows}


def list_participants(
    session: Session, wanted: ParticipantFilter, *, after: tuple[str, int] | None = None, limit: int = 100
) -> list[ParticipantFacts]:
    """Participants by code, a page at a time; ``after`` is the (code, id) of the last one seen."""
    statement = _PARTICIPANTS.order_by(_PARTICIPANT.c.code, _PARTICIPANT.c.id).limit(limit)
    if wanted.study is not None:
        statement = statement.where(func.upper(_STUDY.c.code) == wanted.study.strip().upper())
    if wanted.cohort is not None:
        statement = statement.where(_PARTICIPANT.c.cohort == wanted.cohort)
    if wanted.code_begins:
        statement = statement.where(_PARTICIPANT.c.code.startswith(wanted.code_begins.strip().upper(), autoescape=True))
    if wanted.withdrawn is not None:
        statement = statement.where(_PARTICIPANT.c.withdrawn_on.is_not(None) if wanted.withdrawn else _PARTICIPANT.c.withdrawn_on.is_(None))
    if after is not None:
        code, participant_id = after
        statement = statement.where((_PARTICIPANT.c.code > code) | ((_PARTICIPANT.c.code == code) & (_PARTICIPANT.c.id > participant_id)))
    return [as_participant(row) for row in session.execute(statement)]


def count_in_cohorts(session: Session, study_id: int) -> dict[str, int]:
    """How many places of each cohort are taken; whoever left or withdrew keeps theirs."""
    wanted = select(_PARTICIPANT.c.cohort, func.count()).where(_PARTICIPANT.c.study_id == study_id).group_by(_PARTICIPANT.c.cohort)
    return {row[0]: row[1] for row in session.execute(wanted)}


def treatments_of(session: Session, participant_ids: Iterable[int]) -> dict[int, tuple[Dose, ...]]:
    """What each was given, the earliest first, in one statement."""
    ids = list(participant_ids)
    doses: dict[int, list[Dose]] = {participant_id: [] for participant_id in ids}
    for row in _TREATMENTS.all(session, {"ids": ids}) if ids else ():
        doses[row.participant_id].append(Dose(row.kind, row.given_at))
    return {participant_id: tuple(given) for participant_id, given in doses.items()}


def anchor_of(doses: Iterable[Dose], protocol: Protocol) -> datetime | None:
    """When the treatment was given from whose day all days count."""
    return next((dose.given_at for dose in doses if dose.kind == protocol.anchor.kind), None)


def by_kind(doses: Iterable[Dose]) -> Mapping[str, Sequence[datetime]]:
    """The doses as the rules take them: for each kind its instants, the earliest first."""
    instants: dict[str, list[datetime]] = defaultdict(list)
    for dose in sorted(doses, key=lambda dose: dose.given_at):
        instants[dose.kind].append(dose.given_at)
    return instants


def list_consents(session: Session, participant_id: int) -> list[Consent]:
    """What a participant said, in the order it was recorded."""
    wanted = select(ConsentRecord.kind, ConsentRecord.on, ConsentRecord.reason)
    rows = session.execute(
        wanted.where(ConsentRecord.participant_id == participant_id).order_by(ConsentRecord.recorded_at, ConsentRecord.id)
    )
    return [Consent(ConsentKind(kind), on, reason) for kind, on, reason in rows]
