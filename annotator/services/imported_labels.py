"""Labels that come with ready-made units: checked against the codebook, to be recorded as acts."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy.orm import Session

from annotator.codebook.values import Codebook, Label, Question
from annotator.db.engines import Database
from annotator.errors import AnnotatorError, InvalidInputError
from annotator.importing.problems import Problems
from annotator.importing.values import ImportedDocument, ImportedLabel, ImportedUnit
from annotator.services import projects
from annotator.services.batches import Batch
from annotator.services.codebooks import Published, current_version, published
from annotator.services.imported_acts import Given, record_given
from annotator.services.understanding import Understood
from annotator.words import all_of, say

#: A table says what the stance is, not whose.
_HOLDER = {"kind": "unclear"}
#: What each annotator (None if the file names none) said about one unit.
UnitAnswers = dict[str | None, dict[str, Any]]


class ImportedLabels:
    """Takes the labels of an import in document by document, and records them when all its units are there."""

    def __init__(self, database: Database, batch: Batch) -> None:
        self._database = database
        self._batch = batch
        self._version: Published | None = None
        self._given: list[Given] = []

    @property
    def acts(self) -> int:
        """How many annotations there are: one for each unit and annotator."""
        return len(self._given)

    def read(self, document: ImportedDocument, *, problems: Problems) -> list[UnitAnswers]:
        """Return the answers to each of the document's units; what does not fit the codebook goes to ``problems``."""
        return [self._read_unit(unit, problems) for unit in document.units or ()]

    def take(self, made: Understood, answers: Sequence[UnitAnswers]) -> None:
        """Take in what was read of a document, now that its units have their ids."""
        for row, by_annotator in zip(made.units, answers, strict=False):
            self._given += [Given(row["external_id"], name, given) for name, given in by_annotator.items()]

    def take_known(self, document: ImportedDocument, answers: Sequence[UnitAnswers]) -> None:
        """Take in what a document says about units that the project has already."""
        for unit, by_annotator in zip(document.units or (), answers, strict=True):
            self._given += [Given(unit.id or "", name, given) for name, given in by_annotator.items()]

    def _read_unit(self, unit: ImportedUnit, problems: Problems) -> UnitAnswers:
        by_annotator: UnitAnswers = {}
        told = set()
        for label in unit.labels:
            try:
                answers = by_annotator.setdefault(label.annotator, {})
                _add_answer(answers, _question(self._codebook(), label), label)
            except AnnotatorError as error:
                # Twenty raters may have used the same unknown label.
                if str(error) not in told:
                    problems.add(unit.line, error.problems[0])
                told.add(str(error))
        return by_annotator

    def record(self, session: Session, batch: Batch) -> None:
        """Append everything that was taken in to the project's chain."""
        if self._version is not None:
            record_given(session, batch, self._given, self._version)

    def _codebook(self) -> Codebook:
        if self._version is None:
            with self._database.reading() as session:
                newest = current_version(session, self._batch.project_id)
                self._version = published(session, self._batch.project_id, newest.number)
        return self._version.codebook


def _question(codebook: Codebook, label: ImportedLabel) -> Question:
    question = codebook.question(label.question)
    if question is None:
        known = ", ".join(entry.name for entry in codebook.questions)
        raise InvalidInputError(
            say(
                "the codebook has no question “{question}”; say with --question which of these is meant: {known}.",
                question=label.question,
                known=known,
            )
        )
    return question


def _add_answer(answers: dict[str, Any], question: Question, label: ImportedLabel) -> None:
    if question.type == "spans":
        raise InvalidInputError(
            say("“{question}” marks stretches of text, which a column of labels cannot say.", question=question.name)
        )
    found = [_label(question, name).id for name in label.labels]
    if question.type == "choices":
        answers[question.id] = found
    elif len(found) != 1:
        raise InvalidInputError(
            say(
                "“{question}” has one label, not {labels}; leave one.",
                question=question.name,
                labels=all_of(label.labels),
            )
        )
    elif question.type == "stance":
        target = _target_name(label)
        # Of two names that differ in case only, the later counts.
        earlier = [item for item in answers.get(question.id, ()) if item["target"].casefold() != target.casefold()]
        answers[question.id] = [*earlier, {"target": target, "holder": _HOLDER, "label": found[0]}]
    else:
        answers[question.id] = found[0]


def _label(question: Question, name: str) -> Label:
    """Return the label of this id or name; case, spaces, hyphens and underscores do not count."""
    found = question.label(name)
    if found is None:
        plain = _plain(name)
        found = next((entry for entry in question.labels if plain in (_plain(entry.id), _plain(entry.name))), None)
    if found is None:
        known = ", ".join(entry.name for entry in question.labels)
        raise InvalidInputError(
            say(
                "“{name}” is no label of “{question}”; its labels are {known}.",
                name=name,
                question=question.name,
                known=known,
            )
        )
    return found


def _plain(name: str) -> str:
    return " ".join(name.casefold().replace("_", " ").replace("-", " ").split())


def _target_name(label: ImportedLabel) -> str:
    name = " ".join((label.target or "").split())
    if not name:
        raise InvalidInputError(
            say("a stance is toward a target; name its column with --target-column and fill it in.")
        )
    if len(name) > projects.MAX_NAME:
        raise InvalidInputError(say("the name of a target can have at most {most} characters.", most=projects.MAX_NAME))
    return name
