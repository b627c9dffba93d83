"""Acts done exactly once: the answer to an operation id is kept in the transaction that did the act, and given again.

The row is written last. Its primary key, (actor, operation id), is what stops a twin that ran at the same moment: the twin's whole
transaction is rolled back, and it gets the answer that was kept. Only what was done is kept under an ``Idempotency-Key``: a refusal
changed nothing, so the same request is simply weighed again. The ``op_id`` of a row in a bulk of custody events is kept whatever
became of the row, since each row has its own fate.
"""

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from lims.accounts.errors import AlreadyAnswered, BadOperationKey, OperationReused
from lims.accounts.models import Operation
from lims.bulk import insert_rows
from lims.db import table_of, violated_constraint

_OPERATION = table_of(Operation)
_LONGEST_KEY = 255


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered, and the fingerprint of what had been asked."""

    fingerprint: str
    status: int
    text: str


def check_key(key: str) -> str:
    """
    :raises BadOperationKey: empty, too long, or not printable ASCII.
    """
    if not 1 <= len(key) <= _LONGEST_KEY or any(not "!" <= character <= "~" for character in key):
        raise BadOperationKey
    return key


def fingerprint(method: str, path: str, body: bytes) -> str:
    """What was asked, in one SHA-256."""
    return hashlib.sha256(b"\0".join((method.encode(), path.encode(), body))).hexdigest()


def find_answers(session: Session, actor_id: int, keys: Collection[str]) -> dict[str, Answer]:
    """The answers kept for these operation ids of this actor."""
    rows = session.execute(_FIND, {"actor": actor_id, "keys": list(keys)})
    return {key: Answer(*rest) for key, *rest in rows}


def check_same(answer: Answer, asked: str, key: str) -> Answer:
    """
    :raises OperationReused: something else was asked under this id before.
    """
    if answer.fingerprint != asked:
        raise OperationReused(key)
    return answer


def keep_answer(session: Session, actor_id: int, key: str, answer: Answer, *, at: datetime) -> None:
    """Keep an answer with the act it answers.

    :raises AlreadyAnswered: a twin was faster; roll back and give its answer.
    """
    kept = {"fingerprint": answer.fingerprint, "status": answer.status, "answer": answer.text}
    try:
        insert_rows(session, _OPERATION, [{"actor_id": actor_id, "key": key, **kept, "recorded_at": at}])
    except IntegrityError as error:
        if violated_constraint(error) == "pk_operation":
            raise AlreadyAnswered(key) from error
        raise


_FIND = select(_OPERATION.c.key, _OPERATION.c.fingerprint, _OPERATION.c.status, _OPERATION.c.answer).where(
    _OPERATION.c.actor_id == bindparam("actor"), _OPERATION.c.key.in_(bindparam("keys", expanding=True))
)
