"""What is done in an audit from its page: begun, a tube scanned, a scan taken back, accepted, abandoned."""

from flask import request, url_for
from flask.typing import ResponseReturnValue

from lims import clock
from lims.accounts.vocabulary import Action
from lims.audits.rules import LARGEST_SAMPLE
from lims.audits.service import abandon_audit, accept_audit, begin_audit, scan_tube, take_scan_back
from lims.audits.vocabulary import Accepted, BeginAudit, Scanned, ScanOutcome, ScanTube
from lims.http_context import allow, transaction
from lims.ids import in_fours
from lims.storage.vocabulary import Found
from lims.web.acts import act
from lims.web.audits import audit, place_words
from lims.web.containers import container
from lims.web.fields import Fields
from lims.web.frame import go, tell, web
from lims.web.messages import _, later, plural

_OUTCOMES = {Found.HERE: "ok", Found.BACK: "warn", Found.WRONG_PLACE: "warn", Found.MISPLACED: "warn", Found.UNEXPECTED: "stop"}

_TITLES = {
    Found.HERE: later("It is here"),
    Found.BACK: later("Back in its hole"),
    Found.WRONG_PLACE: later("Wrong place"),
    Found.MISPLACED: later("Does not belong here"),
    Found.UNEXPECTED: later("Should not be here"),
}


@web.post("/containers/<code>/audits")
@allow(Action.STORE)
@act(container)
def start_audit(code: str) -> ResponseReturnValue:
    """Count a container, or go on where somebody stopped."""
    fields = Fields(request.form)
    size = fields.optional_integer("size", least=1, most=LARGEST_SAMPLE)
    fields.check()
    with transaction() as (session, actor):
        view = begin_audit(session, BeginAudit(container=code, size=size), actor=actor, at=clock.now())
    return go(_address(view.audit.code))


@web.post("/audits/<code>/scans")
@allow(Action.STORE)
@act(audit)
def scan_in_audit(code: str) -> ResponseReturnValue:
    """A tube scanned; with the hole it lies in where that was chosen."""
    fields = Fields(request.form)
    tube, position = fields.code("tube"), fields.optional_text("position", longest=12)
    fields.check()
    command = ScanTube(audit=code, code=tube, position=position, occurred_at=clock.now())
    with transaction() as (session, actor):
        _tell_scanned(scan_tube(session, command, actor=actor, at=clock.now()))
    return go(_address(code))


@web.post("/audits/<code>/scans/undo")
@allow(Action.STORE)
@act(audit)
def unscan_in_audit(code: str) -> ResponseReturnValue:
    """A tube is as if it had not been scanned."""
    fields = Fields(request.form)
    tube = fields.text("tube", longest=80)
    fields.check()
    with transaction() as (session, actor):
        take_scan_back(session, code, tube, actor=actor, at=clock.now())
    tell("done", _("%(tube)s is to be scanned again.", tube=in_fours(tube)))
    return go(_address(code))


@web.post("/audits/<code>/accept")
@allow(Action.STORE)
@act(audit)
def take_audit(code: str) -> ResponseReturnValue:
    """Write every outcome down."""
    with transaction() as (session, actor):
        accepted = accept_audit(session, code, occurred_at=clock.now(), actor=actor, at=clock.now())
    _tell_accepted(accepted)
    return go(_address(code))


@web.post("/audits/<code>/abandon")
@allow(Action.STORE)
@act(audit)
def leave_audit(code: str) -> ResponseReturnValue:
    """Nothing of it counts."""
    fields = Fields(request.form)
    reason = fields.text("reason")
    fields.check()
    with transaction() as (session, actor):
        abandon_audit(session, code, reason=reason, actor=actor, at=clock.now())
    tell("done", _("Abandoned. Nothing of it counts."))
    return go(_address(code))


def _address(code: str) -> str:
    return url_for("web.audit", code=code)


def _tell_scanned(scanned: Scanned) -> None:
    name, line = in_fours(scanned.code), scanned.line
    if scanned.outcome is ScanOutcome.UNKNOWN:
        tell("stop", _("Nobody knows this code"), _("%(code)s is kept with the audit. Set the tube aside.", code=name))
    elif line is None or line.found is None:
        return
    elif scanned.outcome is ScanOutcome.ALREADY:
        tell("warn", _("Already scanned"), _("Scan the next tube."))
    else:
        where = place_words(line.lies or line.recorded)
        do = _("Put it into %(hole)s.", hole=where) if line.found is Found.WRONG_PLACE else where
        tell(_OUTCOMES[line.found], _(_TITLES[line.found]), f"{name}: {do}" if line.found is Found.HERE else do)


def _tell_accepted(accepted: Accepted) -> None:
    if not accepted.stale:
        tell("done", _("Accepted. Every outcome is written down."))
        return
    names = ", ".join(in_fours(each.barcode) for each in accepted.stale)
    title = plural("Accepted, but for one tube", "Accepted, but for %(num)d tubes", len(accepted.stale))
    tell("warn", title, _("Somebody did something with %(tubes)s meanwhile. That stands; scan the box again if in doubt.", tubes=names))
