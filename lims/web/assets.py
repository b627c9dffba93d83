"""Static files, under an address that holds a hash of them all: a browser may keep them for a year, and never keeps an old one.

They go out compressed, where that helps. The bench's script goes out with all that it imports in it.
"""

import functools
import gzip
import hashlib
import mimetypes
from pathlib import Path

from flask import Response, abort, request, url_for
from markupsafe import Markup
from werkzeug.security import safe_join

from lims.http_context import public
from lims.web.frame import web
from lims.web.whole_script import whole_script

FOLDER = Path(__file__).resolve().parent / "static"
_SHRINKING = (".css", ".js", ".svg", ".wasm")
_WHOLE = {"bench.js"}
_A_YEAR_S = 365 * 24 * 3600


@functools.cache
def fingerprint() -> str:
    """Twelve characters that change when any static file does."""
    digest = hashlib.sha256()
    for path in sorted(FOLDER.rglob("*")):
        if path.is_file():
            digest.update(path.relative_to(FOLDER).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:12]


def static(name: str) -> str:
    """The address of a static file."""
    return _address(request.script_root, name)


@functools.lru_cache(maxsize=256)
def _address(_root: str, name: str) -> str:
    """Once for each name, and each prefix the service stands under."""
    return url_for("web.static_file", version=fingerprint(), name=name)


def icon(name: str, label: str | None = None) -> Markup:
    """An icon of ``icons.svg``: with a ``label`` where it stands alone, else beside a word that says the same to who hears the page."""
    return _icon(static("icons.svg"), name, label)


@functools.lru_cache(maxsize=1024)
def _icon(address: str, name: str, label: str | None) -> Markup:
    said = Markup('role="img" aria-label="{}"').format(label) if label else Markup('aria-hidden="true"')
    return Markup('<svg class="ic" viewBox="0 0 24 24" {}><use href="{}#{}"/></svg>').format(said, address, name)


@web.get("/static/<version>/<path:name>")
@public
def static_file(version: str, name: str) -> Response:
    """A static file; kept by the browser when asked for under the hash of today."""
    path = safe_join(str(FOLDER), name)
    if path is None or not Path(path).is_file():
        abort(404)
    shrinks = name.endswith(_SHRINKING) and bool(request.accept_encodings.quality("gzip"))
    answer = Response(_content(path, fingerprint(), shrinks), mimetype=mimetypes.guess_type(name)[0])
    answer.vary.add("Accept-Encoding")
    if shrinks:
        answer.content_encoding = "gzip"
    if version == fingerprint():
        answer.cache_control.public = True
        answer.cache_control.max_age = _A_YEAR_S
        answer.cache_control.immutable = True
    else:
        answer.cache_control.no_cache = True
    return answer


@functools.lru_cache(maxsize=256)
def _content(path: str, version: str, shrunk: bool) -> bytes:
    """Read once for each ``version`` of them all."""
    if shrunk:
        return gzip.compress(_content(path, version, False), mtime=0)
    file = Path(path)
    return whole_script(file).encode() if file.relative_to(FOLDER).as_posix() in _WHOLE else file.read_bytes()
