"""A ZPL label printer on a real port: takes formats into its buffer, prints them one after the other, tells the truth by ``~HS``.

What came out is known by its symbol. It can be slow, jam after so many labels, fall silent, break a connection off in the middle of a
label, be switched off and on again.
"""

import re
import socket
import struct
import threading
from contextlib import suppress
from types import TracebackType

_COMMAND = re.compile(rb"~HS|~HQES|\^XA.*?\^XZ", re.DOTALL)
_LABEL = re.compile(rb"\^XA.*?\^XZ", re.DOTALL)
_SYMBOL = re.compile(rb"\^B[XC][^^]*\^FH_\^FD(.*?)\^FS", re.DOTALL)
_ESCAPED = re.compile(rb"_([0-9A-F]{2})")


class LabelPrinter:
    """One printer, listening from the start until it is closed."""

    def __init__(self, seconds_per_label: float = 0.0) -> None:
        self.seconds_per_label = seconds_per_label
        self.printed: list[str] = []
        """The symbols of what came out, in order."""
        self.connections = 0
        self.answers = 0
        """How often it has told how it stands."""
        self.jam_after: int | None = None
        self.tells = True
        """Whether it answers while it is jammed; a real one often does not."""
        self.silent = False
        self.breaks_off = 0
        """How many of the next labels it reads half of, before it ends the connection."""
        self._buffer: list[bytes] = []
        self._changed = threading.Condition()
        self._open: set[socket.socket] = set()
        self._closed = False
        self._server = _listen(0)
        self.port: int = self._server.getsockname()[1]
        threading.Thread(target=self._print, daemon=True).start()
        threading.Thread(target=self._accept, args=(self._server,), daemon=True).start()

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def jammed(self) -> bool:
        """It sticks fast at the label after those, which stays in its memory."""
        return self.jam_after is not None and len(self.printed) >= self.jam_after and bool(self._buffer)

    def clear(self) -> None:
        """Somebody clears the jam, or wakes it: it goes on with what it holds."""
        with self._changed:
            self.jam_after, self.silent = None, False
            self._changed.notify_all()

    def switch_off(self) -> None:
        """What it holds is lost; nobody takes a connection."""
        with suppress(OSError):
            self._server.shutdown(socket.SHUT_RDWR)  # wakes whoever waits for a connection, without which the port stays open
        self._server.close()
        with self._changed:
            self._buffer.clear()
            opened, self._open = self._open, set()
        for connection in opened:
            _reset(connection)

    def switch_on(self) -> None:
        """It listens again, at the same port."""
        self._server = _listen(self.port)
        threading.Thread(target=self._accept, args=(self._server,), daemon=True).start()

    def wait_for(self, labels: int, seconds: float = 60) -> None:
        """Until so many labels have come out."""
        with self._changed:
            came = self._changed.wait_for(lambda: len(self.printed) >= labels, seconds)
        assert came, f"{len(self.printed)} of {labels} labels came out"

    def close(self) -> None:
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        self.switch_off()

    def __enter__(self) -> "LabelPrinter":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def _accept(self, server: socket.socket) -> None:
        with suppress(OSError):
            while True:
                connection, _ = server.accept()
                self.connections += 1
                self._open.add(connection)
                threading.Thread(target=self._talk, args=(connection,), daemon=True).start()

    def _talk(self, connection: socket.socket) -> None:
        heard = b""
        with suppress(OSError), connection:
            while read := connection.recv(65536):
                heard += read
                if self.breaks_off and b"^XA" in heard:
                    self.breaks_off -= 1
                    _reset(connection)
                    return
                while found := _COMMAND.search(heard):
                    heard = heard[found.end() :]
                    self._do(connection, found[0])
        self._open.discard(connection)

    def _do(self, connection: socket.socket, command: bytes) -> None:
        if command.startswith(b"^XA"):
            with self._changed:
                self._buffer.append(command)
                self._changed.notify_all()
        elif not self.silent and (self.tells or not self.jammed):
            connection.sendall(self._status() if command == b"~HS" else self._errors())
            self.answers += 1

    def _status(self) -> bytes:
        with self._changed:
            paper_out, waiting = int(self.jammed), len(self._buffer)
        strings = (
            f"030,{paper_out},0,0384,{waiting:03},0,0,0,000,0,0,0",
            f"000,0,0,0,1,2,4,0,{0:08},1,000",
            "1234,0",
        )
        return b"".join(b"\x02" + string.encode() + b"\x03\r\n" for string in strings)

    def _errors(self) -> bytes:
        flag, bits = (1, 1) if self.jammed else (0, 0)
        told = f"\r\n  PRINTER STATUS\r\n   ERRORS:         {flag} 00000000 {bits:08X}\r\n   WARNINGS:       0 00000000 00000000\r\n"
        return b"\x02" + told.encode() + b"\x03\r\n"

    def _print(self) -> None:
        """What is being printed counts as held until it is out."""
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._closed or (self._buffer and not self.jammed))
                if self._closed:
                    return
                label = self._buffer[0]
            with self._changed:
                self._changed.wait_for(lambda: self._closed, self.seconds_per_label)
                if not self._closed and self._buffer and self._buffer[0] is label:
                    self._buffer.pop(0)
                    self.printed.append(_symbol_of(label))
                    self._changed.notify_all()


def symbols_in(formats: bytes) -> list[str]:
    """What the symbols of these formats say, one for each label."""
    return [_symbol_of(label) for label in _LABEL.findall(formats)]


def _symbol_of(label: bytes) -> str:
    found = _SYMBOL.search(label)
    assert found is not None, label
    return _ESCAPED.sub(lambda escaped: bytes([int(escaped[1], 16)]), found[1]).decode().removeprefix(">:").removeprefix(">;")


def _listen(port: int) -> socket.socket:
    return socket.create_server(("127.0.0.1", port))


def _reset(connection: socket.socket) -> None:
    """End a connection as a machine does that is switched off: what was under way is gone."""
    with suppress(OSError):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.shutdown(socket.SHUT_RD)
    connection.close()
