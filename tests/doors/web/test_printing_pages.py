"""The pages of printing: labels asked for, a job seen through, scanned back, printed again; printers taken in and looked after."""

import re
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from lims import clock
from lims.accounts.vocabulary import SYSTEM, Role
from lims.db import Database, table_of
from lims.labels.drawing import known_templates
from lims.printing.hosts import PrinterHosts
from lims.printing.models import PrinterRow
from lims.printing.printers import add_printer
from lims.printing.queries import get_job, list_jobs
from lims.printing.service import request_labels
from lims.printing.subjects import wanted_for
from lims.printing.vocabulary import Job, JobState, LabelState, PrinterKind
from lims.specimens.vocabulary import NewTube
from lims.storage.records import ContainerRecord
from lims.web import label_sources
from tests.support.counting import count_statements

from .conftest import Browser, Browsers, headline, said

Tubes = tuple[NewTube, ...]


@pytest.fixture
def office(trial: Database) -> Database:
    """The office's printer: a PDF, printed by hand."""
    with trial.transaction() as session:
        add_printer(session, name="Office", kind=PrinterKind.OFFICE, actor=SYSTEM, at=clock.now(), hosts=PrinterHosts.of(()))
    return trial


@pytest.fixture
def bench(office: Database) -> Database:
    """Besides, a label printer at the bench."""
    hosts = PrinterHosts.of(("127.0.0.1",))
    with office.transaction() as session:
        add_printer(
            session,
            name="Bench 1",
            kind=PrinterKind.RAW,
            address="127.0.0.1:9",
            stock="cryo-wrap",
            actor=SYSTEM,
            at=clock.now(),
            hosts=hosts,
        )
    return office


def print_all(browser: Browser, tubes: Tubes, **more: str) -> int:
    """Ask for labels of these; the job's number."""
    form = {"codes": " ".join(tube.barcode for tube in tubes), "template": "cryo-wrap", "printer": "Office"} | more
    answer = browser.post("/labels/print", form)
    assert answer.status_code == 303, said(answer)
    return int(answer.headers["Location"].rsplit("/", 1)[1])


def job_of(database: Database, number: int) -> Job:
    with database.read() as session:
        return get_job(session, number)


def test_labels_are_asked_for_printed_by_hand_and_scanned_back(technician: Browser, office: Database, aliquots: Tubes) -> None:
    page = technician.get("/labels", code=[tube.barcode for tube in aliquots])
    assert headline(page) == "Print 4 labels"
    assert "Why again?" not in said(page)
    number = print_all(technician, aliquots)
    job = technician.get(f"/labels/jobs/{number}")
    assert headline(job) == "4 labels to download"
    assert "L07 PRE" in said(job)
    file = technician.post(f"/labels/jobs/{number}/file.pdf")
    assert (file.mimetype, file.data[:5]) == ("application/pdf", b"%PDF-")
    assert headline(technician.get(f"/labels/jobs/{number}")) == "Are they printed?"
    assert headline(technician.follow(f"/labels/jobs/{number}/printed")) == "Out, and 4 labels to scan back"
    for line, tube in enumerate(aliquots, start=1):
        page = technician.get(f"/labels/jobs/{number}/scan-back")
        assert headline(page) == f"Next: label {line}"
        answer = technician.follow(f"/labels/jobs/{number}/scan-back", {"code": tube.barcode.lower()})
        assert f"Line {line} is right" in said(answer)
    assert headline(answer) == "Proven 已核实"
    assert headline(technician.get(f"/labels/jobs/{number}")) == "Proven: all 4 labels read back"
    assert job_of(office, number).state is JobState.PROVEN


def test_the_same_button_twice_is_one_job(technician: Browser, office: Database, aliquots: Tubes) -> None:
    form = {"codes": aliquots[0].barcode, "template": "cryo-wrap", "printer": "Office"}
    first, second = (technician.post("/labels/print", form, op="0b1f8a52-6e1f-4d61-9d38-2f2f1b9f9b11") for _ in range(2))
    assert first.headers["Location"] == second.headers["Location"]
    with office.read() as session:
        assert len(list_jobs(session)) == 1


