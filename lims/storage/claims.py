"""Claims on boxes: while one device fills a box, the next free hole of it is that device's to choose, with or without a network.

A hole that is scanned is decided by the database as ever. Each claim, and the end of each, is an event on the box.
"""

from datetime import datetime, timedelta

from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.orm import Session

from lims.accounts.models import UserAccount
from lims.accounts.vocabulary import Actor
from lims.custody import service as custody
from lims.custody.vocabulary import Act, EventType, History
from lims.db import table_of, take_ids
from lims.ids import normalise_code
from lims.labels.models import BoundCode
from lims.storage.errors import BoxClaimed
from lims.storage.models import BoxClaim, Container
from lims.storage.queries import get_container
from lims.storage.records import Claim
from lims.storage.rules import check_fills, check_open
from lims.storage.vocabulary import ClaimBox

LASTS = timedelta(hours=2)
"""From when it was last renewed: as long as a device may be away."""

_TABLE, _CODE, _CONTAINER, _PERSON = table_of(BoxClaim), table_of(BoundCode), table_of(Container), table_of(UserAccount)
_LIVING = (
    select(_TABLE, _CONTAINER.c.name, _PERSON.c.username)
    .join(_CODE, _CODE.c.subject_id == _TABLE.c.container_id)
    .join(_CONTAINER, _CONTAINER.c.id == _TABLE.c.container_id)
    .join(_PERSON, _PERSON.c.id == _TABLE.c.person_id)
    .where(_CODE.c.code == bindparam("code"), _TABLE.c.ended_at.is_(None))
)
_RENEW = update(_TABLE).where(_TABLE.c.id == bindparam("claim_id")).values(until=bindparam("later"))
_END = update(_TABLE).where(_TABLE.c.id == bindparam("claim_id")).values(ended_at=bindparam("at"))


def claim_box(session: Session, command: ClaimBox, *, actor: Actor, at: datetime) -> Claim:
    """Let this person's device fill a box; a claim it has already is renewed.

    :raises BoxClaimed: another fills it.
    :raises ContainerClosed: it is used no more.
    """
    container = get_container(session, command.container)
    check_open(container)
    history = custody.lock_histories(session, [container.id])[container.id]
    living = find_claim(session, container.barcode)
    if living is not None and living.until > at:
        if not living.is_of(actor, command.device):
            raise BoxClaimed(living.container, living.by, living.claimed_at)
        session.execute(_RENEW, {"claim_id": living.id, "later": at + LASTS})
        return find_claim(session, container.barcode) or living
    if living is not None:
        _end(session, living, history, reason="its time is over", actor=actor, at=at)
    claim_id, event_id = take_ids(session, 2)
    row = {"id": claim_id, "container_id": container.id, "person_id": actor.id, "device": command.device}
    session.execute(insert(_TABLE), row | {"claimed_at": at, "until": at + LASTS, "ended_at": None})
    facts = {"claim": claim_id, "device": command.device, "until": (at + LASTS).isoformat()}
    custody.append(session, history, Act(type=EventType.BOX_CLAIMED, occurred_at=at, facts=facts), actor=actor, at=at, event_id=event_id)
    return Claim(
        id=claim_id,
        container=container.name,
        person_id=actor.id,
        by=actor.username,
        device=command.device,
        claimed_at=at,
        until=at + LASTS,
    )


def leave_box(session: Session, command: ClaimBox, *, actor: Actor, at: datetime) -> None:
    """End this device's claim on a box; where it has none, nothing is done."""
    container = get_container(session, command.container)
    history = custody.lock_histories(session, [container.id])[container.id]
    living = find_claim(session, container.barcode)
    if living is not None and living.is_of(actor, command.device):
        _end(session, living, history, reason=None, actor=actor, at=at)


def find_claim(session: Session, read: str) -> Claim | None:
    """The claim on a box that nobody has ended; its time may be over."""
    row = session.execute(_LIVING, {"code": normalise_code(read)}).one_or_none()
    if row is None:
        return None
    return Claim(
        id=row.id,
        container=row.name,
        person_id=row.person_id,
        by=row.username,
        device=row.device,
        claimed_at=row.claimed_at,
        until=row.until,
    )


def check_may_fill(session: Session, read: str, *, actor: Actor, at: datetime) -> None:
    """
    :raises BoxClaimed: another device fills it, so its next free hole is not chosen here.
    """
    check_fills(find_claim(session, read), actor, at)


def _end(session: Session, claim: Claim, history: History, *, reason: str | None, actor: Actor, at: datetime) -> None:
    session.execute(_END, {"claim_id": claim.id, "at": at})
    act = Act(type=EventType.BOX_LEFT, occurred_at=at, facts={"claim": claim.id, "device": claim.device}, reason=reason)
    custody.append(session, history, act, actor=actor, at=at)
