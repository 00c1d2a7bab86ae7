"""What the page of monitoring is told, and its data as files; imported when somebody first asks."""

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from flask import Response, abort, jsonify, render_template, request

from annotator.services.collecting import without_collecting
from annotator.services.monitored_labels import Distribution
from annotator.services.monitored_time import Change
from annotator.services.monitoring import Monitored, monitor
from annotator.web import charts
from annotator.web.database import reading
from annotator.web.forms.monitoring import BETWEEN, MonitoringForm
from annotator.web.language import gettext, translated
from annotator.web.monitoring_tables import NAMES, Row, Table, kind_names, pace_summary, tables
from annotator.web.security import Access


@dataclass(frozen=True, slots=True)
class Chart:
    """A table and how it is drawn; without a ``spec`` there is nothing to draw."""

    table: Table
    spec: str | None


def show(access: Access) -> str:
    """Return the page; the address says of which round and question."""
    form = MonitoringForm(request.args)
    found = _found(access, form)
    facts: dict[str, Any] = {"found": found, "form": form, "slug": access.project.slug, "access": access}
    if found is not None and not found.is_empty:
        made = tables(found)
        _offer(form, found)
        facts |= {
            "summary": pace_summary(found),
            "charts": {name: Chart(made[name], _written(_DRAWN[name](made[name].rows, found))) for name in NAMES},
            "names": kind_names(),
            "remarks": [remark for one in found.distributions for remark in one.remarks],
            "chosen": {"round": found.round_id, "about": _key(found.distribution) if found.distribution else None},
        }
    return render_template("monitoring/show_monitoring.html", **facts)


def figures(access: Access) -> Response:
    """Return the data of all charts; nothing to somebody who labels blind."""
    found = _found(access, MonitoringForm(request.args))
    made = {} if found is None else {name: list(table.rows) for name, table in tables(found).items()}
    versions = [] if found is None else [{"version": one.number, "day": one.day.isoformat()} for one in found.changes]
    return _attached(access, jsonify(**made, codebook_versions=versions), "json")


def table(access: Access, name: str) -> Response:
    """Return the data of one chart."""
    found = _found(access, MonitoringForm(request.args)) if name in NAMES else None
    if found is None:
        abort(404)
    made = tables(found)[name]
    text = io.StringIO()
    writer = csv.DictWriter(text, list(made.columns), lineterminator="\n")
    writer.writeheader()
    writer.writerows(made.rows)
    return _attached(access, Response(text.getvalue(), mimetype="text/csv"), "csv", name=f"{name}-")


def _found(access: Access, form: MonitoringForm) -> Monitored | None:
    question, target = form.subject
    with reading() as session, without_collecting():
        return monitor(
            session, access.project, access.user.id, round_id=form.round_id, question=question, target=target
        )


def _attached(access: Access, answer: Response, suffix: str, *, name: str = "") -> Response:
    file = f"monitoring-{name}{access.project.slug}.{suffix}"
    answer.headers["Content-Disposition"] = f'attachment; filename="{file}"'
    return answer


def _offer(form: MonitoringForm, found: Monitored) -> None:
    rounds = [("", gettext("all rounds")), *((str(number), translated(name)) for number, name in found.rounds)]
    form.offer(rounds, [(_key(one), _title(one)) for one in found.distributions])
    form.round.data = str(found.round_id or "")
    form.about.data = _key(found.distribution) if found.distribution else ""


def _key(about: Distribution) -> str:
    return about.question if about.target is None else f"{about.question}{BETWEEN}{about.target}"


def _title(about: Distribution) -> str:
    return about.name if about.target_name is None else f"{about.name}: {about.target_name}"


def _written(spec: charts.Spec | None) -> str | None:
    return None if spec is None else json.dumps(spec, ensure_ascii=False)


def _draw_pace(rows: Any, _found: Monitored) -> charts.Spec | None:
    return charts.bars(rows, title=gettext("Answers")) if rows else None


def _draw_labels(rows: Any, _found: Monitored) -> charts.Spec | None:
    drawn = [{**row, "panel": translated(row["label"])} for row in rows]
    return charts.dots(drawn) if drawn else None


def _draw_agreement(rows: Any, found: Monitored) -> charts.Spec | None:
    drawn = [row for row in rows if row["alpha"] is not None]
    return charts.course(drawn, list(_marks(found.changes)), title=gettext("Alpha")) if drawn else None


def _marks(changes: tuple[Change, ...]) -> Iterator[Row]:
    """Name the days on which the codebook changed; versions of one day share a line."""
    for day in dict.fromkeys(one.day for one in changes):
        numbers = [f"v{one.number}" for one in changes if one.day == day]
        yield {"start": day.isoformat(), "name": ", ".join(numbers)}


def _draw_checks(rows: Any, _found: Monitored) -> charts.Spec | None:
    names = kind_names()
    drawn = [{**row, "panel": f"{row['question']} · {names[row['kind']]}"} for row in rows]
    return charts.dots(drawn) if drawn else None


def _draw_suggestions(rows: Any, _found: Monitored) -> charts.Spec | None:
    names = kind_names()
    drawn = [{**row, "panel": _advice_panel(row, names)} for row in rows if row["share"] is not None]
    return charts.dots(drawn) if drawn else None


def _advice_panel(row: Row, names: dict[str | None, str]) -> str:
    """Name the timing, and the arm where it is not the one in which suggestions are expected."""
    timing, arm = (names.get(row[key], row[key]) for key in ("timing", "arm"))
    return str(timing) if row["arm"] in ("shown", None) else f"{timing} · {arm}"


_DRAWN = {
    "pace": _draw_pace,
    "labels": _draw_labels,
    "agreement": _draw_agreement,
    "checks": _draw_checks,
    "suggestions": _draw_suggestions,
}
