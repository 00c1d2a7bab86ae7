"""What the page of influence is told, and the figures as files; imported when somebody first asks."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil

from flask import Response, jsonify, render_template, request

from annotator.services.agreement_remarks import as_decimal, as_percent
from annotator.services.influence import Effect, Influence, influence_seen_by
from annotator.services.influence_records import TABLE, as_record, as_table
from annotator.services.influence_remarks import MINUS, points, remark_on_question, why_no_interval
from annotator.web.database import reading
from annotator.web.forms.influence import InfluenceForm
from annotator.web.language import decimal_mark
from annotator.web.security import Access

#: The chart reaches at least so far to either side of no difference.
LEAST_REACH = 0.2


@dataclass(frozen=True, slots=True)
class Scale:
    """The scale of the chart: differences up to ``reach`` on either side of none."""

    reach: float

    def at(self, difference: float) -> str:
        """Return where a difference stands, from the left."""
        return f"{50 + 50 * max(-1.0, min(1.0, difference / self.reach)):.1f}%"


def show(access: Access) -> str:
    """Return the page; the address says of which timing."""
    form = InfluenceForm(request.args)
    found = _found(access, form)
    if found is not None:
        form.offer([timing for timing, _ in found.timings], found.timing)
    return render_template(
        "influence/show_influence.html",
        access=access, slug=access.project.slug, form=form, found=found, lack=_lack(found),
        scale=Scale(_reach(found)) if found else None, points=_signed, percent=_percent, decimal=_decimal,
        seconds=_seconds,
        remark=remark_on_question, why=why_no_interval,
    )  # fmt: skip


def figures(access: Access) -> Response:
    """Return all figures; nothing to somebody who labels blind."""
    return _attached(access, jsonify(as_record(_found(access, InfluenceForm(request.args)))), "json")


def table(access: Access) -> Response:
    """Return all figures as a table."""
    text = io.StringIO()
    writer = csv.DictWriter(text, TABLE, lineterminator="\n")
    writer.writeheader()
    writer.writerows(as_table(as_record(_found(access, InfluenceForm(request.args)))))
    return _attached(access, Response(text.getvalue(), mimetype="text/csv"), "csv")


def _found(access: Access, form: InfluenceForm) -> Influence | None:
    with reading() as session:
        return influence_seen_by(session, access.project, access.user.id, timing=form.timing.data)


def _attached(access: Access, answer: Response, suffix: str) -> Response:
    answer.headers["Content-Disposition"] = f'attachment; filename="influence-{access.project.slug}.{suffix}"'
    return answer


def _lack(found: Influence | None) -> str | None:
    """Name why there is nothing to compare; None where there is something."""
    if found is None:
        return "blind"
    if found.questions:
        return None
    if found.total == 0:
        return "answers"
    if found.setting == "never":
        return "suggestions"
    return "control" if found.control_share == 0 else "record"


def _reach(found: Influence | None) -> float:
    differences = (bound for effect in _drawn(found) for bound in (effect.of.jackknife or (effect.of.value or 0.0,)))
    return min(1.0, max(LEAST_REACH, ceil(max(map(abs, differences), default=0.0) * 10) / 10))


def _drawn(found: Influence | None) -> Iterator[Effect]:
    for question in found.questions if found else ():
        yield question.suggestion
        yield from question.labels


def _signed(difference: float) -> str:
    """Write a difference in percentage points with its sign."""
    written = points(difference)
    return written if written.startswith(MINUS) or written == "0" else f"+{written}"


def _percent(share: float | None) -> str:
    return "–" if share is None else decimal_mark(as_percent(share))


def _seconds(value: float | None) -> str:
    return "–" if value is None else decimal_mark(f"{value:.1f}")


def _decimal(value: float | None) -> str:
    return "–" if value is None else decimal_mark(as_decimal(value))
