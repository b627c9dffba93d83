"""Which copy, which mark, how a job stands: decided without a database, whatever came before."""

from collections.abc import Mapping
from datetime import UTC, datetime
from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as some

from lims.ids import ALPHABET, Prefix, new_barcode
from lims.labels.drawing import known_templates
from lims.printing import rules
from lims.printing.errors import BadWords, MarksUsedUp, NoRoomForMark
from lims.printing.vocabulary import JobState, LabelPrint, LabelState, ScanOutcome, VoidReason

NOW = datetime(2026, 11, 22, tzinfo=UTC)
BARCODE = "S3WJWJD8"
STATES = some.sampled_from(LabelState)
COUNTS = some.dictionaries(STATES, some.integers(1, 500))


def label(copy: int = 1, state: LabelState = LabelState.PRINTED, *, left: bool = True, line: int = 1) -> LabelPrint:
    """A label of :data:`BARCODE`; ``left`` whether it has left the queue."""
    symbol = BARCODE if copy == 1 else BARCODE + ALPHABET[copy - 2]
    void = state is LabelState.VOID
    return LabelPrint(
        id=line,
        job_id=1,
        line=line,
        subject_id=7,
        participant_id=None,
        barcode=BARCODE,
        symbol=symbol,
        copy=copy,
        fields={},
        reason=None if copy == 1 else "lost",
        state=state,
        sent_at=NOW if left else None,
        printed_at=None,
        verified_at=None,
        voided_at=NOW if void else None,
        void_reason=VoidReason.REPLACED if void else None,
    )


@given(some.lists(some.sampled_from(["printed", "replaced in the queue", "cancelled in the queue"]), max_size=40))
def test_copies_are_numbered_by_what_left_the_queue_alone(fates: list[str]) -> None:
    former: list[LabelPrint] = []
    left = 0
    for fate in fates:
        copy = rules.next_copy(former)
        assert copy == left + 1
        assert rules.needs_reason(former) == (left > 0)
        if left >= len(ALPHABET):
            break
        former = [label(each.copy, LabelState.VOID, left=rules.has_left(each)) for each in former]
        if fate == "printed":
            former.append(label(copy))
            left += 1
        else:
            former.append(label(copy, LabelState.VOID, left=False))


def test_what_waits_needs_a_reason_to_be_replaced_and_keeps_its_number() -> None:
    waiting = [label(1, LabelState.QUEUED, left=False)]
    assert rules.needs_reason(waiting)
    assert rules.next_copy(waiting) == 1


@given(some.integers(2, len(ALPHABET) + 1))
def test_the_mark_of_a_copy_is_one_no_other_label_of_it_has(copy: int) -> None:
    former = [label(number, LabelState.VOID) for number in range(1, copy)]
    first = next(rules.marked_codes(BARCODE, copy, former))
    assert first == BARCODE + ALPHABET[copy - 2]
    assert first not in {each.symbol for each in former}


def test_marks_are_tried_in_their_order_and_run_out() -> None:
    barcode = new_barcode(Prefix.SPECIMEN)
    codes = rules.marked_codes(barcode, 2, [])
    assert list(islice(codes, len(ALPHABET))) == [barcode + mark for mark in ALPHABET]
    with pytest.raises(MarksUsedUp):
        next(codes)
    with pytest.raises(NoRoomForMark):
        next(rules.marked_codes("X" * 30, 2, []))
    assert len(next(rules.marked_codes("X" * 29, 2, []))) == 30


@given(COUNTS, some.booleans(), some.booleans())
def test_a_job_stands_in_one_state_that_its_labels_explain(counts: Mapping[LabelState, int], paused: bool, cancelled: bool) -> None:
    state = rules.job_state(counts, paused=paused, cancelled=cancelled)
    live = {each for each in counts if each is not LabelState.VOID}
    explained = {
        JobState.CANCELLED: cancelled,
        JobState.VOID: not live,
        JobState.PROVEN: live == {LabelState.VERIFIED},
        JobState.PRINTED: LabelState.PRINTED in live and not live & set(rules.UNFINISHED),
        JobState.PAUSED: paused and bool(live & set(rules.UNFINISHED)),
        JobState.WAITING: live == {LabelState.QUEUED},
        JobState.PRINTING: bool(live & set(rules.UNFINISHED)),
    }
    assert explained[state]
    assert (state is JobState.CANCELLED) == cancelled


@given(some.lists(STATES, min_size=1, max_size=8), some.data())
def test_a_scan_counts_exactly_where_a_label_is_out_and_not_yet_proven(states: list[LabelState], data: some.DataObject) -> None:
    labels = [label(state=state, line=line) for line, state in enumerate(states, start=1)]
    scanned = data.draw(some.sampled_from(labels))
    outcome = rules.outcome_of(scanned, labels)
    out = scanned.state in {LabelState.SENDING, LabelState.SENT, LabelState.PRINTED}
    assert (outcome in {ScanOutcome.OK, ScanOutcome.WRONG_ORDER}) == out
    if outcome is ScanOutcome.OK:
        assert all(each.state in {LabelState.VERIFIED, LabelState.VOID} for each in labels if each.line < scanned.line)


@pytest.mark.parametrize("outcome", ScanOutcome)
def test_every_outcome_is_said_in_a_sentence_that_says_what_to_do(outcome: ScanOutcome) -> None:
    one, two = label(), label(line=2)
    sentence = rules.scan_sentence(outcome, BARCODE, one, two, 1)
    assert sentence.endswith(".")
    assert "None" not in sentence


def test_words_are_one_line_of_what_can_be_seen() -> None:
    assert rules.clean_words("reason", "  frosted over ") == "frosted over"
    assert rules.clean_words("reason", " ") is None
    assert rules.clean_words("reason", None) is None
    for bad in ("a\nb", "a\x00b", "x" * 201):
        with pytest.raises(BadWords):
            rules.clean_words("reason", bad)


def test_templates_of_one_stock_are_told_from_those_of_another() -> None:
    templates = known_templates()
    for one in templates.values():
        same = {other.name for other in templates.values() if rules.is_same_stock(one.stock, other.stock)}
        assert one.name in same
        assert all(templates[name].stock.part == one.stock.part for name in same)
