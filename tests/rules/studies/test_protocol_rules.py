"""Doses and limits: what is flagged, what is refused, what is running out."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lims.studies.protocol import CollectionPlan, Milestone, ProcessingLimit, Protocol
from lims.studies.protocol_errors import TreatedAlready
from lims.studies.protocol_file import load_protocol, shipped_protocol
from lims.studies.rules import (
    Times,
    check_before_fraction,
    is_after_withdrawal,
    is_before_enrolment,
    is_late_antibody,
    processing_due,
    processing_flags,
    running_limits,
    serves,
    time_order_findings,
    treatment_flags,
)

SHANGHAI, BERLIN = ZoneInfo("Asia/Shanghai"), ZoneInfo("Europe/Berlin")
TRIAL = load_protocol(shipped_protocol("ILDR-02"), "ildr-02.toml")
NOON = datetime(2026, 3, 10, 12, 0, tzinfo=SHANGHAI)


@pytest.fixture(scope="module")
def trial() -> Protocol:
    return TRIAL


def after(**gone_by: float) -> datetime:
    return NOON + timedelta(**gone_by)


def test_the_antibody_may_come_to_the_minute_24_hours_later(trial: Protocol) -> None:
    antibody = trial.get_treatment("icb")

    assert not is_late_antibody(NOON, after(hours=24), antibody)
    assert is_late_antibody(NOON, after(hours=24, minutes=1), antibody)
    assert not is_late_antibody(None, NOON, antibody)
    assert not is_late_antibody(NOON, None, antibody)
    assert not is_late_antibody(NOON, after(days=30), trial.anchor)


def test_hours_are_hours_also_in_the_night_the_clocks_change(trial: Protocol) -> None:
    before = datetime(2026, 3, 28, 12, 0, tzinfo=BERLIN)
    noon_after_23_hours = datetime(2026, 3, 29, 12, 30, tzinfo=BERLIN)

    assert not is_late_antibody(before, noon_after_23_hours, trial.get_treatment("icb"))


def test_a_pre_sample_after_the_fraction_is_refused_in_local_time(trial: Protocol) -> None:
    with pytest.raises(TreatedAlready) as caught:
        check_before_fraction(trial.get_timepoint("PRE"), after(hours=6).astimezone(UTC), NOON.astimezone(UTC), SHANGHAI)

    assert caught.value.code == "studies.treated-already"
    assert caught.value.sentence == (
        "PRE comes before the treatment, which was given on 2026-03-10 at 12:00; this was collected on 2026-03-10 at 18:00. "
        "Check the time and the timepoint."
    )


def test_a_pre_sample_is_taken_up_to_the_fraction_and_while_it_is_unknown(trial: Protocol) -> None:
    pre = trial.get_timepoint("PRE")

    check_before_fraction(pre, after(minutes=-1), NOON, SHANGHAI)
    check_before_fraction(pre, NOON, NOON, SHANGHAI)
    check_before_fraction(pre, NOON, None, SHANGHAI)
    check_before_fraction(pre, None, NOON, SHANGHAI)
    check_before_fraction(trial.get_timepoint("POST"), after(days=21), NOON, SHANGHAI)


def test_a_sample_before_the_first_antibody_dose_is_flagged(trial: Protocol) -> None:
    doses = {"icb": [after(hours=20), after(days=21)]}

    assert treatment_flags(trial.get_timepoint("D1"), after(hours=19), doses) == ("before-antibody",)
    assert treatment_flags(trial.get_timepoint("D1"), after(hours=20), doses) == ()
    assert treatment_flags(trial.get_timepoint("POST"), after(hours=19), doses) == ("before-antibody",)
    assert treatment_flags(trial.get_timepoint("PRE"), after(hours=-19), doses) == ()


def test_a_post_sample_after_the_second_antibody_dose_is_flagged_in_whatever_order_doses_were_recorded(trial: Protocol) -> None:
    doses = {"icb": [after(days=42), after(days=21), after(hours=20)]}

    assert treatment_flags(trial.get_timepoint("POST"), after(days=21, hours=1), doses) == ("after-second-antibody",)
    assert treatment_flags(trial.get_timepoint("POST"), after(days=20), doses) == ()
    assert treatment_flags(trial.get_timepoint("D1"), after(days=22), doses) == ()


def test_a_dose_not_recorded_or_a_time_unknown_flags_nothing(trial: Protocol) -> None:
    assert treatment_flags(trial.get_timepoint("POST"), after(days=20), {}) == ()
    assert treatment_flags(trial.get_timepoint("POST"), after(days=30), {"icb": [after(hours=20)]}) == ()
    assert treatment_flags(trial.get_timepoint("POST"), None, {"icb": [NOON]}) == ()


@pytest.mark.parametrize(
    ("specimen_type", "to", "minutes"),
    [("stool", "frozen", 240), ("blood-edta", "processed", 120), ("blood-serum", "processed", 120), ("tumour-frozen", "frozen", 30)],
)
def test_a_limit_is_kept_to_the_minute_and_flagged_past_it(trial: Protocol, specimen_type: str, to: str, minutes: int) -> None:
    plan = trial.get_collection_plan(specimen_type)

    def ended(after_minutes: int) -> Times:
        return Times(**{"collected_at": NOON, f"{to}_at": after(minutes=after_minutes)})

    assert processing_flags(plan, ended(minutes)) == ()
    assert processing_flags(plan, ended(minutes + 1)) == ("processed-late",)


def test_a_spin_after_three_hours_spoils_plasma_but_not_pbmc(trial: Protocol) -> None:
    plan = trial.get_collection_plan("blood-edta")
    times = Times(collected_at=NOON, processed_at=after(hours=3))

    assert processing_flags(plan, times) == ("processed-late",)
    assert processing_flags(plan, times, "plasma") == ("processed-late",)
    assert processing_flags(plan, times, "pbmc") == ()
    assert processing_flags(plan, Times(collected_at=NOON, processed_at=after(hours=9)), "pbmc") == ("processed-late",)


def test_serum_clots_for_half_an_hour_and_a_block_fixes_for_six(trial: Protocol) -> None:
    serum, block = trial.get_collection_plan("blood-serum"), trial.get_collection_plan("tumour-ffpe")

    assert processing_flags(serum, Times(collected_at=NOON, processed_at=after(minutes=29))) == ("processed-early",)
    assert processing_flags(serum, Times(collected_at=NOON, processed_at=after(minutes=30))) == ()
    assert processing_flags(block, Times(collected_at=NOON, processed_at=after(hours=5))) == ("processed-early",)
    assert processing_flags(block, Times(collected_at=NOON, processed_at=after(hours=72))) == ()
    assert processing_flags(block, Times(collected_at=NOON, processed_at=after(hours=73))) == ("processed-late",)


def test_received_after_processed_is_a_flag_and_no_fault(trial: Protocol) -> None:
    times = Times(collected_at=NOON, processed_at=after(minutes=40), received_at=after(minutes=50))

    assert processing_flags(trial.get_collection_plan("blood-serum"), times) == ("received-after-processed",)
    assert processing_flags(None, times) == ("received-after-processed",)
    assert time_order_findings(times) == ()


def test_what_was_handled_before_it_was_collected_is_a_fault() -> None:
    findings = time_order_findings(Times(collected_at=NOON, received_at=after(minutes=1), frozen_at=after(minutes=-1)))

    assert [(finding.where, finding.sentence) for finding in findings] == [("frozen_at", "frozen before it was collected")]
    assert time_order_findings(Times(collected_at=NOON, frozen_at=NOON)) == ()
    assert time_order_findings(Times(frozen_at=NOON)) == ()


MINUTES = st.none() | st.integers(-600, 6000)


@given(MINUTES, MINUTES, MINUTES, MINUTES)
def test_unknown_times_flag_nothing_that_known_ones_would_not(
    collected: int | None, received: int | None, processed: int | None, frozen: int | None
) -> None:
    plan = TRIAL.get_collection_plan("blood-edta")
    collected_at, received_at, processed_at, frozen_at = (
        None if gone is None else after(minutes=gone) for gone in (collected, received, processed, frozen)
    )
    flags = processing_flags(
        plan, Times(collected_at=collected_at, received_at=received_at, processed_at=processed_at, frozen_at=frozen_at)
    )

    late = collected is not None and processed is not None and processed - collected > 120
    odd = received is not None and processed is not None and received > processed
    assert set(flags) == {flag for flag, holds in {"processed-late": late, "received-after-processed": odd}.items() if holds}


def test_a_running_limit_says_what_is_due_and_when(trial: Protocol) -> None:
    plan = trial.get_collection_plan("blood-edta")
    fresh = Times(collected_at=NOON)

    assert [(due.to, due.due_at) for due in running_limits(plan, fresh)] == [
        (Milestone.PROCESSED, after(hours=2)),
        (Milestone.PROCESSED, after(hours=8)),
    ]
    due = processing_due(plan, fresh)
    assert due is not None
    assert due.due_at == after(hours=2)
    later = processing_due(plan, fresh, after=after(hours=3))
    assert later is not None
    assert later.due_at == after(hours=8)
    assert processing_due(plan, fresh, after=after(hours=9)) is None


def test_no_limit_runs_once_the_step_or_a_later_one_is_done_or_before_the_first(trial: Protocol) -> None:
    blood, stool = trial.get_collection_plan("blood-edta"), trial.get_collection_plan("stool")

    assert processing_due(blood, Times(collected_at=NOON, processed_at=after(hours=1))) is None
    assert processing_due(blood, Times(collected_at=NOON, frozen_at=after(hours=1))) is None
    assert processing_due(stool, Times(collected_at=NOON, processed_at=after(hours=1))) is not None
    assert processing_due(stool, Times()) is None
    assert processing_due(None, Times(collected_at=NOON)) is None
    assert processing_due(trial.get_collection_plan("tumour-rnalater"), Times(collected_at=NOON)) is None


def test_a_limit_that_only_sets_a_least_time_never_runs_out() -> None:
    least = ProcessingLimit(from_=Milestone.COLLECTED, to=Milestone.PROCESSED, at_least_minutes=30, early_flag="processed-early")
    plan = CollectionPlan(specimen_type="serum", timepoints=("V",), containers=("sst",), tubes=1, limits=(least,))

    assert running_limits(plan, Times(collected_at=NOON)) == ()


def test_an_aliquot_serves_the_assay_it_was_made_for_and_without_a_purpose_every_assay_its_type_feeds(trial: Protocol) -> None:
    served = {
        purpose: {assay.code for assay in trial.assays if serves(assay, "stool", purpose)}
        for purpose in ("metagenomics", "metabolomics-stool", "reserve", None)
    }

    both = {"metagenomics", "metabolomics-stool"}
    assert served == {"metagenomics": {"metagenomics"}, "metabolomics-stool": {"metabolomics-stool"}, "reserve": both, None: both}


def test_enrolment_and_withdrawal_count_days_of_the_study_s_zone() -> None:
    late_evening = datetime(2026, 3, 10, 15, 59, tzinfo=UTC)
    after_midnight = datetime(2026, 3, 10, 16, 1, tzinfo=UTC)

    assert not is_after_withdrawal(late_evening, date(2026, 3, 10), SHANGHAI)
    assert is_after_withdrawal(after_midnight, date(2026, 3, 10), SHANGHAI)
    assert not is_after_withdrawal(after_midnight, None, SHANGHAI)
    assert is_before_enrolment(late_evening, date(2026, 3, 11), SHANGHAI)
    assert not is_before_enrolment(after_midnight, date(2026, 3, 11), SHANGHAI)
    assert not is_before_enrolment(None, date(2026, 3, 11), SHANGHAI)
