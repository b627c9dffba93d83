"""Batches: tubes worked together for one assay; begun, filled, changed, closed, their manifests issued and fetched."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import request
from flask.typing import ResponseReturnValue

from lims import clock
from lims.accounts.vocabulary import Action
from lims.batches.queries import get_batch, list_batches, view_batch
from lims.batches.service import add_members, close_batch, create_batch, remove_member
from lims.batches.vocabulary import BatchView, CreateBatch, PairSelection
from lims.custody.queries import list_events
from lims.http_context import allow, read, transaction
from lims.ids import in_fours
from lims.sequencing.queries import list_manifests
from lims.storage.tubes import Tube, get_tubes
from lims.web.acts import act
from lims.web.codes_taken import take_codes
from lims.web.fields import Fields
from lims.web.frame import go, page, tell, web
from lims.web.happenings import happenings
from lims.web.messages import _, plural
from lims.web.problem_words import remark_text
from lims.web.study_here import protocol_here, study_here, use_study

LARGEST = 3840


@dataclass(frozen=True, slots=True)
class Line:
    """A member of a batch with its tube as it stands now."""

    pair_id: str | None
    side: str | None
    tube: Tube


@web.get("/batches")
@allow(Action.READ)
def batches() -> ResponseReturnValue:
    """The batches, the newest first."""
    before = request.args.get("before", type=int)
    with read() as (session, _actor):
        found = list_batches(session, before=before, limit=50)
    still_open = sum(batch.closed_at is None for batch in found)
    headline = plural("One batch is open", "%(num)d batches are open", still_open) if still_open else _("No batch is open")
    return page("batches.html", batches=found, headline=headline)


@web.get("/batches/new")
@allow(Action.BATCH)
def new_batch() -> ResponseReturnValue:
    """The form for a new batch."""
    protocol = protocol_here()
    return page("batch_new.html", protocol=protocol) if protocol else page("no_study.html")


@web.post("/batches/new")
@allow(Action.BATCH)
@act(new_batch)
def make_batch() -> ResponseReturnValue:
    """Begin a batch, filled with what is free where that is asked for."""
    fields = Fields(request.form)
    fill = fields.one_of("fill", {"free", "empty"}) == "free"
    command = CreateBatch(
        assay=fields.text("assay", longest=64),
        name=fields.optional_text("name", longest=80),
        size=fields.optional_integer("size", least=1, most=LARGEST),
        select=PairSelection(cohort=fields.optional_text("cohort", longest=64)) if fill else None,
        controls=_words(fields.optional_text("controls", longest=400)),
        study=study_here().code,
    )
    fields.check()
    with transaction() as (session, actor):
        made = create_batch(session, command, actor=actor, at=clock.now())
    _tell_batch(_("%(code)s is begun.", code=made.batch.code), made)
    return go(f"/batches/{made.batch.code}")


@web.get("/batches/<code>")
@allow(Action.READ)
def batch(code: str) -> ResponseReturnValue:
    """A batch: who is in it, whether it can go, and what was issued of it."""
    with read() as (session, _actor):
        record = get_batch(session, code)
        view = view_batch(session, record)
        tubes = get_tubes(session, [member.barcode for member in view.members]) if view.members else []
        history = happenings(list_events(session, record.id))
        facts: dict[str, Any] = {"manifests": list_manifests(session, record.code)}
    use_study(record.study_code)
    lines = [Line(member.pair_id, member.side, tube) for member, tube in zip(view.members, tubes, strict=True)]
    facts |= {"lines": lines, "history": history, "whole": _whole_pairs(lines), "flagged": [line for line in lines if line.tube.flags]}
    return page("batch.html", view=view, headline=_headline(view, facts["manifests"]), **facts)


@web.post("/batches/<code>/members")
@allow(Action.BATCH)
@act(batch)
def put_into_batch(code: str) -> ResponseReturnValue:
    """Tubes named by their codes, or what is free."""
    fields = Fields(request.form)
    specimens = _words(fields.optional_text("codes", longest=20_000))
    take_codes(specimens)
    fields.check()
    with transaction() as (session, actor):
        select = None if specimens else PairSelection()
        view = add_members(session, code, specimens=specimens, select=select, actor=actor, at=clock.now())
    _tell_batch(plural("One tube is in it now.", "%(num)d tubes are in it now.", len(view.members)), view)
    return go(f"/batches/{code}")


@web.post("/batches/<code>/members/<tube>/remove")
@allow(Action.BATCH)
@act(batch)
def take_out_of_batch(code: str, tube: str) -> ResponseReturnValue:
    """Take a tube out."""
    with transaction() as (session, actor):
        view = remove_member(session, code, tube, actor=actor, at=clock.now())
    _tell_batch(_("%(tube)s is out of it.", tube=in_fours(tube)), view)
    return go(f"/batches/{code}")


@web.post("/batches/<code>/close")
@allow(Action.BATCH)
@act(batch)
def shut_batch(code: str) -> ResponseReturnValue:
    """The batch is worked; what is left of its tubes may go into another."""
    fields = Fields(request.form)
    reason = fields.optional_text("reason")
    fields.check()
    with transaction() as (session, actor):
        close_batch(session, code, reason=reason, actor=actor, at=clock.now())
    tell("done", _("%(code)s is closed.", code=code))
    return go(f"/batches/{code}")


def _words(text: str | None) -> tuple[str, ...]:
    return tuple(dict.fromkeys((text or "").replace(",", " ").split()))


def _whole_pairs(lines: Sequence[Line]) -> int:
    sides = Counter(line.pair_id for line in lines if line.pair_id)
    return sum(count >= 2 for count in sides.values())


def _tell_batch(title: str, view: BatchView) -> None:
    warned = " ".join(remark_text(remark) for remark in view.warnings)
    tell("warn" if warned else "done", title, warned)


def _headline(view: BatchView, manifests: Sequence[object]) -> str:
    code = view.batch.code
    if view.batch.closed_at is not None:
        return _("%(code)s is closed", code=code)
    if not view.members:
        return _("%(code)s is empty", code=code)
    return _("%(code)s was issued", code=code) if manifests else _("%(code)s can be issued", code=code)
