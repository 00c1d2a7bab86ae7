"""The acts that monitoring looks at: those that count and may be seen, of all rounds or of one and its checks."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, or_, select, true
from sqlalchemy.orm import Session

from annotator.db import Annotation, CurrentAnnotation, Project, Round, Unit
from annotator.services.checks import GOLD_CHECK, RETEST
from annotator.services.projects import annotator_codes
from annotator.services.seats import round_title

#: Rounds of checks belong to the round whose annotators they check and are not chosen by themselves.
CHECKS = (RETEST, GOLD_CHECK)


@dataclass(frozen=True, slots=True)
class Scope:
    """Of which project, seen by whom, and of which round, if not of all."""

    session: Session
    project: Project
    may_see: ColumnElement[bool]
    round_id: int | None = None

    @property
    def within(self) -> ColumnElement[bool]:
        """The condition under which an act may be seen and is of the round, or of its checks."""
        if self.round_id is None:
            return self.may_see
        checks = select(Round.id).where(Round.parent_id == self.round_id)
        return self.may_see & or_(Annotation.round_id == self.round_id, Annotation.round_id.in_(checks))

    def answers(
        self, *columns: Any, kinds: tuple[str, ...], condition: ColumnElement[bool] | None = None
    ) -> Select[Any]:
        """Select columns of the answers that count, of these kinds."""
        return (
            select(*columns)
            .select_from(CurrentAnnotation)
            .join(Annotation, Annotation.id == CurrentAnnotation.annotation_id)
            .join(Unit, Unit.id == Annotation.unit_id)
            .where(
                Annotation.project_id == self.project.id,
                Annotation.act == "answer",
                Annotation.kind.in_(kinds),
                Unit.withdrawn_at.is_(None),
                self.within,
                true() if condition is None else condition,
            )
        )

    def codes(self) -> Mapping[int, str]:
        """Return the code of each annotator, in the order of the codes."""
        return annotator_codes(self.session, self.project.id)


def rounds_of(session: Session, project: Project) -> list[tuple[int, str]]:
    """Return number and name of the rounds one can choose."""
    query = select(Round.id, Round.name).where(Round.project_id == project.id, Round.kind.not_in(CHECKS))
    return [(number, round_title(name)) for number, name in session.execute(query.order_by(Round.id))]
