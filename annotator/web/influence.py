"""Influence: do suggestions sway those who label, for those who review."""

from types import ModuleType

from flask import Blueprint
from flask.typing import ResponseReturnValue

from annotator.web.security import Access, project_route

blueprint = Blueprint("influence", __name__)


@project_route(blueprint, "/influence", permission="can_review")
def show_influence(access: Access) -> ResponseReturnValue:
    """Show the report."""
    shown: str = _views().show(access)
    return shown


@project_route(blueprint, "/influence/figures.json", permission="can_review")
def fetch_figures(access: Access) -> ResponseReturnValue:
    """Send all figures."""
    sent: ResponseReturnValue = _views().figures(access)
    return sent


@project_route(blueprint, "/influence/figures.csv", permission="can_review")
def fetch_table(access: Access) -> ResponseReturnValue:
    """Send all figures as a table."""
    sent: ResponseReturnValue = _views().table(access)
    return sent


def _views() -> ModuleType:
    # NumPy would make every server start slower and larger, and few of those who label ever look here.
    from annotator.web import influence_views

    return influence_views
