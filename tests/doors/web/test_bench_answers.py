"""What the bench's scripts are answered: of a code, of a box, and of each act, in the language of the page."""

import uuid
from typing import Any

from werkzeug.test import TestResponse

from lims import clock
from lims.accounts.vocabulary import Role
from lims.db import Database
from lims.specimens.vocabulary import NewTube
from lims.storage.queries import container_map, list_containers
from lims.storage.records import ContainerRecord
from tests.factories.trial import withdraw
from tests.support.counting import count_statements

from .conftest import Browser, Browsers, headline, make, said

CHINESE = {"Accept-Language": "zh-CN"}


def act(type_: str, barcode: str, **more: Any) -> dict[str, Any]:
    return {"op_id": str(uuid.uuid4()), "type": type_, "barcode": barcode, "occurred_at": clock.now().isoformat(), **more}


def send(browser: Browser, *acts: Any, token: str | None = None, **headers: str) -> TestResponse:
    """Acts as the page sends them."""
    headers = {"X-Form-Token": browser.token if token is None else token, "Accept": "application/json", **headers}
    return browser.http.post("/bench/acts", json={"acts": list(acts)}, headers=headers)


def results(answer: TestResponse) -> list[dict[str, Any]]:
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.get_json()["results"]
    return found


def outcome(result: dict[str, Any]) -> tuple[str, str]:
    return result["outcome"]["kind"], result["outcome"]["title"]


def holes(database: Database, box: ContainerRecord) -> dict[str | None, str]:
    with database.read() as session:
        return {hole.position: hole.barcode for hole in container_map(session, box.barcode).positions if hole.barcode}


def test_the_page_is_for_those_who_store_and_has_its_words(technician: Browser, browser_of: Browsers, trial: Database) -> None:
    page = technician.get("/bench", do="OUT")
    assert (page.status_code, headline(page)) == (200, "Bench")
    assert 'data-do="OUT"' in page.text
    assert "Scan the box, then each tube." in page.text
    assert 'data-do=""' in technician.get("/bench", do="<script>").text
    assert browser_of(Role.AUDITOR).get("/bench").status_code == 403


def test_a_tube_is_told_by_what_it_is_and_where(technician: Browser, aliquots: tuple[NewTube, ...], box: ContainerRecord) -> None:
    tube = aliquots[0]
    found = technician.get(f"/bench/scans/{tube.barcode}").get_json()
    assert (found["kind"], found["tube"]["participant"], found["tube"]["side"], found["tube"]["seen"]) == ("specimen", "L07", "pre", "")
    results(send(technician, act("placed", tube.barcode, container=box.barcode, position="C4", seen="")))
    found = technician.get(f"/bench/scans/{tube.label}").get_json()
    assert (found["outcome"]["title"], found["outcome"]["sentence"]) == ("B-0117 · C4", "F2 / Rack 5 / B-0117 / C4. 200 mg")
    assert found["tube"]["place"]["position"] == "C4"


def test_a_code_that_leads_nowhere_says_what_was_read_in_either_language(technician: Browser, trial: Database) -> None:
    unknown = technician.get("/bench/scans/X-9")
    assert (unknown.status_code, outcome(unknown.get_json())) == (404, ("stop", "Unknown code"))
    misread = technician.http.get("/bench/scans/S3WJWJD7", headers=CHINESE)
    assert outcome(misread.get_json()) == ("stop", "读码有误")
    assert misread.get_json()["outcome"]["other"] == "Misread"


def test_a_card_a_box_a_hole_and_a_participant_are_each_told_apart(technician: Browser, box: ContainerRecord) -> None:
    kinds = {code: technician.get(f"/bench/scans/{code}").get_json() for code in ("LIMS.OUT.", box.barcode, f"{box.barcode}.A1", "L07")}
    assert [each["kind"] for each in kinds.values()] == ["command", "container", "hole", "participant"]
    assert kinds["LIMS.OUT."]["command"] == "OUT"
    assert kinds[box.barcode]["container"]["stands_in"]
    assert kinds[f"{box.barcode}.A1"]["hole"] == {"box": box.barcode, "name": "B-0117", "position": "A1", "occupant": None}
    assert kinds["L07"]["address"] == "/participants/L07"


