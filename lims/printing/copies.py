"""Which copy each label becomes, and what its symbol carries: the barcode itself, or for a later copy the barcode with a mark."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from lims.db import table_of
from lims.labels.models import BoundCode
from lims.labels.vocabulary import CodeRole
from lims.printing.errors import ReprintNeedsReason
from lims.printing.rules import marked_codes, needs_reason, next_copy
from lims.printing.vocabulary import LabelPrint, LabelState, LabelWanted

_CODE = table_of(BoundCode).c
_KNOWN = select(_CODE.code, _CODE.subject_id, _CODE.role).where(_CODE.code.in_(bindparam("codes", expanding=True)))


@dataclass(frozen=True, slots=True, kw_only=True)
class NewLabel:
    """A label about to be queued. ``former`` counts no more from then on; ``is_new_code`` says that its symbol is to be bound."""

    wanted: LabelWanted
    copy: int
    symbol: str
    reason: str | None
    former: LabelPrint | None
    is_new_code: bool = False


def plan_copies(
    session: Session, wanted: Sequence[LabelWanted], labels: Mapping[int, Sequence[LabelPrint]], reason: str | None
) -> list[NewLabel]:
    """What each thing's next label is, by the labels it had. One statement where one of them is a later copy, else none.

    :raises ReprintNeedsReason: something has a label already, and no reason is given for another.
    :raises NoRoomForMark: a later copy's code is longer than a symbol may be.
    :raises MarksUsedUp: no mark is left.
    """
    further = [each for each in wanted if needs_reason(labels.get(each.subject_id, ()))]
    if further and reason is None:
        raise ReprintNeedsReason([each.barcode for each in further])
    copies = {each.subject_id: next_copy(labels.get(each.subject_id, ())) for each in further}
    symbols, known = _symbols(session, [each for each in further if copies[each.subject_id] > 1], copies, labels)
    return [
        NewLabel(
            wanted=_as_owned(each, labels.get(each.subject_id, ())),
            copy=copies.get(each.subject_id, 1),
            symbol=symbols.get(each.subject_id, each.barcode),
            reason=reason if each.subject_id in copies else None,
            former=_living(labels.get(each.subject_id, ())),
            is_new_code=each.subject_id in symbols and each.subject_id not in known,
        )
        for each in wanted
    ]


def _symbols(
    session: Session, wanted: Sequence[LabelWanted], copies: Mapping[int, int], labels: Mapping[int, Sequence[LabelPrint]]
) -> tuple[dict[int, str], set[int]]:
    """By thing, the code of its later copy; and the things whose code was bound before, for a label that never left the queue."""
    tries: dict[int, Iterator[str]] = {
        each.subject_id: marked_codes(each.barcode, copies[each.subject_id], labels[each.subject_id]) for each in wanted
    }
    symbols: dict[int, str] = {}
    known: set[int] = set()
    while open_ := tries.keys() - symbols.keys():
        tried = {subject_id: next(tries[subject_id]) for subject_id in open_}
        taken = {row.code: row for row in session.execute(_KNOWN, {"codes": list(tried.values())})}
        for subject_id, code in tried.items():
            if code not in taken:
                symbols[subject_id] = code
            elif taken[code].subject_id == subject_id and taken[code].role == CodeRole.COPY:
                symbols[subject_id] = code
                known.add(subject_id)
    return symbols, known


def _as_owned(wanted: LabelWanted, labels: Sequence[LabelPrint]) -> LabelWanted:
    """A thing of the stock may have become somebody's since its label was looked at: its labels, which are held, know."""
    owner = next((label.participant_id for label in labels if label.participant_id is not None), None)
    return wanted if wanted.participant_id is not None or owner is None else replace(wanted, participant_id=owner)


def _living(labels: Sequence[LabelPrint]) -> LabelPrint | None:
    return next((label for label in labels if label.state is not LabelState.VOID), None)
