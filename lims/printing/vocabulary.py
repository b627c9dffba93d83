"""Words of printing: what a printer is and how it stands, what becomes of a label, what a scan-back says."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from lims.custody.vocabulary import SubjectKind


class PrinterKind(StrEnum):
    """How labels reach a printer."""

    RAW = "raw"
    """ZPL over TCP, port 9100; asked for its state by ``~HS`` and ``~HQES``."""
    IPP = "ipp"
    """Print-Job over HTTP (RFC 8011), PDF or ZPL."""
    OFFICE = "office"
    """No connection: a PDF to download, for a printer of the person's own."""


class PrinterState(StrEnum):
    """How a printer stands, as it last said itself."""

    UNKNOWN = "unknown"
    """Not asked yet."""
    READY = "ready"
    BUSY = "busy"
    NOT_READY = "not-ready"
    """It names a fault, or is silent: a label printer without media, ribbon or with its head open answers nothing."""
    UNREACHABLE = "unreachable"
    """Nothing takes the connection."""


class Fault(StrEnum):
    """What keeps a printer from printing."""

    SILENT = "silent"
    MEDIA_OUT = "media-out"
    MEDIA_JAM = "media-jam"
    RIBBON_OUT = "ribbon-out"
    HEAD_OPEN = "head-open"
    CUTTER = "cutter"
    HEAD_HOT = "head-hot"
    MOTOR_HOT = "motor-hot"
    HEAD_ELEMENT = "head-element"
    HEAD_DETECTION = "head-detection"
    FIRMWARE = "firmware"
    PAUSED = "paused"
    BUFFER_FULL = "buffer-full"
    MEMORY = "memory"
    STOPPED = "stopped"
    """The printer's own queue stands still (IPP printer-state stopped)."""
    OTHER = "other"


class LabelState(StrEnum):
    """What has become of one label, in this order; a void one stays void. The database refuses a step back."""

    QUEUED = "queued"
    SENDING = "sending"
    """On its way when the worker was last seen: after a crash nobody knows whether it came out."""
    SENT = "sent"
    PRINTED = "printed"
    """The printer says that it has printed it, or a person does who holds the office printer's sheet."""
    VERIFIED = "verified"
    """Scanned back."""
    VOID = "void"


class VoidReason(StrEnum):
    """Why a label counts no more."""

    REPLACED = "replaced"
    """A further copy was asked for."""
    INTERRUPTED = "interrupted"
    """The service stopped while it was on its way; a copy follows by itself."""
    JAM = "jam"
    """Printed again from this label on."""
    CANCELLED = "cancelled"
    WITHDRAWN = "withdrawn"
    """Consent was withdrawn while it waited."""
    UNUSED = "unused"
    """Its kit was used without it."""


class JobState(StrEnum):
    """How a job stands, as its labels say."""

    WAITING = "waiting"
    PRINTING = "printing"
    PAUSED = "paused"
    PRINTED = "printed"
    """Every label is out, and not all are scanned back."""
    PROVEN = "proven"
    """Every label that counts is scanned back."""
    CANCELLED = "cancelled"
    VOID = "void"
    """None of its labels counts any more: all were printed anew elsewhere, or stopped."""


class ScanOutcome(StrEnum):
    """What a scan proves of a job. The first two make the label verified."""

    OK = "ok"
    WRONG_ORDER = "wrong-order"
    """Right, and not the next one: those passed over are named."""
    ALREADY = "already"
    NOT_PRINTED = "not-printed"
    """It waits in the queue still: what was scanned is another, older label of the same code."""
    VOID = "void"
    NOT_OF_THIS_JOB = "not-of-this-job"
    TUBE_DIFFERS = "tube-differs"
    LABEL_AGAIN = "label-again"
    """Where the tube's own code was wanted, a label was scanned."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelWanted:
    """A label about to be queued: the thing it is for, and what it says. ``fields`` are those of the template."""

    subject_id: int
    kind: SubjectKind
    barcode: str
    fields: Mapping[str, str]
    participant_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelPrint:
    """One label, in its job. ``symbol`` is what its bar code carries: the barcode itself, or for a later copy the copy's own code."""

    id: int
    job_id: int
    line: int
    subject_id: int
    participant_id: int | None
    barcode: str
    symbol: str
    copy: int
    fields: Mapping[str, str]
    reason: str | None
    state: LabelState
    sent_at: datetime | None
    printed_at: datetime | None
    verified_at: datetime | None
    voided_at: datetime | None
    void_reason: VoidReason | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Printer:
    """A printer. ``address`` is ``host:port`` for raw, an ``ipp://`` address for IPP, empty for an office printer."""

    id: int
    name: str
    kind: PrinterKind
    address: str
    dpi: int
    stock: str
    """The template whose stock is loaded."""
    language: str
    """``zpl`` or ``pdf``."""
    paused: bool
    retired: bool
    state: PrinterState
    faults: tuple[Fault, ...]
    asked_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A print job. ``labels`` only where they were asked for; ``counts`` holds the states that occur."""

    id: int
    printer: str
    printer_kind: PrinterKind
    template: str
    start: int
    purpose: str
    requested_by: str
    requested_at: datetime
    paused: bool
    cancelled_at: datetime | None
    state: JobState
    counts: Mapping[LabelState, int]
    labels: tuple[LabelPrint, ...] = ()

    @property
    def total(self) -> int:
        """Its labels that count, printed or not."""
        return sum(count for state, count in self.counts.items() if state is not LabelState.VOID)

    @property
    def verified(self) -> int:
        """How many of them are scanned back."""
        return self.counts.get(LabelState.VERIFIED, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanBack:
    """What a scan proves. ``expected`` is the label due now, before (of a refused scan) or after it; ``missing`` were passed over."""

    outcome: ScanOutcome
    code: str
    label: LabelPrint | None
    expected: LabelPrint | None
    missing: tuple[LabelPrint, ...]
    left: int
    sentence: str

    @property
    def proven(self) -> bool:
        """Whether every label of the job is scanned back now."""
        return self.left == 0
