"""Doses: once for the anchor, in time for the antibody, corrected with a reason."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import event as sqlalchemy_event
from sqlalchemy.orm import Session

from lims.accounts.vocabulary import SYSTEM
from lims.custody.errors import ReasonMissing
from lims.custody.queries import list_events
from lims.custody.vocabulary import EventType
from lims.studies.errors import AnchorGivenAlready, ConsentWithdrawn, DoseRecordedAlready, NotYet, UnknownDose
from lims.studies.protocol_errors import UnknownCode
from lims.studies.queries import anchor_of, by_kind, current_protocol, get_study, treatments_of
from lims.studies.service import correct_treatment, record_consent, record_treatment
from lims.studies.vocabulary import ConsentKind, CorrectTreatment, Dose, RecordConsent, Recorded, RecordTreatment
from tests.rooms.studies.conftest import NOW

Enrol = Callable[..., Recorded]
SHANGHAI = ZoneInfo("Asia/Shanghai")
FRACTION = datetime(2026, 8, 24, 15, 10, tzinfo=SHANGHAI)


@pytest.fixture
def treat(trial: Session, enrol: Enrol) -> Callable[[str, datetime], Recorded]:
    enrol("L07")
    return lambda kind, at: record_treatment(trial, RecordTreatment(participant="L07", kind=kind, given_at=at), actor=SYSTEM, at=NOW)


def aug(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 8, day, hour, minute, tzinfo=SHANGHAI)


def test_doses_come_back_in_order_with_their_anchor(trial: Session, treat: Callable[[str, datetime], Recorded]) -> None:
    participant = treat("ildr", FRACTION).participant
    treat("icb", aug(25, 14, 40))
    doses = treatments_of(trial, [participant.id, -1])
    assert doses[-1] == ()
    assert [dose.kind for dose in doses[participant.id]] == ["ildr", "icb"]
    _, protocol = current_protocol(trial, participant.study_id)
    assert anchor_of(doses[participant.id], protocol) == FRACTION.astimezone(UTC)
    assert by_kind(doses[participant.id])["icb"] == [aug(25, 14, 40).astimezone(UTC)]


def test_the_antibody_later_than_a_day_is_flagged_in_the_answer_and_in_the_history(treat: Callable[[str, datetime], Recorded]) -> None:
    treat("ildr", FRACTION)
    assert treat("icb", aug(25, 15, 11)).flags == ("late-antibody",)


def test_a_day_to_the_minute_is_in_time(treat: Callable[[str, datetime], Recorded]) -> None:
    treat("ildr", FRACTION)
    recorded = treat("icb", aug(25, 15, 10))
    assert (recorded.flags, recorded.event.facts["flags"]) == ((), [])


def test_lateness_shows_whichever_dose_is_written_down_first(treat: Callable[[str, datetime], Recorded]) -> None:
    treat("icb", aug(26, 9))
    assert treat("ildr", FRACTION).flags == ("late-antibody",)


def test_the_fraction_is_given_once(treat: Callable[[str, datetime], Recorded]) -> None:
    treat("ildr", FRACTION)
    with pytest.raises(AnchorGivenAlready, match="L07 had ildr on 2026-08-24 at 15:10"):
        treat("ildr", aug(25, 9))


def test_the_antibody_may_come_again_but_not_at_the_same_instant(treat: Callable[[str, datetime], Recorded]) -> None:
    treat("icb", aug(1, 9))
    treat("icb", aug(22, 9))
    with pytest.raises(DoseRecordedAlready):
        treat("icb", aug(22, 9).astimezone(UTC))


def test_the_antibody_before_the_fraction_is_taken_and_warned(treat: Callable[[str, datetime], Recorded]) -> None:
    treat("ildr", FRACTION)
    assert [warning.sentence for warning in treat("icb", aug(23, 9)).warnings] == ["icb is before ildr, which it follows"]


def test_a_dose_of_tomorrow_or_of_an_unknown_kind_is_refused(treat: Callable[[str, datetime], Recorded]) -> None:
    with pytest.raises(NotYet):
        treat("ildr", datetime(2026, 11, 23, tzinfo=SHANGHAI))
    with pytest.raises(UnknownCode, match="ildr"):
        treat("idlr", FRACTION)


def test_nothing_given_after_the_withdrawal_is_written_down(trial: Session, treat: Callable[[str, datetime], Recorded]) -> None:
    record_consent(trial, RecordConsent(participant="L07", kind=ConsentKind.WITHDRAWN, on=date(2026, 8, 24)), actor=SYSTEM, at=NOW)
    treat("ildr", FRACTION)
    with pytest.raises(ConsentWithdrawn):
        treat("icb", aug(25, 9))


def test_a_sample_of_before_that_is_now_of_after_is_warned(trial: Session, enrol: Enrol) -> None:
    enrol("L07")
    command = RecordTreatment(participant="L07", kind="ildr", given_at=FRACTION)
    there = [("PRE", aug(24, 16)), ("PRE", aug(24, 9)), ("PRE", None), ("POST", aug(30, 9))]
    recorded = record_treatment(trial, command, actor=SYSTEM, at=NOW, collected=lambda _session, _id: there)
    assert [(each.sentence, each.value) for each in recorded.warnings] == [
        ("a sample of PRE is there that was collected after ildr", "2026-08-24T08:00:00.000000Z")
    ]


def test_a_correction_moves_the_dose_and_points_at_what_it_corrects(trial: Session, treat: Callable[[str, datetime], Recorded]) -> None:
    first = treat("ildr", FRACTION)
    treat("icb", aug(26, 9))
    right = CorrectTreatment(participant="L07", kind="ildr", was=FRACTION, given_at=aug(25, 15, 10), reason="wrong day typed")
    corrected = correct_treatment(trial, right, actor=SYSTEM, at=NOW)
    assert corrected.flags == ()
    assert (corrected.event.type, corrected.event.corrects) == (EventType.CORRECTED, first.event.id)
    again = CorrectTreatment(participant="L07", kind="ildr", was=aug(25, 15, 10), given_at=FRACTION, reason="it was right")
    assert correct_treatment(trial, again, actor=SYSTEM, at=NOW).event.corrects == corrected.event.id
    assert len(list_events(trial, first.participant.id)) == 5


def test_a_dose_never_given_is_struck_out(trial: Session, treat: Callable[[str, datetime], Recorded]) -> None:
    participant = treat("icb", aug(1, 9)).participant
    strike = CorrectTreatment(participant="L07", kind="icb", was=aug(1, 9), given_at=None, reason="another patient's")
    correct_treatment(trial, strike, actor=SYSTEM, at=NOW)
    assert treatments_of(trial, [participant.id]) == {participant.id: ()}
    with pytest.raises(UnknownDose, match="L07 has no icb on 2026-08-01 at 09:00"):
        correct_treatment(trial, strike, actor=SYSTEM, at=NOW)


def test_nobody_corrects_without_saying_why(trial: Session, treat: Callable[[str, datetime], Recorded]) -> None:
    treat("ildr", FRACTION)
    with pytest.raises(ReasonMissing):
        correct_treatment(
            trial, CorrectTreatment(participant="L07", kind="ildr", was=FRACTION, given_at=aug(25, 1), reason=" "), actor=SYSTEM, at=NOW
        )


def test_the_treatments_of_all_participants_cost_one_statement(trial: Session, enrol: Enrol) -> None:
    ids = [enrol(f"L{number:02}").participant.id for number in range(1, 17)]
    for number in range(1, 17):
        record_treatment(trial, RecordTreatment(participant=f"L{number:02}", kind="ildr", given_at=FRACTION), actor=SYSTEM, at=NOW)
    statements: list[str] = []
    connection = trial.connection()
    sqlalchemy_event.listen(connection, "before_cursor_execute", lambda _c, _k, statement, *_: statements.append(statement))
    doses = treatments_of(trial, ids)
    assert len(statements) == 1
    assert set(doses.values()) == {(Dose("ildr", FRACTION.astimezone(UTC)),)}
    assert get_study(trial).code == "ILDR-02"
