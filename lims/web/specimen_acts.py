"""What is done to one tube from its page: each form one act, done at once, most of them undone by one touch."""

from datetime import datetime

from flask import request
from flask.typing import ResponseReturnValue

from lims import clock
from lims.accounts.vocabulary import Action
from lims.custody.vocabulary import Event, EventType, Json
from lims.http_context import allow, transaction
from lims.ids import in_fours
from lims.kits.collecting import derive_aliquots
from lims.specimens.service import bind_code, flag_specimen, unflag_specimen
from lims.specimens.vocabulary import DeriveAliquots
from lims.storage.acts import record_act
from lims.storage.corrections import TAKEN_BACK
from lims.storage.vocabulary import RecordAct
from lims.web.acts import act
from lims.web.fields import Fields
from lims.web.frame import go, tell, web
from lims.web.happenings import happening
from lims.web.messages import _, plural
from lims.web.specimen import specimen
from lims.web.study_here import flag_word, type_word

REVERSIBLE = TAKEN_BACK - {EventType.CORRECTED, EventType.DISPOSED, EventType.DISPATCHED}
MOST_AT_ONCE = 999


def _do(code: str, type_: EventType, fields: Fields, **facts: Json) -> ResponseReturnValue:
    """One act on a tube, told in a toast with its undo."""
    occurred_at = fields.optional_moment("occurred_at") or clock.now()
    fields.check()
    with transaction() as (session, actor):
        event = record_act(session, RecordAct(type=type_, barcode=code, occurred_at=occurred_at, **facts), actor=actor, at=clock.now())
    tell_done(code, event)
    return go(f"/specimens/{code}")


def tell_done(code: str, event: Event) -> None:
    """Say what was done, with its undo where it has one."""
    did = happening(event)
    undo = f"/specimens/{code}/undo/{event.id}" if event.type in REVERSIBLE else None
    tell("done", f"{in_fours(code)}: {did.verb}", did.detail, undo=undo)


@web.post("/specimens/<code>/place")
@allow(Action.STORE)
@act(specimen)
def place_tube(code: str) -> ResponseReturnValue:
    """Into a box: the hole named, or the next free one."""
    fields = Fields(request.form)
    container, position = fields.code("container"), fields.optional_text("position", longest=12)
    return _do(code, EventType.PLACED, fields, container=container, position=position)


@web.post("/specimens/<code>/check-out")
@allow(Action.STORE)
@act(specimen)
def check_out_tube(code: str) -> ResponseReturnValue:
    """Out of its hole, which is kept."""
    fields = Fields(request.form)
    return _do(code, EventType.CHECKED_OUT, fields, reason=fields.optional_text("reason"))


@web.post("/specimens/<code>/return")
@allow(Action.STORE)
@act(specimen)
def return_tube(code: str) -> ResponseReturnValue:
    """Back into the hole kept for it."""
    return _do(code, EventType.RETURNED, Fields(request.form))


@web.post("/specimens/<code>/receive")
@allow(Action.HANDLE)
@act(specimen)
def receive_tube(code: str) -> ResponseReturnValue:
    """Into the laboratory."""
    return _do(code, EventType.RECEIVED, Fields(request.form))


@web.post("/specimens/<code>/thaw")
@allow(Action.HANDLE)
@act(specimen)
def thaw_tube(code: str) -> ResponseReturnValue:
    """Count a thaw."""
    return _do(code, EventType.THAWED, Fields(request.form))


@web.post("/specimens/<code>/use")
@allow(Action.HANDLE)
@act(specimen)
def use_tube(code: str) -> ResponseReturnValue:
    """Use some of it, or all that is left."""
    fields = Fields(request.form)
    amount = None if request.form.get("how_much") == "all" else fields.number("amount")
    unit = fields.optional_text("unit", longest=8)
    return _do(code, EventType.CONSUMED, fields, amount=amount, unit=unit, reason=fields.optional_text("reason"))


@web.post("/specimens/<code>/aliquots")
@allow(Action.HANDLE)
@act(specimen)
def divide_tube(code: str) -> ResponseReturnValue:
    """Make tubes of it."""
    fields = Fields(request.form)
    command = DeriveAliquots(
        parents=(code,),
        count=fields.integer("count", least=1, most=MOST_AT_ONCE),
        amount=fields.number("amount"),
        unit=fields.text("unit", longest=8),
        specimen_type=fields.optional_text("specimen_type", longest=64),
        parent_amount=fields.optional_number("parent_amount"),
        purpose=fields.optional_text("purpose", longest=64),
        occurred_at=fields.optional_moment("occurred_at") or clock.now(),
    )
    fields.check()
    with transaction() as (session, actor):
        made = derive_aliquots(session, command, actor=actor, at=clock.now())
    facts = {"type": type_word(made[0].specimen_type)}
    title = plural("One tube of %(type)s is made", "%(num)d tubes of %(type)s are made", len(made), **facts)
    tell("ok", title, _("Print the labels and put the tubes away."))
    return go(f"/specimens/{code}")


