"""The owner's pages about rounds, and what annotators see of them."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import delete, select, update

from annotator.db import Assignment, Classifier, Membership, Project, Question, Round, Unit
from annotator.db.base import now
from annotator.services import accounts, choosing, codebooks, drawing, examples
from annotator.web.forms.rounds import RoundForm
from annotator.worker import run_waiting
from studies import make_study

ROUNDS = "/projects/study/rounds"
LABEL = "/projects/study/label"
PLAN = {
    "name": "reliability", "kind": "main", "phase": "blind", "selection": "all", "annotators": "2", "overlap": "100",
    "order": "document", "strata": "outlet", "after": "", "retest": "0", "check": "0",
}  # fmt: skip


@pytest.fixture(autouse=True)
def _texts(site):
    make_study(site.database, documents=2, codebook=None)


def make(site, client, **changes: str):
    data = {**PLAN, **changes, "csrf_token": site.token(client)}
    return client.post(f"{ROUNDS}/new", data=data)


def post(site, client, address: str, **fields: str):
    return client.post(address, data={**fields, "csrf_token": site.token(client)}, follow_redirects=True)


def test_an_owner_makes_a_round_and_sees_how_it_stands(site, owner):
    made = make(site, owner)
    assert made.status_code == 302
    page = owner.get(made.headers["Location"]).text
    assert "reliability" in page
    assert "up to 2 annotators each" in owner.get(ROUNDS).text
    assert "places finished" in page


def test_others_find_no_rounds_to_manage(site):
    for role, status in (("annotator", 403), ("reader", 403), ("outsider", 404)):
        assert site.visitor(role).get(ROUNDS).status_code == status


def test_annotators_work_in_the_new_round_and_may_choose_another(site, owner):
    make(site, owner)
    client = site.visitor("annotator")
    assert "Round: reliability" in post(site, client, f"{LABEL}/claim").text
    with site.database.reading() as session:
        main = session.scalars(
            select(Round.id)
            .join(Project, Project.id == Round.project_id)
            .where(Round.name == "main", Project.slug == "study")
        ).one()
    page = post(site, client, f"{LABEL}/rounds", round=str(main)).text
    assert "Round: reliability" not in page
    assert "All sentences" in page


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"name": " "}, "Give the round a name"),
        ({"annotators": "0"}, "from 1 to 20"),
        ({"selection": "search", "words": "nothing-like-this"}, "Nothing was found"),
        ({"kind": "training"}, "answer is known"),
        ({"name": "main"}, "already"),
        ({"selection": "somewhere"}, "Not a valid choice"),
    ],
)
def test_what_is_wrong_with_a_plan_is_said_and_nothing_is_lost(site, owner, changes, words: str):
    answer = make(site, owner, **changes)
    assert answer.status_code in (409, 422)
    assert words in answer.text
    assert f'value="{ {**PLAN, **changes}["annotators"] }"' in answer.text


def outline_of(site, client, *, by_script: bool = True, **changes: str) -> str:
    headers = {"HX-Request": "true"} if by_script else {}
    data = {**PLAN, **changes, "csrf_token": site.token(client)}
    return client.post(f"{ROUNDS}/outline", data=data, headers=headers).text


def test_what_a_round_comes_to_is_said_before_it_is_made(site, owner):
    said = outline_of(site, owner, name="", selection="random", size="6", overlap="50")
    assert "9 labels will be given" in said
    assert "6 sentences, 3 of them by 2 annotators" in said
    assert "each by 2 annotators" in outline_of(site, owner)
    assert "Agreement cannot be reported" in outline_of(site, owner, annotators="1")
    assert "No answer is known yet" in outline_of(site, owner, kind="training")
    assert "once the numbers above are right" in outline_of(site, owner, overlap="0")
    assert len(re.findall("<h2>", owner.get(ROUNDS).text)) == 2


def test_without_a_script_the_form_comes_back_with_what_it_comes_to_and_all_that_was_typed(site, owner):
    page = outline_of(site, owner, by_script=False, name="", quota="77", size="5", selection="random")
    assert "10 labels will be given" in page
    assert 'value="77"' in page
    assert "Give the round a name" not in page


def test_somebody_who_has_not_labelled_yet_can_be_chosen(site, owner):
    members = dict(re.findall(r'value="([0-9a-f-]{36})"> <span>(\w+)', owner.get(f"{ROUNDS}/new").text))
    chosen = next(uuid for uuid, name in members.items() if name == "annotator")
    assert {*members.values()} == {"owner", "annotator", "adjudicator"}
    address = make(site, owner, members=chosen, annotators="1").headers["Location"]
    assert re.search(r"C-\w{4}</span> <small class=\"muted\"><bdi>annotator", owner.get(address).text)
    assert "Round: reliability" in post(site, site.visitor("annotator"), f"{LABEL}/claim").text
    assert "Round: reliability" not in post(site, owner, f"{LABEL}/claim").text


def test_what_does_not_belong_to_a_training_is_left_out_of_it(site, owner):
    """A number that is typed into a field which is then out of sight binds nobody."""
    with site.app.test_request_context(method="POST", data={**PLAN, "kind": "training", "quota": "3", "phase": "open"}):
        plan = RoundForm([], []).plan()
    assert (plan.quota, plan.phase, plan.annotators, plan.check_share) == (None, "blind", 1, 0.0)


def test_a_project_without_documents_is_told_to_import_some(site):
    client = site.visitor("outsider")
    for page in ("/projects/elsewhere/rounds", "/projects/elsewhere/rounds/new"):
        text = client.get(page).text
        assert "No documents yet" in text
        assert "Make the round" not in text


def test_a_round_is_closed_and_opened_again(site, owner):
    address = make(site, owner).headers["Location"]
    assert "Go on with this round" in post(site, owner, f"{address}/close").text
    assert "Close this round" in post(site, owner, f"{address}/open").text


def test_more_annotators_are_added(site, owner):
    address = make(site, owner).headers["Location"]
    assert "places were added" in post(site, owner, f"{address}/annotators", annotators="3").text
    assert "above 3" in post(site, owner, f"{address}/annotators", annotators="2").text


def test_a_round_of_another_project_is_not_found(site, owner):
    assert owner.get(f"{ROUNDS}/999999").status_code == 404
    assert owner.get(f"{ROUNDS}/99999999999999999999").status_code == 404
    assert post(site, owner, f"{LABEL}/rounds", round="999999").status_code == 404


def test_nobody_passes_who_is_not_there(site, owner):
    address = make(site, owner).headers["Location"]
    assert post(site, owner, f"{address}/people/C-XXXX/pass").status_code == 404


def test_numbers_of_rounds_are_those_of_the_records(site, owner):
    address = make(site, owner).headers["Location"]
    with site.database.reading() as session:
        assert session.get_one(Round, int(re.findall(r"\d+$", address)[0])).name == "reliability"


def test_a_round_whose_making_was_cut_off_is_shown_as_such_and_removed(site, owner):
    address = make(site, owner).headers["Location"]
    assert post(site, owner, f"{address}/remove").status_code == 409
    with site.database.transaction() as session:
        made = session.scalars(select(Round).where(Round.name == "reliability")).one()
        made.is_ready, made.created_at = False, made.created_at - timedelta(hours=1)
    assert "not finished" in owner.get(ROUNDS).text
    page = owner.get(address).text
    assert "Remove this round" in page
    assert "Close this round" not in page
    assert "The round is removed" in post(site, owner, f"{address}/remove").text
    assert owner.get(address).status_code == 404


def test_a_large_round_is_made_by_a_job_while_its_page_says_how_far_it_is(site, owner, monkeypatch):
    monkeypatch.setattr(drawing, "MADE_AT_ONCE", 0)
    address = make(site, owner).headers["Location"]
    assert "being made" in owner.get(ROUNDS).text
    page = owner.get(address).text
    assert "This round is being made" in page
    assert "Close this round" not in page
    assert "HX-Refresh" not in owner.get(f"{address}/making").headers
    run_waiting(site.database)
    assert owner.get(f"{address}/making").headers["HX-Refresh"] == "true"
    assert "places finished" in owner.get(address).text
    assert "Round: reliability" in post(site, site.visitor("annotator"), f"{LABEL}/claim").text


def test_why_a_round_could_not_be_made_is_said_on_its_page(site, owner, monkeypatch):
    monkeypatch.setattr(drawing, "MADE_AT_ONCE", 0)
    address = make(site, owner, selection="search", words="talks").headers["Location"]
    with site.database.transaction() as session:
        session.execute(update(Unit).values(withdrawn_at=now()))
    run_waiting(site.database)
    page = owner.get(address).text
    assert "could not be made" in page
    assert "Nothing was found by this search" in page
    assert "The round is removed" in post(site, owner, f"{address}/remove").text


def test_a_classifier_is_offered_to_choose_once_there_is_one(site, owner, monkeypatch):
    monkeypatch.setattr(choosing, "LEAST_LABELLED", 0)
    before = owner.get(f"{ROUNDS}/new").text
    assert "Still missing" in before
    assert 'value="margin"' not in before
    assert make(site, owner, selection="margin", question="bias").status_code == 422
    question = add_classifier(site)
    after = owner.get(f"{ROUNDS}/new").text
    assert "Still missing" not in after
    assert set(re.findall(r'value="(mixed|margin|rare)"', after)) == {"mixed", "margin", "rare"}
    assert re.search(rf'<optgroup label="[^"]+">\s*<option value="{question}:', after)
    assert "About 3 labels" in outline_of(
        site, owner, selection="mixed", size="3", annotators="1", question=question, random_share="25", label="x:y"
    )


def add_classifier(site) -> str:
    """Give the study's first question a classifier that knows its labels; return the question's id."""
    with site.database.transaction() as session:
        project = session.scalars(select(Project).where(Project.slug == "study")).one()
        version = codebooks.published(session, project.id)
        asked = examples.trainable(version.codebook)[0]
        row = session.scalars(select(Question).where(Question.project_id == project.id, Question.stable_id == asked.id))
        tasks = [{"labels": [label.id for label in asked.labels]}]
        session.add(
            Classifier(
                project_id=project.id, number=1, question_id=row.one().id, codebook_version_id=version.version_id,
                sha256="0" * 64, n_labelled=1, card={"question": asked.id, "tasks": tasks}, is_active=True,
            )
        )  # fmt: skip
        return asked.id


@pytest.mark.parametrize(("people", "words"), [(0, "No annotator has joined yet"), (1, "Only one annotator"), (2, "")])
def test_how_many_annotators_there_are_is_said_while_they_are_few(site, owner, people: int, words: str):
    with site.database.transaction() as session:
        project = session.scalars(select(Project).where(Project.slug == "study")).one()
        session.execute(delete(Membership).where(Membership.role == "annotator"))
        for number in range(people):
            user = accounts.create_user(session, f"annotator {number}")
            session.add(Membership(project_id=project.id, user_id=user.id, role="annotator"))
    page = owner.get(f"{ROUNDS}/new").text
    assert words in page
    assert ("Invite annotators" in page) == bool(words)


def test_who_is_done_with_a_round_is_told_of_the_others(site, owner):
    make(site, owner)
    annotator = site.visitor("annotator")
    assert "Round: reliability" in post(site, annotator, f"{LABEL}/claim").text
    with site.database.transaction() as session:
        of_round = select(Round.id).where(Round.name == "reliability").scalar_subquery()
        session.execute(delete(Assignment).where(Assignment.round_id == of_round))
    page = post(site, annotator, f"{LABEL}/claim").text
    assert "Nothing is left to label in this round" in page
    assert "All sentences" in page
    assert "choices.css" in page, "the rounds look as they do beside the sentences"
