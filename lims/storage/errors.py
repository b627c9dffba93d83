"""What may go wrong when tubes and containers are put somewhere."""

from collections.abc import Sequence
from datetime import datetime

from lims.errors import Conflict, Finding, InvalidInput, NotFound, RuleViolation
from lims.ids import in_fours
from lims.sentences import Sentence


class UnknownContainer(NotFound):
    """The code names no container."""

    code = "storage.unknown-container"

    def __init__(self, read: str, what_it_is: str | None = None) -> None:
        why = (
            f"that is a {what_it_is}, not a container. Scan the box."
            if what_it_is
            else "no container has that code. Scan it again, or make it first."
        )
        super().__init__(f"Read as {in_fours(read)}: {why}")
        self.read = read


class UnknownContainerType(InvalidInput):
    """A type of container nobody here has."""

    code = "storage.unknown-container-type"

    def __init__(self, given: str, known: Sequence[str]) -> None:
        super().__init__(
            f"{given[:40]!r} is no type of container here. Give one of {', '.join(known)}.", (Finding("type", Sentence("is not known")),)
        )
        self.given = given


class NameNotUsable(InvalidInput):
    """A name or a slot nobody could read on a screen or a label."""

    code = "storage.name-not-usable"

    def __init__(self, where: str, given: str, longest: int) -> None:
        super().__init__(
            f"{given[:40]!r} cannot stand on a label. Give 1 to {longest} characters that can be printed.",
            (Finding(where, Sentence("1 to %(longest)s characters that can be printed", longest=longest)),),
        )
        self.given = given


class TemperatureNotUsable(InvalidInput):
    """A temperature at which nothing is stored."""

    code = "storage.temperature-not-usable"

    def __init__(self, temperature_c: int) -> None:
        super().__init__(f"Nothing is stored at {temperature_c} °C. Give −196 to 60.", (Finding("temperature_c", "−196 to 60"),))
        self.temperature_c = temperature_c


class NoSuchPosition(InvalidInput):
    """The container has no such hole."""

    code = "storage.no-such-position"

    def __init__(self, given: str, what_there_is: str) -> None:
        shown = given if len(given) <= 12 else given[:12] + "…"
        shown = shown if shown.isprintable() else ascii(shown)
        super().__init__(f"{shown}: {what_there_is}", (Finding("position", what_there_is, shown),))
        self.given, self.what_there_is = shown, what_there_is


class PositionOccupied(Conflict):
    """Somebody is in that hole already, or it is kept for a tube that is out."""

    code = "storage.position-occupied"

    def __init__(
        self,
        position: str,
        container: str,
        occupant: str,
        *,
        away: bool = False,
        by: str | None = None,
        since: datetime | None = None,
    ) -> None:
        tube = in_fours(occupant)
        is_so = f"{position} of {container} is kept for {tube}, which is out" if away else f"{position} of {container} holds {tube}"
        super().__init__(f"{is_so}. Scan another hole, or move {tube} first.")
        self.position, self.container, self.occupant, self.away = position, container, occupant, away
        self.by, self.since = by, since
        """Who put it there, and when the service was told: so whoever comes second knows who was first."""


class ContainerFull(Conflict):
    """No hole is free."""

    code = "storage.container-full"

    def __init__(self, container: str, holes: int) -> None:
        super().__init__(f"{container} is full: all {holes} holes are taken or kept. Scan another box.")
        self.container, self.holes = container, holes


class AlreadyThere(Conflict):
    """The tube is where it is to be put."""

    code = "storage.already-there"

    def __init__(self, barcode: str, place: str) -> None:
        super().__init__(f"{in_fours(barcode)} is in {place} already. Scan the next tube.")
        self.barcode, self.place = barcode, place


class MovedMeanwhile(Conflict):
    """Somebody else has moved it since it was scanned; what they did stands."""

    code = "storage.moved-meanwhile"

    def __init__(self, barcode: str, place: str, *, by: str | None, since: datetime | None) -> None:
        said = Sentence("%(barcode)s is in %(place)s by now. Scan it again.", barcode=in_fours(barcode), place=place)
        nowhere = Sentence("%(barcode)s is in no container by now. Scan it again.", barcode=in_fours(barcode))
        super().__init__(said if place else nowhere)
        self.barcode, self.place, self.by, self.since = barcode, place, by, since


class BoxClaimed(Conflict):
    """Another device fills that box, so no next hole of it is chosen here."""

    code = "storage.box-claimed"

    def __init__(self, container: str, by: str, since: datetime, on: str | None = None) -> None:
        facts = {"by": by, "container": container, "since": f"{since:%Y-%m-%d %H:%M} UTC"}
        named = Sentence("%(by)s fills %(container)s on %(on)s since %(since)s. Scan a hole, or take another box.", **facts, on=on)
        nameless = Sentence("%(by)s fills %(container)s on another device since %(since)s. Scan a hole, or take another box.", **facts)
        super().__init__(named if on else nameless)
        self.container, self.by, self.since, self.on = container, by, since, on


class BadDeviceName(InvalidInput):
    """A name that nobody could read on a device."""

    code = "storage.bad-device-name"

    def __init__(self, longest: int) -> None:
        why = Sentence("Call it by 1 to %(longest)s letters, digits or signs, such as Tablet 2.", longest=longest)
        super().__init__(why, (Finding("name", why),))
        self.longest = longest


