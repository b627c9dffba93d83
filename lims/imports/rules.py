"""What a row asks for, by the mapping and the protocol: a command, or every reason why not. Pure.

What only the laboratory's own books can say (is there such a participant, is the hole free) is asked when the row is loaded.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from lims.errors import LimsError
from lims.imports.cells import CellRefused, check_amount
from lims.imports.findings import finding
from lims.imports.limits import folded
from lims.imports.mapping import FileMapping, Meaning
from lims.imports.row_reader import Layout, RowReader
from lims.imports.vocabulary import (
    Command,
    FingerprintedRow,
    ImportKind,
    InventoryEntry,
    MappedRow,
    Outcome,
    PlaceStep,
    RefusedRow,
    RosterEntry,
    Row,
    RowFinding,
)
from lims.sentences import Sentence, either
from lims.specimens import amounts
from lims.specimens.vocabulary import PrimaryTube, RegisterCollection, RegisterExistingTube
from lims.storage.container_types import get_container_type
from lims.studies.enrolment import participant_code, read_sex
from lims.studies.protocol import Named, Protocol
from lims.studies.protocol_errors import UnknownCode
from lims.studies.rules import Times, time_order_findings
from lims.studies.vocabulary import EnrolParticipant, RecordTreatment, TakeOffStudy

ON_STUDY, WITHDRAWN, OFF_STUDY = "on-study", "withdrawn", "off-study"
_STATUSES = (ON_STUDY, WITHDRAWN, OFF_STUDY)


@dataclass(frozen=True, slots=True)
class Setting:
    """What every row of a file is read by."""

    layout: Layout
    mapping: FileMapping
    protocol: Protocol
    now: datetime


def map_row(row: Row, setting: Setting) -> MappedRow | RefusedRow:
    """A row as the act it asks for, or the reasons why it asks for none."""
    reader = RowReader(row, setting.layout, setting.mapping, setting.now)
    command = _READERS[setting.mapping.kind](reader, setting.protocol)
    if command is None or reader.is_refused:
        refusals = (each for each in reader.findings if each.outcome is Outcome.REFUSED)
        return RefusedRow(line=row.line, findings=tuple(refusals))
    return MappedRow(line=row.line, command=command, cells=reader.cells, says=reader.says, findings=tuple(reader.findings))


def map_rows(rows: Iterable[Row], setting: Setting) -> list[FingerprintedRow | RefusedRow]:
    """Every row; the later of two that agree in every cell is a copy. Rows that differ only in what nobody reads are two tubes."""
    first_lines: dict[tuple[str, ...], int] = {}
    occurrences: Counter[str] = Counter()
    return [_mapped(row, setting, first_lines, occurrences) for row in rows]


def column_unread(column: str) -> RowFinding:
    """What is said of a column that the mapping does not know."""
    sentence = Sentence("The mapping says nothing about this column; it is not read. Name it there, or among the ignored ones.")
    return finding(1, Outcome.WARNED, column, column, "imports.column-unread", sentence)


def _mapped(
    row: Row, setting: Setting, first_lines: dict[tuple[str, ...], int], occurrences: Counter[str]
) -> FingerprintedRow | RefusedRow:
    mapped = map_row(row, setting)
    if isinstance(mapped, RefusedRow):
        return mapped
    first = first_lines.setdefault(tuple(folded(cell.text) for cell in row.cells), row.line)
    if first != row.line:
        return RefusedRow(line=row.line, findings=(_copy_of(row, first),))
    says = json.dumps([setting.mapping.kind, mapped.says], sort_keys=True, ensure_ascii=False)
    occurrences[says] += 1
    return FingerprintedRow(hashlib.sha256(f"{says} {occurrences[says]}".encode()).hexdigest(), mapped)


def _copy_of(row: Row, first_line: int) -> RowFinding:
    sentence = Sentence(
        "Every cell is as in line %(line)s. If it is another tube, let the rows differ; if not, take this one out.", line=first_line
    )
    return finding(row.line, Outcome.REFUSED, "", "", "imports.copy", sentence)


def _read_roster(reader: RowReader, protocol: Protocol) -> Command | None:
    code, cohort = _participant(reader), reader.known("cohort", lambda word: _code_of(word, protocol.get_cohort, protocol.cohorts))
    enrolled_on, consent_on = reader.day("enrolled_on"), reader.day("consent_on")
    sex = reader.known("sex", lambda word: read_sex(word) or "")
    earlier, external_id = reader.text("carried_over_from"), reader.code("external_id")
    if external_id and not earlier:
        reader.refuse("external_id", "imports.id-without-study", Sentence("an id of which study? Say what they were carried over from."))
    doses = tuple(
        RecordTreatment(participant=code or "", kind=each.kind, given_at=given_at)
        for each in reader.mapping.doses
        if (given_at := reader.instant(f"dose {each.kind}", each.column)) is not None
    )
    withdrawn_on, off_study_on = reader.day("withdrawn_on"), reader.day("off_study_on")
    _check_status(reader, withdrawn_on is not None, off_study_on is not None)
    if code is None or cohort is None or enrolled_on is None:
        return None
    reason = reader.text("reason") or "as the roster says"
    return RosterEntry(
        enrolment=EnrolParticipant(
            code=code,
            cohort=cohort,
            enrolled_on=enrolled_on,
            consent_on=consent_on,
            sex=sex,
            carried_over_from=earlier,
            external_ids=((earlier, external_id),) if earlier and external_id else (),
        ),
        doses=tuple(sorted(doses, key=lambda dose: dose.given_at)),
        withdrawn_on=withdrawn_on,
        leaving=None if off_study_on is None else TakeOffStudy(participant=code, on=off_study_on, reason=reason),
    )


def _check_status(reader: RowReader, withdrawn: bool, off_study: bool) -> None:
    status = reader.known("status", _status)
    if status == WITHDRAWN and not withdrawn:
        reader.refuse("status", "imports.day-missing", Sentence("on which day consent was withdrawn is not said. Fill in the day."))
    if status == ON_STUDY and (withdrawn or off_study):
        reader.refuse("status", "imports.contradiction", Sentence("the row also says a day of withdrawal or leaving. Which is right?"))


def _status(word: str) -> str:
    if word not in _STATUSES:
        raise UnknownCode("status", word, _STATUSES)
    return word


def _read_collection(reader: RowReader, protocol: Protocol) -> Command | None:
    code, timepoint = _participant(reader), _timepoint(reader, protocol)
    container = reader.known("container", lambda word: protocol.get_container(word).code)
    specimen_type = _specimen_type(reader, protocol, container)
    times = Times(
        collected_at=reader.instant("collected_at"),
        received_at=reader.instant("received_at"),
        processed_at=reader.instant("processed_at"),
        frozen_at=reader.instant("frozen_at"),
    )
    for found in time_order_findings(times):
        why = Sentence("%(why)s. Check both times.", why=found.sentence)
        reader.refuse(found.where, "specimens.impossible-times", why)
    unit = _unit(reader, protocol, specimen_type)
    tube = PrimaryTube(container, _amount(reader, unit), unit, reader.code("barcode"))
    flags, note = _flags(reader, protocol), reader.text("note")
    if code is None or timepoint is None or specimen_type is None or times.collected_at is None:
        return None
    return RegisterCollection(
        participant=code,
        timepoint=timepoint,
        specimen_type=specimen_type,
        collected_at=times.collected_at,
        tubes=(tube,),
        received_at=times.received_at,
        processed_at=times.processed_at,
        frozen_at=times.frozen_at,
        flags=flags,
        note=note,
        study=reader.mapping.study,
    )


def _read_inventory(reader: RowReader, protocol: Protocol) -> Command | None:
    barcode, timepoint = reader.code("barcode"), _timepoint(reader, protocol)
    participant = reader.code("participant") if reader.mapping.participant_system else _participant(reader)
    container = reader.known("container", lambda word: protocol.get_container(word).code)
    specimen_type = _specimen_type(reader, protocol, container)
    unit = _unit(reader, protocol, specimen_type)
    amount = _amount(reader, unit)
    frozen_on, position, note = reader.day("frozen_on"), reader.text("position"), reader.text("note")
    places = _places(reader)
    _check_hole(reader, position, places)
    if barcode is None or participant is None or timepoint is None or specimen_type is None or unit is None:
        return None
    tube = RegisterExistingTube(
        participant=participant,
        timepoint=timepoint,
        specimen_type=specimen_type,
        barcode=barcode,
        amount=amount,
        unit=unit,
        frozen_on=frozen_on,
        container=container,
        note=note,
        study=reader.mapping.study,
    )
    return InventoryEntry(tube=tube, participant_system=reader.mapping.participant_system, places=places, position=position)


def _participant(reader: RowReader) -> str | None:
    code = reader.code("participant")
    if code is None:
        return None
    try:
        reader.says["participant"] = participant_code(code)
    except LimsError as error:
        reader.refuse_by("participant", error)
        return None
    return reader.says["participant"]


def _timepoint(reader: RowReader, protocol: Protocol) -> str | None:
    return reader.known("timepoint", lambda word: _code_of(word, protocol.get_timepoint, protocol.timepoints))


def _specimen_type(reader: RowReader, protocol: Protocol, container: str | None) -> str | None:
    def known(word: str) -> str:
        meaning: Meaning = reader.mapping.meaning("specimen_type", word) or word
        if isinstance(meaning, Mapping):
            if container is None or container not in meaning:
                why = Sentence("what it is hangs on its container: %(containers)s. Say the container.", containers=either(list(meaning)))
                raise CellRefused("imports.unclear-type", why)
            meaning = meaning[container]
        return _code_of(meaning, protocol.get_specimen_type, protocol.specimen_types)

    return reader.known("specimen_type", known)


def _unit(reader: RowReader, protocol: Protocol, specimen_type: str | None) -> str | None:
    """The unit, where it fits what is measured; a unit of nothing measured is still looked at."""

    def known(unit: str) -> str:
        if specimen_type is not None:
            amounts.check_unit(unit, specimen_type, protocol.get_specimen_type(specimen_type).dimension)
        return unit

    return reader.known("unit", known)


def _amount(reader: RowReader, unit: str | None) -> Decimal | None:
    """How much it is; a tube of unknown amount is still a tube."""
    amount = reader.amount("amount")
    if amount is None:
        if reader.is_empty("amount"):
            reader.note("amount", Outcome.FLAGGED, "amount-unknown", Sentence("the amount is unknown. The tube is kept, and marked so."))
    elif unit is not None:
        try:
            check_amount(amount, unit)
        except CellRefused as refused:
            reader.refuse("amount", refused.code, refused.sentence)
    elif reader.is_empty("unit"):
        reader.refuse("unit", "imports.empty", Sentence("an amount of what? Give its unit."))
    return amount


def _flags(reader: RowReader, protocol: Protocol) -> tuple[str, ...]:
    text = reader.text("flags")
    flags: list[str] = []
    for word in (text or "").split(reader.mapping.list_mark):
        if not word.strip():
            continue
        meaning = reader.mapping.meaning("flags", word)
        try:
            flags.append(_code_of(meaning if isinstance(meaning, str) else word, protocol.get_nonconformance, protocol.nonconformances))
        except UnknownCode as error:
            reader.refuse_by("flags", error)
    if flags:
        reader.says["flags"] = " ".join(sorted(set(flags)))
    return tuple(sorted(set(flags)))


def _places(reader: RowReader) -> tuple[PlaceStep, ...]:
    """The way to the tube; a gap in it leaves nobody knowing where it is."""
    steps: list[PlaceStep] = []
    for each in reader.mapping.places:
        text = reader.place(each.column)
        if text is not None:
            steps.append(each.step(text))
        elif steps:
            reader.refuse(f"place {each.column}", "imports.gap-in-the-way", Sentence("the way to the tube has a gap here. Fill it in."))
    return tuple(steps)


def _check_hole(reader: RowReader, position: str | None, places: tuple[PlaceStep, ...]) -> None:
    """The next free hole would be a guess: the tube is in one of them."""
    if position is not None and not places:
        reader.refuse("position", "imports.hole-without-box", Sentence("a hole of which box? Say the box too."))
    if position is None and places and get_container_type(places[-1].type).grid is not None:
        reader.refuse("position", "imports.hole-missing", Sentence("in which hole of the box? Say the position."))


def _code_of(word: str, get: Callable[[str], object], rows: Sequence[Named]) -> str:
    """The code among ``rows`` spelled so, whatever its case; else what ``get`` says of it."""
    found = next((row.code for row in rows if folded(row.code) == folded(word)), None)
    if found is None:
        get(word)
    return found or word


_READERS: Mapping[ImportKind, Callable[[RowReader, Protocol], Command | None]] = {
    ImportKind.ROSTER: _read_roster,
    ImportKind.COLLECTIONS: _read_collection,
    ImportKind.INVENTORY: _read_inventory,
}
