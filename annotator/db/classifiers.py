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
