"""What the register keeps of collections and tubes, compared with what their events say. Where a tube is, storage compares."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, func, select
from sqlalchemy.orm import Session, aliased

from lims import clock
from lims.custody.verification import Difference
from lims.custody.vocabulary import Event, EventType, SubjectKind
from lims.ids import in_fours
from lims.labels.models import BoundCode
from lims.labels.vocabulary import CodeRole
from lims.specimens.amounts import BASE_UNITS_PER, in_words
from lims.specimens.models import Collection, Lineage, Specimen
from lims.specimens.projections import Projection, fold
from lims.specimens.queries import flags_to_text
from lims.specimens.vocabulary import SpecimenForm
from lims.studies.models import Participant

_UNREADABLE = (LookupError, TypeError, ValueError, AttributeError)
"""What comes of reading events that were not written by us."""

_FOLDED = (
    "specimen_type",
    "form",
    "timepoint",
    "container_kind",
    "purpose",
    "unit",
    "thaw_count",
    "state",
    "quarantined",
    "missing",
    "label",
    "barcode",
)
_AMOUNTS = ("initial_amount", "amount")
_TIMES = ("collected_at", "received_at", "processed_at", "frozen_at", "frozen_on")

_PARENT = aliased(Specimen)

Drawn = Mapping[str, int | None]
"""By a parent's barcode, how much it gave; None where nobody measured."""


def check_specimens(session: Session, histories: dict[int, list[Event]]) -> Iterator[Difference]:
    """Every kept column of these tubes, where each came from, what each gave, and the codes on it, against their events."""
    ids = list(histories)
    rows = {row.id: row for row in session.execute(_specimens(ids))}
    codes, came_from, given = _codes(session, ids), _came_from(session, ids), _given(session, ids)
    for specimen_id, events in histories.items():
        row = rows.get(specimen_id)
        try:
            for sentence in _tube_differs(row, events, codes[specimen_id], came_from[specimen_id], given.get(specimen_id, 0)):
                yield Difference(SubjectKind.SPECIMEN, specimen_id, sentence)
        except _UNREADABLE:
            name = _named(row.barcode, row.label) if row is not None else "this tube"
            yield Difference(SubjectKind.SPECIMEN, specimen_id, f"{name}: its events do not fit together")


def check_collections(session: Session, histories: dict[int, list[Event]]) -> Iterator[Difference]:
    """Every kept column of these collections, and how many tubes were taken, against what was written then and put right since."""
    rows = {row.id: row for row in session.execute(_collections(list(histories)))}
    taken = _taken(session, list(histories))
    for collection_id, events in histories.items():
        try:
            for sentence in _collection_differs(rows.get(collection_id), events, taken.get(collection_id, 0)):
                yield Difference(SubjectKind.COLLECTION, collection_id, sentence)
        except _UNREADABLE:
            yield Difference(SubjectKind.COLLECTION, collection_id, "its events do not fit together")


def _tube_differs(row: Any, events: Sequence[Event], codes: Mapping[str, str], came_from: Drawn, given: int) -> Iterator[str]:
    if row is None and not events:  # labelled and not filled: whoever labelled it answers for it
        return
    if not events or events[0].type is not EventType.REGISTERED:
        yield "its history does not begin with its registration"
        return
    first, after = events[0].facts, fold(events)
    name = _named(after.barcode, after.label)
    if row is None:
        yield f"{name}: the register does not have it any more"
        return
    yield from (f"{name}: {each}" for each in _columns_differ(row, _said_of_tube(events, after), after))
    yield from (f"{name}: {each}" for each in _codes_differ(codes, _codes_said(events)))
    yield from (f"{name}: {each}" for each in _parents_differ(came_from, dict(zip(first["parents"], first["drawn"], strict=True))))
    said = sum(event.facts["drawn"] or 0 for event in events if event.type is EventType.ALIQUOTED and event.facts["count"])
    if given != said:
        yield f"{name}: {_amount(given, after.unit)} went into the tubes made of it, its events say {_amount(said, after.unit)}"


def _said_of_tube(events: Sequence[Event], after: Projection) -> dict[str, object]:
    """The columns of a tube as its events leave them."""
    first = events[0].facts
    return {
        **{column: getattr(after, column) for column in (*_AMOUNTS, *_FOLDED)},
        "flags": flags_to_text(after.flags),
        "participant": first["participant"],
        "collection_id": first["collection_id"],
        "created_at": events[0].recorded_at,
    }


def _columns_differ(row: Any, said: Mapping[str, object], after: Projection) -> Iterator[str]:
    for column, expected in said.items():
        kept = getattr(row, column)
        if kept != expected:
            words = _in_unit(after.unit) if column in _AMOUNTS else _word
            yield f"{column} is {words(kept)}, its events say {words(expected)}"
    if not after.label.endswith(f"-{row.ordinal:02d}"):
        yield f"ordinal is {row.ordinal}, its label says {after.label}"
    if row.study_id != row.study_of_participant:
        yield f"study_id is {row.study_id}, its participant's is {row.study_of_participant}"


def _codes_differ(kept: Mapping[str, str], said: set[str]) -> Iterator[str]:
    for code in sorted(said - kept.keys()):
        yield f"code {code} is not bound to it any more, its events say it is"
    for code in sorted(kept.keys() - said):
        yield f"code {code} is bound to it, its events do not say so"
    for code in sorted(code for code, kind in kept.items() if kind != SubjectKind.SPECIMEN):
        yield f"code {code} is bound to it as a {kept[code]}"


