"""What labels cost to draw: at most five statements, however many; a sheet downloaded costs as many for a hundred as for one.

Covered here: drawing labels of tubes, of containers, of the tubes of kits and of kits themselves, in every output; and the sheet of an
office printer. Asking for labels, whatever they are of, is counted where eight ask at once; printing, where they are sent.
"""

from collections.abc import Sequence
from decimal import Decimal

import pytest

from lims.accounts.vocabulary import SYSTEM
from lims.db import Database
from lims.kits.labels import wanted_for
from lims.kits.service import make_kits
from lims.kits.vocabulary import MakeKits
from lims.labels.drawing import known_templates
from lims.labels.renderers import formats_of, render
from lims.printing.service import take_file
from tests.factories import printing, trial
from tests.support.bench import Bench
from tests.support.counting import count_statements

MOST = 5


@pytest.fixture
def laboratory(database: Database) -> dict[str, list[str]]:
    """Codes by the template for what they are on: tubes, boxes, tubes of kits by their kits, kits."""
    with database.transaction() as session:
        trial.begin(session)
        printing.office_printer(session)
        tubes = [each.barcode for each in trial.divide(session, trial.tube(session).barcode, 100, amount=Decimal(1))]
        boxes = [Bench(session).container(name=f"B{number}").barcode for number in range(20)]
        kits = [each.summary.barcode for each in make_kits(session, MakeKits(timepoint="PRE", count=20), actor=SYSTEM, at=trial.NOW)]
    return {"cryo-wrap": tubes, "box": boxes, "cryo-dot": kits, "form": kits}


def cost_of_drawing(database: Database, name: str, codes: Sequence[str]) -> int:
    template = known_templates()[name]
    with count_statements(database) as cost, database.read() as session:
        fields = [each.fields for each in wanted_for(session, template, codes)]
    assert len(fields) >= len(codes)
    for format_ in formats_of(template):
        assert render(template, fields[:20], format=format_, dpi=300)
    return len(cost.statements)


def cost_of_a_sheet(database: Database, codes: Sequence[str]) -> int:
    with database.transaction() as session:
        job = printing.ask(session, codes, on="office")
    with count_statements(database) as cost, database.transaction() as session:
        assert take_file(session, job, actor=SYSTEM, at=trial.NOW).startswith(b"%PDF")
    return len(cost.statements)


def test_labels_of_any_number_are_drawn_for_at_most_five_statements(database: Database, laboratory: dict[str, list[str]]) -> None:
    for name, codes in laboratory.items():
        cost_of_drawing(database, name, codes[:1])  # a process reads a protocol once
        assert cost_of_drawing(database, name, codes[:1]) == cost_of_drawing(database, name, codes) <= MOST, name
    mixed = [laboratory["cryo-wrap"][0], laboratory["cryo-dot"][0]]
    assert cost_of_drawing(database, "cryo-wrap", mixed) <= MOST


def test_a_sheet_of_any_number_costs_the_same_to_download(database: Database, laboratory: dict[str, list[str]]) -> None:
    tubes = laboratory["cryo-wrap"]
    assert cost_of_a_sheet(database, tubes[:1]) == cost_of_a_sheet(database, tubes[1:])
