"""Work done outside a request; the row is the truth, the queue only a reminder."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from annotator.db.base import Base, BigId, new_uuid, now, one_of


class Job(Base):
    """One piece of work, with a heartbeat while it runs."""

    __tablename__ = "job"
    __table_args__ = (
        CheckConstraint(one_of("state", "queued", "running", "done", "failed"), name="state"),
        # Never two of a kind waiting for one project: a second click finds the first.
        Index(
            "uq_job_queued",
            "project_id",
            "kind",
            unique=True,
            sqlite_where=text("state = 'queued'"),
        ),
        Index("ix_job_project_id_kind_id", "project_id", "kind", "id"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    uuid: Mapped[str] = mapped_column(unique=True, default=new_uuid)
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"))
    kind: Mapped[str]
    arguments: Mapped[dict[str, Any]] = mapped_column(default=dict)
    state: Mapped[str] = mapped_column(default="queued")
    #: Between 0 and 1.
    progress: Mapped[float] = mapped_column(default=0.0)
    message: Mapped[str | None]
    result: Mapped[dict[str, Any] | None]
    attempt: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime] = mapped_column(default=now)
    started_at: Mapped[datetime | None]
    heartbeat_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
