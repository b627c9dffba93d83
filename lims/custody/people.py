"""What happens to people's accounts, in the ledger (21 CFR 11.10(e), ICH E6(R3) 4.2.2: accounts, roles, sign-ins are in the trail)."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from lims.accounts.followers import AccountAct
from lims.accounts.models import ApiToken, UserAccount
from lims.accounts.vocabulary import SYSTEM
from lims.custody.models import CustodySubject
from lims.custody.service import append, begin_histories, lock_histories
from lims.custody.verification import Difference
from lims.custody.vocabulary import Act, Event, EventType, SubjectKind
from lims.db import table_of

_NOBODYS = (
    select(UserAccount.id, UserAccount.username)
    .outerjoin(CustodySubject, (CustodySubject.id == UserAccount.id) & (CustodySubject.kind == SubjectKind.PERSON))
    .where(CustodySubject.id.is_(None))
    .order_by(UserAccount.id)
)


@dataclass(slots=True)
class _Account:
    """An account as its events leave it: who may do what, and by which tokens. What is secret is in no event."""

    username: str = SYSTEM.username
    role: str = SYSTEM.role
    disabled_at: datetime | None = None
    tokens: dict[int, tuple[str, bool]] = field(default_factory=dict)


def write_account_act(session: Session, act: AccountAct) -> None:
    """Append an act on an account to the person's own history, which begins when the account is made."""
    session.flush()
    history = lock_histories(session, [act.person_id]).get(act.person_id)
    if history is None:
        history = begin_histories(session, SubjectKind.PERSON, [act.person_id])[0]
    append(session, history, Act(type=EventType(act.type), occurred_at=act.at, facts=act.facts), actor=act.actor, at=act.at)


def check_people(session: Session, histories: dict[int, list[Event]]) -> Iterator[Difference]:
    """Name, role, closing and tokens of these people against their events. Two statements, however many; once, one more."""
    people, tokens = table_of(UserAccount), table_of(ApiToken)
    rows = {row.id: row for row in session.execute(select(people).where(people.c.id.in_(list(histories))))}
    held: dict[int, dict[int, tuple[str, bool]]] = defaultdict(dict)
    for token in session.execute(select(tokens).where(tokens.c.user_id.in_(list(histories)))):
        held[token.user_id][token.id] = (token.scopes, token.revoked_at is not None)
    for person_id, events in histories.items():
        try:
            found = list(_differs(rows.get(person_id), held[person_id], _follow(events)))
        except (LookupError, TypeError, ValueError):
            found = ["the events do not fit together"]
        yield from (Difference(SubjectKind.PERSON, person_id, sentence) for sentence in found)
    if SYSTEM.id in histories:  # the first person there is: with them, once, whoever is nobody's making
        for row in session.execute(_NOBODYS):
            yield Difference(SubjectKind.PERSON, row.id, f"{row.username} has an account, and nobody took them in")


def _follow(events: Sequence[Event]) -> _Account:
    account = _Account()
    for event in events:
        match event.type:
            case EventType.ACCOUNT_MADE:
                account.username, account.role = event.facts["username"], event.facts["role"]
            case EventType.ACCOUNT_CHANGED if event.facts["what"] == "role":
                account.role = event.facts["is"]
            case EventType.ACCOUNT_CHANGED if event.facts["what"] == "disabled":
                account.disabled_at = account.disabled_at or event.recorded_at
                account.tokens = {number: (scopes, True) for number, (scopes, _) in account.tokens.items()}
            case EventType.TOKEN_ISSUED:
                account.tokens[event.facts["token"]] = (event.facts["scopes"], False)
            case EventType.TOKEN_REVOKED:
                account.tokens[event.facts["token"]] = (account.tokens[event.facts["token"]][0], True)
            case _:
                continue
    return account


def _differs(row: Any, tokens: dict[int, tuple[str, bool]], said: _Account) -> Iterator[str]:
    if row is None:
        yield f"the account of {said.username} is not there any more"
        return
    for column in ("username", "role", "disabled_at"):
        kept, written = getattr(row, column), getattr(said, column)
        if kept != written:
            yield f"{said.username}: {column} is {kept or 'nothing'}, the events say {written or 'nothing'}"
    for number in sorted(tokens.keys() | said.tokens.keys()):
        if tokens.get(number) != said.tokens.get(number):
            yield f"{said.username}: token {number} is {_token(tokens.get(number))}, the events say {_token(said.tokens.get(number))}"


def _token(token: tuple[str, bool] | None) -> str:
    """What a token may, and whether it still may."""
    return "not there" if token is None else f"for {token[0]}{', revoked' if token[1] else ''}"
