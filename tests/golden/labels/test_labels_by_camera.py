"""Labels as a scanner sees them, tilted, unsharp, noisy and round a tube: as many are read as ought to be, and none as another."""

import random
from collections import Counter
from collections.abc import Callable

import pytest

from tests.golden.labels.camera import Camera
from tests.golden.labels.reading import MM_PER_INCH, TEMPLATES, around_symbols, cut, decoded, expected, pictures, random_codes

TILT, BLUR, NOISE, TUBE_MM = 8, 0.08, 0.05, 12.5
# How many of a hundred are read at 20 pixels to the millimetre: of Code 128 with bars of 0.17 mm, and of DataMatrix.
# All faults at once and in full are too much for a decoder of narrow bars, hence both symbols where there is room for both.
CAMERAS = {
    "steady": (Camera(), 100, 100),
    "tilted": (Camera(tilt=TILT), 100, 100),
    "unsharp": (Camera(blur_mm=BLUR), 100, 100),
    "noisy": (Camera(noise=NOISE), 100, 100),
    "round a tube": (Camera(tube_mm=TUBE_MM), 100, 100),
    "with a little of everything": (Camera(tilt=TILT, blur_mm=BLUR * 3 / 4, noise=NOISE), 100, 95),
    "with all of everything": (Camera(tilt=TILT, blur_mm=BLUR, noise=NOISE), 0, 95),
}
ALONG_ITS_TUBE = {"tube-axial"}
CASES = [(name, dpi) for name in ("cryo-wrap", "tube-axial", "slide") for dpi in TEMPLATES[name].stock.dpi]


@pytest.mark.parametrize("camera", CAMERAS)
@pytest.mark.parametrize(("name", "dpi"), CASES)
def test_a_label_is_read_by_camera(name: str, dpi: int, camera: str, how_many: Callable[[int, int], int]) -> None:
    template, chance = TEMPLATES[name], random.Random(f"{name} {dpi} {camera}")
    taken_by, code_128, datamatrix = CAMERAS[camera]
    codes = random_codes(template, how_many(2, 60), seed=CASES.index((name, dpi)))
    read: Counter[str] = Counter()
    for code, drawing in pictures(template, codes, "png", dpi):
        label = cut(drawing, dpi / MM_PER_INCH, around_symbols(template))
        found = decoded(taken_by.take(label, dpi / MM_PER_INCH, chance, along=name in ALONG_ITS_TUBE))
        assert found <= expected(template, code)
        read.update(symbology for symbology, _ in found)
    assert read["Data Matrix"] >= len(codes) * datamatrix // 100
    assert read["Code 128"] >= len(codes) * code_128 // 100 or "code128" not in template.symbols
