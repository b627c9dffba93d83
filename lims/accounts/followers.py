"""Who is told when something happens to a person's account: the ledger stands above accounts, and asks to be told."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from sqlalchemy.orm import Session

from lims.accounts.vocabulary import Actor


class AccountActType(StrEnum):
    """What may happen to an account."""

    ACCOUNT_MADE = "account_made"
    ACCOUNT_CHANGED = "account_changed"
    SIGNED_IN = "signed_in"
    SIGN_IN_REFUSED = "sign_in_refused"
    SIGNED_OUT = "signed_out"
    TOKEN_ISSUED = "token_issued"
    TOKEN_REVOKED = "token_revoked"


@dataclass(frozen=True, slots=True)
class AccountAct:
    """One thing that happened to a person's account; never with a secret among its facts."""

    type: AccountActType
    person_id: int
    actor: Actor
    at: datetime
    facts: Mapping[str, str | int | None] = field(default_factory=dict)


Follower = Callable[[Session, AccountAct], None]
_followers: list[Follower] = []


def follow(follower: Follower) -> None:
    """Ask to be told of every act, within its transaction. Asking twice is asking once."""
    if follower not in _followers:
        _followers.append(follower)


def tell(session: Session, act: AccountAct) -> None:
    """Tell everybody who asked."""
    for follower in _followers:
        follower(session, act)
