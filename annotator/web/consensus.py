"""The consensus: what several annotators' answers come to, and which of it classifiers learn."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from annotator.db import Project
from annotator.services import configuring, consensus_page
from annotator.services.answers import is_storable
from annotator.services.ballots import VOTES_PER_ANNOTATOR, VOTES_PER_UNIT
from annotator.web.database import reading, transaction
from annotator.web.forms.consensus import LearningForm
from annotator.web.language import decimal_mark, gettext
from annotator.web.security import Access, masked_for, project_route

blueprint = Blueprint("consensus", __name__)

MAX_PAGE, MAX_KEY = 10_000, 200


@project_route(blueprint, "/adjudication/consensus", permission="can_adjudicate")
def show_consensus(access: Access) -> ResponseReturnValue:
    """Show the majority beside Dawid and Skene's estimate, by question."""
    return _page(access, LearningForm(formdata=None, learns_from=access.project.learns_from))


@project_route(blueprint, "/adjudication/consensus", permission="can_configure", methods=("POST",))
def choose_consensus(access: Access) -> ResponseReturnValue:
    """Change what classifiers learn."""
    form = LearningForm()
    if not form.validate():
        return _page(access, form), 422
    with transaction() as session:
        project = session.get_one(Project, access.project.id)
        configuring.choose_consensus(session, project, access.user, form.learns_from.data)
    flash(gettext("The next training learns so."), "done")
    return redirect(url_for("consensus.show_consensus", slug=access.project.slug))


def _page(access: Access, form: LearningForm) -> str:
    number = min(max(request.args.get("page", 1, type=int), 1), MAX_PAGE)
    question = request.args.get("question", "")[:MAX_KEY]
    with reading() as session:
        found = consensus_page.read_page(
            session,
            access.project,
            access.user.id,
            question=question if is_storable(question) else "",
            page=number,
            masked=masked_for(access),
        )
    return render_template(
        "consensus/show_consensus.html",
        access=access,
        found=found,
        form=form,
        page=number,
        written=_percent,
        decimal=lambda number: decimal_mark(f"{number:.1f}"),
        needed=(VOTES_PER_UNIT, VOTES_PER_ANNOTATOR),
        has_next=found.detail is not None and found.detail.total > number * consensus_page.PAGE,
    )


def _percent(share: float | None) -> str:
    return "–" if share is None else decimal_mark(f"{share * 100:.0f} %")
