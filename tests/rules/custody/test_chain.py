"""The text of an act and its hash: the same for ever, read back as written, and different for every other act."""

import hashlib
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lims.custody.chain import canonical_text, chain_hash, read_text
from lims.custody.errors import InTheFuture
from lims.custody.rules import check_has_happened
from lims.custody.vocabulary import NO_HASH, Act, EventType, SubjectKind

NOW = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
ACT = Act(type=EventType.CONSUMED, occurred_at=NOW - timedelta(hours=1), facts={"unit": "mg", "drawn": 5}, reason="质控", corrects=7)
TEXT = (
    '["lims.event.v1",1001,"specimen",42,3,"consumed","2026-11-22T03:00:00.000000Z","2026-11-22T04:00:00.000000Z",'
    '"ann","bench-1","质控",7,{"drawn":5,"unit":"mg"}]'
)
JSON_VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=10)),
    lambda children: st.one_of(st.lists(children, max_size=3), st.dictionaries(st.text(max_size=5), children, max_size=3)),
    max_leaves=8,
)
FACTS = st.dictionaries(st.text(max_size=8), JSON_VALUES, max_size=5)
ACTS = st.builds(
    Act,
    type=st.sampled_from(EventType),
    occurred_at=st.datetimes(min_value=datetime(1900, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001  # given a zone
    facts=FACTS,
    reason=st.one_of(st.none(), st.text(max_size=20)),
    corrects=st.one_of(st.none(), st.integers(1, 2**63 - 1)),
)

OTHER_JSON = ("", "{}", "[]", "5", "null", "[1,2]", "[" * 200_000, TEXT[:-1])
OTHER_WORDS = {
    "v1": "v2",
    "consumed": "eaten",
    '"2026-11-22T03': "5,[",
    '{"drawn":5,"unit":"mg"}': "[]",
    '"2026-11-22T04:00:00.000000Z"': "12",
}
NOT_OURS = (*OTHER_JSON, *(TEXT.replace(ours, other) for ours, other in OTHER_WORDS.items()))


def text_of(act: Act, event_id: int = 1001, sequence: int = 3) -> str:
    return canonical_text(act, event_id, SubjectKind.SPECIMEN, 42, sequence, NOW, "ann", "bench-1")


def test_an_act_is_written_as_it_was_when_the_first_was_hashed() -> None:
    assert text_of(ACT) == TEXT
    assert chain_hash(NO_HASH, TEXT) == hashlib.sha256(f"\0lims.event.v1\0{NO_HASH}\0{TEXT}".encode()).hexdigest()


@given(ACTS)
def test_what_is_written_is_read_again(act: Act) -> None:
    written = read_text(text_of(act))
    assert (written.id, written.kind, written.subject_id, written.sequence) == (1001, "specimen", 42, 3)
    assert (written.type, written.occurred_at, written.recorded_at) == (act.type, act.occurred_at, NOW)
    assert (written.actor, written.device, written.reason, written.corrects) == ("ann", "bench-1", act.reason, act.corrects)
    assert written.facts == act.facts


@given(ACTS, FACTS)
def test_other_facts_have_another_hash(act: Act, facts: dict[str, Any]) -> None:
    same = json.dumps(facts, sort_keys=True) == json.dumps(act.facts, sort_keys=True)
    one, other = (chain_hash(NO_HASH, text_of(each)) for each in (act, replace(act, facts=facts)))
    assert (one == other) == same


def test_number_place_and_predecessor_are_part_of_the_hash() -> None:
    hashes = {
        chain_hash(NO_HASH, text_of(ACT)),
        chain_hash(NO_HASH, text_of(ACT, event_id=1002)),
        chain_hash(NO_HASH, text_of(ACT, sequence=4)),
        chain_hash("1" * 64, text_of(ACT)),
    }
    assert len(hashes) == 4


def test_a_number_whose_text_is_not_one_is_never_hashed() -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        text_of(replace(ACT, facts={"amount": float("nan")}))


@pytest.mark.parametrize("text", NOT_OURS, ids=range(len(NOT_OURS)))
def test_a_text_that_was_not_written_by_us_is_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  # whatever is wrong with it
        read_text(text)


def test_an_act_may_be_five_minutes_ahead_and_no_more() -> None:
    check_has_happened(NOW + timedelta(minutes=5), NOW)
    with pytest.raises(InTheFuture, match="has not come yet"):
        check_has_happened(NOW + timedelta(minutes=5, seconds=1), NOW)
