"""The bench page's service worker: with it the page opens where there is no network. It keeps that page and its files, and nothing else."""

import json

from flask import Response

from lims.http_context import public
from lims.web.assets import FOLDER, fingerprint, static
from lims.web.frame import web

ADDRESS = "/bench-worker.js"
_FILES = ("early.js", "bench.js", "style.css", "fonts/inter-latin.woff2", "icons.svg", "icon.svg", "chevron.svg")
_ITSELF = "bench/worker.js"


@web.get(ADDRESS)
@public
def bench_worker() -> Response:
    """Its script, with the hash of the files it keeps: a new one takes the place of the old when any of them has changed."""
    heads = f"const VERSION = {json.dumps(fingerprint())};\nconst FILES = {json.dumps([static(name) for name in _FILES])};\n"
    answer = Response(heads + (FOLDER / _ITSELF).read_text(encoding="utf-8"), mimetype="text/javascript")
    answer.cache_control.no_cache = True
    return answer
