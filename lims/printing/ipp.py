"""An IPP printer: asked for its state, given a job, asked what became of it (RFC 8011). HTTP is the standard library's.

Libraries were looked at: pyipp only watches printers and is asynchronous, pycups needs CUPS installed; none connects to an
address that was judged before. A job carries a name of ours, so that after a crash the printer itself can say whether it has it.
"""

import http.client
import itertools
from collections.abc import Sequence
from enum import Enum, IntEnum

from lims.printing.addresses import PrinterAddress
from lims.printing.hosts import PrinterHosts
from lims.printing.ipp_wire import Answer, Attributes, NotIpp, Operation, Tag, Value, number, read_answer, texts, write_request
from lims.printing.vocabulary import Fault, PrinterState

ANSWER_S = 10.0
_LARGEST_ANSWER = 4 * 1024 * 1024
_USER = "lims"
_MIME_TYPES = {"pdf": ("application/pdf",), "zpl": ("application/vnd.zebra-zpl", "application/octet-stream")}
_BUSY = 0x0507
_IDLE, _STOPPED = 3, 5
_FAULTS = {
    "media-empty": Fault.MEDIA_OUT,
    "media-needed": Fault.MEDIA_OUT,
    "media-jam": Fault.MEDIA_JAM,
    "marker-supply-empty": Fault.RIBBON_OUT,
    "toner-empty": Fault.RIBBON_OUT,
    "cover-open": Fault.HEAD_OPEN,
    "door-open": Fault.HEAD_OPEN,
    "interlock-open": Fault.HEAD_OPEN,
    "paused": Fault.PAUSED,
    "moving-to-paused": Fault.PAUSED,
    "shutdown": Fault.STOPPED,
    "spool-area-full": Fault.MEMORY,
}

_Asked = tuple[Tag, str, Value | Sequence[str]]


class JobState(IntEnum):
    """The last states of a job, as RFC 8011 numbers them."""

    CANCELED = 7
    ABORTED = 8
    COMPLETED = 9


class JobFate(Enum):
    """What became of a job at the printer."""

    DONE = "done"
    UNDER_WAY = "under way"
    LOST = "lost"
    """Cancelled or aborted there."""
    UNKNOWN = "unknown"
    """The printer knows of no such job."""


class Busy(Exception):
    """It does another job, and took nothing."""


class Refused(Exception):
    """It took nothing, and says why by a status."""

    def __init__(self, status: int) -> None:
        super().__init__(f"the printer refuses with status {status:#06x}")
        self.status = status


class IppPrinter:
    """One printer by its ``ipp://`` address. Each call is a connection of its own, to an address judged at that moment.

    Every method raises ``OSError`` where the printer cannot be reached, breaks off, or is no IPP printer, and ``HostNotAllowed``.
    """

    def __init__(self, hosts: PrinterHosts, address: PrinterAddress, language: str) -> None:
        self._hosts, self._address, self._formats = hosts, address, _MIME_TYPES[language]
        self._format = self._formats[0]
        self._numbers = itertools.count(1)

    def ask(self) -> tuple[PrinterState, tuple[Fault, ...]]:
        """How it stands, and whether it takes what we would send."""
        wanted = ("printer-state", "printer-state-reasons", "printer-is-accepting-jobs", "document-format-supported")
        answer = self._call(Operation.GET_PRINTER_ATTRIBUTES, [(Tag.KEYWORD, "requested-attributes", wanted)])
        printer = answer.first(Tag.PRINTER)
        state, faults = number(printer, "printer-state"), read_faults(printer)
        taken = [each for each in self._formats if each in texts(printer, "document-format-supported")]
        if not answer.is_good or state is None or not taken:
            return PrinterState.NOT_READY, (*faults, Fault.OTHER)
        self._format = taken[0]
        if faults:
            return PrinterState.NOT_READY, faults
        return (PrinterState.READY if state == _IDLE else PrinterState.BUSY), ()

    def print_job(self, name: str, document: bytes) -> int:
        """The number the printer gives the job.

        :raises Busy: it took nothing, and will later.
        :raises Refused: it took nothing.
        """
        answer = self._call(Operation.PRINT_JOB, [(Tag.NAME, "job-name", name), (Tag.MIME_TYPE, "document-format", self._format)], document)
        if answer.status == _BUSY:
            raise Busy
        job_id = number(answer.first(Tag.JOB), "job-id")
        if not answer.is_good or job_id is None:
            raise Refused(answer.status)
        return job_id

    def fate_of(self, job_id: int) -> JobFate:
        """What became of a job."""
        answer = self._call(Operation.GET_JOB_ATTRIBUTES, [(Tag.KEYWORD, "requested-attributes", "job-state")], job_id=job_id)
        if not answer.is_good:
            return JobFate.UNKNOWN
        match number(answer.first(Tag.JOB), "job-state"):
            case JobState.COMPLETED:
                return JobFate.DONE
            case JobState.CANCELED | JobState.ABORTED:
                return JobFate.LOST
            case _:
                return JobFate.UNDER_WAY

    def jobs(self) -> dict[str, int]:
        """The jobs it knows of, done or not: their names and numbers."""
        found: dict[str, int] = {}
        for which in ("completed", "not-completed"):
            asked: list[_Asked] = [(Tag.KEYWORD, "which-jobs", which), (Tag.KEYWORD, "requested-attributes", ("job-id", "job-name"))]
            for group, attributes in self._call(Operation.GET_JOBS, asked).groups:
                job_id, names = number(attributes, "job-id"), texts(attributes, "job-name")
                if group == Tag.JOB and job_id is not None and names:
                    found[names[0]] = job_id
        return found

    def _call(self, operation: Operation, asked: Sequence[_Asked], document: bytes = b"", job_id: int | None = None) -> Answer:
        target: list[_Asked] = [(Tag.URI, "printer-uri", self._address.text)] + (
            [(Tag.INTEGER, "job-id", job_id)] if job_id is not None else []
        )
        written = write_request(operation, next(self._numbers), [*target, (Tag.NAME, "requesting-user-name", _USER), *asked])
        connection = http.client.HTTPConnection(self._address.host, self._address.port)
        connection.sock = self._hosts.connect(self._address.host, self._address.port)
        connection.sock.settimeout(ANSWER_S)
        try:
            connection.request("POST", self._address.path, written + document, {"Content-Type": "application/ipp", "Connection": "close"})
            response = connection.getresponse()
            message = response.read(_LARGEST_ANSWER)
        except http.client.HTTPException as error:
            raise ConnectionError("what answers is no IPP printer, or it broke off") from error
        finally:
            connection.close()
        try:
            return read_answer(message)
        except NotIpp as error:
            raise ConnectionError(f"what answers is no IPP printer (HTTP status {response.status})") from error


def read_faults(printer: Attributes) -> tuple[Fault, ...]:
    """What keeps it from printing. Reasons may end in ``-error``, ``-warning`` or ``-report``; the last two keep nothing up."""
    faults = []
    for reason in texts(printer, "printer-state-reasons"):
        plain = reason.removesuffix("-error")
        if plain in _FAULTS:
            faults.append(_FAULTS[plain])
        elif plain != reason:
            faults.append(Fault.OTHER)
    stands = number(printer, "printer-state") == _STOPPED or printer.get("printer-is-accepting-jobs") == [False]
    if stands and not faults:
        faults.append(Fault.STOPPED)
    return tuple(dict.fromkeys(faults))
