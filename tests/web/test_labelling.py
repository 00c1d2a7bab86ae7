import gzip
import html
import json
import re
import uuid

import pytest
from sqlalchemy import select

from annotator.db import Assignment, Job, Project, Target
from annotator.services import accounts, chain, codebooks, holding, jobs, projects, retraining, seats
from studies import SECOND_CODEBOOK, Study, make_study

LABEL = "/projects/study/label"
SENTENCES = (
    "Moscow said the talks with Ukraine would go on.",
    "Carl Dunn says Russia started it. 😀 It was brutal.",
    "Prices rose, and nobody knows why.",
)


@pytest.fixture
def study(site) -> Study:
    """A codebook with every type of question, and two documents of three sentences."""
    return make_study(site.database, documents=2, sentences=SENTENCES)


@pytest.fixture
def labeller(site, study):
    """The browser of a person who may label, with the first sentence taken."""
    client = site.visitor("annotator")
    site.send(client, f"{LABEL}/claim")
    return client


def held(site, name: str = "annotator") -> str:
    with site.database.reading() as session:
        return holding.held_unit(session, seat(session, name))


def seat(session, name: str):
    project = projects.find_project(session, "study")
    return seats.find_seat(session, project, accounts.find_user(session, name).id)


def history(site) -> list[dict]:
    with site.database.reading() as session:
        return list(chain.history(session, session.scalar(select(Project.id).where(Project.slug == "study"))))


def fields_of(page: str) -> dict[str, str]:
    """Return the hidden fields of the form as a browser without a script would send them."""
    form = page[page.index('id="decision"') : page.index("</section>", page.index('id="decision"'))]
    found = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form)
    return {name: html.unescape(value) for name, value in found}


def send_plain(site, client, unit: str, **fields):
    page = client.get(f"{LABEL}/{unit}").text
    return client.post(f"{LABEL}/{unit}", data={**fields_of(page), "q4_words": "", "holder": "author", **fields})


def send_acts(site, client, *acts, **more):
    """Send acts as the page does, which holds the next two sentences."""
    more = {"ahead": 2, **more}
    return client.post(f"{LABEL}/acts", json={"acts": list(acts), **more}, headers={"X-CSRFToken": site.token(client)})


def act(unit: str, *pairs: tuple[str, str], act: str = "answer", key: str | None = None, **more) -> dict:
    common = {"act": act, "key": key or str(uuid.uuid4()), "codebook": "2", "holder": "author", **more}
    return {"unit": unit, "fields": [*map(list, common.items()), *map(list, pairs)]}


def test_one_who_may_label_one_who_may_not_and_one_from_elsewhere(site, study):
    assert site.visitor("annotator").get(LABEL).status_code == 200
    assert site.visitor("reader").get(LABEL).status_code == 403
    assert site.visitor("outsider").get(LABEL).status_code == 404


def test_looking_at_the_page_takes_nothing(site, study):
    client = site.visitor("annotator")
    assert "Start labelling" in client.get(LABEL).text
    with site.database.reading() as session:
        assert session.scalar(select(Assignment.id).where(Assignment.state != "open")) is None


def test_starting_takes_the_first_sentence_and_reloading_finds_it_again(site, labeller):
    page = labeller.get(LABEL, follow_redirects=True)
    assert page.request.path == f"{LABEL}/{held(site)}"
    assert "Moscow" in page.text


def test_a_chosen_document_comes_first(site, study):
    client = site.visitor("annotator")
    last = study.units[-1].split(":")[0]
    assert site.send(client, f"{LABEL}/claim", document=last).location == f"{LABEL}/{last}:s0"


