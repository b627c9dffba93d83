"""One specimen: where it is, what is left, whether it may be used, where it comes from, and all that happened to it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from flask.typing import ResponseReturnValue

from lims import clock
from lims.accounts.vocabulary import Action
from lims.custody.queries import list_events
from lims.custody.rules import last_act
from lims.custody.vocabulary import NO_HASH, Event, EventType
from lims.http_context import allow, read
from lims.pairs.queries import pairs_of_specimen
from lims.pairs.vocabulary import PairView, Reason
from lims.specimens.rules import LEGAL
from lims.specimens.vocabulary import AT_HAND, QUARANTINED, SpecimenState
from lims.storage.corrections import TAKEN_BACK
from lims.storage.tubes import Tube, get_tube_and_family
from lims.storage.ways import container_path
from lims.web.frame import page, web
from lims.web.happenings import Happening, happenings
from lims.web.label_history import history_of
from lims.web.messages import _
from lims.web.study_here import protocol_here, use_study
from lims.web.wording import lasting


@dataclass(frozen=True, slots=True)
class Standing:
    """The answer in the banner: what is so, and what to do."""

    outcome: str
    title: str
    do: str


@dataclass(frozen=True, slots=True)
class Family:
    """Where it comes from and what came of it: three columns, left to right."""

    parents: tuple[Tube, ...]
    generation: tuple[Tube, ...]
    children: tuple[Tube, ...]


@web.get("/specimens/<code>")
@web.get("/specimens/<code>/<any(place, aliquots, use, times, flag, quarantine, release, codes, correct, dispose):asked>")
@allow(Action.READ)
def specimen(code: str, asked: str | None = None) -> ResponseReturnValue:
    """All there is to know of a tube, and what may be done to it now; at the address of an act, with that act's form."""
    with read() as (session, _actor):
        tube, family = get_tube_and_family(session, code)
        events = list_events(session, tube.id)
        way = container_path(session, tube.place.container_id) if tube.place else ()
        labels = history_of(session, [tube.id]).get(tube.id, [])
        pairs = pairs_of_specimen(session, tube.id, tube.participant_id, at=clock.now())
    use_study(tube.study)
    history = happenings(events)
    way_text = " › ".join(step.name for step in way)
    return page(
        "specimen.html",
        asked=asked,
        tube=tube,
        history=history,
        unbroken=_is_unbroken(events),
        way=way,
        family=_family(tube, family),
        pairs=[(pair, _why(pair, tube)) for pair in pairs],
        codes=[event.facts["code"] for event in events if event.type is EventType.CODE_BOUND],
        labels=labels,
        standing=_standing(tube, history, way_text),
        may_be=_may_be(tube),
        undo=_last_to_undo(events),
        protocol=protocol_here(),
    )


def _standing(tube: Tube, history: Sequence[Happening], way: str) -> Standing:
    if tube.withdrawn_on is not None and tube.state in {*AT_HAND, QUARANTINED}:
        return Standing("stop", _("Consent withdrawn"), _to_destroy(tube))
    if tube.state == QUARANTINED:
        reason = next((did.event.reason for did in history if did.event.type is EventType.QUARANTINED), None)
        return Standing("warn", _("Quarantined"), reason or _("Nobody uses it until it is released."))
    if tube.missing:
        last = _("Nobody found it where it was last recorded: %(place)s. Look for it.", place=way or _hole(tube))
        return Standing("warn", _("Not found"), last)
    match SpecimenState(tube.state):
        case SpecimenState.STORED:
            return Standing("info", _("In %(place)s", place=_hole(tube)), way)
        case SpecimenState.CHECKED_OUT:
            return _out(tube, history)
        case SpecimenState.RECEIVED | SpecimenState.COLLECTED if tube.children:
            return Standing("info", _("Divided into %(count)d tubes", count=len(tube.children)), _("Without a hole of its own."))
        case SpecimenState.RECEIVED | SpecimenState.COLLECTED:
            return Standing("warn", _("Without a hole"), _("Put it into a box: scan the box, then the tube."))
        case SpecimenState.DISPATCHED:
            return Standing("info", _("Sent out"), history[0].detail)
        case SpecimenState.DEPLETED:
            take_out = _("Take it out of its hole.") if tube.place else ""
            return Standing("info", _("Used up"), " ".join(filter(None, (_("Nothing is left of it."), take_out))))
        case SpecimenState.DISPOSED:
            return Standing("info", _("Disposed of"), history[0].detail)


def _out(tube: Tube, history: Sequence[Happening]) -> Standing:
    taken = next((did.event for did in history if did.event.type is EventType.CHECKED_OUT), None)
    kept = _("Its hole %(place)s is kept for it.", place=_hole(tube))
    if taken is None:
        return Standing("info", _("Taken out"), kept)
    title = _("Out for %(time)s", time=lasting(clock.now() - taken.occurred_at))
    return Standing("info", title, _("Taken by %(who)s. %(kept)s", who=taken.actor, kept=kept))


def _to_destroy(tube: Tube) -> str:
    return _("Set it aside to be destroyed. It is in %(place)s.", place=_hole(tube)) if tube.place else _("Set it aside to be destroyed.")


def _hole(tube: Tube) -> str:
    if tube.place is None:
        return "–"
    return f"{tube.place.container_name} · {tube.place.position_text}" if tube.place.position_text else tube.place.container_name


def _family(tube: Tube, all_of_it: Sequence[Tube]) -> Family:
    known = {one.barcode: one for one in all_of_it}
    parents = tuple(known[code] for code in tube.parents if code in known)
    siblings = dict.fromkeys(code for parent in parents for code in parent.children)
    generation = tuple(known[code] for code in siblings if code in known and known[code].specimen_type == tube.specimen_type) or (tube,)
    children = tuple(known[code] for code in tube.children if code in known)
    return Family(parents, _in_order(generation), _in_order(children))


def _in_order(tubes: Iterable[Tube]) -> tuple[Tube, ...]:
    return tuple(sorted(tubes, key=lambda tube: (tube.specimen_type, tube.ordinal)))


def _is_unbroken(events: Sequence[Event]) -> bool:
    """Whether each event names the one before; ``lims verify`` recomputes every hash besides."""
    before = NO_HASH
    for number, event in enumerate(events, 1):
        if (event.previous_hash, event.sequence) != (before, number):
            return False
        before = event.hash
    return True


def _why(pair: PairView, tube: Tube) -> tuple[Reason, ...]:
    """Why this tube cannot be used for the pair's assay; empty where it can."""
    return next((view.why for view in (*pair.pre, *pair.post) if view.facts.id == tube.id), ())


def _may_be(tube: Tube) -> frozenset[EventType]:
    """What may happen to the tube in its state; the verbs check again."""
    quarantined = tube.state == QUARANTINED
    state = SpecimenState.STORED if quarantined and tube.place else SpecimenState.RECEIVED if quarantined else SpecimenState(tube.state)
    possible = {act for act, states in LEGAL.items() if state in states}
    if quarantined:
        possible -= {EventType.ALIQUOTED, EventType.CONSUMED, EventType.DISPATCHED, EventType.QUARANTINED}
    else:
        possible -= {EventType.RELEASED}
    return frozenset(possible)


def _last_to_undo(events: Sequence[Event]) -> Event | None:
    """The last act, where it can be taken back by itself."""
    last = last_act(events)
    return last if last.type in TAKEN_BACK and last.corrects is None else None
