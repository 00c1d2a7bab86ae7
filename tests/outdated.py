"""Stored classifiers of another version: whole, with the right digest, and stored otherwise."""

import json
from pathlib import Path

from sqlalchemy import update

from annotator.db import Classifier
from annotator.db.engines import Database
from annotator.learning import store


def outdate(folder: Path, *, number: int = store.FORMAT + 1) -> str:
    """Give what is stored in a folder another format; return its digest."""
    card = folder / store.CARD
    told = json.loads(card.read_bytes())
    card.write_text(json.dumps(told | {"format": number}), encoding="utf-8")
    return store._digest(card.read_bytes(), (folder / store.ARRAYS).read_bytes())


def outdate_in_project(database: Database, slug: str, number: int) -> None:
    """Do so with a classifier of a project."""
    digest = outdate(database.settings.models / slug / str(number))
    with database.transaction() as session:
        session.execute(update(Classifier).where(Classifier.number == number).values(sha256=digest))
