"""The words of printing: how a label, a job or a printer stands, what keeps a printer from printing, and what to do about it."""

from collections.abc import Iterable

from lims.printing.vocabulary import Fault, JobState, LabelState, PrinterKind, PrinterState, VoidReason
from lims.web.languages import language
from lims.web.messages import _, later

_LABELS: dict[LabelState, str] = {
    LabelState.QUEUED: later("waiting"),
    LabelState.SENDING: later("on its way"),
    LabelState.SENT: later("sent"),
    LabelState.PRINTED: later("printed, to be scanned back"),
    LabelState.VERIFIED: later("scanned back"),
    LabelState.VOID: later("counts no more"),
}
_VOID: dict[VoidReason, str] = {
    VoidReason.REPLACED: later("replaced by another"),
    VoidReason.INTERRUPTED: later("lost on its way"),
    VoidReason.JAM: later("spoilt by a jam"),
    VoidReason.CANCELLED: later("cancelled"),
    VoidReason.WITHDRAWN: later("consent withdrawn"),
    VoidReason.UNUSED: later("not used"),
}
_JOBS: dict[JobState, tuple[str, str]] = {
    JobState.WAITING: ("wait", later("waiting")),
    JobState.PRINTING: ("wait", later("printing")),
    JobState.PAUSED: ("warn", later("paused")),
    JobState.PRINTED: ("warn", later("to be scanned back")),
    JobState.PROVEN: ("ok", later("proven")),
    JobState.CANCELLED: ("", later("cancelled")),
    JobState.VOID: ("", later("counts no more")),
}
_KINDS: dict[PrinterKind, tuple[str, str]] = {
    PrinterKind.RAW: (later("Label printer on the network"), later("ZPL, port 9100; it is asked how it stands")),
    PrinterKind.IPP: (later("Network printer (IPP)"), later("PDF or ZPL; it is asked how it stands")),
    PrinterKind.OFFICE: (later("Office printer"), later("a PDF to download and print yourself")),
}
_PRINTERS: dict[PrinterState, tuple[str, str]] = {
    PrinterState.UNKNOWN: ("wait", later("not asked yet")),
    PrinterState.READY: ("ok", later("ready")),
    PrinterState.BUSY: ("wait", later("printing")),
    PrinterState.NOT_READY: ("warn", later("needs a hand")),
    PrinterState.UNREACHABLE: ("stop", later("does not answer")),
}
_FAULTS: dict[Fault, tuple[str, str]] = {
    Fault.SILENT: (later("It says nothing"), later("Look whether labels or ribbon have run out, or the head is open.")),
    Fault.MEDIA_OUT: (later("The labels have run out"), later("Put in a new roll, and press PAUSE on the printer.")),
    Fault.RIBBON_OUT: (later("The ribbon has run out"), later("Change it, and press PAUSE on the printer.")),
    Fault.HEAD_OPEN: (later("The print head is open"), later("Close it.")),
    Fault.CUTTER: (later("The cutter is stuck"), later("Switch the printer off, and free the cutter.")),
    Fault.HEAD_HOT: (later("The print head is too hot"), later("Wait: it goes on by itself.")),
    Fault.MOTOR_HOT: (later("The motor is too hot"), later("Wait: it goes on by itself.")),
    Fault.HEAD_ELEMENT: (
        later("A point of the print head is dead"),
        later("Use another printer, and have the head changed: symbols lose a line."),
    ),
    Fault.HEAD_DETECTION: (later("The print head is not recognised"), later("Switch it off and on; if it stays so, call for service.")),
    Fault.FIRMWARE: (later("Its settings are damaged"), later("Call for service.")),
    Fault.PAUSED: (later("It is paused"), later("Press PAUSE on the printer.")),
    Fault.BUFFER_FULL: (later("Its memory is full of labels"), later("Wait until it has printed them.")),
    Fault.MEMORY: (later("Its memory is damaged"), later("Switch it off and on.")),
    Fault.STOPPED: (later("Its own queue stands still"), later("Start it at the printer, or where its queue is kept.")),
    Fault.OTHER: (later("Something is wrong with it"), later("Read what its own screen says.")),
}
_AT_THE_PRINTER = (later("It does not answer"), later("Look whether it is switched on and on the network."))

REASONS = (
    later("unreadable"),
    later("came off"),
    later("stuck on the wrong thing"),
    later("spoilt in the printer"),
    later("cannot be found"),
)
"""Why a label is printed again, in most cases. They are kept in English, and shown in the language of the page."""


def label_word(state: LabelState) -> str:
    """How a label stands."""
    return _(_LABELS[state])


def void_word(reason: VoidReason | None) -> str:
    """Why a label counts no more."""
    return _(_VOID[reason]) if reason else ""


def job_word(state: JobState) -> str:
    """How a job stands."""
    return _(_JOBS[state][1])


def job_outcome(state: JobState) -> str:
    """The outcome a job's state is shown as; none where there is nothing to look at."""
    return _JOBS[state][0]


def printer_kind_word(kind: PrinterKind) -> str:
    """How labels reach a printer."""
    return _(_KINDS[kind][0])


def printer_kinds() -> list[tuple[str, str, str]]:
    """The kinds to choose from, each with a word and what it means."""
    return [(kind.value, _(word), _(detail)) for kind, (word, detail) in _KINDS.items()]


def printer_word(state: PrinterState) -> str:
    """How a printer stands."""
    return _(_PRINTERS[state][1])


def printer_outcome(state: PrinterState) -> str:
    """The outcome a printer's state is shown as."""
    return _PRINTERS[state][0]


def fault_word(fault: Fault) -> str:
    """What keeps a printer from printing."""
    return _(_FAULTS[fault][0])


def fault_cure(fault: Fault) -> str:
    """What to do about it."""
    return _(_FAULTS[fault][1])


def unreachable_cure() -> str:
    """What to do about a printer that takes no connection."""
    return sentences(_(_AT_THE_PRINTER[0]) + _("."), _(_AT_THE_PRINTER[1]))


def trouble_of(faults: Iterable[Fault]) -> str:
    """What keeps a printer from printing, and what to do about each; without a fault it does not answer at all."""
    told = [one for fault in faults for one in (fault_word(fault) + _("."), fault_cure(fault))]
    return sentences(*told) or unreachable_cure()


def reason_again(reason: str | None) -> str:
    """Why a label was printed again: one of the usual reasons in the language of the page, what was typed as it is."""
    usual, colon, typed = (reason or "").partition(": ")
    return f"{_(usual)}{colon}{typed}" if usual in REASONS else (reason or "")


def sentences(*said: str) -> str:
    """Sentences one after the other: with a space between them in English, without in Chinese."""
    return (" " if language() == "en" else "").join(one for one in said if one)


WORDS = {
    "label_word": label_word,
    "void_word": void_word,
    "job_word": job_word,
    "job_outcome": job_outcome,
    "printer_kind_word": printer_kind_word,
    "printer_kinds": printer_kinds,
    "printer_word": printer_word,
    "printer_outcome": printer_outcome,
    "fault_word": fault_word,
    "fault_cure": fault_cure,
    "usual_reasons": REASONS,
    "reason_again": reason_again,
}
"""What templates may use of them."""