def test_the_plain_form_saves_and_goes_on(site, study, labeller):
    first, second = study.units[:2]
    answer = send_plain(
        site, labeller, first, act="answer", **{"q0-0-label": "against", "q2": ["economic"], "q3": "weak"}
    )
    assert answer.location == f"{LABEL}/{second}"
    said = history(site)[-1]["answers"]
    assert said["stance"] == [{"target": study.targets[0], "holder": {"kind": "author"}, "label": "against"}]
    assert said["targets_offered"] == study.targets
    assert (said["frames"], said["strength"]) == (["economic"], "weak")


def test_what_was_left_alone_is_unanswered_and_none_is_an_empty_list(site, study, labeller):
    send_plain(site, labeller, study.units[0], act="answer", q0_none="y")
    send_plain(site, labeller, study.units[1], act="answer", q1="war", q4_none="y")
    first, second = (row["answers"] for row in history(site))
    assert first == {"stance": [], "targets_offered": study.targets}
    assert second == {"topic": "war", "loaded": []}


def test_an_exclusive_label_is_stored_as_the_label_it_is(site, study, labeller):
    send_plain(site, labeller, study.units[0], act="answer", q2="no-frame")
    assert history(site)[-1]["answers"] == {"frames": ["no-frame"]}


def test_nothing_answered_is_refused_and_the_form_comes_back(site, study, labeller):
    answer = send_plain(site, labeller, study.units[0], act="answer", comment="I wonder")
    assert answer.status_code == 422
    assert "Nothing was answered" in answer.text
    assert "I wonder" in answer.text
    assert history(site) == []


def test_labels_and_none_at_once_are_refused(site, study, labeller):
    answer = send_plain(site, labeller, study.units[0], act="answer", **{"q0-0-label": "favor", "q0_none": "y"})
    assert answer.status_code == 422
    assert "take one of the two back" in answer.text


def test_words_typed_in_the_plain_form_are_found_in_the_sentence(site, study, labeller):
    send_plain(site, labeller, study.units[1], act="answer", q4_words="brutal | It")
    text = SENTENCES[1]
    spans = history(site)[-1]["answers"]["loaded"]
    assert sorted(text[span["start"] : span["end"]] for span in spans) == ["It", "brutal"]
    assert send_plain(site, labeller, study.units[0], act="answer", q4_words="absent").status_code == 422


def test_the_plain_form_skips_and_takes_back(site, study, labeller):
    first = study.units[0]
    send_plain(site, labeller, first, act="skip")
    assert history(site)[-1]["act"] == "skip"
    back = send_plain(site, labeller, first, act="undo")
    skipped = history(site)[0]["key"]
    assert back.location == f"{LABEL}/{first}?taken-back={skipped}"
    assert history(site)[-1]["supersedes"] == skipped
    assert held(site) == first


def test_two_holders_can_have_two_stances_toward_one_target(site, study, labeller):
    send_plain(
        site, labeller, study.units[1], act="answer", **{
            "q0-0-target": study.targets[0], "q0-0-label": "neither",
            "q0-1-target": study.targets[0], "q0-1-label": "against",
            "q0-1-holder": "reported", "q0-1-holder_name": "Carl  Dunn",
        },
    )  # fmt: skip
    said = history(site)[-1]["answers"]
    assert [(one["holder"], one["label"]) for one in said["stance"]] == [
        ({"kind": "author"}, "neither"),
        ({"kind": "reported", "name": "Carl Dunn"}, "against"),
    ]
    page = labeller.get(f"{LABEL}/{study.units[1]}").text
    assert len(re.findall(r"data-row data-target=\"[^N]", page)) == 2
    assert re.search(r'value="reported:Carl Dunn" selected', page)


def test_another_row_keeps_what_was_chosen_already(site, study, labeller):
    answer = send_plain(site, labeller, study.units[0], more=f"q0:{study.targets[1]}", **{"q0-0-label": "favor"})
    assert answer.status_code == 200
    assert len(re.findall(r"data-row data-target=\"[^N]", answer.text)) == 3
    assert re.search(r'name="q0-0-label" value="favor" checked', answer.text)
    assert history(site) == []


