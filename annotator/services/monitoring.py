"""How each annotator works: pace, labels beside the others', agreement over time, checks, suggestions taken."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from annotator.db import Project
from annotator.services import visibility
from annotator.services.agreement import Agreement, Subject
from annotator.services.monitored_acts import Scope, rounds_of
from annotator.services.monitored_advice import Advice, advice_of
from annotator.services.monitored_checks import Checked, checks_of
from annotator.services.monitored_labels import Distribution, distributions_of
from annotator.services.monitored_pace import Pace, pace_of
from annotator.services.monitored_time import Change, Course, changes_of, course_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Monitored:
    """What there is to see of the annotators; ``distribution`` and ``course`` are of what was chosen."""

    rounds: tuple[tuple[int, str], ...]
    round_id: int | None
    pace: tuple[Pace, ...]
    distributions: tuple[Distribution, ...]
    distribution: Distribution | None
    course: Course
    changes: tuple[Change, ...]
    checks: tuple[Checked, ...]
    advice: tuple[Advice, ...]

    @property
    def is_empty(self) -> bool:
        """Whether nobody has labelled anything."""
        return not (self.pace or self.distributions or self.checks)


def monitor(
    session: Session, project: Project, user_id: int, *, round_id: int | None = None, question: str | None = None,
    target: str | None = None,
) -> Monitored | None:  # fmt: skip
    """Return how the annotators work, as far as this person may see it; None to somebody who labels blind.

    A round, question or target that is not there counts as not asked for.
    """
    if visibility.labels_blind(session, project, user_id):
        return None
    rounds = rounds_of(session, project)
    if round_id not in {number for number, _ in rounds}:
        round_id = None
    scope = Scope(session, project, visibility.reviewable_annotations(session, project, user_id), round_id)
    agreement = Agreement(session, project, scope.within)
    asked, target_of = agreement.shared.questions, agreement.shared.target_of
    distributions = distributions_of(scope, asked, target_of)
    chosen = _chosen(distributions, question, target)
    return Monitored(
        rounds=tuple(rounds), round_id=round_id, pace=tuple(pace_of(scope)), distributions=tuple(distributions),
        distribution=chosen, course=_course(agreement, chosen), changes=tuple(changes_of(scope)),
        checks=tuple(checks_of(scope, asked, target_of)), advice=tuple(advice_of(scope)),
    )  # fmt: skip


def _chosen(found: Sequence[Distribution], question: str | None, target: str | None) -> Distribution | None:
    exact = [one for one in found if (one.question, one.target) == (question, target)]
    return next(iter(exact or [one for one in found if one.question == question] or found), None)


def _course(agreement: Agreement, chosen: Distribution | None) -> Course:
    subject = None if chosen is None else _subject(agreement, chosen)
    return Course("day", ()) if subject is None else course_of(agreement.shared, subject)


def _subject(agreement: Agreement, chosen: Distribution) -> Subject | None:
    asked = next(one for one in agreement.shared.questions if one.question.id == chosen.question)
    numbers = {uuid: number for number, uuid in agreement.target_keys.items()}
    return agreement.subject(asked, numbers.get(chosen.target or ""))
