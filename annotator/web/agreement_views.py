"""What the agreement page is told, and the figures as files; imported when somebody first asks."""

import csv
import io
from collections.abc import Collection
from functools import partial

from flask import Response, jsonify, render_template, request, url_for

from annotator.services.agreement import agreement_seen_by
from annotator.services.agreement_disputes import PAGE, Dispute
from annotator.services.agreement_page import AgreementPage, Choice, read_page
from annotator.services.agreement_parts import TITLES
from annotator.services.agreement_records import TABLE, Record, as_record, as_table
from annotator.services.agreement_remarks import as_decimal, as_percent
from annotator.services.collecting import without_collecting
from annotator.services.figures import COEFFICIENTS
from annotator.web.database import reading
from annotator.web.forms.agreement import AgreementForm
from annotator.web.language import decimal_mark
from annotator.web.security import Access, masked_for


def show(access: Access) -> str:
    """Return the page; the address says which question, and which disputes."""
    form = AgreementForm(request.args)
    with reading() as session, without_collecting():
        agreement = agreement_seen_by(session, access.project, access.user.id)
        choice = _choice(form, masked_for(access))
        page = read_page(session, agreement, choice, user_id=access.user.id, masked=masked_for(access))
    return render_template("agreement/show_agreement.html", form=form, access=access, **_facts(access, page))


def figures(access: Access) -> Response:
    """Return all figures, as the command line prints them."""
    return _attached(access, jsonify(_record(access)), "json")


def table(access: Access) -> Response:
    """Return all figures as a table."""
    return _attached(access, Response(_as_csv(as_table(_record(access))), mimetype="text/csv"), "csv")


def _record(access: Access) -> Record:
    with reading() as session:
        return as_record(agreement_seen_by(session, access.project, access.user.id))


def _attached(access: Access, answer: Response, suffix: str) -> Response:
    answer.headers["Content-Disposition"] = f'attachment; filename="agreement-{access.project.slug}.{suffix}"'
    return answer


def _choice(form: AgreementForm, masked: Collection[str]) -> Choice:
    by = form.by.data
    pair = (form.first.data or "", form.second.data or "")
    row, column = form.number("row"), form.number("column")
    return Choice(
        coefficient=form.coefficient.data,
        question=form.question.data or None,
        target=form.target.data or None,
        label=form.number("label"),
        pair=pair if all(pair) else None,
        cell=None if row is None or column is None else (row, column),
        by=by if by in TITLES and by not in masked else None,
        group=form.group.data or "",
        page=form.number("page") or 1,
    )


def _facts(access: Access, page: AgreementPage) -> dict[str, object]:
    detail, choice = page.detail, page.choice
    about = {"coefficient": None if choice.coefficient == "alpha" else choice.coefficient}
    if detail is not None:
        about |= {"question": detail.subject.question, "target": detail.target}
    narrowed: dict[str, object] = {}
    if choice.by is not None:
        narrowed = {"by": choice.by, "group": choice.group}
    elif choice.pair is not None:
        row, column = choice.cell or (None, None)
        narrowed = {"first": choice.pair[0], "second": choice.pair[1], "row": row, "column": column}
    elif choice.label is not None:
        narrowed = {"label": choice.label}
    here = partial(url_for, "agreement.show_agreement", slug=access.project.slug)
    return {
        "page": page,
        "detail": detail,
        "choice": choice,
        "slug": access.project.slug,
        #: The report about something; the same question in part; the same part of it, turned to another page.
        "link": partial(here, coefficient=about["coefficient"]),
        "within": partial(here, **about),
        "turned": partial(here, **about, **narrowed),
        "is_narrowed": bool(narrowed),
        "has_more": detail is not None and detail.disputes.total > choice.page * PAGE,
        "decide": partial(_decide, access.project.slug),
        "reader": partial(_reader, access.project.slug),
        "written": partial(_written, choice.coefficient),
        "names": COEFFICIENTS,
        "part_titles": TITLES,
        "version": page.version,
    }


def _decide(slug: str, dispute: Dispute) -> str:
    """Return where a dispute is settled."""
    return url_for("adjudication.decide", slug=slug, unit=dispute.unit)


def _reader(slug: str, dispute: Dispute) -> str:
    """Return where the unit stands in its text; a whole text has no place of its own there."""
    unit = dispute.unit if dispute.kind == "sentence" else None
    return url_for("documents.read_document", slug=slug, document=dispute.document, unit=unit)


def _written(chosen: str, value: float | None, name: str | None = None) -> str:
    """Write a coefficient as the field does, percent agreement in per cent."""
    if value is None:
        return "–"
    return decimal_mark(as_percent(value) if (name or chosen) == "percent" else as_decimal(value))


def _as_csv(rows: list[dict[str, object]]) -> str:
    table = io.StringIO()
    writer = csv.DictWriter(table, TABLE, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return table.getvalue()
