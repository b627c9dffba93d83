"""Participants: codes, places in a cohort, consent, leaving."""

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy.orm import Session

from lims.accounts.errors import NotAllowed
from lims.accounts.vocabulary import SYSTEM, Actor, Role
from lims.custody.errors import ReasonMissing
from lims.custody.queries import list_events
from lims.custody.vocabulary import EventType
from lims.db import Database
from lims.errors import LimsError
from lims.studies.errors import (
    AmbiguousParticipant,
    CohortFull,
    ConsentOutOfOrder,
    ConsentWithdrawn,
    ExternalIdTaken,
    MalformedParticipantCode,
    NotYet,
    OffStudyAlready,
    ParticipantExists,
    UnknownParticipant,
    UnknownSex,
)
from lims.studies.protocol_errors import UnknownCode
from lims.studies.queries import (
    ParticipantFilter,
    count_in_cohorts,
    external_ids_of,
    find_participant,
    get_participant,
    get_participant_by_external_id,
    get_study,
    list_consents,
    list_participants,
)
from lims.studies.service import enrol_participant, load_protocol, lock_participant, record_consent, take_off_study
from lims.studies.vocabulary import ConsentKind, RecordConsent, Recorded, TakeOffStudy
from tests.rooms.studies.conftest import ILDR_02, NOW, participant

Enrol = Callable[..., Recorded]
TECHNICIAN = Actor(id=1, username="ming", role=Role.TECHNICIAN)


def test_a_code_is_kept_in_upper_case_without_white_space(trial: Session, enrol: Enrol) -> None:
    assert enrol(" l07 ").participant.code == "L07"
    assert get_participant(trial, "l07").id == get_participant(trial, "ildr-02:L07").id


@pytest.mark.parametrize("code", ["", " ", "L 07", "L07;", "L\x0007", "病人", "L07-", "L" * 25, "../L07"])
def test_what_cannot_be_a_code_is_said_so(enrol: Enrol, code: str) -> None:
    with pytest.raises(MalformedParticipantCode, match="cannot be a participant"):
        enrol(code)


def test_an_enrolment_is_one_act_of_the_participants_own_history(trial: Session, enrol: Enrol) -> None:
    recorded = enrol("L01", sex="female", carried_over_from="ILDR-01", external_ids=(("ILDR-01", " ildr01-601l"),))
    events = list_events(trial, recorded.participant.id)
    assert [event.type for event in events] == [EventType.ENROLLED]
    assert events[0].facts["external_ids"] == [["ILDR-01", "ILDR01-601L"]]
    assert recorded.participant.sex == "F"
    assert recorded.participant.consent_on == date(2026, 8, 8)
    assert [consent.kind for consent in list_consents(trial, recorded.participant.id)] == [ConsentKind.GIVEN]
    assert external_ids_of(trial, [recorded.participant.id]) == {recorded.participant.id: [("ILDR-01", "ILDR01-601L")]}


def test_a_code_is_never_given_twice(enrol: Enrol) -> None:
    enrol("L07")
    with pytest.raises(ParticipantExists, match="L07 is enrolled in ILDR-02 already"):
        enrol("l07")


def test_what_the_protocol_does_not_know_is_refused_with_the_nearest(enrol: Enrol) -> None:
    with pytest.raises(UnknownCode, match="Did you mean esophageal"):
        enrol("E01", cohort="oesophageal")
    with pytest.raises(UnknownCode, match="ILDR-01"):
        enrol("E01", carried_over_from="ILDR-00")
    with pytest.raises(UnknownSex):
        enrol("E01", sex="x")
    with pytest.raises(NotYet, match="2027-01-01 has not come yet"):
        enrol("E01", enrolled_on=date(2027, 1, 1))


def test_a_code_of_another_cohorts_letter_is_taken_and_warned(enrol: Enrol) -> None:
    warnings = enrol("X01", cohort="lung").warnings
    assert [warning.sentence for warning in warnings] == ["codes of cohort lung begin with L"]


def test_the_seventeenth_is_refused_in_words_and_taken_with_a_reason(trial: Session, enrol: Enrol) -> None:
    for number in range(1, 17):
        enrol(f"L{number:02}")
    with pytest.raises(CohortFull, match="Cohort lung is full: all 16 places are taken"):
        enrol("L17")
    with pytest.raises(NotAllowed):
        enrol_participant(trial, replace(participant("L17"), override_reason="sponsor"), actor=TECHNICIAN, at=NOW)
    recorded = enrol("L17", override_reason="the sponsor agreed by letter")
    assert recorded.event.reason == "the sponsor agreed by letter"
    assert recorded.event.facts["over_capacity"] is True
    assert count_in_cohorts(trial, get_study(trial).id) == {"lung": 17}


def test_eight_clients_never_share_the_last_place(database: Database) -> None:
    with database.transaction() as session:
        load_protocol(session, ILDR_02, "ildr-02.toml", actor=SYSTEM, at=NOW)
        for number in range(1, 16):
            enrol_participant(session, participant(f"L{number:02}"), actor=SYSTEM, at=NOW)
    outcomes: list[str] = []
    together = threading.Barrier(8)

    def enrol_at_once(number: int) -> None:
        together.wait()
        try:
            with database.transaction() as session:
                enrol_participant(session, participant(f"L{number}"), actor=SYSTEM, at=NOW)
            outcomes.append("enrolled")
        except LimsError as error:
            outcomes.append(error.code)

    clients = [threading.Thread(target=enrol_at_once, args=(number,)) for number in range(20, 28)]
    for client in clients:
        client.start()
    for client in clients:
        client.join()
    assert sorted(outcomes) == ["enrolled"] + ["studies.cohort-full"] * 7


