"""The codes that forms take: whoever scanned a label that counts no more is told so on the next page, whichever form it was.

A view says which of its fields were scanned (:func:`take_codes`, or :meth:`lims.web.fields.Fields.code`); the form that was taken asks
once for all of them. What was done stays done: any copy finds its thing.
"""

from collections.abc import Iterable, Sequence

from flask import g
from sqlalchemy.orm import Session

from lims.scanning.void_labels import void_label_remarks
from lims.specimens.vocabulary import Remark
from lims.web.frame import tell
from lims.web.messages import _, plural
from lims.web.printing_words import sentences
from lims.web.problem_words import remark_text

_NAMED_AT_MOST = 6


def take_codes(codes: Iterable[str | None]) -> None:
    """These were read from labels in the form that is being taken."""
    g.codes_taken = [*g.get("codes_taken", ()), *filter(None, codes)]


def tell_void_labels(session: Session) -> None:
    """Leave a note that names each label among the codes taken which counts no more, and its successor. One statement, or none."""
    remarks = list(void_label_remarks(session, g.pop("codes_taken", ())).values())
    if remarks:
        tell("warn", *void_labels_note(remarks))


def void_labels_note(remarks: Sequence[Remark]) -> tuple[str, str]:
    """The title of such a note, and what it says: of many labels the first ones by name."""
    title = plural("One label counts no more", "%(num)d labels count no more", len(remarks))
    said = [remark_text(remark) for remark in remarks[:_NAMED_AT_MOST]]
    return title, sentences(*said, _("There are more.") if len(remarks) > _NAMED_AT_MOST else "")
