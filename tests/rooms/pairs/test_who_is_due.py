"""Who is due, and until when."""

from datetime import date, timedelta

from sqlalchemy.orm import Session

from lims.accounts.vocabulary import SYSTEM
from lims.pairs.due import due_list
from lims.pairs.vocabulary import DueVisit
from lims.specimens.registration import record_not_collected
from lims.specimens.vocabulary import RecordNotCollected
from tests.factories.pairs import take_stool
from tests.factories.trial import ILDR_AT, NOW, begin, enrol, give, withdraw


def due(session: Session, day: int, ahead_days: int = 0) -> list[DueVisit]:
    return due_list(session, at=ILDR_AT + timedelta(days=day), ahead_days=ahead_days)


def test_a_participant_is_due_while_the_window_is_open(session: Session) -> None:
    begin(session)
    seen = {day: [visit.timepoint for visit in due(session, day)] for day in (0, 1, 3, 13, 14, 28, 29, 35, 50)}
    assert seen == {0: [], 1: ["D1"], 3: [], 13: [], 14: ["POST"], 28: ["POST"], 29: [], 35: ["W6"], 50: []}


def test_it_is_said_what_is_missing_until_when_and_for_which_pairs(session: Session) -> None:
    begin(session)
    visit = due(session, 26)[0]
    assert (visit.participant.code, visit.first, visit.last, visit.days_left, visit.at_risk) == (
        "L07",
        date(2026, 9, 7),
        date(2026, 9, 21),
        2,
        True,
    )
    assert {missing.specimen_type: missing.assays for missing in visit.missing} == {
        "stool": ("metagenomics", "metabolomics-stool"),
        "blood-edta": ("metabolomics-plasma", "flow"),
        "blood-serum": (),
        "tumour-frozen": ("tumour-rna",),
        "tumour-ffpe": ("tumour-mif",),
        "tumour-rnalater": ("tumour-rna",),
    }
    assert not due(session, 20)[0].at_risk


def test_what_was_taken_or_recorded_as_not_done_is_due_no_more(session: Session) -> None:
    begin(session)
    take_stool(session, "L07", "POST")
    said = RecordNotCollected(participant="L07", timepoint="POST", specimen_type="tumour-frozen", reason="no-lesion")
    record_not_collected(session, said, actor=SYSTEM, at=NOW)
    assert {missing.specimen_type for missing in due(session, 26)[0].missing} == {
        "blood-edta",
        "blood-serum",
        "tumour-ffpe",
        "tumour-rnalater",
    }


def test_who_has_no_date_yet_stands_at_the_end_and_who_withdrew_is_left_out(session: Session) -> None:
    begin(session)
    enrol(session, "E01")
    enrol(session, "L08")
    give(session, "L08")
    withdraw(session, "L08")
    assert [(visit.participant.code, visit.timepoint, visit.last) for visit in due(session, 26)] == [
        ("L07", "POST", date(2026, 9, 21)),
        ("E01", "PRE", None),
    ]


def test_windows_that_open_soon_may_be_asked_for(session: Session) -> None:
    begin(session)
    assert [visit.timepoint for visit in due(session, 11, ahead_days=2)] == []
    assert [(visit.timepoint, visit.days_left) for visit in due(session, 11, ahead_days=3)] == [("POST", 17)]
