"""What happened when tubes were looked for, in words: in an audit, for a pick list, in a box filled anew."""

from collections.abc import Callable, Mapping
from typing import Any

from lims.custody.vocabulary import EventType
from lims.ids import in_fours
from lims.storage.vocabulary import Found
from lims.web.audits import found_word
from lims.web.messages import _, plural

_OF_ONE_TUBE = frozenset(
    {
        EventType.AUDIT_SCANNED,
        EventType.AUDIT_UNSCANNED,
        EventType.PICKED,
        EventType.UNPICKED,
        EventType.PICK_NOT_FOUND,
        EventType.PICK_SUBSTITUTED,
    }
)
_OF_MANY = {EventType.AUDIT_BEGUN: "audit", EventType.PICK_LIST_MADE: "pick_list"}
_ENDINGS = frozenset({EventType.PICK_LIST_DONE, EventType.PICK_LIST_CANCELLED})
_COUNTED = frozenset({EventType.CONTAINER_AUDITED, EventType.AUDIT_ACCEPTED})
LOOKING = _OF_ONE_TUBE | _OF_MANY.keys() | _ENDINGS | _COUNTED | {EventType.AUDITED, EventType.REBOXED, EventType.CONTAINER_REBOXED}
"""What happens when tubes are looked for."""


def looking_in_words(type_: EventType, facts: Mapping[str, Any], place: Callable[[Any], str]) -> str:
    """One of those acts; ``place`` says a hole."""
    if type_ in _OF_ONE_TUBE:
        tube = in_fours(str(facts.get("specimen") or facts.get("unknown", "")))
        return " · ".join(filter(None, (tube, _found_in_words(facts))))
    if type_ in _OF_MANY:
        tubes = plural("one tube", "%(num)d tubes", len(facts.get("lines", ())))
        return f"{facts.get(_OF_MANY[type_], '')} · {tubes}"
    if type_ in _ENDINGS:
        return _left_in_words(facts)
    if type_ in _COUNTED:
        return _counts_in_words(facts)
    if type_ is EventType.CONTAINER_REBOXED:
        return plural("one tube", "%(num)d tubes", int(facts.get("tubes", 0)))
    of, where = str(facts.get("audit") or facts.get("pick_list") or ""), place(facts.get("to") or facts.get("from"))
    return " · ".join(filter(None, (_found_in_words(facts), where, of)))


def _found_in_words(facts: Mapping[str, Any]) -> str:
    found = facts.get("found")
    return found_word(found) if found in set(Found) else ""


def _counts_in_words(facts: Mapping[str, Any]) -> str:
    """How many were found how: ``AUD-2026-01 · here 79 · missing 2``."""
    counts = facts.get("counts") or {}
    parts = [f"{found_word(found)} {counts[found]}" for found in Found if counts.get(found)]
    return " · ".join(filter(None, (str(facts.get("audit", "")), *parts)))


def _left_in_words(facts: Mapping[str, Any]) -> str:
    """How many were taken, and how many were not."""
    left = len(facts.get("left", ()))
    taken = _("%(num)s taken", num=facts.get("picked", 0))
    return f"{taken} · {plural('one tube missing', '%(num)d tubes missing', left)}" if left else taken
