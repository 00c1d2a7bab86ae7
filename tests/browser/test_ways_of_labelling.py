"""Labelling with few keys, and without a script."""

from collections.abc import Iterator

import pytest
from sqlalchemy import select

from annotator.codebook.builtin import builtin_codebooks
from annotator.db import Membership, Project
from annotator.db.engines import Database
from annotator.services import accounts, chain, projects
from browser.desks import serving
from fixtures_browser import no_complaints
from studies import make_study

pytestmark = pytest.mark.browser

SENTENCES = (
    "Russia said no to the plan.",
    "Prices rose, and nobody knows why.",
    "It will not end well.",
    "The harbour was calm.",
)


@pytest.fixture
def address(sqlite_database: Database) -> Iterator[str]:
    """Serve a study whose first sentence alone names a target; return its one-time link."""
    make_study(sqlite_database, sentences=SENTENCES, codebook=builtin_codebooks()["stance-and-frames"])
    with sqlite_database.transaction() as session:
        project, person = projects.find_project(session, "study"), accounts.first_user(session)
        projects.add_target(session, project, "Russia")
        project.suggestion_timing = "never"
        session.add(Membership(project_id=project.id, user_id=person.id, role="annotator"))
        secret = accounts.create_sign_in_link(session, person)
    with serving(sqlite_database) as place:
        yield f"{place}/sign-in/{secret}"


def history(database: Database) -> list[dict]:
    with database.reading() as session:
        return list(chain.history(session, session.scalar(select(Project.id))))


def start(page, address: str) -> None:
    page.goto(address)
    page.get_by_role("button", name="Sign in").press("Enter")
    page.wait_for_url("**/documents")
    page.goto(address.split("/sign-in/")[0] + "/projects/study/label")


def test_three_keys_are_enough_where_a_sentence_names_no_target(page, address, sqlite_database):
    start(page, address)
    for position in range(1, 4):
        page.wait_for_selector(f'#decision[data-position="{position}"]')
        for key in ("a", "1", "Enter"):
            page.keyboard.press(key)
    page.wait_for_selector('[data-save-state][data-state="saved"]')
    page.reload()
    page.get_by_role("button", name="favor").click()
    page.keyboard.press("Enter")
    page.get_by_text("Nothing is left to label").wait_for()
    rows = history(sqlite_database)
    assert [row["answers"]["stance"][0]["label"] for row in rows] == ["against"] * 3 + ["favor"]
    assert len({row["answers"]["stance"][0]["target"] for row in rows}) == 1
    assert all(row["answers"]["frames"] == ["economic"] for row in rows[:3])


def test_a_target_that_is_only_at_hand_was_not_offered(page, address, sqlite_database):
    start(page, address)
    for keys in (("a", "Enter"), ("1", "Enter")):
        for key in keys:
            page.keyboard.press(key)
        page.wait_for_selector('[data-save-state][data-state="saved"]')
    assert "targets_offered" not in history(sqlite_database)[1]["answers"]


def test_the_last_sentence_can_be_taken_back_from_the_end(page, address, sqlite_database):
    start(page, address)
    for _ in SENTENCES:
        page.keyboard.press("1")
        page.keyboard.press("Enter")
        page.wait_for_selector('[data-save-state][data-state="saved"]')
    page.get_by_text("Nothing is left to label").wait_for()
    page.keyboard.press("u")
    page.wait_for_selector('#decision[data-position="4"]')
    assert page.is_checked('input[value="economic"]')
    page.wait_for_selector('[data-save-state][data-state="saved"]')
    assert [row["act"] for row in history(sqlite_database)] == ["answer"] * 4 + ["undo"]


def test_all_of_it_works_as_a_plain_form_without_a_script(chromium, address, sqlite_database):
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    with no_complaints(page):
        start(page, address)
        page.get_by_role("button", name="Start labelling").click()
        page.locator('[data-row] label[data-label="stance:against"]').click()
        page.get_by_role("button", name="Save and next").click()
        page.locator("[data-skip-box] summary").click()
        page.get_by_role("button", name="off topic").click()
        page.get_by_label("loaded, separated by |").fill("end well")
        page.get_by_role("button", name="Save and next").click()
        page.get_by_role("button", name="Take the last one back").click()
        assert page.get_by_label("loaded, separated by |").input_value() == "end well"
    context.close()
    rows = history(sqlite_database)
    assert [(row["act"], row.get("reason")) for row in rows] == [
        ("answer", None), ("skip", "off-topic"), ("answer", None), ("undo", None),
    ]  # fmt: skip
    assert rows[2]["answers"]["loaded"] == [{"start": 12, "end": 20}]
