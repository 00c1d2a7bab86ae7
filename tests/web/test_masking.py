"""With masks on, nothing an annotator can fetch tells a masked name."""

import html
import json
import re
import uuid

import pytest
from sqlalchemy import select, update

from annotator.db import Document, Project, Unit
from annotator.services import chain, imports
from studies import CODEBOOK
from web.conftest import PACE

TALK = """Kenyon of Nordic Radio calls

ANNA BELL, HOST: Good morning. Carl Dunn says the vote will be close. Thank you, Ann Lee.

CARL DUNN (MINISTER): Anna Bell asked me that before, and Moscow knows it. 😀 ANNA BELL ASKED!

BELL: Ann Lee of Nordic Radio reports that Dunn is brutal.
"""
HIDDEN = ("Anna", "Bell", "Carl", "Dunn", "Ann Lee", "Nordic", "minister")
LABEL = "/projects/study/label"


@pytest.fixture
def talk(site, tmp_path):
    """A transcript in the project with a codebook of every type, everything masked; its units in order."""
    from annotator.services import codebooks

    with site.database.transaction() as session:
        project = session.scalars(select(Project).where(Project.slug == "study")).one()
        codebooks.publish_codebook(session, project, CODEBOOK)
        project.masked = ["outlet", "author", "speaker", "names"]
        project.control_share = 0.0
    path = tmp_path / "talk.txt"
    path.write_text(TALK, encoding="utf-8")
    imports.import_file(site.database, 1, path, name=path.name)
    with site.database.transaction() as session:
        session.execute(update(Document).values(title="Dunn talks to Nordic Radio", outlet="Nordic Radio"))
        session.execute(update(Document).values(author="Ann Lee", url="https://nordic.example/bell"))
        return list(session.scalars(select(Unit.external_id).order_by(Unit.position)))


def crawl(client, talk, document: str) -> dict[str, str]:
    """Fetch everything an annotator can fetch about a text."""
    paths = ["/projects/study/documents", "/projects/study/documents?search=talk"]
    paths += [f"/projects/study/documents/read?document={document}"]
    for unit in talk:
        paths += [
            f"{LABEL}/{unit}",
            f"{LABEL}/{unit}/text",
            f"{LABEL}/{unit}/suggestions",
            f"{LABEL}/{unit}/precedents",
        ]
    found = {path: client.get(path) for path in paths}
    assert all(answer.status_code == 200 for answer in found.values())
    as_json = {
        f"{path} as JSON": client.get(path, headers={"Accept": "application/json"}).get_data(as_text=True)
        for path in paths
        if path.startswith(LABEL)
    }
    return {path: answer.get_data(as_text=True) for path, answer in found.items()} | as_json


def label(site, client, unit: str) -> None:
    """Give a label that makes a precedent."""
    common = {"act": "answer", "key": str(uuid.uuid4()), "codebook": "2", "holder": "author", "q1": "war"}
    body = {"acts": [{"unit": unit, "fields": [*map(list, common.items())]}]}
    assert client.post(f"{LABEL}/acts", json=body, headers={"X-CSRFToken": site.token(client)}).status_code == 200


def told(text: str) -> list[str]:
    text = html.unescape(text.encode().decode("unicode_escape", "ignore") + text)
    return [name for name in HIDDEN if re.search(rf"\b{name}\b", text, re.IGNORECASE)]


def sentence_of(page: str) -> str:
    return page[page.index("data-sentence") : page.index("</p>", page.index("data-sentence"))]


def document_of(site) -> str:
    with site.database.reading() as session:
        return session.scalars(select(Document.external_id)).one()


def test_no_answer_tells_a_masked_name(site, talk):
    client = site.visitor("annotator")
    site.send(client, f"{LABEL}/claim")
    for unit in talk[:4]:
        label(site, client, unit)
    said = {path: told(text) for path, text in crawl(client, talk, document_of(site)).items()}
    assert {path: names for path, names in said.items() if names} == {}


