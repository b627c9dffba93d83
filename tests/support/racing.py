"""Many clients at once on one database: everybody starts together, and only a refusal in words is a way to lose."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from lims.db import Database
from lims.errors import LimsError

CLIENTS = 8


@dataclass(frozen=True)
class Outcome:
    """What became of one client's act: its answer, or why it was refused."""

    answer: Any = None
    refusal: LimsError | None = None


def race(database: Database, acts: Sequence[Callable[[Session], Any]]) -> list[Outcome]:
    """Every act in a transaction of its own, all at once. An exception that is not a refusal in words is raised."""
    start = threading.Barrier(len(acts))

    def run(act: Callable[[Session], Any]) -> Outcome:
        start.wait(30)
        try:
            with database.transaction() as session:
                answer = act(session)
        except LimsError as refusal:
            return Outcome(refusal=refusal)
        return Outcome(answer)

    with ThreadPoolExecutor(len(acts)) as clients:
        return list(clients.map(run, acts))


def winners(outcomes: Sequence[Outcome]) -> list[Any]:
    return [outcome.answer for outcome in outcomes if outcome.refusal is None]


def refusals(outcomes: Sequence[Outcome]) -> list[str]:
    """The codes of those who lost."""
    return [outcome.refusal.code for outcome in outcomes if outcome.refusal is not None]
