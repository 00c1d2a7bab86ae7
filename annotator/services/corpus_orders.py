"""What is to be done with a corpus: which classifiers answer, under which names, which columns hold what."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from annotator import __version__
from annotator.codebook.values import Question
from annotator.db import Classifier, CodebookVersion, Project
from annotator.errors import InvalidInputError, NotFoundError
from annotator.services import codebooks, reviewing, suggesting
from annotator.services.examples import NOT_AT_ISSUE
from annotator.services.sighted_targets import targets_in_sight
from annotator.services.training import folder_of
from annotator.words import say


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """Columns of the corpus; of the others all are kept, with an ``id`` it alone."""

    text: str = "text"
    id: str | None = None
    target: str | None = None

    @property
    def named(self) -> list[str]:
        """Columns that must be there."""
        return list(dict.fromkeys(filter(None, (self.text, self.id, self.target))))

    def keep(self, row: dict[str, Any]) -> dict[str, Any]:
        """Return what goes into the output of a row of the corpus."""
        return row if self.id is None else {self.id: row.get(self.id)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A question and the classifier that answers it; ``labels`` and ``targets`` are names by id.

    ``is_early`` if any label has had few examples yet.
    """

    name: str
    kind: str
    number: int
    codebook: int
    sha256: str
    folder: Path
    is_early: bool = False
    labels: Mapping[str, str]
    targets: Mapping[str, str] = field(default_factory=dict)

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns the answers come in."""
        told = {"stance": (), "choices": ("probabilities",)}.get(self.kind, ("probability", "probabilities"))
        return tuple(f"{self.name}_{part}" for part in ("suggested", *told, "classifier"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """Everything that has to be known to score a part of a corpus, as plain values that can travel.

    ``targets`` are ids, names and aliases, by which sentences name them.
    """

    name: str
    asked: tuple[Asked, ...]
    targets: tuple[tuple[str, str, tuple[str, ...]], ...]
    columns: Columns
    #: Folder of the sentence embedding that a classifier may need; a worker may have it elsewhere.
    embedding: Path | None = None
    version: str = __version__

    @property
    def added(self) -> tuple[str, ...]:
        """Columns that come to those of the corpus."""
        return tuple(name for asked in self.asked for name in asked.columns)

    def described(self) -> dict[str, Any]:
        """Return which classifiers answered, to be told and stored with the answers."""
        return {
            asked.name: {
                "classifier": asked.number, "codebook": asked.codebook, "sha256": asked.sha256, "early": asked.is_early,
            }
            for asked in self.asked
        }  # fmt: skip


def read_order(
    session: Session,
    models: Path,
    project: Project,
    *,
    name: str,
    columns: Columns,
    question: str | None = None,
    numbers: Sequence[int] = (),
    embedding: Path | None = None,
) -> Order:
    """Return the order for a corpus: the active classifiers, those of one question, or those with these numbers.

    Raises
    ------
    InvalidInputError
        If there is no such classifier, or two answer the same question.
    NotFoundError
        If a number is no classifier's.
    """
    rows = [suggesting.find_classifier(session, project, number) for number in dict.fromkeys(numbers)]
    if not rows:
        rows = _active(session, project)
    asked = [_asked(session, models, project, row) for _, row in rows]
    if question is not None:
        asked = _only(asked, question)
    names = [one.name for one in asked]
    for twice in {name for name in names if names.count(name) > 1}:
        raise InvalidInputError(
            say("Two classifiers would answer “{question}”; name one of them with --classifier.", question=twice)
        )
    is_stance = any(one.kind == "stance" for one in asked)
    targets = targets_in_sight(session, project.id, None) if is_stance else ()
    return Order(name=name, asked=tuple(asked), targets=targets, columns=columns, embedding=embedding)


def _active(session: Session, project: Project) -> list[tuple[str, Classifier]]:
    found = suggesting.active_classifiers(session, project)
    if found:
        return found
    asked = codebooks.asked_now(session, project.id)
    known = suggesting.classifiers(session, project)
    silent = [row.number for question, row in known if row.is_active and question in asked]
    if silent:
        raise InvalidInputError(
            say(
                "While annotators label blind, what learned from them is silent; choose a classifier yourself with "
                "--classifier {number}, or close the round first.",
                number=silent[0],
            )
        )
    raise InvalidInputError(say("The project has no classifier yet; train one with “annotator train”."))


def _only(asked: Sequence[Asked], question: str) -> list[Asked]:
    found = [one for one in asked if one.name == question]
    if not found:
        names = ", ".join(f"“{one.name}”" for one in asked)
        raise NotFoundError(
            say("No classifier answers “{question}”; there is one for {names}.", question=question, names=names)
        )
    return found


def _asked(session: Session, models: Path, project: Project, row: Classifier) -> Asked:
    version = session.get_one(CodebookVersion, row.codebook_version_id)
    codebook = codebooks.parse_source(version.source)
    question = codebook.question(row.card["question"])
    if question is None:
        raise ValueError(f"codebook without the question {row.card['question']} its classifier answers")
    return Asked(
        name=question.name,
        kind=question.type,
        number=row.number,
        codebook=version.number,
        sha256=row.sha256,
        folder=folder_of(models, project, row.number),
        is_early=any(early for task in row.card.get("tasks", ()) for early in task["early"]),
        labels=_label_names(question),
        targets=reviewing.target_names(session, project.id) if question.type == "stance" else {},
    )


def _label_names(question: Question) -> dict[str, str]:
    """Return the names the codebook gives labels, and the one that data sets give *not at issue*."""
    return {label.id: label.name for label in question.labels} | {NOT_AT_ISSUE: NOT_AT_ISSUE}
