"""A label that counts no more is told of where it was scanned, at every door and in both languages."""

import re

import pytest

from lims.db import Database
from lims.ids import ALPHABET, in_fours
from lims.specimens.vocabulary import NewTube
from tests.factories import printing
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
