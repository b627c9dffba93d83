"""What the register keeps of studies and participants, compared with what their events say."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from lims import clock
from lims.custody.verification import Difference
from lims.custody.vocabulary import Event, EventType, SubjectKind
from lims.db import table_of
from lims.errors import LimsError
from lims.studies.models import ConsentRecord, Participant, ParticipantExternalId, ProtocolVersion, Study, Treatment
from lims.studies.protocol_file import load_protocol
from lims.studies.vocabulary import ConsentKind

_UNREADABLE = (LookupError, TypeError, ValueError, AttributeError)
"""What comes of reading events that were not written by us."""

_KEPT = ("code", "cohort", "sex", "enrolled_on", "consent_on", "withdrawn_on", "off_study_on", "carried_over_from", "study")

Consents = list[tuple[str, date, str | None]]


@dataclass(slots=True)
class Course:
    """A participant as their events leave them; ``doses`` by the id of the treatment's row."""

    says: dict[str, object]
    external_ids: set[tuple[str, str]]
    doses: dict[int, tuple[str, datetime]] = field(default_factory=dict)
    consents: Consents = field(default_factory=list)


def check_participants(session: Session, histories: dict[int, list[Event]]) -> Iterator[Difference]:
    """Every kept column of these participants, their ids elsewhere, doses and consents, against their events."""
    ids = list(histories)
    people, study = table_of(Participant), table_of(Study)
    joined = select(people, study.c.code.label("study")).join(study, study.c.id == people.c.study_id)
    rows = {row.id: row for row in session.execute(joined.where(people.c.id.in_(ids)))}
    external_ids, doses, consents = _external_ids(session, ids), _doses(session, ids), _consents(session, ids)
    for participant_id, events in histories.items():
        row = rows.get(participant_id)
        name = "this participant" if row is None else row.code
        try:
            course = follow_course(events)
            found = [*_columns_differ(row, course)]
            found += _differs("external ids", external_ids[participant_id], course.external_ids)
            found += _differs("doses", doses[participant_id], course.doses)
            found += _differs("consents", sorted(consents[participant_id], key=str), sorted(course.consents, key=str))
        except _UNREADABLE:
            found = ["the events do not fit together"]
        yield from (Difference(SubjectKind.PARTICIPANT, participant_id, f"{name}: {sentence}") for sentence in found)


def check_studies(session: Session, histories: dict[int, list[Event]]) -> Iterator[Difference]:
    """Every protocol version against the hash that was written when it was loaded, and the study against the last."""
    ids = list(histories)
    studies = {row.id: row for row in session.execute(select(table_of(Study)).where(table_of(Study).c.id.in_(ids)))}
    versions: dict[int, dict[int, Any]] = defaultdict(dict)
    table = table_of(ProtocolVersion)
    for row in session.execute(select(table).where(table.c.study_id.in_(ids))):
        versions[row.study_id][row.id] = row
    for study_id, events in histories.items():
        try:
            found = list(_study_differs(studies.get(study_id), versions[study_id], events))
        except (*_UNREADABLE, LimsError):
            found = ["the events do not fit together"]
        yield from (Difference(SubjectKind.STUDY, study_id, sentence) for sentence in found)


def follow_course(events: Sequence[Event]) -> Course:
    """Every event of a participant, in its order."""
    enrolled = events[0].facts
    course = Course(
        says={
            "study": enrolled["study"],
            "code": enrolled["code"],
            "cohort": enrolled["cohort"],
            "sex": enrolled["sex"],
            "enrolled_on": date.fromisoformat(enrolled["enrolled_on"]),
            "consent_on": enrolled["consent_on"] and date.fromisoformat(enrolled["consent_on"]),
            "carried_over_from": enrolled["carried_over_from"],
            "withdrawn_on": None,
            "off_study_on": None,
        },
        external_ids={(system, value) for system, value in enrolled["external_ids"]},
    )
    if isinstance(given_on := course.says["consent_on"], date):
        course.consents.append((ConsentKind.GIVEN, given_on, None))
    for event in events[1:]:
        _follow(course, event)
    return course


