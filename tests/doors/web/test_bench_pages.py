"""The bench's pages: collect, one tube and what is done to it, boxes and scans."""

import uuid
from typing import Any

import pytest

from lims.accounts.vocabulary import Role
from lims.db import Database
from lims.specimens.vocabulary import NewTube
from lims.storage.records import ContainerRecord, TubeFilter
from lims.storage.tubes import Tube, get_tube, list_tubes

from .conftest import Browser, Browsers, headline, said

STOOL = {
    "participant": "L07",
    "timepoint": "PRE",
    "type": "stool",
    "unit": "mg",
    "tubes": "1",
    "volume-0": "2210",
    "container": "stool-tube",
    "collected_at": "2026-08-21T09:00",
    "frozen_at": "2026-08-21T11:00",
    "make": "yes",
    "count-0": "2",
    "amount-0": "200",
    "count-1": "1",
    "amount-1": "200",
    "count-2": "1",
    "amount-2": "150",
}


def now_is(database: Database, barcode: str) -> Tube:
    """The tube as it stands."""
    with database.read() as session:
        return get_tube(session, barcode)


def test_a_collection_is_registered_with_its_planned_tubes(technician: Browser, trial: Database) -> None:
    assert headline(technician.get("/collect")) == "Whose sample came?"
    assert headline(technician.get("/collect", participant="L07")) == "Which timepoint of L07?"
    form = technician.get("/collect", participant="L07", timepoint="PRE", type="stool")
    assert headline(form) == "Stool of L07, PRE"
    assert "frozen within 4 h" in said(form)
    answer = technician.follow("/collect", STOOL)
    assert headline(answer) == "5 tubes came of this collection"
    assert "One tube came, 4 are made" in said(answer)
    with trial.read() as session:
        tubes = list_tubes(session, TubeFilter(participant="L07"))
    assert [(tube.form, tube.amount, tube.purpose) for tube in tubes] == [
        ("primary", 1_460_000, None),
        ("aliquot", 200_000, "metagenomics"),
        ("aliquot", 200_000, "metagenomics"),
        ("aliquot", 200_000, "metabolomics-stool"),
        ("aliquot", 150_000, "reserve"),
    ]


def test_the_same_form_twice_is_one_collection(technician: Browser, trial: Database) -> None:
    op = str(uuid.uuid4())
    first, second = technician.post("/collect", STOOL, op=op), technician.post("/collect", STOOL, op=op)
    assert first.headers["Location"] == second.headers["Location"]
    with trial.read() as session:
        assert len(list_tubes(session, TubeFilter(participant="L07"))) == 5
    other = technician.post("/collect", STOOL | {"volume-0": "9"}, op=op)
    assert other.status_code == 409


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("collected_at", "", "Give day and time."),
        ("collected_at", "yesterday", "Give day and time, such as"),
        ("volume-0", "two", "Write a number with at most three decimals"),
        ("volume-0", "1e999", "Write a number with at most three decimals"),
        ("count-0", "-1", "Write a whole number from 0 to 999."),
        ("note", "x" * 501, "At most 500 characters fit here."),
        ("note", "a\x00b", "It holds a character that cannot be kept."),
        ("collected_at", "2026-08-25T09:00", "Check both times."),
        ("collected_at", "2031-01-01T09:00", "has not come yet"),
        ("amount-0", "4000", "is left in"),
        ("timepoint", "XX", "The protocol has no"),
    ],
)
def test_what_is_wrong_is_said_and_what_was_typed_is_kept(
    technician: Browser, trial: Database, field: str, value: str, sentence: str
) -> None:
    answer = technician.post("/collect", STOOL | {field: value})
    assert 400 <= answer.status_code < 500
    assert sentence in said(answer)
    with trial.read() as session:
        assert list_tubes(session, TubeFilter(participant="L07")) == []


def test_not_collected_is_written_down_with_its_reason(technician: Browser, trial: Database) -> None:
    form = technician.get("/collect", participant="L07", timepoint="PRE", type="stool")
    reason = form.text.split('name="why_not" value="')[1].split('"')[0]
    answer = technician.follow("/collect/not", {"participant": "L07", "timepoint": "PRE", "type": "stool", "why_not": reason})
    assert "was not collected at PRE" in said(answer)


