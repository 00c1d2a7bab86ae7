"""What is read: projects, documents with their original bytes, speakers, turns, units, targets."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from annotator.db.base import Base, BigId, new_uuid, now, one_of


class Project(Base):
    """One study."""

    __tablename__ = "project"
    __table_args__ = (
        CheckConstraint(one_of("suggestion_timing", "before", "after", "never"), name="suggestion_timing"),
        CheckConstraint(one_of("learns_from", "majority", "dawid-skene", "soft"), name="learns_from"),
        CheckConstraint("control_share >= 0 AND control_share <= 1", name="control_share"),
        CheckConstraint("reserved_share >= 0 AND reserved_share <= 1", name="reserved_share"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    uuid: Mapped[str] = mapped_column(unique=True, default=new_uuid)
    slug: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str] = mapped_column(unique=True)
    created_at: Mapped[datetime] = mapped_column(default=now)
    #: When a classifier's opinion is shown: before the answer, after it, or never.
    suggestion_timing: Mapped[str] = mapped_column(default="after")
    #: Share of the places, drawn in advance, at which no suggestion is ever shown.
    control_share: Mapped[float] = mapped_column(default=0.2)
    #: Share of the documents kept apart for testing classifiers.
    reserved_share: Mapped[float] = mapped_column(default=0.2)
    #: After so many labelled units classifiers are trained anew; 0: only when asked to.
    retrain_every: Mapped[int] = mapped_column(default=20)
    #: Minutes between the starts of two trainings at least.
    retrain_minutes: Mapped[int] = mapped_column(default=0)
    #: What is learned where several people labelled a unit: the majority, Dawid and Skene's estimate, their shares.
    learns_from: Mapped[str] = mapped_column(default="majority")
    #: What annotators do not see: "outlet", "author", "speaker", and "names" of these inside the text.
    masked: Mapped[list[str]] = mapped_column(default=list)
    seed: Mapped[int] = mapped_column(default=0)


class Target(Base):
    """What a stance is toward; one added while labelling is private to its annotator until accepted."""

    __tablename__ = "target"
    __table_args__ = (UniqueConstraint("project_id", "uuid"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"), index=True)
    uuid: Mapped[str] = mapped_column(default=new_uuid)
    name: Mapped[str]
    aliases: Mapped[list[str]] = mapped_column(default=list)
    position: Mapped[int] = mapped_column(default=0)
    added_by_id: Mapped[int | None] = mapped_column(ForeignKey("annotator.id"))
    accepted_at: Mapped[datetime | None]
    merged_into_id: Mapped[int | None] = mapped_column(ForeignKey("target.id"))


class ImportBatch(Base):
    """One file on its way in: its rows stay pending until all of them are there."""

    __tablename__ = "import_batch"
    __table_args__ = (CheckConstraint(one_of("state", "pending", "done"), name="state"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"), index=True)
    name: Mapped[str]
    state: Mapped[str] = mapped_column(default="pending")
    created_at: Mapped[datetime] = mapped_column(default=now)
    finished_at: Mapped[datetime | None]
    #: Refreshed with each chunk; a batch that has been silent for long is removed by the sweeper.
    heartbeat_at: Mapped[datetime] = mapped_column(default=now)


class Document(Base):
    """An imported text; ``text`` is what every offset counts in."""

    __tablename__ = "document"
    __table_args__ = (
        UniqueConstraint("project_id", "external_id"),
        Index("ix_document_project_id_position", "project_id", "position"),
        Index("ix_document_project_id_near_duplicate_group", "project_id", "near_duplicate_group"),
        CheckConstraint(one_of("kind", "transcript", "article"), name="kind"),
        CheckConstraint(one_of("date_precision", "day", "month", "year"), name="date_precision"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"))
    batch_id: Mapped[int] = mapped_column(ForeignKey("import_batch.id"), index=True)
    is_pending: Mapped[bool] = mapped_column(default=True)
    external_id: Mapped[str]
    position: Mapped[int]
    kind: Mapped[str]
    title: Mapped[str | None]
    outlet: Mapped[str | None]
    author: Mapped[str | None]
    url: Mapped[str | None]
    #: As precise as it is known: 2026, 2026-05 or 2026-05-04.
    date: Mapped[str | None]
    date_precision: Mapped[str | None]
    language: Mapped[str | None]
    variables: Mapped[dict[str, Any]] = mapped_column(default=dict)
    text: Mapped[str] = mapped_column(deferred=True)
    text_sha256: Mapped[str]
    near_duplicate_group: Mapped[str]
    segmenter: Mapped[str | None]
    extractor: Mapped[str | None]
    #: Kept apart for testing classifiers; undecided below ten documents.
    is_reserved: Mapped[bool | None]
    #: The part of the data it belongs to where an import said so; an export can draw splits of its own.
    split: Mapped[str | None]
    #: A random number: documents are labelled in this order.
    order_key: Mapped[int] = mapped_column(BigInteger)


class Original(Base):
    """The bytes of an uploaded file, as they came."""

    __tablename__ = "original"

    document_id: Mapped[int] = mapped_column(ForeignKey("document.id"), primary_key=True)
    name: Mapped[str]
    sha256: Mapped[str]
    content: Mapped[bytes]


class DuplicateBand(Base):
    """One band of a document's MinHash signature; near-duplicates share at least one."""

    __tablename__ = "duplicate_band"
    __table_args__ = (Index("ix_duplicate_band_project_id_value", "project_id", "value"),)

    document_id: Mapped[int] = mapped_column(ForeignKey("document.id"), primary_key=True)
    band: Mapped[int] = mapped_column(primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"))
    value: Mapped[int] = mapped_column(BigInteger)


class Speaker(Base):
    """Someone who speaks in transcripts, under one canonical name per project."""

    __tablename__ = "speaker"
    __table_args__ = (UniqueConstraint("project_id", "name"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"))
    name: Mapped[str]


class DocumentSpeaker(Base):
    """How a speaker appears in one document: labels as printed, role, by-line."""

    __tablename__ = "document_speaker"

    document_id: Mapped[int] = mapped_column(ForeignKey("document.id"), primary_key=True)
    speaker_id: Mapped[int] = mapped_column(ForeignKey("speaker.id"), primary_key=True, index=True)
    position: Mapped[int]
    aliases: Mapped[list[str]] = mapped_column(default=list)
    role: Mapped[str | None]
    is_byline: Mapped[bool] = mapped_column(default=False)
    speaker: Mapped[Speaker] = relationship(lazy="joined", innerjoin=True)


class Turn(Base):
    """A stretch of a transcript said by one person."""

    __tablename__ = "turn"
    __table_args__ = (UniqueConstraint("document_id", "position"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    document_id: Mapped[int] = mapped_column(ForeignKey("document.id"))
    speaker_id: Mapped[int | None] = mapped_column(ForeignKey("speaker.id"), index=True)
    position: Mapped[int]
    label: Mapped[str | None]
    note: Mapped[str | None]
    start: Mapped[int]
    end: Mapped[int]


class Unit(Base):
    """The stretch labelled as a whole: ``document.text[start:end]`` in code points."""

    __tablename__ = "unit"
    __table_args__ = (
        UniqueConstraint("project_id", "external_id"),
        UniqueConstraint("document_id", "kind", "position"),
        CheckConstraint(one_of("kind", "sentence", "turn", "document"), name="kind"),
        CheckConstraint('0 <= "start" AND "start" <= "end"', name="span"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"))
    document_id: Mapped[int] = mapped_column(ForeignKey("document.id"))
    #: Indexed for the removal of failed imports: each turn that goes asks for its units.
    turn_id: Mapped[int | None] = mapped_column(ForeignKey("turn.id"), index=True)
    external_id: Mapped[str]
    kind: Mapped[str] = mapped_column(default="sentence")
    position: Mapped[int]
    start: Mapped[int]
    end: Mapped[int]
    withdrawn_at: Mapped[datetime | None]
