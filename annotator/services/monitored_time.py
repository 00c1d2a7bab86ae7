"""How each annotator agrees with the others as time goes by, and when the codebook changed."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np
from sqlalchemy import select

from annotator.db import CodebookVersion
from annotator.services.agreement import Subject
from annotator.services.figures import value_of
from annotator.services.monitored_acts import Scope
from annotator.services.ratings import Ratings
from annotator.services.shared_acts import SharedActs
from annotator.statistics.tables import Ints

#: Units shared in a stretch of time below which nothing is told of it: a coefficient would be chance.
FEWEST = 10
#: Days from the first to the last answer up to which time is divided into days, and into weeks; then months.
DAYS, WEEKS = 14, 120


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """One annotator's agreement with the others on what they labelled in a stretch of time, which begins at ``start``.

    ``alpha`` is None where everybody gave the same label.
    """

    annotator: str
    start: date
    units: int
    alpha: float | None
    percent: float | None


@dataclass(frozen=True, slots=True)
class Change:
    """A codebook version and the day it was published."""

    number: int
    day: date


@dataclass(frozen=True, slots=True)
class Course:
    """Agreement over time; ``step`` is "day", "week" or "month"."""

    step: str
    stretches: tuple[Stretch, ...]


def course_of(shared: SharedActs, subject: Subject) -> Course:
    """Return how each annotator's agreement with the others went; what is too little to tell is left out."""
    ratings = subject.ratings
    used = ratings.acts[ratings.acts >= 0]
    if not len(used):
        return Course("day", ())
    days = np.array([act.at.toordinal() for act in shared.acts], dtype=np.int64)
    step = _step(int(days[used].max() - days[used].min()))
    starts = np.array([_start(date.fromordinal(int(day)), step).toordinal() for day in days], dtype=np.int64)
    stretches = [
        stretch
        for column, code in enumerate(shared.annotators)
        for stretch in _stretches(code, against_others(ratings, column), starts)
    ]
    return Course(step, tuple(stretches))


def against_others(ratings: Ratings, column: int) -> Ratings:
    """Return one annotator's values (first column) beside each other's on the same item (second column)."""
    own = ratings.values[:, column] >= 0
    beside = (ratings.values >= 0) & own[:, None]
    beside[:, column] = False
    rows, others = np.nonzero(beside)
    narrowed = ratings.only(rows)  # type: ignore[arg-type]  # positions do as well as flags
    return replace(
        narrowed,
        values=np.column_stack((ratings.values[rows, column], ratings.values[rows, others])),
        acts=np.column_stack((ratings.acts[rows, column], ratings.acts[rows, others])),
    )


def changes_of(scope: Scope) -> list[Change]:
    """Return the codebook's versions with the days they were published."""
    query = select(CodebookVersion.number, CodebookVersion.published_at)
    query = query.where(CodebookVersion.project_id == scope.project.id).order_by(CodebookVersion.number)
    return [Change(number, at.date()) for number, at in scope.session.execute(query)]


def _stretches(code: str, pairs: Ratings, starts: Ints) -> Iterator[Stretch]:
    begun = starts[pairs.acts[:, 0]]
    for start in np.unique(begun).tolist():
        part = pairs.only(begun == start)
        units = len(np.unique(part.units))
        if units >= FEWEST:
            alpha, percent = value_of(part, "alpha"), value_of(part, "percent")
            day = date.fromordinal(start)
            yield Stretch(annotator=code, start=day, units=units, alpha=alpha, percent=percent)


def _step(days: int) -> str:
    return "day" if days <= DAYS else "week" if days <= WEEKS else "month"


def _start(day: date, step: str) -> date:
    if step == "week":
        return day - timedelta(days=day.weekday())
    return day.replace(day=1) if step == "month" else day
