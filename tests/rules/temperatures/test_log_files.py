"""A logger's file is read by what its header says; what cannot be known is refused by its line, never guessed."""

import io
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from openpyxl import Workbook

from lims.imports.errors import FileUnreadable
from lims.temperatures.errors import LogNotUnderstood
from lims.temperatures.log_file import read_log
from lims.temperatures.vocabulary import LogFile, Reading

ZONE = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 11, 28, tzinfo=UTC)
FIRST = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
"""Ten in the morning in Shantou."""
BOTH = (Reading(FIRST, -79_800), Reading(FIRST + timedelta(minutes=10), -80_000))


def read(text: str | bytes, zone: ZoneInfo = ZONE) -> LogFile:
    return read_log(text.encode() if isinstance(text, str) else text, "log.csv", zone, NOW)


@pytest.mark.parametrize(
    "text",
    [
        "Time,Temperature (°C)\n2026-11-20 10:00,-79.8\n2026-11-20 10:10,-80\n",
        "\ufeffNo.;Date/Time;Temperature[℃];Alarm\r\n1;2026-11-20 10:00:00;-79,8;\r\n2;2026-11-20 10:10:00;-80,0;\r\n",
        "timestamp\ttemp\n2026-11-20T10:00:00+08:00\t−79.8\n2026-11-20T02:10:00Z\t-80.00\n",
        "时间,温度(℃)\n2026/11/20 10:00,-79.8\n2026/11/20 10:10,-80\n",
        "Date,Time,Celsius(°C)\n2026-11-20,10:00:00,-79.8\n2026-11-20,10:10:00,-80.0\n",
        "Logger,RT-7\nSerial,0042\n\n#,DateTime,Ch1 (°C),Humidity\n1,20.11.2026 10:00,-79.8 °C,\n2,20.11.2026 10:10,-80 °C,\n",
        "Date,Temperature\n20/11/2026 10:00,-79.8\n20/11/2026 10:10,-80\n",
        "Date,Temperature\n11/20/2026 10:00:00 AM,-79.8\n11/20/2026 10:10:00 AM,-80\n",
        '"Time","Temperature"\n"2026-11-20 10:00","-79,8"\n"2026-11-20 10:10","-80,0"\n',
        "Time,Temperature\n2026-11-20 10:10,-80\n2026-11-20 10:00,-79.8\n2026-11-20 10:10,-80\n",
    ],
)
def test_the_files_of_many_loggers_say_the_same(text: str) -> None:
    assert read(text).readings == BOTH


def test_a_workbook_is_read_by_its_cells() -> None:
    workbook, content = Workbook(), io.BytesIO()
    sheet, wall = workbook.active, FIRST.astimezone(ZONE).replace(tzinfo=None)
    assert sheet is not None
    for row in (
        ["Record time", None],
        ["Time", "Temperature (°C)"],
        [wall, -79.8],
        [wall + timedelta(minutes=10), -80],
    ):
        sheet.append(row)
    workbook.save(content)
    assert read(content.getvalue()).readings == BOTH


def test_lines_without_a_temperature_are_counted_not_guessed() -> None:
    file = read("Time,Temperature\n2026-11-20 10:00,-79.8\n2026-11-20 10:05,---\n2026-11-20 10:10,-80\n2026-11-20 10:15,\n")
    assert (file.readings, file.without_value) == (BOTH, 2)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("Time,Humidity\n2026-11-20 10:00,40\n", "no line of it names a column of times and one of temperatures"),
        ("nothing at all\n", "no line of it names a column of times and one of temperatures"),
        ("Time,Temperature (°F)\n2026-11-20 10:00,-112\n", "log.csv, line 1: it is in °F."),
        ("Time,Temperature\n", "it holds no reading"),
        ("Time,Temperature\n2026-11-20 10:00,-79\n2026-11-20 10:05,HI\n", "line 3: “HI”: it was beyond what the logger measures"),
        ("Time,Temperature\n2026-11-20 10:00,---\n", "it holds no reading"),
        ("Time,Temperature\n2026-11-20 10:00,cold\n", "log.csv, line 2: “cold” is no temperature."),
        ("Time,Temperature\n2026-11-20 10:00,=1+1\n", "log.csv, line 2: “=1+1” is no temperature."),
        ("Time,Temperature\n2026-11-20 10:00,-280\n", "log.csv, line 2: -280 °C cannot be."),
        ("Time,Temperature\n2026-11-20 10:00,-79,8\n", "log.csv, line 2: a decimal comma parts it in two."),
        ("Time,Temperature\n\nyesterday,-80\n", "log.csv, line 3: “yesterday”: it is not written YYYY-MM-DD HH:MM:SS"),
        ("Time,Temperature\n2026-11-31 10:00,-80\n", "log.csv, line 2: “2026-11-31 10:00”: it is not written"),
        ("Time,Temperature\n2027-01-01 10:00,-80\n", "log.csv, line 2: “2027-01-01 10:00”: it has not come yet."),
        ("Time,Temperature\n05/11/2026 10:00,-80\n", "nobody can tell its days from its months (05/11/2026)."),
        (
            "Time,Temperature\n2026-11-20 10:00,-80\n2026-11-20 10:00,-60\n",
            "log.csv, line 3: at that time it says −80 °C already, and now −60 °C.",
        ),
    ],
)
def test_what_cannot_be_relied_on_is_refused_by_its_line(text: str, sentence: str) -> None:
    with pytest.raises(LogNotUnderstood) as refused:
        read(text)
    assert sentence in str(refused.value)


@pytest.mark.parametrize("content", [b"", b"\n", b"\xff\xfeT\x00", b"T\x00", b"\xd0\xcf\x11\xe0", b"PK\x03\x04"])
def test_what_is_no_table_is_refused_as_every_file_is(content: bytes) -> None:
    with pytest.raises(FileUnreadable):
        read(content)


def test_a_time_that_the_clocks_showed_twice_is_refused() -> None:
    with pytest.raises(LogNotUnderstood, match=r"line 2: .*the clocks of Europe/Berlin changed then"):
        read("Time,Temperature\n2026-10-25 02:30,-80\n", ZoneInfo("Europe/Berlin"))
