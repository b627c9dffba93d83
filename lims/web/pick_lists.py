"""Pick lists: which there are, a new one, and one as it is walked: what to take next, what was taken, what nobody found."""

from dataclasses import dataclass

from flask import request, url_for
from flask.typing import ResponseReturnValue

from lims.accounts.vocabulary import Action
from lims.batches.queries import list_batches
from lims.batches.vocabulary import BatchState
from lims.custody.queries import list_events
from lims.http_context import allow, read
from lims.picking.queries import get_pick_list, list_pick_lists, progress_of, view_pick_list
from lims.picking.taking import substitute_for
from lims.picking.vocabulary import LineState, PickListRecord, PickListState, PickListView, Substitute
from lims.web.frame import page, web
from lims.web.happenings import happenings
from lims.web.messages import _, plural
from lims.web.study_here import type_word

PAGE_LENGTH = 50
FILTERS = ("participant", "timepoint", "specimen_type", "state", "container", "q")


@dataclass(frozen=True, slots=True)
class Listing:
    """A list with how far it is."""

    list: PickListRecord
    picked: int
    total: int


@web.get("/pick-lists")
@allow(Action.READ)
def pick_lists() -> ResponseReturnValue:
    """The lists, the newest first."""
    before = request.args.get("before", type=int)
    with read() as (session, _actor):
        found = list_pick_lists(session, before=before, limit=PAGE_LENGTH)
        far = progress_of(session, [each.id for each in found])
    listings = [Listing(each, *far.get(each.id, (0, 0))) for each in found]
    still_open = sum(each.list.state is PickListState.OPEN for each in listings)
    headline = plural("One pick list is open", "%(num)d pick lists are open", still_open) if still_open else _("No pick list is open")
    return page("pick_lists.html", listings=listings, headline=headline, more=len(found) == PAGE_LENGTH)


@web.get("/pick-lists/new")
@allow(Action.STORE)
def new_pick_list() -> ResponseReturnValue:
    """The form for a new list; a query in the address is what it is made of."""
    with read() as (session, _actor):
        batches = list_batches(session, state=BatchState.OPEN, limit=PAGE_LENGTH)
    asked = request.args if request.method == "GET" else request.form
    query = {name: asked[name] for name in FILTERS if asked.get(name)}
    options = [(each.code, each.code) for each in batches]
    return page("pick_list_new.html", batches=batches, options=options, query=query, said=query_in_words(query), batch=asked.get("batch"))


@web.get("/pick-lists/<code>")
@allow(Action.READ)
def pick_list(code: str) -> ResponseReturnValue:
    """A list in the order of the walk."""
    with read() as (session, _actor):
        record = get_pick_list(session, code)
        view = view_pick_list(session, record)
        history = happenings(list_events(session, record.id))
        lost = view.of(LineState.NOT_FOUND) if view.list.state is PickListState.OPEN else ()
        instead: dict[int, Substitute | None] = {line.line: substitute_for(session, view, line) for line in lost}
    return page("pick_list.html", view=view, history=history, instead=instead, headline=_headline(view))


def query_in_words(query: dict[str, str]) -> str:
    """What a list made of a query asks for: ``L07, PRE, Stool``."""
    return _(", ").join(type_word(value) if name == "specimen_type" else value for name, value in query.items())


def address_of_list(code: str) -> str:
    """Where a list has its page."""
    return url_for("web.pick_list", code=code)


def _headline(view: PickListView) -> str:
    picked, total, code = len(view.of(LineState.PICKED)), view.total, view.list.code
    match view.list.state:
        case PickListState.CANCELLED:
            return _("%(code)s is cancelled", code=code)
        case PickListState.DONE if picked == total:
            return _("%(code)s is done: every tube is taken", code=code)
        case PickListState.DONE:
            return plural("%(code)s is done, one tube is missing", "%(code)s is done, %(num)d tubes are missing", total - picked, code=code)
        case _:
            return _("%(picked)s of %(total)s taken", picked=picked, total=total)
