"""The table that ties every code to the one thing it names, for ever."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from lims.db import Base


class BoundCode(Base):
    """A code and its thing. Triggers refuse to change or delete a row: one barcode, one thing, for ever."""

    __tablename__ = "barcode"
    __table_args__ = (
        CheckConstraint("length(code) BETWEEN 1 AND 64", name="code"),
        {"sqlite_strict": True},
    )

    code: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str]
    subject_id: Mapped[int] = mapped_column(ForeignKey("custody_subject.id"), index=True)
    role: Mapped[str]
    bound_at: Mapped[datetime]
