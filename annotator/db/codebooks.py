"""Codebook versions, and the questions and labels that live through them under stable ids."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from annotator.db.base import Base, BigId, now


class CodebookVersion(Base):
    """A published codebook; ``source`` is its canonical file and never changes."""

    __tablename__ = "codebook_version"
    __table_args__ = (UniqueConstraint("project_id", "number"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"))
    number: Mapped[int]
    source: Mapped[str]
    published_at: Mapped[datetime] = mapped_column(default=now)


class Question(Base):
    """The identity of a question across versions."""

    __tablename__ = "question"
    __table_args__ = (UniqueConstraint("project_id", "stable_id"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"))
    stable_id: Mapped[str]


class Label(Base):
    """The identity of a label across versions."""

    __tablename__ = "label"
    __table_args__ = (UniqueConstraint("question_id", "stable_id"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    question_id: Mapped[int] = mapped_column(ForeignKey("question.id"))
    stable_id: Mapped[str]


class Publication(Base):
    """Who published a version and what was decided about the labels given before; a version without one has none."""

    __tablename__ = "publication"

    version_id: Mapped[int] = mapped_column(ForeignKey("codebook_version.id"), primary_key=True)
    published_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="SET NULL"))
    #: What changed and why, in the publisher's words.
    note: Mapped[str] = mapped_column(default="")
    #: By change, as :mod:`annotator.codebook.succession` reads them: "keep", "convert" or "relabel".
    choices: Mapped[dict[str, Any]] = mapped_column(default=dict)


class CodebookDraft(Base):
    """The next version of a project's codebook while it is being written."""

    __tablename__ = "codebook_draft"

    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"), primary_key=True)
    #: None when there is no draft; the row stays, so that no revision number is given twice.
    source: Mapped[str | None]
    #: Counts every change, so that of two people who change the same draft the second is told.
    revision: Mapped[int]
    #: The number of the version it began with.
    based_on: Mapped[int]
    updated_at: Mapped[datetime] = mapped_column(default=now)
    updated_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="SET NULL"))
