"""Finding tubes: by participant, timepoint, type, state, box, or a piece of their label."""

from typing import Any

from flask import request, url_for
from flask.typing import ResponseReturnValue

from lims.accounts.vocabulary import Action
from lims.http_context import allow, read
from lims.specimens.vocabulary import QUARANTINED, SpecimenState
from lims.storage.records import TubeFilter
from lims.storage.tubes import list_tubes
from lims.web.fields import Fields
from lims.web.frame import page, web
from lims.web.messages import _, plural
from lims.web.study_here import protocol_here, study_here, type_word

PAGE_LENGTH = 100
STATES = (*SpecimenState, QUARANTINED)


@web.get("/specimens")
@allow(Action.READ)
def specimens() -> ResponseReturnValue:
    """The tubes that fit, in the order they were registered."""
    wanted, fresh = _wanted(), request.args.get("fresh") == "1"
    after = request.args.get("after", default=0, type=int)
    with read() as (session, _actor):
        tubes = list_tubes(session, wanted, after=after, limit=PAGE_LENGTH + 1)
    further = len(tubes) > PAGE_LENGTH
    tubes = tubes[:PAGE_LENGTH]
    following = url_for("web.specimens", **_address(), after=tubes[-1].id) if further else None
    headline = _headline(wanted, len(tubes), further or after > 0)
    return page(
        "specimens.html",
        tubes=tubes,
        wanted=wanted,
        headline=headline,
        following=following,
        fresh=fresh,
        states=STATES,
        protocol=protocol_here(),
    )


def _wanted() -> TubeFilter:
    fields = Fields(request.args)
    wanted = TubeFilter(
        study=study_here().code,
        participant=_upper(fields.optional_text("participant", longest=24)),
        timepoint=fields.optional_text("timepoint", longest=24),
        specimen_type=fields.optional_text("specimen_type", longest=40),
        state=fields.optional_one_of("state", STATES),
        container=fields.optional_text("container", longest=64),
        text=fields.optional_text("q", longest=64),
        collection_id=fields.optional_integer("collection", least=1, most=2**62),
        to_destroy=request.args.get("to_destroy") == "1",
    )
    fields.check()
    return wanted


def _upper(text: str | None) -> str | None:
    return text.upper() if text else None


def _address() -> dict[str, Any]:
    return {name: value for name, value in request.args.items() if name not in {"after", "fresh"} and value}


def _headline(wanted: TubeFilter, count: int, more: bool) -> str:
    if count == 0:
        return _("No tube fits")
    if more:
        return _("More tubes than fit on a page")
    if wanted.to_destroy:
        return plural("One tube is to be destroyed", "%(num)d tubes are to be destroyed", count)
    if wanted.collection_id is not None:
        return plural("One tube came of this collection", "%(num)d tubes came of this collection", count)
    if wanted.participant and wanted.specimen_type:
        facts = {"code": wanted.participant, "type": type_word(wanted.specimen_type)}
        return plural("One tube of %(type)s of %(code)s", "%(num)d tubes of %(type)s of %(code)s", count, **facts)
    if wanted.participant:
        return plural("One tube of %(code)s", "%(num)d tubes of %(code)s", count, code=wanted.participant)
    return plural("One tube fits", "%(num)d tubes fit", count)