def test_one_call_saves_and_brings_the_next_sentence(site, study, labeller):
    first, second, third, fourth = study.units[:4]
    answer = send_acts(site, labeller, act(first, ("q1", "war")), document="d0", here=second, have=[third]).json
    assert answer["results"][0]["status"] == "stored"
    assert "war" in answer["results"][0]["chips"]
    assert [one["unit"] for one in answer["ahead"]] == [third, fourth]
    assert held(site) == second
    assert answer["progress"] == {"done": 1, "total": 6}
    assert ["html" in one for one in answer["ahead"]] == [False, True]
    assert 'id="decision"' in answer["ahead"][1]["html"]


def test_sentences_ahead_are_held_and_a_second_tab_gets_the_same(site, study, labeller):
    first = [one["unit"] for one in send_acts(site, labeller, here=study.units[0]).json["ahead"]]
    second = [one["unit"] for one in send_acts(site, labeller, here=study.units[0]).json["ahead"]]
    assert first == second == study.units[1:3]
    with site.database.reading() as session:
        states = session.scalars(select(Assignment.state).order_by(Assignment.order_key)).all()
    assert states == ["claimed"] * 3 + ["open"] * 3


def test_what_travels_compressed_carries_no_token(site, study, labeller):
    headers = {"X-CSRFToken": site.token(labeller), "Accept-Encoding": "gzip"}
    answer = labeller.post(f"{LABEL}/acts", json={"acts": [], "ahead": 2}, headers=headers)
    assert answer.headers["Content-Encoding"] == "gzip"
    sent = json.loads(gzip.decompress(answer.data))
    assert "data-form" in sent["ahead"][0]["html"]
    assert "csrf" not in json.dumps(sent)


def test_nobody_gets_more_ahead_than_there_is(site, study, labeller):
    answer = send_acts(site, labeller, here=study.units[0], ahead=1000).json
    assert [one["unit"] for one in answer["ahead"]] == study.units[1:]
    assert answer["finished"] is None


def test_a_repeated_act_is_stored_once(site, study, labeller):
    sent = act(study.units[0], ("q1", "war"))
    statuses = [send_acts(site, labeller, sent).json["results"][0]["status"] for _ in range(3)]
    assert statuses == ["stored", "repeated", "repeated"]
    assert len(history(site)) == 1


def test_one_key_with_two_contents_keeps_both(site, study, labeller):
    key = str(uuid.uuid4())
    for label in ("war", "trade"):
        answer = send_acts(site, labeller, act(study.units[0], ("q1", label), key=key)).json
    assert answer["results"][0]["status"] == "differs"
    assert [row["answers"]["topic"] for row in history(site)] == ["war", "trade"]


def test_an_undo_brings_the_sentence_back_with_its_answers(site, study, labeller):
    first = study.units[0]
    sent = act(first, ("q1", "trade"))
    key = send_acts(site, labeller, sent).json["results"][0]["key"]
    answer = send_acts(site, labeller, act(first, act="undo", supersedes=key), ahead=0).json
    assert (answer["results"][0]["chips"], answer["last"], answer["ahead"]) == ("", None, None)
    again = labeller.get(f"{LABEL}/{first}?taken-back={key}", headers={"Accept": "application/json"}).json["next"]
    assert again["unit"] == first
    assert re.search(r'value="trade" checked', again["html"])
    assert 'name="supersedes" value=""' in again["html"]


def test_after_an_undo_what_counted_before_is_marked_again(site, study, labeller):
    unit = study.units[0]
    send_plain(site, labeller, unit, act="answer", q1="war")
    earlier = history(site)[0]["key"]
    key = send_acts(site, labeller, act(unit, ("q1", "trade"), supersedes=earlier)).json["results"][0]["key"]
    answer = send_acts(site, labeller, act(unit, act="undo", supersedes=key)).json
    assert "war" in answer["results"][0]["chips"]
    assert answer["last"] == {"unit": unit, "key": earlier}


