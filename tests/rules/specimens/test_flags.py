"""Flags that follow from times and treatments, on examples of ILDR-02, and how they are told to whoever registers."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from lims.specimens.flags import CollectionFacts, anchor_of, computed_flags, remarks_on
from lims.studies.protocol_file import load_protocol, shipped_protocol
from lims.studies.rules import Times

TRIAL = load_protocol(shipped_protocol("ILDR-02"), "ildr-02.toml")
ILDR_AT = datetime(2026, 8, 24, 7, 0, tzinfo=UTC)
FIRST_DOSE, SECOND_DOSE = ILDR_AT + timedelta(hours=20), ILDR_AT + timedelta(days=22)
GIVEN = {"ildr": [ILDR_AT], "icb": [FIRST_DOSE, SECOND_DOSE]}


def facts(timepoint: str = "PRE", day: int = -3, specimen_type: str = "stool", **more: object) -> CollectionFacts:
    """Collected on this day of the course, at three in the afternoon in Shantou."""
    times = Times(collected_at=ILDR_AT + timedelta(days=day))
    plain = CollectionFacts(
        timepoint=timepoint, specimen_type=specimen_type, times=times, enrolled_on=date(2026, 7, 1), withdrawn_on=None, doses=GIVEN
    )
    return replace(plain, **more)  # type: ignore[arg-type]  # fields by name


def handled(specimen_type: str, collected: CollectionFacts, **minutes: int) -> CollectionFacts:
    """The same, each milestone so many minutes after it was collected."""
    at = collected.times.collected_at
    assert at is not None
    later = {f"{milestone}_at": at + timedelta(minutes=after) for milestone, after in minutes.items()}
    return replace(collected, specimen_type=specimen_type, times=replace(collected.times, **later))


@pytest.mark.parametrize(
    ("timepoint", "day", "flags"),
    [
        ("PRE", -14, ()),
        ("PRE", -15, ("window-early",)),
        ("PRE", 0, ()),
        ("POST", 14, ()),
        ("POST", 13, ("window-early",)),
        ("POST", 21, ()),
        ("POST", 23, ("after-second-antibody",)),
        ("POST", 29, ("window-late", "after-second-antibody")),
        ("D1", 1, ()),
        ("W6", 50, ("window-late",)),
        ("PD", 400, ()),
        ("EOT", 731, ("window-late",)),
    ],
)
def test_a_collection_out_of_its_window_or_on_the_wrong_side_of_a_dose_is_flagged(timepoint: str, day: int, flags: tuple[str, ...]) -> None:
    assert computed_flags(TRIAL, facts(timepoint, day)) == flags


def test_a_sample_of_d1_before_the_first_dose_is_flagged() -> None:
    early = facts("D1", 0, "blood-edta", times=Times(collected_at=FIRST_DOSE - timedelta(minutes=1)))
    assert "before-antibody" in computed_flags(TRIAL, early)
    assert "before-antibody" not in computed_flags(TRIAL, replace(early, times=Times(collected_at=FIRST_DOSE)))


def test_before_the_fraction_is_known_no_window_is_judged() -> None:
    assert computed_flags(TRIAL, facts("PRE", -40, doses={})) == ()


def test_an_unknown_time_of_collection_flags_nothing() -> None:
    assert computed_flags(TRIAL, facts(times=Times(frozen_at=ILDR_AT))) == ()


@pytest.mark.parametrize(("minutes", "flags"), [(240, ()), (241, ("processed-late",))])
def test_stool_frozen_after_four_hours_is_late(minutes: int, flags: tuple[str, ...]) -> None:
    assert computed_flags(TRIAL, handled("stool", facts(), frozen=minutes)) == flags


def test_a_spin_after_three_hours_spoils_plasma_and_not_pbmc() -> None:
    spun = handled("blood-edta", facts(specimen_type="blood-edta"), processed=180)
    assert computed_flags(TRIAL, spun, "plasma") == ("processed-late",)
    assert computed_flags(TRIAL, spun, "pbmc") == ()
    assert computed_flags(TRIAL, spun) == ("processed-late",)


def test_received_after_it_was_processed_is_kept_and_flagged() -> None:
    assert computed_flags(TRIAL, handled("stool", facts(), processed=30, received=60)) == ("received-after-processed",)


def test_a_sample_before_enrolment_and_one_of_somebody_who_withdrew_are_flagged() -> None:
    assert computed_flags(TRIAL, facts(enrolled_on=date(2026, 8, 22))) == ("before-enrolment",)
    assert computed_flags(TRIAL, facts(withdrawn_on=date(2026, 12, 1))) == ("consent-withdrawn",)


def test_a_timepoint_the_protocol_dropped_judges_no_window() -> None:
    assert computed_flags(TRIAL, facts("C3D1", 99)) == ()


def test_the_anchor_is_the_first_fraction() -> None:
    assert anchor_of(TRIAL, {"ildr": [SECOND_DOSE, ILDR_AT]}) == ILDR_AT
    assert anchor_of(TRIAL, {"icb": [FIRST_DOSE]}) is None


@pytest.mark.parametrize(
    ("collected", "sentence"),
    [
        (facts("POST", 29), "Collected on day 29, the window ends on day 28 (2026-09-21). Kept, and marked."),
        (facts("PRE", -15), "Collected on day -15, the window begins on day -14 (2026-08-10). Kept, and marked."),
        (facts("EOT", 731), "Out of the window. Kept, and marked."),
        (handled("stool", facts(), frozen=300), "Processed or frozen too late. Kept, and marked."),
    ],
)
def test_a_flag_is_told_in_one_sentence(collected: CollectionFacts, sentence: str) -> None:
    assert remarks_on(TRIAL, collected)[0].sentence == sentence


def test_every_flag_a_rule_may_give_is_named_by_the_protocol() -> None:
    carried = {
        flag for timepoint in ("D1", "POST", "PRE") for day in range(-20, 40) for flag in computed_flags(TRIAL, facts(timepoint, day))
    }
    assert all(TRIAL.get_nonconformance(flag).computed for flag in carried)
