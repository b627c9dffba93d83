"""Audits at the bench, live on the map of the box, and a box that is filled anew; as scripts ask for it."""

from typing import Any

from flask import Response, jsonify, url_for
from sqlalchemy.orm import Session

from lims import clock
from lims.accounts.vocabulary import Action
from lims.audits.queries import get_audit, view_audit
from lims.audits.service import accept_audit, begin_audit, scan_tube, take_scan_back
from lims.audits.vocabulary import AuditKind, AuditView, BeginAudit, Scanned, ScanOutcome, ScanTube
from lims.errors import Finding, LimsError
from lims.http_context import allow, read, transaction
from lims.ids import in_fours
from lims.storage.queries import containers_by_id
from lims.storage.reboxing import rebox
from lims.storage.vocabulary import Found, ReboxContainer, ReboxedTube
from lims.storage.ways import container_path
from lims.web.audits import AuditedHole, found_word, holes_of_audit, orders_of, place_words
from lims.web.bench_known import Facts, material
from lims.web.bench_once import LONGEST, body, occurred_at, once, optional_text, refusal, text, with_device
from lims.web.bench_outcomes import Outcome
from lims.web.errors import FormIncomplete
from lims.web.frame import web
from lims.web.languages import in_both
from lims.web.messages import _, later, plural

MOST_TUBES, LONGEST_HOLE = 1_000, 12
_FOUND = {
    Found.HERE: ("ok", later("It is here")),
    Found.BACK: ("warn", later("Back in its hole")),
    Found.WRONG_PLACE: ("warn", later("Wrong place")),
    Found.MISPLACED: ("warn", later("Does not belong here")),
    Found.UNEXPECTED: ("stop", later("Should not be here")),
}


@web.post("/bench/audits")
@allow(Action.STORE)
@once
def bench_begin_audit() -> Response:
    """Count a box, or go on where somebody stopped."""
    with transaction() as (session, actor):
        view = begin_audit(session, BeginAudit(container=text("container")), actor=actor, at=clock.now())
        facts = audit_facts(session, view)
    title = in_both(later("Checking %(box)s"), box=view.audit.container_name)
    return jsonify(audit=facts, outcome=Outcome("ok", *title, _far(view)).plain)


@web.get("/bench/audits/<code>")
@allow(Action.STORE)
def bench_audit(code: str) -> tuple[Response, int]:
    """An audit as it stands: others may be scanning too."""
    try:
        with read() as (session, _actor):
            view = view_audit(session, get_audit(session, code))
            return jsonify(audit=audit_facts(session, view)), 200
    except LimsError as error:
        return refusal(error)


@web.post("/bench/audits/<code>/scans")
@allow(Action.STORE)
@once
def bench_audit_scan(code: str) -> Response:
    """A tube of the box, one that turned up, or a code nobody knows."""
    command = ScanTube(audit=code, code=text("code"), position=optional_text("position"), occurred_at=occurred_at())
    with transaction() as (session, actor):
        scanned = scan_tube(session, command, actor=with_device(actor), at=clock.now())
        view = view_audit(session, get_audit(session, code))
        facts = audit_facts(session, view)
    return jsonify(audit=facts, outcome=_scanned(scanned, view).plain, tube=_tube(scanned), undo=scanned.outcome == ScanOutcome.RECORDED)


@web.post("/bench/audits/<code>/undo")
@allow(Action.STORE)
@once
def bench_audit_undo(code: str) -> Response:
    """A tube is as if it had not been scanned."""
    with transaction() as (session, actor):
        view = take_scan_back(session, code, text("code"), actor=actor, at=clock.now())
        facts = audit_facts(session, view)
    said = Outcome("ok", *in_both(later("Undone")), _("%(tube)s is to be scanned again.", tube=in_fours(text("code"))))
    return jsonify(audit=facts, outcome=said.plain)


@web.post("/bench/audits/<code>/accept")
@allow(Action.STORE)
@once
def bench_accept(code: str) -> Response:
    """Write every outcome down; what somebody did meanwhile stands, and is named."""
    with transaction() as (session, actor):
        accepted = accept_audit(session, code, occurred_at=clock.now(), actor=actor, at=clock.now())
        facts = audit_facts(session, accepted.view)
    right = _("%(share)s %% were right", share=accepted.view.concordance) + _(".") if accepted.view.concordance is not None else ""
    stale = ", ".join(in_fours(each.barcode) for each in accepted.stale)
    theirs = _("Somebody did something with %(tubes)s meanwhile. That stands; scan the box again if in doubt.", tubes=stale)
    left_out = theirs if stale else ""
    kind = "warn" if stale or orders_of(accepted.view) else "ok"
    said = Outcome(kind, *in_both(later("Accepted")), " ".join(filter(None, (right, left_out))), _("On record"))
    return jsonify(audit=facts, outcome=said.plain)