def test_a_second_label_needs_a_reason_and_makes_the_first_count_no_more(technician: Browser, office: Database, aliquots: Tubes) -> None:
    first = print_all(technician, aliquots[:2])
    technician.post(f"/labels/jobs/{first}/file.pdf")
    form = {"codes": "\n".join(tube.barcode for tube in aliquots[:3]), "template": "cryo-wrap", "printer": "Office"}
    page = technician.get("/labels", **form)
    assert "2 have a label already" in said(page)
    assert "Why again?" in said(page)
    refused = technician.post("/labels/print", form)
    assert refused.status_code == 400
    assert "Say why it is printed again" in said(refused)
    assert aliquots[2].barcode in refused.text
    second = print_all(technician, aliquots[:3], why="unreadable", reason="frost")
    labels = job_of(office, second).labels
    assert [(label.copy, label.reason) for label in labels] == [(2, "unreadable: frost")] * 2 + [(1, None)]
    assert [label.state for label in job_of(office, first).labels] == [LabelState.VOID] * 2
    assert "replaced by another" in said(technician.get(f"/labels/jobs/{first}", line=1))


def test_the_preview_shows_the_copy_that_would_come_out(technician: Browser, office: Database, aliquots: Tubes) -> None:
    code = aliquots[0].barcode
    bare = technician.get("/labels/preview.svg", code=code, template="cryo-wrap", dpi=300)
    technician.post(f"/labels/jobs/{print_all(technician, aliquots[:1])}/file.pdf")
    copy = technician.get("/labels/preview.svg", code=code, template="cryo-wrap", dpi=300)
    number = print_all(technician, aliquots[:1], why="came off")
    assert f"<title>{code}</title>" in bare.text
    assert f"<title>{code}2</title>" in copy.text
    assert technician.get(f"/labels/jobs/{number}/lines/1.svg").text == copy.text


def test_only_a_printer_that_can_take_the_template_is_offered(technician: Browser, bench: Database, aliquots: Tubes) -> None:
    wrap = technician.get("/labels", code=aliquots[0].barcode, template="cryo-wrap").text
    slide = technician.get("/labels", code=aliquots[0].barcode, template="slide")
    able = r'value="Bench 1"\s+(?:checked)?\s+data-sends-form'
    assert re.search(able, wrap)
    assert not re.search(able, slide.text)
    assert "Loaded: Diversified Biotech" in said(slide)
    refused = technician.post("/labels/print", {"codes": aliquots[0].barcode, "template": "slide", "printer": "Bench 1"})
    assert refused.status_code == 422


def test_a_used_sheet_begins_where_it_was_touched(technician: Browser, office: Database, aliquots: Tubes) -> None:
    form = {"codes": " ".join(tube.barcode for tube in aliquots), "template": "cryo-sheet-a4", "printer": "Office", "start": "64"}
    page = technician.get("/labels", **form)
    assert "The labels fill 2 sheets." in said(page)
    assert (page.text.count('data-state="used"'), page.text.count('data-state="taken"')) == (63, 2)
    number = int(technician.post("/labels/print", form).headers["Location"].rsplit("/", 1)[1])
    assert job_of(office, number).start == 64


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"codes": ""}, "Scan at least one code."),
        ({"codes": "S3WJWJD7"}, "one character of that is wrong"),
        ({"printer": ""}, "Fill this in."),
        ({"printer": "Nowhere"}, "no printer Nowhere"),
        ({"template": "nothing"}, "There is no label template"),
        ({"start": "none"}, "Write a whole number"),
        ({"template": "box"}, "Read as"),
        ({"why": "because"}, "Choose one."),
    ],
)
def test_what_cannot_be_printed_is_said_and_nothing_is_queued(
    technician: Browser, office: Database, aliquots: Tubes, fields: dict[str, str], sentence: str
) -> None:
    form = {"codes": aliquots[0].barcode, "template": "cryo-wrap", "printer": "Office"} | fields
    answer = technician.post("/labels/print", form)
    assert 400 <= answer.status_code < 500
    assert sentence in said(answer)
    with office.read() as session:
        assert list_jobs(session) == []


