"""Verifying names every column of a participant or a study that is not what their events say."""

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from lims.accounts.vocabulary import SYSTEM
from lims.custody.verification import ProjectionCheck, verify
from lims.custody.vocabulary import SubjectKind
from lims.studies.service import correct_treatment, load_protocol, record_consent, record_treatment, take_off_study
from lims.studies.verification import check_participants, check_studies
from lims.studies.vocabulary import ConsentKind, CorrectTreatment, RecordConsent, Recorded, RecordTreatment, TakeOffStudy
from tests.rooms.studies.conftest import ILDR_02, NOW

Enrol = Callable[..., Recorded]
FRACTION, LATER = datetime(2026, 8, 24, 7, tzinfo=UTC), datetime(2026, 8, 24, 8, tzinfo=UTC)


@pytest.fixture
def course(trial: Session, enrol: Enrol) -> Session:
    """A participant to whom everything has happened that can."""
    enrol("L07", sex="F", carried_over_from="ILDR-01", external_ids=(("ILDR-01", "ILDR01-601L"),))
    for kind, given_at in (("ildr", FRACTION), ("icb", LATER), ("icb", NOW)):
        record_treatment(trial, RecordTreatment(participant="L07", kind=kind, given_at=given_at), actor=SYSTEM, at=NOW)
    for was, is_now in ((LATER, datetime(2026, 8, 25, tzinfo=UTC)), (NOW, None)):
        correction = CorrectTreatment(participant="L07", kind="icb", was=was, given_at=is_now, reason="mistyped")
        correct_treatment(trial, correction, actor=SYSTEM, at=NOW)
    for kind, day in ((ConsentKind.GIVEN, 1), (ConsentKind.WITHDRAWN, 4), (ConsentKind.GIVEN, 5)):
        consent = RecordConsent(participant="L07", kind=kind, on=date(2026, 9, day), reason="as they said")
        record_consent(trial, consent, actor=SYSTEM, at=NOW)
    take_off_study(trial, TakeOffStudy(participant="L07", on=date(2026, 10, 1), reason="progression"), actor=SYSTEM, at=NOW)
    load_protocol(trial, ILDR_02.replace('version = "1.1"', 'version = "1.2"'), "ildr-02.toml", actor=SYSTEM, at=NOW)
    return trial


def differences(session: Session) -> list[str]:
    checks: dict[SubjectKind, Sequence[ProjectionCheck]] = {
        SubjectKind.PARTICIPANT: (check_participants,),
        SubjectKind.STUDY: (check_studies,),
    }
    return [each.sentence for each in verify(session, checks)]


def test_what_the_verbs_wrote_is_what_the_events_say(course: Session) -> None:
    assert differences(course) == []


@pytest.mark.parametrize(
    ("edit", "named"),
    [
        ("UPDATE participant SET cohort = 'other'", "L07: cohort is other, the events say lung"),
        ("UPDATE participant SET sex = NULL", "L07: sex is nothing, the events say F"),
        ("UPDATE participant SET enrolled_on = '2026-08-11'", "L07: enrolled_on is 2026-08-11, the events say 2026-08-10"),
        ("UPDATE participant SET consent_on = '2026-08-08'", "L07: consent_on is 2026-08-08, the events say 2026-09-05"),
        ("UPDATE participant SET withdrawn_on = '2026-09-04'", "L07: withdrawn_on is 2026-09-04, the events say nothing"),
        ("UPDATE participant SET off_study_on = NULL", "L07: off_study_on is nothing, the events say 2026-10-01"),
        ("UPDATE participant SET carried_over_from = NULL", "L07: carried_over_from is nothing, the events say ILDR-01"),
        ("DELETE FROM participant_external_id", "L07: external ids is nothing, the events say ILDR-01 ILDR01-601L"),
        ("UPDATE treatment SET kind = 'icb' WHERE kind = 'ildr'", "L07: doses is icb"),
        ("DELETE FROM treatment WHERE kind = 'icb'", "L07: doses is ildr"),
        ("DELETE FROM consent_record WHERE kind = 'withdrawn'", "L07: consents is given"),
        ("UPDATE study SET title = 'Another'", "study is"),
        ("UPDATE study SET time_zone = 'UTC'", "study is"),
        ("UPDATE study SET current_protocol_id = (SELECT min(id) FROM protocol_version)", "study is"),
    ],
)
def test_a_column_changed_behind_the_ledgers_back_is_named(course: Session, edit: str, named: str) -> None:
    course.execute(text(edit))
    [sentence] = differences(course)
    assert sentence.startswith(named)


def test_a_protocol_text_changed_behind_the_ledgers_back_is_named(course: Session) -> None:
    dialect = course.get_bind().dialect.name
    triggers = "DROP TRIGGER protocol_version_no_update" if dialect == "sqlite" else "ALTER TABLE protocol_version DISABLE TRIGGER ALL"
    course.execute(text(triggers))
    course.execute(text("UPDATE protocol_version SET source = source || '# and so on' WHERE version = '1.1'"))
    assert differences(course) == ["ILDR-02: version 1.1 of the protocol is not the text that was loaded"]
