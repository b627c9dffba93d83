"""An onlooker who compares what clients were told with what the tables hold, and knows nothing of the service but its tables."""

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, text

from tests.support.crowd.clients import ACTS, Outcome

_MARKS = {
    "/collections": "SELECT note AS mark FROM collection WHERE note IS NOT NULL",
    "/containers": "SELECT name AS mark FROM container",
    "/batches": "SELECT name AS mark FROM batch WHERE name IS NOT NULL",
}


def check_history(connection: Connection, history: Sequence[Outcome], *, whole: bool = True) -> list[str]:
    """What does not agree; nothing, if all is well.

    :param whole: the history is all that was ever asked; otherwise only what it says was done must be there.
    """
    by_key: dict[str, list[Outcome]] = defaultdict(list)
    for outcome in history:
        by_key[outcome.key].append(outcome)
    effects = _Effects(connection)
    wrong = [f"{each.key}: {each.path} was answered {each.status}" for each in history if each.verdict == "broken"]
    for key, outcomes in by_key.items():
        wrong += [f"{key}: {sentence}" for sentence in _one_answer(outcomes)]
        wrong += [f"{key}: {sentence}" for sentence in _one_effect(effects, key, outcomes, whole=whole)]
    return wrong + (_in_real_time(effects, by_key) if whole else [])


class _Effects:
    """What the tables hold, by the marks that the clients' acts carry."""

    def __init__(self, connection: Connection) -> None:
        self.acts: dict[str, list[Any]] = defaultdict(list)
        self.divisions: dict[str, list[int]] = defaultdict(list)
        self.positions: dict[int, tuple[int, int]] = {}
        for row in connection.execute(text("SELECT id, subject_id, sequence, type, canonical FROM custody_event")):
            written = json.loads(row.canonical)
            self.positions[row.id] = (row.subject_id, row.sequence)
            if written[9] is not None:
                self.acts[written[9]].append(row)
            if row.type == "aliquoted":
                self.divisions[written[6]].append(row.id)
        self.marks = {
            path: [row.mark for row in connection.execute(text(statement)) if row.mark is not None] for path, statement in _MARKS.items()
        }
        self.kept = {row.key: json.loads(row.answer) for row in connection.execute(text("SELECT key, answer FROM operation"))}

    def count(self, key: str, outcome: Outcome) -> int:
        """How often what was asked under a key was done."""
        if outcome.path == ACTS:
            return len(self.acts[key])
        if outcome.path in self.marks:
            return self.marks[outcome.path].count(key)
        return len(self.divisions[outcome.asked["occurred_at"]])


def _one_answer(outcomes: Sequence[Outcome]) -> Iterable[str]:
    """Whoever asks again is told the same."""
    done = [each for each in outcomes if each.verdict == "ok"]
    told = {json.dumps(_told(each), sort_keys=True) for each in done}
    if len(told) > 1:
        yield f"answered in {len(told)} ways: {told}"
    if outcomes[0].path == ACTS and done and any(each.verdict == "refused" for each in outcomes):
        yield "recorded for one, refused for another"


def _one_effect(effects: _Effects, key: str, outcomes: Sequence[Outcome], *, whole: bool) -> Iterable[str]:
    """What was acknowledged is there once, with its answer; what was refused is not there; of the rest nobody knows."""
    found = effects.count(key, outcomes[0])
    verdicts = {each.verdict for each in outcomes}
    done = next((each for each in outcomes if each.verdict == "ok"), None)
    if done is not None and found != 1:
        yield f"acknowledged, and done {found} times: {outcomes[0].asked}"
    elif found > 1 or (whole and found and verdicts <= {"refused"}):
        yield f"{verdicts}, and done {found} times: {outcomes[0].asked}"
    if done is not None:
        if done.path == ACTS and [event.id for event in effects.acts[key]] != [done.said["event"]["id"]]:
            yield "another event than the one that was acknowledged"
        kept = effects.kept.get(key)
        if kept is None or _told_again(kept) != _told(done):
            yield f"the answer kept is {kept}, and {done.said} was given"


def _told(outcome: Outcome) -> Any:
    return _told_again(outcome.said)


def _told_again(said: Any) -> Any:
    """An answer, without the word that says whether it is given for the first time."""
    return {name: value for name, value in said.items() if name != "status"} if "op_id" in said else said


def _in_real_time(effects: _Effects, by_key: dict[str, list[Outcome]]) -> list[str]:
    """Of two acts on one tube, the one that was acknowledged before the other was asked for comes first in the history."""
    of_tube: dict[int, list[tuple[int, float, float, str]]] = defaultdict(list)
    for key, outcomes in by_key.items():
        if outcomes[0].path == ACTS and (done := [each for each in outcomes if each.verdict == "ok"]) and effects.acts[key]:
            subject, sequence = effects.positions[effects.acts[key][0].id]
            of_tube[subject].append((sequence, min(each.began for each in outcomes), min(each.ended for each in done), key))
    wrong = []
    for acts in of_tube.values():
        latest_begin = 0.0
        for _, began, ended, key in sorted(acts):
            if ended < latest_begin:
                wrong.append(f"{key}: it was acknowledged before an act was asked for that now stands before it")
            latest_begin = max(latest_begin, began)
    return wrong
