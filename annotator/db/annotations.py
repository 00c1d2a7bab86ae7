"""Who is to label what (rounds, places), and what was answered (acts, append-only and chained by hash)."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from annotator.db.base import Base, BigId, now, one_of

ACTS = ("answer", "skip", "undo")
KINDS = ("main", "training", "pilot", "gold-check", "retest", "adjudication", "import")


class Round(Base):
    """A pass over units: who sees whose labels, how units are chosen, how many label each."""

    __tablename__ = "round"
    __table_args__ = (
        UniqueConstraint("project_id", "name"),
        CheckConstraint(one_of("phase", "open", "blind"), name="phase"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"))
    name: Mapped[str]
    kind: Mapped[str] = mapped_column(default="main")
    phase: Mapped[str] = mapped_column(default="open")
    selection_mode: Mapped[str] = mapped_column(default="sequential")
    places_per_unit: Mapped[int] = mapped_column(default=1)
    #: How many units have places; kept here, so that no page counts rows.
    units: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime] = mapped_column(default=now)
    #: What was searched for, where a search chose the units.
    query: Mapped[dict[str, Any] | None]


class Assignment(Base):
    """A place for one annotator on one unit, made in advance; held under a lease on the database's clock."""

    __tablename__ = "assignment"
    __table_args__ = (
        UniqueConstraint("unit_id", "round_id", "place"),
        UniqueConstraint("unit_id", "round_id", "annotator_id"),
        CheckConstraint(one_of("state", "open", "claimed", "done", "skipped"), name="state"),
        CheckConstraint("(state = 'open') = (annotator_id IS NULL)", name="holder"),
        CheckConstraint(one_of("suggestion_arm", "shown", "control", "reserved"), name="suggestion_arm"),
        CheckConstraint("selection_probability > 0 AND selection_probability <= 1", name="selection_probability"),
        # The next unit is found by these alone, so that the thousandth and the millionth cost the same. The same
        # conditions for PostgreSQL stand in the migration: said here, every start would load that dialect.
        Index(
            "ix_assignment_open",
            "round_id",
            "order_key",
            sqlite_where=text("state = 'open'"),
        ),
        Index(
            "ix_assignment_claimed",
            "round_id",
            "annotator_id",
            "order_key",
            sqlite_where=text("state = 'claimed'"),
        ),
        Index(
            "ix_assignment_lease",
            "round_id",
            "lease_ends_at",
            sqlite_where=text("state = 'claimed'"),
        ),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"))
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    place: Mapped[int] = mapped_column(default=1)
    #: Document's random number and the unit's position in one integer.
    order_key: Mapped[int] = mapped_column(BigInteger)
    state: Mapped[str] = mapped_column(default="open")
    annotator_id: Mapped[int | None] = mapped_column(ForeignKey("annotator.id"))
    #: Seconds since 1970 on the database's own clock.
    lease_ends_at: Mapped[int | None] = mapped_column(BigInteger)
    selection_mode: Mapped[str]
    selection_probability: Mapped[float | None]
    suggestion_arm: Mapped[str] = mapped_column(default="shown")


class Tally(Base):
    """How many places of a round an annotator has finished; derived, so that no page counts rows."""

    __tablename__ = "tally"

    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"), primary_key=True)
    annotator_id: Mapped[int] = mapped_column(ForeignKey("annotator.id"), primary_key=True)
    done: Mapped[int] = mapped_column(default=0)


class ChainHead(Base):
    """The end of a project's chain of acts; locked while an act is appended."""

    __tablename__ = "chain_head"

    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"), primary_key=True)
    sequence: Mapped[int] = mapped_column(BigInteger, default=0)
    hash: Mapped[str] = mapped_column(default="")
    #: Units with an answer that counts; derived, so that no page counts rows.
    labelled: Mapped[int] = mapped_column(default=0)


class Annotation(Base):
    """One annotator's act on one unit. Never updated, never deleted: revisions and undos are new rows."""

    __tablename__ = "annotation"
    __table_args__ = (
        UniqueConstraint("project_id", "sequence"),
        UniqueConstraint("annotator_id", "key"),
        Index("ix_annotation_unit_id", "unit_id"),
        Index("ix_annotation_annotator_id_id", "annotator_id", "id"),
        CheckConstraint(one_of("act", *ACTS), name="act"),
        CheckConstraint(one_of("kind", *KINDS), name="kind"),
        CheckConstraint("active_seconds >= 0", name="active_seconds"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"))
    sequence: Mapped[int] = mapped_column(BigInteger)
    #: Made by the browser; a repeat with the same key and payload is the same act.
    key: Mapped[str]
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    annotator_id: Mapped[int] = mapped_column(ForeignKey("annotator.id"))
    codebook_version_id: Mapped[int] = mapped_column(ForeignKey("codebook_version.id"))
    round_id: Mapped[int | None] = mapped_column(ForeignKey("round.id"))
    act: Mapped[str]
    kind: Mapped[str] = mapped_column(default="main")
    #: The act this one revises or undoes.
    supersedes_id: Mapped[int | None] = mapped_column(ForeignKey("annotation.id"))
    comment: Mapped[str | None]
    #: Why a unit was skipped.
    reason: Mapped[str | None]
    is_flagged: Mapped[bool] = mapped_column(default=False)
    #: The lease had passed to nobody or somebody else when the answer came.
    is_late: Mapped[bool] = mapped_column(default=False)
    #: The act it supersedes was no longer the newest (two tabs, two devices).
    is_stale: Mapped[bool] = mapped_column(default=False)
    active_seconds: Mapped[float | None]
    client_at: Mapped[datetime | None]
    recorded_at: Mapped[datetime]
    masked: Mapped[list[str]] = mapped_column(default=list)
    selection_mode: Mapped[str | None]
    selection_probability: Mapped[float | None]
    suggestion_arm: Mapped[str | None]
    #: What was shown: {"timing": …, "classifiers": […], "suggestions": […]}.
    suggestions_shown: Mapped[dict[str, Any] | None]
    payload_hash: Mapped[str]
    previous_hash: Mapped[str]
    hash: Mapped[str]


class Answer(Base):
    """One line of an act's answers: a label, an offered target, a span, or an explicit *none*."""

    __tablename__ = "answer"
    __table_args__ = (
        UniqueConstraint("annotation_id", "stage", "position"),
        CheckConstraint(one_of("stage", "first", "final"), name="stage"),
        CheckConstraint(one_of("kind", "label", "offered", "span", "none"), name="kind"),
        CheckConstraint(one_of("holder_kind", "author", "speaker", "reported", "unclear"), name="holder_kind"),
        CheckConstraint('0 <= "start" AND "start" < "end"', name="span"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    annotation_id: Mapped[int] = mapped_column(ForeignKey("annotation.id"))
    #: "first" holds what was answered before suggestions were shown, where they came after.
    stage: Mapped[str] = mapped_column(default="final")
    position: Mapped[int]
    question_id: Mapped[int] = mapped_column(ForeignKey("question.id"))
    kind: Mapped[str]
    label_id: Mapped[int | None] = mapped_column(ForeignKey("label.id"))
    target_id: Mapped[int | None] = mapped_column(ForeignKey("target.id"))
    holder_kind: Mapped[str | None]
    holder_name: Mapped[str | None]
    start: Mapped[int | None]
    end: Mapped[int | None]


class CurrentAnnotation(Base):
    """The act that counts for a unit, annotator and kind; derived and rebuildable."""

    __tablename__ = "current_annotation"
    __table_args__ = (Index("ix_current_annotation_annotation_id", "annotation_id"),)

    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), primary_key=True)
    annotator_id: Mapped[int] = mapped_column(ForeignKey("annotator.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    annotation_id: Mapped[int] = mapped_column(ForeignKey("annotation.id"))
