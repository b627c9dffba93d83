"""Labels as a scanner sees them, tilted, unsharp, noisy and round a tube: as many are read as ought to be, and none as another."""

import random
from collections import Counter
from collections.abc import Callable

import pytest
from PIL import Image

from lims.labels.template_parts import Template
from tests.golden.labels.camera import Camera
from tests.golden.labels.reading import (
    MM_PER_INCH,
    TEMPLATES,
    aimed_at_each,
    around_symbols,
    cut,
    decoded,
    expected,
    pictures,
    random_codes,
    symbols_alone,
)

ANY_ANGLE, AIMED_AT, ALONE = "at any angle", "aimed at, at any angle", "each symbol alone, at any angle"
TILT, BLUR, UNSHARP, NOISE, TUBE_MM, HALF_TURN = 8, 0.08, 0.12, 0.05, 12.5, 180
# How many of a hundred are to be read at 20 pixels to the millimetre: of Code 128 with bars of 0.17 mm, and of DataMatrix with modules
# of 0.25 to 0.5 mm. The figures of the trial's own study of labels, where noise went through the lens; that of a sensor comes on top of
# all else, and with all faults in full is too much for narrow bars: hence both symbols where there is room for both. At any angle the
# angle alone decides: which part of the full circle a Code 128 is read in follows from how high its bars are (of 0.17 mm: 4 mm 28 %, 5 mm
# 32 %, 6 mm 40 %, 8 mm 51 %), and sixty angles by chance miss that by six in a hundred; so the angles go round the circle evenly.
# This decoder looks for a DataMatrix along lines that begin in the middle of the picture. So it finds one that is aimed at, with all the
# text beside it, as often as one alone, and somewhat seldomer one at the picture's edge; it is neither the text's nearness nor the quiet
# zone, as 240 angles of each show (of a hundred, at 203, 300 and 600 dpi; cryo-wrap):
#   the whole label   97.9 97.5 98.3     the same, all wiped away but the DataMatrix   99.2 98.3 99.2
#   aimed at          99.2 99.6 99.6     the same, all wiped away but the DataMatrix   100 100 100     alone in its box   99.2 99.2 99.6
# Of a slide at 300 dpi, with other codes than here: the whole label 94.2, aimed at 99.2, alone 100.
CAMERAS = {
    "steady": (Camera(), 100, 100),
    "tilted": (Camera(tilt=TILT), 100, 100),
    "unsharp": (Camera(blur_mm=BLUR), 100, 100),
    "grainy": (Camera(grain=NOISE), 100, 100),
    "noisy": (Camera(noise=NOISE), 100, 100),
    "round a tube": (Camera(tube_mm=TUBE_MM), 100, 100),
    "grainy, unsharp and tilted": (Camera(tilt=TILT, blur_mm=BLUR, grain=NOISE), 100, 98),
    "grainy, unsharp, tilted, round a tube": (Camera(tilt=TILT, blur_mm=BLUR, grain=NOISE, tube_mm=TUBE_MM), 95, 95),
    ANY_ANGLE: (Camera(tilt=HALF_TURN), 32, 95),
    AIMED_AT: (Camera(tilt=HALF_TURN), 32, 98),
    ALONE: (Camera(tilt=HALF_TURN), 32, 98),
    "out of focus": (Camera(blur_mm=UNSHARP), 0, 100),
    "unsharp, tilted, and noisy besides": (Camera(tilt=TILT, blur_mm=BLUR, noise=NOISE), 0, 95),
}
SAMPLED, WHOLE, WHOLE_CIRCLE = 2, 60, 240
ALONG_ITS_TUBE = {"tube-axial"}
CASES = [(name, dpi) for name in ("cryo-wrap", "tube-axial", "slide") for dpi in TEMPLATES[name].stock.dpi]


def views(drawing: Image.Image, dots_per_mm: float, template: Template, camera: str) -> list[Image.Image]:
    """What is before the camera."""
    if camera == AIMED_AT:
        return aimed_at_each(drawing, dots_per_mm, template)
    if camera == ALONE:
        return symbols_alone(drawing, dots_per_mm, template)
    return [cut(drawing, dots_per_mm, around_symbols(template))]


@pytest.mark.parametrize("camera", CAMERAS)
@pytest.mark.parametrize(("name", "dpi"), CASES)
def test_a_label_is_read_by_camera(name: str, dpi: int, camera: str, how_many: Callable[[int, int], int]) -> None:
    template, chance = TEMPLATES[name], random.Random(f"{name} {dpi} {camera}")
    taken_by, code_128, datamatrix = CAMERAS[camera]
    count = how_many(SAMPLED, WHOLE_CIRCLE if taken_by.tilt == HALF_TURN else WHOLE)
    codes = random_codes(template, count, seed=CASES.index((name, dpi)))
    read: Counter[str] = Counter()
    for number, (code, drawing) in enumerate(pictures(template, codes, "png", dpi)):
        dots_per_mm, turned = dpi / MM_PER_INCH, 360 * (number + chance.random()) / count if taken_by.tilt == HALF_TURN else None
        found: set[tuple[str, str]] = set()
        for seen in views(drawing, dots_per_mm, template, camera):
            picture = taken_by.take(seen, dots_per_mm, chance, along=name in ALONG_ITS_TUBE, turned=turned)
            found |= decoded(picture, coarsely=True)
        assert found <= expected(template, code)
        read.update(symbology for symbology, _ in found)
    assert read["Data Matrix"] >= len(codes) * datamatrix // 100
    assert read["Code 128"] >= len(codes) * code_128 // 100 or "code128" not in template.symbols
