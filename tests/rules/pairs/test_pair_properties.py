"""What holds of every pair, whatever is there and whenever it is looked at."""

from dataclasses import replace
from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from lims.pairs.rules import RANK, pair_of
from lims.pairs.usability import usability
from lims.pairs.vocabulary import Course, PairState, PairView, TubeFacts
from lims.specimens.vocabulary import SpecimenForm, SpecimenState
from tests.support.pair_facts import course, ildr_02, tube

ASSAYS = st.sampled_from([assay.code for assay in ildr_02().assays if assay.paired])
TYPES = [
    ("stool", "mg"),
    ("plasma", "mL"),
    ("pbmc", "10^6"),
    ("blood-edta", "mL"),
    ("tumour-frozen", "mg"),
    ("tumour-rnalater", "mg"),
    ("tumour-ffpe", "count"),
]


@st.composite
def tubes(draw: st.DrawFn, kinds: bool = False) -> TubeFacts:
    """Any tube that could lie in the freezer."""
    specimen_type, unit = draw(st.sampled_from(TYPES))
    return tube(
        draw(st.sampled_from(["PRE", "POST", "PD"])),
        specimen_type,
        draw(st.sampled_from([None, "0", "1", "200"])),
        unit,
        form=draw(st.sampled_from([SpecimenForm.ALIQUOT, SpecimenForm.PRIMARY])),
        on=draw(st.integers(-20, 60)),
        purpose=draw(st.sampled_from([None, None, "metagenomics", "flow", "reserve"])),
        thaws=draw(st.sampled_from([None, 0, 1, 9])),
        state=draw(st.sampled_from(SpecimenState)),
        quarantined=draw(st.booleans()),
        flags=draw(st.sampled_from([(), ("haemolysed",), ("contaminated",)])),
        made=draw(st.sampled_from([(), ("stool",), ("plasma",)])),
        kind=draw(st.sampled_from([None, "stool-plain", "stool-stabilised"])) if kinds else None,
    )


COURSES = st.builds(
    lambda today, treated, off: course(today, anchor=course().anchor_at if treated else None, off_study_on=off),
    st.integers(-20, 80),
    st.booleans(),
    st.none() | st.dates(date(2026, 8, 1), date(2026, 11, 1)),
)


def stands(there: list[TubeFacts], seen: Course, assay: str) -> PairView:
    return pair_of(there, ildr_02().get_assay(assay), ildr_02(), seen)


@given(st.lists(tubes(kinds=True), max_size=8), COURSES, ASSAYS)
def test_withdrawn_consent_stands_before_every_other_state(there: list[TubeFacts], seen: Course, assay: str) -> None:
    assert (
        stands(there, replace(seen, participant=replace(seen.participant, withdrawn_on=date(2026, 9, 1))), assay).state
        is PairState.EXCLUDED
    )


@given(st.lists(tubes(kinds=True), max_size=8), COURSES, ASSAYS)
def test_only_a_complete_pair_needs_no_reason(there: list[TubeFacts], seen: Course, assay: str) -> None:
    pair = stands(there, seen, assay)
    assert (not pair.reasons) == (pair.state is PairState.COMPLETE)
    for reason in (*pair.reasons, *(why for side in (pair.pre, pair.post) for view in side for why in view.why)):
        assert reason.sentence.endswith(".")


@given(st.lists(tubes(kinds=True), max_size=8), COURSES, ASSAYS)
def test_a_complete_pair_has_a_usable_tube_on_both_sides(there: list[TubeFacts], seen: Course, assay: str) -> None:
    pair = stands(there, seen, assay)
    if pair.state is PairState.COMPLETE:
        assert any(view.usable for view in pair.pre)
        assert any(view.usable for view in pair.post)


@given(st.lists(tubes(), max_size=8), tubes(), COURSES, ASSAYS)
def test_a_usable_tube_more_never_makes_a_pair_worse(there: list[TubeFacts], more: TubeFacts, seen: Course, assay: str) -> None:
    protocol = ildr_02()
    if not usability(more, protocol.get_assay(assay), protocol):
        assert RANK[stands([*there, more], seen, assay).state] <= RANK[stands(there, seen, assay).state]


@given(st.lists(tubes(kinds=True), max_size=8), tubes(kinds=True), COURSES, ASSAYS)
def test_what_is_complete_stays_complete_whatever_is_added(there: list[TubeFacts], more: TubeFacts, seen: Course, assay: str) -> None:
    if stands(there, seen, assay).state is PairState.COMPLETE:
        assert stands([*there, more], seen, assay).state is PairState.COMPLETE


@given(st.lists(tubes(kinds=True), max_size=6).flatmap(lambda there: st.tuples(st.just(there), st.permutations(there))), COURSES, ASSAYS)
def test_the_order_in_which_tubes_are_found_changes_nothing(
    both: tuple[list[TubeFacts], list[TubeFacts]], seen: Course, assay: str
) -> None:
    one, other = (stands(there, seen, assay) for there in both)
    assert (one.state, one.due_to, [view.barcode for view in one.pre]) == (other.state, other.due_to, [view.barcode for view in other.pre])


@given(st.lists(tubes(), max_size=8), ASSAYS, st.integers(-20, 79))
def test_time_alone_never_mends_a_broken_pair(there: list[TubeFacts], assay: str, today: int) -> None:
    if stands(there, course(today), assay).state is PairState.BROKEN:
        assert stands(there, course(today + 1), assay).state is PairState.BROKEN
