"""The data of each chart as a table that a page, a file and a chart can show."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from annotator.services.agreement_remarks import as_decimal, as_percent
from annotator.services.monitoring import Monitored
from annotator.web.language import decimal_mark, gettext, translated

Row = dict[str, Any]
#: Names of the tables, as they stand in addresses and files.
NAMES = ("pace", "labels", "agreement", "checks", "suggestions")
SHARES = frozenset({"share", "others", "percent", "low", "high"})
WORDS = frozenset({"label", "kind", "timing", "arm", "question"})


@dataclass(frozen=True, slots=True)
class Table:
    """Rows with their columns; keys name them in files, titles on the page."""

    columns: Mapping[str, str]
    rows: Sequence[Row]

    def shown(self, key: str, value: Any) -> str:
        """Write a value as the page does."""
        if value is None:
            return "–"
        if key in SHARES:
            return decimal_mark(as_percent(value))
        if key == "alpha":
            return decimal_mark(as_decimal(value))
        return decimal_mark(f"{value:.1f}") if isinstance(value, float) else translated(str_of(value))

    def is_number(self, key: str) -> bool:
        """Tell whether a column holds numbers."""
        return any(isinstance(row[key], int | float) for row in self.rows)


def str_of(value: Any) -> str:
    """Return a text as it is, also one that can be translated, and anything else as a text."""
    return value if isinstance(value, str) else str(value)


def kind_names() -> dict[str | None, str]:
    """Return what checks, timings and arms are called."""
    return {
        "gold-check": gettext("gold check"),
        "retest": gettext("re-test"),
        "before": gettext("shown before the answer"),
        "after": gettext("shown after a first answer"),
        "shown": gettext("with suggestions"),
        "control": gettext("control share"),
        "reserved": gettext("kept for testing"),
        None: "–",
    }


def tables(found: Monitored) -> dict[str, Table]:
    """Return all tables by name."""
    return {name: _MADE[name](found) for name in NAMES}


def pace_summary(found: Monitored) -> Table:
    """Return a line for each annotator."""
    columns = {
        "annotator": gettext("Annotator"), "answers": gettext("Answers"), "days": gettext("Days with answers"),
        "per_day": gettext("Answers per day"), "seconds": gettext("Median seconds per answer"),
    }  # fmt: skip
    rows = [
        {
            "annotator": one.annotator, "answers": one.answers, "days": len(one.by_day), "per_day": one.per_day,
            "seconds": one.seconds,
        }
        for one in found.pace
    ]  # fmt: skip
    return Table(columns, rows)


def _pace(found: Monitored) -> Table:
    columns = {"annotator": gettext("Annotator"), "day": gettext("Day"), "answers": gettext("Answers")}
    rows = [
        {"annotator": one.annotator, "day": day.isoformat(), "answers": count}
        for one in found.pace
        for day, count in one.by_day
    ]
    return Table(columns, rows)


def _labels(found: Monitored) -> Table:
    columns = {
        "annotator": gettext("Annotator"), "label": gettext("Label"), "share": gettext("Share"),
        "others": gettext("All the others"), "given": gettext("Given"), "answers": gettext("Answers"),
    }  # fmt: skip
    names = ("annotator", "label", "share", "others", "given", "answers")
    rows = found.distribution.rows if found.distribution else ()
    return Table(columns, [{name: getattr(row, name) for name in names} for row in rows])


def _agreement(found: Monitored) -> Table:
    columns = {
        "annotator": gettext("Annotator"), "start": gettext("From"), "units": gettext("Shared units"),
        "alpha": gettext("Alpha"), "percent": gettext("Same answers"),
    }  # fmt: skip
    rows = [
        {
            "annotator": one.annotator, "start": one.start.isoformat(), "units": one.units, "alpha": one.alpha,
            "percent": one.percent,
        }
        for one in found.course.stretches
    ]  # fmt: skip
    return Table(columns, rows)


def _checks(found: Monitored) -> Table:
    columns = {
        "annotator": gettext("Annotator"), "kind": gettext("Check"), "question": gettext("Question"),
        "compared": gettext("Compared"), "same": gettext("Same"), "share": gettext("Share of same answers"),
        "low": gettext("Lower bound"), "high": gettext("Upper bound"), "alpha": gettext("Alpha"),
    }  # fmt: skip
    names = ("annotator", "kind", "question", "compared", "same", "share", "low", "high", "alpha")
    rows = [{name: getattr(row, name) for name in names} | {"question": row.name} for row in found.checks]
    return Table(columns, rows)


def _suggestions(found: Monitored) -> Table:
    columns = {
        "annotator": gettext("Annotator"), "arm": gettext("Arm"), "timing": gettext("Suggestions"),
        "answers": gettext("Answers"), "shown": gettext("Suggestions shown"), "taken": gettext("Taken"),
        "share": gettext("Share taken"), "changed": gettext("Answers changed"),
    }  # fmt: skip
    return Table(columns, [{name: getattr(row, name) for name in columns} for row in found.advice])


_MADE: Mapping[str, Callable[[Monitored], Table]] = {
    "pace": _pace,
    "labels": _labels,
    "agreement": _agreement,
    "checks": _checks,
    "suggestions": _suggestions,
}
