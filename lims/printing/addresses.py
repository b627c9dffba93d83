"""Where a printer is: ``host:port`` of a label printer, ``ipp://host/path`` of an IPP printer, nothing for an office printer."""

import re
from dataclasses import dataclass

from lims.printing.printer_errors import BadPrinter
from lims.printing.vocabulary import PrinterKind
from lims.sentences import Sentence

RAW_PORT = 9100
IPP_PORT = 631
_HOST_AND_PORT = re.compile(r"(?P<host>[A-Za-z0-9.-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::(?P<port>[0-9]{1,5}))?")
_IPP = re.compile(r"ipp://(?P<where>[^/?#@]*)(?P<path>/[A-Za-z0-9/._~%-]{0,200})?", re.ASCII)


@dataclass(frozen=True, slots=True)
class PrinterAddress:
    """An address, read. ``text`` is how it is kept; ``host`` is empty where there is nothing to connect to."""

    text: str
    host: str = ""
    port: int = 0
    path: str = ""


def read_address(kind: PrinterKind, given: str) -> PrinterAddress:
    """
    :raises BadPrinter: no address of that kind.
    """
    given = given.strip()
    match kind:
        case PrinterKind.OFFICE:
            if given:
                raise BadPrinter("address", given, Sentence("an office printer has none, its labels are downloaded"))
            return PrinterAddress("")
        case PrinterKind.RAW:
            host, port = _host_and_port(given, given, RAW_PORT)
            return PrinterAddress(f"{_bracketed(host)}:{port}", host, port)
        case PrinterKind.IPP:
            found = _IPP.fullmatch(given)
            if found is None:
                raise BadPrinter("address", given, Sentence("write it as ipp://printer.lab/ipp/print"))
            host, port = _host_and_port(given, found["where"], IPP_PORT)
            path = found["path"] or "/"
            return PrinterAddress(f"ipp://{_bracketed(host)}:{port}{path}", host, port, path)


def _host_and_port(given: str, text: str, usual: int) -> tuple[str, int]:
    found = _HOST_AND_PORT.fullmatch(text)
    port = int(found["port"] or usual) if found else 0
    if found is None or not 1 <= port <= 65535:
        raise BadPrinter("address", given, Sentence("give the printer's name or address, and its port: printer.lab:%(port)s", port=usual))
    return found["host"].strip("[]"), port


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host