@pytest.mark.parametrize("number", ["9" * 30, str(-(10**30))])
def test_an_act_of_a_codebook_that_no_database_can_count_to_takes_no_other_with_it(site, study, labeller, number):
    wrong, right = act(held(site), ("q1", "war"), codebook=number), act(held(site), ("q1", "war"))
    results = send_acts(site, labeller, wrong, right).json["results"]
    assert [result["status"] for result in results] == ["refused", "stored"]


def test_a_skip_keeps_its_reason(site, study, labeller):
    send_plain(site, labeller, study.units[0], skip="off-topic", reason="ignored")
    send_plain(site, labeller, study.units[1], skip="none", reason=" a  heading ")
    send_plain(site, labeller, study.units[2], act="skip")
    assert [(row["act"], row.get("reason")) for row in history(site)] == [
        ("skip", "off-topic"), ("skip", "a heading"), ("skip", None),
    ]  # fmt: skip


def test_an_answer_that_was_refused_is_shown_again_as_it_was(site, study, labeller):
    first = study.units[0]
    send_plain(site, labeller, first, act="answer", q1="war")
    sent = act(first, ("q1", "trade"), ("q2", "moral"), comment="thought again")
    token = {"X-CSRFToken": site.token(labeller)}
    html = labeller.post(f"{LABEL}/{first}/form", json=sent, headers=token).json["next"]["html"]
    assert re.search(r'value="trade" checked', html)
    assert "thought again" in html
    assert f'name="supersedes" value="{history(site)[0]["key"]}"' in html


def test_a_revision_names_what_it_revises(site, study, labeller):
    send_plain(site, labeller, study.units[0], act="answer", q1="war")
    send_plain(site, labeller, study.units[0], act="answer", q1="trade")
    first, second = history(site)
    assert second["supersedes"] == first["key"]
    assert not second["stale"]


def test_first_answers_are_kept_beside_the_final_ones(site, study, labeller):
    suggestion = {"question": "topic", "label": "trade", "probability": 0.81}
    shown = {"timing": "after", "classifiers": {"topic": 3}, "suggestions": [suggestion], "junk": 1}
    sent = act(study.units[0], ("q1", "trade"), shown=json.dumps(shown))
    sent["first"] = [["codebook", "2"], ["holder", "author"], ["q1", "war"]]
    send_acts(site, labeller, sent)
    row = history(site)[-1]
    assert (row["first_answers"], row["answers"]) == ({"topic": "war"}, {"topic": "trade"})
    assert row["suggestions"] == {
        "timing": "after",
        "classifiers": {"topic": 3},
        "suggestions": [suggestion],
    }


@pytest.mark.parametrize(
    "sent",
    [7, [], {}, {"acts": 1}, {"acts": [], "document": 3}, {"acts": [], "have": [1]}, {"acts": [], "have": "d0:s0"},
     {"acts": [], "ahead": "two"}, {"acts": [], "ahead": True}, {"acts": [1] * 51}],
)  # fmt: skip
def test_a_batch_that_cannot_be_read_is_refused_with_a_sentence(site, study, labeller, sent):
    answer = labeller.post(f"{LABEL}/acts", json=sent, headers={"X-CSRFToken": site.token(labeller)})
    assert answer.status_code == 422
    assert all(problem.endswith(".") for problem in answer.json["problems"])
    assert history(site) == []


