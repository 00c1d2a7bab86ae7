"""The reader's margin, its filters and its links."""

import re
from urllib.parse import urlencode

import pytest
from sqlalchemy import select, update

from annotator.db import Annotator, Document, Round
from annotator.services import accounts, projects, reading, recording, seats
from studies import Study, make_act, make_study

READER = "/projects/study/documents/read"
SENTENCES = (
    "Moscow said the talks with Ukraine would go on.",
    "Carl Dunn says Russia started it.",
    "Prices rose, and nobody knows why.",
)


@pytest.fixture
def study(site) -> Study:
    return make_study(site.database, documents=3, sentences=SENTENCES)


def read(client, document: str = "d1", **query) -> str:
    answer = client.get(f"{READER}?{urlencode({'document': document, **query})}")
    assert answer.status_code == 200
    return answer.text


def say(site, name: str, unit: str, **act) -> str:
    """Let somebody label and return their code."""
    with site.database.transaction() as session:
        project = projects.find_project(session, "study")
        seat = seats.take_seat(session, project, accounts.find_user(session, name))
        recording.record_act(session, seat, make_act(unit=unit, codebook=2, **act))
        return seat.code


def matching(page: str) -> list[str]:
    return re.findall(r'<div class="line[^"]* match" id="([^"]+)"', page)


def lines(page: str) -> list[str]:
    return re.findall(r'<div class="line[^"]*" id="([^"]+)"', page)


def test_the_margin_says_who_said_what(site, study):
    code = say(site, "owner", "d1:s0", answers={"topic": "war"}, comment="Really?", is_flagged=True)
    say(site, "annotator", "d1:s1", act="skip", answers=None)
    page = read(site.visitor("annotator"))
    for words in (code, "war", "Really?", "flagged", "skipped", ">you<"):
        assert words in page


def test_gold_is_marked(site, study):
    from dataclasses import replace

    with site.database.transaction() as session:
        project = projects.find_project(session, "study")
        seat = seats.take_seat(session, project, accounts.find_user(session, "owner"))
        recording.record_act(session, replace(seat, kind="adjudication"), make_act(unit="d1:s0", codebook=2))
    assert ">gold<" in read(site.visitor("reader"))


def test_only_who_may_label_is_shown_the_way(site, study):
    link = 'href="/projects/study/label/d1:s0"'
    assert link in read(site.visitor("annotator"))
    assert link not in read(site.visitor("reader"))


def test_every_sentence_has_an_address_of_its_own(site, study):
    page = read(site.visitor("reader"), unit="d1:s2")
    assert f"{READER}?document=d1&amp;unit=d1:s2#d1:s2" in page
    assert re.search(r'class="line lit" id="d1:s2"', page)


def test_neighbours_are_linked_with_the_filters(site, study, owner):
    with site.database.reading() as session:
        target = study.targets[0]
        assert session.scalars(select(Document.external_id).order_by(Document.position)).all() == ["d0", "d1", "d2"]
    page = read(owner, target=target)
    assert f"document=d0&amp;target={target}" in page
    assert f"document=d2&amp;target={target}" in page
    assert 'rel="prev"' not in read(owner, "d0")
    assert 'rel="next"' not in read(owner, "d2")


def test_filters_light_what_matches(site, study):
    code = say(site, "owner", "d1:s0", answers={"topic": "war"})
    say(site, "annotator", "d1:s2", answers={"topic": "war"})
    client = site.visitor("reader")
    assert matching(read(client, label="topic:war")) == ["d1:s0", "d1:s2"]
    assert matching(read(client, label="topic:war", annotator=code)) == ["d1:s0"]
    assert matching(read(client, label="topic:trade")) == []
    assert "No sentence of this document matches" in read(client, label="topic:trade")
    assert lines(read(client, label="topic:war", only="y")) == ["d1:s0", "d1:s2"]
    assert len(lines(read(client, label="topic:war"))) == 3


def test_a_target_is_named_or_judged_and_a_stance_is_toward_it(site, study):
    russia, ukraine = study.targets
    stance = [{"target": ukraine, "holder": {"kind": "author"}, "label": "against"}]
    say(site, "owner", "d1:s2", answers={"stance": stance, "targets_offered": [ukraine]})
    client = site.visitor("reader")
    assert matching(read(client, target=russia)) == ["d1:s0", "d1:s1"]
    assert matching(read(client, target=ukraine)) == ["d1:s0", "d1:s2"]
    assert matching(read(client, target=ukraine, label="stance:against")) == ["d1:s2"]
    assert matching(read(client, target=russia, label="stance:against")) == []


def test_what_an_address_names_and_a_document_lacks_does_no_harm(site, study):
    client = site.visitor("reader")
    assert matching(read(client, label="x:y", target="nix", speaker="\0", annotator="C-NIX")) == []
    assert "No sentence of this document matches" in read(client, speaker="Nobody")


def test_the_filters_tell_nothing_of_others_in_a_blind_round(site, study):
    client = site.visitor("annotator")
    say(site, "annotator", "d1:s0", answers={"topic": "war"})
    with site.database.transaction() as session:
        session.execute(update(Round).values(phase="blind"))
        owner = seats.take_seat(
            session, projects.find_project(session, "study"), accounts.find_user(session, "owner")
        ).code
    queries = [{}, {"label": "topic:war"}, {"annotator": owner}, {"label": "topic:war", "only": "y"}]
    before = [without_token(read(client, **query)) for query in queries]
    say(site, "owner", "d1:s1", answers={"topic": "war"}, comment="Hm", is_flagged=True)
    assert [without_token(read(client, **query)) for query in queries] == before
    with site.database.reading() as session:
        assert len(session.scalars(select(Annotator.code)).all()) == 2


def without_token(page: str) -> str:
    return re.sub(r'(csrf_token" value|csrf-token" content)="[^"]*"', "", page)


def test_matches_in_other_parts_of_a_giant_document_are_counted_and_linked(site):
    many = [f"Sentence {number} is plain." for number in range(reading.WINDOW * 2 + 10)]
    for number in (3, 500, 501, 805):
        many[number] = f"Moscow did thing {number}."
    study = make_study(site.database, documents=1, sentences=many)
    client = site.visitor("reader")
    page = read(client, "d0", unit="d0:s450", target=study.targets[0])
    assert "4 sentences match" in page
    assert matching(page) == ["d0:s500", "d0:s501"]
    assert "unit=d0:s3&amp;target=" in page
    assert "1 in earlier parts" in page
    assert "1 in later parts" in page
    assert "unit=d0:s805&amp;target=" in page
