"""Badges: the card a person is given, and what the scan of one leads to: one's own acts of today, or the bench handed over."""

from datetime import UTC, datetime, time

from flask.typing import ResponseReturnValue

from lims import clock
from lims.accounts.queries import get_user
from lims.accounts.vocabulary import Action
from lims.custody.queries import TrailFilter, list_trail
from lims.http_context import allow, read, transaction
from lims.labels.badges import badge_of, give_badge, named_by_badge
from lims.web.acts import act
from lims.web.frame import go, page, tell, web
from lims.web.messages import _
from lims.web.symbol_pictures import code_128_picture, datamatrix_picture
from lims.web.trail import PAGE_LENGTH, rows_of
from lims.web.wording import today, zone


@web.get("/people/<username>/badge")
@allow(Action.MANAGE_PEOPLE)
def badge_card(username: str) -> ResponseReturnValue:
    """Somebody's badge as a card to print; or, where they have none, the offer to make one."""
    with read() as (session, _actor):
        person = get_user(session, username)
        badge = badge_of(session, person.id)
    symbols = (datamatrix_picture(badge.code), code_128_picture(badge.code)) if badge else ()
    return page("badge_card.html", person=person, badge=badge, symbols=symbols)


@web.post("/people/<username>/badge")
@allow(Action.MANAGE_PEOPLE)
@act(badge_card)
def give_person_badge(username: str) -> ResponseReturnValue:
    """Make somebody a badge; the one they had counts no more."""
    with transaction() as (session, actor):
        give_badge(session, username, actor=actor, at=clock.now())
    tell("done", _("%(name)s has a new badge. Print it.", name=username))
    return go(f"/people/{username}/badge")


@web.get("/badges/<code>")
@allow(Action.READ)
def badge(code: str) -> ResponseReturnValue:
    """Whose badge was scanned: what one did today where it is one's own, else whether the bench is to be handed over."""
    with read() as (session, actor):
        found = named_by_badge(session, code)
        if found.username != actor.username:
            return page("hand_over.html", badge=found)
        wanted = TrailFilter(actor=actor.username, since=datetime.combine(today(), time.min, zone()).astimezone(UTC))
        rows = rows_of(session, list_trail(session, wanted, limit=PAGE_LENGTH))
    return page("own_badge.html", rows=rows)
