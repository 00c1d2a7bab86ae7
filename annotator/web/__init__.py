"""The web application: Flask and WTForms live here."""

from collections.abc import Callable
from datetime import timedelta
from importlib import import_module

from flask import Flask
from flask_login import LoginManager
from flask_wtf import CSRFProtect

from annotator.config import Settings
from annotator.db.engines import Database
from annotator.services.sessions import SESSION_VALID
from annotator.web import assets, errors, language, security, templating
from annotator.web.keys import secret_key

#: One module per activity, each with a ``blueprint``.
ACTIVITIES = (
    "accounts",
    "invitations",
    "people",
    "background",
    "administration",
    "preferences",
    "projects",
    "datasets",
    "targets",
    "codebook",
    "codebook_drafts",
    "codebook_notes",
    "documents",
    "uploads",
    "labelling",
    "precedents",
    "rounds",
    "search",
    "agreement",
    "monitoring",
    "influence",
    "adjudication",
    "consensus",
    "classifiers",
    "exports",
)
MAX_BODY_BYTES = 2 * 1024 * 1024
MAX_FIELD_BYTES = 1024 * 1024
MAX_FORM_PARTS = 5000


def create_app(settings: Settings, database: Database, *, start_worker: Callable[[], None] | None = None) -> Flask:
    """Make the application.

    ``start_worker`` is called after a request has put a job into the queue; it may be called often.
    """
    app = Flask(__name__, static_folder=None, template_folder=templating.folder())
    app.config.from_mapping(_configuration(settings))
    app.extensions["annotator.settings"] = settings
    app.extensions["annotator.database"] = database
    app.extensions["annotator.start_worker"] = start_worker
    security.init_app(app)
    CSRFProtect(app)
    _init_login(app)
    errors.init_app(app)
    assets.init_app(app)
    templating.init_app(app)
    language.init_app(app)
    for name in ACTIVITIES:
        app.register_blueprint(import_module(f"annotator.web.{name}").blueprint)
    security.check_rules(app)
    return app


def _configuration(settings: Settings) -> dict[str, object]:
    return {
        "SECRET_KEY": secret_key(settings.key_file),
        "SESSION_COOKIE_NAME": "__Host-annotator" if settings.behind_tls else "annotator",
        "SESSION_COOKIE_SECURE": settings.behind_tls,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "PERMANENT_SESSION_LIFETIME": timedelta(seconds=SESSION_VALID.total_seconds()),
        # The row in the database ends a session; signing the cookie anew on every answer would gain nothing.
        "SESSION_REFRESH_EACH_REQUEST": False,
        "WTF_CSRF_TIME_LIMIT": None,
        # security.py compares Sec-Fetch-Site and Origin; a browser may well keep the Referer to itself.
        "WTF_CSRF_SSL_STRICT": False,
        # Uploads are allowed more by their own rule.
        "MAX_CONTENT_LENGTH": MAX_BODY_BYTES,
        "MAX_FORM_MEMORY_SIZE": MAX_FIELD_BYTES,
        "MAX_FORM_PARTS": MAX_FORM_PARTS,
    }


def _init_login(app: Flask) -> None:
    # Without init_app: its hook for "remember me" cookies, which are not used, would touch the session on every
    # answer, static files included.
    manager = LoginManager()
    app.login_manager = manager  # type: ignore[attr-defined]  # where Flask-Login looks
    # Its fingerprint of address and browser signs people out on the train and stops no thief.
    manager.session_protection = None
    manager.user_loader(security.user_of_cookie)
    manager.unauthorized_handler(security.ask_to_sign_in)
