"""What was done by hand where an act was refused: a remark in the history of the thing it was about, which changes nothing else."""

from datetime import datetime

from sqlalchemy.orm import Session

from lims import clock
from lims.accounts.vocabulary import Actor
from lims.custody import service as custody
from lims.custody.rules import check_reason
from lims.custody.vocabulary import Act, Event, EventType
from lims.labels.queries import subjects_of
from lims.storage.vocabulary import DoneByHand


def record_by_hand(session: Session, command: DoneByHand, *, actor: Actor, at: datetime) -> Event:
    """Write down what was done instead: with the tube or box that was scanned; of a code that names neither, with who says it.

    :raises ReasonMissing: what was done is not said.
    """
    check_reason(command.reason, "what was done by hand")
    about = next(iter(subjects_of(session, [command.barcode])), actor.id)
    history = custody.lock_histories(session, [about])[about]
    facts = {name: getattr(command, name) for name in ("barcode", "type", "where", "refused", "by")}
    facts["scanned_at"] = clock.iso(command.scanned_at)
    act = Act(type=EventType.DONE_BY_HAND, occurred_at=command.occurred_at, facts=facts, reason=command.reason.strip())
    return custody.append(session, history, act, actor=actor, at=at)
