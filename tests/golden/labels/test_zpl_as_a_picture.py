"""ZPL, drawn by a program that is not ours, a dot a pixel: every symbol is the code, and stands where our own picture shows it."""

from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from lims.labels.layout import Layout, plan_label, resolve
from lims.labels.renderers import formats_of, render
from lims.labels.symbol_places import Symbol
from lims.labels.templates import read_template
from tests.golden.labels.reading import (
    LADDER,
    LEGACY,
    TEMPLATES,
    expected,
    our_codes,
    pictures,
    random_codes,
    read_back_zpl,
    values_for,
)
from tests.support.zpl_drawing import ZplDrawer

PRINTED = [name for name, template in TEMPLATES.items() if "zpl" in formats_of(template)]
CASES = [(name, dpi) for name in PRINTED for dpi in TEMPLATES[name].stock.dpi]
# Larger labels take a tenth to a third of a second each.
MOST_DOTS_FOR_MANY = 500_000


@pytest.mark.parametrize(("name", "dpi"), CASES)
def test_every_printed_symbol_reads_back_as_the_tubes_code(
    name: str, dpi: int, zpl_drawer: ZplDrawer, how_many: Callable[[int, int], int]
) -> None:
    template, plan = TEMPLATES[name], plan_label(TEMPLATES[name], dpi)
    sample = 20 if plan.width * plan.height < MOST_DOTS_FOR_MANY else 6
    codes = random_codes(template, how_many(sample, 1000), seed=CASES.index((name, dpi)))
    for code, found in read_back_zpl(template, codes, dpi, zpl_drawer):
        assert found == expected(template, code)


@pytest.mark.parametrize("name", ["cryo-wrap", "cryo-dot", "slide", "box", "location", "form"])
def test_printed_codes_from_elsewhere_read_back_with_their_leading_digits(name: str, zpl_drawer: ZplDrawer) -> None:
    template = TEMPLATES[name]
    for code, found in read_back_zpl(template, list(LEGACY), min(template.stock.dpi), zpl_drawer):
        assert found == expected(template, code)


def test_a_printed_code_128_set_upright_reads_back(zpl_drawer: ZplDrawer, tmp_path: Path) -> None:
    path = tmp_path / "ladder.toml"
    path.write_text(LADDER, encoding="utf-8")
    template = read_template(path)
    for code, found in read_back_zpl(template, our_codes(3, seed=3), 300, zpl_drawer):
        assert found == expected(template, code)


@pytest.mark.parametrize(("name", "dpi"), CASES)
def test_printed_symbols_stand_where_our_picture_shows_them(name: str, dpi: int, zpl_drawer: ZplDrawer) -> None:
    template = TEMPLATES[name]
    code = random_codes(template, 1, seed=CASES.index((name, dpi)))[0]
    values = values_for(template, code)
    layout = resolve(template, values, dpi)
    symbols = [item for item in layout.items if isinstance(item, Symbol)]
    (printed,) = zpl_drawer.draw(render(template, [values], format="zpl", dpi=dpi), *_reach(symbols, layout))
    ((_, shown),) = pictures(template, [code], "png", dpi)
    for symbol in symbols:
        here, there = _with_quiet_zone(printed, symbol), _with_quiet_zone(shown, symbol)
        if symbol.symbology == "DataMatrix":
            # A printer may encode a code otherwise than we, so that only the finder's lines have to be the same.
            assert _dots(here) == _dots(_in_whole_modules(here, symbol.module))
            here, there = _finder(here, symbol.module), _finder(there, symbol.module)
        assert _dots(here) == _dots(there)


def _reach(symbols: list[Symbol], layout: Layout) -> tuple[int, int]:
    """As far as the symbols and their quiet zones go on the label: drawing more would only cost time."""
    right = max(symbol.x + symbol.width + symbol.module for symbol in symbols)
    bottom = max(symbol.y + symbol.height + symbol.module for symbol in symbols)
    return min(right, layout.width), min(bottom, layout.height)


def _dots(picture: Image.Image) -> tuple[tuple[int, int], bytes]:
    return picture.size, picture.tobytes()


def _with_quiet_zone(picture: Image.Image, symbol: Symbol) -> Image.Image:
    quiet = symbol.module
    around = (symbol.x - quiet, symbol.y - quiet, symbol.x + symbol.width + quiet, symbol.y + symbol.height + quiet)
    return picture.crop(around).point(lambda grey: 255 if grey > 127 else 0)


def _in_whole_modules(picture: Image.Image, module: int) -> Image.Image:
    """The same picture, were the middle of each module the whole module."""
    modules = picture.resize((picture.width // module, picture.height // module), Image.Resampling.NEAREST)
    return modules.resize(picture.size, Image.Resampling.NEAREST)


def _finder(picture: Image.Image, module: int) -> Image.Image:
    """The quiet zone and the lines along a DataMatrix's four sides, with nothing in the middle."""
    finder = picture.copy()
    finder.paste(255, (2 * module, 2 * module, picture.width - 2 * module, picture.height - 2 * module))
    return finder
