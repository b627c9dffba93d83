"""The verbs of temperatures: set a freezer's limits, and take a logger's file in."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import fields
from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy import insert
from sqlalchemy.orm import Session

from lims import clock
from lims.accounts.vocabulary import Actor
from lims.bulk import insert_rows
from lims.custody.service import append, lock_histories
from lims.custody.vocabulary import Act, EventType, History
from lims.db import table_of, take_ids
from lims.storage.queries import get_container
from lims.storage.records import ContainerRecord
from lims.storage.rules import check_open
from lims.temperatures.errors import ReadingsDiffer, UnknownZone
from lims.temperatures.following import recompute
from lims.temperatures.log_file import read_log
from lims.temperatures.models import TemperatureLog, TemperatureReading
from lims.temperatures.queries import get_log, limits_of, list_excursions, list_readings
from lims.temperatures.rules import check_is_freezer, digest_of, find_gaps, limits_from
from lims.temperatures.vocabulary import ExcursionRecord, ImportLog, Limits, LogReport, Reading, SetLimits, celsius

_LOG, _READING = table_of(TemperatureLog), table_of(TemperatureReading)
LONGEST_NAME = 120


def set_limits(session: Session, command: SetLimits, *, actor: Actor, at: datetime) -> Limits:
    """Say between what a freezer must be. The first limits hold for all that was logged before too; later ones from their time on.

    :raises NotAFreezer: it does not cool by itself.
    :raises LimitsNotUsable: between them nothing can be.
    """
    freezer, history = _lock(session, command.container)
    limits = limits_from(command)
    facts = {"barcode": freezer.barcode} | {each.name: getattr(limits, each.name) for each in fields(Limits)}
    act = Act(type=EventType.LIMITS_SET, occurred_at=command.occurred_at, facts=facts, reason=command.reason)
    append(session, history, act, actor=actor, at=at)
    recompute(session, freezer.id, None, None)
    return limits


def import_log(session: Session, command: ImportLog, *, actor: Actor, at: datetime) -> LogReport:
    """Take a logger's file in. What is there already is counted, not doubled; excursions are found at once.

    :raises UnknownZone: nobody has that time zone.
    :raises LogNotUnderstood: a line cannot be read; nothing was taken in.
    :raises ReadingsDiffer: another temperature is recorded at one of its instants; nothing was taken in.
    """
    name = command.file_name.replace("\\", "/").rpartition("/")[2][-LONGEST_NAME:] or "file"
    file = read_log(command.content, name, _zone(command.zone), at)
    freezer, history = _lock(session, command.container)
    first, last = file.readings[0].at, file.readings[-1].at
    there = {each.at: each.milli_c for each in list_readings(session, freezer.id, since=first, until=last)}
    for each in file.readings:
        if there.get(each.at, each.milli_c) != each.milli_c:
            raise ReadingsDiffer(name, f"{each.at:%Y-%m-%d %H:%M:%S} UTC", celsius(there[each.at]), celsius(each.milli_c))
    new = [each for each in file.readings if each.at not in there]
    log_id = _keep(session, freezer, history, command, name, new, actor, at) if new else None
    if new:
        recompute(session, freezer.id, first, last)
    temperatures = [each.milli_c for each in file.readings]
    return LogReport(
        log=None if log_id is None else get_log(session, log_id),
        readings=len(file.readings),
        new=len(new),
        without_value=file.without_value,
        first_at=first,
        last_at=last,
        lowest_milli_c=min(temperatures),
        highest_milli_c=max(temperatures),
        gaps=tuple(find_gaps(file.readings)),
        excursions=tuple(_overlapping(list_excursions(session, freezer.id), first, last)),
        limits_set=bool(limits_of(session, freezer.id)),
    )


def _lock(session: Session, read: str) -> tuple[ContainerRecord, History]:
    freezer = get_container(session, read)
    check_open(freezer)
    check_is_freezer(freezer)
    return freezer, lock_histories(session, [freezer.id])[freezer.id]


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise UnknownZone(name) from None


def _keep(
    session: Session,
    freezer: ContainerRecord,
    history: History,
    command: ImportLog,
    name: str,
    new: Sequence[Reading],
    actor: Actor,
    at: datetime,
) -> int:
    [log_id] = take_ids(session)
    sha256 = hashlib.sha256(command.content).hexdigest()
    row = {"id": log_id, "container_id": freezer.id, "file_name": name, "sha256": sha256, "zone": command.zone, "readings": len(new)}
    row |= {"first_at": new[0].at, "last_at": new[-1].at, "recorded_by": actor.id, "recorded_at": at}
    session.execute(insert(_LOG), row)
    insert_rows(session, _READING, [{"container_id": freezer.id, "at": each.at, "milli_c": each.milli_c, "log_id": log_id} for each in new])
    facts = {"barcode": freezer.barcode, "log": log_id, "file": name, "zone": command.zone, "readings": len(new), "sha256": sha256}
    facts |= {"first_at": clock.iso(new[0].at), "last_at": clock.iso(new[-1].at), "readings_sha256": digest_of(new)}
    append(session, history, Act(type=EventType.TEMPERATURES_READ, occurred_at=at, facts=facts), actor=actor, at=at)
    return log_id


def _overlapping(records: Iterable[ExcursionRecord], first: datetime, last: datetime) -> list[ExcursionRecord]:
    return [each for each in records if each.excursion.begun_at <= last and each.excursion.ended_at >= first]
