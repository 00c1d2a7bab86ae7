"""Who may open which page: every route states a rule, and one query answers it.

Use ``public_route``, ``user_route``, ``administrator_route`` or ``project_route`` instead of ``blueprint.route``;
an application with a route that states no rule does not start.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import wraps
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, Flask, Response, abort, current_app, g, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from werkzeug.middleware.proxy_fix import ProxyFix

from annotator.db import Project, User
from annotator.errors import NotAllowedError, NotFoundError
from annotator.services import sessions
from annotator.services.entering import Visit, find_visit
from annotator.services.policy import Policy
from annotator.web.database import SAFE_METHODS, close_reader, reading, settings, transaction
from annotator.words import say

View = Callable[..., ResponseReturnValue]
Decorator = Callable[[View], View]

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "font-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    # Not "no-referrer": browsers would then send "Origin: null" with our own forms.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}
PERMISSIONS = frozenset(name for name in dir(Policy) if name.startswith("can_"))


@dataclass(frozen=True, slots=True)
class Rule:
    """What a route asks of its visitor; an upload may be as large as the setting allows."""

    audience: str
    permission: str | None = None
    is_upload: bool = False


@dataclass(frozen=True, slots=True)
class Access:
    """Who is here, in which project, with which rights: the first argument of every project view.

    Both records are detached: read them, and fetch them again by id in the transaction that changes them.
    """

    user: User
    project: Project
    policy: Policy


def public_route(blueprint: Blueprint, rule: str, *, methods: Sequence[str] = ("GET",)) -> Decorator:
    """Register a view that anyone may open."""

    def register(view: View) -> View:
        return _register(blueprint, rule, view, methods, Rule("public"))

    return register


def user_route(
    blueprint: Blueprint, rule: str, *, methods: Sequence[str] = ("GET",), is_upload: bool = False
) -> Decorator:
    """Register a view for everyone who is signed in; it gets the ``User`` first."""

    def register(view: View) -> View:
        @wraps(view)
        def guarded(**arguments: Any) -> ResponseReturnValue:
            visit = _arrive()
            return ask_to_sign_in() if visit is None else view(visit.user, **arguments)

        return _register(blueprint, rule, guarded, methods, Rule("user", is_upload=is_upload))

    return register


def administrator_route(blueprint: Blueprint, rule: str, *, methods: Sequence[str] = ("GET",)) -> Decorator:
    """Register a view for those who run the server; it gets the ``User`` first. To others there is no such page."""

    def register(view: View) -> View:
        @wraps(view)
        def guarded(**arguments: Any) -> ResponseReturnValue:
            visit = _arrive()
            if visit is None:
                return ask_to_sign_in()
            if not visit.user.is_administrator:
                abort(404)
            return view(visit.user, **arguments)

        return _register(blueprint, rule, guarded, methods, Rule("administrator"))

    return register


def project_route(
    blueprint: Blueprint,
    rule: str,
    *,
    permission: str,
    methods: Sequence[str] = ("GET",),
    is_upload: bool = False,
    otherwise: Callable[..., ResponseReturnValue | None] | None = None,
) -> Decorator:
    """Register a view under ``/projects/<slug>`` for those whose policy grants ``permission``.

    The view gets an ``Access`` first. Outsiders get 404, members without the right 403; before either, ``otherwise``
    is asked for an answer, which must be sure itself that the person is owed one.
    """
    if permission not in PERMISSIONS:
        raise ValueError(f"the policy knows no {permission}")

    def register(view: View) -> View:
        @wraps(view)
        def guarded(slug: str, **arguments: Any) -> ResponseReturnValue:
            visit = _arrive(slug)
            if visit is None:
                return ask_to_sign_in()
            if otherwise is not None and visit.project is not None and not getattr(visit.policy, permission):
                answer = otherwise(Access(visit.user, visit.project, visit.policy), **arguments)
                if answer is not None:
                    return answer
            g.access = enter(visit, permission)
            return view(g.access, **arguments)

        stated = Rule("project", permission, is_upload)
        return _register(blueprint, f"/projects/<slug>{rule}", guarded, methods, stated)

    return register


def enter(visit: Visit, permission: str) -> Access:
    """Let a visitor into the project.

    Raises
    ------
    NotFoundError
        If there is no such project or the person does not belong to it: the answers do not differ.
    NotAllowedError
        If the person belongs to it without this right.
    """
    if visit.project is None or not visit.policy.can_view:
        raise NotFoundError(say("There is no such project, or you have not been invited to it."))
    if not getattr(visit.policy, permission):
        raise NotAllowedError(
            say(
                "Your role in “{project}” ({role}) does not include this; ask its owner.",
                project=visit.project.name,
                role=visit.policy.role,
            )
        )
    return Access(user=visit.user, project=visit.project, policy=visit.policy)


def masked_for(access: Access) -> frozenset[str]:
    """Return what this person is not to see: masks are for those who label, not for those who set them."""
    return frozenset() if access.policy.can_import else frozenset(access.project.masked)


def current_visit(slug: str | None = None) -> Visit | None:
    """Return who is signed in and what they may do in this project, asking the database once."""
    if "visit" not in g:
        secret = session_secret()
        if secret is None:
            g.visit = None
        else:
            with reading() as records:
                g.visit = find_visit(records, secret, slug=slug)
    found: Visit | None = g.visit
    return found


def session_secret() -> str | None:
    """Return the secret of the session this browser is signed in with, whether it still counts or not."""
    found: str | None = session.get("_user_id")
    return found


def _arrive(slug: str | None = None) -> Visit | None:
    """Return who comes; who sends something is noted to be here, every few minutes and before the view begins."""
    visit = current_visit(slug)
    if visit is not None and request.method not in SAFE_METHODS and sessions.is_presence_due(visit.seen_at):
        with transaction() as records:
            sessions.note_presence(records, visit.session_id)
    return visit


def user_of_cookie(_secret: str) -> User | None:
    """Return who is signed in, for Flask-Login."""
    visit = current_visit((request.view_args or {}).get("slug"))
    return visit.user if visit else None


def ask_to_sign_in() -> ResponseReturnValue:
    """Send a person to the sign-in page; tell a program that it is not signed in."""
    if request.method not in SAFE_METHODS or prefers_json():
        abort(401)
    return redirect(url_for("accounts.sign_in"))


def prefers_json() -> bool:
    """Tell whether the answer is for a program: it sent JSON, or would rather have JSON than a page."""
    accepted = request.accept_mimetypes
    return request.is_json or accepted["application/json"] > accepted["text/html"]


def init_app(app: Flask) -> None:
    """Check where unsafe requests come from and send the protecting headers with every answer."""
    if app.extensions["annotator.settings"].behind_tls:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=1, x_proto=1, x_host=1)  # type: ignore[method-assign]
    app.before_request(_allow_upload)
    app.before_request(_refuse_other_sites)
    app.after_request(_protect)
    app.teardown_request(close_reader)


def check_rules(app: Flask) -> None:
    """Refuse to start with a route that states no rule.

    Raises
    ------
    ValueError
        If there is one.
    """
    without = [name for name, view in app.view_functions.items() if not hasattr(view, "rule")]
    if without:
        raise ValueError(f"no rule says who may open {', '.join(without)}")


def _register(blueprint: Blueprint, rule: str, view: View, methods: Sequence[str], stated: Rule) -> View:
    view.rule = stated  # type: ignore[attr-defined]
    blueprint.add_url_rule(rule, view_func=view, methods=list(methods))
    return view


def _allow_upload() -> None:
    rule: Rule | None = getattr(current_app.view_functions.get(request.endpoint or ""), "rule", None)
    if rule is not None and rule.is_upload:
        request.max_content_length = settings().max_upload_bytes


def _refuse_other_sites() -> None:
    """Refuse a form or script on somebody else's page; the CSRF token is the second lock."""
    if request.method in SAFE_METHODS:
        return
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        is_ours = site in {"same-origin", "none"}
    else:
        # Browsers leave Sec-Fetch-Site out on plain HTTP; programs leave out both.
        origin = request.headers.get("Origin")
        is_ours = origin is None or urlsplit(origin).netloc == request.host
    if not is_ours:
        raise NotAllowedError(say("This was sent from a page of another site, so nothing was done."))


def _protect(response: Response) -> Response:
    # What a page may load is said by the page; said again with each of its scripts and styles it would weigh 6 kB.
    is_part = response.mimetype in ("text/javascript", "text/css")
    for name, value in HEADERS.items():
        if not is_part or name == "X-Content-Type-Options":
            response.headers.setdefault(name, value)
    response.headers.setdefault("Cache-Control", "no-store")
    return response
