"""Many codes taken at once: each void label among them is named with its successor, in one statement."""

import pytest

from lims.db import Database
from lims.ids import ALPHABET, in_fours
from lims.scanning.void_labels import void_label_remarks, void_label_remarks_of
from lims.storage.tubes import get_tube
from tests.factories import printing
from tests.factories.printing import ask, come_out
from tests.support.bench import Bench
from tests.support.counting import count_statements


@pytest.fixture
def replaced(bench: Bench) -> list[str]:
    """Two tubes whose first labels were replaced by copies that are out, and one whose label counts."""
    printing.printer(bench.session)
    codes = [bench.tube() for _ in range(3)]
    come_out(bench.session, ask(bench.session, codes))
    come_out(bench.session, ask(bench.session, codes[:2], "torn"))
    return codes


def test_each_void_label_among_them_is_named_in_the_order_read(bench: Bench, replaced: list[str]) -> None:
    first, second, counts = replaced
    remarks = void_label_remarks(bench.session, [counts, in_fours(second), None, "not a code €", first.lower(), second, "NEVER-SEEN"])
    assert list(remarks) == [second, first]
    remark = remarks[second]
    assert remark.code == "label-replaced"
    assert remark.sentence.startswith(f"{in_fours(second)}: This label was replaced on 2026-")
    assert remark.sentence.endswith("by copy 2. Use the tube; destroy this label.")


def test_the_copy_that_counts_and_one_that_never_left_the_queue_are_not_named(bench: Bench, replaced: list[str]) -> None:
    first = replaced[0]
    ask(bench.session, replaced[2], "torn")
    assert void_label_remarks(bench.session, [first + ALPHABET[0], replaced[2] + ALPHABET[0]]) == {}


def test_of_things_every_void_label_they_ever_had_is_named(bench: Bench, replaced: list[str]) -> None:
    first, second, counts = replaced
    come_out(bench.session, ask(bench.session, first, "torn again"))
    ids = [get_tube(bench.session, code).id for code in (first, counts)]
    assert set(void_label_remarks_of(bench.session, ids)) == {first, first + ALPHABET[0]}
    assert second not in void_label_remarks_of(bench.session, ids)


def test_it_is_one_statement_however_many_and_none_for_none(database: Database) -> None:
    with database.transaction() as session:
        bench = Bench(session).open_study()
        printing.printer(session)
        codes = [bench.tube() for _ in range(30)]
        come_out(session, ask(session, codes))
        come_out(session, ask(session, codes, "torn"))
        ids = [get_tube(session, code).id for code in codes]
    with database.read() as session:
        void_label_remarks(session, codes[:1])  # the protocol, whose days they are, is read once a process
    with count_statements(database) as cost, database.read() as session:
        assert len(void_label_remarks(session, codes)) == 30
    assert len(cost.statements) == 1
    with count_statements(database) as cost, database.read() as session:
        assert len(void_label_remarks_of(session, ids)) == 30
    assert len(cost.statements) == 1
    with count_statements(database) as cost, database.read() as session:
        assert void_label_remarks(session, [None, "€"]) == void_label_remarks_of(session, []) == {}
    assert cost.statements == []
