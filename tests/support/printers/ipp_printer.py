"""An IPP printer on a real port (RFC 8010 and 8011, as far as printing needs): takes documents, prints them one after the other.

It can be busy, stand still for a reason, give a job up, break off before it answers, forget its jobs.
"""

import struct
import threading
import time
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType

from lims.printing.ipp_wire import Attributes, Operation, Tag, Value, read_answer, texts

_OK, _BUSY, _NOT_FOUND, _NO_SUCH_FORMAT = 0x0000, 0x0507, 0x0406, 0x040A
_IDLE, _PROCESSING, _STOPPED = 3, 4, 5
_PENDING, _AT_WORK, _ABORTED, _COMPLETED = 3, 5, 8, 9
_Attribute = tuple[int, str, list[Value]]


@dataclass
class Job:
    """A document the printer took."""

    number: int
    name: str
    format: str
    document: bytes
    state: int = _PENDING


class IppStandIn:
    """One printer, listening until it is closed. ``jobs`` are all it took, in order."""

    def __init__(self, seconds_per_job: float = 0.0, formats: tuple[str, ...] = ("application/pdf", "application/octet-stream")) -> None:
        self.seconds_per_job, self.formats = seconds_per_job, formats
        self.jobs: list[Job] = []
        self.busy_times = 0
        """How many of the next jobs it refuses because it does another."""
        self.reasons: list[str] = []
        """What keeps it from printing; it takes jobs all the same, as many do."""
        self.aborts = False
        self.breaks_off = 0
        """To how many of the next jobs it takes it gives no answer."""
        self.swallows = 0
        """How many of the next jobs it reads, and forgets without an answer."""
        self._changed = threading.Condition()
        self._closed = False
        self._server = _Server(("127.0.0.1", 0), _handler_of(self))
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        threading.Thread(target=self._print, daemon=True).start()

    @property
    def address(self) -> str:
        return f"ipp://127.0.0.1:{self._server.server_address[1]}/ipp/print"

    @property
    def printed(self) -> list[Job]:
        return [job for job in self.jobs if job.state == _COMPLETED]

    def clear(self) -> None:
        """Somebody sees to what kept it from printing."""
        with self._changed:
            self.reasons, self.aborts = [], False
            self._changed.notify_all()

    def close(self) -> None:
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        self._server.shutdown()
        self._server.server_close()

    def __enter__(self) -> "IppStandIn":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def answer(self, message: bytes) -> bytes | None:
        """What it says to a request; None where it breaks off."""
        head, document = _parts(message)
        asked = read_answer(head)
        attributes = asked.first(Tag.OPERATION)
        with self._changed:
            match asked.status:
                case Operation.GET_PRINTER_ATTRIBUTES:
                    return _written(_OK, message, [(Tag.PRINTER, self._about_itself())])
                case Operation.PRINT_JOB:
                    return self._take(message, attributes, document)
                case Operation.GET_JOB_ATTRIBUTES:
                    found = [job for job in self.jobs if [job.number] == attributes.get("job-id")]
                    return _written(_OK if found else _NOT_FOUND, message, [(Tag.JOB, _about(job)) for job in found])
                case Operation.GET_JOBS:
                    done = texts(attributes, "which-jobs") == ["completed"]
                    found = [job for job in self.jobs if (job.state in {_ABORTED, _COMPLETED}) == done]
                    return _written(_OK, message, [(Tag.JOB, _about(job)) for job in found])
                case _:
                    return _written(0x0501, message, [])

    def _about_itself(self) -> list[_Attribute]:
        at_work = any(job.state in {_PENDING, _AT_WORK} for job in self.jobs)
        state = _STOPPED if self.reasons else _PROCESSING if at_work else _IDLE
        return [
            (Tag.ENUM, "printer-state", [state]),
            (Tag.KEYWORD, "printer-state-reasons", [*self.reasons] or ["none"]),
            (Tag.BOOLEAN, "printer-is-accepting-jobs", [True]),
            (Tag.MIME_TYPE, "document-format-supported", [*self.formats]),
        ]

    def _take(self, message: bytes, attributes: Attributes, document: bytes) -> bytes | None:
        if self.busy_times:
            self.busy_times -= 1
            return _written(_BUSY, message, [])
        (format_,) = texts(attributes, "document-format")
        if format_ not in self.formats:
            return _written(_NO_SUCH_FORMAT, message, [])
        if self.swallows:
            self.swallows -= 1
            return None
        job = Job(len(self.jobs) + 1, texts(attributes, "job-name")[0], format_, document)
        self.jobs.append(job)
        self._changed.notify_all()
        if self.breaks_off:
            self.breaks_off -= 1
            return None
        return _written(_OK, message, [(Tag.JOB, _about(job))])

    def _print(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._closed or (not self.reasons and any(job.state == _PENDING for job in self.jobs)))
                if self._closed:
                    return
                job = next(job for job in self.jobs if job.state == _PENDING)
                job.state = _AT_WORK
            time.sleep(self.seconds_per_job)
            job.state = _ABORTED if self.aborts else _COMPLETED


class _Server(ThreadingHTTPServer):
    daemon_threads = True


def _handler_of(printer: IppStandIn) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            answer = printer.answer(self.rfile.read(int(self.headers["Content-Length"])))
            if answer is None:
                self.close_connection = True
                return
            self.send_response(200)
            self.send_header("Content-Type", "application/ipp")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, format: str, *args: object) -> None:
            """Nothing."""

    return Handler


def _about(job: Job) -> list[_Attribute]:
    return [(Tag.INTEGER, "job-id", [job.number]), (Tag.NAME, "job-name", [job.name]), (Tag.ENUM, "job-state", [job.state])]


def _parts(message: bytes) -> tuple[bytes, bytes]:
    """The attributes, and the document behind them."""
    at = 8
    while message[at] != Tag.END:
        if message[at] < 0x10:
            at += 1
            continue
        at += 1
        for _ in ("name", "value"):
            (length,) = struct.unpack(">H", message[at : at + 2])
            at += 2 + length
    return message[: at + 1], message[at + 1 :]


def _written(status: int, asked: bytes, groups: list[tuple[Tag, list[_Attribute]]]) -> bytes:
    always: list[_Attribute] = [(Tag.CHARSET, "attributes-charset", ["utf-8"]), (Tag.LANGUAGE, "attributes-natural-language", ["en"])]
    body = b"".join(bytes([tag]) + b"".join(map(_attribute, attributes)) for tag, attributes in [(Tag.OPERATION, always), *groups])
    return b"\x01\x01" + struct.pack(">H", status) + asked[4:8] + body + bytes([Tag.END])


def _attribute(attribute: _Attribute) -> bytes:
    tag, name, values = attribute
    written = b""
    for place, value in enumerate(values):
        if isinstance(value, bool):
            body = bytes([value])
        elif isinstance(value, int):
            body = struct.pack(">i", value)
        else:
            body = value.encode() if isinstance(value, str) else value
        named = b"" if place else name.encode()
        written += struct.pack(">BH", tag, len(named)) + named + struct.pack(">H", len(body)) + body
    return written