def test_all_labels_of_a_box_are_printed_hole_by_hole_and_those_without_found(
    technician: Browser, office: Database, aliquots: Tubes, box: ContainerRecord
) -> None:
    for tube, hole in zip(aliquots, ("B2", "A1", "B1", "A2"), strict=True):
        technician.follow(f"/specimens/{tube.barcode}/place", {"container": box.barcode, "position": hole})
    assert headline(technician.get(f"/containers/{box.barcode}/labels")) == "4 tubes have no label from here"
    print_all(technician, aliquots[:1])
    rest = technician.get("/labels", box=box.barcode, only="without")
    assert headline(rest) == "Print 3 labels of B-0117"
    answer = technician.post("/labels/print", {"box": box.barcode, "only": "without", "template": "cryo-wrap", "printer": "Office"})
    job = job_of(office, int(answer.headers["Location"].rsplit("/", 1)[1]))
    assert [label.barcode for label in job.labels] == [aliquots[n].barcode for n in (1, 3, 2)]
    assert job.purpose == "B-0117"
    assert headline(technician.get(f"/containers/{box.barcode}/labels")) == "4 labels are to be scanned back"
    assert technician.get("/participants/L07/labels", which="waiting").text.count('class="reach" href="/specimens/') == 4
    assert headline(technician.get("/labels", participant="L07")) == "Print 5 labels of L07"
    assert technician.get("/labels", box="C9999999").status_code == 404


