"""Which tubes an assay can use, by the trial's protocol."""

from datetime import date

import pytest

from lims.pairs.usability import can_still_yield, usability
from lims.pairs.vocabulary import TEMPLATES, ReasonCode, TubeFacts
from lims.specimens.vocabulary import SpecimenState
from tests.support.pair_facts import ildr_02, primary, tube


def why(facts: TubeFacts, assay: str = "metagenomics") -> list[str]:
    protocol = ildr_02()
    return [reason.code.value for reason in usability(facts, protocol.get_assay(assay), protocol)]


@pytest.mark.parametrize(
    ("facts", "assay", "expected"),
    [
        (tube("PRE"), "metagenomics", []),
        (tube("PRE", amount="150"), "metagenomics", []),
        (tube("PRE", amount="149.999"), "metagenomics", ["too-little"]),
        (tube("PRE", amount="149.999"), "metabolomics-stool", []),
        (tube("PRE", amount=None), "metagenomics", ["amount-unknown"]),
        (tube("PRE", purpose="metagenomics"), "metagenomics", []),
        (tube("PRE", purpose="metabolomics-stool"), "metagenomics", ["other-purpose"]),
        (tube("PRE", purpose="reserve"), "metagenomics", []),
        (tube("PRE", thaws=4), "metagenomics", []),
        (tube("PRE", thaws=5), "metagenomics", ["too-many-thaws"]),
        (tube("PRE", thaws=2), "metabolomics-stool", ["too-many-thaws"]),
        (tube("PRE", thaws=None), "metabolomics-stool", []),
        (tube("PRE", quarantined=True), "metagenomics", ["quarantined"]),
        (tube("PRE", state=SpecimenState.DISPOSED), "metagenomics", ["disposed"]),
        (tube("PRE", state=SpecimenState.DISPATCHED), "metagenomics", ["dispatched"]),
        (tube("PRE", amount="0", state=SpecimenState.DEPLETED), "metagenomics", ["depleted"]),
        (tube("PRE", state=SpecimenState.CHECKED_OUT), "metagenomics", []),
        (tube("PRE", state=SpecimenState.COLLECTED), "metagenomics", []),
        (tube("PRE", flags=("antibiotics", "haemolysed")), "metagenomics", []),
        (tube("PRE", flags=("antibiotics", "contaminated")), "metagenomics", ["blocked"]),
        (tube("PRE", flags=("contaminated", "mislabelled")), "metagenomics", ["blocked", "blocked"]),
        (tube("PRE", withdrawn_on=date(2026, 9, 1)), "metagenomics", ["consent-withdrawn"]),
        (tube("PRE", quarantined=True, amount="10", thaws=9), "metagenomics", ["quarantined", "too-little", "too-many-thaws"]),
        (primary("PRE"), "metagenomics", ["not-divided"]),
        (primary("PRE", made=("stool",)), "metagenomics", ["divided"]),
        (primary("PRE", "blood-edta", "10", "mL"), "metabolomics-plasma", ["not-divided"]),
        (primary("PRE", "blood-edta", "10", "mL", made=("pbmc",)), "metabolomics-plasma", ["not-divided"]),
        (primary("PRE", "blood-edta", "10", "mL", made=("plasma",)), "metabolomics-plasma", ["divided"]),
        (primary("PRE", "tumour-frozen", "12"), "tumour-rna", []),
        (primary("PRE", "tumour-frozen", "4.9"), "tumour-rna", ["too-little"]),
        (primary("PRE", "tumour-ffpe", "1", "count", thaws=9), "tumour-mif", []),
        (tube("PRE", "plasma", "0.5", "mL"), "metabolomics-plasma", []),
        (tube("PRE", "plasma", "0.2", "mL"), "metabolomics-plasma", []),
        (tube("PRE", "plasma", "0.199", "mL"), "metabolomics-plasma", ["too-little"]),
        (tube("PRE", "plasma", "0.5", "mL"), "metagenomics", ["other-type"]),
        (tube("PRE", "pbmc", "3", "10^6"), "flow", []),
        (tube("PRE", "whole-blood", "300", "uL"), "germline", []),
    ],
)
def test_what_blocks_a_tube_and_what_does_not(facts: TubeFacts, assay: str, expected: list[str]) -> None:
    assert why(facts, assay) == expected


@pytest.mark.parametrize(
    ("facts", "assay", "expected"),
    [
        (primary("PRE"), "metagenomics", True),
        (primary("PRE", amount=None), "metagenomics", True),
        (primary("PRE", amount="149"), "metagenomics", False),
        (primary("PRE", amount="1200", made=("stool",)), "metagenomics", True),
        (primary("PRE", amount=None, made=("stool",)), "metagenomics", False),
        (primary("PRE", quarantined=True), "metagenomics", False),
        (primary("PRE", flags=("contaminated",)), "metagenomics", False),
        (primary("PRE", state=SpecimenState.DISPOSED), "metagenomics", False),
        (primary("PRE", "blood-edta", "10", "mL"), "flow", True),
        (primary("PRE", "blood-edta", "10", "mL", made=("plasma",)), "flow", True),
        (primary("PRE", "blood-edta", "10", "mL", made=("plasma",)), "metabolomics-plasma", False),
        (primary("PRE", "tumour-frozen", "12"), "tumour-rna", False),
        (tube("PRE"), "metagenomics", False),
    ],
)
def test_more_can_be_made_of_a_primary_that_is_not_divided_for_the_assay_yet(facts: TubeFacts, assay: str, expected: bool) -> None:
    protocol = ildr_02()
    assert can_still_yield(facts, protocol.get_assay(assay), protocol) is expected


def test_every_reason_has_a_sentence_and_fills_it_with_its_own_facts() -> None:
    assert set(TEMPLATES) == set(ReasonCode)
    protocol = ildr_02()
    reasons = usability(tube("PRE", amount="90", thaws=5), protocol.get_assay("metagenomics"), protocol)
    assert [str(reason) for reason in reasons] == [
        "90 mg is left, metagenomics needs 150 mg.",
        "It was thawed 5 times, metagenomics allows 4.",
    ]
