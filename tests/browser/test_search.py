"""From a search to a queue, through it, and back to all sentences, in a browser."""

from collections.abc import Iterator

import pytest
from sqlalchemy import select

from annotator.db import Annotation, Membership, Round
from annotator.db.engines import Database
from annotator.services import accounts, projects
from browser.desks import serving
from studies import make_study

pytestmark = pytest.mark.browser

SENTENCES = (
    "Moscow said the talks would go on.",
    "The sanctions hurt Russia.",
    "Prices rose, and nobody knows why.",
    "New sanctions were announced.",
)


@pytest.fixture
def served(sqlite_database: Database) -> Iterator[str]:
    """Serve a study of four sentences."""
    with sqlite_database.transaction() as session:
        projects.find_project(session, "study").control_share = 0.0
    make_study(sqlite_database, sentences=SENTENCES)
    with sqlite_database.transaction() as session:
        project = projects.find_project(session, "study")
        project.suggestion_timing = "never"
        session.add(Membership(project_id=project.id, user_id=accounts.first_user(session).id, role="owner"))
    with serving(sqlite_database) as address:
        yield address


def test_what_a_search_finds_is_labelled_and_then_all_the_rest(served, page, sqlite_database):
    with sqlite_database.transaction() as session:
        secret = accounts.create_sign_in_link(session, accounts.first_user(session))
    page.goto(f"{served}/sign-in/{secret}")
    page.get_by_role("button", name="Sign in").press("Enter")
    page.wait_for_url("**/documents")
    page.get_by_role("link", name="Search").click()
    page.get_by_label("Words").fill("sanctions")
    page.keyboard.press("Enter")
    page.locator("mark").nth(1).wait_for()
    page.wait_for_load_state()
    assert page.locator("mark").all_text_contents() == ["sanctions", "sanctions"]
    page.get_by_role("button", name="Label these 2 sentences").press("Enter")
    for text in ("The sanctions hurt Russia.", "New sanctions were announced."):
        page.wait_for_selector(f'[data-sentence]:has-text("{text}")')
        page.get_by_text("Queue: sanctions").wait_for()
        page.locator('.option:has(input[name="q1"][value="war"])').click()
        page.get_by_role("button", name="Save and next").click()
    page.get_by_role("heading", name="The queue is finished").wait_for()
    page.get_by_role("button", name="Go on with all sentences").click()
    page.wait_for_selector('[data-sentence]:has-text("Moscow said")')
    assert page.get_by_text("Queue:").count() == 0
    with sqlite_database.reading() as session:
        found = session.execute(
            select(Round.name, Annotation.selection_mode).join(Annotation, Annotation.round_id == Round.id)
        )
        assert set(found) == {("Search: sanctions", "search")}


def test_a_sentence_has_an_address_that_scrolls_to_it(served, page, sqlite_database):
    with sqlite_database.transaction() as session:
        secret = accounts.create_sign_in_link(session, accounts.first_user(session))
    page.set_viewport_size({"width": 390, "height": 300})
    page.goto(f"{served}/sign-in/{secret}")
    page.get_by_role("button", name="Sign in").press("Enter")
    page.wait_for_url("**/documents")
    page.goto(f"{served}/projects/study/documents/read?document=d0&unit=d0:s3#d0:s3")
    box = page.locator('[id="d0:s3"]').bounding_box()
    assert box
    assert 0 <= box["y"] <= 300
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
