"""What an act costs: a fixed number of statements, however many tubes, and one commit."""

from collections.abc import Callable
from decimal import Decimal

import pytest

from lims.accounts.vocabulary import SYSTEM
from lims.custody.vocabulary import EventType
from lims.db import Database
from lims.specimens.service import consume_specimen, thaw_specimen
from lims.specimens.vocabulary import PrimaryTube
from tests.factories import trial
from tests.support.counting import Cost, count_statements

REGISTER, DIVIDE, ACT = 10, 11, 4


@pytest.fixture
def opened(database: Database) -> Database:
    """The trial, its protocol read once: what a service that runs for a minute knows."""
    with database.transaction() as session:
        trial.begin(session)
    with database.transaction() as session:
        trial.tube(session)
    return database


def cost_of(database: Database, act: Callable[..., object]) -> Cost:
    with count_statements(database) as cost, database.transaction() as session:
        act(session)
    assert cost.commits == 1
    return cost


def test_every_act_costs_what_it_may(opened: Database) -> None:
    hundred = tuple(PrimaryTube("stool-tube", Decimal(100), "mg", f"FD{number:06d}") for number in range(100))
    one = cost_of(opened, trial.collect)
    many = cost_of(opened, lambda session: trial.collect(session, tubes=hundred))
    assert len(one.statements) == len(many.statements) <= REGISTER

    few = cost_of(opened, lambda session: trial.divide(session, "FD000001", 1, amount=Decimal("0.1")))
    most = cost_of(opened, lambda session: trial.divide(session, "FD000001", 500, amount=Decimal("0.1")))
    assert len(few.statements) == len(most.statements) <= DIVIDE
    pool = cost_of(opened, lambda session: trial.divide(session, ["FD000002", "FD000003", "FD000004"], 2, amount=Decimal(10)))
    assert len(pool.statements) <= DIVIDE

    used = trial.act(EventType.CONSUMED)
    act = cost_of(
        opened, lambda session: consume_specimen(session, "FD000005", used, amount=Decimal(1), unit="mg", actor=SYSTEM, at=trial.NOW)
    )
    assert len(act.statements) <= ACT
    thawed = trial.act(EventType.THAWED)
    act = cost_of(opened, lambda session: thaw_specimen(session, "FD000005", thawed, actor=SYSTEM, at=trial.NOW))
    assert len(act.statements) <= ACT
