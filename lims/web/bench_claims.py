"""Claims on boxes as the bench page makes and ends them. Claiming twice renews, leaving twice does nothing."""

from typing import Any

from flask import jsonify, request
from flask.typing import ResponseReturnValue

from lims import clock
from lims.accounts.vocabulary import Action
from lims.errors import Finding
from lims.http_context import allow, transaction
from lims.storage.claims import claim_box, leave_box
from lims.storage.vocabulary import ClaimBox
from lims.web.errors import FormIncomplete
from lims.web.frame import web

_LONGEST = 64


@web.post("/bench/claims")
@allow(Action.STORE)
def claim() -> ResponseReturnValue:
    """Let this device fill a box."""
    command = _command()
    with transaction() as (session, actor):
        found = claim_box(session, command, actor=actor, at=clock.now())
        return jsonify(until=round(found.until.timestamp() * 1000))


@web.post("/bench/claims/leave")
@allow(Action.STORE)
def leave() -> ResponseReturnValue:
    """Let others fill it."""
    command = _command()
    with transaction() as (session, actor):
        leave_box(session, command, actor=actor, at=clock.now())
    return jsonify(left=True)


def _command() -> ClaimBox:
    body = request.get_json(silent=True)
    return ClaimBox(container=_text(body, "container"), device=_text(body, "device"))


def _text(body: Any, name: str) -> str:
    found = body.get(name) if isinstance(body, dict) else None
    if not isinstance(found, str) or not 0 < len(found) <= _LONGEST or not found.isprintable():
        raise FormIncomplete((Finding(name, ""),))
    return found
