"""How a pair stands: a case for every state and every way into it, by the trial's protocol."""

from dataclasses import dataclass, field
from datetime import date

import pytest

from lims.pairs.rules import pair_of
from lims.pairs.vocabulary import Course, PairView, TubeFacts
from lims.specimens.vocabulary import SpecimenState
from lims.studies.rules import Times
from tests.support.pair_facts import course, day, ildr_02, primary, tube

GONE = SpecimenState.DISPOSED


def stands(tubes: list[TubeFacts], seen: Course, assay: str = "metagenomics") -> PairView:
    protocol = ildr_02()
    return pair_of(tubes, protocol.get_assay(assay), protocol, seen)


@dataclass(frozen=True)
class Case:
    """What is there, seen when, and how the pair stands."""

    name: str
    tubes: list[TubeFacts]
    seen: Course
    state: str
    reasons: list[str] = field(default_factory=list)
    assay: str = "metagenomics"


PRE, POST = tube("PRE"), tube("POST")
CASES = [
    Case("both sides", [PRE, POST], course(), "complete"),
    Case("both sides before any date is known", [PRE, POST], course(anchor=None), "complete"),
    Case("taken late is flagged, not blocked", [tube("PRE", on=-20), tube("POST", on=31)], course(), "complete"),
    Case("nothing yet, no fraction yet", [], course(anchor=None), "possible", ["before-treatment", "not-dated"]),
    Case("before there, no fraction yet", [PRE], course(anchor=None), "waiting", ["not-dated"]),
    Case("before there, day 5", [PRE], course(5), "waiting", ["window-not-open"]),
    Case("before there, the day before the window", [PRE], course(13), "waiting", ["window-not-open"]),
    Case("the window opens", [PRE], course(14), "possible", ["window-open"]),
    Case("four days left", [PRE], course(24), "possible", ["window-open"]),
    Case("three days left", [PRE], course(25), "at_risk", ["window-closing"]),
    Case("the last day", [PRE], course(28), "at_risk", ["window-closing"]),
    Case("the day after", [PRE], course(29), "broken", ["window-closed"]),
    Case("after is there and not divided", [PRE, primary("POST")], course(60), "possible", ["to-divide"]),
    Case("neither is divided", [primary("PRE"), primary("POST")], course(60), "possible", ["to-divide", "to-divide"]),
    Case("before is not divided, after has not opened", [primary("PRE")], course(5), "possible", ["to-divide", "window-not-open"]),
    Case("nothing was taken before the fraction", [], course(5), "broken", ["window-closed"]),
    Case("nothing was taken before, seen after the fraction", [], course(at=day(0, 16)), "broken", ["treated-already"]),
    Case("nothing was taken before, the fraction is to come", [], course(-10), "possible", ["window-open", "window-not-open"]),
    Case("before is gone", [tube("PRE", state=GONE), POST], course(), "broken", ["nothing-usable", "disposed", "window-closed"]),
    Case("after is used up, the window open", [PRE, tube("POST", amount="10")], course(20), "possible", ["window-open"]),
    Case(
        "after is used up, the window closed",
        [PRE, tube("POST", amount="10")],
        course(40),
        "broken",
        ["nothing-usable", "too-little", "window-closed"],
    ),
    Case(
        "after is in quarantine",
        [PRE, tube("POST", quarantined=True)],
        course(40),
        "broken",
        ["nothing-usable", "quarantined", "window-closed"],
    ),
    Case("after was not collected", [PRE], course(20, not_collected={("POST", "stool"): "refused"}), "broken", ["not-collected"]),
    Case("not collected once, and taken then", [PRE, POST], course(20, not_collected={("POST", "stool"): "patient-absent"}), "complete"),
    Case("withdrawn with both sides there", [PRE, POST], course(withdrawn_on=date(2026, 9, 1)), "excluded", ["consent-withdrawn"]),
    Case("withdrawn with nothing", [], course(withdrawn_on=date(2026, 9, 1)), "excluded", ["consent-withdrawn"]),
    Case("off study before the side", [PRE], course(20, off_study_on=date(2026, 9, 3)), "excluded", ["off-study"]),
    Case("off study within the window", [PRE], course(40, off_study_on=date(2026, 9, 20)), "excluded", ["off-study"]),
    Case("off study after the window", [PRE], course(60, off_study_on=date(2026, 10, 1)), "broken", ["window-closed"]),
    Case("off study with both sides there", [PRE, POST], course(60, off_study_on=date(2026, 9, 15)), "complete"),
    Case(
        "off study, after is used up",
        [PRE, tube("POST", state=GONE)],
        course(20, off_study_on=date(2026, 9, 13)),
        "broken",
        ["nothing-usable", "disposed", "off-study"],
    ),
    Case("same kind", [tube("PRE", kind="stool-plain"), tube("POST", kind="stool-plain")], course(), "complete"),
    Case("a kind not given matches any", [tube("PRE", kind="stool-plain"), POST], course(), "complete"),
    Case(
        "another kind of container",
        [tube("PRE", kind="stool-plain"), tube("POST", kind="stool-stabilised")],
        course(),
        "broken",
        ["container-differs"],
    ),
    Case(
        "another kind of container, the window open",
        [tube("PRE", kind="stool-plain"), tube("POST", kind="stool-stabilised")],
        course(20),
        "possible",
        ["container-differs", "window-open"],
    ),
    Case(
        "one of two matches",
        [tube("PRE", kind="stool-plain"), tube("POST", kind="stool-stabilised"), tube("POST", kind="stool-plain")],
        course(),
        "complete",
    ),
    Case(
        "a frozen core on both sides",
        [primary("PRE", "tumour-frozen", "12"), primary("POST", "tumour-frozen", "9")],
        course(),
        "complete",
        [],
        "tumour-rna",
    ),
    Case(
        "a core in RNAlater against a frozen one is no pair",
        [primary("PRE", "tumour-frozen", "12"), primary("POST", "tumour-rnalater", "9")],
        course(),
        "broken",
        ["window-closed"],
        "tumour-rna",
    ),
    Case(
        "no frozen core will come, one in RNAlater may",
        [primary("PRE", "tumour-frozen", "12"), primary("PRE", "tumour-rnalater", "9")],
        course(16, not_collected={("POST", "tumour-frozen"): "insufficient"}),
        "possible",
        ["window-open"],
        "tumour-rna",
    ),
    Case(
        "plasma still to be made",
        [tube("PRE", "plasma", "0.5", "mL"), primary("POST", "blood-edta", "9", "mL")],
        course(),
        "possible",
        ["to-divide"],
        "metabolomics-plasma",
    ),
    Case(
        "PBMC not made of either tube",
        [tube("PRE", "pbmc", "5", "10^6"), primary("POST", "blood-edta", "9", "mL", made=("plasma",))],
        course(),
        "possible",
        ["to-divide"],
        "flow",
    ),
    Case(
        "no plasma was kept",
        [tube("PRE", "plasma", "0.5", "mL"), primary("POST", "blood-edta", "9", "mL", made=("plasma",))],
        course(),
        "broken",
        ["nothing-usable", "divided", "window-closed"],
        "metabolomics-plasma",
    ),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_pair_stands_as_the_trial_says(case: Case) -> None:
    pair = stands(case.tubes, case.seen, case.assay)
    assert (pair.state.value, [reason.code.value for reason in pair.reasons]) == (case.state, case.reasons)


@pytest.mark.parametrize(
    ("minutes_gone", "state", "reason"),
    [(30, "possible", "to-divide"), (179, "possible", "to-divide"), (180, "at_risk", "limit-running"), (241, "possible", "to-divide")],
)
def test_a_pair_is_at_risk_while_a_processing_limit_runs_out(minutes_gone: int, state: str, reason: str) -> None:
    taken = primary("POST", times=Times(collected_at=day(20, 9)))
    pair = stands([PRE, taken], course(at=day(20, 9 + minutes_gone // 60, minutes_gone % 60)))
    assert (pair.state.value, pair.reasons[0].code.value) == (state, reason)


def test_a_limit_counts_for_what_it_protects() -> None:
    blood = primary("POST", "blood-edta", "9", "mL", times=Times(collected_at=day(20, 9)))
    seen = course(at=day(20, 10, 30))
    assert stands([tube("PRE", "plasma", "0.5", "mL"), blood], seen, "metabolomics-plasma").state == "at_risk"
    assert stands([tube("PRE", "pbmc", "5", "10^6"), blood], seen, "flow").state == "possible"


def test_the_dates_are_those_of_the_side_that_is_missing() -> None:
    assert (stands([PRE], course(5)).due_from, stands([PRE], course(5)).due_to) == (date(2026, 9, 7), date(2026, 9, 21))
    early = stands([], course(-10))
    assert (early.due_from, early.due_to) == (date(2026, 8, 10), date(2026, 8, 24))
    for tubes, seen in (([PRE, POST], course()), ([PRE], course(29)), ([PRE], course(20, withdrawn_on=date(2026, 9, 1)))):
        assert stands(tubes, seen).due_to is None


def test_the_reasons_are_sentences() -> None:
    assert [str(reason) for reason in stands([PRE], course(26)).reasons] == ["POST closes on 2026-09-21. Days left: 2."]
    assert [str(reason) for reason in stands([PRE], course(anchor=None)).reasons] == ["POST has no date before ildr is recorded."]


def test_the_collection_nearest_the_target_day_comes_first() -> None:
    late, near, unknown = tube("POST", on=27), tube("POST", on=22), tube("POST", times=Times())
    reserve, made_for_it = tube("POST", on=22, purpose="reserve"), tube("POST", on=22, purpose="metagenomics")
    used_up = tube("POST", on=21, amount="1")
    pair = stands([PRE, late, unknown, reserve, near, used_up, made_for_it], course())
    assert [seen.facts for seen in pair.post] == [made_for_it, near, reserve, late, unknown, used_up]
    assert [seen.usable for seen in pair.post] == [True] * 5 + [False]


def test_a_side_lists_every_specimen_and_only_timepoints_that_are_a_side() -> None:
    there = [primary("PRE", made=("stool",)), tube("PRE"), tube("PRE", state=GONE), tube("PRE", purpose="metabolomics-stool")]
    elsewhere = [tube("PD"), tube("PRE", "plasma", "0.5", "mL"), tube("W6")]
    pair = stands([*there, *elsewhere], course())
    assert {seen.facts for seen in pair.pre} == set(there)
    assert pair.post == ()
