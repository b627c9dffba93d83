"""What a scan at the bench came to, in the language of the page: colour, title, and one sentence to act on."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from lims.custody.vocabulary import Event, EventType
from lims.errors import LimsError
from lims.http_context import someone
from lims.ids import MisreadCode
from lims.picking.errors import AlreadyPicked, WrongTube
from lims.scanning.errors import MisreadScan, UnknownScan
from lims.scanning.label_words import on_void_label
from lims.scanning.vocabulary import (
    Scan,
    ScannedBadge,
    ScannedBatch,
    ScannedContainer,
    ScannedHole,
    ScannedKit,
    ScannedKitTube,
    ScannedManifest,
    ScannedParticipant,
    ScannedPickList,
    ScannedTube,
    VoidLabel,
)
from lims.sentences import Sentence
from lims.specimens.errors import NotInThisState
from lims.specimens.vocabulary import SpecimenState
from lims.storage.errors import (
    AlreadyThere,
    AnotherStudy,
    BoxClaimed,
    CannotTakeBack,
    ContainerFull,
    KeptForOthers,
    MayNotHold,
    MovedMeanwhile,
    NoSuchPosition,
    PositionOccupied,
)
from lims.storage.rules import WRONG_TEMPERATURE, remarks_on
from lims.web.languages import in_both
from lims.web.messages import _, later
from lims.web.printing_words import sentences
from lims.web.problem_words import remark_text, say, sentence_of
from lims.web.study_here import storage_word, type_word
from lims.web.wording import amount, day, figure, local, moment
from lims.web.words import container_type_word, event_word, state_word


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a scan ended. ``other`` is the title in the other language; ``say`` what is spoken; ``recorded`` whether anything was."""

    kind: str
    title: str
    other: str
    sentence: str
    recorded: str = ""
    say: str = ""

    @property
    def plain(self) -> dict[str, str]:
        """As a script is told it."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class First:
    """Who was before somebody, and when the service was told."""

    by: str
    at: datetime


def recorded(event: Event, thing: ScannedTube | ScannedContainer | None, label: VoidLabel | None) -> Outcome:
    """What an act came to. ``thing`` is the tube or container after it; ``label`` the one its code was read from, if it counts no more."""
    title, sentence, say = _done(event, thing)
    warnings = [_too_warm(event)] if any(remark.code == WRONG_TEMPERATURE for remark in remarks_on(event)) else []
    warnings += _of_tube(thing) if isinstance(thing, ScannedTube) and event.type is not EventType.CORRECTED else []
    warnings += [] if label is None else [remark_text(on_void_label(label))]
    kind, said = ("warn", sentences(*warnings)) if warnings else ("ok", sentence)
    return Outcome(kind, *title, said, _("On record"), say or title[0])


def refused(error: LimsError, first: First | None = None) -> Outcome:
    """Why nothing was recorded, who was first where somebody was, and what to do."""
    if first is None and isinstance(error, PositionOccupied | MovedMeanwhile) and error.by and error.since:
        first = First(error.by, error.since)
    title = next((title for kind, title in _TITLES if isinstance(error, kind)), later("Not done"))
    kind = "warn" if isinstance(error, AlreadyThere | AlreadyPicked) else "stop"
    said = sentences(_by_the_wall(error) if isinstance(error, BoxClaimed) else sentence_of(error), _who_was_first(first) if first else "")
    return Outcome(kind, *in_both(title), said, _("Nothing was recorded"), _(title))


def seen(scan: Scan) -> Outcome:
    """What was scanned, where nothing is done with it: where it is, what is in it, what it is."""
    labels = [remark_text(warning) for warning in scan.warnings]
    match scan.subject:
        case ScannedTube() as tube:
            warnings = [*labels, *_of_tube(tube)]
            what = "" if tube.amount is None else f"{amount(tube.amount, tube.unit)}"
            where = "" if tube.location is None else f"{tube.location.text}{_stop()}"
            return Outcome("warn" if warnings else "ok", *_whereabouts(tube), sentences(*warnings) or " ".join((where, what)).strip())
        case ScannedContainer() as box:
            return _of_container(box, labels)
        case ScannedHole() as hole if hole.occupant is None:
            title = in_both(later("%(hole)s is free"), hole=f"{hole.name} · {hole.position}")
            return Outcome("ok", *title, _("Scan the tube that goes there."))
        case ScannedHole() as hole:
            title = in_both(later("%(hole)s is taken"), hole=f"{hole.name} · {hole.position}")
            return Outcome("ok", *title, _("Scan another hole."))
        case ScannedBadge() as badge:
            return _of_badge(badge)
        case ScannedKit() | ScannedKitTube():
            return Outcome("ok", *in_both(later("Kit")), scan.title)
        case ScannedParticipant() | ScannedBatch() | ScannedManifest() | ScannedPickList():
            return Outcome("ok", scan.title, "", "")


def may_take_over(badge: ScannedBadge) -> bool:
    """Whether the bench may be handed over to whose badge it is: somebody else, who may sign in, by the badge that counts."""
    who = someone()
    return not badge.replaced and not badge.closed and (who is None or who.username != badge.username)


_TITLES: tuple[tuple[type[LimsError], str], ...] = (
    (WrongTube, later("Wrong tube")),
    (AlreadyPicked, later("Already taken")),
    (PositionOccupied, later("Hole is taken")),
    (ContainerFull, later("Box is full")),
    (AnotherStudy, later("Another study’s box")),
    (KeptForOthers, later("Wrong kind for this box")),
    (AlreadyThere, later("Already there")),
    (BoxClaimed, later("Somebody fills this box")),
    (MovedMeanwhile, later("Moved by somebody else")),
    (MayNotHold, later("Not into this one")),
    (NoSuchPosition, later("No such hole")),
    (NotInThisState, later("Not possible now")),
    (CannotTakeBack, later("Cannot be undone")),
    (UnknownScan, later("Unknown code")),
    (MisreadScan, later("Misread")),
    (MisreadCode, later("Misread")),
)


def _done(event: Event, thing: ScannedTube | ScannedContainer | None) -> tuple[tuple[str, str], str, str]:
    """Title in both languages, sentence, and what is spoken."""
    hole = _position(event.facts.get("to"))
    match event.type:
        case EventType.PLACED | EventType.MOVED if hole:
            return in_both(later("In %(hole)s"), hole=hole), _("Scan the next tube."), hole
        case EventType.PLACED | EventType.MOVED:
            return in_both(later("It is in")), _("Scan the next tube."), ""
        case EventType.RETURNED if hole:
            return in_both(later("Back in %(hole)s"), hole=hole), _name_of_box(thing), hole
        case EventType.CHECKED_OUT:
            kept = _position(event.facts.get("from"))
            return in_both(later("Taken out")), _("Its hole is kept: %(place)s.", place=_in_box(thing, kept)), ""
        case EventType.CONTAINER_MOVED if event.corrects is not None:
            return in_both(later("Undone")), _("It stands where it stood before: %(place)s.", place=_path(thing) or _("the bench")), ""
        case EventType.CONTAINER_MOVED:
            return in_both(later("Moved")), _("With all that is in it: %(place)s.", place=_path(thing) or _("the bench")), ""
        case EventType.CORRECTED if event.corrects is not None:
            return in_both(later("Undone")), _back_to(thing), ""
        case _:
            word = event_word(event.type)
            return (word, ""), "", ""


def _of_tube(tube: ScannedTube) -> list[str]:
    """What has to be known of a tube whatever is done with it."""
    found = []
    if tube.withdrawn_on is not None:
        facts = {"who": tube.participant, "day": day(tube.withdrawn_on)}
        found.append(_("%(who)s withdrew consent on %(day)s: set it aside to be destroyed.", **facts))
    if tube.quarantined:
        found.append(_("It is in quarantine: ask the coordinator."))
    return found


def _whereabouts(tube: ScannedTube) -> tuple[str, str]:
    place = _in_box(tube, tube.location.position_text if tube.location else "")
    match tube.beneath:
        case SpecimenState.STORED:
            return place, ""
        case SpecimenState.CHECKED_OUT:
            return in_both(later("Out, %(place)s is kept"), place=place)
        case _:
            return state_word(tube.beneath), ""


def _of_container(box: ScannedContainer, warnings: list[str]) -> Outcome:
    where = sentences(f"{box.path}{_stop()}" if box.path != box.name else "")
    if box.closed_at is not None:
        return Outcome("stop", *in_both(later("%(name)s is closed"), name=box.name), _("It is used no more. Scan another one."))
    if box.holes and not box.free:
        return Outcome("warn", *in_both(later("%(name)s is full"), name=box.name), sentences(*warnings, where))
    if box.holes:
        title = in_both(later("%(name)s: %(free)s free"), name=box.name, free=figure(box.free))
        return Outcome("warn" if warnings else "ok", *title, sentences(*warnings, where))
    return Outcome("warn" if warnings else "ok", box.name, "", sentences(*warnings, f"{container_type_word(box.type)}{_stop()}", where))


def _of_badge(badge: ScannedBadge) -> Outcome:
    if badge.closed:
        return Outcome("stop", *in_both(later("Badge of a closed account")), badge.username)
    if badge.replaced:
        said = _("%(who)s has a newer badge. Scan that one, and destroy this one.", who=badge.username)
        return Outcome("stop", *in_both(later("Badge was replaced")), said)
    if not may_take_over(badge):
        return Outcome("ok", *in_both(later("Your own badge")), _("You are signed in as %(who)s. Scan on.", who=badge.username))
    title = in_both(later("Hand over to %(who)s?"), who=badge.username)
    return Outcome("warn", *title, _("YES signs you out, and %(who)s types a password. NO goes on as before.", who=badge.username))


def _too_warm(event: Event) -> str:
    found = event.facts["temperature"]
    facts = {"is_": f"{found['is_c']} °C".replace("-", "−"), "wanted": storage_word(found["wanted"])}
    return _("It belongs at: %(wanted)s. This box is at %(is_)s. Move it, or go on.", **facts)


def _by_the_wall(error: BoxClaimed) -> str:
    """Who fills a box, and since when by the clock on the wall."""
    said = error.sentence
    return say(Sentence(said.template, **{**said.facts, "since": moment(error.since)}) if isinstance(said, Sentence) else said)


def _who_was_first(first: First) -> str:
    time = local(first.at).strftime("%H:%M:%S")
    who = someone()
    if who is not None and who.username == first.by:
        return _("You were first yourself, at %(time)s.", time=time)
    return _("%(who)s was first, at %(time)s.", who=first.by, time=time)


def _position(place: Any) -> str:
    return str(place.get("position") or "") if isinstance(place, dict) else ""


def _in_box(thing: ScannedTube | ScannedContainer | None, position: str | None) -> str:
    box = thing.location.container_name if isinstance(thing, ScannedTube) and thing.location else ""
    return " · ".join(part for part in (box, position) if part)


def _name_of_box(thing: ScannedTube | ScannedContainer | None) -> str:
    return f"{thing.location.path}{_stop()}" if isinstance(thing, ScannedTube) and thing.location else ""


def _path(thing: ScannedTube | ScannedContainer | None) -> str:
    """The way to what a container stands in."""
    return thing.path.rpartition(" / ")[0] if isinstance(thing, ScannedContainer) else ""


def _back_to(thing: ScannedTube | ScannedContainer | None) -> str:
    if not isinstance(thing, ScannedTube):
        return ""
    if thing.location is None:
        return _("It is in no hole, as before. %(what)s", what=f"{thing.participant} {thing.timepoint} {type_word(thing.specimen_type)}")
    place = _in_box(thing, thing.location.position_text)
    return _("It is out again; %(place)s is kept.", place=place) if thing.location.away else _("Put it back: %(place)s.", place=place)


def _stop() -> str:
    return _(".")
