"""A target without labels of its own on the labelling page: suggested from what is said of others, and marked so."""

import random
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from annotator.db import Annotation, Membership
from annotator.db.engines import Database
from annotator.services import accounts, projects
from browser.desks import eventually, serving
from mentioned_world import STRANGER, sentence, study_of, told_by_words

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser

WAITING = sentence(random.Random(8), STRANGER, "praised", "mocked")[0]


@pytest.fixture
def served(sqlite_database: Database) -> Iterator[str]:
    """Serve a study of five people, with a sentence about a sixth that waits for a label."""
    with sqlite_database.transaction() as session:
        project = projects.find_project(session, "study")
        project.control_share, project.suggestion_timing = 0.0, "before"
        session.add(Membership(project_id=project.id, user_id=accounts.first_user(session).id, role="owner"))
    study_of(sqlite_database, told_by_words(90), more=[WAITING])
    with serving(sqlite_database) as address:
        yield address


@pytest.fixture
def desk(served: str, page: "Page", sqlite_database: Database) -> "Page":
    """Sign in and wait for the suggestion."""
    with sqlite_database.transaction() as session:
        secret = accounts.create_sign_in_link(session, accounts.first_user(session))
    page.goto(f"{served}/sign-in/{secret}")
    page.get_by_role("button", name="Sign in").press("Enter")
    page.wait_for_url("**/documents")
    page.goto(f"{served}/projects/study/label")
    page.locator(".segment.suggested").wait_for()
    return page


def test_a_suggestion_from_other_targets_is_shown_with_reasons_and_marked(served: str, desk: "Page") -> None:
    page = desk
    assert page.locator(".segment.suggested").inner_text().startswith("Favor")
    advice = page.locator("[data-advice]")
    assert f"Favor – {STRANGER}" in advice.inner_text()
    chip = advice.locator(".from-others")
    assert chip.inner_text() == "learned from other targets"
    assert "too few labels" in chip.get_attribute("title")
    assert advice.locator(".reason bdi").first.inner_text() == "praised"
    page.goto(f"{served}/projects/study/classifiers")
    page.get_by_role("link", name="more on it").click()
    card = page.locator("#other-targets")
    card.get_by_text("in use", exact=True).wait_for()
    card.get_by_text("always the commonest label").first.wait_for()


def test_it_is_marked_where_it_is_first_seen_and_in_what_is_kept(desk: "Page", sqlite_database: Database) -> None:
    output = desk.locator(".segment.suggested output")
    assert output.inner_text().startswith("≈\u00a0")
    assert output.get_attribute("aria-label").endswith(", learned from other targets")
    assert "too few labels" in output.get_attribute("title")
    assert desk.locator(".segment:not(.suggested) output").get_attribute("title") is None
    desk.keyboard.press("f")
    desk.get_by_role("button", name="Save and next").press("Enter")

    def stored() -> dict | None:
        with sqlite_database.reading() as session:
            return session.scalars(select(Annotation.suggestions_shown).order_by(Annotation.id.desc())).first()

    kept = eventually(desk, stored, bool)
    assert kept["suggestions"] == kept["suggested"]
    assert [one["from_other_targets"] for one in kept["suggestions"]] == [True]
