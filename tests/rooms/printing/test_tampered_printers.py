"""Whatever is edited behind the service's back of a printer, ``verify`` names."""

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from lims.accounts.vocabulary import SYSTEM
from lims.checks import ledger_checks
from lims.custody.verification import verify
from lims.printing.hosts import PrinterHosts
from lims.printing.printers import add_printer, change_printer, load_stock, pause_printer, resume_printer, retire_printer
from lims.printing.vocabulary import PrinterKind
from tests.factories.trial import NOW, begin
from tests.support.tampering import edit, take_guards_away

HOSTS = PrinterHosts.of(["127.0.0.1"])


@pytest.fixture
def printers(session: Session) -> dict[str, int]:
    """Three printers by name: one changed, paused and let go on; one paused; one retired. All that is kept of them verifies."""
    begin(session)
    made = {}
    for name in ("bench", "paused", "old"):
        printer = add_printer(
            session, name=name, kind=PrinterKind.RAW, address="127.0.0.1:9100", stock="cryo-wrap", actor=SYSTEM, at=NOW, hosts=HOSTS
        )
        made[name] = printer.id
    later = NOW + timedelta(minutes=1)
    change_printer(session, "bench", address="127.0.0.1:9101", dpi=600, actor=SYSTEM, at=later, hosts=HOSTS)
    load_stock(session, "bench", "box", actor=SYSTEM, at=later)
    pause_printer(session, "bench", actor=SYSTEM, at=later)
    resume_printer(session, "bench", actor=SYSTEM, at=later)
    pause_printer(session, "paused", actor=SYSTEM, at=later, reason="it smokes")
    retire_printer(session, "old", actor=SYSTEM, at=later, reason="worn out")
    assert [str(each) for each in verify(session, ledger_checks())] == []
    take_guards_away(session)
    return made


@pytest.mark.parametrize(
    ("change", "of", "said"),
    [
        ("name = 'other'", "bench", "its name is other, its events say bench"),
        ("kind = 'ipp'", "bench", "its kind is ipp, its events say raw"),
        ("address = '10.0.0.1:9100'", "bench", "its address is 10.0.0.1:9100, its events say 127.0.0.1:9101"),
        ("dpi = 300", "bench", "its dpi is 300, its events say 600"),
        ("stock = 'cryo-wrap'", "bench", "its stock is cryo-wrap, its events say box"),
        ("language = 'pdf'", "bench", "its language is pdf, its events say zpl"),
        ("paused = true", "bench", "its paused is True, its events say False"),
        ("paused = false", "paused", "its paused is False, its events say True"),
        ("retired_at = NULL", "old", "its retired_at is None, its events say 2026"),
    ],
)
def test_an_edited_printer_is_named(session: Session, printers: dict[str, int], change: str, of: str, said: str) -> None:
    edit(session, f"UPDATE printer SET {change} WHERE id = :id", id=printers[of])
    found = [str(each) for each in verify(session, ledger_checks())]
    assert len(found) == 1, found
    assert found[0].startswith(f"printer {printers[of]}: {said}")


def test_a_printer_that_is_gone_is_named(session: Session, printers: dict[str, int]) -> None:
    edit(session, "DELETE FROM printer WHERE id = :id", id=printers["old"])
    assert f"printer {printers['old']}: it has events and no row" in [str(each) for each in verify(session, ledger_checks())]
