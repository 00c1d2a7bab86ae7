"""The list of documents and the reader."""

import pytest
from sqlalchemy import select, update

from annotator.db import Document, Project, Unit
from annotator.services import accounts, imports
from annotator.services.sample import create_sample_project

TALK = "ANNA BELL, HOST: Good evening <b>all</b>. The vote was close.\n\nCARL DUNN: It was. I am told so.\n"


@pytest.fixture
def bring(site, tmp_path):
    """Return how to import a text into the project."""

    def bring(name, text):
        path = tmp_path / name
        path.write_text(text)
        imports.import_file(site.database, 1, path, name=name)
        with site.database.reading() as session:
            return session.scalars(select(Document).order_by(Document.id.desc())).first().external_id

    return bring


def reader(document, **more):
    return f"/projects/study/documents/read?document={document}" + "".join(f"&{key}={more[key]}" for key in more)


def test_an_empty_project_says_what_to_do(site, owner):
    assert "You see what was understood before anything is stored" in owner.get("/projects/study/documents").text
    assert 'href="/projects/study/targets">targets</a>' in owner.get("/projects/study/documents").text
    assert "An owner of the project imports them" in site.visitor("reader").get("/projects/study/documents").text


def test_the_list_shows_titles_and_counts(owner, bring):
    bring("talk.txt", TALK)
    page = owner.get("/projects/study/documents").text
    assert "talk</a>" in page
    assert '<td class="count">4</td>' in page


def test_the_search_narrows_the_list(owner, bring):
    bring("harbour.txt", "One. Two.")
    bring("council.txt", "Three. Four.")
    page = owner.get("/projects/study/documents?search=HARB").text
    assert "harbour</a>" in page
    assert "council</a>" not in page
    assert "Nothing found" in owner.get("/projects/study/documents?search=<b>").text


@pytest.mark.parametrize("query", ["page=0", "page=-5", "page=x", "page=99999999999999999999", "search=%00"])
def test_odd_pages_do_no_harm(owner, query):
    assert owner.get(f"/projects/study/documents?{query}").status_code == 200


def test_long_lists_have_pages(site, owner, tmp_path):
    rows = "".join(f"d{number},Title {number:03},Some text here.\n" for number in range(60))
    path = tmp_path / "many.csv"
    path.write_text("id,title,text\n" + rows)
    imports.import_file(site.database, 1, path, name=path.name)
    first = owner.get("/projects/study/documents").text
    assert "Title 049" in first
    assert "Title 050" not in first
    assert 'rel="next"' in first
    assert "Title 059" in owner.get("/projects/study/documents?page=2").text


def test_the_reader_shows_the_whole_text_by_turns_as_text(owner, bring):
    page = owner.get(reader(bring("talk.txt", TALK))).text
    assert page.index("Anna Bell") < page.index("The vote was close.") < page.index("I am told so.")
    assert "<b>all</b>" not in page
    assert "&lt;b&gt;all&lt;/b&gt;" in page


def test_every_sentence_is_an_anchor_and_one_can_be_lit(site, owner, bring):
    document = bring("talk.txt", TALK)
    with site.database.reading() as session:
        units = list(session.scalars(select(Unit.external_id)))
    page = owner.get(reader(document, unit=units[2])).text
    assert all(f'id="{unit}"' in page for unit in units)
    assert page.count("line lit") == 1


def test_an_unknown_document_or_sentence_is_not_found(owner, bring):
    assert owner.get(reader("nix")).status_code == 404
    assert owner.get(reader(bring("talk.txt", TALK), unit="nix")).status_code == 404
    assert owner.get("/projects/study/documents/read").status_code == 404


def test_the_document_of_another_project_is_not_found(site, bring):
    document = bring("talk.txt", TALK)
    outsider = site.visitor("outsider")
    assert outsider.get(reader(document).replace("study", "elsewhere")).status_code == 404


def test_what_is_masked_is_hidden_from_those_who_label(site, owner, bring):
    document = bring("talk.txt", TALK)
    with site.database.transaction() as session:
        session.execute(update(Document).values(outlet="Radio Nord"))
        session.execute(update(Project).values(masked=["outlet", "speaker"]))
    for path in (reader(document), "/projects/study/documents"):
        assert "Radio Nord" in owner.get(path).text
        assert "Radio Nord" not in site.visitor("annotator").get(path).text
    assert "Anna Bell" not in site.visitor("annotator").get(reader(document)).text


def test_metadata_is_put_right(site, owner, bring):
    document = bring("talk.txt", TALK)
    path = reader(document).replace("/read", "/correct")
    site.send(owner, path, title="The vote", outlet="Radio Nord", date="2024-03")
    page = owner.get(reader(document)).text
    assert "<h1>The vote</h1>" in page
    assert "Radio Nord" in page
    answer = site.send(owner, path, date="someday")
    assert answer.status_code == 422
    assert "“someday” is no date" in answer.text


def test_a_speaker_is_renamed(site, owner, bring):
    document = bring("talk.txt", TALK)
    path = reader(document).replace("/read", "/rename-speaker")
    site.send(owner, path, name="Carl Dunn", new_name="Karl Dunn")
    page = owner.get(reader(document)).text
    assert "Karl Dunn" in page
    assert site.send(owner, path, name="Karl Dunn", new_name=" ").status_code == 422


def test_labels_stand_beside_their_sentence(site, owner):
    with site.database.reading() as session:
        user_id = accounts.find_user(session, "owner").id
    slug = create_sample_project(site.database, user_id)
    page = owner.get(f"/projects/{slug}/documents/read?document=radio-before-dawn").text
    sentence = page.split('<div class="line')
    (marked,) = [part for part in sentence if "They came with a slide show" in part]
    assert 'class="chip against"' in marked
    assert "Harbour Company" in marked
    (unmarked,) = [part for part in sentence if "Oskarren’s story is not unusual" in part]
    assert "chip" not in unmarked
