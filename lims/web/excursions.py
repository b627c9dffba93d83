"""An excursion: the tubes it touched, the pairs at stake, and what is decided on them."""

from datetime import timedelta

from flask import request
from flask.typing import ResponseReturnValue

from lims import clock
from lims.accounts.vocabulary import Action
from lims.http_context import allow, read, transaction
from lims.temperatures.queries import get_excursion, limits_of, list_readings
from lims.temperatures.rules import find_gaps
from lims.temperatures.setting_aside import quarantine_touched, release_touched, review_excursion
from lims.temperatures.touched import pairs_at_stake, touched_tubes
from lims.temperatures.vocabulary import ExcursionRecord, SetAside
from lims.web.acts import act
from lims.web.fields import Fields
from lims.web.frame import go, page, tell, web
from lims.web.messages import _, plural
from lims.web.temperature_chart import chart_of
from lims.web.wording import lasting

AROUND = timedelta(hours=2)
"""How much is shown before and after, at the least."""
SHOWN = 500
"""How many tubes a page lists; what is done to all is done to the others too."""


@web.get("/excursions/<int:excursion_id>")
@allow(Action.READ_PARTICIPANTS)
def excursion(excursion_id: int) -> ResponseReturnValue:
    """What it was, whom it touched, what is at stake."""
    with read() as (session, _actor):
        record = get_excursion(session, excursion_id)
        it, limits = record.excursion, limits_of(session, record.container_id)
        around = max(AROUND, (it.ended_at - it.begun_at) / 4)
        readings = list_readings(session, record.container_id, since=it.begun_at - around, until=it.ended_at + around)
        tubes = touched_tubes(session, record)
        pairs = pairs_at_stake(session, tubes, at=clock.now())
    held = [tube for tube in tubes if tube.for_it]
    return page(
        "excursion.html",
        record=record,
        it=it,
        chart=chart_of(readings, limits[-1].limits if limits else None, [record]),
        gaps=[gap for gap in find_gaps(readings) if gap.begun_at < it.ended_at and gap.ended_at > it.begun_at],
        tubes=tubes,
        free=[tube for tube in tubes if not tube.quarantined and tube.state in {"stored", "checked-out", "received", "collected"}],
        held=held,
        shown=SHOWN,
        pairs=pairs,
        lost=sum(pair.lost for pair in pairs),
        headline=_headline(record, len(tubes)),
    )


@web.post("/excursions/<int:excursion_id>/quarantine")
@allow(Action.HANDLE)
@act(excursion)
def quarantine_excursion(excursion_id: int) -> ResponseReturnValue:
    """Set its tubes aside: all, or those ticked."""
    fields, chosen = Fields(request.form), _chosen()
    reason = fields.optional_text("reason")
    fields.check()
    with transaction() as (session, actor):
        outcome = quarantine_touched(session, excursion_id, chosen, reason, actor=actor, at=clock.now())
    _tell(plural("One tube is set aside.", "%(num)d tubes are set aside.", len(outcome.done)), outcome)
    return go(f"/excursions/{excursion_id}")


@web.post("/excursions/<int:excursion_id>/release")
@allow(Action.DECIDE)
@act(excursion)
def release_excursion(excursion_id: int) -> ResponseReturnValue:
    """Let tubes be used again that were set aside because of it."""
    fields, chosen = Fields(request.form), _chosen()
    reason = fields.text("reason")
    fields.check()
    with transaction() as (session, actor):
        outcome = release_touched(session, excursion_id, chosen, reason, actor=actor, at=clock.now())
    _tell(plural("One tube is released.", "%(num)d tubes are released.", len(outcome.done)), outcome)
    return go(f"/excursions/{excursion_id}")


@web.post("/excursions/<int:excursion_id>/close")
@allow(Action.DECIDE)
@act(excursion)
def close_excursion(excursion_id: int) -> ResponseReturnValue:
    """Close it, with what was decided."""
    fields = Fields(request.form)
    reason = fields.text("reason")
    fields.check()
    with transaction() as (session, actor):
        review_excursion(session, excursion_id, reason, actor=actor, at=clock.now())
    tell("done", _("The excursion is closed."))
    return go(f"/excursions/{excursion_id}")


def _chosen() -> list[str] | None:
    """The tubes ticked; None for all of them."""
    return None if request.form.get("which") == "all" else request.form.getlist("tube")[:100_000]


def _tell(title: str, outcome: SetAside) -> None:
    tell("done", title, plural("One was left as it is.", "%(num)d were left as they are.", len(outcome.left)) if outcome.left else "")


def _headline(record: ExcursionRecord, tubes: int) -> str:
    it, facts = record.excursion, {"name": record.container_name, "length": lasting(record.excursion.ended_at - record.excursion.begun_at)}
    if it.side == "warm":
        return plural(
            "%(name)s was too warm for %(length)s: one tube", "%(name)s was too warm for %(length)s: %(num)d tubes", tubes, **facts
        )
    return plural("%(name)s was too cold for %(length)s: one tube", "%(name)s was too cold for %(length)s: %(num)d tubes", tubes, **facts)