def test_an_id_of_another_study_names_one_participant(trial: Session, enrol: Enrol) -> None:
    enrol("L01", external_ids=(("ILDR-01", "ILDR01-601L"),))
    assert get_participant_by_external_id(trial, "ildr-01", " ildr01-601l ").code == "L01"
    with pytest.raises(UnknownParticipant):
        get_participant_by_external_id(trial, "ILDR-01", "ILDR01-000Z")
    with pytest.raises(ExternalIdTaken, match="ILDR01-601L of ILDR-01 is another participant already"):
        enrol("L02", external_ids=(("ILDR-01", "ILDR01-601L"),))


def test_nobody_by_that_code_is_told_with_the_nearest(trial: Session, enrol: Enrol) -> None:
    enrol("L07")
    assert find_participant(trial, "L70") is None
    with pytest.raises(UnknownParticipant, match="Did you mean L07"):
        get_participant(trial, "L077")
    with pytest.raises(UnknownParticipant):
        lock_participant(trial, "L077")


def test_a_code_of_two_studies_must_be_told_apart(trial: Session, enrol: Enrol) -> None:
    other = ILDR_02.replace('code = "ILDR-02"', 'code = "ILDR-03"')
    load_protocol(trial, other, "ildr-03.toml", actor=SYSTEM, at=NOW)
    enrol("L07", study="ILDR-02")
    enrol("L07", study="ILDR-03")
    with pytest.raises(AmbiguousParticipant, match="Write ILDR-02:L07"):
        get_participant(trial, "L07")
    assert lock_participant(trial, "ILDR-03:L07").study_code == "ILDR-03"


def test_participants_are_listed_a_page_at_a_time(trial: Session, enrol: Enrol) -> None:
    for code in ("L02", "E01", "L01"):
        enrol(code)
    first = list_participants(trial, ParticipantFilter(), limit=2)
    assert [each.code for each in first] == ["E01", "L01"]
    rest = list_participants(trial, ParticipantFilter(), after=(first[-1].code, first[-1].id))
    assert [each.code for each in rest] == ["L02"]
    lung = list_participants(trial, ParticipantFilter(study="ILDR-02", cohort="lung", code_begins="l", withdrawn=False))
    assert [each.code for each in lung] == ["L01", "L02"]


def test_a_withdrawal_is_kept_with_its_day_and_cannot_come_twice(trial: Session, enrol: Enrol) -> None:
    enrol("L16")
    withdrawn = RecordConsent(participant="L16", kind=ConsentKind.WITHDRAWN, on=date(2026, 9, 4), reason="moved away")
    recorded = record_consent(trial, withdrawn, actor=SYSTEM, at=NOW)
    assert recorded.participant.withdrawn_on == date(2026, 9, 4)
    assert (recorded.event.type, recorded.event.reason) == (EventType.CONSENT_WITHDRAWN, "moved away")
    assert recorded.event.occurred_at.isoformat() == "2026-09-03T16:00:00+00:00"
    with pytest.raises(ConsentWithdrawn):
        record_consent(trial, withdrawn, actor=SYSTEM, at=NOW)


def test_consent_given_anew_after_a_withdrawal_needs_a_reason(trial: Session, enrol: Enrol) -> None:
    enrol("L16")
    withdrawal = RecordConsent(participant="L16", kind=ConsentKind.WITHDRAWN, on=date(2026, 9, 4))
    record_consent(trial, withdrawal, actor=SYSTEM, at=NOW)
    anew = RecordConsent(participant="L16", kind=ConsentKind.GIVEN, on=date(2026, 9, 10))
    with pytest.raises(ConsentWithdrawn):
        record_consent(trial, anew, actor=SYSTEM, at=NOW)
    with pytest.raises(ConsentOutOfOrder):
        record_consent(trial, replace(anew, on=date(2026, 9, 3), reason="signed again"), actor=SYSTEM, at=NOW)
    recorded = record_consent(trial, replace(anew, reason="signed again"), actor=SYSTEM, at=NOW)
    assert recorded.participant.withdrawn_on is None


def test_consent_is_not_withdrawn_before_it_was_given_nor_tomorrow(trial: Session, enrol: Enrol) -> None:
    enrol("L16")
    with pytest.raises(ConsentOutOfOrder, match="Consent was given on 2026-08-08"):
        record_consent(trial, RecordConsent(participant="L16", kind=ConsentKind.WITHDRAWN, on=date(2026, 8, 1)), actor=SYSTEM, at=NOW)
    with pytest.raises(NotYet):
        record_consent(trial, RecordConsent(participant="L16", kind=ConsentKind.WITHDRAWN, on=date(2026, 11, 23)), actor=SYSTEM, at=NOW)


def test_taking_off_study_needs_a_reason_and_happens_once(trial: Session, enrol: Enrol) -> None:
    enrol("L16")
    with pytest.raises(ReasonMissing):
        take_off_study(trial, TakeOffStudy(participant="L16", on=date(2026, 9, 4), reason=" "), actor=SYSTEM, at=NOW)
    leaving = TakeOffStudy(participant="L16", on=date(2026, 9, 4), reason="progression")
    assert take_off_study(trial, leaving, actor=SYSTEM, at=NOW).participant.off_study_on == date(2026, 9, 4)
    with pytest.raises(OffStudyAlready):
        take_off_study(trial, leaving, actor=SYSTEM, at=NOW)
