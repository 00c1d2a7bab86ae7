"""A server that must not be: it confirms labels first and commits them a moment later.

Run as ``confirming_first.py HOME serve …``. It is the control of ``durability.py``: kill it, and labels that were
confirmed are gone.
"""

import io
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy.orm import Session

import annotator.web
from annotator.cli import main
from annotator.db.engines import Database

DELAY_SECONDS = 0.3

_pretending = threading.local()
_honest_transaction = Database.transaction


@contextmanager
def _transaction(database: Database) -> Iterator[Session]:
    if not getattr(_pretending, "is_on", False):
        with _honest_transaction(database) as session:
            yield session
        return
    with database._turn, database._write_session() as session:
        yield session
        session.rollback()


class ConfirmingFirst:
    """Answers a save from a transaction that is rolled back, and does the work later."""

    def __init__(self, application: Callable[..., Iterable[bytes]]) -> None:
        self._application = application

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer a request."""
        if environ["REQUEST_METHOD"] != "POST" or not environ["PATH_INFO"].endswith("/label/acts"):
            return self._application(environ, start_response)
        body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
        plain = {name: value for name, value in environ.items() if not name.startswith(("werkzeug.", "flask."))}
        _pretending.is_on = True
        try:
            answer = list(self._application({**plain, "wsgi.input": io.BytesIO(body)}, start_response))
        finally:
            _pretending.is_on = False
        threading.Thread(target=self._later, args=({**plain, "wsgi.input": io.BytesIO(body)},), daemon=True).start()
        return answer

    def _later(self, environ: dict[str, Any]) -> None:
        time.sleep(DELAY_SECONDS)
        list(self._application(environ, lambda *_: None))


def _create_app(*arguments: Any, **options: Any) -> Any:
    application = _honest_create_app(*arguments, **options)
    application.wsgi_app = ConfirmingFirst(application.wsgi_app)
    return application


_honest_create_app = annotator.web.create_app

if __name__ == "__main__":
    Database.transaction = _transaction  # type: ignore[method-assign]  # the whole point
    annotator.web.create_app = _create_app
    main(["--home", sys.argv[1], *sys.argv[2:]])
