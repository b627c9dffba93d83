"""Rules of storage: what goes into what, and what is too warm. Pure decisions."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from lims.accounts.vocabulary import Actor
from lims.custody.vocabulary import Event
from lims.sentences import Sentence
from lims.specimens.errors import CannotCorrect
from lims.specimens.vocabulary import LockedSpecimen, Remark, SpecimenState
from lims.storage.container_types import CONTAINER_TYPES, ContainerType
from lims.storage.errors import (
    AlreadyThere,
    AnotherStudy,
    BadDeviceName,
    BoxClaimed,
    ContainerClosed,
    ContainerFull,
    ContainerInItself,
    KeptForOthers,
    MayNotHold,
    NameNotUsable,
    NoSuchPosition,
    TemperatureNotUsable,
)
from lims.storage.positions import parse_position
from lims.storage.records import Claim, ContainerRecord, Hole, Step
from lims.storage.vocabulary import Grid, Position
from lims.studies.protocol import Protocol

LONGEST_NAME, LONGEST_SLOT, LONGEST_DEVICE_NAME = 60, 20, 40
COLDEST_C, WARMEST_C = -196, 60
WRONG_TEMPERATURE = "wrong-temperature"


def check_may_hold(container: ContainerRecord, specimen: LockedSpecimen) -> None:
    """
    :raises ContainerClosed: it is no longer used.
    :raises MayNotHold: tubes do not go into it directly.
    :raises AnotherStudy: it is kept for another study.
    :raises KeptForOthers: it is kept for other materials.
    """
    check_open(container)
    if not container.kind.holds_tubes:
        raise MayNotHold(container.name, Sentence("is %(box)s: tubes go into a box in it. Scan the box.", box=f"a {container.kind.name}"))
    if container.study_id not in (None, specimen.study_id):
        raise AnotherStudy(specimen.barcode, container.name)
    if container.materials and specimen.specimen_type not in container.materials:
        raise KeptForOthers(specimen.barcode, container.name, specimen.specimen_type, container.materials)


def check_may_stand_in(kind: ContainerType, parent: ContainerRecord) -> None:
    """A box does not go into the hole of a box, nor a freezer into a shelf.

    :raises ContainerClosed: the parent is no longer used.
    :raises MayNotHold: this kind of container does not stand in that.
    """
    check_open(parent)
    if not parent.kind.holds_containers:
        raise MayNotHold(
            parent.name, Sentence("is %(box)s: it holds tubes, no containers. Scan what it stands in.", box=parent.kind.with_article)
        )
    if parent.type not in kind.stands_in:
        raise MayNotHold(parent.name, _where_it_stands(kind, parent.kind.with_article))


def check_fills(claim: Claim | None, actor: Actor, at: datetime) -> None:
    """
    :raises BoxClaimed: another device fills the box, so nobody else chooses its next free hole.
    """
    if claim is not None and claim.until > at and not claim.is_of(actor, actor.device):
        raise BoxClaimed(claim.container, claim.by, claim.claimed_at, claim.device_name)


def read_device_name(given: str) -> str:
    """What a device is to be called.

    :raises BadDeviceName: nothing, too much, or what cannot be seen.
    """
    name = " ".join(given.split())
    if not 1 <= len(name) <= LONGEST_DEVICE_NAME or not name.isprintable():
        raise BadDeviceName(LONGEST_DEVICE_NAME)
    return name


def check_open(container: ContainerRecord) -> None:
    """
    :raises ContainerClosed: it is no longer used.
    """
    if container.closed_at is not None:
        raise ContainerClosed(container.name)


def check_not_in_itself(container: ContainerRecord, way_to_parent: Iterable[Step]) -> None:
    """
    :raises ContainerInItself: the parent is the container, or stands somewhere in it.
    """
    way = list(way_to_parent)
    if any(step.id == container.id for step in way):
        raise ContainerInItself(container.name, way[-1].name)


def check_is_a_change(barcode: str, now: Hole | None, wanted: Hole) -> None:
    """
    :raises AlreadyThere: the tube is in that very hole, and not out.
    """
    if now is not None and not now.away and (now.container_id, now.position) == (wanted.container_id, wanted.position):
        raise AlreadyThere(barcode, str(wanted))


def read_position(text: str, container: ContainerRecord) -> Position:
    """
    :raises NoSuchPosition: the container has no such hole, or none at all.
    """
    if container.grid is None:
        raise NoSuchPosition(text.strip(), Sentence("%(box)s has no holes. Leave the position out.", box=container.kind.with_article))
    return parse_position(text, container.grid, container.kind.with_article)


def holes_in_order(grid: Grid, box: str, named: Sequence[Position | None], kept: Collection[Position]) -> list[Position]:
    """A hole for each tube of a box that is filled anew: the one named, or the next that nobody named and that is kept for nobody.

    :raises ContainerFull: more tubes than holes.
    """
    said = {position for position in named if position is not None}
    free = (position for position in grid if position not in said and position not in kept)
    holes = []
    for position in named:
        hole = position if position is not None else next(free, None)
        if hole is None:
            raise ContainerFull(box, len(grid))
        holes.append(hole)
    return holes


def read_name(where: str, text: str, longest: int) -> str:
    """A name or a slot without white space at its ends.

    :raises NameNotUsable: empty, too long, or not printable.
    """
    name = text.strip()
    if not 1 <= len(name) <= longest or not name.isprintable():
        raise NameNotUsable(where, text, longest)
    return name


def check_temperature(temperature_c: int | None) -> None:
    """
    :raises TemperatureNotUsable: colder than liquid nitrogen, or warmer than an incubator.
    """
    if temperature_c is not None and not COLDEST_C <= temperature_c <= WARMEST_C:
        raise TemperatureNotUsable(temperature_c)


def temperature_facts(protocol: Protocol, specimen_type: str, is_c: int | None) -> dict[str, Any]:
    """What an event says when it is not as cold (or warm) as the protocol wants it for this type; else nothing.

    :param is_c: what the container, or what it stands in, is set to; None where nobody has said.
    """
    named = protocol.find_specimen_type(specimen_type)
    wanted = protocol.find_storage(named.storage) if named and named.storage else None
    if wanted is None or is_c is None or wanted.lowest_c <= is_c <= wanted.highest_c:
        return {}
    return {"temperature": {"wanted": wanted.code, "lowest_c": wanted.lowest_c, "highest_c": wanted.highest_c, "is_c": is_c}}


IN_A_HOLE = {SpecimenState.STORED: False, SpecimenState.CHECKED_OUT: True}
"""States in which a tube has a hole, and whether it is out of it."""

CORRECTABLE_STATES = frozenset(SpecimenState) - {SpecimenState.DEPLETED}
"""Depleted follows from the amount: that is what is corrected."""


def state_after_correction(
    state: SpecimenState, said: str | None, hole: Hole | None, *, place_was_said: bool
) -> tuple[SpecimenState, Hole | None]:
    """State and hole that go together, after one or both were put right.

    A tube put into a hole is stored, one taken out of all containers is received; a state without a hole frees the hole.

    :raises CannotCorrect: there is no such state, or it does not go with the place.
    """
    if said is None:
        if hole is None:
            return (SpecimenState.RECEIVED if state in IN_A_HOLE else state), None
        return (state if state is SpecimenState.DEPLETED else SpecimenState.STORED), replace(hole, away=False)
    if said not in CORRECTABLE_STATES:
        raise CannotCorrect(f"state {said[:30]}", sorted(CORRECTABLE_STATES))
    wanted = SpecimenState(said)
    if wanted in IN_A_HOLE:
        if hole is None:
            raise CannotCorrect(f"state {said} without a container", ("container, position and state together",))
        return wanted, replace(hole, away=IN_A_HOLE[wanted])
    if hole is not None and place_was_said:
        raise CannotCorrect(f"state {said} in a container", ("state stored or checked-out there",))
    return wanted, None


def remarks_on(event: Event) -> tuple[Remark, ...]:
    """What a person should know of an act that was done all the same."""
    found = event.facts.get("temperature")
    if found is None:
        return ()
    here, lowest, highest = (_celsius(found[name]) for name in ("is_c", "lowest_c", "highest_c"))
    return (
        Remark(
            WRONG_TEMPERATURE,
            Sentence(
                "It is to be kept at %(lowest)s to %(highest)s °C; here it is %(here)s °C. Put it into the right store.",
                lowest=lowest,
                highest=highest,
                here=here,
            ),
        ),
    )


def _where_it_stands(kind: ContainerType, box: str) -> Sentence:
    places = [type_.name for type_ in CONTAINER_TYPES.values() if type_.code in kind.stands_in]
    thing = f"{kind.with_article[0].upper()}{kind.with_article[1:]}"
    if not places:
        return Sentence("is %(box)s. %(thing)s stands in nothing.", box=box, thing=thing)
    return Sentence("is %(box)s. %(thing)s stands in %(places)s.", box=box, thing=thing, places=", ".join(places))


def _celsius(degrees: int) -> str:
    return f"{degrees}".replace("-", "−")
