"""What is kept of kits, compared with what their events say; and every tube without a history belongs to a kit that waits for it."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import bindparam, select, union_all
from sqlalchemy.orm import Session

from lims.custody.verification import Difference
from lims.custody.vocabulary import Event, EventType, SubjectKind
from lims.db import table_of
from lims.ids import in_fours
from lims.kits import rules
from lims.kits.models import Kit, KitTube
from lims.kits.vocabulary import TubeState
from lims.labels.models import BoundCode
from lims.labels.vocabulary import CodeRole
from lims.printing.models import LabelPrintRow
from lims.printing.vocabulary import LabelState
from lims.specimens.models import Specimen
from lims.studies.models import Participant, Study

_KIT, _TUBE, _CODE, _SPECIMEN = table_of(Kit).c, table_of(KitTube).c, table_of(BoundCode).c, table_of(Specimen).c
_LABEL = table_of(LabelPrintRow).c
_KITS = (
    select(table_of(Kit), Study.code.label("study"), Participant.code.label("participant"))
    .join(Study, Study.id == _KIT.study_id)
    .outerjoin(Participant, Participant.id == _KIT.participant_id)
    .where(_KIT.id.in_(bindparam("ids", expanding=True)))
)
_TUBES = (
    select(table_of(KitTube), _CODE.subject_id.label("names"), _SPECIMEN.barcode.label("became"))
    .outerjoin(table_of(BoundCode), _CODE.code == _TUBE.barcode)
    .outerjoin(table_of(Specimen), _SPECIMEN.id == _TUBE.id)
    .where(_TUBE.kit_id.in_(bindparam("ids", expanding=True)))
    .order_by(_TUBE.kit_id, _TUBE.line)
)
_CODES = select(_CODE.subject_id, _CODE.code).where(  # those of later copies of its label are the print jobs' to answer for
    _CODE.subject_id.in_(bindparam("ids", expanding=True)), _CODE.role != CodeRole.COPY
)
_LABELS_OF_TUBES = (
    select(_TUBE.kit_id, _LABEL.symbol, _LABEL.participant_id)
    .join(table_of(LabelPrintRow), _LABEL.subject_id == _TUBE.id)
    .where(_TUBE.kit_id.in_(bindparam("ids", expanding=True)), _LABEL.state != LabelState.VOID)
)
_LABELS_OF_KITS = select(_LABEL.subject_id.label("kit_id"), _LABEL.symbol, _LABEL.participant_id).where(
    _LABEL.subject_id.in_(bindparam("ids", expanding=True)), _LABEL.state != LabelState.VOID
)
_LABELS = union_all(_LABELS_OF_TUBES, _LABELS_OF_KITS).order_by("kit_id", "symbol")
_OF_KITS = select(_TUBE.id).where(_TUBE.id.in_(bindparam("ids", expanding=True)))

_MADE = ("barcode", "study", "protocol_version_id")
_GIVEN = ("participant", "timepoint")
_OF_TUBE = ("line", "specimen_type", "form", "made_of", "purpose", "container_kind", "amount", "unit")


def check_kits(session: Session, histories: dict[int, list[Event]]) -> Iterator[Difference]:
    """Every kept column of these kits and their tubes, and what the tubes became, against the kits' events; and that each label
    of theirs that counts is stopped by the withdrawal of whose the kit is. Four statements."""
    asked = {"ids": list(histories)}
    rows = {row.id: row for row in session.execute(_KITS, asked)}
    tubes: dict[int, list[Any]] = defaultdict(list)
    for tube in session.execute(_TUBES, asked):
        tubes[tube.kit_id].append(tube)
    codes: dict[int, set[str]] = defaultdict(set)
    for code in session.execute(_CODES, asked):
        codes[code.subject_id].add(code.code)
    for kit_id, events in histories.items():
        try:
            sentences = list(_kit_differs(rows.get(kit_id), tubes[kit_id], codes[kit_id], events))
        except (LookupError, TypeError, AttributeError):
            sentences = ["its events do not fit together"]
        yield from (Difference(SubjectKind.KIT, kit_id, sentence) for sentence in sentences)
    for label in session.execute(_LABELS, asked):
        owner = rows[label.kit_id].participant_id if label.kit_id in rows else None
        if label.participant_id != owner:
            sentence = f"the label {in_fours(label.symbol)} is of participant {label.participant_id}, the kit of {owner}"
            yield Difference(SubjectKind.KIT, label.kit_id, sentence)


def check_tubes_without_history(session: Session, histories: dict[int, list[Event]]) -> Iterator[Difference]:
    """A tube of which nothing was ever written waits in a kit, or something of it is gone. One statement, where there is one."""
    silent = [specimen_id for specimen_id, events in histories.items() if not events]
    if not silent:
        return
    waiting = set(session.execute(_OF_KITS, {"ids": silent}).scalars())
    for specimen_id in silent:
        if specimen_id not in waiting:
            yield Difference(SubjectKind.SPECIMEN, specimen_id, "nothing was ever written of it, and no kit waits for it")


def _kit_differs(row: Any, tubes: Sequence[Any], codes: set[str], events: Sequence[Event]) -> Iterator[str]:
    if not events or events[0].type is not EventType.KIT_MADE:
        yield "its history does not begin with its making"
        return
    made = events[0].facts
    name = f"kit {in_fours(made['barcode'])}"
    if row is None:
        yield f"{name}: its row is missing"
        return
    states = _states_said(events)
    said = {column: made[column] for column in _MADE} | _given_said(events)
    said |= {"state": rules.state_after(states.values()), "made_at": events[0].recorded_at}
    for column, expected in said.items():
        if getattr(row, column) != expected:
            yield f"{name}: {column} is {getattr(row, column)}, its events say {expected}"
    if codes != {made["barcode"]}:
        yield f"{name}: the codes bound to it are {', '.join(sorted(codes)) or 'none'}; its events say {made['barcode']}"
    yield from (f"{name}: {each}" for each in _tubes_differ(tubes, made["tubes"], states))


def _given_said(events: Sequence[Event]) -> dict[str, str | None]:
    """Whose it is, as its events leave it."""
    return {column: next(event.facts[column] for event in reversed(events) if column in event.facts) for column in _GIVEN}


def _states_said(events: Sequence[Event]) -> dict[str, TubeState]:
    """By barcode, how each tube stands as the events leave it."""
    states = {tube["barcode"]: TubeState.READY for tube in events[0].facts["tubes"]}
    for event in events:
        if event.type in {EventType.KIT_USED, EventType.KIT_VOIDED}:
            states |= dict.fromkeys(event.facts["used"], TubeState.USED) | dict.fromkeys(event.facts["unused"], TubeState.VOID)
    return states


def _tubes_differ(kept: Sequence[Any], said: Sequence[Mapping[str, Any]], states: Mapping[str, TubeState]) -> Iterator[str]:
    rows = {row.barcode: row for row in kept}
    for barcode in sorted(rows.keys() - states.keys()):
        yield f"{in_fours(barcode)} is in it, its events do not say so"
    for tube in said:
        name, row = in_fours(tube["barcode"]), rows.get(tube["barcode"])
        if row is None:
            yield f"{name} was put in, and is not there"
            continue
        for column in _OF_TUBE:
            if getattr(row, column) != tube[column]:
                yield f"{column} of {name} is {getattr(row, column)}, its events say {tube[column]}"
        if row.state != states[row.barcode]:
            yield f"{name} is {row.state}, its events say {states[row.barcode]}"
        if row.names != row.id:
            yield f"the code {name} does not name its tube any more"
        if row.became not in ({row.barcode} if states[row.barcode] is TubeState.USED else {None}):
            yield f"{name} is {states[row.barcode]} by its kit's events, and the register says {row.became or 'nothing of it'}"
