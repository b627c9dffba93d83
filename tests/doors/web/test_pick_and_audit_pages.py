"""The pages of pick lists and audits, and what the bench's scripts ask for: what each says, and that it is done once."""

import io
from datetime import timedelta
from typing import Any

import pytest

from lims import clock
from lims.accounts.vocabulary import SYSTEM, Role
from lims.custody.queries import list_events
from lims.custody.vocabulary import EventType
from lims.db import Database
from lims.ids import in_fours
from lims.labels.queries import get_binding
from lims.picking.queries import get_pick_list, list_pick_lists
from lims.specimens.vocabulary import NewTube
from lims.storage.queries import container_map
from lims.storage.records import ContainerRecord
from lims.storage.service import place_specimen
from lims.storage.vocabulary import PlaceSpecimen

from .conftest import Browser, Browsers, headline, said

Stored = tuple[ContainerRecord, list[str]]


@pytest.fixture
def stored(trial: Database, box: ContainerRecord, aliquots: tuple[NewTube, ...]) -> Stored:
    """Four aliquots in A1 to A4."""
    with trial.transaction() as session:
        for tube in aliquots:
            command = PlaceSpecimen(specimen=tube.barcode, container=box.barcode, occurred_at=clock.now())
            place_specimen(session, command, actor=SYSTEM, at=clock.now())
    return box, [tube.barcode for tube in aliquots]


def made(browser: Browser, trial: Database, **fields: Any) -> str:
    answer = browser.post("/pick-lists/new", fields)
    assert answer.status_code == 303, said(answer)
    with trial.read() as session:
        return list_pick_lists(session)[0].code


def test_a_list_is_made_of_a_file_and_what_cannot_be_found_is_said_by_line(technician: Browser, trial: Database, stored: Stored) -> None:
    content = f"line,barcode\n1,{stored[1][1]}\n2,NOBODY-1\n3,{stored[1][0]}\n".encode()
    code = made(technician, trial, file=(io.BytesIO(content), "wanted.csv"))
    page = technician.get(f"/pick-lists/{code}")
    assert headline(page) == "0 of 2 taken"
    assert "Line 3: Read as NOBODY-1" in said(page)
    assert code in said(technician.get("/pick-lists"))


def test_a_list_is_made_of_what_a_query_finds(technician: Browser, trial: Database, stored: Stored) -> None:
    assert 'action="/pick-lists/new"' in technician.get("/specimens", participant="L07").text
    form = technician.get("/pick-lists/new", container=stored[0].barcode)
    assert "Everything that fits" in said(form)
    code = made(technician, trial, container=stored[0].barcode)
    assert headline(technician.get(f"/pick-lists/{code}")) == "0 of 4 taken"


def test_what_is_wrong_with_a_new_list_is_said_in_chinese_too(technician: Browser, stored: Stored, monkeypatch: pytest.MonkeyPatch) -> None:
    technician.post("/device", {"language": "zh_Hans_CN", "back": "/account"})
    assert "请说明要哪些" in said(technician.post("/pick-lists/new"))
    monkeypatch.setattr("lims.picking.rules.MOST_LINES", 1)
    assert "一张清单最多 1 支，请拆分。" in said(technician.post("/pick-lists/new", {"codes": "\n".join(stored[1])}))


