"""Tables of issued manifests: numbered documents whose bytes never change, and who pulled them."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from lims.db import Base


class Manifest(Base):
    """A numbered list of a batch, as it was when it was issued."""

    __tablename__ = "manifest"
    __table_args__ = (
        Index("ix_manifest_batch_id", "batch_id", "id"),
        {"sqlite_strict": True},
    )

    id: Mapped[int] = mapped_column(ForeignKey("custody_subject.id"), primary_key=True, autoincrement=False)
    number: Mapped[str] = mapped_column(unique=True)
    batch_id: Mapped[int] = mapped_column(ForeignKey("batch.id"))
    line_count: Mapped[int]
    issued_at: Mapped[datetime]
    issued_by: Mapped[int] = mapped_column(ForeignKey("user_account.id"))


class ManifestDocument(Base):
    """The bytes of a manifest in one format, and their SHA-256. Triggers refuse to change or delete a row."""

    __tablename__ = "manifest_document"

    manifest_id: Mapped[int] = mapped_column(ForeignKey("manifest.id"), primary_key=True)
    format: Mapped[str] = mapped_column(primary_key=True)
    content: Mapped[bytes]
    sha256: Mapped[str]


class ManifestPull(Base):
    """Somebody took a copy."""

    __tablename__ = "manifest_pull"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    manifest_id: Mapped[int] = mapped_column(ForeignKey("manifest.id"), index=True)
    format: Mapped[str]
    actor_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    pulled_at: Mapped[datetime]
