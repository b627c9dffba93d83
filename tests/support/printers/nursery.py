"""Real processes of ``lims print-worker`` at hand at once: forked off one that has read the code, each to die at a step of its own."""

import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from types import TracebackType

from lims.db import Database
from tests.support.printers.working import HERE
from tests.support.service import surroundings

_PROGRAM = "tests.support.printers.dying_worker"


class Nursery:
    """Workers on one database."""

    def __init__(self, database: Database, folder: Path) -> None:
        settings = surroundings(database, folder) | {"LIMS_PRINTER_HOSTS": ",".join(HERE)}
        self._said = (folder / "workers.log").open("wb")
        self._process = subprocess.Popen(
            [sys.executable, "-m", _PROGRAM], env=settings, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._said, text=True
        )
        self._alive: set[int] = set()

    def start(self, step: int = 0) -> int:
        """A worker that will kill itself at that step; at 0 it will not. Its process number."""
        pid = self._ask(str(step))
        self._alive.add(pid)
        return pid

    def wait(self, pid: int) -> int:
        """How that worker ended: 0 when its work was done, -9 when it was killed."""
        ended = self._ask(f"wait {pid}")
        self._alive.discard(pid)
        return ended

    def kill(self, pid: int) -> int:
        """``kill -9``, and what is left of it buried."""
        os.kill(pid, signal.SIGKILL)
        return self.wait(pid)

    def close(self) -> None:
        """Whoever is still at work goes home."""
        for pid in list(self._alive):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGTERM)
            self.wait(pid)
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(30)
        self._process.stdout.close()
        self._said.close()

    def __enter__(self) -> "Nursery":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def _ask(self, words: str) -> int:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(words + "\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())
