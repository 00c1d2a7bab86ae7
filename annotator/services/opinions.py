"""What everybody said about one unit, side by side: topic by topic, with the answer most gave."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Case, ColumnElement, Select, select
from sqlalchemy.orm import Session

from annotator.codebook.values import Codebook, Label, Question
from annotator.db import Annotation, Annotator, CodebookVersion, CurrentAnnotation, Document, Unit
from annotator.services import arrivals, chain, codebooks, disputes, reviewing
from annotator.services.answers import answers_from_rows
from annotator.services.disputes import Given, Topic, Voices
from annotator.services.identities import Identities, identities
from annotator.services.labelling import UnitView
from annotator.services.masks import Masks


@dataclass(frozen=True, slots=True, kw_only=True)
class Opinion:
    """One annotator's act on the unit; ``answers`` by stable ids."""

    annotator_id: int
    code: str
    act: str
    reason: str | None
    comment: str | None
    is_flagged: bool
    #: Why the act came late, in a word of :mod:`annotator.services.arrivals`; None if it did not.
    came: str | None
    codebook_number: int
    answers: Mapping[str, Any]
    rows: Sequence[Sequence[Any]]
    #: What was answered before suggestions were shown, where they came after.
    first_rows: Sequence[Sequence[Any]] | None


@dataclass(frozen=True, slots=True)
class Said:
    """One thing somebody said: a label, or words that were marked."""

    question: str
    label: str | None
    name: str
    holder: str | None = None


@dataclass(frozen=True, slots=True)
class Cell:
    """One annotator's answer to a topic: nothing in ``said`` is *none* or *not at issue*, None is no answer."""

    said: tuple[Said, ...] | None
    #: What was said first, where that was something else.
    first: tuple[Said, ...] | None = None
    #: How it differs from what most said, for those who see no colours.
    is_apart: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A topic with everybody's answer, in the order of the opinions, and the answer most gave, unless several tie."""

    question: Question
    target: str | None
    cells: tuple[Cell, ...]
    is_disputed: bool
    most: tuple[Said, ...] | None
    votes: int
    voters: int

    @property
    def has_holders(self) -> bool:
        """Whether holders tell something: not where everybody names the same one."""
        return len({said.holder for cell in self.cells for said in cell.said or ()}) > 1


@dataclass(frozen=True, slots=True)
class Comparison:
    """Everything said about one unit."""

    opinions: tuple[Opinion, ...]
    lines: tuple[Line, ...]

    @property
    def disputed(self) -> tuple[Line, ...]:
        """The topics people differ about."""
        return tuple(line for line in self.lines if line.is_disputed)

    @property
    def agreed(self) -> tuple[Line, ...]:
        """The topics on which all who answered say the same."""
        return tuple(line for line in self.lines if not line.is_disputed)

    def rules(self) -> list[tuple[Question, list[Label]]]:
        """Return the questions people differ about, with the labels somebody gave."""
        found: dict[str, tuple[Question, dict[str, None]]] = {}
        for line in self.disputed:
            _, given = found.setdefault(line.question.id, (line.question, {}))
            given |= dict.fromkeys(said.label for cell in line.cells for said in cell.said or () if said.label)
        return [
            (question, [label for label in question.labels if label.id in given]) for question, given in found.values()
        ]

    def targets(self) -> dict[str, None]:
        """Return the targets somebody was asked about, by UUID, in the order in which they appear."""
        named: dict[str, None] = {}
        for opinion in self.opinions:
            named |= dict.fromkeys(opinion.answers.get("targets_offered", ()))
            for given in opinion.answers.values():
                stances = given if isinstance(given, list) else ()
                named |= dict.fromkeys(one["target"] for one in stances if isinstance(one, dict) and "target" in one)
        return named


def compare(session: Session, project_id: int, unit: UnitView, *, visible: ColumnElement[bool]) -> Comparison:
    """Return what was said about a unit and may be seen, with names and marked words as they may be read."""
    came = arrivals.arrival(session, project_id)
    acts = session.execute(_acts(unit.unit_id, visible, came)).all()
    known = identities(session, project_id)
    read = chain.answers_of(session, [act.id for act in acts])
    opinions = tuple(_opinion(session, project_id, act, read.get(act.id, {}), known) for act in acts)
    names = reviewing.target_names(session, project_id)
    codebook = codebooks.published(session, project_id).codebook
    words = _Words(codebook, known, names, _text(session, unit), unit.masks)
    return Comparison(opinions, tuple(_lines(opinions, words, disputes.merged_targets(session, project_id))))


def _text(session: Session, unit: UnitView) -> str:
    if unit.unit_kind != "document":
        return unit.text
    # There the view has the title, while marked words are somewhere in the whole.
    whole = session.scalar(select(Document.text).where(Document.id == unit.document_id))
    return unit.masks.text(whole or "")


