"""What happened, in words: an act of the ledger as a verb in the past and one line of detail."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from lims.accounts.queries import list_users
from lims.custody.vocabulary import Event, EventType, SubjectKind
from lims.ids import in_fours
from lims.specimens.queries import barcodes_of
from lims.studies.queries import participants_by_id
from lims.web.finding_happenings import LOOKING, looking_in_words
from lims.web.messages import _, later, plural
from lims.web.printing_happenings import PRINTING, printing_in_words
from lims.web.printing_words import reason_again
from lims.web.study_here import assay_word, cohort_word, flag_word, reason_word, treatment_word, type_word
from lims.web.wording import amount as amount_in_words
from lims.web.wording import day, moment
from lims.web.words import container_type_word, event_icon, event_word, state_word

_OF_A_DAY = {EventType.ENROLLED, EventType.CONSENT_GIVEN, EventType.CONSENT_WITHDRAWN, EventType.TAKEN_OFF_STUDY}
_LOUD = {
    *(EventType.QUARANTINED, EventType.FLAGGED, EventType.DISPOSED, EventType.CONSENT_WITHDRAWN),
    *(EventType.SIGN_IN_REFUSED, EventType.DONE_BY_HAND),
}


@dataclass(frozen=True, slots=True)
class Happening:
    """One act as a page shows it."""

    event: Event
    icon: str
    verb: str
    detail: str
    loud: bool

    @property
    def when(self) -> str:
        """When it happened; what happened on a day has no hour."""
        return day(self.event.occurred_at) if self.event.type in _OF_A_DAY else moment(self.event.occurred_at)


@dataclass(frozen=True, slots=True)
class Subject:
    """What an act happened to: its name, and its page where it has one."""

    name: str
    address: str | None = None


def happening(event: Event, unit: str | None = None) -> Happening:
    """An act in words; ``unit`` is the tube's own, where the act itself does not say it."""
    return Happening(event, event_icon(event.type), event_word(event.type), _detail(event, unit), event.type in _LOUD)


def happenings(events: Iterable[Event]) -> list[Happening]:
    """Acts in words, the newest first."""
    every = sorted(events, key=lambda event: -event.sequence)
    unit = next((event.facts.get("unit") for event in reversed(every) if event.type is EventType.REGISTERED), None)
    return [happening(event, unit) for event in every]


def subjects_of(session: Session, wanted: Sequence[tuple[SubjectKind, Event]]) -> dict[int, Subject]:
    """What the acts of a trail happened to, by subject id, in three statements."""
    ids = {kind: {event.subject_id for of, event in wanted if of is kind} for kind in SubjectKind}
    found = {
        id_: Subject(in_fours(barcode), f"/specimens/{barcode}") for id_, barcode in barcodes_of(session, ids[SubjectKind.SPECIMEN]).items()
    }
    people = participants_by_id(session, ids[SubjectKind.PARTICIPANT])
    found |= {id_: Subject(person.code, f"/participants/{person.code}") for id_, person in people.items()}
    if people_ids := ids[SubjectKind.PERSON]:
        found |= {person.id: Subject(person.username) for person in list_users(session) if person.id in people_ids}
    return found | {event.subject_id: _from_facts(kind, event) for kind, event in wanted if event.subject_id not in found}


def _from_facts(kind: SubjectKind, event: Event) -> Subject:
    """A thing named in the act itself: a batch, a container, a manifest; or a print job by its number."""
    if kind is SubjectKind.PRINT_JOB:
        return Subject(_("job %(id)s", id=event.subject_id), f"/labels/jobs/{event.subject_id}")
    facts = event.facts
    if kind is SubjectKind.AUDIT:
        return Subject(str(facts.get("audit", "")), f"/audits/{facts.get('audit', '')}")
    if kind is SubjectKind.PICK_LIST:
        return Subject(str(facts.get("pick_list", "")), f"/pick-lists/{facts.get('pick_list', '')}")
    if kind is SubjectKind.DEVICE:
        return Subject(str(facts.get("is", "")))
    if kind is SubjectKind.KIT and isinstance(kit := facts.get("barcode"), str):
        return Subject(in_fours(kit), f"/kits/{kit}")
    for key, part in (("batch", "batches"), ("barcode", "containers"), ("code", "batches"), ("number", None), ("username", None)):
        if isinstance(value := facts.get(key), str) and kind in {
            SubjectKind.CONTAINER,
            SubjectKind.BATCH,
            SubjectKind.MANIFEST,
            SubjectKind.PERSON,
        }:
            return Subject(in_fours(value), f"/{part}/{value}" if part else None)
    return Subject(f"{facts.get('participant', '')} {facts.get('timepoint', '')}".strip() or f"#{event.subject_id}")


