"""Projects: the list, a new one, its settings."""

import io

import pytest
from sqlalchemy import select

from annotator.db import Event, Project
from web.conftest import PACE


def project(site, slug="study"):
    with site.database.reading() as session:
        return session.scalars(select(Project).where(Project.slug == slug)).one_or_none()


def upload(text, name="mine.yaml"):
    return (io.BytesIO(text.encode()), name)


def test_the_list_shows_only_the_projects_of_the_person(owner):
    page = owner.get("/projects").text
    assert "Study" in page
    assert "Elsewhere" not in page


def test_somebody_without_a_project_is_told_how_to_begin(site):
    with site.database.transaction() as session:
        from annotator.services import accounts

        accounts.create_user(session, "newcomer")
    client = site.visitor("newcomer")
    assert client.get("/").headers["Location"] == "/projects"
    assert "Start your first project" in client.get("/projects").text


def test_a_project_is_made_from_a_built_in_codebook(site, owner):
    answer = site.send(owner, "/projects/new", name="Ports & ships", codebook="stance-and-frames")
    assert answer.headers["Location"] == "/projects/ports-ships"
    assert owner.get("/projects/ports-ships").headers["Location"] == "/projects/ports-ships/documents"


def test_a_project_is_made_from_an_own_codebook(site, owner):
    text = "name: Mine\nquestions:\n  - name: Tone\n    type: choice\n    labels: [{name: good}, {name: bad}]\n"
    site.send(owner, "/projects/new", name="Mine", codebook="own", file=upload(text))
    assert project(site, "mine") is not None


def test_a_bad_codebook_shows_all_problems_with_their_lines(site, owner):
    text = "name: Mine\nquestions:\n  - name: Tone\n    type: guess\n  - name: Tone\n    colour: red\n"
    answer = site.send(owner, "/projects/new", name="Mine", codebook="own", file=upload(text))
    assert answer.status_code == 422
    assert "mine.yaml, line 4" in answer.text
    assert "mine.yaml, line 6" in answer.text
    assert 'value="Mine"' in answer.text
    assert project(site, "mine") is None


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"name": " ", "codebook": "sentence-bias"}, "Give the project a name"),
        ({"name": "Mine", "codebook": "own"}, "Choose a codebook file"),
        ({"name": "Mine", "codebook": "nix"}, "Not a valid choice"),
    ],
)
def test_what_is_missing_is_said_at_the_form(site, owner, data, words):
    answer = site.send(owner, "/projects/new", **data)
    assert answer.status_code == 422
    assert words in answer.text


def test_a_name_that_is_taken_is_a_conflict(site, owner):
    answer = site.send(owner, "/projects/new", name="Study", codebook="sentence-bias")
    assert answer.status_code == 409
    assert "choose another name" in answer.text


def test_settings_are_changed_and_logged(site, owner):
    site.send(owner, "/projects/study/settings", suggestion_timing="before", control_percent="35", **PACE)
    found = project(site)
    assert (found.suggestion_timing, found.control_share) == ("before", 0.35)
    with site.database.reading() as session:
        assert session.scalar(select(Event.id).where(Event.kind == "project-configured"))
    assert 'value="35"' in owner.get("/projects/study/settings").text


@pytest.mark.parametrize(("timing", "percent"), [("often", "10"), ("after", "91"), ("after", "-1"), ("after", "x")])
def test_settings_that_make_no_sense_change_nothing(site, owner, timing, percent):
    answer = site.send(owner, "/projects/study/settings", suggestion_timing=timing, control_percent=percent, **PACE)
    assert answer.status_code == 422
    assert (project(site).suggestion_timing, project(site).control_share) == ("after", 0.2)


def test_the_pace_of_trainings_is_changed(site, owner):
    settings = {"suggestion_timing": "after", "control_percent": "20"}
    site.send(owner, "/projects/study/settings", **settings, retrain_every="0", retrain_minutes="90")
    assert (project(site).retrain_every, project(site).retrain_minutes) == (0, 90)
    assert "no training starts by itself" in owner.get("/projects/study/classifiers").text
    answer = site.send(owner, "/projects/study/settings", **settings, retrain_every="-1", retrain_minutes="")
    assert answer.status_code == 422
    assert "between 0 and 100,000" in answer.text
    assert "between 0 and 10,080" in answer.text
    assert (project(site).retrain_every, project(site).retrain_minutes) == (0, 90)


def test_the_bar_leads_those_to_the_settings_who_may_change_them(site, owner):
    link = '<a href="/projects/study/settings">Settings</a>'
    assert link in owner.get("/projects/study/documents").text
    assert link not in site.visitor("annotator").get("/projects/study/documents").text
