"""The charts of a classifier's card, each with its data as a table."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from annotator.services.card_scores import Reserved
from annotator.services.card_tasks import TaskCard
from annotator.web import charts
from annotator.web.language import decimal, gettext, number, translated

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Table:
    """Rows with their columns, written as scores are; ``spec`` is how they are drawn, None where there is nothing."""

    columns: Mapping[str, str]
    rows: Sequence[Row]
    spec: str | None

    @property
    def table(self) -> "Table":
        """What the macro for charts looks for."""
        return self

    def shown(self, _key: str, value: Any) -> str:
        """Write a value as the page does."""
        if value is None:
            return "–"
        if isinstance(value, float):
            return decimal(value)
        return number(value) if isinstance(value, int) else translated(value)

    def is_number(self, key: str) -> bool:
        """Tell whether a column holds numbers."""
        return any(isinstance(row[key], int | float) for row in self.rows)


def calibration(test: Reserved | None) -> Table | None:
    """Return how far probabilities can be believed, label by label; None without a test."""
    if test is None or not test.is_measured:
        return None
    columns = {
        "panel": gettext("Label"), "confidence": gettext("Probability said"), "right": gettext("Share that was so"),
        "n": gettext("Units"),
    }  # fmt: skip
    rows = [
        {"panel": translated(label.name), **bin_}
        for label, bins in zip(test.labels, test.calibration, strict=True)
        for bin_ in bins
    ]
    spec = charts.calibration(rows, said=columns["confidence"], right=columns["right"]) if rows else None
    return Table(columns, rows, _written(spec))


def curve(task: TaskCard, question: str) -> Table | None:
    """Return the learning curve; None where there is none."""
    if len(task.curve) < 2:
        return None
    columns = {
        "units": gettext("Units learned from"), "macro_f1": gettext("Macro F1"), "low": gettext("from"),
        "high": gettext("to"),
    }  # fmt: skip
    rows = [
        {
            "units": point.units, "macro_f1": point.macro_f1, "low": point.interval and point.interval[0],
            "high": point.interval and point.interval[1],
        }
        for point in task.curve
    ]  # fmt: skip
    drawn = [{**row, "panel": task.title or question} for row in rows]
    return Table(columns, rows, _written(charts.learning(drawn, units=columns["units"], score=columns["macro_f1"])))


def _written(spec: charts.Spec | None) -> str | None:
    return None if spec is None else json.dumps(spec, ensure_ascii=False)
