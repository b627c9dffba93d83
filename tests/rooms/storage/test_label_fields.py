"""What labels say is read at once for all of them: as many statements for a hundred as for two."""

import pytest
from sqlalchemy.orm import Session

from lims.db import Database
from lims.ids import WrongCheckCharacter
from lims.storage.errors import UnknownContainer
from lims.storage.label_fields import NoSuchSubject, label_fields
from lims.storage.ways import container_path
from tests.support.bench import Bench
from tests.support.counting import count_statements


def test_labels_of_any_number_cost_the_same_few_statements(database: Database) -> None:
    with database.transaction() as session:
        bench = Bench(session).open_study()
        things = {
            "specimen": bench.tubes(40),
            "container": [bench.freezer_box(name=f"B{number}").barcode for number in range(12)],
        }
    for subject, codes in things.items():
        with database.read() as session:
            label_fields(session, subject, codes[:1])  # the protocol is read once a process
        costs = [cost_of(database, subject, codes[:2]), cost_of(database, subject, codes)]
        assert costs[0] == costs[1] <= 2


def cost_of(database: Database, subject: str, codes: list[str]) -> int:
    with count_statements(database) as cost, database.read() as session:
        assert [fields["barcode"] for fields in label_fields(session, subject, codes)] == codes
    return len(cost.statements)


def test_containers_come_in_the_order_given_each_with_its_type_in_words_and_all_that_it_stands_in(session: Session) -> None:
    bench = Bench(session).open_study()
    boxes = [bench.freezer_box(name=f"B{number}") for number in range(3)][::-1]
    fields = label_fields(session, "container", [box.barcode for box in boxes])
    assert [each["name"] for each in fields] == ["B2", "B1", "B0"]
    for box, each in zip(boxes, fields, strict=True):
        assert each["path"] == " / ".join(step.name for step in container_path(session, box.id)[:-1])
        assert each["type"] == "9 × 9 box"


def test_a_code_that_names_no_container_is_named(session: Session) -> None:
    bench = Bench(session).open_study()
    box, tube = bench.freezer_box().barcode, bench.tube()
    with pytest.raises(UnknownContainer):
        label_fields(session, "container", [box, tube])
    with pytest.raises(WrongCheckCharacter):
        label_fields(session, "container", [box, box[:-1] + ("2" if box[-1] != "2" else "3")])
    with pytest.raises(NoSuchSubject, match="for a form"):
        label_fields(session, "form", [box])