def test_a_list_of_labels_that_goes_on_says_so(
    technician: Browser, aliquots: Tubes, office: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: dict[str, Any] = {"participant": "L07"}
    scanned: dict[str, Any] = {"code": [tube.barcode for tube in aliquots]}
    for most, told in ((5, False), (3, True)):
        monkeypatch.setattr(label_sources, "MOST", most)
        pages = [technician.get("/participants/L07/labels"), technician.get("/labels", **asked), technician.get("/labels", **scanned)]
        assert ["were looked at" in said(page) for page in pages] == [told] * 3
    assert headline(pages[2]) == "Print 3 labels"


def test_a_job_is_paused_resumed_cancelled(technician: Browser, bench: Database, aliquots: Tubes) -> None:
    number = print_all(technician, aliquots, printer="Bench 1")
    job = f"/labels/jobs/{number}"
    assert headline(technician.get(job)) == "4 labels wait"
    assert headline(technician.follow(f"{job}/pause")) == "Paused at label 1 of 4"
    assert "L07 PRE" in said(technician.get("/labels/jobs"))
    assert headline(technician.follow(f"{job}/resume")) == "4 labels wait"
    assert headline(technician.follow(f"{job}/cancel")) == "Cancelled"
    again = technician.post(f"{job}/cancel")
    assert again.status_code == 422
    assert headline(technician.get("/labels/jobs")) == "Nothing waits to be printed"
    assert headline(technician.get("/labels/jobs", which="all")) == "One job so far"
    assert technician.get("/labels/jobs/7").status_code == 404


def test_after_a_jam_the_labels_are_printed_on_from_one(technician: Browser, office: Database, aliquots: Tubes) -> None:
    number = print_all(technician, aliquots)
    job = f"/labels/jobs/{number}"
    technician.post(f"{job}/file.pdf")
    assert "Say why it is printed again." in said(technician.post(f"{job}/again", {"line": "3"}))
    assert technician.post(f"{job}/again", {"line": "9", "why": "cannot be found"}).status_code == 404
    answer = technician.post(f"{job}/again", {"line": "3", "why": "spoilt in the printer"})
    new = job_of(office, int(answer.headers["Location"].rsplit("/", 1)[1]))
    assert [(label.barcode, label.copy) for label in new.labels] == [(tube.barcode, 2) for tube in aliquots[2:]]
    assert [label.state for label in job_of(office, number).labels] == [LabelState.SENT] * 2 + [LabelState.VOID] * 2
    one = technician.post(f"{job}/lines/1/again?line=1", {"reason": "torn"})
    assert [label.reason for label in job_of(office, int(one.headers["Location"].rsplit("/", 1)[1])).labels] == ["torn"]
    assert technician.post(f"{job}/lines/40/again", {"why": "cannot be found"}).status_code == 404


def test_the_fourth_label_of_a_tube_is_for_a_coordinator(browser_of: Browsers, office: Database, aliquots: Tubes) -> None:
    technician, coordinator = browser_of(Role.TECHNICIAN), browser_of(Role.COORDINATOR)
    for copy in range(3):
        number = print_all(technician, aliquots[:1], **({"why": "cannot be found"} if copy else {}))
        technician.post(f"/labels/jobs/{number}/file.pdf")
    form = {"codes": aliquots[0].barcode, "template": "cryo-wrap", "printer": "Office", "why": "cannot be found"}
    assert technician.post("/labels/print", form).status_code == 403
    assert coordinator.post("/labels/print", form).status_code == 303


def test_scan_back_says_what_is_wrong_and_names_what_is_missing(technician: Browser, office: Database, aliquots: Tubes) -> None:
    number = print_all(technician, aliquots[:3])
    here = f"/labels/jobs/{number}/scan-back"
    technician.post(f"/labels/jobs/{number}/file.pdf")
    late = technician.follow(here, {"code": aliquots[2].barcode})
    assert "Right, out of order" in said(late)
    assert "Not scanned yet: 1, 2." in said(late)
    assert "Scanned before" in said(technician.follow(here, {"code": aliquots[2].barcode}))
    assert "Not of this job" in said(technician.follow(here, {"code": aliquots[3].barcode}))
    misread = technician.post(here, {"code": "S3WJWJD7"})
    assert misread.status_code == 404
    assert "one character of that is wrong" in said(misread)
    technician.post(f"/labels/jobs/{number}/lines/1/again", {"why": "unreadable"})
    assert "This label counts no more" in said(technician.follow(here, {"code": aliquots[0].barcode}))
    assert headline(technician.get(here)) == "Next: label 2"


def test_a_label_then_its_tube(technician: Browser, office: Database, aliquots: Tubes) -> None:
    for tube, own in zip(aliquots[:2], ("X-0815", "X-0816"), strict=True):
        technician.follow(f"/specimens/{tube.barcode}/codes", {"code": own})
    number = print_all(technician, aliquots[:2])
    here = f"/labels/jobs/{number}/scan-back"
    technician.post(f"/labels/jobs/{number}/file.pdf")
    asked = technician.follow(here, {"code": aliquots[0].barcode, "tubes": "yes"})
    assert headline(asked) == "Now the tube of label 1"
    assert job_of(office, number).verified == 0
    wrong = technician.follow(here, {"code": aliquots[0].barcode, "tube_code": "X-0816", "tubes": "yes"})
    assert "Wrong tube" in said(wrong)
    assert headline(wrong) == "Now the tube of label 1"
    assert "That is a label" in said(
        technician.follow(here, {"code": aliquots[0].barcode, "tube_code": aliquots[0].barcode, "tubes": "yes"})
    )
    right = technician.follow(here, {"code": aliquots[0].barcode, "tube_code": "x-0815", "tubes": "yes"})
    assert headline(right) == "Next: label 2"
    assert 'name="tubes" value="yes"' in right.text


def test_the_part_of_a_job_that_moves_is_had_alone(technician: Browser, bench: Database, aliquots: Tubes) -> None:
    number = print_all(technician, aliquots, printer="Bench 1")
    part = technician.get(f"/labels/jobs/{number}/standing")
    assert 'data-moves="yes"' in part.text
    assert "<html" not in part.text
    with bench.transaction() as session:
        stuck = {"state": "not-ready", "faults": "head-open", "asked_at": clock.now() - timedelta(seconds=9)}
        session.execute(update(table_of(PrinterRow)).where(PrinterRow.name == "Bench 1").values(**stuck))
    stopped = said(technician.get(f"/labels/jobs/{number}/standing"))
    assert "Printing stopped at label 1 of 4" in stopped
    assert "The print head is open. Close it." in stopped
    assert "One printer needs a hand" in headline(technician.get("/printers"))


def test_printers_are_taken_in_changed_paused_and_retired(browser_of: Browsers, trial: Database) -> None:
    admin, technician = browser_of(Role.ADMIN), browser_of(Role.TECHNICIAN)
    form = {"name": "Bench 2", "kind": "raw", "address": "10.9.9.9", "dpi": "300", "stock": "cryo-wrap", "language": ""}
    refused = admin.post("/printers/new", form)
    assert refused.status_code == 422
    assert "LIMS_PRINTER_HOSTS" in said(refused)
    assert 'value="Bench 2"' in refused.text
    assert headline(admin.follow("/printers/new", form | {"kind": "office", "address": ""})) == "Bench 2"
    assert admin.post("/printers/new", form | {"kind": "office", "address": "", "name": "bad/name"}).status_code == 400
    assert technician.post("/printers/Bench 2/retire", {"reason": "x"}).status_code == 403
    assert "paused" in said(technician.follow("/printers/Bench 2/pause"))
    assert "goes on" in said(technician.follow("/printers/Bench 2/resume"))
    assert "Slide" in said(technician.follow("/printers/Bench 2/stock", {"stock": "slide"}))
    admin.follow("/printers/Bench 2/retire", {"reason": "worn out"})
    assert "retired" in said(admin.get("/printers"))
    assert technician.get("/printers/Nowhere").status_code == 404


def test_what_waits_of_somebody_who_withdrew_is_not_asked_for(browser_of: Browsers, office: Database, aliquots: Tubes) -> None:
    coordinator = browser_of(Role.COORDINATOR)
    coordinator.follow("/participants/L07/consent", {"consent": "withdrawn", "on": "2026-09-20"})
    page = coordinator.get("/labels", code=aliquots[0].barcode)
    assert headline(page) == "These labels cannot be printed"
    form = {"codes": aliquots[0].barcode, "template": "cryo-wrap", "printer": "Office"}
    assert 400 <= coordinator.post("/labels/print", form).status_code < 500


def test_a_tubes_page_tells_of_its_labels_and_the_day_of_what_is_unproven(technician: Browser, office: Database, aliquots: Tubes) -> None:
    tube = f"/specimens/{aliquots[0].barcode}"
    assert "No label of it was printed from here." in said(technician.get(tube))
    number = print_all(technician, aliquots)
    technician.post(f"/labels/jobs/{number}/file.pdf")
    page = said(technician.get(tube))
    assert "Label 1" in page
    assert "Office" in page
    assert "4 labels of L07 PRE are to be scanned back" in said(technician.get("/today"))
    assert "4 labels to scan back" in said(technician.get("/participants/L07"))
    assert headline(technician.get("/labels/jobs", which="unproven")) == "One job to scan back"


def test_more_unproven_jobs_than_the_day_shows_are_paged(
    technician: Browser, office: Database, aliquots: Tubes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lims.web.print_jobs.PAGE_LENGTH", 3)
    monkeypatch.setattr("lims.web.today.SHOWN_JOBS", 2)
    numbers = [print_all(technician, (tube,)) for tube in aliquots]
    for number in numbers:
        technician.post(f"/labels/jobs/{number}/file.pdf")
    today = technician.get("/today")
    assert len(re.findall(r"/labels/jobs/\d+/scan-back", today.text)) == 2
    assert "More jobs to scan back" in said(today)
    seen, page = [], technician.get("/labels/jobs", which="unproven")
    assert headline(page) == "More jobs than fit on a page"
    seen += re.findall(r'class="reach" href="/labels/jobs/(\d+)"', page.text)
    following = re.search(r'href="(/labels/jobs\?[^"]*before=[^"]*)"', page.text)
    assert following is not None
    page = technician.get(following[1].replace("&amp;", "&"))
    seen += re.findall(r'class="reach" href="/labels/jobs/(\d+)"', page.text)
    assert [int(number) for number in seen] == sorted(numbers, reverse=True)
    assert "before=" not in page.text.split("<main")[1]
    assert headline(technician.get("/labels/jobs", which="unproven", printer="Nobody")) == "Every label is scanned back"


def test_the_queue_costs_as_much_for_many_jobs_as_for_few(technician: Browser, office: Database, aliquots: Tubes) -> None:
    def ask(tube: NewTube) -> None:
        with office.transaction() as session:
            wanted = wanted_for(session, known_templates()["cryo-wrap"], [tube.barcode])
            request_labels(session, printer="Office", template="cryo-wrap", wanted=wanted, purpose="one", actor=SYSTEM, at=clock.now())

    costs = []
    for some in (aliquots[:1], aliquots[1:]):
        for tube in some:
            ask(tube)
        technician.get("/labels/jobs")
        with count_statements(office) as cost:
            technician.get("/labels/jobs")
            technician.get("/printers")
            technician.get("/today")
        costs.append(len(cost.statements))
    assert costs[0] == costs[1]
