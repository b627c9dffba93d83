"""The gallery of templates, and the sheet of command cards."""

import re

from werkzeug.test import TestResponse

from lims.accounts.vocabulary import Role
from lims.db import Database
from lims.labels.drawing import known_templates
from lims.scanning.commands import Command, code_of_command
from lims.specimens.vocabulary import NewTube
from tests.factories import kits
from tests.golden.labels.reading import READABLE, decoded, expected, rasterise

from .conftest import Browser, Browsers, headline, said


def test_the_gallery_shows_every_template_with_its_stock_and_part_number(technician: Browser, trial: Database) -> None:
    answer = technician.get("/labels/templates")
    assert headline(answer) == f"{len(known_templates())} templates"
    for template in known_templates().values():
        assert template.stock.part in said(answer)
        assert f"/labels/templates/{template.name}.svg" in answer.text
    assert 'width="520"' not in answer.text
    assert 'width="520"' in technician.get("/labels/templates", size="large").text


def test_every_picture_of_the_gallery_is_as_wide_as_its_label(technician: Browser, trial: Database) -> None:
    for template in known_templates().values():
        answer = technician.get(f"/labels/templates/{template.name}.svg")
        width, height = (float(re.findall(rf'{side}="([0-9.]+)mm"', answer.text)[0]) for side in ("width", "height"))
        assert (abs(width - template.stock.width_mm) < 0.1, abs(height - template.stock.height_mm) < 0.1) == (True, True)


def test_the_gallery_draws_the_newest_tube_and_the_newest_kit(technician: Browser, trial: Database, aliquots: tuple[NewTube, ...]) -> None:
    with trial.transaction() as session:
        kit = kits.make(session).summary.barcode
    for name, code in (("cryo-wrap", aliquots[-1].barcode), ("form", kit)):
        picture = technician.get(f"/labels/templates/{name}.svg")
        assert decoded(rasterise(picture.data, "svg", 300)[0]) == expected(known_templates()[name], code)


def test_nobody_who_withdrew_is_in_the_gallery(browser_of: Browsers, aliquots: tuple[NewTube, ...]) -> None:
    coordinator = browser_of(Role.COORDINATOR)
    coordinator.follow("/participants/L07/consent", {"consent": "withdrawn", "on": "2026-09-20"})
    picture = coordinator.get("/labels/templates/cryo-wrap.svg")
    assert picture.status_code == 200
    assert not any(tube.barcode in picture.text for tube in aliquots)


def symbols(answer: TestResponse) -> list[str]:
    """The symbols drawn in a page."""
    return re.findall(r'<svg class="symbol".*?</svg>', answer.text, re.DOTALL)


def test_each_card_of_the_bench_sheet_is_read_as_its_command(browser_of: Browsers) -> None:
    drawn = symbols(browser_of(Role.ANALYST).get("/bench-sheet"))
    read = set()
    for picture in drawn:
        alone = picture.replace("<svg", '<svg xmlns="http://www.w3.org/2000/svg"')
        read |= decoded(rasterise(alone.encode(), "svg", 300)[0])
    assert read == {(str(kind), code_of_command(command)) for command in Command for kind in READABLE.values()}