@web.post("/specimens/<code>/quarantine")
@allow(Action.HANDLE)
@act(specimen)
def quarantine_tube(code: str) -> ResponseReturnValue:
    """Set it aside."""
    fields = Fields(request.form)
    return _do(code, EventType.QUARANTINED, fields, reason=fields.text("reason"))


@web.post("/specimens/<code>/release")
@allow(Action.DECIDE)
@act(specimen)
def release_tube(code: str) -> ResponseReturnValue:
    """Let it be used again."""
    fields = Fields(request.form)
    return _do(code, EventType.RELEASED, fields, reason=fields.text("reason"))


@web.post("/specimens/<code>/dispose")
@allow(Action.DECIDE)
@act(specimen)
def dispose_of_tube(code: str) -> ResponseReturnValue:
    """Destroy it; asked for twice on the form, since it cannot be undone."""
    fields = Fields(request.form)
    reason = fields.text("reason")
    fields.one_of("sure", {"yes"})
    return _do(code, EventType.DISPOSED, fields, reason=reason)


@web.post("/specimens/<code>/flag")
@allow(Action.HANDLE)
@act(specimen)
def flag_tube(code: str) -> ResponseReturnValue:
    """Say what is wrong with it."""
    fields = Fields(request.form)
    flag, note = fields.text("flag", longest=64), fields.optional_text("note")
    fields.check()
    with transaction() as (session, actor):
        event = flag_specimen(session, code, flag, note, actor=actor, at=clock.now())
    tell_done(code, event)
    return go(f"/specimens/{code}")


@web.post("/specimens/<code>/unflag")
@allow(Action.CORRECT)
@act(specimen)
def unflag_tube(code: str) -> ResponseReturnValue:
    """Take a flag back, and say why."""
    fields = Fields(request.form)
    flag, reason = fields.text("flag", longest=64), fields.text("reason")
    fields.check()
    with transaction() as (session, actor):
        unflag_specimen(session, code, flag, reason, actor=actor, at=clock.now())
    tell("done", _("%(flag)s is taken off.", flag=flag_word(flag)))
    return go(f"/specimens/{code}")


@web.post("/specimens/<code>/codes")
@allow(Action.REGISTER)
@act(specimen)
def bind_tube_code(code: str) -> ResponseReturnValue:
    """Let it be known by a further code."""
    fields = Fields(request.form)
    further = fields.text("code", longest=80)
    fields.check()
    with transaction() as (session, actor):
        bind_code(session, code, further, actor=actor, at=clock.now())
    tell("done", _("It is known as %(code)s too.", code=in_fours(further)))
    return go(f"/specimens/{code}")


@web.post("/specimens/<code>/correct")
@allow(Action.CORRECT)
@act(specimen)
def correct_tube(code: str) -> ResponseReturnValue:
    """Put right how much is in it or how often it was thawed; what was written stays in the history."""
    fields = Fields(request.form)
    changes: dict[str, Json] = {}
    if fields.one_of("what", {"amount", "thaw_count"}) == "amount":
        amount = fields.optional_number("amount")
        changes["amount"] = None if amount is None else str(amount)
    else:
        changes["thaw_count"] = fields.optional_integer("thaw_count", least=0, most=999)
    unit, reason = fields.optional_text("unit", longest=8), fields.text("reason")
    return _do(code, EventType.CORRECTED, fields, changes=changes, unit=unit, reason=reason)


@web.post("/specimens/<code>/undo/<int:event_id>")
@allow(Action.HANDLE)
@act(specimen)
def undo_last(code: str, event_id: int) -> ResponseReturnValue:
    """Take the last act back: a correcting event, the tube in its old hole if that is still free."""
    at: datetime = clock.now()
    undo = RecordAct(type=EventType.CORRECTED, barcode=code, occurred_at=at, corrects=event_id, reason=_("taken back at once"))
    with transaction() as (session, actor):
        record_act(session, undo, actor=actor, at=at)
    tell("done", _("Taken back. %(code)s is as it was before.", code=in_fours(code)))
    return go(f"/specimens/{code}")
