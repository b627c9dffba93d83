"""What happened to a printer or a print job, in a line of detail."""

from collections.abc import Mapping, Sequence
from typing import Any

from lims.custody.vocabulary import EventType
from lims.ids import in_fours
from lims.printing.vocabulary import VoidReason
from lims.web.messages import _, later, plural
from lims.web.printing_words import void_word

PRINTING = frozenset(
    {
        EventType.PRINTER_ADDED,
        EventType.PRINTER_CHANGED,
        EventType.JOB_QUEUED,
        EventType.JOB_CANCELLED,
        EventType.LABELS_REPLACED,
        EventType.LABELS_TAKEN,
        EventType.LABELS_PRINTED,
        EventType.LABEL_VERIFIED,
    }
)
_LINES_TOLD = 6
_OF_A_PRINTER = {
    "address": later("address"),
    "dpi": later("dots an inch"),
    "stock": later("loaded"),
    "language": later("it takes"),
    "paused": later("paused"),
    "retired": later("retired"),
}


def printing_in_words(type_: EventType, facts: Mapping[str, Any]) -> str:
    """One line of what an act of :data:`PRINTING` says."""
    match type_:
        case EventType.PRINTER_ADDED:
            return " · ".join(str(facts[name]) for name in ("address", "stock", "dpi") if facts.get(name))
        case EventType.PRINTER_CHANGED:
            return "; ".join(_changed(what, was, is_) for what, (was, is_) in facts.get("changes", {}).items())
        case EventType.JOB_QUEUED:
            count = len(facts.get("labels", ()))
            return plural("one label on %(printer)s", "%(num)d labels on %(printer)s", count, printer=facts.get("printer", ""))
        case EventType.LABEL_VERIFIED:
            told = _("label %(n)s", n=facts.get("line")), in_fours(str(facts.get("symbol", ""))), facts.get("tube_code")
            return " · ".join(str(one) for one in told if one)
        case EventType.LABELS_REPLACED:
            return " · ".join((void_word(VoidReason(facts["void_reason"])), _lines(facts.get("labels", ()))))
        case _:
            return _lines(facts.get("labels", ()))


def _lines(labels: Sequence[Mapping[str, Any]]) -> str:
    """Which labels of the job."""
    told = ", ".join(str(label["line"]) for label in labels[:_LINES_TOLD])
    return _("labels %(lines)s", lines=told + (" …" if len(labels) > _LINES_TOLD else ""))


def _changed(what: str, was: Any, is_: Any) -> str:
    name = _(_OF_A_PRINTER[what]) if what in _OF_A_PRINTER else what
    if isinstance(is_, bool):
        return name if is_ else _("no longer %(what)s", what=name)
    return _("%(what)s was %(was)s, is %(is_)s", what=name, was=was or "–", is_=is_ or "–")
