"""Where one can go from the top of every page, by what one's role allows."""

import functools
from dataclasses import dataclass

from flask import request
from markupsafe import Markup

from lims.accounts.vocabulary import ALLOWED, Action, Actor, Role
from lims.web.languages import both, language
from lims.web.messages import later


@dataclass(frozen=True, slots=True)
class _Place:
    """A page in the navigation; ``part`` is the one step of its address."""

    part: str
    icon: str
    message: str
    action: Action


_MAIN = (
    _Place("", "today", later("Today"), Action.READ_PARTICIPANTS),
    _Place("bench", "scan", later("Bench"), Action.STORE),
    _Place("participants", "person", later("Participants"), Action.READ_PARTICIPANTS),
    _Place("collect", "tube", later("Collect"), Action.REGISTER),
    _Place("containers", "box", later("Storage"), Action.READ),
    _Place("pairs", "whole", later("Pairs"), Action.READ_PARTICIPANTS),
    _Place("batches", "batch", later("Batches"), Action.READ),
)
_MORE = (
    _Place("specimens", "search", later("Find specimens"), Action.READ),
    _Place("pick-lists", "list", later("Pick lists"), Action.READ),
    _Place("audits", "tick", later("Audits"), Action.READ),
    _Place("kits", "tube", later("Kits"), Action.REGISTER),
    _Place("labels", "print", later("Labels"), Action.PRINT),
    _Place("import", "up", later("Import"), Action.IMPORT),
    _Place("trail", "trail", later("Trail"), Action.READ_TRAIL),
    _Place("people", "people", later("People and tokens"), Action.MANAGE_PEOPLE),
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
    part = request.path.split("/")[1]
    return _places(actor.role, language(), "" if part == "today" else part) if actor else Places((), ())


@functools.lru_cache(maxsize=512)
def _places(role: Role, _language: str, part: str) -> Places:
    """Made once for each role, language and part of the service: they stand on every page, and ``both`` speaks the page's language."""
    return Places(_links(_MAIN, role, part), _links(_MORE, role, part))


def _links(places: tuple[_Place, ...], role: Role, part: str) -> tuple[Link, ...]:
    allowed = [place for place in places if place.action in ALLOWED[role]]
    return tuple(Link(f"/{place.part}", both(place.message), place.icon, place.part == part) for place in allowed)
