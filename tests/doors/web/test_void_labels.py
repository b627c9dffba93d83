"""A label that counts no more is told of where it was scanned, at every door and in both languages."""

import re

import pytest

from lims.db import Database
from lims.ids import ALPHABET, in_fours
from lims.specimens.vocabulary import NewTube
from lims.storage.records import ContainerRecord
from lims.storage.tubes import get_tube
from lims.storage.vocabulary import Position
from tests.factories import kits, printing
from tests.factories.printing import ask, come_out

from .conftest import Browser, said


@pytest.fixture
def replaced(trial: Database, aliquots: tuple[NewTube, ...]) -> str:
    """The code of a tube whose first label was replaced by copy 2."""
    code = aliquots[0].barcode
    with trial.transaction() as session:
        printing.printer(session)
        come_out(session, ask(session, code))
        come_out(session, ask(session, code, "torn"))
    return code


def after_scanning(browser: Browser, code: str) -> str:
    led = browser.get("/scan", code=code)
    assert led.status_code == 303
    return said(browser.get(led.headers["Location"]))


def test_the_page_of_the_tube_opens_with_the_warning(technician: Browser, replaced: str) -> None:
    page = after_scanning(technician, replaced)
    assert in_fours(replaced) in page
    assert re.search(r"This label counts no more .* was replaced on 2026-[0-9-]+ by copy 2\. Use the tube; destroy this label\.", page)
    assert "counts no more" not in said(technician.get(f"/specimens/{replaced}"))


def test_the_copy_that_counts_leads_to_the_same_page_without_a_word(technician: Browser, replaced: str) -> None:
    page = after_scanning(technician, in_fours(replaced + ALPHABET[0]))
    assert in_fours(replaced) in page
    assert "counts no more" not in page


def test_it_is_said_in_chinese_too(technician: Browser, replaced: str) -> None:
    technician.post("/device", {"language": "zh_Hans_CN", "back": "/account"})
    assert "被第 2 张替换" in after_scanning(technician, replaced)


NAMED = r"One label counts no more .*{code}: This label was replaced on 2026-[0-9-]+ by copy 2\. Use the tube; destroy this label\."


def test_a_tube_placed_by_scan_from_a_void_label_is_placed_and_the_label_named(
    technician: Browser, trial: Database, replaced: str, box: ContainerRecord
) -> None:
    page = said(technician.follow(f"/containers/{box.barcode}/tubes", {"tube": replaced}))
    assert "In A1" in page
    assert re.search(NAMED.format(code=in_fours(replaced)), page)
    with trial.read() as session:
        place = get_tube(session, replaced).place
    assert place is not None
    assert place.position == Position(0, 0)
    copy = replaced + ALPHABET[0]
    assert "counts no more" not in said(technician.follow(f"/containers/{box.barcode}/tubes", {"tube": copy, "position": "B2"}))


def test_the_same_form_sent_twice_names_it_twice_and_places_once(technician: Browser, replaced: str, box: ContainerRecord) -> None:
    for _ in range(2):
        answer = technician.post(f"/containers/{box.barcode}/tubes", {"tube": replaced}, op="op-of-one-scan")
        page = said(technician.get(answer.headers["Location"]))
        assert page.count("In A1") == page.count("One label counts no more") == 1


def test_a_boxs_void_label_is_named_where_a_tube_is_put_into_it(
    technician: Browser, trial: Database, replaced: str, box: ContainerRecord
) -> None:
    with trial.transaction() as session:
        printing.printer(session, "racks", stock="box")
        for reason in (None, "faded"):
            come_out(session, ask(session, box.barcode, reason, on="racks", template="box"))
    page = said(technician.follow(f"/specimens/{replaced}/place", {"container": box.barcode}))
    assert re.search(NAMED.format(code=in_fours(box.barcode)), page)


