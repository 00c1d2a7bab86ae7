"""Help beside the sentence: precedents, the codebook, and what a text's sentences add up to."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from sqlalchemy import select, update

from annotator.codebook.builtin import builtin_codebooks
from annotator.db import Document, Membership, Unit
from annotator.db.engines import Database
from annotator.services import accounts, chain, imports, projects
from browser.desks import serving
from studies import make_study

pytestmark = pytest.mark.browser

TEXT = (
    "The company promises 260 permanent jobs.\n\n"
    "The number of permanent jobs is 260, Ann Lee 😀 brutally says.\n\n"
    "The sea was calm.\n"
)


@pytest.fixture
def open_study(sqlite_database: Database, page, tmp_path: Path) -> Iterator[Callable[..., list[str]]]:
    """Serve a study with a codebook and one text, sign in and take the first unit; returns the units."""
    with ExitStack() as stack:

        def start(codebook: str, **settings) -> list[str]:
            study = make_study(sqlite_database, documents=0, codebook=builtin_codebooks()[codebook])
            path = tmp_path / "text.txt"
            path.write_text(TEXT, encoding="utf-8")
            imports.import_file(sqlite_database, study.project_id, path, name=path.name)
            secret = prepare(sqlite_database, settings)
            address = stack.enter_context(serving(sqlite_database))
            page.goto(f"{address}/sign-in/{secret}")
            page.get_by_role("button", name="Sign in").press("Enter")
            page.wait_for_url("**/documents")
            page.goto(f"{address}/projects/study/label")
            page.wait_for_selector("#decision")
            with sqlite_database.reading() as session:
                return list(session.scalars(select(Unit.external_id).order_by(Unit.kind.desc(), Unit.position)))

        yield start


def prepare(database: Database, settings: dict) -> str:
    with database.transaction() as session:
        project, person = projects.find_project(session, "study"), accounts.first_user(session)
        project.suggestion_timing = "never"
        for name, value in settings.items():
            setattr(project, name, value)
        session.execute(update(Document).values(author="Ann Lee"))
        session.add(Membership(project_id=project.id, user_id=person.id, role="owner"))
        return accounts.create_sign_in_link(session, person)


def save(page, *keys: str) -> None:
    """Answer by keys, save, and wait for the next unit."""
    before = page.get_attribute("#decision", "data-unit")
    for key in (*keys, "Enter"):
        page.keyboard.press(key)
    page.wait_for_selector(f'#decision:not([data-unit="{before}"])')
    page.wait_for_selector('[data-save-state][data-state="saved"]')


def test_a_similar_sentence_shows_how_it_was_labelled_and_leads_there(open_study, page):
    first, second, *_ = open_study("stance-and-frames")
    save(page, "1")
    card = page.locator("[data-precedents]")
    card.get_by_text("The company promises 260 permanent jobs.").wait_for()
    assert card.locator(".mark").all_inner_texts() == ["economic"]
    assert page.locator("[data-earlier] dd").inner_text().strip() == "economic 1"
    card.get_by_role("link").click()
    page.wait_for_selector(f'#decision[data-unit="{first}"]')
    card.wait_for(state="hidden")
    page.keyboard.press("Backspace")
    page.wait_for_selector(f'#decision[data-unit="{second}"]')


def test_the_codebook_opens_at_the_label_looked_at_and_gives_the_focus_back(open_study, page):
    open_study("stance-and-frames")
    page.locator(".options .option input").nth(2).focus()
    page.locator("[data-definition] h3").wait_for()
    assert page.locator("[data-definition] a").get_attribute("href").endswith("#frames%3Amorality")
    page.keyboard.press("g")
    dialog = page.locator("dialog.guidelines")
    dialog.get_by_text("Boydstun").wait_for()
    assert dialog.locator("article.lit").get_attribute("id") == "frames:morality"
    assert page.evaluate("document.activeElement.id") == "frames:morality"
    page.keyboard.press("s")
    page.keyboard.press("Escape")
    dialog.wait_for(state="detached")
    assert page.evaluate("document.activeElement.value") == "morality"


def test_the_whole_text_is_asked_about_last_beside_what_was_said_of_its_sentences(open_study, page):
    *sentences, whole = open_study("policy-frames")
    for _ in sentences:
        save(page, "1")
    assert page.get_attribute("#decision", "data-unit") == whole
    summary = page.locator(".summary")
    assert "3 of 3 sentences labelled" in summary.inner_text()
    assert [words.split() for words in summary.locator("li").all_inner_texts()] == [["economic", "3"]]


def test_what_is_taken_back_before_the_whole_text_is_asked_about_is_corrected_first(open_study, page):
    *sentences, whole = open_study("policy-frames")
    for _ in sentences[1:]:
        save(page, "1")
    held = []
    page.route("**/label/acts", lambda route: held.append(route))
    for key in ("1", "Enter"):
        page.keyboard.press(key)
    page.wait_for_selector("[data-waiting]")
    page.keyboard.press("u")
    page.wait_for_selector(f'#decision[data-unit="{sentences[-1]}"]')
    page.route("**/label/acts", lambda route: route.continue_())
    for route in held:
        route.continue_()
    page.wait_for_selector('[data-save-state][data-state="saved"]')
    page.wait_for_load_state("networkidle")
    assert page.get_attribute("#decision", "data-unit") == sentences[-1]
    save(page)
    assert page.get_attribute("#decision", "data-unit") == whole


def test_the_value_of_a_frame_follows_its_items(open_study, page):
    open_study("generic-frames")
    value = page.locator("[data-frame-value]").first
    assert value.inner_text() == "0.00"
    page.keyboard.press("1")
    page.keyboard.press("2")
    assert value.inner_text() == "0.40"
    page.keyboard.press("0")
    assert value.inner_text() == "0.00"


def test_words_beside_a_masked_name_are_marked_where_they_stand(open_study, page, sqlite_database):
    open_study("stance-and-frames", masked=["author", "names"])
    save(page, "s")
    mask = page.locator("[data-sentence] .masked")
    assert (mask.inner_text(), mask.get_attribute("aria-label")) == ("▒▒▒▒▒▒▒", "name masked")
    page.get_by_text("brutally", exact=True).first.dblclick()
    page.locator("[data-spans-given]").get_by_text("brutally").wait_for()
    save(page)
    with sqlite_database.reading() as session:
        row = list(chain.history(session, 1))[-1]
    (span,) = row["answers"]["loaded"]
    assert TEXT.split("\n\n")[1][span["start"] : span["end"]] == "brutally"
    assert row["masked"] == ["author", "names"]
