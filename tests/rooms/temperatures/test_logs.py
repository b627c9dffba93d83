"""A log is taken in whole or not at all, once; excursions follow the readings, whatever order they come in."""

from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import text

from lims.accounts.vocabulary import SYSTEM
from lims.custody.errors import ReasonMissing
from lims.custody.queries import list_events
from lims.custody.vocabulary import EventType
from lims.temperatures.errors import AlreadyReviewed, NotAFreezer, ReadingsDiffer, UnknownExcursion, UnknownZone
from lims.temperatures.queries import get_excursion, last_reading, limits_of, list_logs, list_open, list_readings
from lims.temperatures.service import import_log, set_limits
from lims.temperatures.setting_aside import review_excursion
from lims.temperatures.vocabulary import ImportLog, SetLimits
from tests.support.bench import NOW

from .conftest import Freezer

LATER = NOW + timedelta(days=30)


def test_a_log_is_kept_with_its_readings_and_one_event(freezer: Freezer) -> None:
    report = freezer.log((0, -80), (10, -79.85), (20, -80.1))
    assert (report.readings, report.new, report.already, report.limits_set) == (3, 3, 0, False)
    assert (report.lowest_milli_c, report.highest_milli_c) == (-80_100, -79_850)
    assert [each.milli_c for each in list_readings(freezer.session, freezer.container.id)] == [-80_000, -79_850, -80_100]
    event = list_events(freezer.session, freezer.container.id)[-1]
    assert (event.type, event.facts["readings"], event.facts["file"]) == (EventType.TEMPERATURES_READ, 3, "logger.csv")
    assert freezer.differences() == []


def test_the_same_log_twice_is_once(freezer: Freezer) -> None:
    freezer.log((0, -80), (10, -79))
    again = freezer.log((0, -80), (10, -79))
    assert (again.log, again.new, again.already) == (None, 0, 2)
    longer = freezer.log((0, -80), (10, -79), (20, -78))
    assert (longer.new, longer.already) == (1, 2)
    assert [log.readings for log in list_logs(freezer.session, freezer.container.id, limit=9)] == [1, 2]
    last = last_reading(freezer.session, freezer.container.id)
    assert last is not None
    assert last.milli_c == -78_000
    assert freezer.differences() == []


def test_another_temperature_at_the_same_instant_is_refused_whole(freezer: Freezer) -> None:
    freezer.log((0, -80), (10, -79))
    with pytest.raises(ReadingsDiffer, match=r"at 2026-11-22 04:10:00 UTC it says −20 °C, and −79 °C is recorded"):
        freezer.log((0, -80), (10, -20), (20, -80))
    assert len(list_readings(freezer.session, freezer.container.id)) == 2


def test_an_excursion_is_found_when_its_log_comes(freezer: Freezer) -> None:
    freezer.limit()
    report = freezer.log((0, -80), (10, -60), (20, -50), (50, -60), (60, -75))
    [record] = report.excursions
    assert (record.excursion.begun_at, record.excursion.ended_at) == (NOW + timedelta(minutes=10), NOW + timedelta(minutes=60))
    assert record.excursion.extreme_milli_c == -50_000
    assert list_open(freezer.session, limit=5) == [record]
    assert freezer.differences() == []


def test_limits_set_later_judge_what_was_logged_before(freezer: Freezer) -> None:
    freezer.log((0, -80), (10, -60), (60, -60), (70, -80))
    assert freezer.excursions() == []
    freezer.limit(at=LATER)
    assert len(freezer.excursions()) == 1
    freezer.limit(warm="-50", at=LATER + timedelta(days=1))
    assert len(freezer.excursions()) == 1
    assert [each.limits.warm_milli_c for each in limits_of(freezer.session, freezer.container.id)] == [-70_000, -50_000]
    assert freezer.differences() == []


def test_an_excursion_grows_with_the_next_log_and_keeps_its_number(freezer: Freezer) -> None:
    freezer.limit()
    freezer.log((0, -80), (10, -60), (60, -60))
    [first] = freezer.excursions()
    assert first.excursion.lasting
    freezer.log((60, -60), (70, -40), (80, -80))
    [grown] = freezer.excursions()
    assert (grown.id, grown.excursion.lasting, grown.excursion.extreme_milli_c) == (first.id, False, -40_000)
    assert freezer.differences() == []


