"""Pick lists at the bench: a scan a tube, a wrong one explained, a lost one given up and replaced; as scripts ask for it."""

from flask import Response, jsonify, request, url_for
from flask.typing import ResponseReturnValue

from lims import clock
from lims.accounts.vocabulary import Action
from lims.errors import LimsError
from lims.http_context import allow, read, transaction
from lims.ids import in_fours
from lims.labels.queries import codes_of_all
from lims.picking.queries import get_pick_list, view_pick_list
from lims.picking.rules import MOST_LINES
from lims.picking.service import finish_pick_list, undo_pick
from lims.picking.taking import mark_not_found, pick_tube, take_instead
from lims.picking.vocabulary import LineState, PickLine, PickListView
from lims.web.bench_known import Facts, material
from lims.web.bench_once import occurred_at, once, refusal, text, whole, with_device
from lims.web.bench_outcomes import Outcome
from lims.web.frame import web
from lims.web.languages import in_both
from lims.web.messages import _, later, plural
from lims.web.study_here import type_word


@web.get("/bench/pick-lists/<code>")
@allow(Action.STORE)
def bench_pick_list(code: str) -> ResponseReturnValue:
    """A list as it stands, with what to take next; nothing new where it is as the page that asks knows it."""
    try:
        with read() as (session, _actor):
            view = view_pick_list(session, get_pick_list(session, code))
    except LimsError as error:
        return refusal(error)
    answer = jsonify(list=list_facts(view), outcome=_what_next(view, later("Picking"), "ok").plain)
    answer.add_etag()
    return answer.make_conditional(request)


@web.get("/bench/pick-lists/<code>/tubes")
@allow(Action.STORE)
def bench_pick_list_tubes(code: str) -> ResponseReturnValue:
    """What each line wants, with every code of its tube, so that a device can go on where there is no network."""
    try:
        with read() as (session, _actor):
            view = view_pick_list(session, get_pick_list(session, code))
            codes = codes_of_all(session, [line.specimen_id for line in view.lines])
            tubes = [_line(line) | _told_apart(line, codes.get(line.specimen_id, [])) for line in view.lines]
    except LimsError as error:
        return refusal(error)
    return jsonify(tubes=tubes)


@web.post("/bench/pick-lists/<code>/picks")
@allow(Action.STORE)
@once
def bench_pick(code: str) -> Response:
    """Take a tube for a list; of a wrong one it is said how it differs from the one that is wanted."""
    with transaction() as (session, actor):
        view = pick_tube(session, code, text("barcode"), occurred_at=occurred_at(), actor=with_device(actor), at=clock.now())
    return jsonify(list=list_facts(view), outcome=_what_next(view, later("Picked"), "ok", recorded=True).plain, done=True)


@web.post("/bench/pick-lists/<code>/undo")
@allow(Action.CORRECT)
@once
def bench_unpick(code: str) -> Response:
    """A tube taken by mistake is wanted again."""
    with transaction() as (session, actor):
        view = undo_pick(session, code, text("barcode"), reason=_("taken back at once"), actor=actor, at=clock.now())
    where = next((line.where for line in view.lines if line.barcode == text("barcode")), "")
    said = Outcome("ok", *in_both(later("Undone")), _("Put it back: %(place)s.", place=where), _("On record"))
    return jsonify(list=list_facts(view), outcome=said.plain, done=True)


@web.post("/bench/pick-lists/<code>/not-found")
@allow(Action.STORE)
@once
def bench_not_there(code: str) -> Response:
    """The tube of a line is not in its hole; another may be offered."""
    line = whole("line", MOST_LINES * 2)
    with transaction() as (session, actor):
        found = mark_not_found(session, code, line, occurred_at=occurred_at(), actor=with_device(actor), at=clock.now())
        view = view_pick_list(session, get_pick_list(session, code))
    offered = found.substitute
    if offered is None:
        sentence = _what_next(view, "", "warn").sentence
        said = Outcome("warn", *in_both(later("Not there")), sentence, _("On record"))
        return jsonify(list=list_facts(view), outcome=said.plain, substitute=None)
    facts = {"tube": in_fours(offered.barcode), "where": offered.where}
    sentence = _("%(tube)s could be taken instead: %(where)s. YES takes it.", **facts)
    said = Outcome("warn", *in_both(later("Not there")), sentence, _("On record"))
    return jsonify(list=list_facts(view), outcome=said.plain, substitute={"barcode": offered.barcode, "line": line})


