"""What every template may use: navigation, numbers in words, the person and the project at hand."""

from dataclasses import dataclass
from pathlib import Path

from flask import Flask, current_app, g, request, url_for
from jinja2 import StrictUndefined

from annotator.db import User
from annotator.web.security import Access

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
    Section("Documents", "documents.list_documents", "can_view"),
    Section("Label", "labelling.page", "can_label"),
    Section("Search", "search.search", "can_view"),
    Section("Classifiers", "classifiers.list_classifiers", "can_view"),
    Section("Exports", "exports.list_exports", "can_export"),
    Section("Settings", "projects.edit_settings", "can_configure"),
)
#: Activities that are shown under another's entry.
SHOWN_UNDER = {"uploads": "documents", "targets": "documents"}


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
    environment.filters.update(number=number, counted=counted)
    environment.globals.update(navigation=navigation, current_access=current_access, current_user_name=user_name)


def number(value: int) -> str:
    """Write a number with thin spaces between the thousands."""
    return f"{value:,}".replace(",", "\u202f")


def counted(value: int, one: str, many: str | None = None) -> str:
    """Write a number with its noun: 1 sentence, 2 sentences."""
    return f"{number(value)} {one if value == 1 else many or one + 's'}"


def current_access() -> Access | None:
    """Return the project at hand and the rights in it, if the page belongs to one."""
    access: Access | None = g.get("access")
    return access


def user_name() -> str | None:
    """Return the name of the person who is signed in, as far as the request has asked."""
    visit = g.get("visit")
    user: User | None = visit.user if visit else None
    return user.name if user else None


def navigation() -> list[Entry]:
    """Return the links of the project at hand, for those who may follow them."""
    access = current_access()
    if access is None:
        return []
    here = SHOWN_UNDER.get(request.blueprint or "", request.blueprint)
    return [
        Entry(section.title, url_for(section.endpoint, slug=access.project.slug), section.blueprint == here)
        for section in SECTIONS
        if section.endpoint in current_app.view_functions and getattr(access.policy, section.permission)
    ]
