"""The README's first command: from a checkout to a service that answers, and again."""

import os
import signal
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.source import ROOT

PATIENCE_S = 60


@contextmanager
def running(data: Path, port: int) -> Iterator[Path]:
    """The service as the README starts it; what it has said so far is in the file given."""
    said = data.with_suffix(".said")
    command = [str(ROOT / "scripts" / "run"), "--empty", "--port", str(port), "--data", str(data)]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("LIMS_")}
    with said.open("w") as output, subprocess.Popen(command, env=environment, stdout=output, stderr=output) as service:
        try:
            yield said
        finally:
            service.send_signal(signal.SIGTERM)
            service.wait(PATIENCE_S)


def wait_until_ready(port: int, said: Path) -> None:
    """Until the service answers that it is ready."""
    for _ in range(PATIENCE_S * 10):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz") as answer:
                assert answer.status == 200
                return
        except OSError:
            time.sleep(0.1)
    raise AssertionError(f"not ready after {PATIENCE_S} s:\n{said.read_text()}")


def free_port() -> int:
    """A port nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
    return port


def test_the_service_starts_says_where_it_is_and_starts_again(tmp_path: Path) -> None:
    port, data = free_port(), tmp_path / "data"
    for _ in ("the first time", "again"):
        with running(data, port) as said:
            wait_until_ready(port, said)
            assert f"http://127.0.0.1:{port}" in said.read_text()
    assert (data / "lims.db").exists()
