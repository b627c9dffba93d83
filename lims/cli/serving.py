"""The production server, in the process that was started: the house is read once, and each process that serves is a copy of this one."""

import importlib
import os
import sys
from pathlib import Path
from typing import Any

from gunicorn.app.base import BaseApplication  # type: ignore[import-untyped]  # gunicorn carries no types

from lims.cli.reading import uncollected

HOUSE = "lims.app"
"""Named, not imported: it stands above every door."""


def serve(port: int, workers: int) -> None:
    """Serve on the loopback address until told to stop. All code is read before there are copies."""
    sys.stdout.flush()
    with uncollected():
        importlib.import_module(HOUSE)
    _Server(port, workers).run()


class _Server(BaseApplication):  # type: ignore[misc]  # gunicorn carries no types
    """gunicorn, told how to serve by us alone: by no file that lies about, and by no variable."""

    def __init__(self, port: int, workers: int) -> None:
        self._told = {
            "bind": f"127.0.0.1:{port}",
            "workers": workers,
            "threads": 4,
            "worker_class": "lims.api.unreadable.PlainWorker",
            "worker_tmp_dir": _memory_folder(),
            "limit_request_line": 8190,  # a page of labels names up to 500 codes in its address
            "accesslog": "-",
            "access_log_format": '%(t)s "%(r)s" %(s)s %(M)sms',
            "errorlog": "-",
            "loglevel": "warning",
        }
        super().__init__()

    def load_config(self) -> None:
        """Nothing but what it was told."""
        for name, value in self._told.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        """The house itself, made anew in each copy, for no two may share a connection."""
        return importlib.import_module(HOUSE).from_environment()


def _memory_folder() -> str:
    """Where the server's heartbeat files lie: in memory, where there is such a place."""
    return "/dev/shm" if Path("/dev/shm").is_dir() else str(Path(os.environ.get("TMPDIR", "/tmp")))