def _acts(unit_id: int, visible: ColumnElement[bool], came: Case[str | None]) -> Select[*tuple[Any, ...]]:
    return (
        select(
            Annotation.id,
            Annotation.annotator_id,
            Annotation.act,
            Annotation.reason,
            Annotation.comment,
            Annotation.is_flagged,
            came.label("came"),
            Annotator.code,
            CodebookVersion.number,
        )
        .join(CurrentAnnotation, CurrentAnnotation.annotation_id == Annotation.id)
        .join(Annotator, Annotator.id == Annotation.annotator_id)
        .join(CodebookVersion, CodebookVersion.id == Annotation.codebook_version_id)
        .join(Unit, Unit.id == Annotation.unit_id)
        .where(CurrentAnnotation.unit_id == unit_id, CurrentAnnotation.kind.in_(disputes.COMPARED), visible)
        # By code, so that the order tells nothing of who came first.
        .order_by(Annotator.code)
    )


def _opinion(session: Session, project_id: int, act: Any, stages: Mapping[str, Any], known: Identities) -> Opinion:
    codebook = codebooks.published(session, project_id, act.number).codebook
    rows = stages.get("final", ())
    return Opinion(
        annotator_id=act.annotator_id,
        code=act.code,
        act=act.act,
        reason=act.reason,
        comment=act.comment,
        is_flagged=act.is_flagged,
        came=act.came,
        codebook_number=act.number,
        answers=answers_from_rows(rows, codebook=codebook, known=known),
        rows=rows,
        first_rows=stages.get("first"),
    )


class _Words:
    """Names for the numbers in which answers are compared."""

    def __init__(
        self, codebook: Codebook, known: Identities, names: Mapping[str, str], text: str, masks: Masks
    ) -> None:
        self._codebook = codebook
        self._known = known
        self._names = names
        self._text = text
        self._masks = masks

    def question(self, number: int) -> Question | None:
        """Return a question of the codebook in force; one that was retired is not decided any more."""
        return self._codebook.question(self._known.question_names[number])

    def place(self, question: Question) -> int:
        """Return where a question stands in the codebook."""
        return self._codebook.questions.index(question)

    def target(self, number: int | None) -> str | None:
        """Return the name of a target."""
        return None if number is None else self._names[self._known.target_names[number]]

    def said(self, question: Question, given: Given) -> tuple[Said, ...]:
        """Return an answer in words, in the order of the codebook's labels and of the text."""
        order = {label.id: index for index, label in enumerate(question.labels)}
        lines = [self._line(question, *line) for line in sorted(given, key=lambda line: (line[3] or 0, line[4] or 0))]
        return tuple(sorted(lines, key=lambda said: (order.get(said.label or "", -1), said.holder or "")))

    def _line(
        self, question: Question, label: int | None, holder: str | None, name: str | None, *span: int | None
    ) -> Said:
        start, end = span
        if label is None:
            return Said(question.id, None, self._text[start:end])
        stable = self._known.label_names[label]
        found = question.label(stable)
        return Said(question.id, stable, found.name if found else stable, self._masks.text(name) or holder)


def _lines(opinions: Sequence[Opinion], words: _Words, merged: Mapping[int, int]) -> Iterator[Line]:
    answered = {one.annotator_id: one.rows for one in opinions if one.act == "answer"}
    topics = disputes.topics_of(answered, merged)
    revised = {one.annotator_id: one.first_rows for one in opinions if one.first_rows is not None}
    first = disputes.topics_of(revised, merged)
    asked = {topic: question for topic in topics if (question := words.question(topic[0])) is not None}
    for topic, question in sorted(asked.items(), key=lambda entry: words.place(entry[1])):
        yield _line(opinions, question, topic, topics[topic], first.get(topic, {}), words)


def _line(
    opinions: Sequence[Opinion], question: Question, topic: Topic, voices: Voices, first: Voices, words: _Words
) -> Line:
    counted = Counter(voices.values()).most_common()
    top, votes = counted[0]
    is_tied = len(counted) > 1 and counted[1][1] == votes
    return Line(
        question=question,
        target=words.target(topic[1]),
        cells=tuple(
            _cell(question, voices.get(one.annotator_id), first.get(one.annotator_id), words, None if is_tied else top)
            for one in opinions
        ),
        is_disputed=len(counted) > 1,
        most=None if is_tied else words.said(question, top),
        votes=votes,
        voters=len(voices),
    )


def _cell(question: Question, given: Given | None, first: Given | None, words: _Words, top: Given | None) -> Cell:
    if given is None:
        return Cell(None)
    was = None if first is None or first == given else words.said(question, first)
    return Cell(words.said(question, given), was, is_apart=top is not None and given != top)
