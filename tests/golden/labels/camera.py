"""What stands between a printed label and a scanner's picture of it: a tube's curve, a tilt, an unsharp lens, a noisy sensor."""

import math
import random
from dataclasses import dataclass

from PIL import Image, ImageChops, ImageFilter

PIXELS_PER_MM = 20
STRIP = 2
# Bytes by chance spread this far about their mean, in steps of grey.
SPREAD_OF_CHANCE = 255 / math.sqrt(12)


@dataclass(frozen=True)
class Camera:
    """How a picture is taken. ``tilt`` is the most to either side, in degrees.

    ``grain`` is of the print and is seen through the lens, ``noise`` is of the sensor and comes last; each is a part of the way from
    black to white, as a standard deviation, chance in every pixel anew. The same figure of noise is far harder to read through than of
    grain: no lens makes it smooth.
    """

    tilt: float = 0
    blur_mm: float = 0
    grain: float = 0
    noise: float = 0
    tube_mm: float | None = None

    def take(
        self, label: Image.Image, dots_per_mm: float, chance: random.Random, *, along: bool = False, turned: float | None = None
    ) -> Image.Image:
        """A picture of a flat, true drawing. A label that stands along its tube has its height round it, others their width.

        :param turned: by how many degrees; else by a tilt that chance gives.
        """
        scale = PIXELS_PER_MM / dots_per_mm
        picture = label.resize((round(label.width * scale), round(label.height * scale)), Image.Resampling.BICUBIC)
        if self.grain:
            picture = _noisy(picture, self.grain, chance)
        if self.tube_mm is not None:
            picture = _curved(picture, self.tube_mm, along=along)
        if self.tilt:
            angle = chance.uniform(-self.tilt, self.tilt) if turned is None else turned
            picture = picture.rotate(angle, Image.Resampling.BICUBIC, expand=True, fillcolor=255)
        if self.blur_mm:
            picture = picture.filter(ImageFilter.GaussianBlur(self.blur_mm * PIXELS_PER_MM))
        return _noisy(picture, self.noise, chance) if self.noise else picture


def _curved(picture: Image.Image, tube_mm: float, *, along: bool) -> Image.Image:
    """The picture round a tube that is looked at from the side, the picture's middle in front."""
    if along:
        return _curved(picture.transpose(Image.Transpose.ROTATE_90), tube_mm, along=False).transpose(Image.Transpose.ROTATE_270)
    radius, height, middle = tube_mm / 2 * PIXELS_PER_MM, picture.height, picture.width / 2
    half = int(radius * math.sin(min(middle / radius, math.pi / 2)))

    def on_the_label(x: int) -> float:
        return middle + radius * math.asin(max(-1, min(1, (x - half) / radius)))

    mesh = []
    for x in range(0, 2 * half, STRIP):
        left, right = on_the_label(x), on_the_label(x + STRIP)
        mesh.append(((x, 0, x + STRIP, height), (left, 0, left, height, right, height, right, 0)))
    return picture.transform((2 * half, height), Image.Transform.MESH, mesh, Image.Resampling.BILINEAR, fillcolor=255)


def _noisy(picture: Image.Image, noise: float, chance: random.Random) -> Image.Image:
    part = noise * 255 / SPREAD_OF_CHANCE  # so that the grains spread by ``noise``
    grains = Image.frombytes("L", picture.size, chance.randbytes(picture.width * picture.height)).point(lambda grey: grey * part)
    return ImageChops.add(picture, grains, offset=-round(part * 127.5))
