"""Labels as a scanner sees them, tilted, unsharp, noisy and round a tube: as many are read as ought to be, and none as another."""

import random
from collections import Counter
from collections.abc import Callable

import pytest

from tests.golden.labels.camera import Camera
from tests.golden.labels.reading import MM_PER_INCH, TEMPLATES, around_symbols, cut, decoded, expected, pictures, random_codes

TILT, BLUR, UNSHARP, NOISE, TUBE_MM = 8, 0.08, 0.12, 0.05, 12.5
# How many of a hundred are to be read at 20 pixels to the millimetre: of Code 128 with bars of 0.17 mm, and of DataMatrix with modules
# of 0.25 to 0.5 mm. The figures of the trial's own study of labels, where noise went through the lens; that of a sensor comes on top of
# all else, and with all faults in full is too much for narrow bars: hence both symbols where there is room for both.
CAMERAS = {
    "steady": (Camera(), 100, 100),
    "tilted": (Camera(tilt=TILT), 100, 100),
    "unsharp": (Camera(blur_mm=BLUR), 100, 100),
    "grainy": (Camera(grain=NOISE), 100, 100),
    "noisy": (Camera(noise=NOISE), 100, 100),
    "round a tube": (Camera(tube_mm=TUBE_MM), 100, 100),
    "grainy, unsharp and tilted": (Camera(tilt=TILT, blur_mm=BLUR, grain=NOISE), 100, 98),
    "grainy, unsharp, tilted, round a tube": (Camera(tilt=TILT, blur_mm=BLUR, grain=NOISE, tube_mm=TUBE_MM), 95, 95),
    "at any angle": (Camera(tilt=180), 27, 98),
    "out of focus": (Camera(blur_mm=UNSHARP), 0, 100),
    "unsharp, tilted, and noisy besides": (Camera(tilt=TILT, blur_mm=BLUR, noise=NOISE), 0, 95),
}
SAMPLED, WHOLE = 2, 60
ALONG_ITS_TUBE = {"tube-axial"}
CASES = [(name, dpi) for name in ("cryo-wrap", "tube-axial", "slide") for dpi in TEMPLATES[name].stock.dpi]


@pytest.mark.parametrize("camera", CAMERAS)
@pytest.mark.parametrize(("name", "dpi"), CASES)
def test_a_label_is_read_by_camera(name: str, dpi: int, camera: str, how_many: Callable[[int, int], int]) -> None:
    template, chance = TEMPLATES[name], random.Random(f"{name} {dpi} {camera}")
    taken_by, code_128, datamatrix = CAMERAS[camera]
    codes = random_codes(template, how_many(SAMPLED, WHOLE), seed=CASES.index((name, dpi)))
    read: Counter[str] = Counter()
    for code, drawing in pictures(template, codes, "png", dpi):
        label = cut(drawing, dpi / MM_PER_INCH, around_symbols(template))
        found = decoded(taken_by.take(label, dpi / MM_PER_INCH, chance, along=name in ALONG_ITS_TUBE), coarsely=True)
        assert found <= expected(template, code)
        read.update(symbology for symbology, _ in found)
    assert read["Data Matrix"] >= len(codes) * datamatrix // 100
    assert read["Code 128"] >= len(codes) * code_128 // 100 or "code128" not in template.symbols
