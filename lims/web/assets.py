"""Static files, under an address that holds a hash of them all: a browser may keep them for a year, and never keeps an old one."""

import functools
import hashlib
from pathlib import Path

from flask import Response, send_from_directory, url_for

from lims.http_context import public
from lims.web.frame import web

FOLDER = Path(__file__).resolve().parent / "static"
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
    return url_for("web.static_file", version=fingerprint(), name=name)


@web.get("/static/<version>/<path:name>")
@public
def static_file(version: str, name: str) -> Response:
    """A static file; kept by the browser when asked for under the hash of today."""
    answer = send_from_directory(FOLDER, name, conditional=True)
    if version == fingerprint():
        answer.cache_control.public = True
        answer.cache_control.max_age = _A_YEAR_S
        answer.cache_control.immutable = True
    return answer
