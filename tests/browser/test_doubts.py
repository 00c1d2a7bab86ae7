"""Labels in doubt in the browser: found by a training, looked at with their twin, decided by keys alone."""

from collections.abc import Iterator
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from annotator.db import Membership
from annotator.db.engines import Database
from annotator.services import accounts
from browser.desks import TAKEN, serving
from doubtful import FIRST, SECOND, WRONG, doubtful
from fixtures_browser import no_complaints

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser


@pytest.fixture
def page(sqlite_database: Database, chromium: "Browser") -> Iterator["Page"]:
    """Open the queue of what waits for a decision, as the owner."""
    study = doubtful(sqlite_database)
    with sqlite_database.transaction() as session:
        owner = accounts.create_user(session, "Olga")
        session.add(Membership(project_id=study.project_id, user_id=owner.id, role="owner"))
        link = accounts.create_sign_in_link(session, owner)
    with serving(sqlite_database) as address, closing(chromium.new_context(locale="en-GB")) as context:
        page = context.new_page()
        page.set_default_timeout(20_000)
        with no_complaints(page):
            page.goto(f"{address}/sign-in/{link}")
            page.get_by_role("button", name="Sign in").press("Enter")
            page.wait_for_url("**/documents")
            page.get_by_role("link", name="Adjudication").click()
            yield page


def test_an_unlikely_label_is_put_right_by_keys_alone(page: "Page"):
    page.get_by_role("link", name="Unlikely labels").press("Enter")
    page.get_by_label("Order").select_option("disputed")
    page.get_by_role("button", name="Show").press("Enter")
    page.locator(f'.ways [href*="unit?unit=d{WRONG}:s0"]').press("Enter")
    page.wait_for_selector(f'#decision[data-unit="d{WRONG}:s0"]:focus')
    said = page.locator(".in-doubt").inner_text()
    assert "topic: “trade” is unlikely" in said
    assert "“war” likelier" in said
    page.keyboard.press("1")
    page.wait_for_selector(TAKEN)
    war = page.locator('.options label:has(input[value="war"]) kbd').inner_text()
    for key in ("Tab", war, "Enter"):
        page.keyboard.press(key)
    page.wait_for_selector(f'#decision[data-unit="d{WRONG}:s0"]', state="detached")
    page.goto(page.url.partition("/unit")[0] + "?why=unlikely")
    assert page.locator(f'[href*="d{WRONG}:s0"]').count() == 0


def test_a_twin_is_shown_with_the_word_that_differs(page: "Page"):
    page.get_by_role("link", name="Nearly identical").click()
    page.get_by_role("link", name="Decide the first").click()
    page.wait_for_selector(f'#decision[data-unit="d{SECOND}:s0"]:focus')
    assert page.locator(".in-doubt mark").all_inner_texts() == ["named"]
    page.get_by_role("link", name="Decide that one instead").click()
    page.wait_for_selector(f'#decision[data-unit="d{FIRST}:s0"]')
