import re

import pytest

from annotator.db import Project
from annotator.services import accounts, adjudication
from studies import Study, make_act, make_study

NOTES = "/projects/study/codebook/notes"


@pytest.fixture
def study(site) -> Study:
    """A sentence that was decided with a note."""
    study = make_study(site.database)
    with site.database.transaction() as session:
        project, user = session.get_one(Project, study.project_id), accounts.find_user(session, "adjudicator")
        act = make_act(unit=study.units[0], codebook=2)
        adjudication.settle(session, project, user, act, seen=None, note="Is <b>grain</b> trade?")
    return study


def action_of(page: str) -> str:
    return re.search(rf'action="({NOTES}/[^"]+)"', page)[1]


def test_the_owner_finds_the_notes_from_the_codebook_and_nobody_else_does(site, owner, study):
    assert f'href="{NOTES}">1 open note</a>' in owner.get("/projects/study/codebook").text
    page = owner.get(NOTES).text
    assert "Is &lt;b&gt;grain&lt;/b&gt; trade?" in page
    assert "Moscow said" in page
    assert f"/projects/study/adjudication/unit?unit={study.units[0]}" in page
    for name in ("adjudicator", "annotator", "reader"):
        assert site.visitor(name).get(NOTES).status_code == 403
        assert NOTES not in site.visitor(name).get("/projects/study/codebook").text
    assert site.visitor("outsider").get(NOTES).status_code == 404


def test_a_note_is_dealt_with_and_opened_again(site, owner, study):
    action = action_of(owner.get(NOTES).text)
    assert site.send(owner, action, done="y").location == NOTES
    page = owner.get(NOTES).text
    assert "No note is open" in page
    assert "1 note was dealt with" in page
    assert "grain" not in site.visitor("adjudicator").get("/projects/study/adjudication").text
    site.send(owner, action)
    assert "No note is open" not in owner.get(NOTES).text
    assert "grain" in site.visitor("adjudicator").get("/projects/study/adjudication").text


def test_a_note_that_is_not_there_is_not_found(site, owner, study):
    assert site.send(owner, f"{NOTES}/7", done="y").status_code == 404
