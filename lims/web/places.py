"""Where one can go from the top of every page, by what one's role allows."""

from dataclasses import dataclass

from flask import current_app, request, url_for
from markupsafe import Markup

from lims.accounts.vocabulary import Action, Actor
from lims.web.languages import both
from lims.web.messages import later


@dataclass(frozen=True, slots=True)
class _Place:
    """A page in the navigation; ``part`` is the first step of its address."""

    endpoint: str
    part: str
    icon: str
    message: str
    action: Action


_MAIN = (
    _Place("web.start", "", "today", later("Today"), Action.READ_PARTICIPANTS),
    _Place("web.bench", "bench", "scan", later("Bench"), Action.STORE),
    _Place("web.participants", "participants", "person", later("Participants"), Action.READ_PARTICIPANTS),
    _Place("web.collect", "collect", "tube", later("Collect"), Action.REGISTER),
    _Place("web.containers", "containers", "box", later("Storage"), Action.READ),
    _Place("web.pairs", "pairs", "whole", later("Pairs"), Action.READ_PARTICIPANTS),
    _Place("web.batches", "batches", "batch", later("Batches"), Action.READ),
)
_MORE = (
    _Place("web.specimens", "specimens", "search", later("Find specimens"), Action.READ),
    _Place("web.pick_lists", "pick-lists", "list", later("Pick lists"), Action.READ),
    _Place("web.audits", "audits", "tick", later("Audits"), Action.READ),
    _Place("web.kits", "kits", "tube", later("Kits"), Action.REGISTER),
    _Place("web.labels", "labels", "print", later("Labels"), Action.PRINT),
    _Place("web.imports", "import", "up", later("Import"), Action.IMPORT),
    _Place("web.trail", "trail", "trail", later("Trail"), Action.READ_TRAIL),
    _Place("web.people", "people", "people", later("People and tokens"), Action.MANAGE_PEOPLE),
)


@dataclass(frozen=True, slots=True)
class Link:
    """A place as a link, in both languages."""

    address: str
    word: Markup
    icon: str
    here: bool


@dataclass(frozen=True, slots=True)
class Places:
    """The navigation: what is used each day, and the rest."""

    main: tuple[Link, ...]
    more: tuple[Link, ...]


def places_of(actor: Actor | None) -> Places:
    """The places somebody may go to."""
    return Places(_links(_MAIN, actor), _links(_MORE, actor)) if actor else Places((), ())


def _links(places: tuple[_Place, ...], actor: Actor) -> tuple[Link, ...]:
    part = request.path.split("/")[1]
    part = "" if part == "today" else part
    return tuple(
        Link(url_for(place.endpoint), both(place.message), place.icon, place.part == part)
        for place in places
        if actor.may(place.action) and place.endpoint in current_app.view_functions
    )
