"""What people and programs are told when something goes wrong."""

import logging

from flask import Flask, Response, jsonify, render_template, request
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import HTTPException, InternalServerError

from annotator.errors import (
    AnnotatorError,
    ConflictError,
    InvalidInputError,
    NotAllowedError,
    NotFoundError,
    StorageFullError,
    TooManyAttemptsError,
)
from annotator.web.language import translated
from annotator.web.security import current_visit, prefers_json
from annotator.words import say

log = logging.getLogger(__name__)

STATUS: dict[type[AnnotatorError], int] = {
    InvalidInputError: 422,
    NotFoundError: 404,
    NotAllowedError: 403,
    ConflictError: 409,
    TooManyAttemptsError: 429,
    StorageFullError: 507,
}
#: Heading and, where the error brings no sentence of its own, what to do.
WORDS = {
    400: (say("That request could not be read"), say("Go back, reload the page and try again.")),
    401: (say("You are not signed in"), say("Sign in with your password or a one-time link.")),
    403: (say("That is not yours to do"), say("Ask an owner of the project.")),
    404: (say("There is nothing here"), say("Check the address, or start again from your projects.")),
    405: (say("That does not work here"), say("Go back and use the buttons of the page.")),
    409: (say("Something changed meanwhile"), say("Reload the page to see how things are now, then try again.")),
    413: (say("That is too large"), say("Send fewer or smaller files at a time.")),
    422: (say("That cannot be used as it is"), say("Go back, correct it and send it again.")),
    429: (say("Too many attempts"), say("Wait a little, then try again.")),
    500: (
        say("Something broke on our side"),
        say("It has been written to the log. What was confirmed before is kept; try again in a moment."),
    ),
    507: (
        say("The disk is full"),
        say("Free some space and send it again; labels are kept in your browser meanwhile."),
    ),
}


def init_app(app: Flask) -> None:
    """Answer every error in words."""
    app.register_error_handler(AnnotatorError, _known)
    app.register_error_handler(HTTPException, _http)


def _known(error: AnnotatorError) -> tuple[Response, int]:
    status = next((code for kind, code in STATUS.items() if isinstance(error, kind)), 400)
    _ask_who_is_here(status)
    response, status = _answer(status, [translated(problem) for problem in error.problems])
    if isinstance(error, TooManyAttemptsError):
        response.headers["Retry-After"] = str(error.wait_seconds)
    return response, status


def _http(error: HTTPException) -> Response | tuple[Response, int]:
    if error.response is not None or error.code is None or error.code < 400:
        return error.get_response()  # type: ignore[return-value]  # Werkzeug names its own Response
    if isinstance(error, InternalServerError) and isinstance(error.original_exception, OperationalError):
        log.error("the database refused: %s", error.original_exception.orig)
    _ask_who_is_here(error.code)
    return _answer(error.code, [])


def _ask_who_is_here(status: int) -> None:
    """Find out whose language to speak where the error came before the page; not while something is broken."""
    if status < 500:
        current_visit((request.view_args or {}).get("slug"))


def _answer(status: int, problems: list[str]) -> tuple[Response, int]:
    heading, advice = map(translated, WORDS.get(status, WORDS[500 if status >= 500 else 400]))
    if prefers_json():
        return jsonify(status=status, error=heading, problems=problems or [advice]), status
    page = render_template("errors/error.html", heading=heading, advice=advice, problems=problems, status=status)
    return Response(page, mimetype="text/html"), status