def test_the_same_crawl_tells_them_all_without_masks(site, talk):
    with site.database.transaction() as session:
        session.execute(update(Project).values(masked=[]))
    client = site.visitor("annotator")
    site.send(client, f"{LABEL}/claim")
    label(site, client, talk[0])
    everything = " ".join(crawl(client, talk, document_of(site)).values())
    assert told(everything) == list(HIDDEN)


def test_searching_for_a_masked_name_finds_nothing(site, talk):
    for name in ("Nordic", "Ann Lee", "Dunn"):
        assert "Nothing found" in site.visitor("annotator").get(f"/projects/study/documents?search={name}").text
        assert "Nothing found" not in site.visitor("owner").get(f"/projects/study/documents?search={name}").text


def test_what_is_found_by_a_masked_name_makes_no_next_page(site, talk, tmp_path):
    path = tmp_path / "many.csv"
    path.write_text("id,title,outlet,text\n" + "\n".join(f"{n},Nordic {n},Nordic,It rains." for n in range(60)))
    imports.import_file(site.database, 1, path, name=path.name)
    assert 'rel="next"' not in site.visitor("annotator").get("/projects/study/documents?search=Nordic").text
    assert 'rel="next"' in site.visitor("owner").get("/projects/study/documents?search=Nordic").text


def test_owners_read_everything_in_the_reader_and_outsiders_nothing(site, talk):
    path = f"/projects/study/documents/read?document={document_of(site)}"
    assert told(site.visitor("owner").get(path).text) == list(HIDDEN)
    assert site.visitor("outsider").get(path).status_code == 404


def test_a_mask_has_a_name_and_offsets_go_on_counting(site, talk):
    client = site.visitor("annotator")
    site.send(client, f"{LABEL}/claim")
    shown = [sentence_of(client.get(f"{LABEL}/{unit}").text) for unit in talk]
    (sentence,) = [words for words in shown if "that before" in words]
    assert 'data-start="0" data-masked="name masked" role="img" aria-label="name masked">▒▒▒▒▒▒▒▒▒<' in sentence
    assert '<u data-start="36" data-mention=' in sentence


def test_a_masked_speaker_is_still_the_holder_unless_another_is_chosen(site, talk):
    client = site.visitor("annotator")
    site.send(client, f"{LABEL}/claim")
    pages = [client.get(f"{LABEL}/{unit}").text for unit in talk]
    (page,) = [page for page in pages if "that before" in sentence_of(page)]
    assert re.search(r'name="holder" value="speaker" checked><span dir="auto">Speaker</span>', page)


def test_words_are_found_in_what_was_shown_and_the_masks_are_stored(site, talk):
    client = site.visitor("annotator")
    site.send(client, f"{LABEL}/claim")
    common = {"act": "answer", "key": str(uuid.uuid4()), "codebook": "2", "holder": "author"}
    act = {"unit": talk[-1], "fields": [*map(list, common.items()), ["q4_words", "brutal"]]}
    answer = client.post(f"{LABEL}/acts", json={"acts": [act]}, headers={"X-CSRFToken": site.token(client)})
    assert answer.status_code == 200, answer.text
    assert told(json.dumps(answer.json)) == []
    with site.database.reading() as session:
        (row,) = chain.history(session, 1)
    text = "Ann Lee of Nordic Radio reports that Dunn is brutal."
    assert row["masked"] == ["outlet", "author", "speaker", "names"]
    assert [text[span["start"] : span["end"]] for span in row["answers"]["loaded"]] == ["brutal"]


def test_owners_choose_what_is_masked(site, owner):
    page = owner.get("/projects/study/settings").text
    assert page.count('name="masked"') == 4
    site.send(
        owner,
        "/projects/study/settings",
        suggestion_timing="after",
        control_percent="20",
        masked=["names", "outlet"],
        **PACE,
    )
    with site.database.reading() as session:
        assert session.scalars(select(Project.masked).where(Project.slug == "study")).one() == ["outlet", "names"]
    assert owner.get("/projects/study/settings").text.count("checked") == 3
    wrong = site.send(
        owner, "/projects/study/settings", suggestion_timing="after", control_percent="20", masked=["x"], **PACE
    )
    assert wrong.status_code == 422
    assert site.visitor("annotator").get("/projects/study/settings").status_code == 403
