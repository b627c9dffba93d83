"""Pairs as they are read from the database, on both engines."""

from datetime import date, timedelta

import pytest
from sqlalchemy.orm import Session

from lims.accounts.vocabulary import SYSTEM
from lims.custody.vocabulary import EventType
from lims.db import Database
from lims.pairs.errors import NotPaired
from lims.pairs.queries import list_pairs, pairs_of_specimen
from lims.pairs.vocabulary import PairFilter, PairState, PairView
from lims.specimens.queries import lock_specimen
from lims.specimens.registration import record_not_collected
from lims.specimens.service import apply_act
from lims.specimens.vocabulary import RecordNotCollected
from lims.studies.errors import UnknownParticipant
from lims.studies.protocol_errors import UnknownCode
from lims.studies.queries import get_participant
from tests.factories.pairs import stool_pair, stool_side, take_stool, trial_with_pairs
from tests.factories.trial import ILDR_AT, NOW, act, begin, draw_blood, enrol, withdraw
from tests.support.counting import count_statements

DAY_26 = ILDR_AT + timedelta(days=26)


def the_pair(session: Session, assay: str = "metagenomics", participant: str = "L07") -> PairView:
    return list_pairs(session, PairFilter(assay=assay, participant=participant), at=NOW).items[0]


def test_a_participant_has_one_row_for_every_paired_assay(session: Session) -> None:
    begin(session)
    pairs = list_pairs(session, at=NOW).items
    assert [view.assay for view in pairs] == [
        "metagenomics",
        "metabolomics-stool",
        "metabolomics-plasma",
        "flow",
        "tumour-rna",
        "tumour-mif",
    ]
    assert {view.state for view in pairs} == {PairState.BROKEN}


def test_divided_stool_of_both_sides_is_a_complete_pair(session: Session) -> None:
    begin(session)
    pre, post = stool_pair(session, "L07", 2)
    pair = the_pair(session)
    assert (pair.state, pair.reasons, pair.pair_id) == (PairState.COMPLETE, (), "L07-metagenomics")
    assert [view.barcode for view in pair.pre if view.usable] == [tube.barcode for tube in pre]
    assert [view.barcode for view in pair.post if view.usable] == [tube.barcode for tube in post]
    assert [view.why[0].code for view in pair.pre if not view.usable] == ["divided"]


def test_tubes_of_an_older_inventory_count_in_pairs(session: Session) -> None:
    trial_with_pairs(session)
    assert the_pair(session).state is PairState.COMPLETE


def test_both_sides_must_have_come_in_the_same_kind_of_container(session: Session) -> None:
    begin(session)
    stool_side(session, "L07", "PRE", container="stool tube")
    stool_side(session, "L07", "POST", container="stool-stabilised")
    pair = the_pair(session)
    assert (pair.state, [reason.code for reason in pair.reasons]) == (PairState.BROKEN, ["container-differs"])
    stool_side(session, "L07", "POST", container=None)
    assert the_pair(session).state is PairState.COMPLETE


def test_blood_that_is_not_divided_stands_on_the_side_of_its_plasma(session: Session) -> None:
    begin(session)
    drawn = draw_blood(session)
    pair = the_pair(session, "metabolomics-plasma")
    assert [(view.barcode, view.usable) for view in pair.pre] == [(tube.barcode, False) for tube in drawn.specimens]
    assert {view.why[0].code for view in pair.pre} == {"not-divided"}


def test_what_was_not_collected_will_not_come(session: Session) -> None:
    begin(session)
    stool_side(session, "L07", "PRE")
    said = RecordNotCollected(participant="L07", timepoint="POST", specimen_type="stool", reason="refused")
    record_not_collected(session, said, actor=SYSTEM, at=NOW)
    pair = list_pairs(session, PairFilter(assay="metagenomics"), at=DAY_26).items[0]
    assert (pair.state, [str(reason) for reason in pair.reasons]) == (PairState.BROKEN, ["POST was not collected: refused."])


def test_a_pair_looked_at_on_another_day_stands_otherwise(session: Session) -> None:
    begin(session)
    stool_side(session, "L07", "PRE")
    states = [
        list_pairs(session, PairFilter(assay="metagenomics"), at=ILDR_AT + timedelta(days=days)).items[0].state for days in (5, 20, 26, 29)
    ]
    assert states == ["waiting", "possible", "at_risk", "broken"]


def test_the_day_is_the_one_of_the_study_not_of_greenwich(session: Session) -> None:
    begin(session)
    stool_side(session, "L07", "PRE")
    last_day_in_shantou = ILDR_AT.replace(hour=15, minute=59) + timedelta(days=28)
    for minutes, state in ((0, PairState.AT_RISK), (1, PairState.BROKEN)):
        at = last_day_in_shantou + timedelta(minutes=minutes)
        assert list_pairs(session, PairFilter(assay="metagenomics"), at=at).items[0].state is state


