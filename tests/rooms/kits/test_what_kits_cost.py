"""What kits cost: a fixed number of statements, however many tubes and kits."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from lims.accounts.vocabulary import SYSTEM
from lims.db import Database
from lims.kits.collecting import derive_aliquots, register_collection
from lims.kits.queries import KitFilter, get_kit, list_kits
from lims.kits.service import make_kits, void_kit
from lims.kits.vocabulary import Kit, MakeKits
from lims.specimens.vocabulary import DeriveAliquots, PrimaryTube
from tests.factories import kits, trial
from tests.support.counting import count_statements

MAKE, REGISTER_MORE, VOID, COLLECT_ONE_TYPE, DIVIDE_MORE = 13, 9, 11, 21, 10


@pytest.fixture
def opened(database: Database) -> Database:
    """The trial, its protocol read once: what a service that runs for a minute knows."""
    with database.transaction() as session:
        trial.begin(session)
        trial.tube(session)
    return database


def cost_of(database: Database, act: Callable[..., object]) -> int:
    with count_statements(database) as cost, database.transaction() as session:
        act(session)
    assert cost.commits == 1
    return len(cost.statements)


def made(database: Database, **more: Any) -> Kit:
    with database.transaction() as session:
        return kits.make(session, **more)


def test_making_a_hundred_kits_costs_what_one_costs(opened: Database) -> None:
    one = cost_of(opened, lambda session: kits.make(session))
    many = cost_of(opened, lambda session: make_kits(session, MakeKits(timepoint="PRE", count=100), actor=SYSTEM, at=trial.NOW))
    assert one <= MAKE
    assert many <= MAKE


def test_collecting_costs_by_the_type_and_not_by_the_tube(opened: Database) -> None:
    kit = made(opened)
    blood, frozen = kits.codes(kits.tubes_of(kit, "blood-edta")), kits.codes(kits.tubes_of(kit, "tumour-frozen"))
    one = cost_of(opened, lambda session: kits.collect(session, kit, blood[:1], more_to_come=True))
    two = cost_of(opened, lambda session: kits.collect(session, kit, frozen, more_to_come=True))
    assert one == two <= COLLECT_ONE_TYPE


def test_registering_by_a_kits_code_costs_a_few_statements_more(opened: Database) -> None:
    kit = made(opened)
    plain = cost_of(opened, trial.collect)
    command = trial.collection(tubes=(PrimaryTube("stool-tube", Decimal(2400), "mg", kits.stool(kit)[0]),))
    by_kit = cost_of(opened, lambda session: register_collection(session, command, actor=SYSTEM, at=trial.NOW))
    without = cost_of(opened, lambda session: register_collection(session, trial.collection(), actor=SYSTEM, at=trial.NOW))
    assert without == plain
    assert by_kit <= plain + REGISTER_MORE


def test_dividing_by_a_kits_codes_costs_a_few_statements_more(opened: Database) -> None:
    kit = made(opened)
    with opened.transaction() as session:
        kits.collect(session, kit, [kits.with_amount(kits.stool(kit)[0], "2400", "mg")], more_to_come=True)
    portions = kits.codes(kits.tubes_of(kit, "stool", "aliquot"))

    def divide(codes: list[str]) -> int:
        command = DeriveAliquots(
            parents=tuple(kits.stool(kit)), count=len(codes) or 1, amount=Decimal(10), unit="mg", barcodes=tuple(codes)
        )
        return cost_of(opened, lambda session: derive_aliquots(session, command, actor=SYSTEM, at=trial.NOW))

    plain, one, three = divide([]), divide(portions[:1]), divide(portions[1:])
    assert one <= plain + DIVIDE_MORE
    assert three <= one + 1  # the last closes the kit's row too


def test_voiding_and_reading_cost_the_same_however_many_tubes(opened: Database) -> None:
    large, small = made(opened), made(opened, specimen_types=("tumour-ffpe",))
    costs = [
        cost_of(opened, lambda session, kit=kit: void_kit(session, kit.summary.barcode, actor=SYSTEM, at=trial.NOW))
        for kit in (large, small)
    ]
    assert costs[0] == costs[1] <= VOID
    with count_statements(opened) as cost, opened.read() as session:
        get_kit(session, large.summary.barcode)
        list_kits(session, KitFilter())
    assert len(cost.statements) == 3
