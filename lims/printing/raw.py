"""A label printer on its own port (TCP 9100): bytes go one way, and what it says of itself comes back on the same connection.

Every wait has an end. That nothing comes back is an answer too (:class:`Silent`); that the connection ends is another
(``ConnectionError``): then nobody knows what became of the last bytes.
"""

import contextlib
import socket
import time
from types import TracebackType

from lims.printing.hosts import PrinterHosts

WRITE_S = 5.0
REPLY_S = 2.0
_MORE_S = 0.02
_LONGEST_REPLY = 64 * 1024


class Silent(TimeoutError):
    """It took the connection, and says nothing."""


class RawConnection:
    """One connection to one printer."""

    def __init__(self, hosts: PrinterHosts, host: str, port: int) -> None:
        """
        :raises HostNotAllowed: the host is not listed.
        :raises OSError: nobody takes the connection.
        """
        self._socket = hosts.connect(host, port)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)

    def write(self, data: bytes) -> None:
        """Hand over all of ``data``.

        :raises OSError: not all of it was taken in time, or the connection ended.
        """
        self._socket.settimeout(WRITE_S)
        self._socket.sendall(data)

    def ask(self, command: bytes, strings: int) -> str:
        """The reply to ``command``: the last ``strings`` strings between STX and ETX that come.

        :raises Silent: it says less than that in time.
        :raises ConnectionError: it ended the connection.
        """
        self._drop_what_is_old()
        self.write(command)
        reply, until = b"", time.monotonic() + REPLY_S
        while reply.count(b"\x03") < strings:
            reply += self._read(until - time.monotonic())
        with contextlib.suppress(Silent):
            reply += self._read(_MORE_S)
        return reply.decode("ascii", "replace")

    def close(self) -> None:
        """Say goodbye; what was handed over still goes out."""
        self._socket.close()

    def __enter__(self) -> "RawConnection":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def _drop_what_is_old(self) -> None:
        """Replies to earlier questions that came too late."""
        with contextlib.suppress(Silent):
            while True:
                self._read(0.0)

    def _read(self, within_s: float) -> bytes:
        if within_s < 0:
            raise Silent
        self._socket.settimeout(within_s)
        try:
            read = self._socket.recv(_LONGEST_REPLY)
        except (TimeoutError, BlockingIOError) as error:
            raise Silent from error
        if not read:
            raise ConnectionResetError("the printer ended the connection")
        return read
