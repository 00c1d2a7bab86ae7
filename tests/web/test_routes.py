"""Role by route over the whole site: a route that states no rule, or grants more than it says, fails here."""

import re
from collections.abc import Iterator

import pytest
from flask import Blueprint
from werkzeug.routing import Rule

from annotator.services.policy import Policy
from annotator.web import create_app
from annotator.web.security import HEADERS
from annotator.web.security import Rule as Stated

UNSAFE = {"POST", "PUT", "PATCH", "DELETE"}
ROLES = ("owner", "adjudicator", "annotator", "reader")
OWN = "/projects/study"


def routes(site, audience: str) -> list[tuple[str, str, Stated]]:
    """Return method, path and rule of every route for this audience."""
    found = []
    for rule in site.app.url_map.iter_rules():
        stated = site.app.view_functions[rule.endpoint].rule
        if stated.audience == audience:
            found += [(method, path(rule), stated) for method in sorted(rule.methods - {"HEAD", "OPTIONS"})]
    return found


def path(rule: Rule) -> str:
    """Return an address of the rule, in the project "Study" and otherwise of things that do not exist."""
    values = {name: 1 if "Integer" in type(part).__name__ else "nix" for name, part in rule._converters.items()}
    _, built = rule.build({**values, **({"slug": "study"} if "slug" in values else {})}, append_unknown=False)
    return built


def without_token(page: str) -> str:
    return re.sub(r'value="[\w.-]+"|content="[\w.-]+"', "", page)


def call(site, client, method: str, address: str, **headers: str):
    data = {"csrf_token": site.token(client)} if method in UNSAFE else None
    return client.open(address, method=method, data=data, headers=headers)


def test_a_route_without_a_rule_keeps_the_application_from_starting(site, monkeypatch):
    blueprint = Blueprint("careless", __name__)
    blueprint.add_url_rule("/careless", view_func=lambda: "everybody", endpoint="view")
    monkeypatch.setattr("annotator.web.accounts.blueprint", blueprint)
    with pytest.raises(ValueError, match=r"careless\.view"):
        create_app(site.settings, site.database)


def test_the_walk_finds_the_routes(site):
    assert len(routes(site, "project")) >= 10
    assert {stated.audience for stated in (view.rule for view in site.app.view_functions.values())} == {
        "public",
        "user",
        "administrator",
        "project",
    }


def test_an_outsider_finds_no_project_at_all(site):
    outsider = site.visitor("outsider")
    for method, address, _ in routes(site, "project"):
        here = call(site, outsider, method, address)
        nowhere = call(site, outsider, method, address.replace(OWN, "/projects/no"))
        assert (here.status_code, address) == (404, address)
        assert without_token(here.text) == without_token(nowhere.text)


def wrongly_let(site, role: str) -> Iterator[str]:
    """Yield the routes that refuse a member what their role includes, let them do what it does not, or break."""
    client = site.visitor(role)
    policy = Policy(user_id=0, role=role)
    for method, address, stated in routes(site, "project"):
        answer = call(site, client, method, address)
        if (answer.status_code == 403) == getattr(policy, stated.permission) or answer.status_code >= 500:
            yield f"{method} {address}: {answer.status_code}"


@pytest.mark.parametrize("role", ROLES)
def test_members_are_refused_exactly_what_their_role_does_not_include(site, role: str):
    assert list(wrongly_let(site, role)) == []


@pytest.mark.parametrize(("endpoint", "method"), [("exports.list_exports", "GET"), ("exports.request_export", "POST")])
def test_a_route_that_lets_everybody_in_would_be_seen(site, endpoint: str, method: str):
    """The negative control: a view without its guard."""

    def careless(**_):
        return "everybody"

    careless.rule = site.app.view_functions[endpoint].rule
    site.app.view_functions[endpoint] = careless
    assert list(wrongly_let(site, "annotator")) == [f"{method} {OWN}/exports: 200"]


@pytest.mark.parametrize("name", ["owner", "outsider"])
def test_who_does_not_run_the_server_finds_no_page_about_everybody(site, name: str):
    client = site.visitor(name)
    assert len(routes(site, "administrator")) >= 5
    for method, address, _ in routes(site, "administrator"):
        here, nowhere = call(site, client, method, address), call(site, client, method, "/nowhere")
        assert here.status_code == 404, address
        if method == "GET":
            assert without_token(here.text) == without_token(nowhere.text)


def test_who_runs_the_server_finds_them_and_no_project(site):
    client = site.visitor("administrator")
    assert client.get("/people").status_code == 200
    assert client.get(f"{OWN}/documents").status_code == 404


def test_whoever_is_signed_out_is_sent_to_the_sign_in_page(site):
    client = site.visitor(None)
    for method, address, _ in routes(site, "project") + routes(site, "user") + routes(site, "administrator"):
        answer = call(site, client, method, address)
        if method == "GET":
            assert (answer.status_code, answer.headers.get("Location")) == (302, "/sign-in"), address
        else:
            assert answer.status_code == 401, address


def test_programs_are_told_that_they_are_not_signed_in(site):
    client = site.visitor(None)
    for method, address, _ in routes(site, "project") + routes(site, "user") + routes(site, "administrator"):
        answer = call(site, client, method, address, Accept="application/json")
        assert answer.status_code == 401, address
        assert answer.json["problems"]


def test_no_unsafe_route_works_without_the_token(site, owner):
    unsafe = [
        (method, address)
        for audience in ("public", "user", "administrator", "project")
        for method, address, _ in routes(site, audience)
        if method in UNSAFE
    ]
    assert unsafe
    for method, address in unsafe:
        assert owner.open(address, method=method).status_code == 400, address


def test_every_answer_carries_the_protecting_headers(site, owner):
    for audience in ("public", "user", "administrator", "project"):
        for _, address, _ in [route for route in routes(site, audience) if route[0] == "GET"]:
            answer = owner.get(address)
            # What a page may load is said by the page; its styles and scripts only keep to their own type.
            is_part = answer.mimetype in ("text/css", "text/javascript")
            wanted = {"X-Content-Type-Options": "nosniff"} if is_part else HEADERS
            assert {name: answer.headers.get(name) for name in wanted} == wanted, address
            kept = answer.headers["Cache-Control"]
            may_be_kept = (
                answer.mimetype == "text/css" or address.startswith("/static/") or address.endswith("/meanings")
            )
            assert kept == "no-store" or may_be_kept, address
