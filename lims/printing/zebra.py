"""What a ZPL printer says of itself, pure: the replies to ``~HS`` and ``~HQES``, read into faults.

Layouts and bits: Zebra's ZPL II programming guide, Host Status Return and Host Query. A printer without media or ribbon, or with
its head open, may answer nothing at all: that silence means "not ready", and is for whoever asks to notice.
"""

import re
from dataclasses import dataclass

from lims.printing.vocabulary import Fault, PrinterState

HOST_STATUS = b"~HS\r\n"
HOST_STATUS_STRINGS = 3
ERRORS = b"~HQES\r\n"
ERRORS_STRINGS = 1

_STRING = re.compile(r"\x02([^\x02\x03]*)\x03")
_ERRORS_LINE = re.compile(r"ERRORS:\s*([01])\s+([0-9A-Fa-f]{8})\s+([0-9A-Fa-f]{8})")
_ERROR_BITS = {
    0x001: Fault.MEDIA_OUT,
    0x002: Fault.RIBBON_OUT,
    0x004: Fault.HEAD_OPEN,
    0x008: Fault.CUTTER,
    0x010: Fault.HEAD_HOT,
    0x020: Fault.MOTOR_HOT,
    0x040: Fault.HEAD_ELEMENT,
    0x080: Fault.HEAD_DETECTION,
    0x100: Fault.FIRMWARE,
    0x200: Fault.HEAD_DETECTION,  # the head's thermistor is open
    0x10000: Fault.PAUSED,
}


class NotUnderstood(ValueError):
    """A reply in another form than the guide's."""


@dataclass(frozen=True, slots=True)
class HostStatus:
    """The reply to ``~HS``: what is still to be printed, and what keeps it from being printed."""

    formats_waiting: int
    labels_remaining: int
    partial_format: bool
    label_waiting: bool
    """Peeled off, and not taken away yet."""
    faults: tuple[Fault, ...]

    @property
    def idle(self) -> bool:
        """Whether everything it was given has come out."""
        return not (self.formats_waiting or self.labels_remaining or self.partial_format or self.label_waiting)

    @property
    def state(self) -> PrinterState:
        if self.faults:
            return PrinterState.NOT_READY
        return PrinterState.READY if self.idle else PrinterState.BUSY


def read_host_status(reply: str) -> HostStatus:
    """The reply to ``~HS``: three strings of fields parted by commas.

    :raises NotUnderstood: it is something else.
    """
    strings = [string.split(",") for string in _STRING.findall(reply)[-HOST_STATUS_STRINGS:]]
    if len(strings) < HOST_STATUS_STRINGS or len(strings[0]) < 12 or len(strings[1]) < 9:
        raise NotUnderstood(reply[:80])
    first, second = strings[0], strings[1]
    try:
        set_ = {name: int(first[place]) != 0 for name, place in _FIRST.items()} | {
            name: int(second[place]) != 0 for name, place in _SECOND.items()
        }
        waiting, remaining = int(first[4]), int(second[8])
    except ValueError as error:
        raise NotUnderstood(reply[:80]) from error
    faults = tuple(fault for name, fault in _FAULTS.items() if set_[name])
    return HostStatus(waiting, remaining, set_["partial format"], set_["label waiting"], faults)


def read_errors(reply: str) -> tuple[Fault, ...]:
    """The reply to ``~HQES``: a flag and two groups of nibbles, the first nibble last; empty when there is no error.

    :raises NotUnderstood: it is something else.
    """
    found = _ERRORS_LINE.search(reply)
    if found is None:
        raise NotUnderstood(reply[:80])
    flag, high, low = found[1], int(found[2], 16), int(found[3], 16)
    if flag == "0":
        return ()
    faults = [fault for bit, fault in _ERROR_BITS.items() if low & bit]
    if high or low & ~sum(_ERROR_BITS) or not faults:
        faults.append(Fault.OTHER)
    return tuple(dict.fromkeys(faults))


_FIRST = {
    "paper out": 1,
    "pause": 2,
    "buffer full": 5,
    "diagnostics": 6,  # it would print what it is sent as hexadecimal digits
    "partial format": 7,
    "corrupt RAM": 9,
    "too cold": 10,
    "too hot": 11,
}
_SECOND = {"head up": 2, "ribbon out": 3, "label waiting": 7}
_FAULTS = {
    "paper out": Fault.MEDIA_OUT,
    "pause": Fault.PAUSED,
    "buffer full": Fault.BUFFER_FULL,
    "diagnostics": Fault.OTHER,
    "corrupt RAM": Fault.MEMORY,
    "too cold": Fault.OTHER,
    "too hot": Fault.HEAD_HOT,
    "head up": Fault.HEAD_OPEN,
    "ribbon out": Fault.RIBBON_OUT,
}
