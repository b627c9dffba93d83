"""What is done with kits from their pages: made, given to a participant, collected from, taken back."""

import re

from flask import request
from flask.typing import ResponseReturnValue

from lims import clock
from lims.accounts.vocabulary import Action
from lims.http_context import allow, transaction
from lims.ids import in_fours
from lims.kits.collecting import collect_from_kit
from lims.kits.service import MOST_KITS, bind_kit, make_kits, void_kit
from lims.kits.vocabulary import Collected, CollectFromKit, FilledTube, MakeKits
from lims.web.acts import act
from lims.web.fields import Fields
from lims.web.frame import go, tell, web
from lims.web.kits import kit, new_kits, whose
from lims.web.messages import _, plural
from lims.web.problem_words import remark_text
from lims.web.study_here import study_here

_TUBE = re.compile(r"tube-([0-9]{1,4})", re.ASCII)


@web.post("/kits/new")
@allow(Action.REGISTER)
@act(new_kits)
def make_new_kits() -> ResponseReturnValue:
    """Make kits; one leads to its page, several to the list with them on top."""
    fields = Fields(request.form)
    command = MakeKits(
        participant=fields.optional_text("participant", longest=64),
        timepoint=fields.optional_text("timepoint", longest=64),
        specimen_types=tuple(request.form.getlist("types")),
        count=fields.integer("count", least=1, most=MOST_KITS),
        study=study_here().code,
    )
    fields.check()
    with transaction() as (session, actor):
        made = make_kits(session, command, actor=actor, at=clock.now())
    tell("ok", plural("One kit is made", "%(num)d kits are made", len(made)), _("Print the labels, and stick them on in their order."))
    codes = [each.summary.barcode for each in made]
    return go(f"/kits/{codes[0]}" if len(codes) == 1 else f"/kits?fresh={'+'.join(codes)}")


@web.post("/kits/<barcode>/bind")
@allow(Action.REGISTER)
@act(kit)
def bind(barcode: str) -> ResponseReturnValue:
    """Give a kit of the stock to somebody."""
    fields = Fields(request.form)
    participant, timepoint = fields.text("participant", longest=64), fields.optional_text("timepoint", longest=64)
    fields.check()
    with transaction() as (session, actor):
        bound = bind_kit(session, barcode, participant, timepoint, actor=actor, at=clock.now())
    tell("done", _("The kit is for %(whose)s now.", whose=whose(bound.summary)))
    return go(f"/kits/{bound.summary.barcode}")


@web.post("/kits/<barcode>/collect")
@allow(Action.REGISTER)
@act(kit)
def collect_with_kit(barcode: str) -> ResponseReturnValue:
    """Register the tubes that are ticked; the other labels are void."""
    fields = Fields(request.form)
    command = CollectFromKit(
        kit=barcode,
        tubes=_ticked(fields),
        collected_at=fields.optional_moment("collected_at"),
        received_at=fields.optional_moment("received_at"),
        processed_at=fields.optional_moment("processed_at"),
        frozen_at=fields.optional_moment("frozen_at"),
        flags=tuple(request.form.getlist("flags")),
        note=fields.optional_text("note"),
        participant=fields.optional_text("participant", longest=64),
        timepoint=fields.optional_text("timepoint", longest=64),
        more_to_come=request.form.get("more") == "yes",
    )
    fields.check()
    with transaction() as (session, actor):
        done = collect_from_kit(session, command, actor=actor, at=clock.now())
    _tell(done)
    return go(f"/kits/{done.kit.summary.barcode}")


@web.post("/kits/<barcode>/void")
@allow(Action.REGISTER)
@act(kit)
def take_back(barcode: str) -> ResponseReturnValue:
    """What was not used of a kit counts no more."""
    fields = Fields(request.form)
    reason = fields.optional_text("reason")
    fields.check()
    with transaction() as (session, actor):
        after = void_kit(session, barcode, reason=reason, actor=actor, at=clock.now()).summary
    tell("done", _("Kit %(code)s is closed.", code=in_fours(after.barcode)), _("Destroy the labels that were not used."))
    return go(f"/kits/{after.barcode}")


def _ticked(fields: Fields) -> tuple[FilledTube, ...]:
    lines = sorted(int(found[1]) for name in request.form if (found := _TUBE.fullmatch(name)))
    return tuple(FilledTube(fields.text(f"tube-{line}", longest=80), fields.optional_number(f"amount-{line}")) for line in lines)


def _tell(done: Collected) -> None:
    taken = sum(len(each.specimens) for each in done.collections)
    title = ", ".join(
        part
        for part in (
            plural("One tube came", "%(num)d tubes came", taken) if taken else "",
            plural("one is made of it", "%(num)d are made", len(done.made)) if done.made else "",
        )
        if part
    )
    marks = [remark_text(remark) for each in done.collections for remark in each.warnings]
    void = done.kit.summary.void
    unused = plural("One label was not used: destroy it.", "%(num)d labels were not used: destroy them.", void) if void else ""
    tell("warn" if marks else "ok", title, " ".join(filter(None, (*marks, unused))))