def _codes_said(events: Sequence[Event]) -> set[str]:
    return {events[0].facts["barcode"], *(event.facts["code"] for event in events if event.type is EventType.CODE_BOUND)}


def _parents_differ(kept: Drawn, said: Drawn) -> Iterator[str]:
    for parent in sorted(said.keys() - kept.keys()):
        yield f"it was made of {in_fours(parent)} as its events say, its lineage does not"
    for parent in sorted(kept.keys() - said.keys()):
        yield f"it was made of {in_fours(parent)} as its lineage says, its events do not"
    for parent in sorted(parent for parent in kept.keys() & said.keys() if kept[parent] != said[parent]):
        yield f"{in_fours(parent)} gave {_word(kept[parent])} base units to it, its events say {_word(said[parent])}"


def _collection_differs(row: Any, events: Sequence[Event], taken: int) -> Iterator[str]:
    if not events or events[0].type not in {EventType.COLLECTED, EventType.NOT_COLLECTED}:
        yield "its history does not begin with what was collected"
        return
    said = _said_of_collection(events)
    name = " ".join(str(said[column]) for column in ("participant", "timepoint", "specimen_type"))
    if row is None:
        yield f"{name}: the register does not have it any more"
        return
    for column, expected in said.items():
        kept = _word_or_none(getattr(row, column))
        if kept != expected:
            yield f"{name}: {column} is {_word(kept)}, its events say {_word(expected)}"
    tubes = events[0].facts.get("tubes", taken)  # where nothing was collected, or an older inventory tells of it, nobody counted
    if taken != tubes:
        yield f"{name}: {taken} of the tubes taken are there, its events say {tubes}"


def _said_of_collection(events: Sequence[Event]) -> dict[str, object]:
    """The columns of a collection as its events leave them, times as they are written down."""
    first = events[0].facts
    columns = ("participant", "timepoint", "specimen_type", "protocol_version_id", "note", *_TIMES)
    said: dict[str, object] = {column: first[column] for column in columns} | {"not_collected": first.get("code")}
    for event in events[1:]:
        if event.type is EventType.CORRECTED:
            said |= {column: value for column, (_was, value) in event.facts["changes"].items()}
    return said


def _specimens(ids: Sequence[int]) -> Any:
    columns = (Participant.code.label("participant"), Participant.study_id.label("study_of_participant"))
    wanted = select(Specimen.__table__, *columns).outerjoin(Participant, Participant.id == Specimen.participant_id)
    return wanted.where(Specimen.id.in_(ids))


def _collections(ids: Sequence[int]) -> Any:
    wanted = select(Collection.__table__, Participant.code.label("participant"))
    return wanted.outerjoin(Participant, Participant.id == Collection.participant_id).where(Collection.id.in_(ids))


def _taken(session: Session, ids: Sequence[int]) -> dict[int, int]:
    """How many primary tubes of each collection there are."""
    wanted = select(Specimen.collection_id, func.count().label("tubes")).where(Specimen.collection_id.in_(ids))
    rows = session.execute(wanted.where(Specimen.form == SpecimenForm.PRIMARY).group_by(Specimen.collection_id))
    return {row.collection_id: row.tubes for row in rows}


def _codes(session: Session, ids: Sequence[int]) -> dict[int, dict[str, str]]:
    """The codes bound to each, and as what kind of thing. Those of later labels are told by the jobs that print them."""
    found: dict[int, dict[str, str]] = defaultdict(dict)
    wanted = select(BoundCode.subject_id, BoundCode.code, BoundCode.kind).where(BoundCode.subject_id.in_(ids))
    for row in session.execute(wanted.where(BoundCode.role != CodeRole.COPY)):
        found[row.subject_id][row.code] = row.kind
    return found


def _came_from(session: Session, ids: Sequence[int]) -> dict[int, dict[str, int | None]]:
    """What each was made of, by the barcodes of the parents."""
    wanted = select(Lineage.child_id, Lineage.drawn, _PARENT.barcode).outerjoin(_PARENT, _PARENT.id == Lineage.parent_id)
    found: dict[int, dict[str, int | None]] = defaultdict(dict)
    for row in session.execute(wanted.where(Lineage.child_id.in_(ids))):
        found[row.child_id][row.barcode or "a tube that is not there"] = row.drawn
    return found


def _given(session: Session, ids: Sequence[int]) -> dict[int, int]:
    """How much each gave to all that was made of it."""
    wanted = select(Lineage.parent_id, func.coalesce(func.sum(Lineage.drawn), 0).label("drawn"))
    rows: Sequence[Row[*tuple[Any, ...]]] = session.execute(wanted.where(Lineage.parent_id.in_(ids)).group_by(Lineage.parent_id)).all()
    return {row.parent_id: int(row.drawn) for row in rows}


def _named(barcode: str, label: str) -> str:
    return f"{in_fours(barcode)} ({label})"


def _in_unit(unit: str) -> Callable[[object], str]:
    return lambda amount: _amount(amount, unit)


def _amount(amount: object, unit: str) -> str:
    return in_words(amount, unit) if unit in BASE_UNITS_PER and (amount is None or isinstance(amount, int)) else _word(amount)


def _word(value: object) -> str:
    if isinstance(value, datetime):
        return clock.iso(value)
    return "nothing" if value in (None, "") else str(value)


def _word_or_none(value: object) -> object:
    """A time as it is written down; another value as it is."""
    if isinstance(value, datetime):
        return clock.iso(value)
    return value.isoformat() if isinstance(value, date) else value
