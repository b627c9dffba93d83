"""The whole judgement over a database that a crowd worked on."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from lims.db import Database
from tests.support.crowd.clients import Outcome
from tests.support.crowd.history import check_history
from tests.support.crowd.invariants import broken_invariants
from tests.support.service import lims


def check_all_is_well(database: Database, history: Sequence[Outcome], folder: Path, *, whole: bool = True) -> None:
    """What clients were told is so, the invariants hold, and ``lims verify`` finds nothing."""
    with database.snapshot() as session:
        connection = session.connection()
        wrong = check_history(connection, history, whole=whole) + broken_invariants(connection)
    assert wrong == [], f"{len(wrong)} things are wrong, the first of them: {wrong[:5]}"
    verified = lims(database, folder, "verify")
    assert verified.returncode == 0, verified.stdout + verified.stderr


def in_figures(history: Sequence[Outcome], seconds: float) -> str:
    """What was asked and what became of it, in one line."""
    keys = len({outcome.key for outcome in history})
    verdicts = Counter(outcome.verdict for outcome in history)
    told = ", ".join(f"{count} {verdict}" for verdict, count in sorted(verdicts.items()))
    return f"{len(history)} answers to {keys} keys in {seconds:.0f} s ({len(history) / seconds:.0f}/s): {told}"
