"""Following an invitation: signed in, as a new person, with an account that is elsewhere, and too late."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from annotator.db import Invitation, Membership, Project, User, UserSession
from annotator.db.base import now
from annotator.services import background, invitations, passwords
from annotator.services.accounts import find_user
from annotator.services.projects import find_project

GOOD = "correct horse battery staple"


def invite(site, **given):
    with site.database.transaction() as session:
        study, owner = find_project(session, "study"), find_user(session, "owner")
        return "/join/" + invitations.invite(session, study, owner, **{"role": "annotator", **given})


def role_of(site, name):
    with site.database.reading() as session:
        return session.scalar(
            select(Membership.role)
            .join(User, User.id == Membership.user_id)
            .join(Project, Project.id == Membership.project_id)
            .where(User.name == name, Project.slug == "study")
        )


def uses(site):
    with site.database.reading() as session:
        return session.scalars(select(Invitation.uses)).one()


def test_opening_it_says_what_it_is_for_and_uses_nothing_up(site):
    link = invite(site)
    for client in (site.visitor(None), site.visitor("outsider")):
        page = client.get(link)
        assert (page.status_code, "Study" in page.text, "annotator" in page.text) == (200, True, True)
    assert (uses(site), role_of(site, "outsider")) == (0, None)


def test_who_is_signed_in_joins_with_their_account(site):
    link, client = invite(site, role="adjudicator"), site.visitor("outsider")
    assert "Join as outsider" in client.get(link).text
    assert client.get("/projects/study/documents").status_code == 404
    assert site.send(client, link).headers["Location"] == "/projects/study"
    assert role_of(site, "outsider") == "adjudicator"
    page = client.get("/projects/study/documents")
    assert (page.status_code, "Welcome: you have joined." in page.text) == (200, True)


def test_who_is_new_joins_with_a_password_and_signs_in_with_it(site):
    link, client = invite(site), site.visitor(None)
    assert "Without a password you stay signed in" in client.get(link).text
    answer = site.send(client, link, name="Nina", password=GOOD, again=GOOD)
    assert answer.headers["Location"] == "/projects/study"
    assert client.get("/projects/study/documents").status_code == 200
    site.send(client, "/sign-out")
    assert client.get("/projects").status_code == 302
    site.send(client, "/sign-in", name="Nina", password=GOOD)
    assert client.get("/projects/study/documents").status_code == 200


def test_who_is_new_may_do_without_a_password(site):
    client = site.visitor(None)
    site.send(client, invite(site, role="reader"), name="Nina")
    assert role_of(site, "Nina") == "reader"
    assert site.visitor("Nina").get("/projects/study/documents").status_code == 200


def test_who_joins_gets_a_session_of_their_own(site):
    client = site.visitor("outsider")
    planted = client.get_cookie("annotator").value
    other = site.app.test_client()
    other.set_cookie("annotator", planted)
    site.send(other, "/sign-out")
    answer = site.send(other, invite(site), name="Nina")
    header = answer.headers["Set-Cookie"]
    assert {"HttpOnly", "SameSite=Lax", "Path=/"} <= set(header.split("; "))
    assert other.get_cookie("annotator").value != planted
    assert client.get("/projects").headers["Location"] == "/sign-in"
    with site.database.reading() as session:
        kept = session.scalars(select(UserSession.secret_hash)).all()
    assert not [one for one in kept if one in header]


def test_who_has_an_account_signs_in_first_and_is_led_back(site):
    with site.database.transaction() as session:
        find_user(session, "outsider").password_hash = passwords.hash_password(GOOD)
    link, client = invite(site), site.visitor(None)
    secret = re.search(r'name="invitation"[^>]*value="([^"]+)"', client.get(link).text)
    assert secret
    answer = site.send(client, "/sign-in", name="outsider", password=GOOD, invitation=secret[1])
    assert answer.headers["Location"] == link
    assert "Join as outsider" in client.get(link).text


@pytest.mark.parametrize("invitation", ["//evil.example", "https://evil.example", "../projects", "\\evil.example"])
def test_nobody_is_led_elsewhere_than_to_an_invitation(site, invitation):
    with site.database.transaction() as session:
        find_user(session, "outsider").password_hash = passwords.hash_password(GOOD)
    answer = site.send(site.visitor(None), "/sign-in", name="outsider", password=GOOD, invitation=invitation)
    assert (answer.status_code, answer.headers.get("Location")) == (422, None)


def test_a_link_followed_twice_by_the_same_person_leads_to_the_project(site):
    link, client = invite(site), site.visitor(None)
    site.send(client, link, name="Nina")
    for answer in (client.get(link), site.send(client, link)):
        assert answer.headers["Location"] == "/projects/study"
    assert "You belong to this project already" in client.get("/projects/study/documents").text
    assert uses(site) == 1


def test_a_link_that_is_used_old_withdrawn_or_invented_says_so_in_a_sentence(site):
    used, old, withdrawn = (invite(site, note=note) for note in ("used", "old", "withdrawn"))
    site.send(site.visitor("outsider"), used)
    with site.database.transaction() as session:
        session.execute(update(Invitation).where(Invitation.note == "old").values(expires_at=now() - timedelta(1)))
        session.execute(update(Invitation).where(Invitation.note == "withdrawn").values(revoked_at=now()))
    words = {
        used: "has been used",
        old: "older than 14 days",
        withdrawn: "was withdrawn",
        "/join/x": "no such invitation",
    }
    for link, sentence in words.items():
        for client in (site.visitor(None), site.visitor("administrator")):
            for answer in (client.get(link), site.send(client, link, name="Nina")):
                assert (answer.status_code, sentence in answer.text) == (404, True), (link, answer.text)
    assert role_of(site, "Nina") is None


@pytest.mark.parametrize(
    ("fields", "status", "words"),
    [
        ({"name": "Owner"}, 409, "There is a user named “Owner” already"),
        ({"name": ""}, 422, "Choose a name."),
        ({"name": "Ni\u202ena", "password": GOOD, "again": GOOD}, 422, "only characters that can be seen"),
        ({"name": "Nina", "password": "short", "again": "short"}, 422, "10 to 200 characters"),
        ({"name": "Nina", "password": GOOD, "again": ""}, 422, "The two do not match."),
    ],
)
def test_what_cannot_be_is_said_beside_its_field_and_the_link_stays(site, fields, status, words):
    link, client = invite(site), site.visitor(None)
    answer = site.send(client, link, **fields)
    assert (answer.status_code, words in answer.text) == (status, True)
    assert GOOD not in answer.text
    assert site.send(client, link, name="Nina").status_code == 302


def test_an_annotator_is_asked_about_themselves_first_where_the_project_asks(site):
    with site.database.transaction() as session:
        study, owner = find_project(session, "study"), find_user(session, "owner")
        background.add_question(session, study, owner, text="Age band", options=["young", "old"])
    new, reader = site.visitor(None), site.visitor("outsider")
    assert site.send(new, invite(site), name="Nina").headers["Location"] == "/projects/study/background"
    assert site.send(reader, invite(site, role="reader")).headers["Location"] == "/projects/study"


def test_the_second_click_of_two_leads_into_the_project_too(site, monkeypatch):
    link, client = invite(site), site.visitor("outsider")
    site.send(client, link)
    joined, asked = invitations.joined_already, []
    # When the second came, the first was not through.
    monkeypatch.setattr(invitations, "joined_already", lambda *given: joined(*given) if asked else asked.append(1))
    assert site.send(client, link).headers["Location"] == "/projects/study"
    assert (uses(site), role_of(site, "outsider")) == (1, "annotator")
