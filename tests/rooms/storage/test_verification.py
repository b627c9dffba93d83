"""Verifying finds a place or a container that somebody changed past the ledger, and names tube and hole."""

import pytest
from sqlalchemy import text

from lims.checks import ledger_checks
from lims.custody.verification import verify
from lims.ids import in_fours
from lims.specimens.queries import lock_specimen
from lims.storage.records import ContainerRecord
from tests.support.bench import Bench


def differences(bench: Bench) -> list[str]:
    return [difference.sentence for difference in verify(bench.session, ledger_checks())]


@pytest.fixture
def stored(bench: Bench) -> tuple[str, ContainerRecord]:
    """A tube in A1 of a box in a rack in a freezer, where it was moved and taken out and put back."""
    box, tube = bench.freezer_box(), bench.tube()
    bench.place(tube, box, "B2")
    bench.move(tube, box, "A1")
    bench.take_out(tube)
    bench.put_back(tube)
    return tube, box


def test_a_house_nobody_tampered_with_is_clean(bench: Bench, stored: tuple[str, ContainerRecord]) -> None:
    bench.close(bench.container(name="B8"))
    bench.take_out(stored[0])
    assert differences(bench) == []


@pytest.mark.parametrize(
    ("edit", "told"),
    [
        ('UPDATE placement SET "column" = 4', "is in A5 of B1 ({box}) since 2026-11-22 04:04:00; its events say in A1 of B1 ({box})"),
        ("UPDATE placement SET away = TRUE", "is out of A1 of B1 ({box}) since 2026-11-22 04:04:00; its events say in A1"),
        ("UPDATE placement SET since = '2026-11-22T03:00:00.000000Z'", "since 2026-11-22 03:00:00; its events say in A1 of B1"),
        ("DELETE FROM placement", "is in no container; its events say in A1 of B1 ({box})"),
    ],
)
def test_an_edited_place_is_named_with_tube_and_hole(bench: Bench, stored: tuple[str, ContainerRecord], edit: str, told: str) -> None:
    tube, box = stored
    bench.session.execute(text(edit))
    [sentence] = differences(bench)
    assert sentence.startswith(f"{tube} is ")
    assert told.format(box=in_fours(box.barcode)) in sentence


def test_a_tube_put_in_past_the_ledger_is_named(bench: Bench, stored: tuple[str, ContainerRecord]) -> None:
    other = bench.tube()
    specimen_id = lock_specimen(bench.session, other).id
    row = {"id": specimen_id, "box": stored[1].id}
    bench.session.execute(
        text(
            'INSERT INTO placement (specimen_id, container_id, "row", "column", away, since)'
            " VALUES (:id, :box, 3, 3, FALSE, '2026-11-22T03:00:00.000000Z')"
        ),
        row,
    )
    [sentence] = differences(bench)
    assert sentence.startswith(f"{other} is in D4 of B1")
    assert sentence.endswith("its events say in no container")


@pytest.mark.parametrize(
    ("edit", "column"),
    [
        ("UPDATE container SET name = 'B7' WHERE id = :id", "name"),
        ("UPDATE container SET slot = '9' WHERE id = :id", "slot"),
        ("UPDATE container SET temperature_c = -20 WHERE id = :id", "temperature_c"),
        ("UPDATE container SET parent_id = NULL WHERE id = :id", "parent_id"),
    ],
)
def test_an_edited_container_is_named_with_what_differs(bench: Bench, stored: tuple[str, ContainerRecord], edit: str, column: str) -> None:
    bench.session.execute(text(edit), {"id": stored[1].id})
    [sentence] = differences(bench)
    assert sentence.startswith(in_fours(stored[1].barcode))
    assert f": {column} not as its events say" in sentence
