"""A laboratory of clients: many at once over real connections, some calls sent twice, and a history of all that was asked and answered.

An act sent to ``/custody-events`` is known by its operation id, any other call by its key. What became of each is *ok*, *refused* or,
when the connection broke, *unknown*: whoever judges the history must allow that to have been done, or not.
"""

import http.client
import json
import random
import threading
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

ACTS = "/custody-events"
REPEATED_SHARE = 0.2
_REMEMBERED = 24
_TIMEOUT_S = 60
_BROKEN = (OSError, http.client.HTTPException)

Verdict = Literal["ok", "refused", "unknown", "broken"]


@dataclass(frozen=True)
class Call:
    """One request. ``keys`` are the operation ids of its rows, or its one key; none where it only reads."""

    token: str
    path: str
    body: Any = None
    keys: tuple[str, ...] = ()

    @property
    def is_acts(self) -> bool:
        """Whether each row of it has its own fate."""
        return self.path == ACTS


@dataclass(frozen=True)
class Outcome:
    """What became of one key in one call: from when to when it was asked, the answer, and what the answer says."""

    key: str
    path: str
    asked: Any
    began: float
    ended: float
    verdict: Verdict
    status: int | None = None
    said: Any = None


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    said: Any
    headers: dict[str, str] = field(default_factory=dict)
    content: bytes = b""


class Client:
    """One machine, with a connection it keeps."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._connection: http.client.HTTPConnection | None = None

    def send(self, call: Call) -> Answer:
        """
        :raises OSError, http.client.HTTPException: nobody can say what became of it.
        """
        headers = {"Authorization": f"Bearer {call.token}", "Content-Type": "application/json"}
        if call.keys and not call.is_acts:
            headers["Idempotency-Key"] = call.keys[0]
        body = None if call.body is None else json.dumps(call.body)
        try:
            connection = self._connection or http.client.HTTPConnection("127.0.0.1", self._port, timeout=_TIMEOUT_S)
            self._connection = connection
            connection.request("GET" if body is None else "POST", f"/api/v1{call.path}", body, headers)
            answer = connection.getresponse()
            content = answer.read()
        except _BROKEN:
            self.close()
            raise
        is_json = "json" in (answer.headers.get("Content-Type") or "")
        return Answer(answer.status, json.loads(content) if is_json else None, dict(answer.headers.items()), content)

    def close(self) -> None:
        """Hang up."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None


class Work(Protocol):
    """What the clients have to do: tells the next call, and is told what came of each."""

    def next_call(self, chance: random.Random) -> Call:
        """Something to do."""

    def note(self, outcome: Outcome) -> None:
        """Something was done, or refused."""


class Crowd:
    """So many clients at one service, each in a thread of its own; a fifth of their calls is somebody's call of just now, once more.

    :param patient: they take a 503 for what it says: nobody knows, ask again.
    """

    def __init__(self, port: int, work: Work, *, clients: int, seed: int = 1, patient: bool = False) -> None:
        self.port, self.work, self.patient = port, work, patient
        self.history: list[Outcome] = []
        self.statuses: list[tuple[str, int]] = []
        self.failures: list[BaseException] = []
        self._recent: deque[Call] = deque(maxlen=_REMEMBERED)
        self._enough = threading.Event()
        self._threads = [threading.Thread(target=self._live, args=(random.Random(f"{seed}-{number}"),)) for number in range(clients)]

    def start(self) -> None:
        """Everybody begins."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Everybody finishes what they are at, however often they must ask, and goes home."""
        self._enough.set()
        for thread in self._threads:
            thread.join(180)
        assert not any(thread.is_alive() for thread in self._threads), "somebody still waits for an answer"
        assert self.failures == []

    def wait_for(self, answers: int, seconds: float = 60) -> None:
        """Until so many more were given."""
        enough, until = len(self.history) + answers, time.monotonic() + seconds
        while len(self.history) < enough and time.monotonic() < until:
            time.sleep(0.01)
        assert len(self.history) >= enough, f"nobody is answered any more: {self.failures}"

    def _live(self, chance: random.Random) -> None:
        client = Client(self.port)
        try:
            while not self._enough.is_set():
                repeated = self._recent and chance.random() < REPEATED_SHARE
                call = chance.choice(list(self._recent)) if repeated else self.work.next_call(chance)
                if call.keys and not repeated:
                    self._recent.append(call)
                self._see_through(client, call, chance)
        except BaseException as failure:
            self.failures.append(failure)
        finally:
            client.close()

    def _see_through(self, client: Client, call: Call, chance: random.Random) -> None:
        """Send it until somebody answers; a machine that got no answer asks again under the same key."""
        until = time.monotonic() + 120
        while True:
            began = time.monotonic()
            answer = self._try(client, call, last=time.monotonic() > until)
            if answer is not None:
                self.statuses.append((call.path.split("/")[1], answer.status))
                self._note(outcomes(call, answer, began))
                return
            self._note(unanswered(call, began))
            time.sleep(chance.uniform(0.05, 0.2))

    def _try(self, client: Client, call: Call, *, last: bool) -> Answer | None:
        """An answer that says what became of it; None where nobody can say."""
        try:
            answer = client.send(call)
        except _BROKEN:
            if last:
                raise
            return None
        return None if self.patient and answer.status == 503 and not last else answer

    def _note(self, found: Sequence[Outcome]) -> None:
        self.history.extend(found)
        for outcome in found:
            self.work.note(outcome)


def unanswered(call: Call, began: float) -> list[Outcome]:
    """What is known of a call nobody answered."""
    asked = _rows(call) if call.is_acts else [call.body]
    return [Outcome(key, call.path, row, began, time.monotonic(), "unknown") for key, row in zip(call.keys, asked, strict=False)]


def outcomes(call: Call, answer: Answer, began: float) -> list[Outcome]:
    """What became of each key of a call that was answered."""
    ended = time.monotonic()
    if not call.is_acts:
        verdict = _verdict(answer.status)
        return [Outcome(key, call.path, call.body, began, ended, verdict, answer.status, answer.said) for key in call.keys]
    if answer.status != 200:
        return [
            Outcome(key, call.path, row, began, ended, _verdict(answer.status), answer.status, answer.said)
            for key, row in zip(call.keys, _rows(call), strict=True)
        ]
    return [
        Outcome(key, call.path, row, began, ended, "refused" if said["status"] == "refused" else "ok", 200, said)
        for key, row, said in zip(call.keys, _rows(call), answer.said["results"], strict=True)
    ]


def _rows(call: Call) -> list[Any]:
    return call.body if isinstance(call.body, list) else [call.body]


def _verdict(status: int) -> Verdict:
    return "ok" if status < 300 else "refused" if status < 500 else "broken"
