"""Call a worker once a request has put a job in line, or has noticed that one waits."""

from flask import current_app

from annotator.services import jobs
from annotator.web.database import reading


def wake_worker() -> None:
    """Make sure that somebody looks at the jobs soon; called after the transaction that added one."""
    start = current_app.extensions["annotator.start_worker"]
    if start is not None:
        start()


def wake_if_waiting() -> None:
    """Call a worker again where the first call was lost, as when it was killed."""
    with reading() as session:
        is_waiting = jobs.is_waiting(session)
    if is_waiting:
        wake_worker()