@web.post("/bench/rebox")
@allow(Action.STORE)
@once
def bench_rebox() -> Response:
    """A box filled anew, with every tube that is in it now."""
    command = ReboxContainer(container=text("container"), tubes=_tubes_given(), occurred_at=clock.now())
    with transaction() as (session, actor):
        events = rebox(session, command, actor=actor, at=clock.now())
    missing = int(events[-1].facts["missing"])
    tubes = plural("One tube is in it.", "%(num)d tubes are in it.", len(events) - 1 - missing)
    lost = plural("One tube is missing.", "%(num)d tubes are missing.", missing) if missing else ""
    said = Outcome("warn" if missing else "ok", *in_both(later("Filled anew")), " ".join(filter(None, (tubes, lost))), _("On record"))
    return jsonify(outcome=said.plain, done=True)


def audit_facts(session: Session, view: AuditView) -> Facts:
    """An audit as its script is told of it, with the map it shows."""
    box = containers_by_id(session, [view.audit.container_id])[view.audit.container_id]
    rows = holes_of_audit(box, view)
    way = container_path(session, box.id)
    holes = [_hole(hole) for row in rows for hole in row]
    next_ = next((hole["position"] for hole in holes if hole["state"] == "unseen"), None)
    return {
        "code": view.audit.code,
        "state": view.audit.state,
        "address": url_for("web.audit", code=view.audit.code),
        "kind": view.audit.kind,
        "to_scan": view.to_scan,
        "scanned": _scanned_so_far(view),
        "far": _far(view),
        "next": next_,
        "orders": [_order(order.outcome, order.what, order.do) for order in orders_of(view)],
        "box": {
            "code": box.barcode,
            "name": box.name,
            "where": " · ".join(step.name for step in way[:-1]),
            "rows": len(rows) or None,
            "columns": len(rows[0]) if rows else None,
            "holes": holes,
        },
        "by_walk": _walk(view),
    }


def _far(view: AuditView) -> str:
    return _("%(scanned)s scanned, %(left)s to scan", scanned=_scanned_so_far(view), left=view.to_scan)


def _scanned_so_far(view: AuditView) -> int:
    return sum(line.found is not None for line in view.lines)


def _walk(view: AuditView) -> str:
    """Of a sample, where the next of its tubes is."""
    if view.audit.kind is not AuditKind.SAMPLE:
        return ""
    waiting = sorted(place_words(line.recorded) for line in view.lines if line.found is None)
    return waiting[0] if waiting else ""


def _hole(hole: AuditedHole) -> Facts:
    line = hole.line
    if line is None or hole.state == "free":
        return {"position": hole.position, "state": hole.state}
    tube = material(line.participant, line.timepoint, line.specimen_type) | {"barcode": line.barcode}
    how = _("taken out") if hole.state == "away" else found_word(line.found)
    said = f"{hole.position}, {how}, {line.participant} {line.timepoint} {tube['type_word']}"
    return {"position": hole.position, "state": hole.state, "tube": tube, "said": said, "mark": "ok" if hole.state == "here" else None}


def _order(outcome: str, what: str, do: str) -> dict[str, str]:
    return {"outcome": outcome, "what": what, "do": do}


def _scanned(scanned: Scanned, view: AuditView) -> Outcome:
    line = scanned.line
    if scanned.outcome is ScanOutcome.UNKNOWN or line is None or line.found is None:
        kept = _("%(code)s is kept with the audit. Set the tube aside.", code=in_fours(scanned.code))
        return Outcome("stop", *in_both(later("Nobody knows this code")), kept)
    if scanned.outcome is ScanOutcome.ALREADY:
        return Outcome("warn", *in_both(later("Already scanned")), _("Scan the next tube."))
    kind, title = _FOUND[line.found]
    recorded = place_words(line.recorded)
    match line.found:
        case Found.WRONG_PLACE if line.lies is not None:
            hole = line.lies.position_text or line.lies.container_name
            belongs = _("Recorded in %(place)s.", place=recorded) if line.recorded else _("Recorded in no hole.")
            do = _("Put it into %(hole)s.", hole=hole) + " " + belongs
        case Found.MISPLACED:
            do = _("Take it back to %(place)s.", place=recorded)
        case Found.UNEXPECTED:
            do = _("Set it aside, and ask the coordinator.")
        case _:
            do = _("Scan the next tube.") if view.to_scan else _("All scanned. Scan DONE.")
    return Outcome(kind, *in_both(title), do)


def _tube(scanned: Scanned) -> Facts | None:
    line = scanned.line
    return None if line is None else material(line.participant, line.timepoint, line.specimen_type) | {"barcode": line.barcode}


def _tubes_given() -> tuple[ReboxedTube, ...]:
    given = body().get("tubes")
    if not isinstance(given, list) or not 1 <= len(given) <= MOST_TUBES:
        raise FormIncomplete((Finding("tubes", ""),))
    return tuple(_tube_given(each) for each in given)


def _tube_given(given: Any) -> ReboxedTube:
    code, position = (given.get("barcode"), given.get("position")) if isinstance(given, dict) else (None, None)
    named = position is None or (isinstance(position, str) and len(position) <= LONGEST_HOLE)
    if not isinstance(code, str) or not 1 <= len(code) <= LONGEST or not named:
        raise FormIncomplete((Finding("tubes", ""),))
    return ReboxedTube(specimen=code, position=position)
