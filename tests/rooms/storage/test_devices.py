"""Devices: called by a name people know, each name once, each naming an act of the device's own history."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from lims.accounts.vocabulary import SYSTEM
from lims.checks import ledger_checks
from lims.custody.queries import list_events
from lims.custody.verification import verify
from lims.custody.vocabulary import EventType
from lims.storage.devices import name_device, names_of_devices
from lims.storage.errors import BadDeviceName, DeviceNameTaken
from lims.storage.models import Device
from lims.storage.vocabulary import NameDevice
from tests.support.bench import NOW
from tests.support.tampering import edit

ONE, OTHER = "tablet-1", "tablet-2"


def call(session: Session, device: str, name: str) -> str:
    return name_device(session, NameDevice(device=device, name=name), actor=SYSTEM, at=NOW)


def test_a_device_is_known_by_the_name_it_was_given_last(session: Session) -> None:
    assert [call(session, ONE, name) for name in ("Tablet 1", " Freezer  room ", "Freezer room")] == [
        "Tablet 1",
        "Freezer room",
        "Freezer room",
    ]
    assert names_of_devices(session, [ONE, OTHER]) == {ONE: "Freezer room"}
    device_id = session.execute(select(Device.id)).scalar_one()
    told = [(event.type, event.facts) for event in list_events(session, device_id)]
    assert told == [
        (EventType.DEVICE_NAMED, {"device": ONE, "was": None, "is": "Tablet 1"}),
        (EventType.DEVICE_NAMED, {"device": ONE, "was": "Tablet 1", "is": "Freezer room"}),
    ]
    assert list(verify(session, ledger_checks())) == []


def test_two_devices_are_never_called_alike(session: Session) -> None:
    call(session, ONE, "Tablet 1")
    with pytest.raises(DeviceNameTaken, match="Another device is called Tablet 1"), session.begin_nested():
        call(session, OTHER, "Tablet 1")
    call(session, ONE, "Tablet 3")
    assert call(session, OTHER, "Tablet 1") == "Tablet 1"


@pytest.mark.parametrize("name", ["", "  ", "x" * 41, "a\x00b", "a\u202eb"])
def test_a_name_nobody_could_read_is_refused(session: Session, name: str) -> None:
    with pytest.raises(BadDeviceName):
        call(session, ONE, name)


def test_a_name_edited_behind_the_services_back_is_found(session: Session) -> None:
    call(session, ONE, "Tablet 1")
    edit(session, "UPDATE device SET name = :name", name="Tablet 9")
    found = [difference.sentence for difference in verify(session, ledger_checks())]
    assert found == ["it is tablet-1 called Tablet 9, its events say tablet-1 called Tablet 1"]
