"""What labels keep of people, compared with what the events say: whose each badge is."""

from collections import defaultdict
from collections.abc import Iterator

from sqlalchemy import select
from sqlalchemy.orm import Session

from lims.custody.verification import Difference
from lims.custody.vocabulary import Event, EventType, SubjectKind
from lims.ids import in_fours
from lims.labels.models import BoundCode


def check_badges(session: Session, histories: dict[int, list[Event]]) -> Iterator[Difference]:
    """Every code of these people was given to them, and none that was given is gone or another's. One statement, however many."""
    kept: dict[int, set[str]] = defaultdict(set)
    for row in session.execute(select(BoundCode.code, BoundCode.subject_id).where(BoundCode.subject_id.in_(list(histories)))):
        kept[row.subject_id].add(row.code)
    for person_id, events in histories.items():
        given = {event.facts.get("code") for event in events if event.type is EventType.CODE_BOUND}
        for code in sorted(kept[person_id] - given):
            yield Difference(SubjectKind.PERSON, person_id, f"{in_fours(code)} is a badge of theirs, and nobody gave it")
        for lost in sorted(given - kept[person_id], key=str):
            yield Difference(SubjectKind.PERSON, person_id, f"the badge {lost} was given to them, and is not theirs")
