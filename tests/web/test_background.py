"""What annotators tell about themselves, on a page of their own."""

import re

import pytest

from annotator.services import background
from annotator.services.accounts import find_user
from annotator.services.projects import find_project

PAGE = "/projects/study/background"


@pytest.fixture
def question(site):
    """Return the field of a question that the project asks."""
    with site.database.transaction() as session:
        study, owner = find_project(session, "study"), find_user(session, "owner")
        made = background.add_question(session, study, owner, text="Age band", options=["young", "old"])
        return f"answer-{made.uuid}"


def told(site, name="annotator"):
    with site.database.reading() as session:
        return list(
            background.answers_of(session, find_project(session, "study").id, find_user(session, name).id).values()
        )


def test_an_annotator_answers_changes_and_deletes(site, question):
    client = site.visitor("annotator")
    assert "Age band" in client.get(PAGE).text
    site.send(client, PAGE, **{question: "young", "consent": "yes"})
    assert told(site) == ["young"]
    page = client.get(PAGE).text
    assert re.search(r'value="young" checked', page)
    delete = re.search(r'action="(/account/background/[^"]+/delete)"', page)
    assert delete
    assert site.send(site.visitor("reader"), delete[1]).status_code == 404
    assert told(site) == ["young"]
    site.send(client, delete[1])
    assert told(site) == []


def test_without_consent_nothing_is_kept_and_what_was_chosen_stays_on_the_page(site, question):
    answer = site.send(site.visitor("annotator"), PAGE, **{question: "old"})
    assert (answer.status_code, "only with your consent" in answer.text) == (422, True)
    assert re.search(r'value="old" checked', answer.text)
    assert told(site) == []


@pytest.mark.parametrize(("name", "status"), [("owner", 409), ("reader", 403), ("outsider", 404)])
def test_others_cannot_answer(site, question, name, status):
    client = site.visitor(name)
    assert site.send(client, PAGE, **{question: "old", "consent": "yes"}).status_code == status
    assert told(site, name) == []


def test_the_account_page_leads_to_the_questions_and_deletes_after_one_has_left(site, owner, question):
    client = site.visitor("annotator")
    assert f'href="{PAGE}"' in client.get("/account").text
    site.send(client, PAGE, **{question: "old", "consent": "yes"})
    with site.database.reading() as session:
        annotator = find_user(session, "annotator").uuid
    site.send(owner, f"/projects/study/people/{annotator}/remove")
    client = site.visitor("annotator")
    delete = re.search(r'action="(/account/background/[^"]+/delete)"', client.get("/account").text)
    assert delete
    site.send(client, delete[1])
    assert told(site) == []


def test_a_project_that_asks_nothing_says_so(site):
    assert "asks nothing about its annotators" in site.visitor("annotator").get(PAGE).text