@web.post("/bench/pick-lists/<code>/instead")
@allow(Action.STORE)
@once
def bench_instead(code: str) -> Response:
    """Another tube stands in for the one nobody found."""
    with transaction() as (session, actor):
        view = take_instead(session, code, whole("line", MOST_LINES * 2), text("barcode"), actor=actor, at=clock.now())
    return jsonify(list=list_facts(view), outcome=_what_next(view, later("Taken instead"), "ok", recorded=True).plain)


@web.post("/bench/pick-lists/<code>/done")
@allow(Action.STORE)
@once
def bench_picked(code: str) -> Response:
    """The list is done; what is missing is said."""
    with transaction() as (session, actor):
        view = finish_pick_list(session, code, occurred_at=occurred_at(), actor=with_device(actor), at=clock.now())
    picked = len(view.of(LineState.PICKED))
    left = [line for line in view.lines if line.state in {LineState.WANTED, LineState.NOT_FOUND}]
    taken = _("%(picked)s of %(total)s taken", picked=picked, total=view.total) + _(".")
    missing = plural("Missing: %(names)s.", "Missing: %(names)s.", len(left), names=", ".join(_name(line) for line in left)) if left else ""
    said = Outcome("warn" if left else "ok", *in_both(later("Done")), " ".join(filter(None, (taken, missing))), _("On record"))
    return jsonify(list=list_facts(view), outcome=said.plain)


def list_facts(view: PickListView) -> Facts:
    """A list as its script is told of it."""
    next_ = view.next
    return {
        "code": view.list.code,
        "name": " · ".join(filter(None, (view.list.code, view.list.batch, view.list.name))),
        "address": url_for("web.pick_list", code=view.list.code),
        "state": view.list.state,
        "into": view.list.into,
        "picked": len(view.of(LineState.PICKED)),
        "total": view.total,
        "far": _("%(picked)s of %(total)s taken", picked=len(view.of(LineState.PICKED)), total=view.total),
        "minutes_out": view.list.minutes_out,
        "out_since_ms": None if view.out_since is None else round(view.out_since.timestamp() * 1000),
        "next": None if next_ is None else _line(next_),
        "lines": [_standing(line) for line in view.lines],
    }


def _standing(line: PickLine) -> Facts:
    picked_ms = None if line.picked_at is None else round(line.picked_at.timestamp() * 1000)
    return {"line": line.line, "barcode": line.barcode, "state": line.state, "where": line.where, "picked_ms": picked_ms}


def _line(line: PickLine) -> Facts:
    hole = {"container": line.place and line.place.container, "position": line.place and line.place.position_text}
    tube = material(line.participant, line.timepoint, line.specimen_type) | {"barcode": line.barcode, "label": line.label}
    return {"line": line.line, "where": line.where, "tube": tube} | hole


def _told_apart(line: PickLine, codes: list[str]) -> Facts:
    """What a device compares a wrong tube with, and the freezer whose clock a tube starts."""
    return {
        "ordinal": line.ordinal,
        "codes": codes,
        "name": line.place and line.place.container_name,
        "store": line.store and line.store.id,
    }


def _what_next(view: PickListView, title: str, kind: str, *, recorded: bool = False) -> Outcome:
    titles = in_both(title) if title else ("", "")
    on_record = _("On record") if recorded else ""
    if view.next is None:
        return Outcome(kind, *titles, _("That was the last one. Scan DONE."), on_record, titles[0])
    position = view.next.place.position_text if view.next.place else None
    return Outcome(
        kind, *titles, _("Take %(name)s: %(where)s.", name=_name(view.next), where=view.next.where), on_record, position or titles[0]
    )


def _name(line: PickLine) -> str:
    return f"{line.participant} {line.timepoint} {type_word(line.specimen_type)}"
