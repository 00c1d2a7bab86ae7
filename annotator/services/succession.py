"""What answers count as under the newest codebook of their project, whichever version they were given under.

Training, agreement, consensus, exports and search ask here; the acts themselves stay as they were given.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, false, or_, select
from sqlalchemy.orm import Session

from annotator.codebook.succession import Steps, carried_all, label_after, steps_between
from annotator.codebook.values import Codebook
from annotator.db import Annotation, Answer, CodebookVersion, Publication
from annotator.services import codebooks
from annotator.services.identities import Identities, identities


@dataclass(frozen=True, slots=True)
class Edition:
    """A version as far as counting needs it; ``steps`` lead to it from the version before."""

    version_id: int
    number: int
    codebook: Codebook
    steps: Steps


class Succession:
    """The versions of a project's codebook in order, and what answers of each count as under the last of them."""

    def __init__(self, editions: tuple[Edition, ...], known: Identities) -> None:
        self.editions = editions
        self.known = known
        self._chains = {
            edition.number: tuple(later.steps for later in editions if later.number > edition.number)
            for edition in editions
        }

    def counted(self, answers: Mapping[str, Any], made_under: int) -> dict[str, Any]:
        """Return answers given under a version as they count now; what counts for nothing is left out."""
        chain = self._chains[made_under]
        return carried_all(answers, chain) if chain else dict(answers)

    def codebook(self, number: int) -> Codebook:
        """Return the codebook of a version."""
        return next(edition.codebook for edition in self.editions if edition.number == number)

    def label(self, question: str, label: str, made_under: int) -> str | None:
        """Return what a label given under a version counts as now, None for nothing."""
        return label_after(question, label, self._chains[made_under])

    def numbers_of(self, question: str, label: str) -> dict[int, list[int]]:
        """Return, by the number of a version, the numbers of the labels of it that count as this one now."""
        found = {}
        for edition in self.editions:
            asked = edition.codebook.question(question)
            labels = [one.id for one in asked.labels] if asked is not None else []
            same = [one for one in labels if self.label(question, one, edition.number) == label]
            if same:
                found[edition.version_id] = [self.known.labels[question, one] for one in same]
        return found

    def given_as(self, question: str, label: str) -> ColumnElement[bool]:
        """Return the condition on ``annotation`` and ``answer`` that a label was given which counts as this one now."""
        conditions = [
            and_(Annotation.codebook_version_id == version, Answer.label_id.in_(numbers))
            for version, numbers in self.numbers_of(question, label).items()
        ]
        return or_(false(), *conditions)


def succession(session: Session, project_id: int, *, until: int | None = None) -> Succession:
    """Read how the versions of a project follow each other, up to the newest or the one of this number."""
    rows = session.execute(
        select(CodebookVersion.id, CodebookVersion.number, CodebookVersion.source, Publication.choices)
        .outerjoin(Publication, Publication.version_id == CodebookVersion.id)
        .where(CodebookVersion.project_id == project_id)
        .order_by(CodebookVersion.number)
    ).all()
    editions: list[Edition] = []
    for row in rows:
        if until is not None and row.number > until:
            break
        codebook = codebooks.parse_source(row.source)
        steps = steps_between(editions[-1].codebook, codebook, row.choices) if editions else {}
        editions.append(Edition(row.id, row.number, codebook, steps))
    return Succession(tuple(editions), identities(session, project_id))
