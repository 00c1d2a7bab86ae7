import html
import re
import uuid
from typing import Any

import pytest
from sqlalchemy import select

from annotator.db import Annotation, Membership, Project, Question, Target
from annotator.learning.values import Doubt, Example
from annotator.services import accounts, chain, doubts
from studies import Study, make_study

QUEUE = "/projects/study/adjudication"
DECIDE = f"{QUEUE}/unit"
SENTENCES = (
    "Moscow said the talks with Ukraine would go on.",
    "Carl Dunn says Russia started it. 😀 It was brutal.",
    "Prices rose, and nobody knows why.",
)


@pytest.fixture
def study(site) -> Study:
    """Two documents of three sentences; A and B differ about the first two of each."""
    study = make_study(site.database, documents=2, sentences=SENTENCES, places=3)
    for unit in study.units:
        differ = not unit.endswith("s2")
        study.record(
            study.seat("AAAA"), unit=unit, codebook=2, answers={"topic": "war", "frames": ["economic"]}, comment="Guns."
        )
        study.record(
            study.seat("BBBB"),
            unit=unit,
            codebook=2,
            answers={"topic": "trade" if differ else "war", "strength": "weak"},
        )
    return study


@pytest.fixture
def adjudicator(site, study):
    """The browser of a second person who may decide."""
    with site.database.transaction() as session:
        user = accounts.create_user(session, "Bo")
        session.add(Membership(project_id=study.project_id, user_id=user.id, role="adjudicator"))
    return site.visitor("Bo")


def history(site, study: Study) -> list[dict[str, Any]]:
    with site.database.reading() as session:
        return list(chain.history(session, study.project_id))


def fields_of(page: str) -> dict[str, str]:
    """Return what the form would send: hidden fields, what is ticked, what is written."""
    form = page[page.index('id="decide"') : page.index("</form>", page.index('id="decide"'))]
    hidden = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form)
    ticked = re.findall(r'<input type="(?:radio|checkbox)" name="([^"]+)" value="([^"]*)" checked', form)
    written = re.findall(r'<textarea name="([^"]+)"[^>]*>([^<]*)</textarea>', form)
    return {name: html.unescape(value) for name, value in [*hidden, *ticked, *written]}


def send(client, unit: str, *, page: str | None = None, query: str = "", **fields: str):
    page = client.get(f"{DECIDE}?unit={unit}{query}").text if page is None else page
    return client.post(f"{DECIDE}?unit={unit}{query}", data={**fields_of(page), **fields})


def test_one_who_may_decide_one_who_may_not_and_one_from_elsewhere(site, study, adjudicator):
    for address in (QUEUE, f"{DECIDE}?unit=d0:s0"):
        assert adjudicator.get(address).status_code == 200
        assert site.visitor("annotator").get(address).status_code == 403
        assert site.visitor("outsider").get(address).status_code == 404
    assert adjudicator.get(f"{DECIDE}?unit=d9:s9").status_code == 404


def test_looking_writes_nothing_and_gives_nobody_a_code(site, study, owner):
    before = history(site, study)
    for address in (QUEUE, f"{QUEUE}?show=settled", f"{DECIDE}?unit=d0:s0"):
        assert owner.get(address).status_code == 200
    assert owner.get(DECIDE).location == f"{DECIDE}?unit=d0:s0"
    assert history(site, study) == before


def test_the_queue_says_what_waits_and_why(study, owner):
    page = owner.get(QUEUE).text
    assert "4 sentences wait for a decision" in page
    assert page.count('<span class="about"><bdi>topic</bdi></span>') == 4
    assert "Nothing waits for a decision" in owner.get(f"{QUEUE}?document=d9").text
    assert owner.get(f"{QUEUE}?document=d1").text.count('class="card hit"') == 2


def test_people_are_codes_and_never_names(site, study, owner):
    with site.database.transaction() as session:
        from annotator.db import Annotator

        one = session.scalars(select(Annotator).where(Annotator.code == "C-AAAA")).one()
        one.user_id = accounts.find_user(session, "annotator").id
    page = owner.get(f"{DECIDE}?unit=d0:s0").text
    assert "C-AAAA" in page
    assert "annotator</" not in page


def test_everybodys_answers_stand_side_by_side_with_the_rule(study, owner):
    page = owner.get(f"{DECIDE}?unit=d0:s0").text
    answers = page[page.index('class="answers"') : page.index('id="decide"')]
    assert re.findall(r'data-take="(\d)"[^>]*><kbd>\d</kbd> (C-\w+)', answers) == [("1", "C-AAAA"), ("2", "C-BBBB")]
    assert "≠" in answers
    assert "a tie" in answers
    assert "They agree on 2 more" in answers
    assert '<q dir="auto">Guns.</q>' in answers
    assert 'data-about="topic:trade"' in page
    assert 'data-about="frames:economic"' not in page


