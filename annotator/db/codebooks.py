"""Codebook versions, and the questions and labels that live through them under stable ids."""

from datetime import datetime

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
