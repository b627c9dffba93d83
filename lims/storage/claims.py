"""Claims on boxes: while one device fills a box, the next free hole of it is that device's to choose, with or without a network.

A hole that is scanned is decided by the database as ever. Each claim, and the end of each, is an event on the box. Who fills it may be
relieved of it, for a reason: their device is told so at its next act.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.orm import Session

from lims.accounts.models import UserAccount
from lims.accounts.vocabulary import Actor
from lims.custody import service as custody
from lims.custody.rules import check_reason
from lims.custody.vocabulary import Act, EventType, History
from lims.db import table_of, take_ids
from lims.ids import normalise_code
from lims.labels.models import BoundCode
from lims.storage.errors import BoxClaimed
from lims.storage.holding import CLAIM_COLUMNS, claim_from
from lims.storage.models import BoxClaim, Container
from lims.storage.queries import get_container
from lims.storage.records import Claim
from lims.storage.rules import check_fills, check_open
from lims.storage.vocabulary import ClaimBox, TakeBoxOver

LASTS = timedelta(hours=2)
"""From when it was last renewed: as long as a device may be away."""

_TABLE, _CODE, _CONTAINER, _PERSON = table_of(BoxClaim), table_of(BoundCode), table_of(Container), table_of(UserAccount)
_LIVING = (
    select(_CONTAINER.c.barcode, _CONTAINER.c.name, *CLAIM_COLUMNS)
    .select_from(_TABLE)
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
            raise BoxClaimed(living.container, living.by, living.claimed_at, living.device_name)
        session.execute(_RENEW, {"claim_id": living.id, "later": at + LASTS})
        return replace(living, until=at + LASTS)
    if living is not None:
        _end(session, living, history, reason="its time is over", actor=actor, at=at)
    claim_id, event_id = take_ids(session, 2)
    row = {"id": claim_id, "container_id": container.id, "person_id": actor.id, "device": command.device}
    session.execute(insert(_TABLE), row | {"claimed_at": at, "until": at + LASTS, "ended_at": None})
    made = claim_from(session.execute(_LIVING, {"code": container.barcode}).one())
    act = Act(type=EventType.BOX_CLAIMED, occurred_at=at, facts=made.facts | {"until": made.until.isoformat()})
    custody.append(session, history, act, actor=actor, at=at, event_id=event_id)
    return made


def take_box_over(session: Session, command: TakeBoxOver, *, actor: Actor, at: datetime) -> Claim:
    """Let this person's device fill a box whoever fills it now; a claim it has itself is renewed.

    :raises ReasonMissing: nobody is relieved without being told why.
    :raises ContainerClosed: it is used no more.
    """
    check_reason(command.reason, "taking a box over")
    container = get_container(session, command.container)
    history = custody.lock_histories(session, [container.id])[container.id]
    living = find_claim(session, container.barcode)
    if living is not None and not living.is_of(actor, command.device):
        _end(session, living, history, reason=command.reason.strip(), actor=actor, at=at)
    return claim_box(session, ClaimBox(container=command.container, device=command.device), actor=actor, at=at)


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
    return None if row is None else claim_from(row)


def check_may_fill(session: Session, read: str, *, actor: Actor, at: datetime) -> None:
    """
    :raises BoxClaimed: another device fills it, so its next free hole is not chosen here.
    """
    check_fills(find_claim(session, read), actor, at)


def _end(session: Session, claim: Claim, history: History, *, reason: str | None, actor: Actor, at: datetime) -> None:
    session.execute(_END, {"claim_id": claim.id, "at": at})
    act = Act(type=EventType.BOX_LEFT, occurred_at=at, facts=claim.facts, reason=reason)
    custody.append(session, history, act, actor=actor, at=at)
