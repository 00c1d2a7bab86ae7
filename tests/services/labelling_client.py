"""Several annotators of the study who label until nothing is left, as a process of its own."""

import sys
import threading
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from sqlalchemy import select
from sqlalchemy.orm import Session

from annotator.config import read_settings
from annotator.db import Project, User
from annotator.db.engines import Database
from annotator.services import seats
from annotator.services.claiming import claim_next
from annotator.services.recording import record_act
from annotator.services.seats import Seat
from studies import make_act, sit


def label_all(database: Database, name: str) -> None:
    """Claim and answer in turns until there is nothing to claim."""
    unit = None
    while True:
        with database.transaction() as session:
            seat = seat_of(session, name)
            if unit is not None:
                record_act(session, seat, make_act(key=key_of(name, unit), unit=unit))
            unit = claim_next(session, seat)
        if unit is None:
            return


def seat_of(session: Session, name: str) -> Seat:
    """Return where a person of this name sits by now; without one, the annotator with this code."""
    user = session.scalar(select(User).where(User.name == name))
    if user is None:
        return sit(session, 1, name)
    return seats.take_seat(session, session.get_one(Project, 1), user)


def key_of(name: str, unit: str) -> str:
    """Return one key for an annotator's unit, so that two of their tabs send the same act."""
    import uuid

    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"{name}/{unit}"))


def main(url: str, home: str, *names: str) -> None:
    """Let the annotators label at once."""
    database = Database(read_settings({"ANNOTATOR_DATABASE_URL": url}, home=Path(home)))
    print("ready", flush=True)
    sys.stdin.readline()
    threads = [threading.Thread(target=label_all, args=(database, name)) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    database.dispose()


if __name__ == "__main__":
    main(*sys.argv[1:])
