"""The bench page's service worker: with it the page opens where there is no network. It keeps that page and its files, and nothing else."""

import functools
import json

from flask import Response

from lims.http_context import public
from lims.web.assets import FOLDER, fingerprint, static
from lims.web.frame import web

ADDRESS = "/bench-worker.js"
_FILES = (
    "early.js",
    "bench.js",
    "frame.js",
    "scanner.js",
    "forms.js",
    "map.js",
    "sound.js",
    "style.css",
    "icons.svg",
    "icon.svg",
    "chevron.svg",
)
_FOLDERS = ("bench", "fonts")
_ITSELF = "bench/worker.js"


@web.get(ADDRESS)
@public
def bench_worker() -> Response:
    """Its script, with the hash of the files it keeps: a new one takes the place of the old when any of them has changed."""
    heads = f"const VERSION = {json.dumps(fingerprint())};\nconst FILES = {json.dumps([static(name) for name in _kept()])};\n"
    answer = Response(heads + (FOLDER / _ITSELF).read_text(encoding="utf-8"), mimetype="text/javascript")
    answer.cache_control.no_cache = True
    return answer


def modules() -> list[str]:
    """The addresses of the scripts the page is made of, so that a browser asks for all of them at once and not as each names the next."""
    return [static(name) for name in _kept() if name.endswith(".js")]


@functools.cache
def _kept() -> tuple[str, ...]:
    inside = [
        path.relative_to(FOLDER).as_posix()
        for name in _FOLDERS
        for path in sorted((FOLDER / name).rglob("*"))
        if path.suffix in {".js", ".woff2"}
    ]
    return tuple(name for name in (*_FILES, *inside) if name != _ITSELF)