def test_the_whole_answer_of_one_can_be_taken_over_and_saved_without_a_script(site, study, owner):
    filled = send(owner, "d0:s0", take="C-BBBB", note="What is trade?", comment="Goods.")
    assert "as C-BBBB answered" in filled.text
    assert fields_of(filled.text)["note"] == "What is trade?"
    saved = send(owner, "d0:s0", page=filled.text, act="answer")
    assert saved.location == f"{DECIDE}?unit=d0:s1"
    last = history(site, study)[-1]
    assert (last["kind"], last["comment"]) == ("adjudication", "Goods.")
    assert last["answers"] == {"topic": "trade", "strength": "weak"}
    assert "What is trade?" in owner.get(QUEUE).text


def test_an_answer_nobody_gave_can_be_decided(site, study, owner):
    assert send(owner, "d0:s0", act="answer", q1="other", q2="moral").status_code == 302
    assert history(site, study)[-1]["answers"] == {"topic": "other", "frames": ["moral"]}


def test_the_next_is_within_the_filter_and_at_the_end_stands_the_queue(study, owner):
    query = "&document=d1&order=disputed"
    first = send(owner, "d1:s0", query=query, act="answer", q1="war")
    assert first.location == f"{DECIDE}?unit=d1:s1&document=d1&order=disputed"
    last = send(owner, "d1:s1", query=query, act="answer", q1="war")
    assert last.location == f"{QUEUE}?document=d1&order=disputed"


def test_nothing_decided_comes_back_with_the_reason_that_was_written(study, owner):
    answer = send(owner, "d0:s0", act="answer", comment="Because.")
    assert answer.status_code == 422
    assert "Nothing was answered" in answer.text
    assert fields_of(answer.text)["comment"] == "Because."


def test_a_decision_is_shown_revised_and_taken_back(site, study, owner):
    send(owner, "d0:s0", act="answer", q1="trade", comment="Goods.")
    page = owner.get(f"{DECIDE}?unit=d0:s0").text
    assert "decided by" in page
    assert fields_of(page)["q1"] == "trade"
    send(owner, "d0:s0", act="answer", q1="other")
    assert "d0:s0" in owner.get(f"{QUEUE}?show=settled").text
    back = send(owner, "d0:s0", act="undo")
    assert back.location == f"{DECIDE}?unit=d0:s0"
    assert [row["act"] for row in history(site, study)[-3:]] == ["answer", "answer", "undo"]
    # The one before the revision counts again.
    assert fields_of(owner.get(f"{DECIDE}?unit=d0:s0").text)["q1"] == "trade"


def test_the_last_decision_can_be_taken_back_from_the_next(site, study, owner):
    page = owner.get(send(owner, "d0:s0", act="answer", q1="trade").location).text
    undo = page[page.index("data-undo-last") : page.index("</form>", page.index("data-undo-last"))]
    action = html.unescape(
        re.search(r'action="([^"]+)"', page[: page.index("data-undo-last")].rpartition("<form")[2])[1]
    )
    fields = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', undo))
    assert owner.post(action, data={**fields, "act": "undo"}).location == f"{DECIDE}?unit=d0:s0"
    assert history(site, study)[-1]["act"] == "undo"


def test_the_second_of_two_is_told_and_sees_what_was_decided(site, study, owner, adjudicator):
    page = adjudicator.get(f"{DECIDE}?unit=d0:s0").text
    send(owner, "d0:s0", act="answer", q1="trade", comment="Goods.")
    answer = send(adjudicator, "d0:s0", page=page, act="answer", q1="war", note="Hm.")
    assert answer.status_code == 409
    assert "settled this sentence meanwhile" in answer.text
    assert "Goods." in answer.text
    kept = fields_of(answer.text)
    assert (kept["q1"], kept["note"]) == ("war", "Hm.")
    again = send(adjudicator, "d0:s0", page=answer.text, act="answer")
    assert again.status_code == 302
    assert history(site, study)[-1]["answers"]["topic"] == "war"


@pytest.mark.parametrize("step", [{"take": "C-BBBB"}, {"more": "q0:", "q0_new": "Belarus"}])
def test_filling_the_form_is_not_having_seen_what_was_decided_meanwhile(site, study, owner, adjudicator, step):
    page = adjudicator.get(f"{DECIDE}?unit=d0:s0").text
    send(owner, "d0:s0", act="answer", q1="trade")
    filled = send(adjudicator, "d0:s0", page=page, **step).text
    assert send(adjudicator, "d0:s0", page=filled, act="answer", q1="war").status_code == 409
    assert history(site, study)[-1]["answers"]["topic"] == "trade"


def test_where_no_gold_is_to_be_had_it_is_skipped_for_a_reason(site, study, owner):
    assert send(owner, "d0:s0", skip="cannot-decide").location == f"{DECIDE}?unit=d0:s1"
    last = history(site, study)[-1]
    assert (last["act"], last["kind"], last["reason"]) == ("skip", "adjudication", "cannot-decide")
    assert "3 sentences wait" in owner.get(QUEUE).text


