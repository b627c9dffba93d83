"""Two people at one audit, or one pick list, at the same moment, on both engines: one of them wins, the other is told."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest
from sqlalchemy.orm import Session

from lims.accounts.vocabulary import SYSTEM
from lims.audits.service import accept_audit, begin_audit, scan_tube
from lims.audits.vocabulary import BeginAudit, ScanTube
from lims.checks import ledger_checks
from lims.custody.verification import verify
from lims.db import Database
from lims.picking.queries import get_pick_list, view_pick_list
from lims.picking.service import make_pick_list
from lims.picking.taking import pick_tube
from lims.picking.vocabulary import LineState, MakePickList, WantedCode
from tests.support.bench import NOW, Bench
from tests.support.racing import CLIENTS, race, refusals, winners


@pytest.fixture(scope="module")
def opened(databases: Any) -> Iterator[Database]:
    """One database for all races; at the end the whole ledger is verified."""
    database: Database = databases.make()
    with database.transaction() as session:
        Bench(session).open_study().enrol()
    yield database
    with database.snapshot() as session:
        assert list(verify(session, ledger_checks())) == []
    databases.drop(database)


@pytest.fixture
def rounds(how_many: Callable[[int, int], int]) -> range:
    return range(how_many(2, 40))


def filled(database: Database, count: int, name: str) -> tuple[str, list[str]]:
    with database.transaction() as session:
        bench = Bench(session, participants={"L07": "L07"})
        box, tubes = bench.freezer_box(name=name), bench.tubes(count)
        for tube in tubes:
            bench.place(tube, box)
        return box.barcode, tubes


def pick(session: Session, code: str, tube: str) -> None:
    pick_tube(session, code, tube, occurred_at=NOW, actor=SYSTEM, at=NOW)


def test_one_of_eight_who_pick_the_same_line_wins(opened: Database, rounds: range) -> None:
    for each in rounds:
        _box, tubes = filled(opened, 1, f"P{each}")
        with opened.transaction() as session:
            made = make_pick_list(session, MakePickList(codes=(WantedCode(1, tubes[0]),)), actor=SYSTEM, at=NOW)
        outcomes = race(opened, [partial(pick, code=made.view.list.code, tube=tubes[0])] * CLIENTS)
        assert len(winners(outcomes)) == 1
        assert set(refusals(outcomes)) == {"picking.already-picked"}


def test_eight_who_share_a_list_each_take_their_own(opened: Database) -> None:
    _box, tubes = filled(opened, CLIENTS, "shared")
    with opened.transaction() as session:
        codes = tuple(WantedCode(line, tube) for line, tube in enumerate(tubes, 1))
        code = make_pick_list(session, MakePickList(codes=codes), actor=SYSTEM, at=NOW).view.list.code
    outcomes = race(opened, [partial(pick, code=code, tube=tube) for tube in tubes])
    assert refusals(outcomes) == []
    with opened.read() as session:
        view = view_pick_list(session, get_pick_list(session, code))
    assert len(view.of(LineState.PICKED)) == CLIENTS


def test_one_of_eight_who_accept_an_audit_wins_and_the_box_is_counted_once(opened: Database, rounds: range) -> None:
    for each in rounds:
        box, tubes = filled(opened, 4, f"A{each}")
        begun = race(opened, [partial(begin_audit, command=BeginAudit(container=box), actor=SYSTEM, at=NOW)] * CLIENTS)
        [code] = {view.audit.code for view in winners(begun)}
        scans = [ScanTube(audit=code, code=tube, occurred_at=NOW) for tube in tubes]
        assert refusals(race(opened, [partial(scan_tube, command=scan, actor=SYSTEM, at=NOW) for scan in scans])) == []
        outcomes = race(opened, [partial(accept_audit, code=code, occurred_at=NOW, actor=SYSTEM, at=NOW)] * CLIENTS)
        assert [accepted.view.concordance for accepted in winners(outcomes)] == [100]
        assert set(refusals(outcomes)) == {"audits.ended"}
