"""What somebody with the database's own password could do: take the guards away, then write whatever they like."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from lims.custody.chain import chain_hash
from lims.custody.vocabulary import NO_HASH
from lims.db import Base


def take_guards_away(session: Session) -> None:
    """No trigger and no foreign key speaks any more in this transaction."""
    if session.get_bind().dialect.name == "sqlite":
        session.execute(text("PRAGMA defer_foreign_keys = ON"))
        for name in session.execute(text("SELECT name FROM sqlite_schema WHERE type = 'trigger'")).scalars().all():
            session.execute(text(f"DROP TRIGGER {name}"))
        return
    session.execute(text("SET LOCAL session_replication_role = replica"))
    for table in Base.metadata.tables:
        session.execute(text(f'ALTER TABLE "{table}" DISABLE TRIGGER ALL'))


def edit(session: Session, statement: str, **values: Any) -> None:
    """One raw edit; several statements are parted by semicolons. It must touch something."""
    for each in statement.split(";"):
        used = {name: value for name, value in values.items() if f":{name}" in each}
        assert session.execute(text(each), used).rowcount > 0, each  # type: ignore[attr-defined]  # an UPDATE's result has it


def recompute_chain(session: Session, subject_id: int, rewritten: Mapping[str, str], *, head_too: bool) -> None:
    """Rewrite the texts of a history, and every hash after them as if it had always been so."""
    wanted = text("SELECT id, canonical FROM custody_event WHERE subject_id = :id ORDER BY sequence")
    previous = NO_HASH
    for event_id, canonical in session.execute(wanted, {"id": subject_id}).all():
        for old, new in rewritten.items():
            canonical = canonical.replace(old, new)
        hash_ = chain_hash(previous, canonical)
        values = {"id": event_id, "canonical": canonical, "previous": previous, "hash": hash_}
        edit(session, "UPDATE custody_event SET canonical = :canonical, previous_hash = :previous, hash = :hash WHERE id = :id", **values)
        previous = hash_
    if head_too:
        edit(session, "UPDATE custody_subject SET head = :head WHERE id = :id", head=previous, id=subject_id)
