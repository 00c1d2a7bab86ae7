"""The codebook as it is read: guidelines, versions, files, and what differs between two of them."""

import pytest

from annotator.db import Project
from annotator.services import codebooks, projects

CODEBOOK = """
name: Talks
description: What is *talked* about.
guidelines: |-
  # Before you begin

  Read the whole text. See [the paper](https://paper.example/1) and <script>alert(1)</script>.
questions:
  - {id: topic, name: topic, type: choice, text: "What is it **about**?",
     labels: [{name: war, definition: "Fighting, *not* threats.", examples: ["They fought."]}, {name: trade}]}
"""
SECOND = CODEBOOK.replace("{name: trade}", "{id: trade, name: barter}").replace("not* threats", "not* words")


@pytest.fixture
def study(site):
    """Publish two versions of a codebook after the one the project has."""
    with site.database.transaction() as session:
        project = projects.find_project(session, "study")
        for text in (CODEBOOK, SECOND):
            codebooks.publish_codebook(session, project, text, user_id=1, note="Two words made clearer.")
    return "/projects/study/codebook"


@pytest.mark.parametrize("name", ["owner", "reader", "annotator"])
def test_everybody_in_the_project_reads_the_guidelines(site, study, name):
    page = site.visitor(name).get(study)
    assert page.status_code == 200
    assert "<em>not</em> words" in page.text
    assert '<a href="https://paper.example/1" rel="noopener noreferrer">the paper</a>' in page.text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page.text
    assert "Version 3, published on" in page.text
    assert ("Amend the codebook" in page.text) == (name == "owner")


def test_the_navigation_leads_there(site, owner):
    assert 'href="/projects/study/codebook"' in owner.get("/projects/study/documents").text
    assert 'href="/projects/study/codebook" aria-current="page"' in owner.get("/projects/study/codebook/draft").text


def test_an_earlier_version_stays_readable(site, study, owner):
    page = owner.get(f"{study}/versions/2").text
    assert "no longer in force" in page
    assert "trade" in page
    assert "barter" not in page
    assert owner.get(f"{study}/versions/9").status_code == 404


def test_every_version_is_listed_with_when_and_why_and_to_owners_with_who(site, study, owner):
    for client, is_told in ((site.visitor("reader"), False), (owner, True)):
        page = client.get(f"{study}/versions").text
        assert "Two words made clearer." in page
        assert "2 changes" in page
        assert (">owner<" in page) is is_told


def test_every_version_can_be_downloaded(site, study):
    answer = site.visitor("annotator").get(f"{study}/versions/3.yaml")
    assert answer.mimetype == "application/yaml"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="study-codebook-3.yaml"'
    with site.database.reading() as session:
        project = projects.find_project(session, "study")
        assert answer.text == codebooks.find_version(session, project.id, 3).source


def test_two_versions_are_compared_side_by_side(site, study):
    page = site.visitor("reader").get(f"{study}/compare?old=2&new=3").text
    assert "<del>trade</del>" in page
    assert "<ins>barter</ins>" in page
    assert "topic: label “trade” renamed" in page
    assert "<del>threats</del>" in page
    assert site.visitor("reader").get(f"{study}/compare?old=2&new=2").text.count("The two say the same.") == 1


def test_without_a_choice_the_last_two_are_compared(site, study, owner):
    assert "From version 2 to version 3" in owner.get(f"{study}/compare").text
    assert owner.get(f"{study}/compare?old=1&new=99").status_code == 404


def test_the_labelling_page_shows_the_guidelines_and_definitions_as_they_are_meant(site, study):
    page = site.visitor("annotator").get(f"{study}/3/meanings").text
    assert '<h2 dir="auto">Before you begin</h2>' in page
    assert "<em>not</em> words" in page
    assert "<script>alert" not in page


def test_a_project_without_a_codebook_says_so(site, owner):
    with site.database.transaction() as session:
        owner_user = session.get_one(Project, 1) and 1
        project = projects.create_project(session, "Bare", codebook=None, owner=None)
        from annotator.db import Membership

        session.add(Membership(project_id=project.id, user_id=owner_user, role="owner"))
    assert "no codebook yet" in owner.get("/projects/bare/codebook").text
    assert owner.get("/projects/bare/codebook/versions").status_code == 200
