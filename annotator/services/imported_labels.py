"""Labels that come with ready-made units: checked against the codebook, then recorded as acts."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, NamedTuple

from sqlalchemy import func, insert, select, update
from sqlalchemy.orm import Session

from annotator.codebook.values import Codebook, Label, Question
from annotator.db import Annotation, Annotator, Answer, ChainHead, CurrentAnnotation, Document, Project, Target, Unit
from annotator.db.base import new_uuid, now, table
from annotator.db.engines import Database
from annotator.errors import AnnotatorError, InvalidInputError
from annotator.importing.problems import Problems
from annotator.importing.values import ImportedDocument, ImportedLabel, ImportedUnit
from annotator.services import chain, projects
from annotator.services.answers import OFFERED, answers_from_rows, in_columns, rows_from_answers
from annotator.services.batches import Batch
from annotator.services.codebooks import Published, current_version, published
from annotator.services.identities import Identities, identities
from annotator.services.understanding import Understood
from annotator.words import all_of, say

KIND = "import"
#: A table says what the stance is, not whose.
_HOLDER = {"kind": "unclear"}
_ACTS_AT_ONCE = 500


#: What each annotator (None if the file names none) said about one unit.
UnitAnswers = dict[str | None, dict[str, Any]]


@dataclass(frozen=True, slots=True)
class _Given:
    """What one annotator said about one unit; stances name their targets as the file does."""

    unit: str
    annotator: str | None
    answers: dict[str, Any]


class _UnitFacts(NamedTuple):
    """What recording needs to know of a unit."""

    number: int
    length: int
    has_answer: bool


class ImportedLabels:
    """Takes the labels of an import in document by document, and records them when all its units are there."""

    def __init__(self, database: Database, batch: Batch) -> None:
        self._database = database
        self._batch = batch
        self._version: Published | None = None
        self._given: list[_Given] = []

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
            self._given += [_Given(row["external_id"], name, given) for name, given in by_annotator.items()]

    def take_known(self, document: ImportedDocument, answers: Sequence[UnitAnswers]) -> None:
        """Take in what a document says about units that the project has already."""
        for unit, by_annotator in zip(document.units or (), answers, strict=True):
            self._given += [_Given(unit.id or "", name, given) for name, given in by_annotator.items()]

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
        if self._version is None:
            return
        project = session.get_one(Project, batch.project_id)
        _name_targets(session, project, self._given)
        writer = _Writer(session, project, _unit_facts(session, batch, self._given), self._version)
        for start in range(0, len(self._given), _ACTS_AT_ONCE):
            writer.write(self._given[start : start + _ACTS_AT_ONCE])
        writer.close()

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


def _name_targets(session: Session, project: Project, given: Sequence[_Given]) -> None:
    """Replace the names of targets by their UUIDs, and make those that the project does not have."""
    stances = [(entry, item) for entry in given for item in _stances(entry.answers)]
    if not stances:
        return
    uuids = _targets(session, project, list(dict.fromkeys(item["target"] for _, item in stances)))
    for entry, item in stances:
        item["target"] = uuids[item["target"].casefold()]
        offered = entry.answers.setdefault(OFFERED, [])
        if item["target"] not in offered:
            offered.append(item["target"])


def _stances(answers: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for value in answers.values():
        yield from (item for item in value if isinstance(item, dict))


def _targets(session: Session, project: Project, names: Sequence[str]) -> dict[str, str]:
    """Return the UUID of each target by its name in small letters; thousands of them are made in one go."""
    known = {target.name.casefold(): target.uuid for target in projects.targets(session, project)}
    position = session.scalar(select(func.count()).where(Target.project_id == project.id)) or 0
    rows: list[dict[str, Any]] = []
    for name in names:
        if name.casefold() not in known:
            known[name.casefold()] = uuid = new_uuid()
            rows.append(
                {
                    "project_id": project.id,
                    "uuid": uuid,
                    "name": name,
                    "aliases": [],
                    "position": position + len(rows),
                    "accepted_at": now(),
                }
            )
    if rows:
        session.execute(insert(table(Target)), rows)
    return known


def _unit_facts(session: Session, batch: Batch, given: Sequence[_Given]) -> dict[str, _UnitFacts]:
    """Return the number and length of each unit that is labelled, and whether it has an answer already."""
    has_answer = (
        select(CurrentAnnotation.unit_id)
        .join(Annotation, Annotation.id == CurrentAnnotation.annotation_id)
        .where(CurrentAnnotation.unit_id == Unit.id, Annotation.act == "answer")
        .exists()
    )
    columns = (Unit.external_id, Unit.id, Unit.end - Unit.start, has_answer)
    of_batch = select(Document.id).where(Document.batch_id == batch.id)
    query = select(*columns).where(Unit.project_id == batch.project_id)
    found = {row[0]: _UnitFacts(*row[1:]) for row in session.execute(query.where(Unit.document_id.in_(of_batch)))}
    others = iter(dict.fromkeys(entry.unit for entry in given if entry.unit not in found))
    while some := list(islice(others, _ACTS_AT_ONCE)):
        rows = session.execute(query.where(Unit.external_id.in_(some)))
        found |= {row[0]: _UnitFacts(*row[1:]) for row in rows}
    return found


class _Writer:
    """Appends acts to the chain, some hundred at a time; annotators are new, so nothing is superseded."""

    def __init__(self, session: Session, project: Project, units: Mapping[str, _UnitFacts], version: Published) -> None:
        self._session = session
        self._project = project
        self._version = version
        self._known: Identities = identities(session, project.id)
        self._units = units
        self._annotators: dict[str | None, Annotator] = {}
        head = select(ChainHead.sequence, ChainHead.hash).where(ChainHead.project_id == project.id).with_for_update()
        self._sequence, self._hash = session.execute(head).one()
        self._labelled: set[int] = set()
        self._at = now()

    def write(self, given: Sequence[_Given]) -> None:
        """Write some acts with their answers and let them count."""
        acts, answers = [], []
        for entry in given:
            unit = self._units[entry.unit]
            rows = rows_from_answers(
                entry.answers, codebook=self._version.codebook, known=self._known, length=unit.length
            )
            acts.append(self._act(entry, unit, rows))
            answers.append(rows)
        added = insert(table(Annotation)).returning(table(Annotation).c.id, sort_by_parameter_order=True)
        ids = self._session.execute(added, acts).scalars().all()
        lines = [{**row, "annotation_id": number} for number, rows in zip(ids, answers, strict=True) for row in rows]
        self._session.execute(insert(table(Answer)), lines)
        pointers = [
            {"unit_id": act["unit_id"], "annotator_id": act["annotator_id"], "kind": KIND, "annotation_id": number}
            for number, act in zip(ids, acts, strict=True)
        ]
        self._session.execute(insert(table(CurrentAnnotation)), pointers)

    def close(self) -> None:
        """Move the chain's head to the last act."""
        labelled = ChainHead.labelled + len(self._labelled)
        head = update(ChainHead).where(ChainHead.project_id == self._project.id)
        self._session.execute(head.values(sequence=self._sequence, hash=self._hash, labelled=labelled))

    def _act(self, entry: _Given, unit: _UnitFacts, rows: list[dict[str, Any]]) -> dict[str, Any]:
        annotator = self._annotator(entry.annotator)
        self._sequence += 1
        if not unit.has_answer:
            self._labelled.add(unit.number)
        said = answers_from_rows(in_columns(rows), codebook=self._version.codebook, known=self._known)
        row = self._row(entry, annotator, said)
        previous, self._hash = self._hash, chain.chain_hash(row)
        return {
            "project_id": self._project.id,
            "sequence": row["sequence"],
            "key": row["key"],
            "unit_id": unit.number,
            "annotator_id": annotator.id,
            "codebook_version_id": self._version.version_id,
            "act": "answer",
            "kind": KIND,
            "is_flagged": False,
            "is_late": False,
            "is_stale": False,
            "recorded_at": self._at,
            "masked": [],
            "payload_hash": chain.payload_hash(row),
            "previous_hash": previous,
            "hash": self._hash,
        }

    def _row(self, entry: _Given, annotator: Annotator, said: dict[str, Any]) -> dict[str, Any]:
        return chain.act_row(
            sequence=self._sequence,
            key=new_uuid(),
            unit=entry.unit,
            annotator=annotator.code,
            codebook=self._version.number,
            round_name=None,
            act="answer",
            kind=KIND,
            supersedes=None,
            answers=said,
            first_answers=None,
            comment=None,
            flagged=False,
            late=False,
            stale=False,
            active_seconds=None,
            client_at=None,
            at=chain.timestamp(self._at),
            masked=[],
            selection_mode=None,
            selection_probability=None,
            arm=None,
            suggestions=None,
            previous=self._hash,
        )

    def _annotator(self, name: str | None) -> Annotator:
        """Return the annotator of this name in the file, who is known by a random code from now on."""
        if name not in self._annotators:
            code = projects.free_code(self._session, self._project)
            made = Annotator(project_id=self._project.id, code=code, origin="import")
            self._session.add(made)
            self._session.flush()
            self._annotators[name] = made
        return self._annotators[name]
