"""The pages of kits: made for a participant or the stock, printed, collected from by ticking what was scanned, taken back."""

import re
from typing import Any

import pytest

from lims.accounts.vocabulary import SYSTEM, Role
from lims.db import Database
from lims.kits.queries import get_kit
from lims.kits.vocabulary import Kit
from lims.printing.hosts import PrinterHosts
from lims.printing.printers import add_printer
from lims.printing.queries import get_job, list_jobs
from lims.printing.vocabulary import PrinterKind, VoidReason
from tests.factories import kits
from tests.factories.trial import NOW

from .conftest import Browser, Browsers, headline, said


@pytest.fixture
def kit(trial: Database) -> Kit:
    """A kit of L07 for PRE."""
    with trial.transaction() as session:
        return kits.make(session)


def ticks(kit: Kit, *specimen_types: str, form: str = "primary") -> dict[str, str]:
    """The boxes of these tubes, ticked."""
    return {f"tube-{tube.line}": tube.barcode for each in specimen_types for tube in kits.tubes_of(kit, each, form)}


def test_a_kit_is_made_from_the_participants_page(technician: Browser, trial: Database) -> None:
    assert "/kits/new?participant=L07" in technician.get("/participants/L07").text
    assert headline(technician.get("/kits/new?participant=L07")) == "A kit for L07"
    made = technician.follow("/kits/new", {"participant": "L07", "timepoint": "D1", "count": "1"})
    assert headline(made).endswith("11 tubes wait")
    assert "L07" in headline(technician.get("/participants/L07"))
    assert "D1" in said(technician.get("/participants/L07"))


def test_several_are_made_for_the_stock_and_all_their_labels_asked_for_at_once(technician: Browser, trial: Database) -> None:
    listed = technician.follow("/kits/new", {"timepoint": "", "count": "3", "types": ["stool", "tumour-ffpe"]})
    assert headline(listed) == "3 kits wait"
    assert "Just made" in said(listed)
    codes = re.findall(r"/labels\?kit=([^\"]+)", listed.text)[0]
    assert headline(technician.get(f"/labels?kit={codes}")) == "Print 18 labels"
    assert headline(technician.get("/kits?which=stock")) == "3 kits wait"
    assert headline(technician.get("/kits?which=used")) == "No kit waits"


def test_the_labels_of_a_kit_are_printed_in_the_order_of_the_work(technician: Browser, trial: Database, kit: Kit) -> None:
    with trial.transaction() as session:
        add_printer(
            session,
            name="Office",
            kind=PrinterKind.OFFICE,
            address="",
            dpi=300,
            stock="cryo-sheet-a4",
            language="pdf",
            actor=SYSTEM,
            at=NOW,
            hosts=PrinterHosts.of([]),
        )
    code = kit.summary.barcode
    assert headline(technician.get(f"/labels?kit={code}")) == "Print 27 labels of L07 PRE"
    job = technician.follow("/labels/print", {"kit": code, "template": "cryo-sheet-a4", "printer": "Office", "start": "1"})
    rows = [job.text.index(f"{tube.barcode[:4]} {tube.barcode[4:]}") for tube in kit.tubes]
    assert rows == sorted(rows)
    technician.follow(f"/kits/{code}/collect", {"collected_at": "2026-08-21T09:00", **ticks(kit, "stool", "tumour-ffpe")})
    with trial.read() as session:
        (job_of_kit,) = list_jobs(session, limit=5)
        void = [label.barcode for label in get_job(session, job_of_kit.id).labels if label.void_reason is VoidReason.UNUSED]
    assert void == [tube.barcode for tube in kit.tubes if tube.specimen_type not in {"stool", "tumour-ffpe"}]


def test_what_is_ticked_is_registered_and_the_rest_is_void(technician: Browser, trial: Database, kit: Kit) -> None:
    path = f"/kits/{kit.summary.barcode}"
    form = {"collected_at": "2026-08-21T09:00", "amount-1": "2400", **ticks(kit, "stool"), **ticks(kit, "stool", form="aliquot")}
    after = technician.follow(f"{path}/collect", form)
    assert "One tube came, 4 are made" in said(after)
    assert "22 labels were not used: destroy them." in said(after)
    assert headline(after).endswith("is used")
    with trial.read() as session:
        assert get_kit(session, kit.summary.barcode).summary.used == 5
    assert "ILDR02-L07-PRE-STL-02" in said(after)