def test_a_box_has_every_hole_with_the_codes_of_its_tube(technician: Browser, aliquots: tuple[NewTube, ...], box: ContainerRecord) -> None:
    results(send(technician, act("placed", aliquots[0].barcode, container=box.barcode, position="B2")))
    found = technician.get(f"/bench/boxes/{box.barcode}")
    told = found.get_json()
    assert (len(told["holes"]), told["rows"], told["columns"], told["path"]) == (81, 9, 9, "F2 / Rack 5 / B-0117")
    hole = told["holes"][10]
    assert (hole["position"], hole["state"], hole["tube"]["codes"]) == ("B2", "here", [aliquots[0].barcode])
    assert hole["tube"]["seen"] == technician.get(f"/bench/scans/{aliquots[0].barcode}").get_json()["tube"]["seen"]


def test_a_box_that_is_as_it_was_is_not_sent_again_and_costs_nine_reads(
    technician: Browser, aliquots: tuple[NewTube, ...], box: ContainerRecord, trial: Database
) -> None:
    known = {"If-None-Match": technician.get(f"/bench/boxes/{box.barcode}").headers["ETag"]}
    with count_statements(trial) as cost:
        assert technician.http.get(f"/bench/boxes/{box.barcode}", headers=known).status_code == 304
    assert (len(cost.statements), cost.commits) == (9, 0)
    results(send(technician, act("placed", aliquots[0].barcode, container=box.barcode, position="A1")))
    assert technician.http.get(f"/bench/boxes/{box.barcode}", headers=known).status_code == 200
    assert technician.get("/bench/boxes/CNOBODY2").status_code == 404


def test_acts_are_done_in_their_order_each_with_its_own_fate(
    technician: Browser, trial: Database, aliquots: tuple[NewTube, ...], box: ContainerRecord
) -> None:
    first, second, third, _ = (tube.barcode for tube in aliquots)
    sent = [
        act("placed", first, container=box.barcode, position="A1"),
        act("placed", second, container=box.barcode, position="A1"),
        act("placed", third, container=box.barcode, position="A2"),
        act("checked_out", third),
    ]
    found = results(send(technician, *sent))
    assert [each["status"] for each in found] == ["recorded", "refused", "recorded", "recorded"]
    assert [outcome(each) for each in found] == [("ok", "In A1"), ("stop", "Hole is taken"), ("ok", "In A2"), ("ok", "Taken out")]
    assert "You were first yourself, at " in found[1]["outcome"]["sentence"]
    assert holes(trial, box) == {"A1": first, "A2": third}


def test_an_act_sent_twice_is_done_once_and_told_alike(
    technician: Browser, trial: Database, aliquots: tuple[NewTube, ...], box: ContainerRecord
) -> None:
    once = act("placed", aliquots[0].barcode, container=box.barcode)
    late = act("checked_out", aliquots[1].barcode)
    (first,), (again,) = results(send(technician, once)), results(send(technician, once))
    assert (first["status"], again["status"]) == ("recorded", "repeated")
    assert again | {"status": "recorded"} == first
    (refused,), (told_again,) = results(send(technician, late)), results(send(technician, late))
    assert refused == told_again
    (other,) = results(send(technician, once | {"position": "C3"}))
    assert other["code"] == "accounts.operation-reused"
    assert list(holes(trial, box)) == ["A1"]


def test_whoever_was_first_is_named_to_whoever_comes_second(
    technician: Browser, coordinator: Browser, aliquots: tuple[NewTube, ...], box: ContainerRecord
) -> None:
    tube = aliquots[0].barcode
    results(send(technician, act("placed", tube, container=box.barcode, position="A1", seen="")))
    (late,) = results(send(coordinator, act("placed", tube, container=box.barcode, position="A2", seen="")))
    assert outcome(late) == ("stop", "Moved by somebody else")
    assert "technician was first, at " in late["outcome"]["sentence"]
    results(send(technician, act("checked_out", tube)))
    (out,) = results(send(coordinator, act("checked_out", tube), **CHINESE))
    assert (outcome(out)[0], "technician 已于 " in out["outcome"]["sentence"]) == ("stop", True)


