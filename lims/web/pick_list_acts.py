"""What is done with a pick list from its page: made, a tube taken, given up, replaced, finished, cancelled."""

from typing import Any

from flask import request
from flask.typing import ResponseReturnValue

from lims import clock
from lims.accounts.vocabulary import Action
from lims.http_context import allow, transaction
from lims.ids import in_fours
from lims.imports.code_list import read_code_list
from lims.picking.rules import MOST_MINUTES
from lims.picking.service import cancel_pick_list, finish_pick_list, make_pick_list, undo_pick
from lims.picking.taking import mark_not_found, pick_tube, take_instead
from lims.picking.vocabulary import LineState, MadePickList, MakePickList, PickListView, WantedCode
from lims.storage.records import TubeFilter
from lims.web.acts import act
from lims.web.fields import Fields
from lims.web.frame import go, tell, web
from lims.web.messages import _, plural
from lims.web.pick_lists import FILTERS, address_of_list, new_pick_list, pick_list
from lims.web.problem_words import say
from lims.web.study_here import study_here

_LONGEST_NAME = 120
_TOLD_AT_MOST = 5


@web.post("/pick-lists/new")
@allow(Action.STORE)
@act(new_pick_list)
def make_list() -> ResponseReturnValue:
    """Make a list of a batch, of a query, of codes or of a file of them."""
    fields = Fields(request.form)
    command = MakePickList(
        codes=_codes(fields),
        batch=fields.optional_text("batch", longest=40),
        wanted=_query(),
        name=fields.optional_text("name", longest=100),
        into=fields.optional_code("into"),
        minutes_out=fields.optional_integer("minutes_out", least=1, most=MOST_MINUTES),
    )
    fields.check()
    with transaction() as (session, actor):
        made = make_pick_list(session, command, actor=actor, at=clock.now())
    _tell_made(made)
    return go(address_of_list(made.view.list.code))


@web.post("/pick-lists/<code>/picks")
@allow(Action.STORE)
@act(pick_list)
def take_for_list(code: str) -> ResponseReturnValue:
    """A tube scanned on the list's page is taken; a wrong one is explained."""
    fields = Fields(request.form)
    tube = fields.code("tube")
    fields.check()
    with transaction() as (session, actor):
        view = pick_tube(session, code, tube, occurred_at=clock.now(), actor=actor, at=clock.now())
    _tell_next(view)
    return go(address_of_list(code))


@web.post("/pick-lists/<code>/picks/undo")
@allow(Action.CORRECT)
@act(pick_list)
def put_back_on_list(code: str) -> ResponseReturnValue:
    """A tube taken by mistake is in its hole again, and wanted."""
    fields = Fields(request.form)
    tube = fields.text("tube", longest=80)
    fields.check()
    with transaction() as (session, actor):
        undo_pick(session, code, tube, reason=_("taken by mistake"), actor=actor, at=clock.now())
    tell("done", _("%(tube)s is wanted again. Put it back into its hole.", tube=in_fours(tube)))
    return go(address_of_list(code))


@web.post("/pick-lists/<code>/lines/<int:line>/not-found")
@allow(Action.STORE)
@act(pick_list)
def give_line_up(code: str, line: int) -> ResponseReturnValue:
    """A tube is not in its hole."""
    with transaction() as (session, actor):
        found = mark_not_found(session, code, line, occurred_at=clock.now(), actor=actor, at=clock.now())
    offered = found.substitute
    if offered is None:
        tell("warn", _("Not there"), _("Nothing can be taken instead. Go on with the next tube."))
    else:
        tell("warn", _("Not there"), _("%(tube)s could be taken instead: %(where)s.", tube=in_fours(offered.barcode), where=offered.where))
    return go(address_of_list(code))


@web.post("/pick-lists/<code>/lines/<int:line>/instead")
@allow(Action.STORE)
@act(pick_list)
def take_another(code: str, line: int) -> ResponseReturnValue:
    """Another tube stands in for the one nobody found."""
    fields = Fields(request.form)
    tube = fields.text("tube", longest=80)
    fields.check()
    with transaction() as (session, actor):
        view = take_instead(session, code, line, tube, actor=actor, at=clock.now())
    warned = _("Batch %(batch)s still names the other one: change it there.", batch=view.list.batch) if view.list.batch else ""
    tell("warn" if warned else "done", _("%(tube)s is on the list instead.", tube=in_fours(tube)), warned)
    return go(address_of_list(code))


@web.post("/pick-lists/<code>/done")
@allow(Action.STORE)
@act(pick_list)
def finish_list(code: str) -> ResponseReturnValue:
    """The list is done."""
    with transaction() as (session, actor):
        view = finish_pick_list(session, code, occurred_at=clock.now(), actor=actor, at=clock.now())
    tell("done", _("%(code)s is done.", code=view.list.code))
    return go(address_of_list(code))


@web.post("/pick-lists/<code>/cancel")
@allow(Action.STORE)
@act(pick_list)
def drop_list(code: str) -> ResponseReturnValue:
    """Nothing more is taken for it."""
    fields = Fields(request.form)
    reason = fields.text("reason")
    fields.check()
    with transaction() as (session, actor):
        view = cancel_pick_list(session, code, reason=reason, actor=actor, at=clock.now())
    tell("done", _("%(code)s is cancelled. What was taken is out: put it back.", code=view.list.code))
    return go(address_of_list(code))


def _codes(fields: Fields) -> tuple[WantedCode, ...]:
    """Codes typed or scanned, a line each; or those of a file."""
    upload = request.files.get("file")
    if upload is not None and upload.filename:
        upload.stream.seek(0)  # the view is run again when the database was busy
        return read_code_list(upload.stream.read(), upload.filename[-_LONGEST_NAME:])
    lines = (fields.optional_text("codes", longest=60_000) or "").splitlines()
    return tuple(WantedCode(number, line.strip()) for number, line in enumerate(lines, 1) if line.strip())


def _query() -> TubeFilter | None:
    asked = {name: request.form.get(name) or None for name in FILTERS}
    if not any(asked.values()):
        return None
    same = ("participant", "timepoint", "specimen_type", "state", "container")
    filters: dict[str, Any] = {name: asked[name] for name in same}
    return TubeFilter(study=study_here().code, text=asked["q"], **filters)


def _tell_made(made: MadePickList) -> None:
    title = plural("One tube is on the list", "%(num)d tubes are on the list", len(made.view.lines))
    if not made.not_listed:
        tell("done", title)
        return
    reasons = [_("Line %(line)s: %(why)s", line=each.line, why=say(each.sentence)) for each in made.not_listed[:_TOLD_AT_MOST]]
    if (more := len(made.not_listed) - _TOLD_AT_MOST) > 0:
        reasons.append(plural("And one more.", "And %(num)d more.", more))
    tell("warn", title, " ".join(reasons))


def _tell_next(view: PickListView) -> None:
    left = len(view.of(LineState.WANTED))
    if view.next is None:
        tell("ok", _("Picked"), _("That was the last one. Scan DONE."))
    else:
        where = {"where": view.next.where, "left": left}
        tell("ok", _("Picked"), _("Next: %(where)s. %(left)s to go.", **where))
