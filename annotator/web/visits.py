"""The cookie that says in which session a browser is; who comes in leaves the one they came with."""

from flask import g, session

from annotator.services import sessions
from annotator.web.database import transaction
from annotator.web.security import session_secret


def begin_visit(secret: str) -> None:
    """Let the browser keep the secret of a new session, and nothing of what it brought along."""
    end_visit()
    session.permanent = True
    session["_user_id"] = secret


def end_visit() -> None:
    """End the session this browser is in, if it is in one, here and on the server."""
    secret = session_secret()
    if secret is not None:
        with transaction() as records:
            sessions.sign_out(records, secret)
    session.clear()
    g.pop("visit", None)
