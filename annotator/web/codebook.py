"""The codebook as everybody in the project reads it: guidelines, versions, and what differs between two of them."""

from dataclasses import dataclass

from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue

from annotator.codebook.changes import Change
from annotator.codebook.values import Codebook
from annotator.errors import NotFoundError
from annotator.services import codebook_drafts, codebook_notes, codebook_versions, codebooks
from annotator.text.differing import Piece, differing
from annotator.web.codebook_words import sides_of, title_of
from annotator.web.database import reading
from annotator.web.security import Access, project_route

blueprint = Blueprint("codebook", __name__)


@dataclass(frozen=True, slots=True)
class Difference:
    """A change, ready to be read: its title and both sides in pieces."""

    change: Change
    title: str
    before: list[Piece]
    after: list[Piece]


@project_route(blueprint, "/codebook", permission="can_view")
def show_codebook(access: Access) -> ResponseReturnValue:
    """Show the version in force as guidelines."""
    return _guidelines(access, None)


@project_route(blueprint, "/codebook/versions", permission="can_view")
def list_versions(access: Access) -> ResponseReturnValue:
    """Show every version with its date, who published it, and what it changed."""
    with reading() as session:
        found = codebook_versions.list_versions(session, access.project.id)
    return render_template("codebook/list_versions.html", access=access, versions=found)


@project_route(blueprint, "/codebook/versions/<int:number>", permission="can_view")
def show_version(access: Access, number: int) -> ResponseReturnValue:
    """Show one version as guidelines."""
    return _guidelines(access, number)


@project_route(blueprint, "/codebook/versions/<int:number>.yaml", permission="can_view")
def fetch_version(access: Access, number: int) -> ResponseReturnValue:
    """Send the file of a version."""
    with reading() as session:
        source = codebooks.find_version(session, access.project.id, number).source
    return yaml_file(source, f"{access.project.slug}-codebook-{number}.yaml")


@project_route(blueprint, "/codebook/compare", permission="can_view")
def compare_versions(access: Access) -> ResponseReturnValue:
    """Show what differs between two versions, side by side; without a choice, of the last two."""
    with reading() as session:
        versions = codebook_versions.list_versions(session, access.project.id)
        newest = versions[0].number if versions else 0
        new = request.args.get("new", type=int, default=newest)
        old = request.args.get("old", type=int, default=max(new - 1, 1))
        before, after, changes = codebook_versions.difference(session, access.project.id, old=old, new=new)
    found = differences(changes, before, after)
    return render_template(
        "codebook/compare_versions.html", access=access, versions=versions, old=old, new=new, differences=found
    )


def differences(changes: list[Change], before: Codebook, after: Codebook) -> list[Difference]:
    """Return changes as they are read side by side."""
    return [Difference(change, title_of(change, before, after), *differing(*sides_of(change))) for change in changes]


def yaml_file(source: str, name: str) -> Response:
    """Return a codebook as a file to be kept."""
    response = Response(source, mimetype="application/yaml; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _guidelines(access: Access, number: int | None) -> str:
    with reading() as session:
        has_draft = access.policy.can_configure and codebook_drafts.find_draft(session, access.project.id) is not None
        notes = codebook_notes.open_notes(session, access.project) if access.policy.can_configure else []
        versions = codebook_versions.list_versions(session, access.project.id)
        try:
            published = codebooks.published(session, access.project.id, number)
        except NotFoundError:
            if number is not None:
                raise
            published = None
    shown = {
        "version": next((line for line in versions if published and line.number == published.number), None),
        "codebook": published.codebook if published else None,
        "is_newest": bool(versions) and published is not None and versions[0].number == published.number,
    }
    return render_template(
        "codebook/show_codebook.html", access=access, has_draft=has_draft, open_notes=len(notes), **shown
    )