def test_a_wrong_tube_is_explained_in_both_languages_and_a_lost_one_replaced(technician: Browser, trial: Database, stored: Stored) -> None:
    _box, tubes = stored
    code = made(technician, trial, codes=tubes[0])
    wrong = technician.post(f"/pick-lists/{code}/picks", {"tube": tubes[2]})
    assert (wrong.status_code, "the list wants stool 2: F2 / Rack 5 / B-0117 / A1" in said(wrong)) == (422, True)
    technician.post("/device", {"language": "zh_Hans_CN", "back": "/account"})
    assert "放回：这是" in said(technician.post(f"/pick-lists/{code}/picks", {"tube": tubes[2]}))
    technician.post("/device", {"language": "en", "back": "/account"})
    page = technician.follow(f"/pick-lists/{code}/lines/1/not-found")
    assert "Not there" in said(page)
    page = technician.follow(f"/pick-lists/{code}/lines/1/instead", {"tube": tubes[1]})
    page = technician.follow(f"/pick-lists/{code}/picks", {"tube": tubes[1]})
    assert headline(page) == "1 of 1 taken"
    page = technician.follow(f"/pick-lists/{code}/picks/undo", {"tube": tubes[1]})
    assert headline(page) == "0 of 1 taken"
    assert headline(technician.follow(f"/pick-lists/{code}/done")) == f"{code} is done, one tube is missing"
    assert "Nobody found it where it was last recorded" in said(technician.get(f"/specimens/{tubes[0]}"))


def test_a_box_is_audited_on_its_page_and_says_so_afterwards(technician: Browser, stored: Stored) -> None:
    box, tubes = stored
    assert "never audited" in said(technician.get(f"/containers/{box.barcode}"))
    page = technician.follow(f"/containers/{box.barcode}/audits")
    address = page.request.path
    assert headline(page) == "4 tubes to scan"
    technician.follow(f"{address}/scans", {"tube": tubes[0]})
    page = technician.follow(f"{address}/scans", {"tube": tubes[1], "position": "B1"})
    assert "Put it into B-0117 · B1" in said(page)
    page = technician.follow(f"{address}/scans", {"tube": "NOBODY-1"})
    assert headline(page) == "2 tubes need a hand"
    technician.follow(f"{address}/scans", {"tube": tubes[2]})
    page = technician.follow(f"{address}/accept")
    assert "50 % were right" in said(page)
    after = technician.get(f"/containers/{box.barcode}")
    assert "audited today" in said(after)
    assert 'data-state="missing"' in after.text
    assert "audited today" in said(technician.get("/containers"))
    assert technician.post(f"{address}/accept").status_code == 409


def test_a_sample_is_drawn_from_a_freezer_and_can_be_abandoned(technician: Browser, trial: Database, stored: Stored) -> None:
    with trial.read() as session:
        freezer = container_map(session, stored[0].barcode).container.parent_id
    assert freezer is not None
    page = technician.get(f"/containers/{stored[0].barcode}")
    rack = page.text.split("/containers/")[2].split('"')[0]
    assert technician.post(f"/containers/{rack}/audits", {"size": "0"}).status_code == 400
    page = technician.follow(f"/containers/{rack}/audits", {"size": "2"})
    assert headline(page) == "2 tubes to scan"
    assert "abandoned" in headline(technician.follow(f"{page.request.path}/abandon", {"reason": "the alarm rang"}))
    assert "a sample" in said(technician.get("/audits"))


