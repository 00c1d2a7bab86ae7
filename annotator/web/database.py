"""How views reach the database: one snapshot to read per request, a short transaction to write."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

from flask import current_app, g, request
from sqlalchemy.orm import Session

from annotator.config import Settings
from annotator.db.engines import Database

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


def database() -> Database:
    """Return the application's database."""
    found: Database = current_app.extensions["annotator.database"]
    return found


def settings() -> Settings:
    """Return the application's settings."""
    found: Settings = current_app.extensions["annotator.settings"]
    return found


@contextmanager
def reading() -> Iterator[Session]:
    """Open a session that cannot write.

    While a page is fetched all blocks share one snapshot, given back when the answer is ready; in other
    requests every block sees what was written before it.
    """
    if request.method not in SAFE_METHODS:
        with database().reading() as session:
            yield session
        return
    if "reader" not in g:
        g.reader = _Reader(database().reading())
    yield g.reader.session


def transaction() -> AbstractContextManager[Session]:
    """Open a session that commits at the end of the block; a GET must not."""
    if request.method in SAFE_METHODS:
        raise ValueError(f"{request.method} {request.path} may not write")
    return database().transaction()


def close_reader(_error: BaseException | None = None) -> None:
    """Give the request's snapshot back."""
    reader: _Reader | None = g.pop("reader", None)
    if reader is not None:
        reader.close()


class _Reader:
    def __init__(self, context: AbstractContextManager[Session]) -> None:
        self._context = context
        self.session = context.__enter__()

    def close(self) -> None:
        self._context.__exit__(None, None, None)
