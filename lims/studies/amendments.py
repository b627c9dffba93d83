"""A study's protocol comes in: the first version makes the study, every later one is an amendment."""

import hashlib
from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from lims.accounts.vocabulary import Actor
from lims.custody.service import append, begin_histories, lock_histories
from lims.custody.vocabulary import Act, EventType, History, SubjectKind
from lims.db import take_ids, violated_constraint
from lims.studies import protocol_file
from lims.studies.errors import LoadedMeanwhile, StillInUse, VersionTaken
from lims.studies.models import Participant, ProtocolVersion, Study, Treatment
from lims.studies.protocol import Protocol
from lims.studies.queries import LOADING
from lims.studies.shipped import SHIPPED
from lims.studies.vocabulary import LoadedProtocol


def load_protocol(session: Session, text: str, name: str, *, actor: Actor, at: datetime) -> LoadedProtocol:
    """Take a protocol file in; ``name`` is what the file is called in messages.

    What was collected keeps the version it was collected under. The very same text again changes nothing.

    :raises ProtocolFileError: the file has faults; all are told.
    :raises VersionTaken: another text was loaded under that version.
    :raises StillInUse: it drops a cohort or a treatment that participants have.
    """
    source = text.removeprefix("\ufeff").replace("\r\n", "\n")
    protocol = protocol_file.load_protocol(source, name)
    sha256 = hashlib.sha256(source.encode()).hexdigest()
    study_id = session.execute(select(Study.id).where(Study.code == protocol.study.code)).scalar_one_or_none()
    history = _begin_study(session, protocol) if study_id is None else lock_histories(session, [study_id])[study_id]
    known = _version(session, history.subject_id, protocol.version)
    if known is not None:
        version_id, known_sha256 = known
        if known_sha256 != sha256:
            raise VersionTaken(protocol.study.code, protocol.version)
        return LoadedProtocol(study_id=history.subject_id, version_id=version_id, version=protocol.version, is_new=False)
    _check_nothing_is_dropped(session, history.subject_id, protocol)

    version_id = take_ids(session)[0]
    _write(session, history.subject_id, version_id, protocol, source, sha256, at)
    facts = {"version": protocol.version, "protocol_version_id": version_id, "sha256": sha256, "file": name}
    append(session, history, Act(type=EventType.PROTOCOL_LOADED, occurred_at=at, facts=facts), actor=actor, at=at)
    return LoadedProtocol(study_id=history.subject_id, version_id=version_id, version=protocol.version, is_new=True)


def take_shipped(session: Session, code: str, *, actor: Actor, at: datetime) -> LoadedProtocol | None:
    """Take in the protocol that travels with the service where the study goes by an earlier text of it; its own text is left alone."""
    goes_by = select(ProtocolVersion.sha256).join(Study, Study.current_protocol_id == ProtocolVersion.id).where(Study.code == code)
    current = session.execute(goes_by).scalar_one_or_none()
    if not any(current in texts for (study, _), texts in SHIPPED.items() if study == code):
        return None
    loaded = load_protocol(session, protocol_file.shipped_protocol(code), f"{code.lower()}.toml", actor=actor, at=at)
    return loaded if loaded.is_new else None


def _begin_study(session: Session, protocol: Protocol) -> History:
    study_id = take_ids(session)[0]
    history = begin_histories(session, SubjectKind.STUDY, [study_id])[0]
    facts = protocol.study
    try:
        session.execute(insert(Study).values(id=study_id, code=facts.code, title=facts.title, time_zone=facts.time_zone))
    except IntegrityError as error:
        if violated_constraint(error) == "uq_study_code":
            raise LoadedMeanwhile(facts.code) from error
        raise
    return history


def _version(session: Session, study_id: int, version: str) -> tuple[int, str] | None:
    wanted = select(ProtocolVersion.id, ProtocolVersion.sha256)
    row = session.execute(wanted.where(ProtocolVersion.study_id == study_id, ProtocolVersion.version == version)).one_or_none()
    return None if row is None else (row.id, row.sha256)


def _check_nothing_is_dropped(session: Session, study_id: int, protocol: Protocol) -> None:
    cohorts = session.execute(select(Participant.cohort).where(Participant.study_id == study_id).distinct()).scalars()
    _check_kept("cohort", cohorts, {cohort.code for cohort in protocol.cohorts})
    given = select(Treatment.kind).join(Participant, Participant.id == Treatment.participant_id)
    kinds = session.execute(given.where(Participant.study_id == study_id).distinct()).scalars()
    _check_kept("treatment", kinds, {treatment.kind for treatment in protocol.treatments})


def _check_kept(what: str, used: Iterable[str], kept: set[str]) -> None:
    if dropped := sorted(set(used) - kept):
        raise StillInUse(what, dropped)


def _write(session: Session, study_id: int, version_id: int, protocol: Protocol, source: str, sha256: str, at: datetime) -> None:
    row = {"id": version_id, "study_id": study_id, "version": protocol.version, "source": source, "sha256": sha256, "loaded_at": at}
    session.execute(insert(ProtocolVersion).values(row))
    session.info.setdefault(LOADING, set()).add(version_id)
    facts = protocol.study
    now = {"title": facts.title, "time_zone": facts.time_zone, "current_protocol_id": version_id}
    session.execute(update(Study).where(Study.id == study_id).values(now))
