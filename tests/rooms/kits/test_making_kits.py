"""A kit is the tubes of one timepoint, labelled before anybody comes: each code stands for one tube for ever."""

from collections import Counter
from datetime import date

import pytest
from sqlalchemy.orm import Session

from lims.accounts.vocabulary import SYSTEM
from lims.custody.queries import list_events
from lims.custody.vocabulary import EventType, SubjectKind
from lims.errors import LimsError
from lims.ids import has_right_check
from lims.kits.queries import KitFilter, get_kit, list_kits
from lims.kits.service import bind_kit, make_kits, void_kit
from lims.kits.vocabulary import KitState, MakeKits, TubeState
from lims.labels.queries import get_binding
from tests.factories import kits, trial


def test_a_kit_holds_every_tube_the_protocol_plans_in_the_order_of_the_work(bench: Session) -> None:
    kit = kits.make(bench)
    assert [tube.line for tube in kit.tubes] == list(range(1, 28))
    taken = [tube.specimen_type for tube in kit.tubes if tube.form == "primary"]
    assert taken == ["stool", "blood-edta", "blood-edta", "blood-serum", "tumour-frozen", "tumour-frozen", "tumour-ffpe", "tumour-rnalater"]
    assert [tube.specimen_type for tube in kit.tubes][: len(taken)] == taken
    made = Counter(tube.specimen_type for tube in kit.tubes if tube.form == "aliquot")
    assert made == {"stool": 4, "plasma": 6, "pbmc": 3, "whole-blood": 2, "serum": 4}
    plasma = kits.tubes_of(kit, "plasma", "aliquot")[0]
    assert (plasma.made_of, plasma.container_kind, plasma.amount, plasma.unit) == ("blood-edta", "cryovial", 500_000, "mL")
    assert {tube.state for tube in kit.tubes} == {TubeState.READY}


def test_every_code_is_bound_to_the_tube_it_will_be_before_anything_is_in_it(bench: Session) -> None:
    kit = kits.make(bench)
    assert kit.summary.barcode.startswith("K")
    assert has_right_check(kit.summary.barcode)
    assert get_binding(bench, kit.summary.barcode).kind is SubjectKind.KIT
    for tube in kit.tubes:
        binding = get_binding(bench, tube.barcode)
        assert (binding.kind, binding.subject_id) == (SubjectKind.SPECIMEN, tube.id)
        assert list_events(bench, tube.id) == []
    assert [event.type for event in list_events(bench, kit.summary.id)] == [EventType.KIT_MADE]


def test_a_kit_at_another_timepoint_holds_what_is_planned_there(bench: Session) -> None:
    kit = kits.make(bench, timepoint="D1")
    assert Counter(tube.specimen_type for tube in kit.tubes) == {"blood-edta": 2, "plasma": 6, "pbmc": 3}


def test_a_kit_may_be_of_some_of_the_types_alone(bench: Session) -> None:
    kit = kits.make(bench, specimen_types=("stool", "blood-serum"))
    assert Counter(tube.specimen_type for tube in kit.tubes) == {"stool": 5, "blood-serum": 1, "serum": 4}


def test_a_kit_of_the_stock_is_nobodys_and_may_be_for_any_timepoint(bench: Session) -> None:
    of_pre, of_any = kits.make_for_stock(bench), kits.make_for_stock(bench, timepoint=None)
    assert (of_pre.summary.participant, of_pre.summary.timepoint) == (None, "PRE")
    assert of_any.summary.timepoint is None
    assert len(of_any.tubes) == 27
    assert [each.barcode for each in list_kits(bench, KitFilter(stock=True))] == [of_any.summary.barcode, of_pre.summary.barcode]


def test_many_kits_are_made_at_once_and_no_code_is_given_twice(bench: Session) -> None:
    made = make_kits(bench, MakeKits(timepoint="PRE", count=20), actor=SYSTEM, at=trial.NOW)
    every = [code for kit in made for code in (kit.summary.barcode, *(tube.barcode for tube in kit.tubes))]
    assert len(every) == len(set(every)) == 20 * 28


