"""What happens to people's accounts, in the ledger (21 CFR 11.10(e), ICH E6(R3) 4.2.2: accounts, roles, sign-ins are in the trail)."""

from sqlalchemy.orm import Session

from lims.accounts.followers import AccountAct
from lims.custody.service import append, begin_histories, lock_histories
from lims.custody.vocabulary import Act, EventType, SubjectKind


def write_account_act(session: Session, act: AccountAct) -> None:
    """Append an act on an account to the person's own history, which begins when the account is made."""
    session.flush()
    history = lock_histories(session, [act.person_id]).get(act.person_id)
    if history is None:
        history = begin_histories(session, SubjectKind.PERSON, [act.person_id])[0]
    append(session, history, Act(type=EventType(act.type), occurred_at=act.at, facts=act.facts), actor=act.actor, at=act.at)
