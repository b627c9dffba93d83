"""The worker: sees once a second for which printers there is work, and gives each of those a thread until its work is done.

A printer's thread holds the printer's lease, and goes by what the tables say, never by what it remembers: so it may be killed at any
step, and whoever comes after goes on from there. A slow or silent printer holds up its own thread and nobody else.
"""

import atexit
import logging
import threading
from collections.abc import Sequence
from contextlib import suppress

from sqlalchemy.exc import DBAPIError

from lims import clock
from lims.db import Database
from lims.errors import LimsError
from lims.printing import leases, sending
from lims.printing.delivery import Delivery
from lims.printing.hosts import PrinterHosts
from lims.printing.leases import LeaseLost
from lims.printing.sending import PrinterWork
from lims.settings import Settings

log = logging.getLogger("lims.printing")

LOOK_S = 1.0
GOODBYE_S = 10.0


def run_worker(database: Database, settings: Settings, stop: threading.Event) -> None:
    """Print what is asked for until ``stop`` is set; then what is on its way is handed over, and nothing more.

    Any number of workers may run, in as many processes.
    """
    worker, hosts = leases.worker_name(), PrinterHosts.of(settings.printer_hosts)
    threads: dict[int, PrinterThread] = {}
    while not stop.is_set():
        for work in _look(database):
            former = threads.get(work.id)
            if former is not None and (former.is_alive() or former.gave_up_on == work.as_it_stands):
                continue
            if leases.is_free(work.leased_by, work.leased_until, worker, clock.now()):
                threads[work.id] = PrinterThread(database, hosts, work.id, worker, stop)
                threads[work.id].start()
        stop.wait(LOOK_S)
    for thread in threads.values():
        thread.join(GOODBYE_S)


def run_beside(database: Database, settings: Settings) -> None:
    """The same in a thread beside a serving process, to the end of that process, which waits until what is on its way is handed over."""
    stop = threading.Event()
    worker = threading.Thread(target=run_worker, args=(database, settings, stop), name="print worker", daemon=True)

    def say_goodbye() -> None:
        stop.set()
        worker.join(GOODBYE_S)

    atexit.register(say_goodbye)
    worker.start()


class PrinterThread(threading.Thread):
    """One printer's labels, until there are no more that could go on. ``gave_up_on`` is the work left for a person."""

    def __init__(self, database: Database, hosts: PrinterHosts, printer_id: int, worker: str, stop: threading.Event) -> None:
        super().__init__(name=f"printer {printer_id}", daemon=True)
        self._database, self._hosts, self._printer_id = database, hosts, printer_id
        self._worker, self._stop_it = worker, stop
        self.gave_up_on: PrinterWork | None = None

    def run(self) -> None:
        try:
            with self._database.transaction() as session:
                printer = leases.lease(session, self._printer_id, self._worker, clock.now())
            if printer is not None:
                delivery = Delivery(self._database, self._hosts, printer, self._worker, self._stop_it)
                try:
                    self.gave_up_on = delivery.run()
                finally:
                    self._let_go()
        except LeaseLost:
            log.warning("another worker talks to printer %s now", self._printer_id)
        except (LimsError, DBAPIError) as error:
            log.warning("printer %s is left for a moment: %s", self._printer_id, error)

    def _let_go(self) -> None:
        with suppress(LimsError, DBAPIError), self._database.transaction() as session:
            leases.release(session, self._printer_id, self._worker)


def _look(database: Database) -> Sequence[PrinterWork]:
    """Where there is work; nothing while the database is away, or has not got its tables yet."""
    try:
        with database.read() as session:
            return sending.list_work(session)
    except (LimsError, DBAPIError) as error:
        log.warning("the print queue cannot be read: %s", type(error).__name__)
        return ()
