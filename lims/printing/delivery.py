"""One printer's labels on their way: settled, waited for, handed over, round by round.

Each round looks at the tables anew. What was on its way when somebody died is settled first; then the printer is asked; what it has
printed is marked; and only to a printer that is ready, with nothing else on its way, the next is given.
"""

import logging
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress

from lims import clock
from lims.accounts.vocabulary import SYSTEM
from lims.db import Database
from lims.errors import LimsError
from lims.labels.drawing import known_templates
from lims.labels.templates import get_template
from lims.printing import leases, sending
from lims.printing.drawing import draw
from lims.printing.hosts import PrinterHosts
from lims.printing.ipp import Busy, JobFate, Refused
from lims.printing.lines import UNREACHABLE, Line, NobodyKnows, Standing, open_line
from lims.printing.printers import pause_printer
from lims.printing.rules import MOST_LABELS, check_printer
from lims.printing.sending import PrinterWork, WaitingJob
from lims.printing.service import stop_labels_of
from lims.printing.vocabulary import Fault, LabelPrint, LabelState, Printer, PrinterState

log = logging.getLogger("lims.printing")

SHORTEST_PAUSE_S = 0.02
LONGEST_PAUSE_S = 2.0
LONGEST_WHILE_BUSY_S = 0.2
RENEW_S = 5.0
GONE_S = 4.0
"""Out of reach for so long, a label printer may have been switched off, and with it what it held in its memory."""

SEE_OUT_S = 3.0

Fates = Mapping[int, JobFate]


