"""When a container was last counted through, and how long ago that is."""

from datetime import datetime

from sqlalchemy import bindparam, update
from sqlalchemy.orm import Session

from lims.db import table_of
from lims.storage.models import Container

_SET = update(table_of(Container)).where(table_of(Container).c.id == bindparam("container_id")).values(audited_at=bindparam("at"))


def set_audited(session: Session, container_id: int, at: datetime) -> None:
    """A container was counted through."""
    session.execute(_SET, {"container_id": container_id, "at": at})


def audit_age_days(audited_at: datetime | None, now: datetime) -> int | None:
    """Whole days since; None where it never was."""
    return None if audited_at is None else max(0, (now - audited_at).days)
