"""Agreement: do the annotators agree, where not, and on which sentences."""

from types import ModuleType

from flask import Blueprint
from flask.typing import ResponseReturnValue

from annotator.web.security import Access, project_route

blueprint = Blueprint("agreement", __name__)


@project_route(blueprint, "/agreement", permission="can_review")
def show_agreement(access: Access) -> ResponseReturnValue:
    """Show the report."""
    shown: str = _views().show(access)
    return shown


@project_route(blueprint, "/agreement/figures.json", permission="can_review")
def fetch_figures(access: Access) -> ResponseReturnValue:
    """Send all figures."""
    sent: ResponseReturnValue = _views().figures(access)
    return sent


@project_route(blueprint, "/agreement/figures.csv", permission="can_review")
def fetch_table(access: Access) -> ResponseReturnValue:
    """Send all figures as a table."""
    sent: ResponseReturnValue = _views().table(access)
    return sent


def _views() -> ModuleType:
    # NumPy would make every server start slower and larger, and few of those who label ever look here.
    from annotator.web import agreement_views

    return agreement_views