class Delivery:
    """The work of one thread at one printer, under the printer's lease."""

    def __init__(self, database: Database, hosts: PrinterHosts, printer: Printer, worker: str, stop: threading.Event) -> None:
        self._database, self._hosts, self._worker, self._stop = database, hosts, worker, stop
        self._printer, self._line = printer, _open(printer, hosts)
        self._standing, self._noted_at = Standing(printer.state, printer.faults), float("-inf")
        self._out_of_reach_since: float | None = None
        self._hopeless: set[int] = set()
        """Labels of which the printer will never say that they are printed."""
        self._cannot_be_drawn: set[int] = set()
        self._pause_s = SHORTEST_PAUSE_S

    def run(self) -> PrinterWork | None:
        """Deliver until nothing is left that could go on. Gives the work that is left for a person; None where none is.

        :raises LeaseLost: another worker talks to the printer.
        """
        try:
            while not self._stop.is_set():
                with self._database.read() as session:
                    left = sending.work_of(session, self._printer.id)
                if left is None or not self._round():
                    return None if left is None else left.as_it_stands
            self._see_out()
        finally:
            self._line.close()
        return None

    def _see_out(self) -> None:
        """Asked to stop: what the printer prints at this moment is seen to its end, so that whoever comes after need not wonder."""
        until = time.monotonic() + SEE_OUT_S
        with suppress(NobodyKnows):
            while time.monotonic() < until:
                with self._database.read() as session:
                    under_way = [label for label in sending.list_on_their_way(session, self._printer.id) if label.state is LabelState.SENT]
                found = self._ask(under_way) if under_way else None
                if found is None or found[0].state not in {PrinterState.READY, PrinterState.BUSY}:
                    return
                printed = [label.id for label in under_way if found[1].get(label.id) is JobFate.DONE]
                with self._database.transaction() as session:
                    sending.mark_printed(session, printed, clock.now())
                time.sleep(SHORTEST_PAUSE_S)

    def _round(self) -> bool:
        """Whether there is more to do."""
        with self._database.read() as session:
            printer = sending.get_printer_by_id(session, self._printer.id)
            under_way = [label for label in sending.list_on_their_way(session, printer.id) if label.id not in self._hopeless]
            jobs = self._that_fit(printer, sending.list_waiting_jobs(session, printer.id))
        if not (under_way or jobs):
            return False
        if _speaks_otherwise(printer, self._printer):
            self._line.close()
            self._printer, self._line = printer, _open(printer, self._hosts)
        interrupted = [label for label in under_way if label.state is LabelState.SENDING]
        if interrupted and not self._line.remembers:
            return self._replace(interrupted)
        try:
            found = self._ask(under_way)
        except NobodyKnows:
            return self._replace(under_way)
        if found is None:
            return self._rest(LONGEST_PAUSE_S)
        return self._settle(*found, under_way) or self._go_on(*found, under_way, jobs)

    def _ask(self, under_way: Sequence[LabelPrint]) -> tuple[Standing, Fates] | None:
        """How the printer stands, and what became of its labels; None while it is not clear whether it can be reached.

        :raises NobodyKnows: what it was given may have come out, or not.
        """
        try:
            standing = self._line.ask()
            fates = self._line.fates(under_way, standing) if under_way and standing != UNREACHABLE else {}
        except OSError:
            standing, fates = UNREACHABLE, {}
        if standing == UNREACHABLE:
            self._out_of_reach_since = self._out_of_reach_since or time.monotonic()
            if time.monotonic() - self._out_of_reach_since < GONE_S:
                return None
        else:
            self._out_of_reach_since = None
            if self._standing == UNREACHABLE and under_way and not self._line.remembers:
                self._note(standing)
                raise NobodyKnows
        return standing, fates

    def _settle(self, standing: Standing, fates: Fates, under_way: Sequence[LabelPrint]) -> bool:
        """See to the labels somebody left on their way, and to those that will never arrive; whether there were any."""
        left = [label for label in under_way if label.state is LabelState.SENDING and label.id in fates]
        unsure = left if self._line.remembers else under_way
        unknown = [label for label in unsure if fates.get(label.id) is JobFate.UNKNOWN]
        if unknown:
            return self._replace(unknown)
        if left:
            with self._database.transaction() as session:
                sending.mark_sent(session, [label.id for label in left])
            return True
        lost = {label.id for label in under_way if fates.get(label.id) in {JobFate.LOST, JobFate.UNKNOWN}}
        if lost:
            self._hopeless |= lost
            self._note(Standing(PrinterState.NOT_READY, (*standing.faults, Fault.OTHER)))
        return bool(lost)

    def _go_on(self, standing: Standing, fates: Fates, under_way: Sequence[LabelPrint], jobs: Sequence[WaitingJob]) -> bool:
        """Mark what is printed; give the printer the next, if it is ready and has nothing else of ours."""
        printed = [label.id for label in under_way if fates.get(label.id) is JobFate.DONE]
        if standing.state is PrinterState.READY and jobs and len(printed) == len(under_way):
            return self._send_next(jobs[0], printed, standing)
        self._note(standing)
        if not printed:
            return self._rest(LONGEST_WHILE_BUSY_S if standing.state is PrinterState.BUSY else LONGEST_PAUSE_S)
        with self._database.transaction() as session:
            sending.mark_printed(session, printed, clock.now())
        return self._at_once()

    def _send_next(self, job: WaitingJob, printed: Sequence[int], standing: Standing) -> bool:
        with self._database.read() as session:
            labels, withdrawn = sending.find_next(session, job.id, 1 if self._printer.language == "zpl" else MOST_LABELS)
        if withdrawn:
            return self._stop_labels_of(withdrawn)
        document = self._draw(job, labels)
        at = clock.now()
        with self._database.transaction() as session:
            leases.renew(session, self._printer.id, self._worker, at, standing)
            sending.mark_printed(session, printed, at)
            claimed = sending.claim(session, labels, at) if document is not None else []
        self._standing, self._noted_at = standing, time.monotonic()
        if claimed and document is not None:
            self._hand_over(claimed, document)
        return self._at_once()

    def _hand_over(self, labels: Sequence[LabelPrint], document: bytes) -> None:
        """Give the printer labels that are ours to give. Where nobody knows whether it took them, the next round sees to it."""
        while True:
            try:
                self._line.send(labels, document)
                break
            except Busy:
                self._note(Standing(PrinterState.BUSY, ()))
            except Refused as error:
                if self._standing.state is PrinterState.READY:
                    log.warning("%s: %s", self._printer.name, error)
                self._note(Standing(PrinterState.NOT_READY, (Fault.OTHER,)))
            except OSError as error:
                log.warning("%s broke off: %s", self._printer.name, error)
                return
            if self._stop.wait(LONGEST_PAUSE_S) or not self._still_wanted(labels):
                return
        with self._database.transaction() as session:
            sending.mark_sent(session, [label.id for label in labels])

    def _still_wanted(self, labels: Sequence[LabelPrint]) -> bool:
        with self._database.read() as session:
            now = {label.id for label in sending.list_on_their_way(session, self._printer.id)}
        return all(label.id in now for label in labels)

    def _replace(self, labels: Sequence[LabelPrint]) -> bool:
        """Labels nobody knows about: copies follow."""
        at = clock.now()
        with self._database.transaction() as session:
            leases.renew(session, self._printer.id, self._worker, at)
            too_often = sending.replace_interrupted(session, labels, at)
        self._hopeless |= {label.id for label in labels}
        if too_often:
            with self._database.transaction() as session:
                pause_printer(session, self._printer.name, actor=SYSTEM, at=at, reason="the same label was interrupted again and again")
        return self._at_once()

    def _stop_labels_of(self, participants: set[int]) -> bool:
        with self._database.transaction() as session:
            for participant_id in participants:
                stop_labels_of(session, participant_id, clock.now())
        return self._at_once()

    def _that_fit(self, printer: Printer, jobs: Sequence[WaitingJob]) -> list[WaitingJob]:
        """The jobs this printer can print as it stands; others wait until their labels are loaded again."""
        return [job for job in jobs if job.id not in self._cannot_be_drawn and _fits(printer, job.template)]

    def _draw(self, job: WaitingJob, labels: Sequence[LabelPrint]) -> bytes | None:
        """Labels after the first of a job begin a fresh sheet; those that cannot be drawn wait for a person."""
        start = job.start if labels and labels[0].line == 1 else 1
        try:
            template = get_template(known_templates(), job.template)
            return draw(template, labels, format=self._printer.language, dpi=self._printer.dpi, start=start)
        except LimsError as error:
            log.warning("job %s cannot be drawn: %s", job.id, error)
            self._cannot_be_drawn.add(job.id)
            return None

    def _note(self, standing: Standing) -> None:
        """Keep the lease, and with it what the printer says; seldom where it says nothing new."""
        if standing == self._standing and time.monotonic() - self._noted_at < RENEW_S:
            return
        with self._database.transaction() as session:
            leases.renew(session, self._printer.id, self._worker, clock.now(), standing)
        self._standing, self._noted_at = standing, time.monotonic()

    def _at_once(self) -> bool:
        self._pause_s = SHORTEST_PAUSE_S
        return True

    def _rest(self, longest_s: float) -> bool:
        """Wait a little, and each time a little longer."""
        self._stop.wait(min(self._pause_s, longest_s))
        self._pause_s = min(self._pause_s * 1.5, longest_s)
        return True


def _open(printer: Printer, hosts: PrinterHosts) -> Line:
    line = open_line(printer, hosts)
    assert line is not None, "an office printer has no line"
    return line


def _speaks_otherwise(one: Printer, other: Printer) -> bool:
    """Whether a printer is spoken to in another way than before."""
    return (one.address, one.language, one.dpi) != (other.address, other.language, other.dpi)


def _fits(printer: Printer, name: str) -> bool:
    try:
        template = get_template(known_templates(), name)
        check_printer(printer, template, get_template(known_templates(), printer.stock).stock)
    except LimsError:
        return False
    return True