def test_what_the_bench_asks_is_done_once_and_told_again(
    browser_of: Browsers, technician: Browser, trial: Database, stored: Stored
) -> None:
    code = made(technician, trial, codes=stored[1][0])

    def ask(path: str, body: Any, browser: Browser = technician) -> Any:
        return browser.http.post(path, json=body, headers={"X-Form-Token": browser.token})

    pick = {"op_id": "one", "barcode": stored[1][0]}
    answers = [ask(f"/bench/pick-lists/{code}/picks", pick) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[0].json == answers[1].json
    again = ask(f"/bench/pick-lists/{code}/picks", pick | {"op_id": "two"})
    assert (again.status_code, again.json["outcome"]["kind"], again.json["outcome"]["title"]) == (409, "warn", "Already taken")
    unreadable: tuple[Any, ...] = ({}, [], {"op_id": "x"}, {"op_id": "x", "barcode": 7}, {"op_id": "x", "barcode": "\x00"})
    for body in unreadable:
        refused = ask(f"/bench/pick-lists/{code}/picks", body)
        assert (refused.status_code, refused.json["outcome"]["kind"]) == (400, "stop")
    no_tubes: tuple[Any, ...] = (None, [], [7], [{"barcode": ""}], [{"barcode": stored[1][1], "position": 3}])
    for tubes in no_tubes:
        assert ask("/bench/rebox", {"op_id": "r", "container": stored[0].barcode, "tubes": tubes}).status_code == 400
    assert ask("/bench/audits", {"op_id": "a", "container": stored[0].barcode}, browser_of(Role.AUDITOR)).status_code == 403


def test_a_list_that_was_kept_on_a_tablet_has_its_tubes_by_every_code_and_their_times(
    technician: Browser, trial: Database, stored: Stored
) -> None:
    code = made(technician, trial, codes="\n".join(stored[1][:2]))
    address = f"/bench/pick-lists/{code}"
    tubes = technician.get(f"{address}/tubes").get_json()["tubes"]
    assert [(each["tube"]["barcode"], each["codes"], each["position"]) for each in tubes] == [
        (tube, [tube], position) for tube, position in zip(stored[1], ("A1", "A2"), strict=False)
    ]
    known = {"If-None-Match": technician.get(address).headers["ETag"]}
    assert technician.http.get(address, headers=known).status_code == 304
    scanned_at = clock.now() - timedelta(minutes=25)
    for verb, body in (("picks", {"barcode": stored[1][0]}), ("not-found", {"line": 2})):
        kept = {"op_id": verb, "occurred_at": scanned_at.isoformat(), "device": "tablet-7", **body}
        answer = technician.http.post(f"{address}/{verb}", json=kept, headers={"X-Form-Token": technician.token})
        assert answer.status_code == 200, answer.text
    told = technician.http.get(address, headers=known).get_json()["list"]
    assert [line["state"] for line in told["lines"]] == ["picked", "not-found"]
    assert told["out_since_ms"] == told["lines"][0]["picked_ms"] == round(scanned_at.timestamp() * 1000)
    with trial.read() as session:
        events = list_events(session, get_pick_list(session, code).id)
    assert {(event.device, event.occurred_at) for event in events[1:]} == {("tablet-7", scanned_at)}
    bad = {"op_id": "bad", "barcode": stored[1][1], "occurred_at": "yesterday"}
    assert technician.http.post(f"{address}/picks", json=bad, headers={"X-Form-Token": technician.token}).status_code == 400
    assert technician.get("/bench/pick-lists/PL-1999-01/tubes").status_code == 404


def test_what_was_done_by_hand_is_told_once_and_found_in_the_trail(
    technician: Browser, coordinator: Browser, trial: Database, stored: Stored
) -> None:
    tube = stored[1][0]
    refused = {"type": "picked", "barcode": tube, "where": "PL-2026-01", "refused": "picking.already-picked", "by": "chen.yutong"}
    told = refused | {"op_id": "by-hand", "scanned_at": clock.now().isoformat(), "reason": "it lies on the bench", "device": "tablet-7"}
    headers = {"X-Form-Token": technician.token, "Accept": "application/json"}
    answers = [technician.http.post("/bench/by-hand", json=told, headers=headers) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200]
    with trial.read() as session:
        events = list_events(session, get_binding(session, tube).subject_id)
    assert [(event.device, event.reason) for event in events if event.type is EventType.DONE_BY_HAND] == [
        ("tablet-7", "it lies on the bench")
    ]
    trail = said(coordinator.get("/trail", type="done_by_hand"))
    assert f"scanned by chen.yutong and refused: Picked · {in_fours(tube)} · PL-2026-01 · it lies on the bench" in trail
    for wrong in ({"reason": " "}, {"reason": None}, {"scanned_at": "never"}, {"type": 7}):
        answer = technician.http.post("/bench/by-hand", json=told | {"op_id": "wrong"} | wrong, headers=headers)
        assert answer.status_code in {400, 422}, answer.text