@pytest.mark.parametrize(
    "sent",
    [1, {"unit": "d0:s0"}, {"unit": 1, "fields": []}, {"unit": "d0:s0", "fields": [["act"]]},
     {"unit": "d0:s0", "fields": [["codebook", "two"]]}, act("d0:s0", ("q1", "war"), key="no-key"),
     act("d0:s0", ("q1", "peace")), act("d0:s0", ("q4", "[[")), act("d0:s0", ("q4", '[{"start": 0, "end": 999}]')),
     act("d0:s0", ("q4", "[1]")), act("d0:s0", ("q1", "war"), comment="a\0b"), act("no-such", ("q1", "war")),
     act("d0:s0", ("q1", "war"), comment="\ud800"), act("d0:s0", ("q1", "war"), act="burn"),
     act("d0:s0", act="undo", supersedes="gone"), act("d0:s0", act="skip", reason="x" * 201)],
)  # fmt: skip
def test_an_act_that_is_refused_takes_no_other_with_it(site, study, labeller, sent):
    good = act(study.units[1], ("q1", "war"))
    answer = send_acts(site, labeller, sent, good)
    assert answer.status_code == 200
    refused, stored = answer.json["results"]
    assert (refused["status"], stored["status"]) == ("refused", "stored")
    assert all(problem.endswith(".") for problem in refused["problems"])
    assert [row["unit"] for row in history(site)] == [study.units[1]]


@pytest.mark.parametrize("path", ["", "/text", "/suggestions"])
def test_an_unknown_unit_is_not_there(labeller, path):
    assert labeller.get(f"{LABEL}/elsewhere:s1{path}").status_code == 404


def test_labels_are_never_taken_from_somebody_else(site, study, labeller):
    answer = send_acts(site, labeller, act(study.units[0], ("q1", "war")), person=str(uuid.uuid4()))
    assert answer.status_code == 409
    assert history(site) == []


def test_an_answer_to_an_older_codebook_is_stored_as_it_was_asked(site, study, labeller):
    send_acts(site, labeller, act(study.units[0], ("q1", "trade")))
    with site.database.transaction() as session:
        codebooks.publish_codebook(session, projects.find_project(session, "study"), SECOND_CODEBOOK)
    answer = send_acts(site, labeller, act(study.units[1], ("q1", "other"))).json
    assert answer["results"][0]["status"] == "stored"
    assert answer["codebook"] == 3
    assert {one["codebook"] for one in answer["ahead"]} == {3}
    assert history(site)[-1]["codebook"] == 2


def test_a_target_added_while_labelling_is_seen_by_nobody_else(site, study, labeller):
    token = {"X-CSRFToken": site.token(labeller)}
    added = labeller.post(f"{LABEL}/targets", json={"name": "Belarus"}, headers=token).json
    assert added["name"] == "Belarus"
    unit = study.units[2]
    send_acts(site, labeller, act(unit, ("q0-0-target", added["uuid"]), ("q0-0-label", "favor")))
    assert "Belarus" in labeller.get(f"{LABEL}/{unit}").text
    owner = site.visitor("owner")
    site.send(owner, f"{LABEL}/claim")
    assert "Belarus" not in owner.get(f"{LABEL}/{unit}").text
    with site.database.reading() as session:
        assert session.scalars(select(Target.accepted_at).where(Target.name == "Belarus")).one() is None


def test_a_target_that_exists_is_found_not_doubled(site, study, labeller):
    token = {"X-CSRFToken": site.token(labeller)}
    added = labeller.post(f"{LABEL}/targets", json={"name": " russia "}, headers=token).json
    assert added["uuid"] == study.targets[0]


def test_a_sentence_that_was_chosen_is_held_before_it_is_answered(site, study, labeller):
    chosen = study.units[4]
    sent = act(chosen, ("q1", "war"), chosen="1")
    assert send_acts(site, labeller, sent).json["results"][0]["late"] is False
    with site.database.reading() as session:
        states = session.scalars(select(Assignment.state).order_by(Assignment.order_key)).all()
    assert states == ["claimed", "claimed", "claimed", "open", "done", "open"]


def test_the_control_share_sees_no_suggestion_even_when_only_looked_at(site, study, labeller):
    with site.database.transaction() as session:
        session.query(Assignment).update({"suggestion_arm": "control"})
    for unit in study.units[:2]:
        answer = labeller.get(f"{LABEL}/{unit}/suggestions").json
        assert answer["questions"] == []
        assert "control share" in answer["silent"]
        assert "control share" in labeller.get(f"{LABEL}/{unit}").text