class DeviceNameTaken(Conflict):
    """Another device is called so."""

    code = "storage.device-name-taken"

    def __init__(self, name: str) -> None:
        super().__init__(Sentence("Another device is called %(name)s. Take another name.", name=name))
        self.name = name


class NotInAContainer(RuleViolation):
    """The tube is in no container, so it cannot be moved, taken out or put back."""

    code = "storage.not-in-a-container"

    def __init__(self, barcode: str) -> None:
        super().__init__(f"{in_fours(barcode)} is in no container. Place it first.")
        self.barcode = barcode


class MayNotHold(RuleViolation):
    """This does not go into that."""

    code = "storage.may-not-hold"

    def __init__(self, container: str, why: str) -> None:
        super().__init__(f"{container} {why}")
        self.container, self.why = container, why


class AnotherStudy(RuleViolation):
    """The box is kept for another study."""

    code = "storage.another-study"

    def __init__(self, barcode: str, container: str) -> None:
        super().__init__(f"{container} is kept for another study than that of {in_fours(barcode)}. Scan another box.")
        self.barcode, self.container = barcode, container


class KeptForOthers(RuleViolation):
    """The box is kept for other materials."""

    code = "storage.kept-for-others"

    def __init__(self, barcode: str, container: str, material: str, kept_for: Sequence[str]) -> None:
        super().__init__(f"{container} is kept for {', '.join(kept_for)}; {in_fours(barcode)} is {material}. Scan another box.")
        self.barcode, self.container, self.material, self.kept_for = barcode, container, material, ",".join(kept_for)


class ContainerClosed(RuleViolation):
    """The container is no longer used."""

    code = "storage.container-closed"

    def __init__(self, container: str) -> None:
        super().__init__(f"{container} is closed and no longer used. Scan another one.")
        self.container = container


class ContainerInItself(RuleViolation):
    """A container would stand in itself, or in something that stands in it."""

    code = "storage.container-in-itself"

    def __init__(self, container: str, parent: str) -> None:
        super().__init__(f"{parent} stands in {container}, so {container} cannot go into it. Scan where it stands now.")
        self.container, self.parent = container, parent


class NameTaken(Conflict):
    """Two containers in one place would have the same name."""

    code = "storage.name-taken"

    def __init__(self, name: str, occupant: str) -> None:
        super().__init__(f"There is a {name} here already ({in_fours(occupant)}). Give another name.")
        self.name, self.occupant = name, occupant


class SlotTaken(Conflict):
    """Another container stands there."""

    code = "storage.slot-taken"

    def __init__(self, slot: str, occupant: str, name: str) -> None:
        super().__init__(f"{name} ({in_fours(occupant)}) stands in {slot}. Give another place, or move {name} first.")
        self.slot, self.occupant = slot, occupant


class ContainerNotEmpty(Conflict):
    """Something is in a container that is to be closed."""

    code = "storage.container-not-empty"

    def __init__(self, container: str, tubes: int, containers: int) -> None:
        super().__init__(f"{container} holds {_count(tubes, 'tube')} and {_count(containers, 'container')}. Empty it first.")
        self.container, self.tubes, self.containers = container, tubes, containers


class NothingInIt(InvalidInput):
    """A box that is said to be filled anew, with no tube in it."""

    code = "storage.nothing-in-it"

    def __init__(self, container: str) -> None:
        super().__init__(f"No tube was scanned into {container}. Scan its tubes, then say that it is done.")
        self.container = container


class TubeTwice(InvalidInput):
    """One tube scanned twice into a box that is filled anew."""

    code = "storage.tube-twice"

    def __init__(self, barcode: str) -> None:
        super().__init__(f"{in_fours(barcode)} stands there twice. Leave one of the two out.")
        self.barcode = barcode


class HoleTwice(InvalidInput):
    """Two tubes scanned into one hole of a box that is filled anew."""

    code = "storage.hole-twice"

    def __init__(self, position: str, first: str, second: str) -> None:
        super().__init__(f"{first} and {second} cannot both be in {position}. Scan the hole and the tube once more.")
        self.position, self.first, self.second = position, first, second


class NotABenchAct(InvalidInput):
    """A type of event that follows from another act, and is not recorded by itself."""

    code = "storage.not-a-bench-act"

    def __init__(self, type_: str, instead: str) -> None:
        super().__init__(f"“{type_}” is not recorded by itself. {instead}", (Finding("type", instead, type_),))
        self.type = type_


class ActIncomplete(InvalidInput):
    """An act that lacks what it cannot do without."""

    code = "storage.act-incomplete"

    def __init__(self, where: str, sentence: str) -> None:
        super().__init__(sentence, (Finding(where, sentence),))
        self.where = where


class CannotTakeBack(RuleViolation):
    """An act that something stands on, or that no correction undoes."""

    code = "storage.cannot-take-back"

    def __init__(self, event_id: int, why: str) -> None:
        super().__init__(f"Event {event_id} cannot be taken back: {why}")
        self.event_id = event_id


class NothingToCorrect(InvalidInput):
    """A correction after which everything is as before."""

    code = "storage.nothing-to-correct"

    def __init__(self, barcode: str) -> None:
        super().__init__(f"That is how {in_fours(barcode)} is recorded already. Give what is different.")
        self.barcode = barcode


def _count(number: int, what: str) -> str:
    return f"1 {what}" if number == 1 else f"{number} {what}s"
