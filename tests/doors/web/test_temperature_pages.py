"""A freezer's temperatures and its excursions on their pages: who may do what, and what is said."""

import io
import re
from datetime import timedelta

import pytest
from werkzeug.test import TestResponse

from lims import clock
from lims.accounts.vocabulary import SYSTEM
from lims.db import Database
from lims.specimens.queries import lock_specimen
from lims.specimens.vocabulary import NewTube
from lims.storage.records import ContainerRecord
from lims.storage.service import place_specimen
from lims.storage.vocabulary import PlaceSpecimen
from lims.storage.ways import container_path

from .conftest import Browser, headline, said

BEGIN = clock.now().replace(minute=0, second=0, microsecond=0) - timedelta(days=2)
"""Two days ago; warm from half an hour later on, for two hours."""


def log(*degrees: float) -> str:
    """Readings ten minutes apart, in UTC."""
    times = [BEGIN + timedelta(minutes=10 * each) for each in range(len(degrees))]
    return "Time,Temperature (°C)\n" + "".join(f"{at:%Y-%m-%d %H:%M},{degree}\n" for at, degree in zip(times, degrees, strict=True))


WARM = log(-80, -79.5, -80, *[-60] * 6, -48.5, *[-55] * 5, -78, -80)


def give(browser: Browser, freezer: str, text: str) -> TestResponse:
    return browser.post(f"/containers/{freezer}/temperatures", {"file": (io.BytesIO(text.encode()), "f2.csv"), "zone": "UTC"})


@pytest.fixture
def freezer(trial: Database, box: ContainerRecord, aliquots: tuple[NewTube, ...]) -> str:
    """The freezer of the box, in which four tubes have been for three days."""
    with trial.transaction() as session:
        for tube in aliquots:
            command = PlaceSpecimen(specimen=tube.barcode, container=box.barcode, occurred_at=BEGIN - timedelta(days=1))
            place_specimen(session, command, actor=SYSTEM, at=clock.now())
        return container_path(session, box.id)[0].barcode


@pytest.fixture
def excursion(coordinator: Browser, technician: Browser, freezer: str) -> str:
    """The page of an excursion of that freezer."""
    coordinator.follow(f"/containers/{freezer}/temperatures/limits", {"warm_c": "−70", "tolerated_minutes": "30"})
    give(technician, freezer, WARM)
    found = re.search(r'href="(/excursions/\d+)"', technician.get(f"/containers/{freezer}/temperatures").text)
    assert found
    return found[1]


def test_a_log_is_taken_in_and_judged_by_the_limits(technician: Browser, coordinator: Browser, freezer: str) -> None:
    told = said(technician.get(give(technician, freezer, WARM).headers["Location"]))
    assert "17 new readings" in told
    assert "No limits are set, so that nothing can be found outside them." in told
    shown = coordinator.follow(f"/containers/{freezer}/temperatures/limits", {"warm_c": "-70,0", "cold_c": "", "tolerated_minutes": "30"})
    assert headline(shown) == "F2: one excursion waits for a decision"
    assert "−48.5 °C" in said(shown)
    again = technician.get(give(technician, freezer, WARM).headers["Location"])
    assert "17 were there already" in said(again)


def test_the_chart_is_drawn_by_the_server_with_limit_and_excursion(technician: Browser, freezer: str, excursion: str) -> None:
    for page in (technician.get(f"/containers/{freezer}/temperatures"), technician.get(excursion)):
        chart = page.text[page.text.index('<svg class="chart"') : page.text.index("</svg>", page.text.index('<svg class="chart"'))]
        assert chart.count("<polyline") == 1
        assert chart.count('class="beyond"') == 1
        assert "limit −70 °C" in re.sub(r"<[^>]+>", "", chart)
        assert "style=" not in chart


def test_an_excursion_names_its_tubes_and_pairs(technician: Browser, excursion: str) -> None:
    page = technician.get(excursion)
    assert headline(page) == "F2 was too warm for 2 h 0 min: 4 tubes"
    assert "a side has nothing else" in said(page)
    assert "F2 was at −48.5 °C" in said(technician.get("/today"))


def test_tubes_are_set_aside_and_released_by_who_may(
    technician: Browser, coordinator: Browser, trial: Database, aliquots: tuple[NewTube, ...], excursion: str
) -> None:
    assert technician.post(f"{excursion}/release", {"which": "all", "reason": "x"}).status_code == 403
    assert technician.post(f"{excursion}/close", {"reason": "x"}).status_code == 403
    some = technician.follow(f"{excursion}/quarantine", {"which": "some", "tube": aliquots[0].barcode})
    assert "One tube is set aside." in said(some)
    rest = technician.follow(f"{excursion}/quarantine", {"which": "all", "reason": "alarm at night"})
    assert "3 tubes are set aside. One was left as it is." in said(rest)
    refused = coordinator.post(f"{excursion}/release", {"which": "all"})
    assert (refused.status_code, "Fill this in." in said(refused)) == (400, True)
    assert "4 tubes are released." in said(coordinator.follow(f"{excursion}/release", {"which": "all", "reason": "RIN 8.9"}))
    with trial.transaction() as session:
        assert not lock_specimen(session, aliquots[0].barcode).quarantined
    closed = coordinator.follow(f"{excursion}/close", {"reason": "tubes kept after a test"})
    assert "The excursion is closed." in said(closed)
    assert "F2 was at −48.5 °C" not in said(technician.get("/today"))


def test_what_cannot_be_is_refused_beside_its_field(technician: Browser, coordinator: Browser, freezer: str, box: ContainerRecord) -> None:
    refused = give(technician, freezer, "Time,Temperature\n2026-11-20 10:00,warm\n")
    assert (refused.status_code, "f2.csv, line 2: “warm” is no temperature." in said(refused)) == (400, True)
    refused = coordinator.post(f"/containers/{freezer}/temperatures/limits", {"warm_c": "cold", "tolerated_minutes": "30"})
    assert "Write a temperature, such as −70." in said(refused)
    refused = coordinator.post(f"/containers/{freezer}/temperatures/limits", {"warm_c": "-80", "cold_c": "-70", "tolerated_minutes": "30"})
    assert "The cold limit is below the warm one." in said(refused)
    assert technician.post(f"/containers/{freezer}/temperatures/limits", {"warm_c": "-80"}).status_code == 403
    assert technician.get(f"/containers/{box.barcode}/temperatures").status_code == 422
    assert "Choose a file." in said(technician.post(f"/containers/{freezer}/temperatures", {"zone": "UTC"}))


def test_gaps_are_said(technician: Browser, freezer: str) -> None:
    lines = log(*[-80] * 12).splitlines(keepends=True)
    told = said(technician.get(give(technician, freezer, "".join(lines[:4] + lines[9:])).headers["Location"]))
    assert "the log has one gap, the longest 1 h 0 min" in told
    assert "No readings for 1 h 0 min" in told


def test_an_excursion_speaks_chinese(technician: Browser, freezer: str, excursion: str) -> None:
    technician.post("/device", {"language": "zh_Hans_CN", "back": "/account"})
    assert headline(technician.get(excursion)) == "F2 过热 2 小时 0 分：涉及 4 支管"
    assert headline(technician.get(f"/containers/{freezer}/temperatures")) == "F2：1 次温度偏离待处理"
    refused = give(technician, freezer, "Time,Temperature\n2026-11-20 10:00,warm\n")
    assert "f2.csv，第 2 行：“warm”不是温度。" in said(refused)
