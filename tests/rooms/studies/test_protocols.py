"""A study's protocol is a file, taken in once a version; an amendment leaves what was collected alone."""

import hashlib
from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from lims.accounts.vocabulary import SYSTEM
from lims.custody.queries import list_events
from lims.custody.vocabulary import EventType
from lims.db import Database
from lims.studies.errors import NoStudy, StillInUse, StudyNotNamed, UnknownStudy, VersionTaken
from lims.studies.protocol_errors import ProtocolFileError
from lims.studies.queries import current_protocol, get_study, list_studies, protocol_of_version
from lims.studies.service import enrol_participant, load_protocol, take_shipped
from lims.studies.shipped import SHIPPED
from tests.rooms.studies.conftest import ILDR_02, NOW, participant

AMENDED = ILDR_02.replace('version = "1.1"', 'version = "1.2"').replace("at_risk_days = 3", "at_risk_days = 5")


def test_the_first_version_makes_the_study(trial: Session) -> None:
    study = get_study(trial)
    assert (study.code, study.time_zone) == ("ILDR-02", "Asia/Shanghai")
    version_id, protocol = current_protocol(trial, study.id)
    assert (version_id, protocol.version) == (study.protocol_version_id, "1.1")
    events = list_events(trial, study.id)
    assert [event.type for event in events] == [EventType.PROTOCOL_LOADED]
    assert events[0].facts["protocol_version_id"] == version_id


def test_the_same_file_again_changes_nothing(trial: Session) -> None:
    again = load_protocol(trial, "\ufeff" + ILDR_02.replace("\n", "\r\n"), "again.toml", actor=SYSTEM, at=NOW)
    assert not again.is_new
    assert len(list_events(trial, again.study_id)) == 1


def test_a_version_never_gets_another_text(trial: Session) -> None:
    with pytest.raises(VersionTaken, match=r"Version 1\.1 of ILDR-02 was loaded before with another text"):
        load_protocol(trial, ILDR_02 + "\n# another thought\n", "ildr-02.toml", actor=SYSTEM, at=NOW)


def test_an_amendment_stands_beside_the_version_before(trial: Session) -> None:
    before = get_study(trial).protocol_version_id
    loaded = load_protocol(trial, AMENDED, "ildr-02.toml", actor=SYSTEM, at=NOW)
    assert loaded.is_new
    assert get_study(trial).protocol_version_id == loaded.version_id
    assert protocol_of_version(trial, before).pairs.at_risk_days == 3
    assert protocol_of_version(trial, loaded.version_id).pairs.at_risk_days == 5
    assert [event.type for event in list_events(trial, loaded.study_id)] == [EventType.PROTOCOL_LOADED] * 2


def test_an_amendment_may_not_drop_a_cohort_that_has_participants(trial: Session) -> None:
    enrol_participant(trial, replace(participant("O01"), enrolled_on=date(2026, 8, 1)), actor=SYSTEM, at=NOW)
    smaller = AMENDED.replace('code = "other"', 'code = "another"')
    with pytest.raises(StillInUse, match="Participants have cohort other, which this version lacks"):
        load_protocol(trial, smaller, "ildr-02.toml", actor=SYSTEM, at=NOW)


def test_a_database_made_before_takes_the_amendment_that_came_with_the_service(session: Session) -> None:
    second = ILDR_02.replace('version = "1.1"', 'version = "1.0"')
    first = second[: second.index("# ---", second.index('code = "not-done"'))].rstrip() + "\n"
    assert tuple(hashlib.sha256(text.encode()).hexdigest() for text in (first, second)) == SHIPPED["ILDR-02", "1.0"]
    assert take_shipped(session, "ILDR-02", actor=SYSTEM, at=NOW) is None  # there is no study yet
    study_id = load_protocol(session, first, "ildr-02.toml", actor=SYSTEM, at=NOW).study_id
    assert current_protocol(session, study_id)[1].times_out == ()
    taken = take_shipped(session, "ILDR-02", actor=SYSTEM, at=NOW)
    assert taken is not None
    version_id, protocol = current_protocol(session, study_id)
    assert (version_id, taken.version, len(protocol.times_out)) == (taken.version_id, "1.1", 2)
    assert take_shipped(session, "ILDR-02", actor=SYSTEM, at=NOW) is None


def test_a_protocol_that_the_study_team_amended_is_left_alone(trial: Session) -> None:
    load_protocol(trial, AMENDED, "ildr-02.toml", actor=SYSTEM, at=NOW)
    assert take_shipped(trial, "ILDR-02", actor=SYSTEM, at=NOW) is None


def test_a_broken_file_is_told_its_lines_and_loads_nothing(session: Session) -> None:
    with pytest.raises(ProtocolFileError, match="Line "):
        load_protocol(session, ILDR_02.replace("capacity = 16", 'capacity = "16"'), "ildr-02.toml", actor=SYSTEM, at=NOW)
    assert list_studies(session) == []


def test_without_a_study_the_first_step_is_named(session: Session) -> None:
    with pytest.raises(NoStudy, match="Load its protocol first"):
        get_study(session)


def test_with_several_studies_one_must_be_named(trial: Session) -> None:
    load_protocol(trial, ILDR_02.replace('code = "ILDR-02"', 'code = "ILDR-03"'), "ildr-03.toml", actor=SYSTEM, at=NOW)
    with pytest.raises(StudyNotNamed, match="Say which study: ILDR-02, ILDR-03"):
        get_study(trial)
    assert get_study(trial, "ildr-03").code == "ILDR-03"
    with pytest.raises(UnknownStudy, match="There is no study 'ILDR-04'"):
        get_study(trial, "ILDR-04")


def test_the_database_itself_never_changes_a_version(trial: Session) -> None:
    with pytest.raises(DBAPIError):
        trial.execute(text("UPDATE protocol_version SET source = ''"))


def test_a_version_that_was_rolled_back_is_not_remembered(database: Database) -> None:
    with Session(database.engine) as session:
        loaded = load_protocol(session, ILDR_02, "a", actor=SYSTEM, at=NOW)
        assert protocol_of_version(session, loaded.version_id).version == "1.1"
        session.rollback()
    with database.transaction() as session:
        loaded = load_protocol(session, AMENDED, "a", actor=SYSTEM, at=NOW)
    with database.read() as session:
        assert protocol_of_version(session, loaded.version_id).version == "1.2"
