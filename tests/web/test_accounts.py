"""Getting in and out."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from annotator.db import SignInLink, UserSession
from annotator.db.base import now


def cookie(client):
    return client.get_cookie("annotator").value


def sessions(site, *conditions):
    with site.database.reading() as session:
        return session.scalar(select(func.count()).select_from(UserSession).where(*conditions))


def test_opening_a_link_does_not_use_it_up(site):
    link, client = site.link("owner"), site.visitor(None)
    for _ in range(2):
        assert "Sign in as owner" in client.get(link).text
    assert sessions(site) == 0


def test_the_button_signs_in_and_leads_to_the_only_project(site):
    link, client = site.link("owner"), site.visitor(None)
    answer = site.send(client, link)
    assert answer.headers["Location"] == "/"
    assert client.get("/").headers["Location"] == "/projects/study"
    assert "owner" in client.get("/projects").text


def test_a_link_works_once(site):
    link = site.link("owner")
    assert site.send(site.visitor(None), link).status_code == 302
    again = site.send(site.visitor(None), link)
    assert again.status_code == 404
    assert "annotator user link" in again.text


def test_an_old_link_says_how_to_get_a_new_one(site):
    link = site.link("owner")
    with site.database.transaction() as session:
        session.execute(update(SignInLink).values(expires_at=now() - timedelta(minutes=1)))
    answer = site.visitor(None).get(link)
    assert answer.status_code == 404
    assert "annotator user link NAME" in answer.text


def test_a_session_planted_in_the_browser_is_worth_nothing_after_signing_in(site):
    victim = site.visitor("outsider")
    planted, with_token = cookie(victim), site.token(victim)
    site.send(victim, site.link("owner"))
    assert cookie(victim) != planted
    attacker = site.app.test_client()
    attacker.set_cookie("annotator", planted)
    assert attacker.get("/projects").status_code == 302
    assert site.token(victim) != with_token


def test_signing_out_ends_the_session_on_the_server(site, owner):
    kept = cookie(owner)
    assert site.send(owner, "/sign-out").headers["Location"] == "/sign-in"
    thief = site.app.test_client()
    thief.set_cookie("annotator", kept)
    assert thief.get("/projects").headers["Location"] == "/sign-in"


@pytest.mark.parametrize("change", ["revoked_at", "expires_at"])
def test_a_session_that_was_ended_by_its_row_is_over_at_once(site, owner, change):
    assert owner.get("/projects").status_code == 200
    with site.database.transaction() as session:
        session.execute(update(UserSession).values({change: now() - timedelta(seconds=1)}))
    assert owner.get("/projects").headers["Location"] == "/sign-in"


def test_a_disabled_person_is_out_at_once(site, owner):
    from annotator.db import User

    with site.database.transaction() as session:
        session.execute(update(User).values(disabled_at=now()))
    assert owner.get("/projects").status_code == 302


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(site):
    link, client = site.link("owner"), site.visitor(None)
    header = site.send(client, link).headers["Set-Cookie"]
    assert header.startswith("annotator=")
    assert {"HttpOnly", "SameSite=Lax", "Path=/"} <= set(header.split("; "))


def test_behind_tls_the_cookie_is_bound_to_the_host(site):
    from dataclasses import replace

    from annotator.web import create_app

    app = create_app(replace(site.settings, behind_tls=True), site.database)
    answer = app.test_client().get("/sign-in", headers={"X-Forwarded-Proto": "https"})
    header = answer.headers["Set-Cookie"]
    assert header.startswith("__Host-annotator=")
    assert {"Secure", "HttpOnly", "Path=/"} <= set(header.split("; "))
    assert "Domain" not in header


def test_the_sign_in_page_says_how_to_get_a_link(site):
    assert "annotator user link NAME" in site.visitor(None).get("/sign-in").text
