"""Debian's ippeveprinter: a real IPP printer program, run for one test, with the message bus and the name service it insists on.

It comes in the package cups-ipp-utils, and works only where dbus and avahi-daemon run; nothing is installed here.
"""

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from tests.support.service import free_port

PATIENCE_S = 20
PROGRAMS = ("ippeveprinter", "dbus-daemon", "avahi-daemon")
_BUS = Path("/run/dbus/system_bus_socket")
_NAMES = Path("/run/avahi-daemon/socket")


def missing() -> str | None:
    """Why it cannot run here; None where it can."""
    absent = [name for name in PROGRAMS if shutil.which(name) is None]
    if absent:
        return f"{', '.join(absent)} is not here: apt-get install cups-ipp-utils dbus avahi-daemon"
    if not _lives(_NAMES) and os.geteuid() != 0:
        return "avahi-daemon does not run, and only an administrator may start it"
    return None


class IppEvePrinter:
    """A running one. It keeps what it printed in ``spool``."""

    def __init__(self, port: int, spool: Path) -> None:
        self.address, self.spool = f"ipp://127.0.0.1:{port}/ipp/print", spool

    def printed(self) -> list[bytes]:
        """The documents it was given, in the order in which they came."""
        kept = [path for path in self.spool.iterdir() if path.is_file() and path.suffix != ".prn"]  # what a command prints stands there
        files = sorted(kept, key=lambda path: int(path.name.split("-")[0]))
        return [path.read_bytes() for path in files]


@contextmanager
def ippeveprinter(folder: Path, formats: str, command: Path | None = None) -> Iterator[IppEvePrinter]:
    """One that takes these formats, and runs ``command`` for each job."""
    spool, port = folder / "spool", free_port()
    spool.mkdir()
    options = ["-k", "-d", str(spool), "-f", formats, "-p", str(port), "-n", "localhost", "-r", "off"]
    if command is not None:
        options += ["-c", str(command)]
    with ExitStack() as running:
        if not _lives(_BUS):
            _BUS.parent.mkdir(parents=True, exist_ok=True)
            _BUS.unlink(missing_ok=True)
            running.enter_context(_running("dbus-daemon", "--system", "--nofork", "--nopidfile", until=_BUS))
        if not _lives(_NAMES):
            running.enter_context(_running("avahi-daemon", "--no-chroot", "--no-drop-root", "--no-rlimits", until=_NAMES))
        running.enter_context(_running("ippeveprinter", *options, "lims test", until=None))
        printer = IppEvePrinter(port, spool)
        _wait_for_port(port)
        yield printer


@contextmanager
def _running(*command: str, until: Path | None) -> Iterator[None]:
    """A program, to the end of the block; ready when that file is there."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
    try:
        deadline = time.monotonic() + PATIENCE_S
        while until is not None and not _lives(until):
            assert process.poll() is None, f"{command[0]} ended with {process.returncode}"
            assert time.monotonic() < deadline, f"{command[0]} is not ready"
            time.sleep(0.05)
        yield
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        process.wait(PATIENCE_S)


def _lives(path: Path) -> bool:
    """Whether somebody listens at a socket in the file system; a dead program leaves its socket behind."""
    with socket.socket(socket.AF_UNIX) as asking:
        return asking.connect_ex(str(path)) == 0


def _wait_for_port(port: int) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            assert time.monotonic() < deadline, "ippeveprinter takes no connection"
            time.sleep(0.1)
        else:
            return
