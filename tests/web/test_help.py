import html
import re
from urllib.parse import quote

import pytest
from sqlalchemy import select

from annotator.codebook.builtin import builtin_codebooks
from annotator.db import Project, Unit
from annotator.services import accounts, codebooks, imports, recording, seats
from studies import make_act, make_study

LABEL = "/projects/study/label"
SENTENCES = (
    "The company promises 260 permanent jobs.",
    "The number of permanent jobs is 260, the company says.",
    "The sea was calm that night.",
)


@pytest.fixture
def study(site):
    return make_study(site.database, documents=1, sentences=SENTENCES)


@pytest.fixture
def labeller(site, study):
    client = site.visitor("annotator")
    site.send(client, f"{LABEL}/claim")
    return client


def record(site, name: str, unit: str, **answers) -> None:
    with site.database.transaction() as session:
        project = session.scalars(select(Project).where(Project.slug == "study")).one()
        seat = seats.take_seat(session, project, accounts.find_user(session, name))
        number = codebooks.current_version(session, project.id).number
        recording.record_act(session, seat, make_act(unit=unit, codebook=number, answers=answers))


def test_one_who_may_label_one_who_may_not_and_one_from_elsewhere(site, study):
    path = f"{LABEL}/{study.units[0]}/precedents"
    assert [site.visitor(name).get(path).status_code for name in ("annotator", "reader", "outsider")] == [200, 403, 404]
    assert site.visitor("annotator").get(path).text.strip() == ""


def test_own_precedents_are_shown_with_their_marks_and_those_of_others_are_not(site, study, labeller):
    record(site, "owner", study.units[1], topic="war")
    assert labeller.get(f"{LABEL}/{study.units[0]}/precedents").text.strip() == ""
    record(site, "annotator", study.units[1], topic="trade")
    answer = labeller.get(f"{LABEL}/{study.units[0]}/precedents")
    assert answer.headers["Cache-Control"] == "no-store"
    assert "The number of permanent jobs is 260" in answer.text
    assert f'href="{LABEL}/{quote(study.units[1])}"' in answer.text
    assert (">trade<" in answer.text, ">war<" in answer.text) == (True, False)


def test_precedents_of_a_sentence_that_is_not_there_are_not_found(labeller):
    assert labeller.get(f"{LABEL}/nowhere/precedents").status_code == 404


def test_frames_decided_earlier_in_the_text_are_counted(site, study, labeller):
    record(site, "annotator", study.units[1], frames=["economic", "moral"])
    record(site, "annotator", study.units[2], frames=["economic"])
    page = labeller.get(f"{LABEL}/{study.units[0]}").text
    earlier = page[page.index("data-earlier") : page.index("</dl>")]
    assert '<dt dir="auto">frames</dt>' in earlier
    assert re.findall(r">(\w+ \d)<", earlier) == ["economic 2", "moral 1"]


def test_the_codebook_is_sent_whole_with_an_anchor_for_each_label(site, labeller, study):
    with site.database.transaction() as session:
        project = session.scalars(select(Project).where(Project.slug == "study")).one()
        codebooks.publish_codebook(session, project, builtin_codebooks()["policy-frames"])
    page = labeller.get("/projects/study/codebook/3/meanings?language=en").text
    for words in (
        "Fifteen frames",
        "Boydstun",
        "As a question of what",
        "Example",
        "Not this",
        "asked of the whole text",
    ):
        assert words in page
    assert '<article id="frames:economic" data-about="frames:economic">' in page
    assert "<kbd>1</kbd>" in page


def test_the_codebook_is_kept_in_the_language_its_address_names(site, study, labeller):
    german = {"Accept-Language": "de"}
    page = labeller.get(f"{LABEL}/{study.units[0]}", headers=german).text
    (address,) = re.findall(r'href="([^"]+/meanings[^"]+)"', page)
    assert "language=de" in address
    assert '<html lang="de">' in labeller.get(html.unescape(address)).text
    assert '<html lang="en">' in labeller.get("/projects/study/codebook/2/meanings?language=en", headers=german).text
    assert labeller.get("/projects/study/codebook/2/meanings?language=xx").status_code == 200


@pytest.fixture
def wholes(site, tmp_path):
    """Two codebooks' worth of whole texts: the sentences of one text, and the text itself."""

    def bring(codebook: str) -> list[str]:
        with site.database.transaction() as session:
            project = session.scalars(select(Project).where(Project.slug == "study")).one()
            codebooks.publish_codebook(session, project, builtin_codebooks()[codebook])
        path = tmp_path / "text.txt"
        path.write_text(
            "\n\n".join([*SENTENCES, "word " * 400, "قالت الحكومة إن روسيا لن تنسحب. 😀"]), encoding="utf-8"
        )
        imports.import_file(site.database, 1, path, name=path.name)
        with site.database.reading() as session:
            return list(session.scalars(select(Unit.external_id).order_by(Unit.kind.desc(), Unit.position)))

    return bring


def test_a_whole_text_is_asked_about_with_its_sentences_summed_up(site, wholes):
    units = wholes("policy-frames")
    client = site.visitor("annotator")
    site.send(client, f"{LABEL}/claim")
    record(site, "annotator", units[0], frames=["economic"])
    page = client.get(f"{LABEL}/{units[-1]}").text
    part = page[page.index('class="summary"') : page.index("data-form")]
    assert "1 of 6 sentences labelled" in part
    assert 'data-label="frames:economic"' in part
    assert f'data-go="{units[1]}" aria-label="Sentence 2"' in part
    assert 'class="summary"' not in client.get(f"{LABEL}/{units[1]}").text
    assert site.visitor("reader").get(f"{LABEL}/{units[-1]}").status_code == 403


def test_items_stand_by_frame_with_the_value_of_each(site, wholes):
    units = wholes("generic-frames")
    client = site.visitor("annotator")
    site.send(client, f"{LABEL}/claim")
    record(site, "annotator", units[-1], items=["government-can-help", "solution"])
    page = client.get(f"{LABEL}/{units[-1]}").text
    assert page.count("data-frame>") == 5
    values = re.findall(r"data-frame-value[^>]*>([\d.]+)<", page)
    assert values[:2] == ["0.40", "0.00"]
    assert 'class="summary"' not in page
