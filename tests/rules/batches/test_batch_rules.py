"""What a batch is called, what fits in, and that halves go together."""

from dataclasses import replace

import pytest

from lims.batches.errors import BadBatch, BatchFull
from lims.batches.rules import batch_code, batch_prefix, check_batch, check_fits, fill, group_of_pair, half_pairs, in_order
from lims.batches.vocabulary import CreateBatch, Member
from lims.pairs.rules import pair_of
from tests.support.pair_facts import course, ildr_02, tube


def member(specimen_id: int, participant: str, side: str | None, assay: str = "metagenomics") -> Member:
    return Member(
        specimen_id=specimen_id,
        barcode=f"T{specimen_id}",
        label="",
        participant=participant,
        timepoint=(side or "pd").upper(),
        specimen_type="stool",
        pair_id=f"{participant}-{assay}" if side else None,
        side=side,
    )


def test_a_batch_is_called_by_the_word_of_its_assay() -> None:
    assays = {assay.code: assay for assay in ildr_02().assays}
    assert {code: batch_prefix(assay) for code, assay in assays.items()} == {
        "metagenomics": "MG",
        "metabolomics-stool": "MS",
        "metabolomics-plasma": "MP",
        "flow": "FC",
        "tumour-rna": "TR",
        "tumour-mif": "TM",
        "germline": "GL",
    }
    unnamed = {code: batch_prefix(replace(assay, batch_prefix=None)) for code, assay in assays.items()}
    assert (unnamed["metabolomics-stool"], unnamed["flow"]) == ("MS", "FL")
    assert [batch_code("MG", 2026, number) for number in (1, 99, 100)] == ["MG-2026-01", "MG-2026-99", "MG-2026-100"]


def test_pairs_stand_side_by_side_before_first() -> None:
    members = [member(9, "L08", "pre"), member(2, "L07", "post"), member(8, "L07", None), member(5, "L07", "pre"), member(1, "L08", "post")]
    assert [each.specimen_id for each in in_order(members)] == [8, 5, 2, 9, 1]


def test_half_a_pair_is_warned() -> None:
    whole = [member(1, "L07", "pre"), member(2, "L07", "post"), member(3, "L07", None)]
    assert half_pairs(whole) == ()
    assert [str(remark.sentence) for remark in half_pairs([*whole, member(4, "L08", "pre"), member(5, "L08", "pre")])] == [
        "Only the pre side of L08-metagenomics is in the batch. Add the other, or it answers nothing."
    ]


def test_a_batch_is_filled_with_whole_pairs_only() -> None:
    pairs = [(tube("PRE"), tube("POST")) for _ in range(3)]
    assert [len(fill(pairs, places)) for places in (0, 1, 2, 3, 5, 6, 7, None)] == [0, 0, 1, 1, 2, 3, 3, 3]


def test_a_pair_is_taken_from_what_is_in_no_batch() -> None:
    protocol = ildr_02()
    before, again, after = tube("PRE", on=-3), tube("PRE", on=-5), tube("POST")
    view = pair_of([before, again, after], protocol.get_assay("metagenomics"), protocol, course())
    assert group_of_pair(view, frozenset()) == (before, after)
    assert group_of_pair(view, frozenset({before.id})) == (again, after)
    assert group_of_pair(view, frozenset({after.id})) == ()


@pytest.mark.parametrize(
    "wrong",
    [
        {"size": 0},
        {"size": -1},
        {"size": 2**63},
        {"name": ""},
        {"name": "two\nlines"},
        {"name": "x" * 101},
        {"name": "\x00"},
        {"controls": ("",)},
        {"controls": ("=1+1",)},
        {"controls": ("blank\x00",)},
        {"specimens": ("S",) * 10_001},
    ],
)
def test_a_batch_that_cannot_be_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(BadBatch):
        check_batch(replace(CreateBatch(assay="metagenomics"), **wrong))  # type: ignore[arg-type]  # fields by name


def test_more_than_there_are_places_is_refused() -> None:
    check_fits(None, 10**6)
    check_fits(4, 4)
    with pytest.raises(BatchFull, match="Leave 1 out"):
        check_fits(4, 5)