def _detail(event: Event, unit: str | None) -> str:
    facts = {"unit": unit, **event.facts}
    reason = reason_again(event.reason) if event.type in PRINTING else event.reason
    parts = [part for part in (_facts_in_words(event.type, facts), reason) if part]
    return " · ".join(parts)


def _facts_in_words(type_: EventType, facts: Mapping[str, Any]) -> str:
    match type_:
        case EventType.REGISTERED:
            return " · ".join(filter(None, (facts.get("label"), type_word(facts["specimen_type"]), _amount(facts, "amount"))))
        case EventType.PLACED | EventType.RETURNED:
            return _place(facts.get("to"))
        case EventType.MOVED:
            return _("%(from_)s to %(to)s", from_=_place(facts.get("from")), to=_place(facts.get("to")))
        case EventType.CHECKED_OUT:
            return " · ".join(filter(None, (_("its hole %(hole)s is kept", hole=_place(facts.get("from"))), _who(facts.get("to")))))
        case EventType.REMOVED | EventType.DISPOSED:
            return _place(facts.get("from"))
        case EventType.DISPATCHED:
            return " · ".join(filter(None, (_place(facts.get("from")), _who(facts.get("to")))))
        case EventType.RECEIVED:
            return _who(facts.get("from"))
        case EventType.ALIQUOTED:
            return _divided(facts)
        case EventType.CONSUMED:
            return _amount(facts, "drawn") or _("all that was left")
        case EventType.FLAGGED | EventType.UNFLAGGED:
            return flag_word(facts["code"])
        case EventType.NOT_COLLECTED:
            return f"{type_word(facts.get('specimen_type', ''))} {facts.get('timepoint', '')} · {reason_word(facts['code'])}"
        case EventType.COLLECTED:
            return " · ".join(filter(None, (str(facts.get("timepoint", "")), type_word(facts.get("specimen_type", "")))))
        case EventType.CORRECTED:
            return "; ".join(_change(what, was, is_, facts) for what, (was, is_) in facts.get("changes", {}).items())
        case EventType.ENROLLED:
            consent = _("consent given %(day)s", day=day(date.fromisoformat(facts["consent_on"]))) if facts.get("consent_on") else ""
            return " · ".join(filter(None, (cohort_word(facts.get("cohort", "")), consent)))
        case EventType.CONSENT_GIVEN | EventType.CONSENT_WITHDRAWN | EventType.TAKEN_OFF_STUDY:
            return ""
        case _ if type_ in LOOKING:
            return looking_in_words(type_, facts, _place)
        case EventType.DONE_BY_HAND:
            return _refused_in_words(facts)
        case EventType.CONTAINER_MADE:
            return " · ".join(filter(None, (str(facts.get("name", "")), container_type_word(str(facts.get("type", ""))))))
        case EventType.CONTAINER_MOVED:
            return _("%(from_)s to %(to)s", from_=_stood(facts.get("from")), to=_stood(facts.get("to")))
        case EventType.MANIFEST_ISSUED | EventType.MANIFEST_PULLED:
            return " · ".join(str(facts[name]) for name in ("number", "batch", "format") if facts.get(name))
        case EventType.TREATED:
            return treatment_word(facts.get("kind", ""))
        case EventType.BOX_CLAIMED | EventType.BOX_LEFT | EventType.DEVICE_NAMED:
            return _of_device(facts)
        case EventType.CODE_BOUND:
            return str(facts.get("code", ""))
        case _ if type_ in PRINTING:
            return printing_in_words(type_, facts)
        case EventType.BATCHED | EventType.UNBATCHED:
            return str(facts.get("batch", ""))
        case EventType.KIT_MADE | EventType.KIT_BOUND:
            return " · ".join(filter(None, (_whose_kit(facts), _tubes(facts.get("tubes")))))
        case EventType.KIT_USED | EventType.KIT_VOIDED:
            return _what_became_of(facts)
        case _:
            return _plain(facts)


