"""Monitoring: how each annotator works, for those who review."""

from types import ModuleType

from flask import Blueprint
from flask.typing import ResponseReturnValue

from annotator.web.security import Access, project_route

blueprint = Blueprint("monitoring", __name__)


@project_route(blueprint, "/monitoring", permission="can_review")
def show_monitoring(access: Access) -> ResponseReturnValue:
    """Show the charts."""
    shown: str = _views().show(access)
    return shown


@project_route(blueprint, "/monitoring/figures.json", permission="can_review")
def fetch_figures(access: Access) -> ResponseReturnValue:
    """Send the data of all charts."""
    sent: ResponseReturnValue = _views().figures(access)
    return sent


@project_route(blueprint, "/monitoring/<name>.csv", permission="can_review")
def fetch_table(access: Access, name: str) -> ResponseReturnValue:
    """Send the data of one chart as a table."""
    sent: ResponseReturnValue = _views().table(access, name)
    return sent


def _views() -> ModuleType:
    # NumPy would make every server start slower and larger, and few of those who label ever look here.
    from annotator.web import monitoring_views

    return monitoring_views
