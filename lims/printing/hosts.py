"""Which machines may be connected to as printers: those an operator lists, judged by the address a name leads to at that moment.

A printer's address is typed in by a person; without a list the service would knock at any door of the hospital's network for them
(server-side request forgery). The address that was judged is the one connected to, so that a name cannot lead elsewhere between.
"""

import socket
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from lims.printing.printer_errors import HostNotAllowed, HostNotFound

CONNECT_S = 3.0
"""How long a connection may take to come about."""

Address = IPv4Address | IPv6Address


@dataclass(frozen=True, slots=True)
class PrinterHosts:
    """The names, and the addresses and networks, of ``LIMS_PRINTER_HOSTS``."""

    names: frozenset[str]
    networks: tuple[IPv4Network | IPv6Network, ...]

    @classmethod
    def of(cls, listed: Sequence[str]) -> "PrinterHosts":
        """From the setting, each entry a name, an address or a network (``10.1.2.0/24``), already found readable."""
        networks = [ip_network(each, strict=False) for each in listed if _is_network(each)]
        return cls(frozenset(each.lower() for each in listed if not _is_network(each)), tuple(networks))

    def check(self, host: str, port: int) -> list[Address]:
        """The addresses of ``host`` that may be connected to, in the resolver's order.

        :raises HostNotFound: the name leads nowhere.
        :raises HostNotAllowed: neither the name nor the address is listed.
        """
        literal = _literal(host)
        if literal is None and host.lower() not in self.names and not self.networks:
            raise HostNotAllowed(host)
        found = [literal] if literal is not None else _resolve(host, port)
        allowed = [address for address in found if self._allows(host, address)]
        if not allowed:
            raise HostNotAllowed(host)
        return allowed

    def connect(self, host: str, port: int) -> socket.socket:
        """A connection to the first address that takes one.

        :raises HostNotAllowed: as :meth:`check`; nothing was sent to anybody.
        :raises OSError: nobody takes the connection.
        """
        refused: OSError | None = None
        for address in self.check(host, port):
            try:
                return socket.create_connection((str(address), port), timeout=CONNECT_S)
            except OSError as error:
                refused = error
        assert refused is not None
        raise refused

    def _allows(self, host: str, address: Address) -> bool:
        """A listed network decides by itself; a listed name leads to a machine on a network, never into this one or to everybody."""
        if any(address in network for network in self.networks):
            return True
        inward = address.is_loopback or address.is_link_local or address.is_multicast or address.is_unspecified
        return host.lower() in self.names and not inward


def _resolve(host: str, port: int) -> list[Address]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise HostNotFound(host) from error
    return [_plain(ip_address(str(where[0]).partition("%")[0])) for *_, where in found]


def _literal(host: str) -> Address | None:
    try:
        return _plain(ip_address(host))
    except ValueError:
        return None


def _plain(address: Address) -> Address:
    """An IPv4 address dressed as IPv6 is judged as what it is."""
    return (address.ipv4_mapped or address) if isinstance(address, IPv6Address) else address


def _is_network(listed: str) -> bool:
    try:
        ip_network(listed, strict=False)
    except ValueError:
        return False
    return True
