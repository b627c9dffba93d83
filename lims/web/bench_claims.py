"""Claims on boxes as the bench page makes and ends them, and what its device is called. Each twice is once."""

from dataclasses import replace
from typing import Any

from flask import jsonify, request
from flask.typing import ResponseReturnValue

from lims import clock
from lims.accounts.vocabulary import Action
from lims.errors import Finding
from lims.http_context import allow, transaction
from lims.storage.claims import claim_box, leave_box, take_box_over
from lims.storage.devices import name_device
from lims.storage.records import Claim
from lims.storage.vocabulary import ClaimBox, NameDevice, TakeBoxOver
from lims.web.bench_outcomes import Outcome
from lims.web.errors import FormIncomplete
from lims.web.frame import web
from lims.web.languages import in_both
from lims.web.messages import _, later

_LONGEST = 64


@web.post("/bench/claims")
@allow(Action.STORE)
def claim() -> ResponseReturnValue:
    """Let this device fill a box."""
    command = _command()
    with transaction() as (session, actor):
        return jsonify(_told(claim_box(session, command, actor=replace(actor, device=command.device), at=clock.now())))


@web.post("/bench/claims/take-over")
@allow(Action.DECIDE)
def take_over() -> ResponseReturnValue:
    """Let this device fill a box that another is filling."""
    body = request.get_json(silent=True)
    command = TakeBoxOver(container=_text(body, "container"), device=_text(body, "device"), reason=_text(body, "reason", longest=200))
    with transaction() as (session, actor):
        taken = take_box_over(session, command, actor=replace(actor, device=command.device), at=clock.now())
        outcome = Outcome("ok", *in_both(later("Taken over")), _("%(box)s is yours to fill. Scan its tubes.", box=taken.container))
        return jsonify(_told(taken) | {"outcome": outcome.plain})


@web.post("/bench/claims/leave")
@allow(Action.STORE)
def leave() -> ResponseReturnValue:
    """Let others fill it."""
    command = _command()
    with transaction() as (session, actor):
        leave_box(session, command, actor=replace(actor, device=command.device), at=clock.now())
    return jsonify(left=True)


@web.post("/bench/device")
@allow(Action.STORE)
def call_device() -> ResponseReturnValue:
    """Call this device by a name people know it by."""
    body = request.get_json(silent=True)
    command = NameDevice(device=_text(body, "device"), name=_text(body, "name"))
    with transaction() as (session, actor):
        name = name_device(session, command, actor=replace(actor, device=command.device), at=clock.now())
    return jsonify(name=name, outcome=Outcome("ok", *in_both(later("Named")), _("This device is %(name)s.", name=name)).plain)


def _told(claim: Claim) -> dict[str, Any]:
    return {"until": round(claim.until.timestamp() * 1000)}


def _command() -> ClaimBox:
    body = request.get_json(silent=True)
    return ClaimBox(container=_text(body, "container"), device=_text(body, "device"))


def _text(body: Any, name: str, *, longest: int = _LONGEST) -> str:
    found = body.get(name) if isinstance(body, dict) else None
    if not isinstance(found, str) or not 0 < len(found) <= longest or not found.isprintable():
        raise FormIncomplete((Finding(name, ""),))
    return found
