"""People, how they sign in, and what is logged of it; their work hangs on a code, not on the person."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from annotator.db.base import Base, BigId, new_uuid, now, one_of

#: What a person can be in a project, the most powerful first.
ROLES = ("owner", "adjudicator", "annotator", "reader")


class User(Base):
    """A person who signs in."""

    __tablename__ = "user_account"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    uuid: Mapped[str] = mapped_column(unique=True, default=new_uuid)
    name: Mapped[str] = mapped_column(unique=True)
    is_administrator: Mapped[bool] = mapped_column(default=False)
    password_hash: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(default=now)
    disabled_at: Mapped[datetime | None]
    #: What the person chose for themselves, as :mod:`annotator.services.preferences` writes it.
    preferences: Mapped[dict[str, Any] | None]


class SignInLink(Base):
    """A link that signs its user in once; only the hash of its secret is kept."""

    __tablename__ = "sign_in_link"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="CASCADE"), index=True)
    secret_hash: Mapped[str] = mapped_column(unique=True)
    created_at: Mapped[datetime] = mapped_column(default=now)
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class UserSession(Base):
    """One browser that is signed in; the cookie names this row, so that it can be revoked."""

    __tablename__ = "user_session"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="CASCADE"), index=True)
    secret_hash: Mapped[str] = mapped_column(unique=True)
    created_at: Mapped[datetime] = mapped_column(default=now)
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    #: When something was last sent from it, to within a few minutes: looking at pages writes nothing.
    seen_at: Mapped[datetime | None]
    #: Roughly which browser, such as "Firefox, Windows"; enough to know it again, too little to be tracked by.
    browser: Mapped[str | None]
    user: Mapped[User] = relationship(lazy="joined", innerjoin=True)


class SignInLimit(Base):
    """When somebody last tried to get in: under a name, from an address, both only as hashes, for some minutes."""

    __tablename__ = "sign_in_limit"

    key_hash: Mapped[str] = mapped_column(primary_key=True)
    #: Seconds since 1970 of each attempt that still counts.
    attempts: Mapped[list[Any]] = mapped_column(default=list)
    last_at: Mapped[datetime] = mapped_column(default=now, index=True)


class Membership(Base):
    """What a person may do in a project."""

    __tablename__ = "membership"
    __table_args__ = (CheckConstraint(one_of("role", *ROLES), name="role"),)

    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="CASCADE"), primary_key=True)
    role: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(default=now)


class Invitation(Base):
    """A link that lets whoever has it join a project in a role; only the hash of its secret is kept."""

    __tablename__ = "invitation"
    __table_args__ = (
        CheckConstraint(one_of("role", *ROLES), name="role"),
        CheckConstraint("0 <= uses AND uses <= max_uses", name="uses"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    uuid: Mapped[str] = mapped_column(unique=True, default=new_uuid)
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"), index=True)
    role: Mapped[str]
    #: For whom it is, in the words of who made it.
    note: Mapped[str | None]
    secret_hash: Mapped[str] = mapped_column(unique=True)
    max_uses: Mapped[int] = mapped_column(default=1)
    uses: Mapped[int] = mapped_column(default=0)
    made_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="SET NULL"))
    created_at: Mapped[datetime] = mapped_column(default=now)
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class Annotator(Base):
    """Whoever gives labels in a project, known by a random code; erasing the person leaves the labels."""

    __tablename__ = "annotator"
    __table_args__ = (
        UniqueConstraint("project_id", "code"),
        UniqueConstraint("project_id", "user_id"),
        CheckConstraint(one_of("origin", "person", "import"), name="origin"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="SET NULL"))
    code: Mapped[str]
    origin: Mapped[str] = mapped_column(default="person")
    created_at: Mapped[datetime] = mapped_column(default=now)
    #: The round being worked in, where it is not the main one; a hint without a constraint, since either may go first.
    round_id: Mapped[int | None] = mapped_column(BigInteger)


class Event(Base):
    """A line of the log: who signed in, imported, exported, corrected; never label content or secrets."""

    __tablename__ = "event"
    __table_args__ = (Index("ix_event_project_id_at", "project_id", "at"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    at: Mapped[datetime] = mapped_column(default=now)
    kind: Mapped[str]
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="SET NULL"))
    project_id: Mapped[int | None] = mapped_column(ForeignKey("project.id"))
    details: Mapped[dict[str, Any]] = mapped_column(default=dict)
