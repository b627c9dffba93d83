"""Turns at writing to SQLite: one writer at a time, without SQLite's own way of waiting, which sleeps up to a tenth of a second.

Only about fairness and speed: what keeps two writers apart is SQLite's ``BEGIN IMMEDIATE``, turns or no turns.
"""

import fcntl
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

LONGEST_WAIT_S = 30.0
_LOOK_AGAIN_S = 0.0005


class WriteTurns:
    """Threads of this process queue for a lock of their own; the first of each process looks whether another process writes."""

    def __init__(self, database_file: Path) -> None:
        self._file = database_file.with_name(f"{database_file.name}-turn")
        self._among_threads = threading.Lock()
        self._descriptor: int | None = None
        self._process = 0

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Write while the block lasts; after the longest wait the block is entered all the same, and SQLite decides."""
        until = time.monotonic() + LONGEST_WAIT_S
        mine = self._among_threads.acquire(timeout=LONGEST_WAIT_S)
        ours = mine and self._lock_file(until)
        try:
            yield
        finally:
            if ours and self._descriptor is not None:
                fcntl.flock(self._descriptor, fcntl.LOCK_UN)
            if mine:
                self._among_threads.release()

    def _lock_file(self, until: float) -> bool:
        if self._descriptor is None or self._process != os.getpid():  # a forked process must not share its parent's
            self._descriptor, self._process = os.open(self._file, os.O_RDWR | os.O_CREAT, 0o600), os.getpid()
        while time.monotonic() < until:
            try:
                fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                time.sleep(_LOOK_AGAIN_S)
            else:
                return True
        return False
