"""What every template may use: navigation, numbers in words, the person and the project at hand."""

from dataclasses import dataclass
from pathlib import Path

from flask import Flask, current_app, g, request, url_for
from jinja2 import StrictUndefined

from annotator.db import User
from annotator.text.masking import FILLER, runs
from annotator.web.language import translated
from annotator.web.markdown import blocks
from annotator.web.security import Access
from annotator.words import say

PACKAGE = Path(__file__).parents[1]


@dataclass(frozen=True, slots=True)
class Section:
    """An entry of a project's navigation; shown once its endpoint exists and to those who may open it."""

    title: str
    endpoint: str
    permission: str

    @property
    def blueprint(self) -> str:
        """The activity whose pages light this entry."""
        return self.endpoint.partition(".")[0]


SECTIONS = (
    Section(say("Documents"), "documents.list_documents", "can_view"),
    Section(say("Label"), "labelling.page", "can_label"),
    Section(say("Search"), "search.search", "can_view"),
    Section(say("Rounds"), "rounds.list_rounds", "can_configure"),
    Section(say("Agreement"), "agreement.show_agreement", "can_review"),
    Section(say("Adjudication"), "adjudication.queue", "can_adjudicate"),
    Section(say("Classifiers"), "classifiers.list_classifiers", "can_view"),
    Section(say("Codebook"), "codebook.show_codebook", "can_view"),
    Section(say("Exports"), "exports.list_exports", "can_export"),
    Section(say("People"), "people.list_members", "can_manage"),
    Section(say("Settings"), "projects.edit_settings", "can_configure"),
)
ROLES = {
    "owner": say("you are the owner"),
    "adjudicator": say("you are an adjudicator"),
    "annotator": say("you are an annotator"),
    "reader": say("you are a reader"),
}
ROLE_NAMES = {
    "owner": say("owner"),
    "adjudicator": say("adjudicator"),
    "annotator": say("annotator"),
    "reader": say("reader"),
}
KINDS = {"transcript": say("transcript"), "article": say("article")}
#: How a unit was chosen to be labelled.
MODES = {
    "sequential": say("one after the other"),
    "all": say("all"),
    "random": say("at random"),
    "documents": say("whole documents at random"),
    "stratified": say("at random within groups"),
    "search": say("by a search"),
    "margin": say("by a classifier's doubt"),
    "rare": say("by a classifier, for a rare label"),
    "chosen": say("by hand"),
    "relabel": say("again, after a change of the codebook"),
    "imported": say("imported or decided"),
}
#: Activities that are shown under another's entry.
SHOWN_UNDER = {
    "uploads": "documents",
    "targets": "documents",
    "codebook_drafts": "codebook",
    "codebook_notes": "codebook",
    "monitoring": "agreement",
    "consensus": "adjudication",
}


@dataclass(frozen=True, slots=True)
class Entry:
    """A link of the navigation."""

    title: str
    url: str
    is_current: bool


def folder() -> str:
    """Return where the templates are: inside the installed package, else beside it in the checkout."""
    bundled = PACKAGE / "templates"
    return str(bundled if bundled.is_dir() else PACKAGE.parent / "templates")


def init_app(app: Flask) -> None:
    """Teach the templates."""
    environment = app.jinja_env
    environment.undefined = StrictUndefined
    environment.trim_blocks = True
    environment.lstrip_blocks = True
    environment.globals.update(navigation=navigation, current_access=current_access, current_user_name=user_name)
    environment.globals.update(mask_filler=FILLER, masked_runs=runs)
    environment.globals.update(your_role=your_role, role_name=role_name, is_administrator=is_administrator)
    environment.globals.update(kind_name=kind_name, mode_name=mode_name, markdown_blocks=blocks)


def your_role(role: str) -> str:
    """Tell a person which role they have."""
    return translated(ROLES.get(role, role))


def role_name(role: str) -> str:
    """Return what a role is called."""
    return translated(ROLE_NAMES.get(role, role))


def kind_name(kind: str) -> str:
    """Return what a kind of document is called."""
    return translated(KINDS.get(kind, kind))


def mode_name(mode: str) -> str:
    """Return how a way to select units is called."""
    return translated(MODES.get(mode, mode))


def current_access() -> Access | None:
    """Return the project at hand and the rights in it, if the page belongs to one."""
    access: Access | None = g.get("access")
    return access


def user_name() -> str | None:
    """Return the name of the person who is signed in, as far as the request has asked."""
    visit = g.get("visit")
    user: User | None = visit.user if visit else None
    return user.name if user else None


def is_administrator() -> bool:
    """Tell whether the person who is signed in runs the server, as far as the request has asked."""
    visit = g.get("visit")
    return bool(visit and visit.user.is_administrator)


def navigation() -> list[Entry]:
    """Return the links of the project at hand, for those who may follow them."""
    access = current_access()
    if access is None:
        return []
    here = SHOWN_UNDER.get(request.blueprint or "", request.blueprint)
    return [
        Entry(translated(section.title), url_for(section.endpoint, slug=access.project.slug), section.blueprint == here)
        for section in SECTIONS
        if section.endpoint in current_app.view_functions and getattr(access.policy, section.permission)
    ]
