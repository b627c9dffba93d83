"""A participant's row, locked before it is looked at: who writes about a participant begins here."""

from typing import Any

from sqlalchemy import Select, update
from sqlalchemy.orm import Session

from lims.custody.models import CustodySubject
from lims.custody.vocabulary import History, SubjectKind
from lims.db import table_of
from lims.studies.enrolment import split_reference
from lims.studies.models import Participant
from lims.studies.queries import by_code, only_one, unknown_participant
from lims.studies.vocabulary import ParticipantFacts

_SUBJECT, _PARTICIPANT = table_of(CustodySubject), table_of(Participant)


def lock_participant(session: Session, code: str, study: str | None = None) -> ParticipantFacts:
    """A participant, whose row nobody else changes until this transaction ends. One statement.

    :raises UnknownParticipant: nobody has that code; the nearest is named.
    :raises AmbiguousParticipant: several studies have that code, and none was named.
    """
    return lock_with_history(session, code, study)[0]


def lock_with_history(session: Session, code: str, study: str | None = None) -> tuple[ParticipantFacts, History]:
    """The same, with what an act is appended to."""
    named, plain = split_reference(code, study)
    statement, given = (
        (_LOCK_BY_CODE, {"code": plain}) if named is None else (_LOCK_BY_STUDY_AND_CODE, {"code": plain, "study": named.strip().upper()})
    )
    rows = session.execute(statement, given).all()
    participant = only_one(rows, plain)
    if participant is None:
        raise unknown_participant(session, code, study)
    return participant, History(participant.id, SubjectKind.PARTICIPANT, rows[0].sequence, rows[0].head, rows[0].latest_occurred_at)


def _locking(statement: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
    joined = statement.join(_SUBJECT, _SUBJECT.c.id == _PARTICIPANT.c.id)
    return joined.add_columns(_SUBJECT.c.sequence, _SUBJECT.c.head, _SUBJECT.c.latest_occurred_at).with_for_update(
        of=[_SUBJECT, _PARTICIPANT]  # PostgreSQL reads anew only the rows it waited for
    )


_LOCK_BY_CODE = _locking(by_code(None, "")[0])
_LOCK_BY_STUDY_AND_CODE = _locking(by_code("", "")[0])


def change(session: Session, participant_id: int, **values: object) -> None:
    """Write new facts into a participant's row."""
    session.execute(update(Participant).where(Participant.id == participant_id).values(**values))
