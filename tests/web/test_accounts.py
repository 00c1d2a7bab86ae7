"""Getting in and out."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from annotator.db import Event, SignInLink, User, UserSession
from annotator.db.base import now
from annotator.services import passwords
from annotator.web.browsers import name_browser

GOOD, OTHER = "correct horse battery staple", "four other words entirely"


@pytest.fixture(scope="session")
def kept():
    return passwords.hash_password(GOOD)


@pytest.fixture
def with_password(site, kept):
    """Give everybody the same password."""
    with site.database.transaction() as session:
        session.execute(update(User).values(password_hash=kept))


def sign_in(site, client, name="reader", password=GOOD, **more):
    return site.send(client, "/sign-in", name=name, password=password, **more)


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


# With a password


def test_name_and_password_sign_in(site, with_password):
    client = site.visitor(None)
    answer = sign_in(site, client, name=" reader ")
    assert answer.headers["Location"] == "/"
    assert client.get("/").headers["Location"] == "/projects/study"
    assert client.get("/sign-in").headers["Location"] == "/projects"


def test_wrong_password_unknown_name_and_no_password_get_the_same_page(site, with_password):
    with site.database.transaction() as session:
        session.execute(update(User).where(User.name == "annotator").values(password_hash=None))
    answers = [
        sign_in(site, site.visitor(None), name=name, password=OTHER) for name in ("reader", "nobody", "annotator")
    ]
    assert {answer.status_code for answer in answers} == {422}
    pages = {re.sub(r'(value|content)="[^"]*"', "", answer.text) for answer in answers}
    assert len(pages) == 1
    assert "Name and password do not belong together." in pages.pop()


def test_the_password_is_not_in_the_page_that_refuses_it(site, with_password):
    assert OTHER not in sign_in(site, site.visitor(None), password=OTHER).text


def test_the_eleventh_attempt_is_told_to_wait(site, with_password):
    client = site.visitor(None)
    for _ in range(10):
        assert sign_in(site, client, password=OTHER).status_code == 422
    refused = sign_in(site, client)
    assert refused.status_code == 429
    assert 0 < int(refused.headers["Retry-After"]) <= 301
    assert "wait 5 min" in refused.text
    elsewhere = site.app.test_client()
    data = {"csrf_token": site.token(elsewhere), "name": "outsider", "password": GOOD}
    there = elsewhere.post("/sign-in", data=data, environ_base={"REMOTE_ADDR": "192.0.2.7"})
    assert there.status_code == 302


def test_signing_in_by_password_leaves_the_session_one_came_with(site, owner, with_password):
    kept = cookie(owner)
    sign_in(site, owner)
    thief = site.app.test_client()
    thief.set_cookie("annotator", kept)
    assert thief.get("/projects").status_code == 302
    assert cookie(owner) != kept


def test_sessions_say_how_they_began_only_in_the_log(site, with_password):
    sign_in(site, site.visitor(None))
    sign_in(site, site.visitor(None), password=OTHER)
    with site.database.reading() as session:
        log = [
            (event.kind, event.details) for event in session.scalars(select(Event).order_by(Event.id.desc()).limit(2))
        ]
    assert log == [("sign-in-failed", {}), ("signed-in", {"with": "password"})]


# One's own account


def test_where_one_is_signed_in_is_listed_and_nobody_elses(site):
    first, second, _other = site.visitor("reader"), site.visitor("reader"), site.visitor("owner")
    page = first.get("/account").text
    assert page.count("last active") == 2
    assert "this one" in page
    answer = site.send(first, "/account/sign-out-elsewhere")
    assert answer.headers["Location"] == "/account"
    assert second.get("/account").headers["Location"] == "/sign-in"
    assert first.get("/account").text.count("last active") == 1
    assert _other.get("/account").status_code == 200


def test_a_first_password_is_chosen_without_another_and_changed_only_with_it(site):
    client = site.visitor("reader")
    assert "Present password" not in client.get("/account").text
    answer = site.send(client, "/account/password", new=GOOD, again=GOOD)
    assert answer.headers["Location"] == "/account"
    assert "Present password" in client.get("/account").text
    wrong = site.send(client, "/account/password", present=OTHER, new=OTHER, again=OTHER)
    assert wrong.status_code == 422
    assert "This is not your present password." in wrong.text
    assert sign_in(site, site.visitor(None)).status_code == 302


def test_changing_the_password_signs_out_everywhere_else(site, with_password):
    here, there, other = site.visitor("reader"), site.visitor("reader"), site.visitor("owner")
    site.send(here, "/account/password", present=GOOD, new=OTHER, again=OTHER)
    assert [client.get("/account").status_code for client in (here, there, other)] == [200, 302, 200]
    assert sign_in(site, site.visitor(None)).status_code == 422
    assert sign_in(site, site.visitor(None), password=OTHER).status_code == 302


@pytest.mark.parametrize(
    ("new", "again", "words"),
    [
        ("short", "short", "10 to 200"),
        (GOOD, OTHER, "do not match"),
        ("", "", "Give a new"),
        ("reader reader", "reader reader", "first that"),
    ],
)
def test_a_password_that_cannot_be_is_refused_with_the_reason(site, new, again, words):
    answer = site.send(site.visitor("reader"), "/account/password", new=new, again=again)
    assert answer.status_code == 422
    assert words in answer.text


def test_what_is_sent_from_a_browser_is_when_it_was_last_active_and_looking_writes_nothing(site):
    client = site.visitor("reader")
    long_ago = now() - timedelta(hours=2)
    with site.database.transaction() as session:
        session.execute(update(UserSession).values(seen_at=long_ago))
    client.get("/account")
    assert sessions(site, UserSession.seen_at > long_ago) == 0
    site.send(client, "/preferences", language="")
    assert sessions(site, UserSession.seen_at > now() - timedelta(minutes=1)) == 1


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox, Linux"),
        (
            "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 (KHTML) Chrome/140.0 Safari/537.36 Edg/140.0",
            "Edge, Windows",
        ),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Safari/604.1", "Safari, iPhone"),
        ("Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 Chrome/140.0 Mobile Safari/537.36", "Chrome, Android"),
        ("curl/8.5", None),
        (None, None),
    ],
)
def test_a_browser_is_known_roughly(agent, name):
    assert name_browser(agent) == name
