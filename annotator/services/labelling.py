"""What the labelling page shows: one unit with all that is needed to decide, and the text around it."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from annotator.codebook.values import Codebook
from annotator.db import (
    Annotation,
    Assignment,
    CodebookVersion,
    Document,
    DocumentSpeaker,
    Round,
    Speaker,
    Tally,
    Target,
    Turn,
    Unit,
)
from annotator.errors import NotFoundError
from annotator.services import chain, codebooks, current, reviewing
from annotator.services.answers import answers_from_rows
from annotator.services.identities import identities
from annotator.services.seats import Seat
from annotator.text.mentions import Mention, MentionFinder

#: Sentences shown around the current one; longer documents are read in the reader.
WINDOW = 150


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetView:
    """A target as offered for one unit."""

    uuid: str
    name: str
    is_mentioned: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Earlier:
    """What the annotator said about this unit before."""

    key: str
    act: str
    answers: dict[str, Any]
    comment: str | None
    is_flagged: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitView:
    """One unit on the labelling page; ``mentions`` are spans in ``text`` with target UUIDs."""

    unit_id: int
    external_id: str
    document_id: int
    document: str
    title: str | None
    outlet: str | None
    date: str | None
    kind: str
    position: int
    of: int
    text: str
    speaker: str | None
    role: str | None
    note: str | None
    language: str | None
    mentions: tuple[Mention[str], ...]
    targets: tuple[TargetView, ...]
    codebook: Codebook
    codebook_number: int
    earlier: Earlier | None
    arm: str
    done: int
    total: int


@dataclass(frozen=True, slots=True)
class SentenceView:
    """A sentence of the text in view."""

    external_id: str
    text: str
    labelled: tuple[reviewing.Labelled, ...]


@dataclass(frozen=True, slots=True)
class TurnView:
    """A turn of the text in view."""

    speaker: str | None
    role: str | None
    note: str | None
    sentences: tuple[SentenceView, ...]


def view_unit(session: Session, seat: Seat, external_id: str) -> UnitView:
    """Return one unit with its speaker, targets, mentions, and what this annotator said before.

    Raises
    ------
    NotFoundError
        If the unit is not in the project.
    """
    row = _unit_row(session, seat, external_id)
    version = codebooks.current_version(session, seat.project_id)
    targets = _targets(session, seat)
    mentions = tuple(_finder(targets).find(row.text))
    arm = session.scalar(
        select(Assignment.suggestion_arm).where(
            Assignment.unit_id == row.id,
            Assignment.round_id == seat.round_id,
            Assignment.annotator_id == seat.annotator_id,
        )
    )
    done, total = progress(session, seat)
    earlier = _earlier(session, seat, row.id)
    speaker = None if "speaker" in seat.masked else row.speaker
    return UnitView(
        unit_id=row.id,
        external_id=row.external_id,
        document_id=row.document_id,
        document=row.document,
        title=row.title,
        outlet=None if "outlet" in seat.masked else row.outlet,
        date=row.date,
        kind=row.kind,
        position=row.position + 1,
        of=row.last + 1,
        text=row.text,
        speaker=speaker,
        role=row.role if speaker else None,
        note=row.note,
        language=row.language,
        mentions=mentions,
        targets=_offered(targets, mentions, earlier),
        codebook=codebooks.parse_source(version.source),
        codebook_number=version.number,
        earlier=earlier,
        arm=arm or "shown",
        done=done,
        total=total,
    )


def progress(session: Session, seat: Seat) -> tuple[int, int]:
    """Return how many places of the round this annotator has finished, and how many sentences it has."""
    done = session.scalar(
        select(Tally.done).where(Tally.round_id == seat.round_id, Tally.annotator_id == seat.annotator_id)
    )
    total = session.scalar(select(Round.units).where(Round.id == seat.round_id))
    return done or 0, total or 0


def view_text(session: Session, seat: Seat, unit: UnitView) -> list[TurnView]:
    """Return the text around a unit by turns, with the labels that may be seen."""
    text = session.scalar(select(Document.text).where(Document.id == unit.document_id)) or ""
    rows = session.execute(
        select(Unit.id, Unit.external_id, Unit.start, Unit.end, Unit.turn_id, Turn.note, *_speaker_columns())
        .select_from(Unit)
        .outerjoin(Turn, Turn.id == Unit.turn_id)
        .outerjoin(Speaker, Speaker.id == Turn.speaker_id)
        .outerjoin(
            DocumentSpeaker,
            (DocumentSpeaker.document_id == Unit.document_id) & (DocumentSpeaker.speaker_id == Turn.speaker_id),
        )
        .where(
            Unit.document_id == unit.document_id,
            Unit.kind == "sentence",
            Unit.withdrawn_at.is_(None),
            Unit.position.between(unit.position - 1 - WINDOW, unit.position - 1 + WINDOW),
        )
        .order_by(Unit.position)
    ).all()
    labelled = reviewing.labels_of_units(
        session, seat.project_id, [row.id for row in rows], seat=seat, phase=seat.phase
    )
    return _turns(rows, text=text, labelled=labelled, masked=seat.masked)


def _turns(
    rows: Sequence[Any], *, text: str, labelled: dict[int, list[reviewing.Labelled]], masked: tuple[str, ...]
) -> list[TurnView]:
    turns: list[tuple[Any, list[SentenceView]]] = []
    for row in rows:
        if not turns or turns[-1][0].turn_id != row.turn_id:
            turns.append((row, []))
        sentence = SentenceView(row.external_id, text[row.start : row.end], tuple(labelled.get(row.id, ())))
        turns[-1][1].append(sentence)
    named = "speaker" not in masked
    return [
        TurnView(row.speaker if named else None, row.role if named else None, row.note, tuple(sentences))
        for row, sentences in turns
    ]


def _speaker_columns() -> tuple[Any, ...]:
    return (Speaker.name.label("speaker"), DocumentSpeaker.role.label("role"))


def _unit_row(session: Session, seat: Seat, external_id: str) -> Any:
    last = select(func.max(Unit.position)).where(Unit.document_id == Document.id, Unit.kind == "sentence")
    row = session.execute(
        select(
            Unit.id,
            Unit.external_id,
            Unit.position,
            Document.id.label("document_id"),
            Document.external_id.label("document"),
            Document.title,
            Document.outlet,
            Document.date,
            Document.kind,
            Document.language,
            # Cut in the database: the page needs one sentence of a text that may be long.
            func.substr(Document.text, Unit.start + 1, Unit.end - Unit.start).label("text"),
            last.correlate(Document).scalar_subquery().label("last"),
            Turn.note,
            *_speaker_columns(),
        )
        .select_from(Unit)
        .join(Document, Document.id == Unit.document_id)
        .outerjoin(Turn, Turn.id == Unit.turn_id)
        .outerjoin(Speaker, Speaker.id == Turn.speaker_id)
        .outerjoin(
            DocumentSpeaker,
            (DocumentSpeaker.document_id == Document.id) & (DocumentSpeaker.speaker_id == Turn.speaker_id),
        )
        .where(Unit.project_id == seat.project_id, Unit.external_id == external_id, ~Document.is_pending)
    ).one_or_none()
    if row is None:
        raise NotFoundError("This sentence is not in the project.")
    return row


def _targets(session: Session, seat: Seat) -> tuple[tuple[str, str, tuple[str, ...]], ...]:
    visible = Target.accepted_at.is_not(None) | (Target.added_by_id == seat.annotator_id)
    rows = session.execute(
        select(Target.uuid, Target.name, Target.aliases)
        .where(Target.project_id == seat.project_id, Target.merged_into_id.is_(None), visible)
        .order_by(Target.position, Target.id)
    )
    return tuple((uuid, name, tuple(aliases)) for uuid, name, aliases in rows)


@lru_cache(maxsize=256)
def _finder(targets: tuple[tuple[str, str, tuple[str, ...]], ...]) -> MentionFinder[str]:
    return MentionFinder([(uuid, (name, *aliases)) for uuid, name, aliases in targets])


def _offered(
    targets: tuple[tuple[str, str, tuple[str, ...]], ...],
    mentions: Sequence[Mention[str]],
    earlier: Earlier | None,
) -> tuple[TargetView, ...]:
    """Return the targets to ask about: those mentioned, in order of mention, then those answered before."""
    names = {uuid: name for uuid, name, _ in targets}
    mentioned = list(dict.fromkeys(mention.key for mention in mentions))
    answered = [] if earlier is None else list(earlier.answers.get("targets_offered", ()))
    return tuple(
        TargetView(uuid=uuid, name=names[uuid], is_mentioned=uuid in mentioned)
        for uuid in dict.fromkeys([*mentioned, *answered])
        if uuid in names
    )


def _earlier(session: Session, seat: Seat, unit_id: int) -> Earlier | None:
    newest = current.newest(session, seat, unit_id)
    if newest is None:
        return None
    act = session.execute(
        select(Annotation.comment, Annotation.is_flagged, CodebookVersion.source)
        .join(CodebookVersion, CodebookVersion.id == Annotation.codebook_version_id)
        .where(Annotation.id == newest.id)
    ).one()
    rows = chain.answers_of(session, [newest.id]).get(newest.id, {}).get("final", [])
    known = identities(session, seat.project_id)
    answers = answers_from_rows(rows, codebook=codebooks.parse_source(act.source), known=known)
    return Earlier(key=newest.key, act=newest.act, answers=answers, comment=act.comment, is_flagged=act.is_flagged)
