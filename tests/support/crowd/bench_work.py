"""What people do at a bench, at random: scan, place, move, take out, put back, use, divide, register, batch; mostly what is possible.

Every act carries a mark by which an onlooker finds its effect in the tables: the device of an event is its operation id, a
collection's note and a container's or a batch's name is its key, and a division happened at an instant nothing else happened at.
"""

import random
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from lims import clock
from lims.accounts import service
from lims.accounts.vocabulary import SYSTEM, Role
from lims.db import Database
from tests.support.bench import Bench
from tests.support.crowd.clients import ACTS, Call, Outcome

ROLES = (Role.TECHNICIAN, Role.TECHNICIAN, Role.COORDINATOR, Role.ADMIN)
PARTICIPANTS = ("L01", "L02", "L03", "L04")
HOLES = [f"{row}{column}" for row in "ABCDE" for column in range(1, 6)]

_AFTER = {"placed": "stored", "moved": "stored", "returned": "stored", "checked_out": "out", "removed": "hand", "disposed": "gone"}
_FITTING = {
    "hand": ("placed", "placed", "consumed", "divided"),
    "stored": ("moved", "checked_out", "placed", "consumed", "thawed", "divided", "batched", "removed"),
    "out": ("returned", "returned", "moved", "consumed", "thawed", "divided"),
}
_ANYTHING = ("placed", "moved", "checked_out", "returned", "consumed", "thawed", "removed", "disposed")


@dataclass
class BenchWork:
    """One laboratory as its clients know it: the tubes, where each was when last heard of, the boxes, and whose tokens there are."""

    tokens: list[str]
    boxes: list[str]
    states: dict[str, str]
    begins_at: datetime
    prefix: str = "k"
    _number: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def next_call(self, chance: random.Random) -> Call:
        """Something to do: one act mostly, sometimes several in one call, sometimes only a look."""
        token, kind = chance.choice(self.tokens), chance.random()
        if kind < 0.15:
            return Call(token, chance.choice(self._looks(chance)))
        if kind < 0.22:
            return self._register(token, chance)
        if kind < 0.24:
            return self._keyed(token, "/containers", lambda key: {"type": "box-5x5", "name": key})
        if kind < 0.32:
            rows = [self._act(chance, tube) for tube in chance.sample(sorted(self.states), 3)]
            return Call(token, ACTS, rows, tuple(row["op_id"] for row in rows))
        tube = chance.choice(sorted(self.states))
        if chance.random() < 0.85:
            doing = chance.choice(_FITTING.get(self.states[tube], ("placed",)))
            if doing == "divided":
                return self._divide(token, tube)
            if doing == "batched":
                return self._keyed(token, "/batches", lambda key: {"assay": "metagenomics", "name": key, "specimens": [tube]})
            row = self._act(chance, tube, doing)
        else:
            row = self._act(chance, tube)
        return Call(token, ACTS, row, (row["op_id"],))

    def note(self, outcome: Outcome) -> None:
        """Remember where a tube is now, and what tubes and boxes there are."""
        if outcome.verdict != "ok":
            return
        if outcome.path == ACTS:
            tube = outcome.asked["barcode"]
            self.states[tube] = _AFTER.get(outcome.asked["type"], self.states[tube])
        elif outcome.path == "/containers":
            with self._lock:
                self.boxes = [*self.boxes[-5:], outcome.said["barcode"]]
        else:
            made = outcome.said.get("specimens") or outcome.said.get("aliquots") or ()
            if len(self.states) < 400:
                self.states = self.states | {tube["barcode"]: "hand" for tube in made}

    def _looks(self, chance: random.Random) -> tuple[str, ...]:
        tube = chance.choice(sorted(self.states))
        box = chance.choice(self.boxes)
        return (
            f"/specimens/{tube}",
            f"/scans/{tube}",
            f"/containers/{box}/map",
            f"/specimens/{tube}/custody-events",
            "/specimens?limit=20",
        )

    def _act(self, chance: random.Random, tube: str, doing: str | None = None) -> dict[str, Any]:
        doing = doing or chance.choice(_ANYTHING)
        key, occurred_at = self._next_key()
        row: dict[str, Any] = {"op_id": key, "type": doing, "barcode": tube, "occurred_at": occurred_at, "device": key}
        if doing in {"placed", "moved"}:
            row["container"] = chance.choice(self.boxes)
            if chance.random() < 0.5:
                row["position"] = chance.choice(HOLES)
        if doing == "consumed":
            row |= {"amount": chance.choice((1, 5, 40)), "unit": "mg"}
        return row

    def _register(self, token: str, chance: random.Random) -> Call:
        body = {"participant": chance.choice(PARTICIPANTS), "timepoint": "PRE", "specimen_type": "stool", "amount": 900, "unit": "mg"}
        return self._keyed(token, "/collections", lambda key: body | {"note": key, "collected_at": clock.iso(self.begins_at)})

    def _divide(self, token: str, tube: str) -> Call:
        key, occurred_at = self._next_key()
        body = {"count": 2, "amount": 5, "unit": "mg", "occurred_at": occurred_at}
        return Call(token, f"/specimens/{tube}/aliquots", body, (key,))

    def _keyed(self, token: str, path: str, body: Callable[[str], dict[str, Any]]) -> Call:
        key, _ = self._next_key()
        return Call(token, path, body(key), (key,))

    def _next_key(self) -> tuple[str, str]:
        """A key, and an instant that no other act happened at."""
        with self._lock:
            self._number += 1
            return f"{self.prefix}{self._number}", clock.iso(self.begins_at + timedelta(milliseconds=self._number))


def open_laboratory(database: Database, *, tubes: int = 40, boxes: int = 4, prefix: str = "k") -> BenchWork:
    """A study, people with tokens, tubes in nobody's hole, and boxes too small for all of them."""
    begins_at = clock.now() - timedelta(days=1)
    with database.transaction() as session:
        bench = Bench(session, at=begins_at).open_study()
        states = {bench.tube(participant=PARTICIPANTS[number % len(PARTICIPANTS)]): "hand" for number in range(tubes)}
        holding = [bench.container("box-5x5", f"B{number}").barcode for number in range(boxes)]
        tokens = []
        for number, role in enumerate(ROLES):
            service.add_user(session, f"person{number}", role, actor=SYSTEM, at=begins_at)
            tokens.append(service.issue_token(session, f"person{number}", actor=SYSTEM, at=begins_at).text)
    return BenchWork(tokens, holding, states, begins_at + timedelta(hours=1), prefix)
