"""The classifiers this process keeps in memory."""

from flask import current_app

from annotator.services.suggesting import Shelf
from annotator.web.database import settings


def classifiers_at_hand() -> Shelf:
    """Return the shelf on which classifiers that were read once stand."""
    shelves = current_app.extensions
    if "annotator.shelf" not in shelves:
        shelves["annotator.shelf"] = Shelf.of(settings())
    shelf: Shelf = shelves["annotator.shelf"]
    return shelf
