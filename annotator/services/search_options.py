"""What there is to choose from in the search and in the filters of the reader."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from annotator.codebook.values import Codebook
from annotator.db import Project, Speaker
from annotator.errors import NotFoundError
from annotator.services import codebooks
from annotator.services.criteria import JUDGED, Criteria
from annotator.services.given import Sight
from annotator.services.sighted_targets import targets_in_sight
from annotator.services.succession import Edition, Succession, succession
from annotator.services.suggesting import active_classifiers
from annotator.words import say

#: Names offered while one types; any other can be typed, too.
MOST_SPEAKERS = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """Choices as pairs of value and name; labels by question."""

    targets: tuple[tuple[str, str], ...]
    labels: tuple[tuple[str, tuple[tuple[str, str], ...]], ...]
    speakers: tuple[str, ...]
    #: Questions with a classifier that can be unsure.
    questions: tuple[tuple[str, str], ...]

    def title(self, criteria: Criteria) -> str:
        """Say in a few words what is looked for."""
        targets = dict(self.targets)
        labels = {value: f"{question}: {name}" for question, names in self.labels for value, name in names}
        toward = " (stance)" if criteria.target_as == JUDGED else ""
        parts = [
            criteria.words,
            targets.get(criteria.target, "") + (toward if criteria.target else ""),
            labels.get(criteria.label, criteria.label),
            criteria.speaker,
            *(name for name in ("flagged", "commented", "skipped") if getattr(criteria, name)),
            {"no": "not labelled", "yes": "labelled"}.get(criteria.labelled, criteria.labelled.replace("-", " ")),
            f"unsure about {dict(self.questions).get(criteria.unsure, criteria.unsure)}" if criteria.unsure else "",
        ]
        return ", ".join(part for part in parts if part)


def search_options(session: Session, project: Project, sight: Sight, *, with_speakers: bool) -> Options:
    """Return what a person can choose from; who must not see the speakers is not told their names."""
    try:
        codebook = codebooks.published(session, project.id).codebook
    except NotFoundError:
        codebook = Codebook(name="")
    classified = {question for question, _ in active_classifiers(session, project)}
    named = select(Speaker.name).where(Speaker.project_id == project.id).order_by(Speaker.name).limit(MOST_SPEAKERS)
    return Options(
        targets=tuple((uuid, name) for uuid, name, _ in targets_in_sight(session, project.id, sight.seat)),
        labels=_labels(codebook, succession(session, project.id)),
        speakers=tuple(session.scalars(named)) if with_speakers else (),
        questions=tuple((entry.id, entry.name) for entry in codebook.questions if entry.id in classified),
    )


def _labels(codebook: Codebook, counting: Succession) -> tuple[tuple[str, tuple[tuple[str, str], ...]], ...]:
    asked = [question for question in codebook.questions if question.labels and question.unit == "sentence"]
    found = {question.id: (question.name, {label.id: label.name for label in question.labels}) for question in asked}
    for edition in reversed(counting.editions[:-1]):
        _add_retired(found, edition, counting)
    return tuple(
        (name, tuple((f"{question}:{label}", title) for label, title in labels.items()))
        for question, (name, labels) in found.items()
    )


def _add_retired(found: dict[str, tuple[str, dict[str, str]]], edition: Edition, counting: Succession) -> None:
    """Add the labels of an earlier version that count as none of today's; they are still to be found."""
    for question in edition.codebook.questions:
        gone = [one for one in question.labels if counting.label(question.id, one.id, edition.number) is None]
        if gone and question.unit == "sentence":
            _, labels = found.setdefault(question.id, (question.name, {}))
            for label in gone:
                retired = say("{label} (until version {number})", label=label.name, number=edition.number)
                labels.setdefault(label.id, retired)