def _follow(course: Course, event: Event) -> None:
    facts = event.facts
    match event.type:
        case EventType.CONSENT_GIVEN:
            _consent(course, date.fromisoformat(facts["on"]), event.reason)
        case EventType.CONSENT_WITHDRAWN:
            course.says["withdrawn_on"] = date.fromisoformat(facts["on"])
            course.consents.append((ConsentKind.WITHDRAWN, date.fromisoformat(facts["on"]), event.reason))
        case EventType.TAKEN_OFF_STUDY:
            course.says["off_study_on"] = date.fromisoformat(facts["on"])
        case EventType.TREATED:
            course.doses[facts["treatment_id"]] = (facts["kind"], clock.from_iso(facts["given_at"]))
        case EventType.CORRECTED:
            _, is_now = facts["changes"]["given_at"]
            course.doses.pop(facts["treatment_id"])
            if is_now is not None:
                course.doses[facts["treatment_id"]] = (facts["kind"], clock.from_iso(is_now))
        case _:
            raise ValueError(f"{event.type} does not happen to a participant")


def _consent(course: Course, on: date, reason: str | None) -> None:
    earlier, withdrawn = course.says["consent_on"], course.says["withdrawn_on"]
    course.says["consent_on"] = min(earlier, on) if isinstance(earlier, date) and withdrawn is None else on
    course.says["withdrawn_on"] = None
    course.consents.append((ConsentKind.GIVEN, on, reason))


def _columns_differ(row: Any, course: Course) -> Iterator[str]:
    if row is None:
        yield f"the register does not have {course.says['code']} any more"
        return
    for column in _KEPT:
        yield from _differs(column, getattr(row, column), course.says[column])


def _differs(what: str, kept: object, said: object) -> list[str]:
    return [] if kept == said else [f"{what} is {_word(kept)}, the events say {_word(said)}"]


def _word(value: object) -> str:
    if value in (None, [], {}, set()):
        return "nothing"
    if isinstance(value, Mapping):
        return ", ".join(sorted(f"{kind} {clock.iso(at)}" for kind, at in value.values()))
    if isinstance(value, list | set):
        return ", ".join(sorted(" ".join(str(part) for part in each if part is not None) for each in value))
    return str(value)


def _external_ids(session: Session, ids: Iterable[int]) -> dict[int, set[tuple[str, str]]]:
    table = table_of(ParticipantExternalId).c
    found: dict[int, set[tuple[str, str]]] = defaultdict(set)
    for row in session.execute(select(table.participant_id, table.system, table.value).where(table.participant_id.in_(ids))):
        found[row.participant_id].add((row.system, row.value))
    return found


def _doses(session: Session, ids: Iterable[int]) -> dict[int, dict[int, tuple[str, datetime]]]:
    table = table_of(Treatment)
    found: dict[int, dict[int, tuple[str, datetime]]] = defaultdict(dict)
    for row in session.execute(select(table).where(table.c.participant_id.in_(ids))):
        found[row.participant_id][row.id] = (row.kind, row.given_at)
    return found


def _consents(session: Session, ids: Iterable[int]) -> dict[int, Consents]:
    table = table_of(ConsentRecord)
    found: dict[int, Consents] = defaultdict(list)
    for row in session.execute(select(table).where(table.c.participant_id.in_(ids))):
        found[row.participant_id].append((row.kind, row.happened_on, row.reason))
    return found


def _study_differs(study: Any, versions: Mapping[int, Any], events: Sequence[Event]) -> Iterator[str]:
    if study is None:
        yield "the register does not have this study any more"
        return
    loaded = {event.facts["protocol_version_id"]: event.facts for event in events}
    for version_id, facts in loaded.items():
        version = versions.get(version_id)
        if version is None or hashlib.sha256(version.source.encode()).hexdigest() != facts["sha256"]:
            yield f"{study.code}: version {facts['version']} of the protocol is not the text that was loaded"
            return
        yield from _differs(f"{study.code}: version", (version.version, version.sha256), (facts["version"], facts["sha256"]))
    yield from _differs(f"{study.code}: versions", set(map(str, versions)), set(map(str, loaded)))
    last = load_protocol(versions[list(loaded)[-1]].source, "the protocol kept here").study
    kept = (study.code, study.title, study.time_zone, study.current_protocol_id)
    yield from _differs("study", kept, (last.code, last.title, last.time_zone, list(loaded)[-1]))
