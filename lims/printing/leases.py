"""Who talks to a printer: one worker at a time, by a lease on the printer's row that it renews; who has died is followed at once."""

import os
import secrets
import socket
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Session

from lims.db import table_of
from lims.printing.lines import Standing
from lims.printing.models import PrinterRow
from lims.printing.queries import printer_from
from lims.printing.vocabulary import Fault, Printer

LEASE = timedelta(seconds=20)

_PRINTERS = table_of(PrinterRow)
_PRINTER = _PRINTERS.c
_HELD = select(_PRINTERS).where(_PRINTER.id == bindparam("printer_id")).with_for_update()
_TAKE = update(_PRINTERS).where(_PRINTER.id == bindparam("printer_id"))
_MINE = _TAKE.where(_PRINTER.leased_by == bindparam("worker"))


class LeaseLost(Exception):
    """Another worker talks to the printer now: this one was away for too long."""


def worker_name() -> str:
    """A name no other worker has, by which others on the same machine can tell whether it still lives: machine, process, chance."""
    return f"{_machine()}:{os.getpid()}:{secrets.token_hex(4)}"


def lease(session: Session, printer_id: int, worker: str, at: datetime) -> Printer | None:
    """Become the one who talks to a printer; None while somebody else is."""
    row = session.execute(_HELD, {"printer_id": printer_id}).one()
    if not is_free(row.leased_by, row.leased_until, worker, at):
        return None
    session.execute(_TAKE.values(leased_by=worker, leased_until=at + LEASE), {"printer_id": printer_id})
    return printer_from(row)


def is_free(leased_by: str | None, leased_until: datetime | None, worker: str, at: datetime) -> bool:
    """Whether ``worker`` may take a lease that stands so."""
    return leased_by is None or leased_by == worker or leased_until is None or leased_until <= at or _is_dead(leased_by)


def renew(session: Session, printer_id: int, worker: str, at: datetime, standing: Standing | None = None) -> None:
    """Stay the one who talks to it; with it goes how it stands, where it was asked.

    :raises LeaseLost: somebody else is.
    """
    told = {} if standing is None else {"state": standing.state, "faults": _in_words(standing.faults), "asked_at": at}
    kept = session.execute(
        _MINE.values(leased_until=at + LEASE, **told).returning(_PRINTER.id), {"printer_id": printer_id, "worker": worker}
    )
    if kept.one_or_none() is None:
        raise LeaseLost


def release(session: Session, printer_id: int, worker: str) -> None:
    """Let others talk to it."""
    session.execute(_MINE.values(leased_by=None, leased_until=None), {"printer_id": printer_id, "worker": worker})


def note_standing(session: Session, printer_id: int, standing: Standing, at: datetime) -> None:
    """How a printer said it stands, asked by somebody who is not the worker; while a worker talks to it, that one knows better."""
    told = {"state": standing.state, "faults": _in_words(standing.faults), "asked_at": at}
    nobody = _PRINTER.leased_by.is_(None) | (_PRINTER.leased_until <= at)
    session.execute(_TAKE.where(nobody).values(**told), {"printer_id": printer_id})


def _in_words(faults: Sequence[Fault]) -> str:
    return " ".join(faults)


def _is_dead(leased_by: str) -> bool:
    """Whether that worker was a process of this machine that is there no more."""
    machine, pid, _ = leased_by.rsplit(":", 2)
    if machine != _machine():
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False


def _machine() -> str:
    """This machine, or container: process numbers mean something only among those that share them."""
    numbers = Path("/proc/self/ns/pid")
    return f"{socket.gethostname()}/{numbers.stat().st_ino if numbers.exists() else 0}".replace(":", ".")
