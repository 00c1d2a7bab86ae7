import re
from collections.abc import Callable

import pytest
from sqlalchemy import select, update

import experts
from annotator.db import Annotator, Event, Membership, Project, Round
from annotator.services import accounts, projects

PAGE = f"/projects/{experts.CROWD_SLUG}/adjudication/consensus"
FEW = f"/projects/{experts.SLUG}/adjudication/consensus"


@pytest.fixture
def crowd(site):
    """Two projects: one in which five label each sentence, one in which three do."""
    experts.add_crowd(site.database, documents=4)
    experts.add_experts(site.database, documents=2)
    with site.database.transaction() as session:
        project = projects.find_project(session, experts.CROWD)
        for name in ("adjudicator", "annotator", "reader"):
            user = accounts.find_user(session, name)
            session.add(Membership(project_id=project.id, user_id=user.id, role=name))
        return project.id


def stored(site, project_id: int, read: Callable[[Project], object]) -> object:
    with site.database.reading() as session:
        return read(session.get_one(Project, project_id))


def test_one_who_may_look_one_who_may_not_and_one_from_elsewhere(site, crowd):
    assert site.visitor("adjudicator").get(PAGE).status_code == 200
    for name in ("annotator", "reader"):
        assert site.visitor(name).get(PAGE).status_code == 403
    assert site.visitor("outsider").get(PAGE).status_code == 404


def test_the_estimate_stands_beside_the_majority_with_what_they_differ_on(owner, crowd):
    page = owner.get(f"{PAGE}?question=stance").text
    rows = re.findall(r"<td class=\"count\">([^<]*)</td>", page[page.index("Annotators</h3>") :])
    assert "right, by the estimate" in page
    assert len(re.findall(r"<th scope=\"row\">C-\w+</th>", page)) == 7
    assert all(re.fullmatch(r"\d+( %)?", cell) for cell in rows)
    differing = int(re.search(r"The two differ on (\d+) answer", page)[1])
    assert page.count('class="card hit"') == differing > 0
    assert page.count("/adjudication/unit?unit=") == differing


def test_too_few_answers_have_no_estimate_and_are_told_what_is_missing(owner, crowd):
    page = owner.get(FEW).text
    assert "is offered from 5 answers a sentence and 10 an annotator on; here there are 3.0 and" in page
    assert "not offered" in page
    assert "The two differ" not in page


def test_the_owner_chooses_what_is_learned_and_the_log_knows(site, owner, crowd):
    answer = site.send(owner, PAGE, learns_from="soft")
    assert answer.location == PAGE
    assert stored(site, crowd, lambda project: project.learns_from) == "soft"
    assert re.search(r"<input[^>]*checked[^>]*value=\"soft\"", owner.get(PAGE).text)
    with site.database.reading() as session:
        (details,) = session.scalars(select(Event.details).where(Event.kind == "project-configured")).all()
    assert details == {"learns_from": "soft"}


def test_nobody_else_chooses_and_nonsense_is_not_chosen(site, owner, crowd):
    assert site.send(site.visitor("adjudicator"), PAGE, learns_from="soft").status_code == 403
    assert site.send(owner, PAGE, learns_from="best").status_code == 422
    assert stored(site, crowd, lambda project: project.learns_from) == "majority"


def test_whoever_labels_blind_sees_nothing_of_the_others(site, owner, crowd):
    with site.database.transaction() as session:
        session.execute(update(Round).values(phase="blind"))
        one = session.scalars(select(Annotator).where(Annotator.project_id == crowd).order_by(Annotator.id)).first()
        one.user_id = accounts.find_user(session, "owner").id
    page = owner.get(PAGE).text
    assert "You label blind in this project" in page
    assert "Majority" not in page


def test_without_two_annotators_there_is_nothing_to_put_together(owner):
    assert "There is nothing to put together yet" in owner.get("/projects/study/adjudication/consensus").text


@pytest.mark.parametrize("query", ["question=nothing", "page=99", "page=x", "question=%00"])
def test_what_makes_no_sense_counts_as_not_said(owner, crowd, query):
    assert owner.get(f"{PAGE}?{query}").status_code == 200
