"""Who is to label what (rounds, places), and what was answered (acts, append-only and chained by hash)."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from annotator.db.base import Base, BigId, now, one_of

ACTS = ("answer", "skip", "undo")
KINDS = ("main", "training", "pilot", "gold-check", "retest", "adjudication", "import")


class Round(Base):
    """A pass over units: who labels, who sees whose labels, how units are chosen, how many label each.

    What is checked in secret, by sentences labelled again and by sentences whose answer is known, lies in rounds of
    their own (``kind`` is "retest" or "gold-check", ``parent_id`` the round that is checked).
    """

    __tablename__ = "round"
    __table_args__ = (
        UniqueConstraint("project_id", "name"),
        CheckConstraint(one_of("phase", "open", "blind"), name="phase"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"))
    name: Mapped[str]
    #: The kind of the acts that are given in it.
    kind: Mapped[str] = mapped_column(default="main")
    phase: Mapped[str] = mapped_column(default="open")
    selection_mode: Mapped[str] = mapped_column(default="sequential")
    places_per_unit: Mapped[int] = mapped_column(default=1)
    #: How many units have places; kept here, so that no page counts rows.
    units: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime] = mapped_column(default=now)
    #: What was searched for, where a search chose the units.
    query: Mapped[dict[str, Any] | None]
    #: How its units were drawn, as :mod:`annotator.services.drawing` writes it; None for the main round and queues.
    plan: Mapped[dict[str, Any] | None]
    #: All its places are there; before that nobody labels in it.
    is_ready: Mapped[bool] = mapped_column(default=True)
    #: Nothing is given out any more, and whoever may review sees all of it.
    closed_at: Mapped[datetime | None]
    #: Only its members label here; else everybody who may label.
    is_by_invitation: Mapped[bool] = mapped_column(default=False)
    #: Most places one annotator takes.
    quota: Mapped[int | None]
    #: For a training: the share of known answers that must be met.
    pass_mark: Mapped[float | None]
    #: The training that has to be passed before; without a constraint, since columns are added and no table rebuilt.
    after_id: Mapped[int | None] = mapped_column(BigInteger)
    #: For a round of checks: the round whose annotators are checked.
    parent_id: Mapped[int | None] = mapped_column(BigInteger, index=True)
    #: How often a sentence is labelled again, and how often one with a known answer comes in between.
    retest_share: Mapped[float] = mapped_column(default=0.0)
    check_share: Mapped[float] = mapped_column(default=0.0)


class RoundMember(Base):
    """An annotator who takes part in a round, and how they did if it is a training."""

    __tablename__ = "round_member"

    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"), primary_key=True)
    annotator_id: Mapped[int] = mapped_column(ForeignKey("annotator.id"), primary_key=True)
    #: Share of the known answers that were met, once all of the training is labelled.
    score: Mapped[float | None]
    passed_at: Mapped[datetime | None]


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
    #: Made for one annotator: it waits for them however long, and passes to nobody else.
    is_personal: Mapped[bool] = mapped_column(default=False)


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
