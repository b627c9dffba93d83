"""Rules of rack scans: how what was seen stands against the record, what must be decided, and what accepting does. Pure decisions."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lims.custody.vocabulary import EventType
from lims.racks.errors import NotADecision, RecordChanged, SeenTwice, TurnDoesNotFit, Undecided
from lims.racks.layouts import turned, turns_of
from lims.racks.vocabulary import (
    ACTS,
    AcceptScan,
    Decision,
    Difference,
    KnownTube,
    Line,
    Reading,
    RecordedTube,
    Said,
    Standing,
    Turn,
)
from lims.sentences import Sentence
from lims.specimens.rules import may_follow
from lims.storage.records import ContainerRecord
from lims.storage.vocabulary import Found, Position

FEWEST_TO_TELL_A_TURN = 3
NOT_SEEN = "not seen by the rack scanner"


@dataclass(frozen=True, slots=True)
class Change:
    """What accepting does to one tube: its act, and what it finds where it looked for it. ``to`` is the hole it has afterwards;
    ``away``: kept while it is out. With ``in_box`` it keeps the box and no hole."""

    line: Line
    act: EventType
    to: Position | None = None
    away: bool = False
    in_box: bool = False
    found: Found | None = None
    reason: str | None = None

    @property
    def stays(self) -> bool:
        """Whether it was only looked for, and keeps the place it has."""
        return self.found is not None and not self.in_box


def compare(
    box: ContainerRecord,
    readings: Mapping[Position, Reading],
    recorded: Sequence[RecordedTube],
    known: Mapping[str, KnownTube],
    turn: Turn = Turn.NONE,
    named: Mapping[str, str] | None = None,
) -> Difference:
    """Every tube and hole against the record, in the order of the holes.

    :param known: the tubes of the file by the codes they were read by; ``named`` what a code is on that is on no tube.
    :raises SeenTwice: two codes in the file are of one tube.
    :raises TurnDoesNotFit: a rack of this size cannot lie so.
    """
    grid = box.grid
    assert grid is not None
    if turn not in set(turns_of(grid)):
        raise TurnDoesNotFit(box.name, grid.rows, grid.columns, turn.value)
    _check_each_once(readings, known)
    holes = {turned(position, grid, turn): reading for position, reading in readings.items()}
    seen_ids = {known[reading.code].specimen_id for reading in holes.values() if reading.code is not None and reading.code in known}
    here = {tube.position: tube for tube in recorded}
    lines = [line for position, reading in holes.items() if (line := _seen(box, position, reading, here, known, named or {}, seen_ids))]
    lines += [line for tube in recorded if tube.specimen_id not in seen_ids and (line := _not_seen(tube, holes.get(tube.position)))]
    fits = {each: _fits(box, readings, known, each) for each in turns_of(grid)}
    better = max(fits, key=lambda each: fits[each])
    far_better = fits[better] >= max(FEWEST_TO_TELL_A_TURN, 3 * fits[turn]) and better is not turn
    ordered = tuple(sorted(lines, key=lambda line: (line.position, line.standing in {Standing.GONE, Standing.UNSAID})))
    return Difference(turn, ordered, fits[turn], better if far_better else None, fits[better] if far_better else 0)


def seen_of(box: ContainerRecord, difference: Difference) -> dict[str, str]:
    """The facts of every line in a few characters, by hole: given back at acceptance, they show what has changed meanwhile."""
    return {_key(box, line): _mark(line) for line in difference.lines}


def check_still_so(box: ContainerRecord, difference: Difference, seen: Mapping[str, str]) -> None:
    """
    :raises RecordChanged: another difference was shown; the holes are named.
    """
    now = seen_of(box, difference)
    changed = {key.partition(" ")[0] for key in now.keys() | seen.keys() if now.get(key) != seen.get(key)}
    if changed:
        order = {box.position_text(hole): at for at, hole in enumerate(box.grid or ())}
        raise RecordChanged(box.name, sorted(changed, key=lambda hole: order.get(hole, -1)))


def changes_of(box: ContainerRecord, difference: Difference, command: AcceptScan) -> list[Change]:
    """What accepting does, tube by tube; whoever is as recorded is left alone.

    :raises Undecided: something that must be decided is not.
    :raises NotADecision: a decision that cannot be taken there.
    """
    gone = dict(command.gone)
    _check_decided(box, difference, command)
    changes = []
    for line in difference.lines:
        hole = box.position_text(line.position) or ""
        if line.standing in {Standing.GONE, Standing.UNSAID}:
            decision = gone.pop(hole, None)
            if decision is not None:
                changes.append(_leaving(line, decision, hole, command.reason))
        elif line.changes:
            found = Found.HERE if line.standing is Standing.FOUND else None
            changes.append(Change(line, ACTS[line.standing], line.position, found=found, reason=command.reason))
    for hole, decision in gone.items():
        raise NotADecision(hole[:20], decision, ())
    return changes


def _check_each_once(readings: Mapping[Position, Reading], known: Mapping[str, KnownTube]) -> None:
    first: dict[int, int] = {}
    for reading in readings.values():
        tube = known.get(reading.code or "")
        if tube is not None and tube.specimen_id in first:
            raise SeenTwice(tube.barcode, first[tube.specimen_id], reading.line)
        if tube is not None:
            first[tube.specimen_id] = reading.line


def _seen(
    box: ContainerRecord,
    position: Position,
    reading: Reading,
    here: Mapping[Position, RecordedTube],
    known: Mapping[str, KnownTube],
    named: Mapping[str, str],
    seen_ids: set[int],
) -> Line | None:
    """What a hole shows; None where it is empty, or where the tube recorded in it speaks for it."""
    match reading.said:
        case Said.EMPTY:
            return None
        case Said.UNREAD:
            tube = here.get(position)
            if tube is None or tube.specimen_id in seen_ids:
                return Line(position=position, standing=Standing.UNREAD)
            return Line(position=position, standing=Standing.UNREAD, kept=not (tube.away or tube.missing), **_of(tube))
        case Said.CODE:
            found = known.get(reading.code or "")
            if found is None:
                return Line(position=position, standing=Standing.UNKNOWN, code=reading.code, why=named.get(reading.code or ""))
            return _tube_seen(box, position, reading, found)


def _tube_seen(box: ContainerRecord, position: Position, reading: Reading, tube: KnownTube) -> Line:
    standing, why = _standing_of(box, position, tube), None
    act = ACTS.get(standing)
    if act is not None and not may_follow(tube.state, tube.quarantined, act):
        standing, why = Standing.IMPOSSIBLE, tube.state.value
    elif act is not None and box.study_id not in (None, tube.study_id):
        standing, why = Standing.IMPOSSIBLE, "another-study"
    elif act is not None and box.materials and tube.specimen_type not in box.materials:
        standing, why = Standing.IMPOSSIBLE, "another-kind"
    return Line(position=position, standing=standing, code=reading.code, place=tube.place, why=why, **_of(tube))


def _standing_of(box: ContainerRecord, position: Position, tube: KnownTube) -> Standing:
    if tube.container_id is None:
        return Standing.NEW
    if tube.container_id != box.id:
        return Standing.FROM_ELSEWHERE
    if tube.position != position:
        return Standing.MOVED
    if tube.away:
        return Standing.BACK
    return Standing.FOUND if tube.missing else Standing.SAME


def _not_seen(tube: RecordedTube, reading: Reading | None) -> Line | None:
    """A tube recorded here that no hole of the file shows; None where its hole was unread, which is said there."""
    if reading is not None and reading.said is Said.UNREAD:
        return None
    if (tube.away or tube.missing) and (reading is None or reading.said is Said.EMPTY):
        return Line(position=tube.position, standing=Standing.OUT if tube.away else Standing.LOST, **_of(tube))
    standing = Standing.UNSAID if reading is None else Standing.GONE
    taken = reading is not None and reading.said is Said.CODE
    return Line(
        position=tube.position,
        standing=standing,
        may_be=tuple(_possible(tube, taken)),
        place="taken" if taken else None,
        **_of(tube),
    )


def _possible(tube: RecordedTube, taken: bool) -> Iterator[Decision]:
    """What can have become of it: a hole in which another tube is cannot be kept."""
    if not taken and may_follow(tube.state, tube.quarantined, EventType.CHECKED_OUT):
        yield Decision.CHECKED_OUT
    if may_follow(tube.state, tube.quarantined, EventType.REMOVED):
        yield Decision.REMOVED
        yield Decision.MISSING


def _leaving(line: Line, decision: Decision, hole: str, reason: str | None) -> Change:
    if decision not in line.may_be:
        raise NotADecision(hole, decision, line.may_be)
    said = f"{NOT_SEEN}; {reason}" if reason else NOT_SEEN
    match decision:
        case Decision.CHECKED_OUT:
            return Change(line, EventType.CHECKED_OUT, line.position, away=True, reason=said)
        case Decision.REMOVED:
            return Change(line, EventType.REMOVED, reason=said)
        case Decision.MISSING:
            to = None if line.place else line.position
            return Change(line, EventType.AUDITED, to, in_box=to is None, found=Found.MISSING, reason=said)


def _check_decided(box: ContainerRecord, difference: Difference, command: AcceptScan) -> None:
    def holes(*standings: Standing) -> list[str]:
        return [box.position_text(line.position) or "" for line in difference.of(*standings)]

    if impossible := holes(Standing.IMPOSSIBLE):
        raise Undecided(impossible, Sentence("the tube there cannot be in this box by the record. Take it out, and scan again."))
    unread = difference.of(Standing.UNREAD)
    names = {box.position_text(line.position) or "": line for line in unread}
    for hole in command.kept:
        if hole not in names or not names[hole].kept:
            raise NotADecision(hole[:20], "keep", ())
    if open_ := [hole for hole in names if hole not in command.kept]:
        raise Undecided(open_, Sentence("a tube is there and could not be read. Wipe it and scan again, or keep what is recorded there."))
    if (unknown := holes(Standing.UNKNOWN)) and not command.leave_unknown:
        raise Undecided(unknown, Sentence("the code there is of no tube here. Register the tube first, or leave it out."))
    if undecided := [hole for hole in holes(Standing.GONE) if hole not in command.gone]:
        raise Undecided(
            undecided, Sentence("the tube recorded there was not seen. Say what became of it: taken out, out for good, or missing.")
        )


def _fits(box: ContainerRecord, readings: Mapping[Position, Reading], known: Mapping[str, KnownTube], turn: Turn) -> int:
    """How many tubes are where they are recorded, if the rack lay so."""
    assert box.grid is not None
    return sum(
        (tube := known.get(reading.code or "")) is not None
        and tube.container_id == box.id
        and tube.position == turned(position, box.grid, turn)
        for position, reading in readings.items()
    )


def _of(tube: RecordedTube | KnownTube) -> dict[str, Any]:
    return {"specimen_id": tube.specimen_id, "barcode": tube.barcode, "label": tube.label}


def _key(box: ContainerRecord, line: Line) -> str:
    hole = box.position_text(line.position) or ""
    return f"{hole} {line.barcode}" if line.standing in {Standing.GONE, Standing.UNSAID, Standing.OUT, Standing.LOST} else hole


def _mark(line: Line) -> str:
    facts = (line.standing, line.code or "", str(line.specimen_id or ""), line.place or "", line.why or "", " ".join(line.may_be))
    return hashlib.sha256("\x1f".join(facts).encode()).hexdigest()[:10]
