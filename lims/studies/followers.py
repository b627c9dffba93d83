"""Who is told when a participant withdraws consent: rooms above studies have to stop what they were about to do."""

from datetime import datetime
from typing import Protocol

from sqlalchemy.orm import Session

from lims.accounts.vocabulary import Actor


class Follower(Protocol):
    """Told of the participant's id, when the withdrawal was written down, and who did that."""

    def __call__(self, session: Session, participant_id: int, at: datetime, *, actor: Actor) -> object: ...


_followers: list[Follower] = []


def follow_withdrawals(follower: Follower) -> None:
    """Ask to be told of every withdrawal, within its transaction. Asking twice is asking once."""
    if follower not in _followers:
        _followers.append(follower)


def tell_withdrawn(session: Session, participant_id: int, actor: Actor, at: datetime) -> None:
    """Tell everybody who asked."""
    for follower in _followers:
        follower(session, participant_id, at, actor=actor)
