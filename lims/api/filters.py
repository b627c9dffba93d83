"""What a list may be narrowed to: a word that no protocol has, or a person nobody knows, is a slip of the pen, not an empty list.

It is asked of an empty list only: a row that was found has every word it was asked by, so a full list costs nothing more.
"""

from collections.abc import Callable, Iterable, Mapping

from sqlalchemy.orm import Session

from lims.studies.protocol import Protocol
from lims.studies.protocol_errors import UnknownCode
from lims.studies.queries import get_participant, list_protocols

_WORDS: Mapping[str, tuple[str, Callable[[Protocol], Iterable[str]]]] = {
    "timepoint": ("timepoint", lambda protocol: (each.code for each in protocol.timepoints)),
    "specimen_type": ("specimen type", lambda protocol: (each.code for each in protocol.specimen_types)),
    "cohort": ("cohort", lambda protocol: (each.code for each in protocol.cohorts)),
    "assay": ("assay", lambda protocol: (each.code for each in protocol.assays)),
}
"""By parameter: what it is called, and which words a protocol has for it."""


def check_filters(session: Session, query: Mapping[str, object]) -> None:
    """Whether what was asked for, and not found, can be there at all.

    :raises UnknownCode: no version of any protocol (of the study, where one is named) has that word; those there are, are named.
    :raises UnknownParticipant: nobody has that code.
    :raises UnknownStudy: no study has that one.
    """
    study = _text(query, "study")
    asked = {name: word for name in _WORDS if (word := _text(query, name)) is not None}
    protocols = list_protocols(session, study) if asked or study is not None else []
    for name, word in asked.items():
        called, words_of = _WORDS[name]
        known = list(dict.fromkeys(each for protocol in protocols for each in words_of(protocol)))
        if word not in known:
            raise UnknownCode(called, word, known)
    participant = _text(query, "participant")
    if participant is not None:
        get_participant(session, participant, study)


def _text(query: Mapping[str, object], name: str) -> str | None:
    given = query.get(name)
    return given if isinstance(given, str) else None