def test_the_void_labels_of_a_batch_are_named_and_the_tubes_are_in_it(
    coordinator: Browser, replaced: str, aliquots: tuple[NewTube, ...]
) -> None:
    begun = coordinator.post("/batches/new", {"assay": "metagenomics", "fill": "empty"}).headers["Location"]
    page = said(coordinator.follow(f"{begun}/members", {"codes": f"{replaced}\n{aliquots[1].barcode}"}))
    assert "2 tubes are in it now." in page
    assert re.search(NAMED.format(code=in_fours(replaced)), page)
    assert in_fours(aliquots[1].barcode) + ":" not in page


def test_the_page_of_labels_names_the_void_ones_it_was_given(technician: Browser, replaced: str) -> None:
    assert re.search(NAMED.format(code=in_fours(replaced)), said(technician.get("/labels", codes=replaced)))
    assert "One label counts no more" not in said(technician.get("/labels", codes=replaced + ALPHABET[0]))


def test_many_void_labels_are_counted_and_the_first_named_in_chinese_too(
    technician: Browser, trial: Database, aliquots: tuple[NewTube, ...]
) -> None:
    codes = [each.barcode for each in aliquots]
    with trial.transaction() as session:
        printing.printer(session)
        come_out(session, ask(session, codes))
        come_out(session, ask(session, codes, "torn"))
    assert f"{len(codes)} labels count no more" in said(technician.get("/labels", codes="\n".join(codes)))
    technician.post("/device", {"language": "zh_Hans_CN", "back": "/account"})
    page = said(technician.get("/labels", codes="\n".join(codes)))
    assert f"{len(codes)} 张标签已作废" in page
    assert f"{in_fours(codes[0])}：此标签已于" in page


def test_a_kits_void_label_ticks_its_tube_and_is_named(technician: Browser, trial: Database) -> None:
    with trial.transaction() as session:
        printing.printer(session)
        kit = kits.make(session)
        (stool,) = kits.stool(kit)
        come_out(session, kits.ask(session, stool))
        come_out(session, kits.ask(session, stool, "torn"))
    page = technician.get(technician.get("/scan", code=stool).headers["Location"])
    assert re.search(rf'value="{stool}"[^>]*checked', page.text)
    assert re.search(rf'<div data-void-label="{stool}" >', page.text)
    assert re.search(NAMED.format(code=in_fours(stool)), said(page))
    assert "One label counts no more" not in said(technician.get(f"/labels?kit={kit.summary.barcode}"))
    copy = technician.get(f"/kits/{kit.summary.barcode}", tube=stool + ALPHABET[0])
    assert re.search(rf'value="{stool}"[^>]*checked', copy.text)
    assert re.search(rf'<div data-void-label="{stool}" hidden>', copy.text)


def test_a_collection_from_tubes_with_void_labels_is_registered_and_they_are_named(technician: Browser, trial: Database) -> None:
    with trial.transaction() as session:
        printing.printer(session)
        kit = kits.make(session)
        (stool,) = kits.stool(kit)
        come_out(session, kits.ask(session, stool))
        come_out(session, kits.ask(session, stool, "torn"))
    form = {"participant": "L07", "timepoint": "PRE", "type": "stool", "unit": "mg", "tubes": "1", "volume-0": "2210", "code-0": stool}
    form |= {"container": "stool-tube", "collected_at": "2026-08-21T09:00", "frozen_at": "2026-08-21T11:00"}
    page = said(technician.follow("/collect", form))
    assert "One tube came" in page
    assert re.search(NAMED.format(code=in_fours(stool)), page)


def test_picking_and_counting_by_a_void_label_go_on_and_name_it(
    technician: Browser, trial: Database, replaced: str, box: ContainerRecord
) -> None:
    technician.follow(f"/containers/{box.barcode}/tubes", {"tube": replaced + ALPHABET[0]})
    audit = technician.post(f"/containers/{box.barcode}/audits").headers["Location"]
    page = said(technician.follow(f"{audit}/scans", {"tube": replaced}))
    assert re.search(NAMED.format(code=in_fours(replaced)), page)
    made = technician.post("/pick-lists/new", {"codes": replaced}).headers["Location"]
    page = said(technician.follow(f"{made}/picks", {"tube": replaced}))
    assert re.search(NAMED.format(code=in_fours(replaced)), page)
    with trial.read() as session:
        assert get_tube(session, replaced).state == "checked-out"
