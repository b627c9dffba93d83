"""Tables of people, their browser sessions, tokens, failed sign-ins, and of acts already answered."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from lims.db import Base


class UserAccount(Base):
    """A person who may sign in. Never deleted, only disabled; the name in the ledger stays theirs."""

    __tablename__ = "user_account"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    username: Mapped[str] = mapped_column(unique=True)
    role: Mapped[str]
    password_hash: Mapped[str | None]
    language: Mapped[str | None]
    created_at: Mapped[datetime]
    disabled_at: Mapped[datetime | None]


class WebSession(Base):
    """A signed-in browser; only the hash of what its cookie carries is kept."""

    __tablename__ = "web_session"

    token_hash: Mapped[str] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"), index=True)
    csrf_token: Mapped[str]
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class ApiToken(Base):
    """A machine's key: 256 random bits, of which one SHA-256 is kept."""

    __tablename__ = "api_token"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"), index=True)
    token_hash: Mapped[str] = mapped_column(unique=True)
    scopes: Mapped[str]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


class PasswordLink(Base):
    """A one-time link by which a person sets a password."""

    __tablename__ = "password_link"

    token_hash: Mapped[str] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"), index=True)
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class SignInThrottle(Base):
    """How often signing in failed for an account or an address, and when the next try is heard."""

    __tablename__ = "sign_in_throttle"

    key: Mapped[str] = mapped_column(primary_key=True)
    failures: Mapped[int]
    next_try_at: Mapped[datetime]


class Operation(Base):
    """An act already answered: the same operation id gets the same answer again."""

    __tablename__ = "operation"
    __table_args__ = (
        CheckConstraint("status BETWEEN 100 AND 599", name="status"),
        Index("ix_operation_recorded_at", "recorded_at"),
        {"sqlite_strict": True},
    )

    actor_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"), primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    fingerprint: Mapped[str]
    status: Mapped[int]
    answer: Mapped[str]
    recorded_at: Mapped[datetime]