def test_consent_withdrawn_excludes_every_pair_of_a_participant(session: Session) -> None:
    trial_with_pairs(session, ["L07", "L08"])
    withdraw(session, "L07")
    excluded = list_pairs(session, PairFilter(state=PairState.EXCLUDED), at=NOW).items
    assert {view.participant.code for view in excluded} == {"L07"}
    assert len(excluded) == 6
    assert not any(tube.usable for view in excluded for tube in (*view.pre, *view.post))
    assert the_pair(session, participant="L08").state is PairState.COMPLETE


def test_a_tube_says_in_which_pairs_it_stands(session: Session) -> None:
    begin(session)
    pre, _ = stool_pair(session, "L07")
    person = get_participant(session, "L07").id
    assert [view.assay for view in pairs_of_specimen(session, pre[0].id, person, at=NOW)] == ["metagenomics", "metabolomics-stool"]
    assert pairs_of_specimen(session, take_stool(session, "L07", "PD").id, person, at=NOW) == []


def test_a_used_up_tube_breaks_its_pair(session: Session) -> None:
    begin(session)
    pre, _ = stool_pair(session, "L07")
    apply_act(session, lock_specimen(session, pre[0].barcode), act(EventType.DISPOSED), actor=SYSTEM, at=NOW)
    assert the_pair(session).state is PairState.POSSIBLE  # 2.2 g are left in the primary tube
    primary = the_pair(session).pre[0].barcode
    apply_act(session, lock_specimen(session, primary), act(EventType.DISPOSED), actor=SYSTEM, at=NOW)
    assert the_pair(session).state is PairState.BROKEN


def test_pages_follow_each_other_without_a_gap_or_a_double(session: Session) -> None:
    trial_with_pairs(session, ["L07", "L08", "E01"])
    everything = [(view.participant.code, view.assay) for view in list_pairs(session, at=NOW, limit=200).items]
    assert len(everything) == 18
    for limit in (1, 4, 6, 7, 17, 18):
        found, after = [], None
        while True:
            page = list_pairs(session, at=NOW, after=after, limit=limit)
            found += [(view.participant.code, view.assay) for view in page.items]
            after = page.next
            if after is None:
                break
        assert found == everything


def test_pages_of_one_state_too(session: Session) -> None:
    trial_with_pairs(session, ["L07", "L08", "L09"])
    wanted = PairFilter(state=PairState.COMPLETE)
    first = list_pairs(session, wanted, at=NOW, limit=4)
    rest = list_pairs(session, wanted, at=NOW, after=first.next, limit=4)
    assert [(view.participant.code, view.assay) for view in (*first.items, *rest.items)] == [
        (code, assay) for code in ("L07", "L08", "L09") for assay in ("metagenomics", "metabolomics-stool")
    ]
    assert rest.next is None


def test_pairs_are_chosen_by_cohort_assay_and_participant(session: Session) -> None:
    trial_with_pairs(session, ["L07", "E01"])
    assert {view.participant.code for view in list_pairs(session, PairFilter(cohort="esophageal"), at=NOW).items} == {"E01"}
    assert [view.assay for view in list_pairs(session, PairFilter(assay="flow", participant="L07"), at=NOW).items] == ["flow"]
    assert list_pairs(session, PairFilter(cohort="lung", participant="E01"), at=NOW).items == ()


@pytest.mark.parametrize(
    ("wanted", "error"),
    [
        (PairFilter(assay="metagenomic"), UnknownCode),
        (PairFilter(assay="germline"), NotPaired),
        (PairFilter(cohort="lungs"), UnknownCode),
        (PairFilter(participant="L99"), UnknownParticipant),
    ],
)
def test_a_slip_of_the_pen_is_named(session: Session, wanted: PairFilter, error: type[Exception]) -> None:
    begin(session)
    with pytest.raises(error):
        list_pairs(session, wanted, at=NOW)


def test_the_number_of_statements_does_not_grow_with_the_participants(database: Database) -> None:
    counts = []
    with database.transaction() as session:
        trial_with_pairs(session, ["L01", "L02"])
    for more in (["L03"], ["L04", "L05", "L06", "L07", "L08", "L09", "L10"]):
        with database.read() as session:
            list_pairs(session, at=NOW)
        with database.read() as session, count_statements(database) as cost:
            list_pairs(session, at=NOW, limit=200)
        counts.append(len(cost.statements))
        with database.transaction() as session:
            for code in more:
                enrol(session, code)
                stool_pair(session, code, 2)
    assert counts[0] == counts[1] <= 6


def test_a_participant_enrolled_and_not_treated_yet_can_still_come(session: Session) -> None:
    begin(session)
    enrol(session, "L08", enrolled_on=date(2026, 11, 20))
    pair = the_pair(session, participant="L08")
    assert (pair.state, pair.due_to) == (PairState.POSSIBLE, None)
    assert str(pair.reasons[0]) == "PRE is to be taken before ildr, whose date is not known yet."
