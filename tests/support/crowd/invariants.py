"""What must hold whatever happened, by plain SQL and by reading the ledger with no code of the service's own (I1 to I9)."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, text

_NONE_OF_THESE = {
    "I1 two tubes in one hole": """
        SELECT container_id FROM placement WHERE "row" IS NOT NULL GROUP BY container_id, "row", "column" HAVING count(*) > 1""",
    "I2 one tube in two places": "SELECT specimen_id FROM placement GROUP BY specimen_id HAVING count(*) > 1",
    "I3 an amount below nothing": "SELECT id FROM specimen WHERE amount < 0 OR amount > initial_amount",
    "I4 one aliquot in two open batches": (
        "SELECT specimen_id FROM batch_member WHERE released_at IS NULL GROUP BY specimen_id HAVING count(*) > 1"
    ),
    "I4 an aliquot held by a closed batch": (
        "SELECT m.specimen_id FROM batch_member m JOIN batch b ON b.id = m.batch_id WHERE m.released_at IS NULL AND b.closed_at IS NOT NULL"
    ),
    "I7 one key answered twice": "SELECT key FROM operation GROUP BY actor_id, key HAVING count(*) > 1",
    "a label given twice": "SELECT label FROM specimen GROUP BY label HAVING count(*) > 1",
    "a tube stored nowhere": "SELECT id FROM specimen WHERE state = 'stored' AND id NOT IN (SELECT specimen_id FROM placement)",
    "a tube destroyed and in a hole": (
        "SELECT s.id FROM specimen s JOIN placement p ON p.specimen_id = s.id WHERE s.state IN ('disposed', 'dispatched')"
    ),
    "a child that took more than its parent gave": """
        SELECT p.id FROM specimen p JOIN lineage l ON l.parent_id = p.id
        WHERE p.initial_amount IS NOT NULL GROUP BY p.id, p.initial_amount, p.amount HAVING sum(l.drawn) > p.initial_amount - p.amount""",
}

_AFTER_THE_END = {"released", "flagged", "unflagged", "unbatched", "corrected"}
_NEEDS = {
    "placed": {"collected", "received", "stored", "checked-out"},
    "moved": {"stored", "checked-out"},
    "checked_out": {"stored"},
    "returned": {"checked-out"},
    "removed": {"stored", "checked-out", "depleted"},
    "thawed": {"collected", "received", "stored", "checked-out"},
    "consumed": {"collected", "received", "stored", "checked-out"},
    "aliquoted": {"collected", "received", "stored", "checked-out"},
}
_LEADS_TO = {
    "placed": "stored",
    "moved": "stored",
    "returned": "stored",
    "checked_out": "checked-out",
    "removed": "received",
    "disposed": "disposed",
}


def broken_invariants(connection: Connection) -> list[str]:
    """What does not hold; nothing, if all is well."""
    wrong = [f"{name}: {row[0]}" for name, statement in _NONE_OF_THESE.items() for row in connection.execute(text(statement)).all()]
    subjects = {row.id: row for row in connection.execute(text("SELECT id, kind, sequence, head FROM custody_subject"))}
    histories: dict[int, list[Any]] = defaultdict(list)
    for row in connection.execute(text("SELECT * FROM custody_event ORDER BY subject_id, sequence")):
        histories[row.subject_id].append(row)
    wrong += [f"an event of nobody: {subject_id}" for subject_id in histories.keys() - subjects.keys()]
    tubes = {row.id: row for row in connection.execute(text("SELECT id, amount, initial_amount, state FROM specimen"))}
    columns = 'specimen_id, container_id, "row" AS hole_row, "column" AS hole_column, away'
    places = {row.specimen_id: row for row in connection.execute(text(f"SELECT {columns} FROM placement"))}
    for subject in subjects.values():
        wrong += [f"I6 {subject.kind} {subject.id}: {each}" for each in _chain_breaks(subject, histories[subject.id])]
        if subject.kind == "specimen":
            found = _tube_breaks(tubes[subject.id], places.get(subject.id), [json.loads(row.canonical) for row in histories[subject.id]])
            wrong += [f"tube {subject.id}: {each}" for each in found]
    return wrong + _orphans(connection)


def _chain_breaks(subject: Any, history: Sequence[Any]) -> Iterator[str]:
    previous = "0" * 64
    for number, row in enumerate(history, start=1):
        hashed = hashlib.sha256(b"\0lims.event.v1\0" + previous.encode() + b"\0" + row.canonical.encode()).hexdigest()
        if (row.sequence, row.previous_hash, row.hash) != (number, previous, hashed):
            yield f"event {number} does not follow from the one before"
        previous = row.hash
    if (subject.sequence, subject.head) != (len(history), previous):
        yield f"its row ends at {subject.sequence}, its events at {len(history)}"


def _tube_breaks(tube: Any, place: Any, acts: Sequence[Sequence[Any]]) -> Iterator[str]:
    """Its whole life again, by rules of our own: I2 its place, I3 its amount, I9 nothing after the end."""
    first: Mapping[str, Any] = acts[0][12]
    amount, state, hole = first["amount"], first["state"], None
    for _, _, _, _, sequence, act, *_, facts in acts[1:]:
        if state == "disposed" and act not in _AFTER_THE_END:
            yield f"I9 {act} (event {sequence}) after it was destroyed"
        if state not in _NEEDS.get(act, {state}):
            yield f"{act} (event {sequence}) while {state}"
        if act in {"aliquoted", "consumed"}:
            amount = amount - facts["drawn"]
            state = "depleted" if amount == 0 else state
        if act in {"placed", "moved", "returned"}:
            hole = (facts["to"]["container_id"], facts["to"]["row"], facts["to"]["column"], False)
        elif act == "checked_out":
            hole = (*hole[:3], True) if hole else None
        elif act in {"removed", "disposed"}:
            hole = None
        state = _LEADS_TO.get(act, state)
    if (amount, state) != (tube.amount, tube.state):
        yield f"I3 {tube.amount} and {tube.state} are kept, its events leave {amount} and {state}"
    kept = place and (place.container_id, place.hole_row, place.hole_column, bool(place.away))
    if kept != hole:
        yield f"I2 it is kept at {kept}, its events leave it at {hole}"


def _orphans(connection: Connection) -> list[str]:
    if connection.dialect.name == "sqlite":
        lost = [f"orphan: {tuple(row)}" for row in connection.exec_driver_sql("PRAGMA foreign_key_check")]
        said = [row[0] for row in connection.exec_driver_sql("PRAGMA integrity_check")]
        return lost + ([] if said == ["ok"] else said)
    unchecked = "SELECT conname FROM pg_constraint WHERE NOT convalidated"
    return [f"constraint not held: {row[0]}" for row in connection.exec_driver_sql(unchecked)]
