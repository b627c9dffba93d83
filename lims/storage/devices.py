"""Devices: the name by which people know a tablet, kept beside what it calls itself, so that claims and the trail say *Tablet 2*."""

from collections.abc import Collection, Iterator
from datetime import datetime

from sqlalchemy import Insert, Update, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from lims.accounts.vocabulary import Actor
from lims.custody import service as custody
from lims.custody.verification import Difference
from lims.custody.vocabulary import Act, Event, EventType, SubjectKind
from lims.db import table_of, take_ids, violated_constraint
from lims.storage.errors import DeviceNameTaken
from lims.storage.models import Device
from lims.storage.rules import read_device_name
from lims.storage.vocabulary import NameDevice

_TABLE = table_of(Device)


def name_device(session: Session, command: NameDevice, *, actor: Actor, at: datetime) -> str:
    """Call a device so from now on, in its earlier acts too; called so already, nothing is done. Gives the name as it is kept.

    :raises BadDeviceName: nothing to call it by.
    :raises DeviceNameTaken: another device is called so, or this one was given a name at the same moment.
    """
    name = read_device_name(command.name)
    device_id = session.execute(select(_TABLE.c.id).where(_TABLE.c.key == command.device)).scalar_one_or_none()
    if device_id is None:
        device_id, was = take_ids(session)[0], None
        history = custody.begin_histories(session, SubjectKind.DEVICE, [device_id])[0]
        written: Insert | Update = insert(_TABLE).values(id=device_id, key=command.device, name=name)
    else:
        history = custody.lock_histories(session, [device_id])[device_id]
        was = session.execute(select(_TABLE.c.name).where(_TABLE.c.id == device_id)).scalar_one()
        written = update(_TABLE).where(_TABLE.c.id == device_id).values(name=name)
    if was == name:
        return name
    try:
        session.execute(written)
    except IntegrityError as error:
        if violated_constraint(error) in {"uq_device_name", "uq_device_key"}:
            raise DeviceNameTaken(name) from error
        raise
    facts = {"device": command.device, "was": was, "is": name}
    custody.append(session, history, Act(type=EventType.DEVICE_NAMED, occurred_at=at, facts=facts), actor=actor, at=at)
    return name


def names_of_devices(session: Session, keys: Collection[str]) -> dict[str, str]:
    """By what they call themselves, the names of those devices that have one. One statement, or none."""
    if not keys:
        return {}
    return {row.key: row.name for row in session.execute(select(_TABLE.c.key, _TABLE.c.name).where(_TABLE.c.key.in_(set(keys))))}


def check_devices(session: Session, histories: dict[int, list[Event]]) -> Iterator[Difference]:
    """Each of these devices is called what it was called last. One statement, however many."""
    kept = {row.id: f"{row.key} called {row.name}" for row in session.execute(select(_TABLE).where(_TABLE.c.id.in_(list(histories))))}
    for device_id, events in histories.items():
        facts = events[-1].facts if events else {}
        found, said = kept.get(device_id, "not there"), f"{facts.get('device')} called {facts.get('is')}"
        if found != said:
            yield Difference(SubjectKind.DEVICE, device_id, f"it is {found}, its events say {said}")