def test_a_refused_collection_keeps_what_was_ticked(technician: Browser, kit: Kit) -> None:
    path = f"/kits/{kit.summary.barcode}"
    refused = technician.post(f"{path}/collect", {"amount-1": "2400", "more": "yes", **ticks(kit, "stool")})
    assert refused.status_code == 400
    assert "Say when it was collected." in said(refused)
    (box,) = re.findall(r'<input type="checkbox" class="tick"[^>]*name="tube-1"[^>]*>', refused.text)
    assert "checked" in box
    assert 'value="2400"' in refused.text
    assert technician.post(f"{path}/collect", {"collected_at": "2026-08-21T09:00"}).status_code == 400


def test_a_scanned_tube_of_a_kit_opens_the_kit_with_it_ticked(technician: Browser, kit: Kit) -> None:
    scanned = technician.get("/scan", code=kit.tubes[2].barcode)
    assert scanned.headers["Location"] == f"/kits/{kit.summary.barcode}?tube={kit.tubes[2].barcode}"
    shown = technician.get(scanned.headers["Location"])
    (box,) = re.findall(r'<input type="checkbox" class="tick"[^>]*name="tube-3"[^>]*>', shown.text)
    assert "checked" in box
    assert technician.get("/scan", code=kit.summary.barcode).headers["Location"] == f"/kits/{kit.summary.barcode}"


def test_a_kit_of_the_stock_is_given_on_its_page_or_at_collection(technician: Browser, trial: Database) -> None:
    with trial.transaction() as session:
        first, second = (kits.make_for_stock(session, timepoint=None, specimen_types=("stool",)) for _ in range(2))
    given = technician.follow(f"/kits/{first.summary.barcode}/bind", {"participant": "L07", "timepoint": "POST"})
    assert "The kit is for L07 POST now." in said(given)
    path, form = f"/kits/{second.summary.barcode}/collect", {"collected_at": "2026-08-21T09:00", **ticks(second, "stool")}
    assert "Say for which participant" in said(technician.post(path, form))
    assert "One tube came" in said(technician.follow(path, form | {"participant": "L07", "timepoint": "PRE"}))


def test_a_kit_is_taken_back_and_says_so(technician: Browser, kit: Kit) -> None:
    after = technician.follow(f"/kits/{kit.summary.barcode}/void", {"reason": "not needed"})
    assert headline(after).endswith("is void")
    assert "not needed" in said(after)
    assert technician.post(f"/kits/{kit.summary.barcode}/void").status_code in {400, 409, 422}


def test_the_sheet_has_the_kits_symbols_and_a_box_for_each_tube(technician: Browser, kit: Kit) -> None:
    sheet = technician.get(f"/kits/{kit.summary.barcode}/sheet")
    assert sheet.text.count('class="tick-box"') == 27
    assert sheet.text.count('class="symbol"') == 2
    slip = technician.get(f"/kits/{kit.summary.barcode}/slip.pdf")
    assert slip.mimetype == "application/pdf"
    assert slip.data.startswith(b"%PDF")


def test_every_page_of_kits_speaks_chinese(technician: Browser, kit: Kit) -> None:
    technician.post("/device", {"language": "zh_Hans_CN", "back": "/kits"})
    path = f"/kits/{kit.summary.barcode}"
    for page, words in (
        ("/kits", "个采样包待用"),
        ("/kits/new", "制作库存采样包"),
        (path, "支管待用"),
        (f"{path}/sheet", "随采样包的清单"),
    ):
        assert words in headline(technician.get(page))
    wrong: dict[str, Any] = {"collected_at": "2026-08-21T09:00", "tube-1": "NOPE"}
    assert "不是采样包" in said(technician.post(f"{path}/collect", wrong))


def test_who_only_reads_is_offered_nothing_to_do(browser_of: Browsers, kit: Kit) -> None:
    analyst = browser_of(Role.ANALYST)
    shown = analyst.get(f"/kits/{kit.summary.barcode}")
    assert shown.status_code == 200
    assert 'id="collect"' not in shown.text
    assert analyst.get("/kits/new").status_code == 403
