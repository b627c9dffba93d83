"""Every template, output and resolution: what was rendered is rasterised by others and decoded by others, and is the code."""

from collections.abc import Callable
from pathlib import Path

import pytest

from lims.labels.renderers import render
from lims.labels.templates import read_template
from tests.golden.labels.reading import (
    LADDER,
    LEGACY,
    PLAUSIBLE,
    TEMPLATES,
    expected,
    our_codes,
    pictures,
    random_codes,
    rasterise,
    read_back,
)

CASES = [(name, dpi) for name, template in TEMPLATES.items() for dpi in template.stock.dpi]


@pytest.mark.parametrize("format_", ["png", "svg", "pdf"])
@pytest.mark.parametrize(("name", "dpi"), CASES)
def test_every_symbol_reads_back_as_the_tubes_code(name: str, dpi: int, format_: str, how_many: Callable[[int, int], int]) -> None:
    template = TEMPLATES[name]
    codes = random_codes(template, how_many(20, 1000), seed=CASES.index((name, dpi)))
    for code, found in read_back(template, codes, format_, dpi):
        assert found == expected(template, code)


@pytest.mark.parametrize("format_", ["png", "pdf"])
@pytest.mark.parametrize("name", ["cryo-wrap", "cryo-dot", "slide", "box", "location", "form"])
def test_codes_from_elsewhere_read_back_with_their_leading_digits(name: str, format_: str) -> None:
    template = TEMPLATES[name]
    for code, found in read_back(template, list(LEGACY), format_, 300):
        assert found == expected(template, code)


def test_a_code_of_thirty_characters_reads_back_from_a_label_that_takes_it() -> None:
    for code, found in read_back(TEMPLATES["location"], ["A1B2C3D4E5F6G7H8J9K0L1M2N3P4Q5"], "png", 300):
        assert found == expected(TEMPLATES["location"], code)


def test_the_first_labels_of_a_sheet_stay_empty_where_it_was_used() -> None:
    template = TEMPLATES["cryo-sheet-a4"]
    values = {"barcode": "SJE7P7R2", **PLAUSIBLE["specimen"]}
    file = render(template, [values] * 3, format="pdf", dpi=300, start=65)
    assert len(rasterise(file, "pdf", 300)) == 2


def test_the_picture_is_the_printers_own_size_in_dots() -> None:
    ((_, picture),) = pictures(TEMPLATES["cryo-wrap"], ["SJE7P7R2"], "png", 300)
    assert picture.size == (384, 150)


@pytest.mark.parametrize("format_", ["png", "svg", "pdf"])
def test_a_code_128_set_upright_reads_back(format_: str, tmp_path: Path) -> None:
    path = tmp_path / "ladder.toml"
    path.write_text(LADDER, encoding="utf-8")
    template = read_template(path)
    for code, found in read_back(template, our_codes(3, seed=3), format_, 300):
        assert found == expected(template, code)
