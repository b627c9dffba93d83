"""A rack scanner's file on a box's page: what differs is shown before anything changes, and what must be decided is asked."""

import io
import re
from typing import Any

from werkzeug.test import TestResponse

from lims.accounts.vocabulary import SYSTEM
from lims.db import Database
from lims.specimens.vocabulary import NewTube
from lims.storage.queries import container_map
from lims.storage.records import ContainerRecord
from lims.storage.service import place_specimen
from lims.storage.vocabulary import PlaceSpecimen
from tests.factories.trial import NOW

from .conftest import Browser, headline, said


def give(browser: Browser, box: ContainerRecord, text: str, name: str = "scan.csv") -> TestResponse:
    return browser.post(f"/containers/{box.barcode}/rack-scans", {"file": (io.BytesIO(text.encode()), name)})


def look(browser: Browser, box: ContainerRecord, text: str) -> tuple[str, TestResponse]:
    """Give a file, and open what it leads to."""
    answer = give(browser, box, text)
    assert answer.status_code == 303, said(answer)
    return answer.headers["Location"], browser.get(answer.headers["Location"])


def carried(answer: TestResponse) -> dict[str, str]:
    """What the accepting form carries of what is shown."""
    found = re.search(r'name="seen" value="([^"]*)"', answer.text)
    assert found
    return {"seen": found[1].replace("&#34;", '"'), "turn": "0"}


def put(database: Database, tube: NewTube, box: ContainerRecord, hole: str) -> None:
    command = PlaceSpecimen(specimen=tube.barcode, container=box.barcode, position=hole, occurred_at=NOW)
    with database.transaction() as session:
        place_specimen(session, command, actor=SYSTEM, at=NOW)


def holds(database: Database, box: ContainerRecord) -> dict[Any, Any]:
    with database.read() as session:
        return {hole.position: hole.barcode for hole in container_map(session, box.barcode).positions if hole.state == "here"}


def test_a_file_is_shown_then_accepted(technician: Browser, trial: Database, box: ContainerRecord, aliquots: tuple[NewTube, ...]) -> None:
    put(trial, aliquots[0], box, "A1")
    where, shown = look(technician, box, f"A1,{aliquots[1].barcode}\nA2,{aliquots[0].barcode}\n")
    assert headline(shown) == "2 tubes are not where they are recorded"
    assert "moved within the box" in said(shown)
    assert holds(trial, box) == {"A1": aliquots[0].barcode}
    done = technician.follow(f"{where}/accept", carried(shown))
    assert "The scan is accepted. 2 tubes changed." in said(done)
    assert holds(trial, box) == {"A1": aliquots[1].barcode, "A2": aliquots[0].barcode}
    assert headline(technician.get(where)) == "This scan was accepted"
    again = give(technician, box, f"A1,{aliquots[1].barcode}\nA2,{aliquots[0].barcode}\n")
    assert again.headers["Location"] == where


def test_what_must_be_decided_is_asked_and_typed_decisions_stay(
    technician: Browser, trial: Database, box: ContainerRecord, aliquots: tuple[NewTube, ...]
) -> None:
    put(trial, aliquots[0], box, "A1")
    put(trial, aliquots[1], box, "A2")
    where, shown = look(technician, box, f"A1,NO TUBE\nA2,NO READ\nA3,NOT-OURS\nA4,{aliquots[2].barcode}\n")
    assert headline(shown) == "3 holes need a decision"
    refused = technician.post(f"{where}/accept", carried(shown) | {"gone-A1": "removed", "keep-A2": "yes"})
    assert refused.status_code == 422
    assert "A3: the code there is of no tube here." in said(refused)
    assert re.search(r'name="gone-A1" value="removed" checked', refused.text)
    assert re.search(r'name="keep-A2" value="yes" checked', refused.text)
    accepted = carried(refused) | {"gone-A1": "removed", "keep-A2": "yes", "leave": "yes"}
    technician.follow(f"{where}/accept", accepted)
    assert holds(trial, box) == {"A2": aliquots[1].barcode, "A4": aliquots[2].barcode}


def test_what_changed_meanwhile_is_named_and_shown_anew(
    technician: Browser, trial: Database, box: ContainerRecord, aliquots: tuple[NewTube, ...]
) -> None:
    where, shown = look(technician, box, f"A1,{aliquots[0].barcode}\n")
    put(trial, aliquots[0], box, "B5")
    refused = technician.post(f"{where}/accept", carried(shown))
    assert refused.status_code == 409
    assert "The record has changed since you looked: A1 of B-0117. Look again, then accept." in said(refused)
    technician.follow(f"{where}/accept", carried(refused))
    assert holds(trial, box) == {"A1": aliquots[0].barcode}


def test_a_turned_rack_is_offered_turned(technician: Browser, trial: Database, box: ContainerRecord, aliquots: tuple[NewTube, ...]) -> None:
    for tube, hole in zip(aliquots, ("A1", "A2", "A3", "A4"), strict=True):
        put(trial, tube, box, hole)
    lines = "".join(f"{hole},{tube.barcode}\n" for tube, hole in zip(aliquots, ("I9", "I8", "I7", "I6"), strict=True))
    where, shown = look(technician, box, lines + "A1,EMPTY\n")
    assert "If it lay turned by 180°, 4 tubes are where they are recorded; as it lies, 0." in said(shown)
    turned = technician.get(where, turn="180")
    assert headline(turned) == "Every tube is where it is recorded"
    technician.follow(f"{where}/accept", carried(turned) | {"turn": "180"})
    assert holds(trial, box)["A4"] == aliquots[3].barcode


def test_a_bad_file_is_refused_beside_its_form(technician: Browser, box: ContainerRecord) -> None:
    assert "Choose a file." in said(technician.post(f"/containers/{box.barcode}/rack-scans"))
    refused = give(technician, box, "A1,0001\nJ10,0002\n")
    assert refused.status_code == 400
    assert "B-0117 has 9 × 9 holes, the file is of 10 × 10." in said(refused)
    refused = give(technician, box, "A1,1.03E+09\n")
    assert "scan.csv, line 1: Excel has made a number of a code" in said(refused)


def test_a_scan_is_put_aside_and_leaves_the_day(technician: Browser, box: ContainerRecord, aliquots: tuple[NewTube, ...]) -> None:
    where, _shown = look(technician, box, f"A1,{aliquots[0].barcode}\n")
    assert "A scan of B-0117 is to be accepted" in said(technician.get("/today"))
    technician.follow(f"{where}/drop", {"reason": "the wrong rack"})
    assert "A scan of B-0117 is to be accepted" not in said(technician.get("/today"))
    assert headline(technician.get(where)) == "This scan was put aside"


def test_a_scan_speaks_chinese(technician: Browser, box: ContainerRecord, aliquots: tuple[NewTube, ...]) -> None:
    where, _shown = look(technician, box, f"A1,{aliquots[0].barcode}\nA2,NO READ\n")
    technician.post("/device", {"language": "zh_Hans_CN", "back": "/account"})
    assert headline(technician.get(where)) == "1 个孔需要处理"
    refused = technician.post(f"{where}/accept", carried(technician.get(where)))
    assert "A2：孔里有管但读不出。请擦净后重新扫描，或保留原记录。" in said(refused)
    refused = give(technician, box, "A1,0001\ngarbled\n")
    assert "scan.csv，第 2 行：不是“孔位加编码”，也不是已知整架扫描仪的表头。" in said(refused)
