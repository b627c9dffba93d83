"""The service as it really runs: ``lims up`` with its master and workers, in processes of their own, and the commands beside it."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from lims.db import Database

PATIENCE_S = 90
_LIMS = Path(sys.executable).with_name("lims")


class RunningService:
    """One service on one database, which may be killed and started again; its port stays the same. ``settings`` are some besides."""

    def __init__(self, database: Database, folder: Path, *, workers: int = 2, settings: Mapping[str, str] | None = None) -> None:
        self.port = free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self._folder, self._workers = folder, workers
        self._environment = surroundings(database, folder) | dict(settings or {})
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def log(self) -> Path:
        """What it has said so far, over all its starts."""
        return self._folder / "service.log"

    def start(self, **more: str) -> None:
        """Start it and wait until it says that it is ready; ``more`` are settings for this start."""
        command = [str(_LIMS), "up", "--empty", "--port", str(self.port), "--workers", str(self._workers)]
        with self.log.open("ab") as said:
            self._process = subprocess.Popen(command, env=self._environment | more, stdout=said, stderr=said, start_new_session=True)
        until = time.monotonic() + PATIENCE_S
        while time.monotonic() < until and self._process.poll() is None:
            with suppress(OSError), urllib.request.urlopen(f"{self.address}/readyz", timeout=5) as answer:
                assert answer.status == 200
                return
            time.sleep(0.05)
        self.kill()
        raise AssertionError(f"the service did not start:\n{self.log.read_text()}")

    def kill(self) -> None:
        """``kill -9``: master and workers, at this very moment."""
        assert self._process is not None
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def kill_a_worker(self) -> None:
        """``kill -9`` one worker; its master starts another."""
        assert self._process is not None
        workers = _children(self._process.pid)
        with suppress(ProcessLookupError):
            os.kill(workers[0], signal.SIGKILL)

    def stop(self) -> None:
        """As an operator stops it; whatever is left after that is killed."""
        if self._process is None:
            return
        self._process.terminate()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(20)
        self.kill()


def lims(database: Database, folder: Path, *arguments: str | Path, **more: str) -> subprocess.CompletedProcess[str]:
    """The operator's command line on this database; ``settings`` are some besides. Exit code, output and errors come back."""
    command = [str(_LIMS), *map(str, arguments)]
    return subprocess.run(command, env=surroundings(database, folder) | more, capture_output=True, text=True, check=False)


def surroundings(database: Database, folder: Path) -> dict[str, str]:
    """The environment of a process that works on this database, without whatever settings the tests run under."""
    folder.mkdir(parents=True, exist_ok=True)
    ours = {name: value for name, value in os.environ.items() if not name.startswith("LIMS_")}
    return ours | {"LIMS_DATA_DIR": str(folder), "LIMS_DATABASE_URL": database.url.render_as_string(hide_password=False)}


def free_port() -> int:
    """A port nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
    return port


def _children(pid: int) -> list[int]:
    """As the kernel lists them: the fourth word of ``stat`` is the parent, after a name that may have blanks."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            if int(stat.read_text().rpartition(")")[2].split()[1]) == pid:
                found.append(int(stat.parent.name))
    return sorted(found)
