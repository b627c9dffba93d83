"""Rules of temperatures: what is an excursion, what is a gap, which limits can be. Pure decisions."""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from statistics import median

from lims import clock
from lims.sentences import Sentence
from lims.storage.records import ContainerRecord
from lims.temperatures.errors import LimitsNotUsable, NotAFreezer
from lims.temperatures.vocabulary import MILLI, Beyond, Excursion, Gap, Limits, LimitsFrom, Reading, SetLimits, celsius

COLDEST_C, WARMEST_C = Decimal(-200), Decimal(100)
LONGEST_TOLERATED = 7 * 24 * 60
SHORTEST_GAP = timedelta(minutes=15)
GAP_FACTOR = 3
"""A gap is three times what usually lies between two readings, and a quarter of an hour at the least."""


def find_excursions(readings: Sequence[Reading], limits: Sequence[LimitsFrom]) -> list[Excursion]:
    """Every time that was outside the limits for longer than they tolerate.

    What lies between two readings outside counts as outside, a gap too: nobody can say that it was cold meanwhile.

    :param readings: by time; ``limits`` by time too, the first of them holding for all that was before.
    """
    found, run = list[Excursion](), list[Reading]()
    side: Beyond | None = None
    for reading in readings:
        now = _limits_at(limits, reading.at)
        beyond = None if now is None else now.beyond(reading.milli_c)
        if run and side is not None and beyond is not side:
            found += _excursion(run, side, limits, ended_at=reading.at, lasting=False)
            run = []
        if beyond is not None:
            run.append(reading)
        side = beyond
    if run and side is not None:
        found += _excursion(run, side, limits, ended_at=run[-1].at, lasting=True)
    return found


def find_gaps(readings: Sequence[Reading]) -> list[Gap]:
    """Where the log says nothing for far longer than it usually does."""
    if len(readings) < 3:
        return []
    usual = median((later.at - earlier.at).total_seconds() for earlier, later in pairwise(readings))
    longest = max(SHORTEST_GAP, timedelta(seconds=GAP_FACTOR * usual))
    return [Gap(earlier.at, later.at) for earlier, later in pairwise(readings) if later.at - earlier.at > longest]


def within(limits: Sequence[LimitsFrom], reading: Reading) -> bool:
    """Whether a reading is inside the limits that held then."""
    now = _limits_at(limits, reading.at)
    return now is None or now.beyond(reading.milli_c) is None


def limits_from(command: SetLimits) -> Limits:
    """
    :raises LimitsNotUsable: no limit at all, one that cannot be, or the cold one not below the warm one.
    """
    warm, cold = _milli("warm_c", command.warm_c), _milli("cold_c", command.cold_c)
    if warm is None and cold is None:
        raise LimitsNotUsable("warm_c", Sentence("Give the warm limit, the cold one, or both."))
    if warm is not None and cold is not None and cold >= warm:
        raise LimitsNotUsable("cold_c", Sentence("The cold limit is below the warm one."))
    if not 0 <= command.tolerated_minutes <= LONGEST_TOLERATED:
        raise LimitsNotUsable("tolerated_minutes", Sentence("Give 0 to %(most)s minutes.", most=LONGEST_TOLERATED))
    return Limits(warm_milli_c=warm, cold_milli_c=cold, tolerated_minutes=command.tolerated_minutes)


def check_is_freezer(container: ContainerRecord) -> None:
    """
    :raises NotAFreezer: it has no temperature of its own, or stands as a box in something that has.
    """
    if container.kind.temperature_c is None:
        raise NotAFreezer(container.name)


def in_one_sentence(number: int, name: str, excursion: Excursion) -> str:
    """How the ledger names an excursion, in the reason of whatever was done because of it."""
    limit = f"above {celsius(excursion.limit_milli_c)}" if excursion.side is Beyond.WARM else f"below {celsius(excursion.limit_milli_c)}"
    when = f"from {excursion.begun_at:%Y-%m-%d %H:%M} to {excursion.ended_at:%Y-%m-%d %H:%M} UTC"
    return f"excursion {number} of {name}: {limit} °C {when}, {celsius(excursion.extreme_milli_c)} °C at the worst"


def digest_of(readings: Iterable[Reading]) -> str:
    """A hash over readings by time, by which a change of one is seen."""
    hashed = hashlib.sha256()
    for each in readings:
        hashed.update(f"{clock.iso(each.at)} {each.milli_c}\n".encode())
    return hashed.hexdigest()


def _excursion(
    run: Sequence[Reading], side: Beyond, limits: Sequence[LimitsFrom], *, ended_at: datetime, lasting: bool
) -> Iterator[Excursion]:
    passed = _limits_at(limits, run[0].at)
    assert passed is not None
    if ended_at - run[0].at <= timedelta(minutes=passed.tolerated_minutes):
        return
    extreme = (max if side is Beyond.WARM else min)(reading.milli_c for reading in run)
    yield Excursion(
        side=side,
        begun_at=run[0].at,
        ended_at=ended_at,
        lasting=lasting,
        extreme_milli_c=extreme,
        limit_milli_c=passed.limit(side),
        tolerated_minutes=passed.tolerated_minutes,
    )


def _limits_at(limits: Sequence[LimitsFrom], at: datetime) -> Limits | None:
    """What held then. The first limits hold for all that was before, too: a log is often older than they."""
    if not limits:
        return None
    return next((each.limits for each in reversed(limits) if each.since <= at), limits[0].limits)


def _milli(where: str, given: Decimal | None) -> int | None:
    if given is None:
        return None
    if not COLDEST_C <= given <= WARMEST_C:
        raise LimitsNotUsable(where, Sentence("Give −200 to 100 °C."))
    return int((given * MILLI).to_integral_value())
