"""The search page, and queues made of what it found."""

import html
import re
from urllib.parse import urlencode

import pytest
from sqlalchemy import select, update

from annotator.db import Annotator, Document, Project, Round, Unit
from annotator.services import accounts, chain, projects, recording, seats
from studies import Study, make_act, make_study

SEARCH = "/projects/study/search"
SENTENCES = (
    "Moscow said the talks with Ukraine would go on.",
    "Carl Dunn says <b>Russia</b> started it. 😀 The café was closed.",
    "Prices rose, and nobody knows why.",
)


@pytest.fixture
def study(site) -> Study:
    return make_study(site.database, documents=3, sentences=SENTENCES)


def found(client, **query) -> str:
    answer = client.get(f"{SEARCH}?{urlencode(query)}")
    assert answer.status_code == 200
    return answer.text


def units(page: str) -> list[str]:
    """Return the sentences a page shows, in order."""
    return list(dict.fromkeys(re.findall(r'/documents/read\?document=[^"&]+&amp;unit=([^"#&]+)#', page)))


def say(site, name: str, unit: str, **act) -> None:
    with site.database.transaction() as session:
        project = projects.find_project(session, "study")
        seat = seats.take_seat(session, project, accounts.find_user(session, name))
        recording.record_act(session, seat, make_act(unit=unit, codebook=2, **act))


def blind(site) -> None:
    with site.database.transaction() as session:
        session.execute(update(Round).values(phase="blind"))


def test_one_who_may_label_one_who_may_not_and_one_from_elsewhere(site, study):
    annotator, reader, outsider = (site.visitor(name) for name in ("annotator", "reader", "outsider"))
    assert [client.get(SEARCH).status_code for client in (annotator, reader, outsider)] == [200, 200, 404]
    answers = [site.send(client, f"{SEARCH}/queue", words="talks") for client in (annotator, reader, outsider)]
    assert [answer.status_code for answer in answers] == [302, 403, 404]
    assert "Label these" not in found(reader, words="talks")


def test_words_are_found_lit_and_linked(site, study):
    page = found(site.visitor("annotator"), words="cafe russia")
    assert units(page) == ["d0%3As1", "d1%3As1", "d2%3As1"] or units(page) == ["d0:s1", "d1:s1", "d2:s1"]
    assert "<mark>Russia</mark>" in page
    assert "<mark>café</mark>" in page
    assert "&lt;b&gt;" in page
    assert "<b>Russia" not in page
    assert "/projects/study/label/d0:s1" in page
    assert "3 sentences" in page


def test_nothing_found_and_nothing_asked_say_so(site, study):
    client = site.visitor("reader")
    assert "Nothing found" in found(client, words="zeppelin")
    assert "Find sentences in all documents" in found(client)


@pytest.mark.parametrize(
    "query",
    ["words=%00", "words=%ED%A0%80", "words=" + "(" * 300, "words=%22", "page=0", "page=x", "page=99999999999999999999",
     "from=9999999999.1", "from=x", "speaker=%00", "words=talks&page=7", "words=talks&from=2.0"],
)  # fmt: skip
def test_odd_queries_do_no_harm(site, study, query):
    assert site.visitor("reader").get(f"{SEARCH}?{query}").status_code == 200


@pytest.mark.parametrize("query", ["target=nix", "label=nix:nix", "labelled=nix", "unsure=topic"])
def test_what_is_not_there_is_refused_in_words(site, study, query):
    answer = site.visitor("reader").get(f"{SEARCH}?{query}")
    assert answer.status_code == 422
    assert "Nothing was looked for" in answer.text


def test_labels_flags_and_comments_are_found_and_shown(site, study):
    say(site, "owner", "d1:s0", answers={"topic": "war"}, comment="Really?", is_flagged=True)
    say(site, "owner", "d1:s1", act="skip", answers=None)
    client = site.visitor("reader")
    for query in ({"label": "topic:war"}, {"flagged": "y"}, {"commented": "y"}, {"labelled": "yes"}):
        page = found(client, **query)
        assert len(units(page)) == 1
        assert "Really?" in page
        assert "flagged" in page
    assert "skipped" in found(client, skipped="y")
    assert len(units(found(client, labelled="no"))) == 8


def test_in_a_blind_round_nothing_of_the_others_can_be_found(site, study):
    client = site.visitor("annotator")
    say(site, "annotator", "d0:s0", answers={"topic": "war"})
    blind(site)
    queries = [{"label": "topic:war"}, {"flagged": "y"}, {"commented": "y"}, {"skipped": "y"}, {"labelled": "no"},
               {"labelled": "yes"}, {"words": "talks"}]  # fmt: skip
    before = [without_token(found(client, **query)) for query in queries]
    say(site, "owner", "d1:s0", answers={"topic": "war"}, comment="Really?", is_flagged=True)
    say(site, "owner", "d1:s1", act="skip", answers=None)
    assert [without_token(found(client, **query)) for query in queries] == before