def test_a_tube_is_placed_taken_out_and_put_back_and_each_act_can_be_undone(
    technician: Browser, aliquots: tuple[NewTube, ...], box: ContainerRecord, trial: Database
) -> None:
    tube = f"/specimens/{aliquots[0].barcode}"
    assert "Without a hole" in said(technician.get(tube))
    answer = technician.follow(f"{tube}/place", {"container": box.barcode})
    assert "In B-0117 · A1" in said(answer)
    assert "F2 › Rack 5" in said(answer)
    answer = technician.follow(f"{tube}/check-out")
    assert "Its hole B-0117 · A1 is kept for it." in said(answer)
    undo = answer.text.split('class="toast"')[1].split('action="')[1].split('"')[0]
    assert "is as it was before" in said(technician.follow(undo))
    assert now_is(trial, aliquots[0].barcode).state == "stored"
    assert technician.post(undo).status_code in {409, 422}
    technician.follow(f"{tube}/check-out")
    assert "In B-0117 · A1" in said(technician.follow(f"{tube}/return"))


def test_a_hole_that_is_taken_is_named_with_who_is_in_it(technician: Browser, aliquots: tuple[NewTube, ...], box: ContainerRecord) -> None:
    technician.follow(f"/specimens/{aliquots[0].barcode}/place", {"container": box.barcode, "position": "C4"})
    answer = technician.post(f"/specimens/{aliquots[1].barcode}/place", {"container": box.barcode, "position": "C4"})
    assert answer.status_code == 409
    assert "C4 of B-0117 holds" in said(answer)
    assert box.barcode in answer.text


@pytest.mark.parametrize(
    ("path", "fields", "check"),
    [
        ("thaw", {}, {"thaw_count": 1}),
        ("use", {"how_much": "some", "amount": "50", "unit": "mg"}, {"amount": 150_000}),
        ("use", {"how_much": "all"}, {"amount": 0, "state": "depleted"}),
        ("quarantine", {"reason": "label unreadable"}, {"state": "quarantined"}),
        ("aliquots", {"count": "2", "amount": "20", "unit": "mg"}, {"amount": 160_000}),
        ("flag", {"flag": "container-damaged"}, {}),
        ("correct", {"what": "amount", "amount": "120", "unit": "mg", "reason": "weighed again"}, {"amount": 120_000}),
        ("codes", {"code": "X-0815"}, {}),
    ],
)
def test_what_a_bench_does_to_a_tube(
    technician: Browser, aliquots: tuple[NewTube, ...], trial: Database, path: str, fields: dict[str, str], check: dict[str, Any]
) -> None:
    code = aliquots[0].barcode
    if path == "flag":
        page = technician.get(f"/specimens/{code}/flag").text
        fields = {"flag": page.split('name="flag" value="')[1].split('"')[0]}
    answer = technician.follow(f"/specimens/{code}/{path}", fields)
    assert answer.status_code == 200
    tube = now_is(trial, code)
    assert {name: getattr(tube, name) for name in check} == check


def test_more_than_is_there_is_refused_and_stays(technician: Browser, aliquots: tuple[NewTube, ...], trial: Database) -> None:
    answer = technician.post(f"/specimens/{aliquots[0].barcode}/use", {"how_much": "some", "amount": "250", "unit": "mg"})
    assert answer.status_code == 422
    assert "Nothing was recorded" in said(answer)
    assert "200 mg is left in" in said(answer)
    assert now_is(trial, aliquots[0].barcode).amount == 200_000


def test_only_who_decides_releases_and_disposes(browser_of: Browsers, aliquots: tuple[NewTube, ...], trial: Database) -> None:
    technician, coordinator = browser_of(Role.TECHNICIAN), browser_of(Role.COORDINATOR)
    tube = f"/specimens/{aliquots[0].barcode}"
    technician.follow(f"{tube}/quarantine", {"reason": "thawed in transit"})
    assert technician.post(f"{tube}/release", {"reason": "fine"}).status_code == 403
    coordinator.follow(f"{tube}/release", {"reason": "fine"})
    assert coordinator.post(f"{tube}/dispose", {"reason": "consent"}).status_code == 400
    answer = coordinator.follow(f"{tube}/dispose", {"reason": "study closed", "sure": "yes"})
    assert "Disposed of" in said(answer)


def test_the_page_of_a_tube_answers_where_what_is_left_and_whether_it_may_be_used(
    technician: Browser, aliquots: tuple[NewTube, ...]
) -> None:
    answer = technician.get(f"/specimens/{aliquots[0].barcode.lower()}")
    assert headline(answer).replace(" ", "") == aliquots[0].barcode
    assert "chain unbroken" in said(answer)
    assert "this tube is usable" in said(answer)
    assert answer.text.count('class="leg"') == 4