@pytest.mark.parametrize(
    ("wanted", "code"),
    [
        (MakeKits(participant="L07"), "kits.timepoint-missing"),
        (MakeKits(participant="L99", timepoint="PRE"), "studies.unknown-participant"),
        (MakeKits(participant="L07", timepoint="XXX"), "studies.unknown-code"),
        (MakeKits(participant="L07", timepoint="EOT"), "kits.nothing-planned"),
        (MakeKits(participant="L07", timepoint="D1", specimen_types=("stool",)), "kits.nothing-planned"),
        (MakeKits(timepoint="PRE", specimen_types=("plasma",)), "studies.unknown-code"),
        (MakeKits(timepoint="PRE", count=0), "kits.count-out-of-range"),
        (MakeKits(timepoint="PRE", count=101), "kits.count-out-of-range"),
        (MakeKits(study="NONE", timepoint="PRE"), "studies.unknown-study"),
    ],
)
def test_what_cannot_be_made_is_refused_in_words(bench: Session, wanted: MakeKits, code: str) -> None:
    with pytest.raises(LimsError) as refused:
        make_kits(bench, wanted, actor=SYSTEM, at=trial.NOW)
    assert refused.value.code == code


def test_after_consent_is_withdrawn_no_kit_is_made_or_given_and_those_there_are_stopped(bench: Session) -> None:
    kit, stock = kits.make(bench), kits.make_for_stock(bench)
    trial.withdraw(bench, on=date(2026, 9, 1))
    assert get_kit(bench, kit.summary.barcode).summary.shown_state == "stopped"
    assert [each.barcode for each in list_kits(bench, KitFilter(state="stopped"))] == [kit.summary.barcode]
    assert [each.barcode for each in list_kits(bench, KitFilter(state="made"))] == [stock.summary.barcode]
    with pytest.raises(LimsError) as refused:
        kits.make(bench)
    assert refused.value.code == "specimens.consent-withdrawn"
    with pytest.raises(LimsError) as refused:
        bind_kit(bench, stock.summary.barcode, "L07", actor=SYSTEM, at=trial.NOW)
    assert refused.value.code == "specimens.consent-withdrawn"


def test_a_kit_of_the_stock_is_given_to_one_participant_and_stays_theirs(bench: Session) -> None:
    kit = kits.make_for_stock(bench, timepoint=None)
    with pytest.raises(LimsError) as refused:
        bind_kit(bench, kit.summary.barcode, "L07", actor=SYSTEM, at=trial.NOW)
    assert refused.value.code == "kits.not-bound"
    bound = bind_kit(bench, kit.summary.barcode, "L07", "POST", actor=SYSTEM, at=trial.NOW)
    assert (bound.summary.participant, bound.summary.timepoint) == ("L07", "POST")
    again = bind_kit(bench, kit.summary.barcode, "L07", actor=SYSTEM, at=trial.NOW)
    assert again.summary == bound.summary
    for who, when in (("L08", "POST"), ("L07", "PRE")):
        with pytest.raises(LimsError) as refused:
            bind_kit(bench, kit.summary.barcode, who, when, actor=SYSTEM, at=trial.NOW)
        assert refused.value.code == "kits.of-another"
        assert "L07 POST" in refused.value.sentence
    assert [event.type for event in list_events(bench, kit.summary.id)] == [EventType.KIT_MADE, EventType.KIT_BOUND]


def test_a_kit_that_is_not_wanted_is_void_with_all_its_labels(bench: Session) -> None:
    kit = kits.make(bench)
    void = void_kit(bench, kit.summary.barcode, reason="wrong timepoint", actor=SYSTEM, at=trial.NOW)
    assert void.summary.state is KitState.VOID
    assert {tube.state for tube in void.tubes} == {TubeState.VOID}
    last = list_events(bench, kit.summary.id)[-1]
    assert (last.type, last.reason, len(last.facts["unused"])) == (EventType.KIT_VOIDED, "wrong timepoint", 27)
    with pytest.raises(LimsError) as refused:
        void_kit(bench, kit.summary.barcode, actor=SYSTEM, at=trial.NOW)
    assert refused.value.code == "kits.closed"
    with pytest.raises(LimsError) as refused:
        bind_kit(bench, kit.summary.barcode, "L07", actor=SYSTEM, at=trial.NOW)
    assert refused.value.code == "kits.closed"


def test_a_code_that_is_no_kit_is_refused_in_words(bench: Session) -> None:
    kit = kits.make(bench)
    wrong = kit.summary.barcode[:-1] + ("2" if kit.summary.barcode[-1] != "2" else "3")
    for read, code in (
        (kit.tubes[0].barcode, "kits.unknown"),
        ("NOPE", "kits.unknown"),
        (wrong, "ids.wrong-check-character"),
        ("", "ids.malformed-code"),
    ):
        with pytest.raises(LimsError) as refused:
            get_kit(bench, read)
        assert refused.value.code == code
