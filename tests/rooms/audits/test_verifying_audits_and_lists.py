"""Verifying names an audit, a pick list or a missing tube that somebody changed past the ledger."""

import pytest
from sqlalchemy import text

from lims.accounts.vocabulary import SYSTEM
from lims.audits.service import accept_audit, begin_audit, scan_tube
from lims.audits.vocabulary import BeginAudit, ScanTube
from lims.checks import ledger_checks
from lims.custody.verification import verify
from lims.picking.service import make_pick_list
from lims.picking.taking import mark_not_found, pick_tube, take_instead
from lims.picking.vocabulary import MakePickList, WantedCode
from tests.support.bench import Bench


@pytest.fixture
def worked(bench: Bench) -> Bench:
    """A box of four: an audit accepted with a tube missing, a list with one picked, one given up and replaced."""
    box, tubes = bench.freezer_box(), bench.tubes(4)
    for tube in tubes:
        bench.place(tube, box)
    audit = begin_audit(bench.session, BeginAudit(container=box.barcode), actor=SYSTEM, at=bench.at).audit.code
    for code in (*tubes[:3], "NOBODY-1"):
        scan_tube(bench.session, ScanTube(audit=audit, code=code, occurred_at=bench.at), actor=SYSTEM, at=bench.at)
    accept_audit(bench.session, audit, occurred_at=bench.at, actor=SYSTEM, at=bench.at)
    codes = tuple(WantedCode(line, tube) for line, tube in enumerate(tubes[:2], 1))
    picks = make_pick_list(bench.session, MakePickList(codes=codes), actor=SYSTEM, at=bench.at).view.list.code
    pick_tube(bench.session, picks, tubes[0], occurred_at=bench.at, actor=SYSTEM, at=bench.at)
    mark_not_found(bench.session, picks, 2, occurred_at=bench.at, actor=SYSTEM, at=bench.at)
    take_instead(bench.session, picks, 2, tubes[2], actor=SYSTEM, at=bench.at)
    return bench


def differences(bench: Bench) -> list[str]:
    return [difference.sentence for difference in verify(bench.session, ledger_checks())]


def test_what_nobody_touched_is_clean(worked: Bench) -> None:
    assert differences(worked) == []


@pytest.mark.parametrize(
    ("edit", "told"),
    [
        ("UPDATE specimen SET missing = FALSE", "missing is False, its events say True"),
        ("UPDATE container SET audited_at = NULL WHERE audited_at IS NOT NULL", "audited_at not as its events say"),
        ("UPDATE audit SET accepted = FALSE", "accepted is False, its events say True"),
        ("UPDATE audit_line SET found = 'here' WHERE found = 'missing'", "is here, its events say missing"),
        ('UPDATE audit_line SET "column" = 7 WHERE "column" = 0', "column of specimen"),
        ("DELETE FROM audit_line WHERE found = 'missing'", "is not in it, its events say otherwise"),
        ("DELETE FROM audit_unknown", "the codes nobody knew are []"),
        ("UPDATE pick_list SET minutes_out = 99", "minutes_out is 99, its events say 10"),
        ("DELETE FROM pick", "event_id of line 1 is None, its events say"),
        ("UPDATE pick_line SET not_found_at = NULL", "not_found_at of line 2 is None"),
        ("DELETE FROM pick_line WHERE line = 3", "specimen_id of line 3 is None"),
    ],
)
def test_an_edit_is_named(worked: Bench, edit: str, told: str) -> None:
    worked.session.execute(text(edit))
    assert any(told in sentence for sentence in differences(worked)), differences(worked)
