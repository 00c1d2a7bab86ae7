"""A server that acknowledges before it commits: the mistake that the durability test has to catch."""

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.orm import Session

from annotator.cli import main
from annotator.db.engines import Database

DELAY = 0.03


@contextmanager
def transaction(self: Database) -> Iterator[Session]:
    """Do as the real one does, but leave the commit for later."""
    self._turn.__enter__()
    session = self._write_session()
    try:
        yield session
        session.flush()
    except BaseException:
        session.close()
        self._turn.__exit__(None, None, None)
        raise
    threading.Thread(target=commit, args=(self, session)).start()


def commit(database: Database, session: Session) -> None:
    """Commit at leisure."""
    time.sleep(DELAY)
    session.commit()
    session.close()
    database._turn.__exit__(None, None, None)


if __name__ == "__main__":
    Database.transaction = transaction  # type: ignore[method-assign]
    main(sys.argv[1:])
