"""A whole document is asked about last: what the annotator said of its sentences stands beside the questions."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from annotator.codebook.tallies import Tally, TallyLine, tally
from annotator.db import Annotation, CodebookVersion, CurrentAnnotation, Document, Unit
from annotator.services import chain, codebooks
from annotator.services.answers import answers_from_rows
from annotator.services.labelling import UnitView
from annotator.services.seats import Seat
from annotator.services.succession import succession

MOST_LINKS = 24
MOST_WORDS = 24


@dataclass(frozen=True, slots=True)
class OpenSentence:
    """A sentence the annotator has neither labelled nor skipped; positions count from 1."""

    unit: str
    position: int


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionSummary:
    """One question's answers; stances by target, and of marked words the words themselves."""

    tally: Tally
    groups: tuple[tuple[str | None, tuple[TallyLine, ...]], ...]
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """What one annotator said of the sentences of a document."""

    labelled: int
    skipped: int
    total: int
    open: tuple[OpenSentence, ...]
    questions: tuple[QuestionSummary, ...]

    @property
    def left(self) -> int:
        """How many sentences are open, those without a link too."""
        return self.total - self.labelled - self.skipped


def summary_of_document(session: Session, seat: Seat, unit: UnitView) -> Summary | None:
    """Return the annotator's own answers to a document's sentences; None where nothing is asked about sentences."""
    codebook = codebooks.published(session, seat.project_id, unit.codebook_number).by_kind["sentence"]
    if not codebook.questions:
        return None
    rows = session.execute(_sentences(seat, unit)).all()
    labelled = [row for row in rows if row.act == "answer"]
    answers = _answers(session, seat, labelled)
    tallies = (tally(question, answers, names=unit.target_names) for question in codebook.questions)
    waiting = [OpenSentence(row.external_id, row.position + 1) for row in rows if row.act is None]
    return Summary(
        labelled=len(labelled),
        skipped=len(rows) - len(labelled) - len(waiting),
        total=len(rows),
        open=tuple(waiting[:MOST_LINKS]),
        questions=tuple(_summary(session, unit, one, labelled, answers) for one in tallies if one.answered),
    )


def _summary(
    session: Session, unit: UnitView, one: Tally, rows: Sequence[Any], answers: Sequence[dict[str, Any]]
) -> QuestionSummary:
    groups = tuple((about, tuple(lines)) for about, lines in groupby(one.lines, key=lambda line: line.about))
    words = _words(session, unit, one, rows, answers) if one.marks else ()
    return QuestionSummary(tally=one, groups=groups, words=words)


def _answers(session: Session, seat: Seat, rows: Sequence[Any]) -> list[dict[str, Any]]:
    """Return the answers of acts in their order, each as it counts under the newest codebook."""
    counting = succession(session, seat.project_id)
    stored = chain.answers_of(session, [row.annotation_id for row in rows])
    found = []
    for row in rows:
        given, codebook = stored.get(row.annotation_id, {}).get("final", []), counting.codebook(row.number)
        found.append(counting.counted(answers_from_rows(given, codebook=codebook, known=counting.known), row.number))
    return found


def _words(
    session: Session, unit: UnitView, one: Tally, rows: Sequence[Any], answers: Sequence[dict[str, Any]]
) -> tuple[str, ...]:
    """Return the first words that were marked, without repetition, as they may be read."""
    low, high = rows[0].start, rows[-1].end
    text = session.scalar(
        select(func.substr(Document.text, low + 1, high - low)).where(Document.id == unit.document_id)
    )
    found: dict[str, None] = {}
    for row, given in zip(rows, answers, strict=True):
        sentence = unit.masks.text((text or "")[row.start - low : row.end - low])
        found |= {sentence[span["start"] : span["end"]]: None for span in given.get(one.question.id) or ()}
    return tuple(found)[:MOST_WORDS]


def _sentences(seat: Seat, unit: UnitView) -> Any:
    """Select a document's sentences in order, each with the annotator's act that counts."""
    mine = and_(
        CurrentAnnotation.unit_id == Unit.id,
        CurrentAnnotation.annotator_id == seat.annotator_id,
        CurrentAnnotation.kind == seat.kind,
    )
    columns = (Unit.external_id, Unit.position, Unit.start, Unit.end)
    return (
        select(*columns, Annotation.id.label("annotation_id"), Annotation.act, CodebookVersion.number)
        .select_from(Unit)
        .outerjoin(CurrentAnnotation, mine)
        .outerjoin(Annotation, Annotation.id == CurrentAnnotation.annotation_id)
        .outerjoin(CodebookVersion, CodebookVersion.id == Annotation.codebook_version_id)
        .where(Unit.document_id == unit.document_id, Unit.kind == "sentence", Unit.withdrawn_at.is_(None))
        .order_by(Unit.position)
    )