def without_token(page: str) -> str:
    return re.sub(r'(csrf_token" value|csrf-token" content)="[^"]*"', "", page)


def test_masked_speakers_cannot_be_looked_for(site, study):
    with site.database.transaction() as session:
        session.execute(update(Project).where(Project.slug == "study").values(masked=["speaker", "outlet"]))
        session.execute(update(Document).values(outlet="Radio Nord"))
    page = found(site.visitor("annotator"), words="talks", speaker="Nobody")
    assert len(units(page)) == 3
    assert 'name="speaker"' not in page
    assert "Radio Nord" not in page
    assert "Radio Nord" in found(site.visitor("owner"), words="talks")


def test_what_is_found_becomes_a_queue(site, study):
    client = site.visitor("annotator")
    answer = site.send(client, f"{SEARCH}/queue", words="talks")
    assert answer.location == "/projects/study/label"
    start = client.get("/projects/study/label").text
    assert "3 sentences are waiting for you" in start
    assert "Queue: talks" in start
    page = client.get(site.send(client, "/projects/study/label/claim").location).text
    assert "Queue: talks" in page
    assert "0 / 3" in page
    with site.database.reading() as session:
        round_ = session.scalars(select(Round).where(Round.selection_mode == "search")).one()
        code = session.scalars(select(Annotator.code)).one()
    assert (round_.name, round_.query) == ("Search: talks", {"annotator": code, "criteria": {"words": "talks"}})


def test_a_queue_is_left_and_taken_up_again(site, study):
    client = site.visitor("annotator")
    site.send(client, f"{SEARCH}/queue", words="talks")
    assert site.send(client, f"{SEARCH}/queue/leave").status_code == 302
    page = client.get(SEARCH).text
    assert "My queues" in page
    assert "at work" not in page
    site.send(client, f"{SEARCH}/queue/enter", name="Search: talks")
    assert "at work" in client.get(SEARCH).text
    assert site.send(site.visitor("owner"), f"{SEARCH}/queue/enter", name="Search: talks").status_code == 404


def test_a_queue_of_nothing_is_refused(site, study):
    client = site.visitor("annotator")
    assert site.send(client, f"{SEARCH}/queue").status_code == 422
    assert site.send(client, f"{SEARCH}/queue", words="zeppelin").status_code == 422


def test_in_a_blind_round_only_the_owner_makes_queues(site, study):
    blind(site)
    annotator = site.visitor("annotator")
    assert "Label these" not in found(annotator, words="talks")
    assert site.send(annotator, f"{SEARCH}/queue", words="talks").status_code == 403
    assert site.send(site.visitor("owner"), f"{SEARCH}/queue", words="talks").status_code == 302


def test_a_finished_queue_goes_back_to_all_sentences_by_itself(site, study):
    client = site.visitor("annotator")
    site.send(client, f"{SEARCH}/queue", words="closed")
    for _ in range(3):
        page = client.get("/projects/study/label", follow_redirects=True)
        if "Start labelling" in page.text:
            page = client.get(site.send(client, "/projects/study/label/claim").location)
        form = page.text.partition('id="decision"')[2].partition("</form>")[0]
        fields = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form))
        fields = {name: html.unescape(value) for name, value in fields.items()}
        client.post(
            page.request.path, data={**fields, "act": "answer", "q1": "war", "holder": "author", "q4_words": ""}
        )
    finished = site.send(client, "/projects/study/label/claim")
    assert "The queue is finished" in finished.text
    assert "closed" in finished.text
    assert site.send(client, "/projects/study/label/claim").location.startswith("/projects/study/label/d")
    assert "Queue:" not in client.get("/projects/study/label", follow_redirects=True).text
    with site.database.reading() as session:
        project_id = session.scalar(select(Project.id).where(Project.slug == "study"))
        rows = list(chain.history(session, project_id))
    assert {row["selection"]["mode"] for row in rows} == {"search"}
    assert {row["round"] for row in rows} == {"Search: closed"}


def test_long_results_have_pages(site):
    make_study(site.database, documents=30, sentences=SENTENCES)
    client = site.visitor("reader")
    first, second = found(client, labelled="no"), found(client, labelled="no", page=2)
    assert (len(units(first)), len(units(second))) == (50, 40)
    assert 'rel="next"' in first
    assert 'rel="next"' not in second
    assert not set(units(first)) & set(units(second))


def test_withdrawn_sentences_are_not_found(site, study):
    from annotator.db.base import now

    with site.database.transaction() as session:
        session.execute(update(Unit).where(Unit.external_id == "d0:s0").values(withdrawn_at=now()))
    assert len(units(found(site.visitor("reader"), words="talks"))) == 2
