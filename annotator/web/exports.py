"""Exports: ask for a data set, watch it being written, fetch it."""

from flask import Blueprint, Response, redirect, render_template, send_file, url_for
from flask.typing import ResponseReturnValue

from annotator.services import finished_exports, visibility
from annotator.web.database import reading, settings, transaction
from annotator.web.forms.exports import ExportForm
from annotator.web.jobs import wake_if_waiting, wake_worker
from annotator.web.security import Access, project_route

blueprint = Blueprint("exports", __name__)


@project_route(blueprint, "/exports", permission="can_export")
def list_exports(access: Access) -> ResponseReturnValue:
    """Show the finished data sets and the form for another."""
    return _page(access, ExportForm())


@project_route(blueprint, "/exports", permission="can_export", methods=("POST",))
def request_export(access: Access) -> ResponseReturnValue:
    """Put an export in line."""
    form = ExportForm()
    if not form.validate():
        return _page(access, form), 422
    with transaction() as session:
        finished_exports.check_may_export(session, access.project, access.user.id)
        finished_exports.request_export(session, access.project, format_name=form.format.data, options=form.options())
    wake_worker()
    return redirect(url_for("exports.list_exports", slug=access.project.slug))


@project_route(blueprint, "/exports/finished", permission="can_export")
def show_finished(access: Access) -> ResponseReturnValue:
    """Show the table alone, asked for again while something is being written."""
    wake_if_waiting()
    return render_template("exports/_finished.html", **_facts(access))


@project_route(blueprint, "/exports/<name>", permission="can_export")
def fetch_export(access: Access, name: str) -> Response:
    """Send a finished data set."""
    with reading() as session:
        finished_exports.check_may_export(session, access.project, access.user.id)
    path = finished_exports.find_finished(settings().exports, access.project, name)
    return send_file(path, as_attachment=True, download_name=name)


def _page(access: Access, form: ExportForm) -> str:
    return render_template("exports/list_exports.html", form=form, **_facts(access))


def _facts(access: Access) -> dict[str, object]:
    with reading() as session:
        unfinished = finished_exports.unfinished(session, access.project)
        labels_blind = visibility.labels_blind(session, access.project, access.user.id)
    return {
        "labels_blind": labels_blind,
        "slug": access.project.slug,
        "unfinished": unfinished,
        "is_busy": any(job.state in ("queued", "running") for job in unfinished),
        # Their sizes tell something, too.
        "finished": [] if labels_blind else finished_exports.finished(settings().exports, access.project),
    }