def test_tubes_are_put_into_a_box_one_scan_each(
    technician: Browser, aliquots: tuple[NewTube, ...], box: ContainerRecord, trial: Database
) -> None:
    path = f"/containers/{box.barcode}"
    assert headline(technician.get(path)) == "B-0117 is empty"
    for tube, hole in zip(aliquots, ("A1", "A2", "A3", "A4"), strict=True):
        answer = technician.follow(f"{path}/tubes", {"tube": f"{tube.barcode[:4]} {tube.barcode[4:].lower()}"})
        assert f"In {hole}" in said(answer)
    assert headline(answer) == "B-0117 has 77 free holes"
    assert answer.text.count('data-state="here"') == 5
    again = technician.post(f"{path}/tubes", {"tube": aliquots[3].barcode})
    assert (again.status_code, "already" in said(again)) == (409, True)
    other = technician.post(f"{path}/tubes", {"tube": box.barcode})
    assert other.headers["Location"] == path


def test_a_container_is_made_moved_and_closed(technician: Browser, box: ContainerRecord) -> None:
    answer = technician.follow("/containers/new", {"type": "box-10x10", "name": "B-0200", "parent": "", "temperature_c": "−20"})
    assert headline(answer) == "B-0200 is empty"
    assert "−20 °C" in said(answer)
    again = technician.post("/containers/new", {"type": "box-10x10", "name": "B-0200", "parent": box.barcode})
    assert again.status_code == 422
    assert "B-0200" in technician.get("/containers").text
    code = answer.request.path.rsplit("/", 1)[1]
    technician.follow(f"/containers/{code}/close", {"reason": "worn out"})
    assert headline(technician.get(f"/containers/{code}")) == "B-0200 is closed"


def test_a_scan_leads_to_what_was_scanned(technician: Browser, aliquots: tuple[NewTube, ...], box: ContainerRecord) -> None:
    for read, page in (
        (f"]d1{aliquots[0].barcode.lower()}\r", f"/specimens/{aliquots[0].barcode}"),
        (f" {box.barcode[:4]} {box.barcode[4:]} ", f"/containers/{box.barcode}"),
        ("l07", "/participants/L07"),
    ):
        assert technician.get("/scan", code=read).headers["Location"] == page


@pytest.mark.parametrize(
    ("read", "status", "sentence"),
    [
        ("S3WJWJD7", 404, "one character of that is wrong"),
        ("XYZ-1", 404, "nothing here has that code"),
        ("", 400, "nothing was read"),
        ("a\x00b", 400, "Read as"),
        ("9" * 5000, 400, "at most 64 characters"),
    ],
)
def test_a_code_that_leads_nowhere_is_echoed_and_explained(
    technician: Browser, trial: Database, read: str, status: int, sentence: str
) -> None:
    answer = technician.get("/scan", code=read)
    assert answer.status_code == status
    assert sentence in said(answer)


def test_labels_are_drawn_and_fetched(technician: Browser, aliquots: tuple[NewTube, ...]) -> None:
    codes = [tube.barcode for tube in aliquots]
    answer = technician.get("/labels", code=codes)
    assert headline(answer) == "Print 4 labels"
    pdf = technician.get("/labels/file.pdf", template="cryo-wrap", code=codes)
    assert (pdf.mimetype, pdf.data[:5]) == ("application/pdf", b"%PDF-")
    assert technician.get("/labels/file.zpl", template="cryo-wrap", code=codes).text.count("^XA") == 4
    assert technician.get("/labels/file.exe", template="cryo-wrap", code=codes).status_code == 400
    assert technician.get("/labels", code="S3WJWJD7").status_code == 404


def test_each_act_of_a_tube_has_an_address_with_its_form_and_the_page_itself_leads_there(
    technician: Browser, aliquots: tuple[NewTube, ...]
) -> None:
    page = f"/specimens/{aliquots[0].barcode}"
    acts = ("aliquots", "use", "times", "flag", "quarantine", "codes")
    plain = technician.get(page).text
    for act in acts:
        assert f'href="{page}/{act}"' in plain
        assert f'action="{page}/{act}"' not in plain
        opened = technician.get(f"{page}/{act}").text
        assert f'action="{page}/{act}"' in opened
        assert f'href="{page}/{act}"' not in opened
    assert f'action="{page}/place"' in plain  # the next thing to do with it stands open
    assert f'action="{page}/dispose"' not in technician.get(f"{page}/dispose").text  # not this role's
    assert technician.get(f"{page}/anything").status_code == 404
