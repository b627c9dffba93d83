"""Which machines may be connected to as printers, and how an address is written."""

import socket
from ipaddress import ip_address

import pytest

from lims.printing.addresses import read_address
from lims.printing.hosts import PrinterHosts
from lims.printing.printer_errors import BadPrinter, HostNotAllowed, HostNotFound
from lims.printing.vocabulary import PrinterKind

LISTED = PrinterHosts.of(("zebra.lab", "10.1.2.0/24", "fd00::/64", "192.168.7.9"))


def leads_to(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> None:
    """Every name leads there."""
    found = [(socket.AF_INET6 if ":" in each else socket.AF_INET, socket.SOCK_STREAM, 6, "", (each, 9100)) for each in addresses]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)


@pytest.mark.parametrize("host", ["10.1.2.7", "192.168.7.9", "fd00::7", "::ffff:10.1.2.7"])
def test_an_address_on_the_list_is_a_printers(host: str) -> None:
    assert len(LISTED.check(host, 9100)) == 1


@pytest.mark.parametrize(
    "host", ["10.1.3.7", "192.168.7.8", "127.0.0.1", "169.254.169.254", "::1", "::ffff:127.0.0.1", "fe80::1", "0.0.0.0", "224.0.0.1"]
)
def test_no_other_address_is(host: str) -> None:
    with pytest.raises(HostNotAllowed):
        LISTED.check(host, 9100)


def test_a_listed_name_is_a_printers_wherever_it_leads_on_the_network(monkeypatch: pytest.MonkeyPatch) -> None:
    leads_to(monkeypatch, "172.16.0.5")
    assert LISTED.check("Zebra.LAB", 9100) == [ip_address("172.16.0.5")]


@pytest.mark.parametrize("inward", ["127.0.0.1", "169.254.169.254", "::1", "fe80::1%eth0", "0.0.0.0", "224.0.0.251", "::ffff:127.0.0.1"])
def test_a_listed_name_never_leads_into_this_machine_or_to_everybody(monkeypatch: pytest.MonkeyPatch, inward: str) -> None:
    leads_to(monkeypatch, inward)
    with pytest.raises(HostNotAllowed):
        LISTED.check("zebra.lab", 9100)


def test_a_name_that_is_not_listed_counts_by_where_it_leads(monkeypatch: pytest.MonkeyPatch) -> None:
    leads_to(monkeypatch, "10.9.9.9", "10.1.2.7")
    assert LISTED.check("other.lab", 9100) == [ip_address("10.1.2.7")]
    leads_to(monkeypatch, "10.9.9.9")
    with pytest.raises(HostNotAllowed):
        LISTED.check("other.lab", 9100)


def test_a_name_is_not_even_looked_up_where_only_names_are_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: pytest.fail("looked up"))
    for listed in ((), ("zebra.lab",)):
        with pytest.raises(HostNotAllowed):
            PrinterHosts.of(listed).check("other.lab", 9100)


def test_a_name_that_leads_nowhere_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody(*_: object, **__: object) -> None:
        raise socket.gaierror

    monkeypatch.setattr(socket, "getaddrinfo", nobody)
    with pytest.raises(HostNotFound):
        LISTED.check("zebra.lab", 9100)


def test_the_address_that_was_judged_is_the_one_connected_to(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that leads elsewhere a moment later (DNS rebinding) leads nobody elsewhere."""
    asked: list[tuple[str, int]] = []

    def connect(address: tuple[str, int], timeout: float) -> None:
        asked.append(address)
        raise ConnectionRefusedError

    leads_to(monkeypatch, "10.1.2.7", "127.0.0.1", "10.1.2.8")
    monkeypatch.setattr(socket, "create_connection", connect)
    with pytest.raises(ConnectionRefusedError):
        LISTED.connect("other.lab", 9100)
    assert asked == [("10.1.2.7", 9100), ("10.1.2.8", 9100)]


@pytest.mark.parametrize(
    ("kind", "given", "kept"),
    [
        (PrinterKind.RAW, "zebra.lab", "zebra.lab:9100"),
        (PrinterKind.RAW, " 10.1.2.7:6101 ", "10.1.2.7:6101"),
        (PrinterKind.RAW, "[fd00::7]", "[fd00::7]:9100"),
        (PrinterKind.IPP, "ipp://office.lab/ipp/print", "ipp://office.lab:631/ipp/print"),
        (PrinterKind.IPP, "ipp://[fd00::7]:8631", "ipp://[fd00::7]:8631/"),
        (PrinterKind.OFFICE, "", ""),
    ],
)
def test_an_address_is_kept_in_full(kind: PrinterKind, given: str, kept: str) -> None:
    assert read_address(kind, given).text == kept
    assert read_address(kind, kept).text == kept


@pytest.mark.parametrize(
    ("kind", "given"),
    [
        (PrinterKind.RAW, ""),
        (PrinterKind.RAW, "zebra.lab:0"),
        (PrinterKind.RAW, "zebra.lab:65536"),
        (PrinterKind.RAW, "zebra.lab/x"),
        (PrinterKind.RAW, "a@zebra.lab"),
        (PrinterKind.RAW, "zebra lab"),
        (PrinterKind.RAW, "zebra.lab:9100\r\nx"),
        (PrinterKind.IPP, "http://office.lab/"),
        (PrinterKind.IPP, "ipp://user:secret@office.lab/"),
        (PrinterKind.IPP, "ipp://office.lab/?a=b"),
        (PrinterKind.IPP, "ipp://office.lab/a b"),
        (PrinterKind.IPP, "ipp://[fd00::7"),
        (PrinterKind.OFFICE, "office.lab"),
    ],
)
def test_what_is_no_address_is_refused(kind: PrinterKind, given: str) -> None:
    with pytest.raises(BadPrinter):
        read_address(kind, given)