def test_an_act_is_taken_back_by_its_number(
    technician: Browser, trial: Database, aliquots: tuple[NewTube, ...], box: ContainerRecord
) -> None:
    tube = aliquots[0].barcode
    (placed,) = results(send(technician, act("placed", tube, container=box.barcode)))
    assert placed["undo"]
    (undone,) = results(send(technician, act("corrected", tube, corrects=placed["event"])))
    assert (outcome(undone), undone["undo"]) == (("ok", "Undone"), False)
    assert holes(trial, box) == {}
    (again,) = results(send(technician, act("corrected", tube, corrects=placed["event"])))
    assert again["status"] == "refused"


def test_a_box_is_moved_and_the_move_taken_back(technician: Browser, trial: Database, box: ContainerRecord) -> None:
    with trial.transaction() as session:
        other = make(session, "freezer", "F9")
    (moved,) = results(send(technician, act("moved", box.barcode, container=other.barcode)))
    assert (outcome(moved), moved["outcome"]["sentence"]) == (("ok", "Moved"), "With all that is in it: F9.")
    (undone,) = results(send(technician, act("corrected", box.barcode, corrects=moved["event"])))
    assert undone["outcome"]["sentence"] == "It stands where it stood before: F2 / Rack 5."


def test_what_must_be_known_of_a_tube_is_said_when_it_is_put_away(
    technician: Browser, trial: Database, aliquots: tuple[NewTube, ...], box: ContainerRecord
) -> None:
    with trial.transaction() as session:
        withdraw(session, "L07")
        warm = make(session, "box-9x9", "B-0900", make(session, "freezer-20", "F20"))
    (put,) = results(send(technician, act("placed", aliquots[0].barcode, container=warm.barcode)))
    assert outcome(put) == ("warn", "In A1")
    assert "It belongs at: −80 °C freezer" in put["outcome"]["sentence"] or "It belongs at" in put["outcome"]["sentence"]
    assert "L07 withdrew consent on " in put["outcome"]["sentence"]


def test_what_cannot_be_read_or_may_not_be_done_is_refused_alone(
    technician: Browser, browser_of: Browsers, aliquots: tuple[NewTube, ...], box: ContainerRecord
) -> None:
    tube = aliquots[0].barcode
    wrong = [
        "no act",
        {"op_id": "a b", **act("placed", tube)} | {"op_id": "a b"},
        act("flown", tube),
        act("placed", tube) | {"occurred_at": "yesterday"},
        act("placed", tube) | {"occurred_at": "0001-01-01T00:00:00+00:00"},
        act("placed", tube, container=7),
        act("placed", "\0"),
        act("corrected", tube, corrects=True),
        act("disposed", tube),
        act("placed", tube, container=box.barcode),
    ]
    found = results(send(technician, *wrong))
    assert [each["status"] for each in found] == ["refused"] * 9 + ["recorded"]
    assert found[8]["code"] == "accounts.not-allowed"
    assert all(each["outcome"]["sentence"] for each in found)
    assert send(browser_of(Role.AUDITOR), act("placed", tube)).status_code == 403
    assert send(technician).status_code == 400
    assert technician.http.post("/bench/acts", data="no", headers={"X-Form-Token": technician.token}).status_code == 400


def test_acts_come_from_a_page_of_ours_alone(technician: Browser, aliquots: tuple[NewTube, ...], box: ContainerRecord) -> None:
    sent = act("placed", aliquots[0].barcode, container=box.barcode)
    told = send(technician, sent, token="another")
    assert (told.status_code, told.get_json()["code"]) == (403, "web.page-too-old")
    elsewhere = send(technician, sent, Origin="https://example.org")
    assert elsewhere.get_json()["code"] == "web.form-from-elsewhere"
    assert technician.get(f"/bench/scans/{aliquots[0].barcode}").get_json()["tube"]["place"] is None


