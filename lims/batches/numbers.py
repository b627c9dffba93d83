"""Numbers given in order, without a gap, whoever asks at once: the last one stands in a row that the act holds until it is kept."""

from sqlalchemy import text
from sqlalchemy.orm import Session

_NEXT = text(
    "INSERT INTO running_number (name, last) VALUES (:name, 1) "
    "ON CONFLICT (name) DO UPDATE SET last = running_number.last + 1 RETURNING last"
)


def next_number(session: Session, name: str) -> int:
    """The next number of a series, from 1. An act that is not kept gives it back.

    Take it last: everybody who wants a number of the series waits until this act is over.
    """
    return int(session.execute(_NEXT, {"name": name}).scalar_one())
