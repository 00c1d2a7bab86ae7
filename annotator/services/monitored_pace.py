"""How fast annotators work: answers on each day, and how long one takes."""

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import date
from statistics import median

from annotator.db import Annotation
from annotator.services.monitored_acts import Scope


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """One annotator's answers that count, by the day (UTC) on which they arrived."""

    annotator: str
    by_day: tuple[tuple[date, int], ...]
    #: Median of the seconds in which the page was visible and in use; None where the browser measured none.
    seconds: float | None
    timed: int

    @property
    def answers(self) -> int:
        """How many there are."""
        return sum(count for _, count in self.by_day)

    @property
    def per_day(self) -> float:
        """Answers on a day, of the days with any."""
        return self.answers / len(self.by_day)


def pace_of(scope: Scope) -> list[Pace]:
    """Return the pace of each annotator who labelled here; imported labels have none."""
    days: dict[int, Counter[date]] = defaultdict(Counter)
    seconds: dict[int, list[float]] = defaultdict(list)
    columns = (Annotation.annotator_id, Annotation.recorded_at, Annotation.active_seconds)
    for annotator, at, took in scope.session.execute(scope.answers(*columns, kinds=("main",))):
        days[annotator][at.date()] += 1
        if took is not None:
            seconds[annotator].append(took)
    return [
        Pace(
            annotator=code, by_day=tuple(sorted(days[number].items())), timed=len(seconds[number]),
            seconds=median(seconds[number]) if seconds[number] else None,
        )
        for number, code in scope.codes().items() if number in days
    ]  # fmt: skip
