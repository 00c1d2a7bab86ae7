"""Targets of a project."""

from sqlalchemy import select

from annotator.db import Target


def targets(site):
    with site.database.reading() as session:
        return {target.name: target.aliases for target in session.scalars(select(Target).where(Target.project_id == 1))}


def test_a_target_is_added_with_its_aliases(site, owner):
    site.send(owner, "/projects/study/targets", name=" The  Company ", aliases="Vasling\n\n the firm \nVasling")
    assert targets(site)["The Company"] == ["Vasling", "the firm"]
    assert "Vasling, the firm" in owner.get("/projects/study/targets").text


def test_a_target_that_is_there_already_stays_as_it_is(site, owner):
    site.send(owner, "/projects/study/targets", name="Union", aliases="fishers")
    answer = site.send(owner, "/projects/study/targets", name="UNION", aliases="others")
    assert answer.status_code == 409
    assert targets(site)["Union"] == ["fishers"]


def test_an_empty_name_is_refused_at_the_form(site, owner):
    before = targets(site)
    assert "Give the target a name" in site.send(owner, "/projects/study/targets", name=" ").text
    assert targets(site) == before


def test_readers_see_no_form(site):
    assert "Add a target" not in site.visitor("reader").get("/projects/study/targets").text