def test_a_card_scanned_on_any_page_leads_to_the_bench(technician: Browser, box: ContainerRecord) -> None:
    assert technician.get("/scan", code="lims.in.").headers["Location"] == "/bench?do=IN"
    assert technician.get("/scan", code=f"{box.barcode}.A1").headers["Location"] == f"/containers/{box.barcode}?hole=A1"


def test_the_hole_sheet_has_each_hole_of_the_box_by_its_code(technician: Browser, trial: Database, box: ContainerRecord) -> None:
    sheet = technician.get(f"/containers/{box.barcode}/hole-sheet")
    assert (sheet.status_code, headline(sheet), sheet.text.count('class="symbol"')) == (200, "Holes of B-0117", 81)
    assert f'aria-label="{box.barcode}.I9"' in sheet.text
    with trial.transaction() as session:
        rack = make(session, "rack", "R9")
    assert technician.get(f"/containers/{rack.barcode}/hole-sheet").status_code == 422


def test_a_box_kept_for_one_kind_refuses_another_at_its_scan(technician: Browser, aliquots: tuple[NewTube, ...], trial: Database) -> None:
    technician.post("/containers/new", {"type": "box-9x9", "name": "B-0500", "for_study": "no", "holds": "plasma"})
    with trial.read() as session:
        [box] = [each for each in list_containers(session, None) if each.name == "B-0500"]
    (refused,) = results(send(technician, act("placed", aliquots[0].barcode, container=box.barcode)))
    assert outcome(refused) == ("stop", "Wrong kind for this box")
    (in_chinese,) = results(send(technician, act("placed", aliquots[1].barcode, container=box.barcode), **CHINESE))
    assert "B-0500 只放血浆" in in_chinese["outcome"]["sentence"]
    assert technician.get(f"/bench/boxes/{box.barcode}").get_json()["holds"] == ["plasma"]


def test_a_coordinator_takes_over_a_box_and_the_trail_says_on_which_device(
    technician: Browser, coordinator: Browser, box: ContainerRecord
) -> None:
    def ask(browser: Browser, address: str, **body: str) -> TestResponse:
        headers = {"X-Form-Token": browser.token, "Accept": "application/json"}
        return browser.http.post(f"/bench/{address}", json=body, headers=headers)

    def told_of(browser: Browser, device: str) -> str | None:
        """How this device is told that another fills the box."""
        others = browser.get(f"/bench/boxes/{box.barcode}", device=device).get_json()["others"]
        return others and str(others["kind"])

    hers, his = {"container": box.barcode, "device": "tablet-1"}, {"container": box.barcode, "device": "tablet-2"}
    assert ask(technician, "device", device="tablet-1", name="Tablet 1").get_json()["name"] == "Tablet 1"
    assert "until" in ask(technician, "claims", **hers).get_json()
    second = ask(coordinator, "claims", **his)
    assert (second.status_code, second.get_json()["code"]) == (409, "storage.box-claimed")
    assert "technician fills B-0117 on Tablet 1 since" in second.get_json()["outcome"]["sentence"]
    assert [told_of(browser, device) for browser, device in ((technician, "tablet-1"), (coordinator, "tablet-2"))] == [None, "warn"]
    page = coordinator.get(f"/containers/{box.barcode}")
    assert "technician fills it" in said(page)
    assert f"/bench?code={box.barcode}" in page.text
    assert f"/bench?code={box.barcode}" not in technician.get(f"/containers/{box.barcode}").text
    assert ask(technician, "claims/take-over", **hers, reason="mine").status_code == 403
    assert ask(coordinator, "claims/take-over", **his, reason=" ").status_code == 400
    taken = ask(coordinator, "claims/take-over", **his, reason="she is at lunch").get_json()
    assert taken["outcome"]["title"] == "Taken over"
    assert [told_of(browser, device) for browser, device in ((technician, "tablet-1"), (coordinator, "tablet-2"))] == ["warn", None]
    trail = said(coordinator.get("/trail"))
    assert "technician Tablet 1" in trail
    assert "Tablet 1 · she is at lunch" in trail
    assert ask(technician, "device", device="tablet-3", name="Tablet 1").status_code == 409
