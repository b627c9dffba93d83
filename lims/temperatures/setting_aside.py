"""What is done because of an excursion: its tubes set aside, released after a look, and the excursion closed."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import update
from sqlalchemy.orm import Session

from lims import clock
from lims.accounts.vocabulary import Actor
from lims.custody.rules import check_reason
from lims.custody.service import append, lock_histories
from lims.custody.vocabulary import Act, Event, EventType
from lims.db import table_of
from lims.ids import normalise_code
from lims.specimens.queries import lock_specimens
from lims.specimens.rules import may_follow, shown_state
from lims.storage.rearranging import Rearrangement, rearrange
from lims.temperatures.errors import AlreadyReviewed, NothingToDo, NotTouched
from lims.temperatures.models import TemperatureExcursion
from lims.temperatures.queries import get_excursion
from lims.temperatures.rules import in_one_sentence
from lims.temperatures.touched import set_aside_for, touched_tubes
from lims.temperatures.vocabulary import Excursion, ExcursionRecord, Left, SetAside, TouchedTube

_EXCURSION = table_of(TemperatureExcursion)


def quarantine_touched(
    session: Session, excursion_id: int, barcodes: Sequence[str] | None, reason: str | None, *, actor: Actor, at: datetime
) -> SetAside:
    """Set the tubes of an excursion aside, all of them or those chosen: one event each, whose reason names the excursion.

    :raises NotTouched: a tube was not in the freezer then.
    :raises NothingToDo: none of them can be set aside.
    """
    record = get_excursion(session, excursion_id)
    act = Act(type=EventType.QUARANTINED, occurred_at=at, facts={"excursion": record.id}, reason=_because(record, reason))
    return _act_on(session, record, barcodes, act, actor=actor, at=at)


def release_touched(
    session: Session, excursion_id: int, barcodes: Sequence[str] | None, reason: str | None, *, actor: Actor, at: datetime
) -> SetAside:
    """Let tubes be used again that were set aside because of this excursion; those in quarantine for another reason stay there.

    :raises ReasonMissing: nobody releases without saying why.
    """
    check_reason(reason, "a release")
    record = get_excursion(session, excursion_id)
    act = Act(type=EventType.RELEASED, occurred_at=at, facts={"excursion": record.id}, reason=_because(record, reason))
    return _act_on(session, record, barcodes, act, actor=actor, at=at)


def review_excursion(session: Session, excursion_id: int, reason: str | None, *, actor: Actor, at: datetime) -> Event:
    """Close an excursion: what was decided stands in the reason. A log that makes it longer or worse opens it again.

    :raises ReasonMissing: nobody closes one without saying why.
    :raises AlreadyReviewed: somebody has.
    """
    check_reason(reason, "closing an excursion")
    record = get_excursion(session, excursion_id)
    history = lock_histories(session, [record.container_id])[record.container_id]
    record = get_excursion(session, excursion_id)
    if record.reviewed_at is not None:
        raise AlreadyReviewed(record.id, record.reviewed_by or "")
    facts = {"barcode": record.container, "excursion": record.id} | _facts(record.excursion)
    event = append(session, history, Act(type=EventType.EXCURSION_REVIEWED, occurred_at=at, facts=facts, reason=reason), actor=actor, at=at)
    session.execute(update(_EXCURSION).where(_EXCURSION.c.id == record.id).values(reviewed_by=actor.id, reviewed_at=at))
    return event


def _because(record: ExcursionRecord, reason: str | None) -> str:
    named = in_one_sentence(record.id, record.container_name, record.excursion)
    return f"{reason.strip()} ({named})" if reason and reason.strip() else named


def _facts(excursion: Excursion) -> dict[str, Any]:
    return {
        "side": excursion.side.value,
        "begun_at": clock.iso(excursion.begun_at),
        "ended_at": clock.iso(excursion.ended_at),
        "extreme_milli_c": excursion.extreme_milli_c,
        "limit_milli_c": excursion.limit_milli_c,
    }


def _act_on(session: Session, record: ExcursionRecord, barcodes: Sequence[str] | None, act: Act, *, actor: Actor, at: datetime) -> SetAside:
    """One act on each of the tubes chosen that it can be done to, all in one; the others are told with their state."""
    touched = {tube.barcode: tube for tube in touched_tubes(session, record)}
    chosen = _chosen(touched, barcodes)
    locked = lock_specimens(session, [tube.barcode for tube in chosen]) if chosen else []
    for_it = set_aside_for(session, record.id, [specimen.id for specimen in locked])
    changes, done, left = [], [], []
    for tube, specimen in zip(chosen, locked, strict=True):
        if may_follow(specimen.state, specimen.quarantined, act.type) and (act.type is EventType.QUARANTINED or specimen.id in for_it):
            changes.append(Rearrangement(specimen, None, None, act))
            done.append(tube.barcode)
        else:
            left.append(Left(tube.barcode, shown_state(specimen.state, specimen.quarantined)))
    if not changes:
        raise NothingToDo
    rearrange(session, changes, actor=actor, at=at)
    return SetAside(tuple(done), tuple(left))


def _chosen(touched: dict[str, TouchedTube], barcodes: Sequence[str] | None) -> list[TouchedTube]:
    if barcodes is None:
        return list(touched.values())
    codes = list(dict.fromkeys(normalise_code(each) for each in barcodes))
    if strangers := [code for code in codes if code not in touched]:
        raise NotTouched(strangers)
    return [touched[code] for code in codes]
