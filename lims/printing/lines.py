"""A line to a printer, whatever its kind: ask how it stands, hand labels over, ask what became of them.

Two kinds of printers differ in what they remember. A label printer keeps labels in its memory alone, and cannot say which: if it was
switched off, or the line broke before it answered, nobody knows what came out. An IPP printer knows its jobs by name and number.
"""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from lims import clock
from lims.printing import zebra
from lims.printing.addresses import read_address
from lims.printing.hosts import PrinterHosts
from lims.printing.ipp import IppPrinter, JobFate
from lims.printing.printer_errors import HostNotAllowed, HostNotFound
from lims.printing.raw import RawConnection, Silent
from lims.printing.vocabulary import Fault, LabelPrint, Printer, PrinterKind, PrinterState


class Standing(NamedTuple):
    """How a printer stands."""

    state: PrinterState
    faults: tuple[Fault, ...]


RESTART_S = 4.0
"""So soon after it was given a label, a label printer that answers cannot have been switched off and on."""
UNREACHABLE = Standing(PrinterState.UNREACHABLE, ())


class NobodyKnows(Exception):
    """The line broke before the printer answered: what was handed over last came out, or did not."""


class Line(Protocol):
    """What the worker needs of a printer."""

    remembers: bool
    """Whether the printer can say later what became of a label."""

    def ask(self) -> Standing:
        """How it stands. That it cannot be reached is an answer, too.

        :raises NobodyKnows: the line broke before it took what was handed over.
        """

    def send(self, labels: Sequence[LabelPrint], document: bytes) -> None:
        """Hand labels over.

        :raises Busy: as :class:`Refused`: it took nothing.
        :raises OSError: nobody knows whether it took them.
        """

    def fates(self, labels: Sequence[LabelPrint], standing: Standing) -> dict[int, JobFate]:
        """What became of labels that were handed over, by their ids.

        :raises OSError: it cannot be reached.
        """

    def close(self) -> None:
        """Say goodbye; what was handed over still goes out."""


def open_line(printer: Printer, hosts: PrinterHosts) -> Line | None:
    """The line to a printer; None to one of a person's own. Connects when first used."""
    match printer.kind:
        case PrinterKind.RAW:
            return RawLine(hosts, printer.address)
        case PrinterKind.IPP:
            return IppLine(hosts, printer.address, printer.language)
        case PrinterKind.OFFICE:
            return None


class RawLine:
    """To a ZPL printer: one connection, kept while there is something to print."""

    remembers = False

    def __init__(self, hosts: PrinterHosts, address: str) -> None:
        self._hosts, self._address = hosts, read_address(PrinterKind.RAW, address)
        self._connection: RawConnection | None = None
        self._unanswered = False
        self._held_labels = False
        """Whether it was given labels on this line, or said that it holds some: it has not been switched off since."""

    def ask(self) -> Standing:
        if self._connection is not None:
            try:
                return self._ask(self._connection)
            except OSError as error:
                self.close()
                if self._unanswered:
                    self._unanswered = False
                    raise NobodyKnows from error
        try:
            self._connection = RawConnection(self._hosts, self._address.host, self._address.port)
            return self._ask(self._connection)
        except (OSError, HostNotAllowed, HostNotFound):
            self.close()
            return UNREACHABLE

    def send(self, labels: Sequence[LabelPrint], document: bytes) -> None:
        if self._connection is None:
            raise ConnectionError("there is no connection")
        self._connection.write(document)
        self._unanswered = self._held_labels = True

    def fates(self, labels: Sequence[LabelPrint], standing: Standing) -> dict[int, JobFate]:
        """Once it has nothing left to print and no fault, all that it was given has come out; unless it may have been switched off
        since, while nobody was here to see it: then nobody knows."""
        if standing.state is not PrinterState.READY:
            return {label.id: JobFate.UNDER_WAY for label in labels}
        return {label.id: JobFate.DONE if self._held_labels or _just_given(label) else JobFate.UNKNOWN for label in labels}

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _ask(self, connection: RawConnection) -> Standing:
        try:
            status = zebra.read_host_status(connection.ask(zebra.HOST_STATUS, zebra.HOST_STATUS_STRINGS))
        except Silent:
            return Standing(PrinterState.NOT_READY, self._errors(connection) or (Fault.SILENT,))
        except zebra.NotUnderstood:
            return Standing(PrinterState.NOT_READY, (Fault.OTHER,))
        self._unanswered = False
        self._held_labels |= not status.idle
        if status.state is PrinterState.READY:
            return Standing(PrinterState.READY, ())
        faults = tuple(dict.fromkeys((*status.faults, *self._errors(connection))))
        return Standing(PrinterState.NOT_READY if faults else PrinterState.BUSY, faults)

    def _errors(self, connection: RawConnection) -> tuple[Fault, ...]:
        """What ``~HQES`` names besides; a printer that does not know it, or is silent, names nothing."""
        try:
            return zebra.read_errors(connection.ask(zebra.ERRORS, zebra.ERRORS_STRINGS))
        except (Silent, zebra.NotUnderstood):
            return ()


def _just_given(label: LabelPrint) -> bool:
    return label.sent_at is not None and (clock.now() - label.sent_at).total_seconds() < RESTART_S


class IppLine:
    """To an IPP printer. Labels that left the queue together are one job there, under a name no other labels have."""

    remembers = True

    def __init__(self, hosts: PrinterHosts, address: str, language: str) -> None:
        self._printer = IppPrinter(hosts, read_address(PrinterKind.IPP, address), language)
        self._jobs: dict[str, int] = {}

    def ask(self) -> Standing:
        try:
            return Standing(*self._printer.ask())
        except (OSError, HostNotAllowed, HostNotFound):
            return UNREACHABLE

    def send(self, labels: Sequence[LabelPrint], document: bytes) -> None:
        name = _job_name(labels[0])
        self._jobs[name] = self._printer.print_job(name, document)

    def fates(self, labels: Sequence[LabelPrint], standing: Standing) -> dict[int, JobFate]:
        names = {label.id: _job_name(label) for label in labels}
        if any(name not in self._jobs for name in names.values()):
            self._jobs |= self._printer.jobs()
        known = {name: self._printer.fate_of(self._jobs[name]) for name in set(names.values()) if name in self._jobs}
        return {label_id: known.get(name, JobFate.UNKNOWN) for label_id, name in names.items()}

    def close(self) -> None:
        """Each call had a connection of its own."""


def _job_name(label: LabelPrint) -> str:
    """Also told by the instant it left the queue, so that another laboratory's job of that number is not taken for it."""
    assert label.sent_at is not None
    return f"lims job {label.job_id} of {clock.iso(label.sent_at)}"
