"""Labels asked for and sent: tubes with a job for a stand-in, a worker that runs while a block lasts, and what became of the labels."""

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import select

from lims import clock
from lims.checks import ledger_checks
from lims.custody.verification import verify
from lims.db import Database, table_of
from lims.printing.models import LabelPrintRow
from lims.printing.queries import LABEL_COLUMNS, label_from
from lims.printing.vocabulary import LabelPrint, LabelState, PrinterKind, VoidReason
from lims.printing.worker import run_worker
from lims.settings import Settings
from tests.factories import printing, trial

PATIENCE_S = 120
HERE = ("127.0.0.1",)
_LABEL = table_of(LabelPrintRow).c
ALREADY_OUT = {LabelState.SENT, LabelState.PRINTED, LabelState.VERIFIED}


def ask_for_labels(database: Database, address: str, count: int, *, name: str = "bench", kind: PrinterKind = PrinterKind.RAW) -> int:
    """The trial with so many tubes, a printer at that address, and a job of their labels; the job's id."""
    with database.transaction() as session:
        trial.begin(session)
        tubes = trial.divide(session, trial.tube(session).barcode, count, amount=1)
        printing.printer(session, name, kind=kind, address=address, language="zpl" if kind is PrinterKind.RAW else "pdf")
        return printing.ask(session, [tube.barcode for tube in tubes], on=name, at=clock.now())


@contextmanager
def working(database: Database, workers: int = 1, hosts: Sequence[str] = HERE) -> Iterator[None]:
    """So many workers in threads of this process, until the block ends."""
    stop, settings = threading.Event(), Settings(Path("/nowhere"), str(database.url), b"k" * 32, printer_hosts=tuple(hosts))
    threads = [threading.Thread(target=run_worker, args=(database, settings, stop)) for _ in range(workers)]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def labels_in(database: Database) -> list[LabelPrint]:
    """Every label of every job, in the order of jobs and lines."""
    with database.read() as session:
        return [label_from(row) for row in session.execute(select(*LABEL_COLUMNS).order_by(_LABEL.job_id, _LABEL.line))]


def states_in(database: Database) -> Counter[LabelState]:
    """How many labels are in each state."""
    return Counter(label.state for label in labels_in(database))


def wait_until(so: Callable[[], bool], seconds: float = PATIENCE_S) -> None:
    """Look again and again, until it is so."""
    until = time.monotonic() + seconds
    while not so():
        assert time.monotonic() < until, "it did not come to that"
        time.sleep(0.02)


def wait_for_states(database: Database, **wanted: int) -> None:
    """Until so many labels are in these states, and none in another."""
    counts = {LabelState(state): count for state, count in wanted.items()}
    try:
        wait_until(lambda: states_in(database) == counts)
    except AssertionError:
        raise AssertionError(f"{dict(states_in(database))}, not {counts}") from None


def check_none_lost_none_doubled(database: Database, printed: Sequence[str]) -> None:
    """What came out, against the books: each thing has one label that counts, and it came out once; another came out only if it is void."""
    labels, came_out = labels_in(database), Counter(printed)
    by_symbol = {label.symbol: label for label in labels if label.sent_at is not None}
    assert set(came_out) <= set(by_symbol), "nothing came out that nobody asked for"
    assert max(came_out.values(), default=1) == 1, "no symbol came out twice"
    live = [label for label in labels if label.state is not LabelState.VOID]
    assert len({label.subject_id for label in live}) == len(live) == len({label.subject_id for label in labels})
    assert [label.symbol for label in live if label.state in ALREADY_OUT and not came_out[label.symbol]] == []
    for symbol in came_out:
        label = by_symbol[symbol]
        assert label.state in ALREADY_OUT or label.void_reason is VoidReason.INTERRUPTED, f"{symbol} came out and is {label.state}"
    check_books(database)


def check_books(database: Database) -> None:
    """Whatever was printed, the ledger verifies."""
    with database.snapshot() as session:
        assert [str(each) for each in verify(session, ledger_checks())] == []