def _of_device(facts: Mapping[str, Any]) -> str:
    """What it is called and was before; or which it is, by the name it had then."""
    named = " → ".join(str(facts[name]) for name in ("was", "is") if facts.get(name))
    return named or str(facts.get("device_name") or facts.get("device", ""))


def _refused_in_words(facts: Mapping[str, Any]) -> str:
    """What was scanned, by whom, and not recorded."""
    kind = facts.get("type")
    act = event_word(kind) if kind in set(EventType) else str(kind)
    what = " · ".join(filter(None, (act, in_fours(str(facts.get("barcode", ""))), str(facts.get("where") or ""))))
    return _("scanned by %(who)s and refused: %(what)s", who=facts.get("by", ""), what=what)


def _whose_kit(facts: Mapping[str, Any]) -> str:
    return " ".join(str(facts[name]) for name in ("participant", "timepoint") if facts.get(name)) or _("in stock")


def _what_became_of(facts: Mapping[str, Any]) -> str:
    """How many of a kit's tubes were filled, and how many of its labels count no more."""
    used, unused = len(facts.get("used", ())), len(facts.get("unused", ()))
    filled = plural("one tube filled", "%(num)d tubes filled", used) if used else ""
    return " · ".join(filter(None, (filled, plural("one label void", "%(num)d labels void", unused) if unused else "")))


def _tubes(tubes: Any) -> str:
    return plural("one tube", "%(num)d tubes", len(tubes)) if isinstance(tubes, list) and tubes else ""


def _divided(facts: Mapping[str, Any]) -> str:
    count = int(facts.get("count") or len(facts.get("children", ())) or 0)
    made = plural("one tube of %(type)s", "%(num)d tubes of %(type)s", count, type=type_word(facts.get("specimen_type", "")))
    drawn = _amount(facts, "drawn")
    return _("%(made)s, %(drawn)s taken from it", made=made, drawn=drawn) if drawn else made


def _amount(facts: Mapping[str, Any], name: str) -> str:
    amount = facts.get(name)
    return amount_in_words(amount, facts.get("unit", "")) if isinstance(amount, int) and facts.get("unit") else ""


def _place(place: Any) -> str:
    """A hole as its event names it: ``C8T4 9KX2 · C4``."""
    if not isinstance(place, Mapping):
        return ""
    return " · ".join(str(part) for part in (in_fours(str(place.get("container", ""))), place.get("position")) if part)


def _stood(standing: Any) -> str:
    """What a container stood in; the bench, where that was nothing."""
    if not isinstance(standing, Mapping) or not standing.get("parent"):
        return _("the bench")
    return " · ".join(str(part) for part in (in_fours(str(standing["parent"])), standing.get("slot")) if part)


def _who(to: Any) -> str:
    return str(to) if isinstance(to, str) else ""


_NAMES = {
    "amount": later("amount"),
    "initial_amount": later("amount at the start"),
    "thaw_count": later("thaws"),
    "purpose": later("purpose"),
    "container_kind": later("kind of tube"),
    "state": later("state"),
    "place": later("place"),
    "flags": later("flags"),
    "given_at": later("time"),
}


def _change(what: str, was: Any, is_: Any, facts: Mapping[str, Any]) -> str:
    name = _(_NAMES[what]) if what in _NAMES else what
    if what in {"amount", "initial_amount"} and not facts.get("unit"):
        return name
    return _("%(what)s was %(was)s, is %(is_)s", what=name, was=_value(what, was, facts), is_=_value(what, is_, facts))


def _value(what: str, value: Any, facts: Mapping[str, Any]) -> str:
    match what, value:
        case "place", None:
            return _("no hole")
        case _, None:
            return _("unknown")
        case (("amount" | "initial_amount"), int()):
            return amount_in_words(value, facts["unit"])
        case "state", str():
            return state_word(value)
        case "place", dict():
            return _place(value)
        case "purpose", str():
            return assay_word(value)
        case _, list():
            return ", ".join(str(one) for one in value) or "–"
        case _:
            return str(value)


def _plain(facts: Mapping[str, Any]) -> str:
    """What an act of the desk says, as far as it is short."""
    shown = [str(value) for name, value in facts.items() if name != "unit" and isinstance(value, str | int) and not isinstance(value, bool)]
    return " · ".join(text for text in shown[:4] if len(text) <= 40)
