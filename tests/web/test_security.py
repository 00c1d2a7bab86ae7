"""Where requests may come from, and what they may do."""

import pytest

from annotator.web.database import transaction
from web.conftest import PACE


def settings_form(site, client):
    return {"csrf_token": site.token(client), "suggestion_timing": "never", "control_percent": "10", **PACE}


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Sec-Fetch-Site": "same-origin"}, 302),
        ({"Sec-Fetch-Site": "none"}, 302),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        # A header that scripts cannot set wins over one that an old browser sends.
        ({"Sec-Fetch-Site": "cross-site", "Origin": "http://localhost"}, 403),
        ({"Origin": "http://localhost"}, 302),
        ({"Origin": "http://localhost.evil.example"}, 403),
        ({"Origin": "http://localhost:8000"}, 403),
        ({"Origin": "null"}, 403),
        ({}, 302),
    ],
)
def test_forms_are_taken_from_our_own_pages_only(site, owner, headers, status):
    answer = owner.post("/projects/study/settings", data=settings_form(site, owner), headers=headers)
    assert answer.status_code == status


def test_pages_may_be_linked_from_anywhere(owner):
    assert owner.get("/projects", headers={"Sec-Fetch-Site": "cross-site"}).status_code == 200


def test_the_token_of_another_session_is_refused(site, owner):
    data = settings_form(site, site.visitor("reader"))
    assert owner.post("/projects/study/settings", data=data).status_code == 400


def test_a_page_that_is_fetched_cannot_write(site):
    with site.app.test_request_context("/projects"), pytest.raises(ValueError, match="may not write"):
        transaction()


def test_a_body_that_is_too_large_is_refused_before_it_is_read(site, owner):
    answer = site.send(owner, "/projects/study/targets", name="x" * 3_000_000)
    assert answer.status_code == 413


def test_one_snapshot_serves_a_whole_page(site, owner):
    from sqlalchemy import event

    begun = []
    event.listen(site.database.reader, "begin", lambda connection: begun.append(connection))
    assert owner.get("/projects/study/documents").status_code == 200
    assert len(begun) == 1
    assert site.database.reader.pool.checkedout() == 0
