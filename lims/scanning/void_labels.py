"""Reads of many scans at once: of the codes a form or a request took, those that stand on labels which count no more.

Any copy finds its thing, so the act is done whichever was scanned; whoever scanned a void one is told so, and which copy counts.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, bindparam, literal_column, select
from sqlalchemy.orm import Session

from lims.db import table_of
from lims.ids import codes_among, in_fours
from lims.printing.models import LabelPrintRow
from lims.scanning.label_words import on_void_label
from lims.scanning.queries import void_label_from
from lims.sentences import Sentence
from lims.specimens.models import Collection, Specimen
from lims.specimens.vocabulary import Remark


def void_label_remarks(session: Session, reads: Iterable[str | None]) -> dict[str, Remark]:
    """By normalised code, what is said of each label that counts no more, in the order they were read. One statement, or none.

    :param reads: codes as they were read; what cannot be a code, or is on no label, is passed over.
    """
    codes = codes_among(filter(None, reads))
    found = _remarks(session, _BY_SYMBOLS, {"codes": codes}) if codes else {}
    return {code: found[code] for code in codes if code in found}


def void_label_remarks_of(session: Session, subject_ids: Sequence[int]) -> dict[str, Remark]:
    """The same of every label that these things ever had. One statement, or none."""
    return _remarks(session, _BY_SUBJECTS, {"ids": subject_ids}) if subject_ids else {}


_LABEL, _LIVING = table_of(LabelPrintRow).alias("label"), table_of(LabelPrintRow).alias("living")
_VOID: ColumnElement[str] = literal_column("'void'")  # no parameter: only so do both engines see that the partial index answers


def _void_labels() -> Select[Any]:
    version = (
        select(Collection.protocol_version_id)
        .join(Specimen, Specimen.collection_id == Collection.id)
        .where(Specimen.id == _LABEL.c.subject_id)
        .scalar_subquery()
    )
    successor = (_LIVING.c.subject_id == _LABEL.c.subject_id) & (_LIVING.c.state != _VOID)
    return (
        select(
            *(_LABEL.c[name] for name in ("symbol", "voided_at", "void_reason")),
            _LIVING.c.copy.label("living_copy"),
            _LIVING.c.sent_at.label("living_sent_at"),
            version.label("protocol_version_id"),
        )
        .select_from(_LABEL.outerjoin(_LIVING, successor))
        .where(_LABEL.c.state == _VOID, _LABEL.c.sent_at.is_not(None))  # one that never left the queue is in nobody's hand
        .order_by(_LABEL.c.id)
    )


_BY_SYMBOLS = _void_labels().where(_LABEL.c.symbol.in_(bindparam("codes", expanding=True)))
_BY_SUBJECTS = _void_labels().where(_LABEL.c.subject_id.in_(bindparam("ids", expanding=True)))


def _remarks(session: Session, statement: Select[Any], asked: Mapping[str, Sequence[Any]]) -> dict[str, Remark]:
    rows = session.execute(statement, asked).all()
    return {row.symbol: _naming(row.symbol, on_void_label(void_label_from(session, row))) for row in rows}


def _naming(code: str, remark: Remark) -> Remark:
    """Many codes may have been taken at once: the remark says which it speaks of."""
    return Remark(remark.code, Sentence("%(read)s: %(said)s", read=in_fours(code), said=remark.sentence))
