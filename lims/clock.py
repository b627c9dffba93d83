"""What time it is: always aware, always UTC."""

import functools
from datetime import UTC, datetime


def now() -> datetime:
    """This instant in UTC, to the microsecond."""
    return datetime.now(UTC)


def in_utc(instant: datetime) -> datetime:
    """The same instant in UTC.

    :raises ValueError: the instant has no offset, so nobody can say when it was.
    """
    if instant.tzinfo is None:
        raise ValueError("an instant without an offset")
    return instant.astimezone(UTC)


@functools.lru_cache(maxsize=4096)
def iso(instant: datetime) -> str:
    """ISO 8601 in UTC with microseconds and ``Z``: one text for one instant, so that it can be hashed and sorted."""
    return in_utc(instant).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


@functools.lru_cache(maxsize=4096)
def from_iso(text: str) -> datetime:
    """The instant that :func:`iso` wrote."""
    return datetime.fromisoformat(text).astimezone(UTC)