def test_a_row_for_another_holder_and_a_target_that_is_typed_in(site, study, owner):
    page = send(owner, "d0:s0", more="q0:", q0_new="Belarus", comment="Because.").text
    assert "Belarus" in page
    assert fields_of(page)["comment"] == "Because."
    with site.database.reading() as session:
        assert session.scalar(select(Target.accepted_at).where(Target.name == "Belarus")) is None
    assert send(owner, "d0:s0", more="q9:").status_code == 422


def test_a_target_only_one_annotator_added_can_be_decided_about(site, study, owner):
    with site.database.transaction() as session:
        target = Target(project_id=study.project_id, name="Belarus", uuid=str(uuid.uuid4()))
        session.add(target)
        added = target.uuid
    stance = [{"target": added, "holder": {"kind": "author"}, "label": "favor"}]
    study.record(study.seat("AAAA"), unit="d0:s0", codebook=2, answers={"stance": stance, "targets_offered": [added]})
    page = owner.get(f"{DECIDE}?unit=d0:s0").text
    assert f'data-target="{added}" data-name="Belarus"' in page
    send(owner, "d0:s0", page=send(owner, "d0:s0", take="C-AAAA").text, act="answer")
    assert history(site, study)[-1]["answers"]["stance"] == stance


def test_who_labels_blind_learns_nothing_here(site, study, adjudicator):
    with site.database.transaction() as session:
        from annotator.db import Round

        session.scalars(select(Round).where(Round.project_id == study.project_id)).one().phase = "blind"
    assert "C-AAAA" in adjudicator.get(f"{DECIDE}?unit=d0:s0").text
    site.send(adjudicator, "/projects/study/label/claim")
    assert "0 sentences wait" in adjudicator.get(QUEUE).text
    page = adjudicator.get(f"{DECIDE}?unit=d0:s0").text
    # The list of codes to filter by is on the other page, without what they said.
    assert "C-AAAA" not in page
    assert "answers to this sentence can be seen here" in page


def test_masks_hide_from_adjudicators_what_they_hide_from_annotators(site, study, owner, adjudicator):
    with site.database.transaction() as session:
        session.get_one(Project, study.project_id).masked = ["outlet", "names"]
        from annotator.db import Document

        for document in session.scalars(select(Document)):
            document.outlet = "Carl Dunn"
    for address in (f"{DECIDE}?unit=d0:s1", QUEUE):
        assert "Carl Dunn" not in adjudicator.get(address).text
        assert "Carl Dunn" in owner.get(address).text
    send(adjudicator, "d0:s1", act="answer", q1="war")
    send(owner, "d0:s0", act="answer", q1="war")
    assert [row["masked"] for row in history(site, study)[-2:]] == [["outlet", "names"], []]


def test_nonsense_in_the_address_is_no_error(study, owner):
    for query in ("question=%00", "order=nix&page=-3", "page=99999999999", f"label={'x' * 999}", "target=1&other=2"):
        assert owner.get(f"{QUEUE}?{query}").status_code == 200
        assert owner.get(f"{DECIDE}?unit=d0:s0&{query}").status_code == 200


def test_gold_stands_in_the_margin_of_the_reader(study, owner):
    send(owner, "d0:s0", act="answer", q1="trade")
    page = owner.get("/projects/study/documents/read?document=d0&unit=d0:s0").text
    assert page.count('class="said gold own"') == 1
    assert f'href="{DECIDE}?unit=d0:s0"' in page


def test_labels_in_doubt_are_queues_of_their_own(site, study: Study, adjudicator):
    with site.database.transaction() as session:
        project = session.get_one(Project, study.project_id)
        question = session.scalars(select(Question.id).where(Question.stable_id == "topic")).one()
        first, *_, last = session.scalars(select(Annotation.id).order_by(Annotation.id)).all()
        unlikely = [Doubt(first, None, "war", True, 0.043, "trade", 0.91)]
        twins = [(Example("", "", (), key=last), Example("", "", (), key=first))]
        doubts.replace_doubts(session, project.id, question, unlikely, twins)
    page = adjudicator.get(f"{QUEUE}?why=unlikely").text
    assert "1 sentence with a label in doubt" in page
    said = "<bdi>topic</bdi>: “<bdi>war</bdi>” is unlikely (4\u00a0%), “<bdi>trade</bdi>” likelier (91\u00a0%)"
    assert said in html.unescape(page)
    assert said in html.unescape(adjudicator.get(f"{DECIDE}?why=unlikely", follow_redirects=True).text)
    assert "Decide that one instead" in adjudicator.get(f"{DECIDE}?why=twin", follow_redirects=True).text
    assert "In doubt" not in adjudicator.get(DECIDE, follow_redirects=True).text
    assert "No labels in doubt" in adjudicator.get(f"{QUEUE}?why=twin&label=topic:other").text
