"""Trained classifiers: where they are kept and which one is active."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from annotator.db.base import Base, BigId, now


class Classifier(Base):
    """A classifier for one question; its files lie under ``models/<project>/<number>/``."""

    __tablename__ = "classifier"
    __table_args__ = (
        UniqueConstraint("project_id", "number"),
        # At most one is active for a question, whatever two workers do at once.
        Index(
            "uq_classifier_active",
            "question_id",
            unique=True,
            sqlite_where=text("is_active"),
        ),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"))
    number: Mapped[int]
    question_id: Mapped[int] = mapped_column(ForeignKey("question.id"))
    codebook_version_id: Mapped[int] = mapped_column(ForeignKey("codebook_version.id"))
    created_at: Mapped[datetime] = mapped_column(default=now)
    #: SHA-256 of the stored files; one that has changed is not loaded.
    sha256: Mapped[str]
    #: Units with labels it was trained on.
    n_labelled: Mapped[int]
    card: Mapped[dict[str, Any]]
    is_active: Mapped[bool] = mapped_column(default=False)


class Doubt(Base):
    """An annotation in which a label is in doubt; derived, made anew with every training of its question.

    Either the classifier finds the label unlikely, or a nearly identical sentence, that of ``twin``, has other labels.
    """

    __tablename__ = "doubt"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    question_id: Mapped[int] = mapped_column(ForeignKey("question.id"), index=True)
    annotation_id: Mapped[int] = mapped_column(ForeignKey("annotation.id"))
    target_id: Mapped[int | None] = mapped_column(ForeignKey("target.id"))
    twin_id: Mapped[int | None] = mapped_column(ForeignKey("annotation.id"))
    #: Stable ids; of a twin there are none.
    label: Mapped[str | None]
    instead: Mapped[str | None]
    #: False for a label that was left out.
    is_given: Mapped[bool] = mapped_column(default=True)
    #: Of what was said, and of what would be likelier; 0 and 1 for twins.
    probability: Mapped[float] = mapped_column(default=0.0)
    instead_probability: Mapped[float] = mapped_column(default=1.0)
