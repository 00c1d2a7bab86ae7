"""Everybody on the server, for who runs it."""

import re

import pytest

from annotator.services.accounts import find_user


@pytest.fixture
def administrator(site):
    return site.visitor("administrator")


def at(site, name, action):
    with site.database.reading() as session:
        return f"/people/{find_user(session, name).uuid}/{action}"


def test_everybody_is_listed_and_the_page_is_found_from_ones_own(site, administrator):
    page = administrator.get("/people").text
    assert all(f">{name}</bdi>" in page for name in ("administrator", "owner", "reader", "outsider"))
    assert 'href="/people"' in administrator.get("/account").text
    assert 'href="/people"' not in site.visitor("owner").get("/account").text


def test_a_link_is_shown_once_and_lets_in(site, administrator):
    page = site.send(administrator, at(site, "reader", "link")).text
    link = re.search(r'readonly value="http://localhost(/sign-in/[^"]+)"', page)
    assert link
    assert link[1] not in administrator.get("/people").text
    client = site.visitor(None)
    site.send(client, link[1])
    assert client.get("/projects/study/documents").status_code == 200


def test_who_is_disabled_is_out_at_once_until_enabled(site, administrator):
    client, disable, enable = site.visitor("reader"), at(site, "reader", "disable"), at(site, "reader", "enable")
    site.send(administrator, disable)
    assert client.get("/projects").headers["Location"] == "/sign-in"
    site.send(administrator, enable)
    assert client.get("/projects").headers["Location"] == "/sign-in"
    assert site.visitor("reader").get("/projects").status_code == 200


def test_administrators_are_made_and_withdrawn_and_it_counts_at_once(site, administrator):
    client = site.visitor("owner")
    assert client.get("/people").status_code == 404
    site.send(administrator, at(site, "owner", "make-administrator"))
    assert client.get("/people").status_code == 200
    answer = site.send(administrator, at(site, "administrator", "withdraw-administrator"))
    assert answer.headers["Location"] == "/account"
    assert administrator.get("/people").status_code == 404
    last = site.send(client, at(site, "owner", "withdraw-administrator"))
    assert (last.status_code, "only administrator" in last.text) == (409, True)


def test_nobody_disables_themselves(site, administrator):
    answer = site.send(administrator, at(site, "administrator", "disable"))
    assert (answer.status_code, "cannot disable yourself" in answer.text) == (409, True)


@pytest.mark.parametrize("action", ["link", "disable", "enable", "make-administrator", "withdraw-administrator"])
@pytest.mark.parametrize("name", ["owner", "outsider"])
def test_others_change_nobody(site, name, action):
    path = at(site, "reader", action)
    client = site.visitor("reader")
    assert site.send(site.visitor(name), path).status_code == 404
    assert client.get("/projects").status_code == 200


def test_who_is_gone_is_not_found(site, administrator):
    assert site.send(administrator, "/people/nix/disable").status_code == 404
