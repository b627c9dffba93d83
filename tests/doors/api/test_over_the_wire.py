"""What no house ever sees, because the server cannot read it, is answered in the house's words too."""

import json
import socket
from collections.abc import Iterator

import pytest

from tests.support.engines import Databases
from tests.support.service import RunningService

UNREADABLE = [
    (b"GET /api/v1/me?%s HTTP/1.1\r\nHost: x\r\n\r\n" % (b"x" * 9000), 414, "http.address-too-long"),
    (b"GET /api/v1/me HTTP/1.1\r\nHost: x\r\nX-Long: %s\r\n\r\n" % (b"x" * 9000), 431, "http.headers-too-large"),
    (b"GET /api/v1/me HTTP/1.1\r\nHost: x\r\n" + b"".join(b"X-%d: 1\r\n" % number for number in range(150)) + b"\r\n", 431, None),
    (b"GET /api/v1/me HTTP/1.1\r\nHost: x\r\nNo colon\r\n\r\n", 400, "http.bad-request"),
    (b"G<script>T / HTTP/1.1\r\nHost: x\r\n\r\n", 400, "http.bad-request"),
    (b"GET / HTTP/9.9\r\nHost: x\r\n\r\n", 400, "http.bad-request"),
    (b"POST /api/v1/people HTTP/1.1\r\nHost: x\r\nContent-Length: many\r\n\r\n", 400, "http.bad-request"),
    (b"POST /api/v1/people HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: rot13\r\n\r\n", 501, "http.transfer-coding"),
    (b"POST /api/v1/people HTTP/1.1\r\nHost: x\r\nExpect: a miracle\r\n\r\n", 417, "http.expectation"),
]


@pytest.fixture(scope="module")
def service(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningService]:
    """The service as it runs."""
    database = databases.make()
    running = RunningService(database, tmp_path_factory.mktemp("wire"), workers=1)
    running.start()
    yield running
    running.stop()
    databases.drop(database)


def test_what_the_server_cannot_read_is_a_problem_in_our_words(service: RunningService) -> None:
    for request, status, code in UNREADABLE:
        head, body = _ask(service.port, request)
        said = json.loads(body)
        assert (said["status"], head.split()[1]) == (status, str(status)), request[:60]
        assert said["code"] == (code or "http.headers-too-large")
        assert set(said) == {"type", "title", "status", "code", "detail", "request_id"}
        assert "Content-Type: application/problem+json" in head
        assert f"X-Request-Id: {said['request_id']}" in head
        assert "script" not in body
    assert "Traceback" not in service.log.read_text()


def test_an_address_of_eight_thousand_characters_reaches_the_house(service: RunningService) -> None:
    _, body = _ask(service.port, b"GET /api/v1/scans/%s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n" % (b"x" * 8000))
    assert json.loads(body)["code"] == "accounts.not-signed-in"


def _ask(port: int, request: bytes) -> tuple[str, str]:
    """Everything the server says to these very bytes, until it hangs up."""
    with socket.create_connection(("127.0.0.1", port), timeout=30) as wire:
        wire.sendall(request)
        said = b"".join(iter(lambda: wire.recv(65536), b""))
    head, _, body = said.decode().partition("\r\n\r\n")
    return head, body
