"""What people and programs are told when something goes wrong."""

import logging

from flask import Flask, Response, jsonify, render_template
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import HTTPException, InternalServerError

from annotator.errors import (
    AnnotatorError,
    ConflictError,
    InvalidInputError,
    NotAllowedError,
    NotFoundError,
    StorageFullError,
)
from annotator.web.language import translated
from annotator.web.security import prefers_json

log = logging.getLogger(__name__)

STATUS: dict[type[AnnotatorError], int] = {
    InvalidInputError: 422,
    NotFoundError: 404,
    NotAllowedError: 403,
    ConflictError: 409,
    StorageFullError: 507,
}
#: Heading and, where the error brings no sentence of its own, what to do.
WORDS = {
    400: ("That request could not be read", "Go back, reload the page and try again."),
    401: ("You are not signed in", "Open your sign-in link, or make one with “annotator user link NAME”."),
    403: ("That is not yours to do", "Ask an owner of the project."),
    404: ("There is nothing here", "Check the address, or start again from your projects."),
    405: ("That does not work here", "Go back and use the buttons of the page."),
    409: ("Something changed meanwhile", "Reload the page to see how things are now, then try again."),
    413: ("That is too large", "Send fewer or smaller files at a time."),
    422: ("That cannot be used as it is", "Go back, correct it and send it again."),
    500: (
        "Something broke on our side",
        "It has been written to the log. What was confirmed before is kept; try again in a moment.",
    ),
    507: ("The disk is full", "Free some space and send it again; labels are kept in your browser meanwhile."),
}


def init_app(app: Flask) -> None:
    """Answer every error in words."""
    app.register_error_handler(AnnotatorError, _known)
    app.register_error_handler(HTTPException, _http)


def _known(error: AnnotatorError) -> tuple[Response, int]:
    status = next((code for kind, code in STATUS.items() if isinstance(error, kind)), 400)
    return _answer(status, [translated(problem) for problem in error.problems])


def _http(error: HTTPException) -> Response | tuple[Response, int]:
    if error.response is not None or error.code is None or error.code < 400:
        return error.get_response()  # type: ignore[return-value]  # Werkzeug names its own Response
    if isinstance(error, InternalServerError) and isinstance(error.original_exception, OperationalError):
        log.error("the database refused: %s", error.original_exception.orig)
    return _answer(error.code, [])


def _answer(status: int, problems: list[str]) -> tuple[Response, int]:
    heading, advice = WORDS.get(status, WORDS[500 if status >= 500 else 400])
    if prefers_json():
        return jsonify(status=status, error=heading, problems=problems or [advice]), status
    page = render_template("errors/error.html", heading=heading, advice=advice, problems=problems, status=status)
    return Response(page, mimetype="text/html"), status
