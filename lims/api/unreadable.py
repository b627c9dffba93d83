"""Requests that the server cannot read: refused before they reach the house, and still in the house's words.

gunicorn would answer a page of its own, and echo what was sent. Its reading of what went wrong is kept: the status is asked of it.
"""

import json
import logging
import secrets
from http import HTTPStatus
from typing import Any

from gunicorn import util  # type: ignore[import-untyped]  # gunicorn carries no types
from gunicorn.workers.gthread import ThreadWorker  # type: ignore[import-untyped]  # as above

from lims.api.problems import HTTP_CODES, INTERNAL

log = logging.getLogger("lims.http")

_REFUSED = ("http.bad-request", "The request cannot be read.")


class PlainWorker(ThreadWorker):  # type: ignore[misc]  # gunicorn carries no types
    """A worker that answers what it cannot read with a problem (RFC 9457)."""

    def handle_error(self, req: Any, client: Any, addr: Any, exc: BaseException) -> None:
        """Log as gunicorn does, and say the same status in our own words."""
        page = _Page()
        super().handle_error(req, page, addr, exc)
        if page.status is not None:
            util.write_nonblock(client, answer_of(page.status, secrets.token_hex(8)))


class _Page:
    """A connection that keeps only the status of what is written to it."""

    status: int | None = None

    def gettimeout(self) -> float:
        """As a socket that is not waited for."""
        return 0.0

    def sendall(self, written: bytes) -> None:
        """The first line says the status: ``HTTP/1.1 414 URI Too Long``."""
        self.status = int(written.split(b" ", 2)[1])


def answer_of(status: int, request_id: str) -> bytes:
    """A whole answer, its head and its problem, after which the connection is closed."""
    code, sentence = HTTP_CODES.get(status, _REFUSED if status < 500 else (INTERNAL[1], INTERNAL[2].format(request_id)))
    log.warning("unreadable: %s (request %s)", code, request_id)
    title = HTTPStatus(status).phrase
    said = {"type": f"urn:lims:problem:{code}", "title": title, "status": status, "code": code, "detail": sentence}
    body = json.dumps(said | {"request_id": request_id}).encode()
    head = (
        f"HTTP/1.1 {status} {title}",
        "Connection: close",
        "Content-Type: application/problem+json",
        f"Content-Length: {len(body)}",
        "X-Content-Type-Options: nosniff",
        "Cache-Control: no-store",
        f"X-Request-Id: {request_id}",
    )
    return "\r\n".join((*head, "", "")).encode() + body
