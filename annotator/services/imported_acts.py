"""Record the labels that a file brings: hundreds at once, each unit and annotator one act of the chain."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, NamedTuple

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from annotator.db import Annotation, Annotator, CurrentAnnotation, Document, Project, Target, Unit
from annotator.db.base import new_uuid, now, table
from annotator.services import appending, chain, projects
from annotator.services.answers import OFFERED, answers_from_rows, in_columns, rows_from_answers
from annotator.services.batches import Batch
from annotator.services.codebooks import Published
from annotator.services.identities import Identities, identities

KIND = "import"
_ACTS_AT_ONCE = 500
#: Columns that are the same in every act, and what the chain says of those that a file knows nothing of.
_PLAIN = {"act": "answer", "kind": KIND, "is_flagged": False, "is_late": False, "is_stale": False, "masked": []}
_NEVER_KNOWN = dict.fromkeys(
    ("active_seconds", "client_at", "selection_mode", "selection_probability", "suggestion_arm", "suggestions_shown")
)


@dataclass(frozen=True, slots=True)
class Given:
    """What one annotator said about one unit; stances name their targets as the file does."""

    unit: str
    annotator: str | None
    answers: dict[str, Any]


class _UnitFacts(NamedTuple):
    """What recording needs to know of a unit."""

    number: int
    length: int
    has_answer: bool


def record_given(session: Session, batch: Batch, given: Sequence[Given], version: Published) -> None:
    """Append what a file says about units to the project's chain; targets it names for the first time are made."""
    project = session.get_one(Project, batch.project_id)
    _name_targets(session, project, given)
    writer = _Writer(session, project, _unit_facts(session, batch, given), version)
    for start in range(0, len(given), _ACTS_AT_ONCE):
        writer.write(given[start : start + _ACTS_AT_ONCE])
    writer.close()


def _name_targets(session: Session, project: Project, given: Sequence[Given]) -> None:
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


def _unit_facts(session: Session, batch: Batch, given: Sequence[Given]) -> dict[str, _UnitFacts]:
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
        head = appending.take_head(session, project.id)
        self._sequence, self._hash = head.sequence, head.hash
        self._labelled: set[int] = set()
        self._at = now()

    def write(self, given: Sequence[Given]) -> None:
        """Write some acts with their answers and let them count."""
        acts, answers = [], []
        for entry in given:
            unit = self._units[entry.unit]
            rows = rows_from_answers(
                entry.answers, codebook=self._version.codebook, known=self._known, length=unit.length
            )
            acts.append(self._act(entry, unit, rows))
            answers.append(rows)
        ids = appending.append_many(self._session, acts, answers)
        pointers = [
            {"unit_id": act["unit_id"], "annotator_id": act["annotator_id"], "kind": KIND, "annotation_id": number}
            for number, act in zip(ids, acts, strict=True)
        ]
        self._session.execute(insert(table(CurrentAnnotation)), pointers)

    def close(self) -> None:
        """Move the chain's head to the last act."""
        appending.advance(
            self._session, self._project.id, sequence=self._sequence, hash=self._hash, labelled=len(self._labelled)
        )

    def _act(self, entry: Given, unit: _UnitFacts, rows: list[dict[str, Any]]) -> dict[str, Any]:
        annotator = self._annotator(entry.annotator)
        if not unit.has_answer:
            self._labelled.add(unit.number)
        said = self._said(entry, rows)
        columns = {**_PLAIN, "key": new_uuid(), "recorded_at": self._at}
        link = appending.chained(
            said,
            {**_NEVER_KNOWN, **columns},
            annotator=annotator.code,
            round_name=None,
            sequence=self._sequence + 1,
            previous=self._hash,
        )
        self._sequence, self._hash = link["sequence"], link["hash"]
        return {
            **columns,
            **link,
            "project_id": self._project.id,
            "unit_id": unit.number,
            "annotator_id": annotator.id,
            "codebook_version_id": self._version.version_id,
            "payload_hash": chain.payload_hash(said),
        }

    def _said(self, entry: Given, rows: list[dict[str, Any]]) -> dict[str, Any]:
        answers = answers_from_rows(in_columns(rows), codebook=self._version.codebook, known=self._known)
        return {
            "unit": entry.unit,
            "codebook": self._version.number,
            "act": "answer",
            "kind": KIND,
            "supersedes": None,
            "comment": None,
            "flagged": False,
            "answers": answers,
            "first_answers": None,
        }

    def _annotator(self, name: str | None) -> Annotator:
        """Return the annotator of this name in the file, who is known by a random code from now on."""
        if name not in self._annotators:
            code = projects.free_code(self._session, self._project)
            made = Annotator(project_id=self._project.id, code=code, origin="import")
            self._session.add(made)
            self._session.flush()
            self._annotators[name] = made
        return self._annotators[name]