def test_labels_bring_a_training_into_line_and_wake_the_worker(site, study, labeller):
    woken = []
    site.app.extensions["annotator.start_worker"] = lambda: woken.append(1)
    with site.database.transaction() as session:
        session.query(Project).filter(Project.slug == "study").update({"retrain_every": 1})
        project = projects.find_project(session, "study")
        session.add(Job(project_id=project.id, kind="train", state="done", arguments={"labelled": 0}))
    answer = send_acts(site, labeller, act(study.units[0], ("q1", "war"))).json
    assert answer["training"]
    assert woken == [1]
    with site.database.reading() as session:
        assert jobs.latest(session, projects.find_project(session, "study").id, "train").state == "queued"


def test_examples_are_counted_once_the_label_is_stored(site, study, labeller, monkeypatch):
    seen = []
    monkeypatch.setattr(retraining, "is_due", lambda *_: seen.append(len(history(site))))
    send_acts(site, labeller, act(study.units[0], ("q1", "war")))
    assert seen == [1]


def test_the_status_says_what_is_missing(site, study, labeller):
    send_acts(site, labeller, act(study.units[0], ("q1", "war")))
    missing = labeller.get(f"{LABEL}/status").json["missing"]
    assert "topic: 1 of 5 examples of “war” and 0 of 5 examples of another label" in missing["nearest"]


def test_of_labels_nobody_has_given_the_status_tells_only_how_many(site, study, labeller):
    send_acts(site, labeller, act(study.units[0], ("q1", "war"), ("q2", "economic")))
    missing = labeller.get(f"{LABEL}/status").json["missing"]
    assert "frames: 1 label without an example yet" in missing["untouched"]
    assert not any("moral" in words for words in missing["nearest"] + missing["more"])


def test_the_colours_of_a_version_are_kept_for_long(labeller):
    answer = labeller.get("/projects/study/codebook/2.css")
    assert answer.mimetype == "text/css"
    assert "immutable" in answer.headers["Cache-Control"]
    assert '[data-label="stance:favor"]' in answer.text


def test_what_the_labels_mean_is_kept_for_long_and_not_sent_with_every_page(site, study, labeller):
    page = labeller.get(f"{LABEL}/{held(site)}").text
    (address,) = set(re.findall(r'href="([^"]+/meanings\?language=en&amp;v=[0-9a-f]{8})"', page))
    answer = labeller.get(html.unescape(address))
    assert "immutable" in answer.headers["Cache-Control"]
    assert 'data-about="topic:war"' in answer.text
    assert "data-about" not in page
    assert "csrf" not in answer.text


def test_when_all_is_labelled_the_page_says_so(site, study, labeller):
    for unit in study.units[:-1]:
        send_acts(site, labeller, act(unit, ("q1", "war")))
    answer = send_acts(site, labeller, act(study.units[-1], act="skip")).json
    assert answer["ahead"] == []
    assert "Nothing is left" in answer["finished"]
    assert "Nothing is left" in site.send(labeller, f"{LABEL}/claim").text


def test_text_is_shown_as_text(site, study, labeller):
    with site.database.transaction() as session:
        session.query(Target).filter(Target.uuid == study.targets[0]).update({"name": "<b>Moscow</b>"})
    page = labeller.get(f"{LABEL}/{study.units[0]}").text
    assert "&lt;b&gt;Moscow" in page
    assert "<b>Moscow" not in page


def test_a_project_without_documents_says_so_instead_of_all_being_taken(site, owner):
    with site.database.transaction() as session:
        projects.create_project(session, "Bare", codebook=None, owner=accounts.find_user(session, "owner"))
    page = site.send(owner, "/projects/bare/label/claim").text
    assert "No documents yet" in page
    assert "place taken" not in page