def test_logs_that_come_in_any_order_give_the_same_excursions(freezer: Freezer) -> None:
    freezer.limit(minutes=15)
    freezer.log((200, -60), (220, -60), (230, -80))
    freezer.log((0, -80), (10, -60), (20, -60))
    assert len(freezer.excursions()) == 1  # the first lasts from 10 to 220, as nothing says otherwise
    freezer.log((100, -80), (30, -80))
    assert [(each.excursion.begun_at - NOW).total_seconds() / 60 for each in freezer.excursions()] == [200, 10]
    assert freezer.differences() == []


def test_a_reading_between_shows_that_it_was_two_or_none(freezer: Freezer) -> None:
    freezer.limit()
    freezer.log((0, -80), (10, -60), (50, -60), (60, -80))
    assert len(freezer.excursions()) == 1
    freezer.log((30, -80))
    assert freezer.excursions() == []
    assert freezer.differences() == []


def test_a_closed_excursion_stays_closed_until_it_gets_worse(freezer: Freezer) -> None:
    freezer.limit()
    freezer.log((0, -80), (10, -60), (60, -60))
    [record] = freezer.excursions()
    with pytest.raises(ReasonMissing):
        review_excursion(freezer.session, record.id, " ", actor=SYSTEM, at=LATER)
    review_excursion(freezer.session, record.id, "door left open; tubes kept", actor=SYSTEM, at=LATER)
    assert list_open(freezer.session, limit=5) == []
    with pytest.raises(AlreadyReviewed, match="was closed by system"):
        review_excursion(freezer.session, record.id, "again", actor=SYSTEM, at=LATER)
    freezer.log((-10, -80))
    assert get_excursion(freezer.session, record.id).reviewed_at == LATER
    assert freezer.differences() == []
    freezer.log((70, -30), (80, -80))
    [open_again] = list_open(freezer.session, limit=5)
    assert (open_again.id, open_again.reviewed_by) == (record.id, None)
    assert freezer.differences() == []


def test_what_cannot_be_is_refused(freezer: Freezer) -> None:
    with pytest.raises(UnknownZone, match="'Shantou' is no time zone"):
        freezer.log((0, -80), zone="Shantou")
    with pytest.raises(NotAFreezer, match="B1 does not cool by itself"):
        freezer.log((0, -80), container=freezer.box.barcode)
    command = SetLimits(container=freezer.box.barcode, warm_c=Decimal(-70), cold_c=None, tolerated_minutes=0, occurred_at=NOW)
    with pytest.raises(NotAFreezer):
        set_limits(freezer.session, command, actor=SYSTEM, at=NOW)
    with pytest.raises(UnknownExcursion):
        get_excursion(freezer.session, 4711)


def test_times_without_an_offset_are_by_the_clocks_of_the_zone(freezer: Freezer) -> None:
    content = b"Time,Temperature\n2026-11-22 12:00,-80\n"
    command = ImportLog(container=freezer.container.barcode, file_name="c:\\logs\\f2.csv", content=content, zone="Asia/Shanghai")
    report = import_log(freezer.session, command, actor=SYSTEM, at=LATER)
    assert report.first_at == NOW
    assert report.log is not None
    assert report.log.file_name == "f2.csv"


_ONE_MORE = "SELECT container_id, '2026-11-22T09:00:00.000000Z', -80000, log_id FROM temperature_reading LIMIT 1"


@pytest.mark.parametrize(
    ("edit", "told"),
    [
        (
            f"INSERT INTO temperature_reading {_ONE_MORE}",
            "or its readings are not what its event says",
        ),
        ("UPDATE temperature_excursion SET extreme_milli_c = -69000", "the excursion that began 2026-11-22 04:10:00 (warm) is not what"),
        ("DELETE FROM temperature_excursion", "the excursion that began 2026-11-22 04:10:00 (warm) is not what"),
        (
            "UPDATE temperature_excursion SET reviewed_by = 1, reviewed_at = '2026-11-22T09:00:00.000000Z'",
            "(warm) is not what its readings and its events say",
        ),
    ],
)
def test_verifying_names_what_was_changed_past_the_ledger(freezer: Freezer, edit: str, told: str) -> None:
    freezer.limit()
    freezer.log((0, -80), (10, -60), (60, -60), (70, -80))
    freezer.session.execute(text(edit))
    assert told in freezer.differences()[0]


@pytest.mark.parametrize("edit", ["UPDATE temperature_reading SET milli_c = -80000", "DELETE FROM temperature_log"])
def test_readings_cannot_be_changed(freezer: Freezer, edit: str) -> None:
    freezer.log((0, -80))
    with pytest.raises(Exception, match="append-only"), freezer.session.begin_nested():
        freezer.session.execute(text(edit))
