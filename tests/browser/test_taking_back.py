"""What is taken back, looked at again and answered again, in a hurry and without network."""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from annotator.db.engines import Database
from browser.desks import ACTS, Desk, let_in, prepare, serving, wait_held
from fixtures_browser import no_complaints

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Route

pytestmark = pytest.mark.browser

#: What a browser says by itself of requests that fail.
EXPECTED = ("Failed to load resource", "ERR_")


@pytest.fixture
def desk(browser_context: "BrowserContext", sqlite_database: Database) -> Iterator[Desk]:
    prepare(sqlite_database)
    with serving(sqlite_database) as address:
        page = let_in(browser_context, address, sqlite_database)
        with no_complaints(page, allowed=EXPECTED):
            yield Desk(page, address, sqlite_database).start()


def wait_for(desk: Desk, position: int) -> None:
    """Wait for a sentence to be on the screen."""
    desk.page.wait_for_selector(f'#decision[data-position="{position}"]')


def go_to(desk: Desk, position: int) -> None:
    """Click a sentence of the text."""
    desk.page.locator("[data-go]").nth(position - 1).click()
    wait_for(desk, position)


def test_what_the_button_takes_back_does_not_come_again_once_it_is_answered(desk: Desk) -> None:
    desk.label(2)
    desk.state("saved")
    go_to(desk, 1)
    desk.page.locator("[data-undo-this]").click()
    desk.page.wait_for_selector('#decision [name="supersedes"][value=""]', state="attached")
    desk.page.wait_for_load_state("networkidle")
    assert desk.page.is_checked('[data-row] input[value="against"]')
    desk.press("f", "Enter")
    wait_for(desk, 3)
    desk.state("saved")
    assert [row["act"] for row in desk.history()] == ["answer", "answer", "undo", "answer"]


def test_an_answer_under_way_that_is_looked_at_again_does_not_come_by_itself(desk: Desk) -> None:
    desk.page.context.set_offline(True)
    desk.label()
    wait_for(desk, 2)
    go_to(desk, 1)
    go_to(desk, 2)
    desk.label()
    wait_for(desk, 3)
    desk.page.context.set_offline(False)
    desk.check_all_stored()


def test_undo_is_pressed_more_often_than_there_is_anything_to_take_back(desk: Desk) -> None:
    desk.label(8)
    desk.press(*"uuuuuuuuuu")
    wait_for(desk, 1)
    desk.state("saved")
    desk.page.wait_for_load_state("networkidle")
    desk.press("f", "Enter", "u", "n", "Enter")
    wait_for(desk, 2)
    desk.state("saved")
    acts = desk.history()
    assert [act["act"] for act in acts] == ["answer"] * 8 + ["undo"] * 8 + ["answer", "undo", "answer"]
    assert not any(act["stale"] for act in acts)


def test_several_undos_of_what_an_earlier_page_said_end_at_the_first_of_them(desk: Desk) -> None:
    desk.label(15)
    desk.state("saved")
    desk.start()
    desk.press(*"uuuu")
    wait_for(desk, 12)
    desk.state("saved")
    desk.page.wait_for_load_state("networkidle")
    assert desk.page.get_attribute("#decision", "data-position") == "12"
    acts = desk.history()[15:]
    assert [act["act"] for act in acts] == ["undo"] * 4
    assert not any(act["stale"] for act in acts)


def test_going_back_several_times_ends_at_the_last_one_asked_for(desk: Desk) -> None:
    desk.label(8)
    desk.state("saved")
    held: list[Route] = []
    desk.page.route(re.compile(r"/label/d0(:|%3A)s\d$"), lambda route: held.append(route))
    desk.press("Backspace", "Backspace")
    wait_held(desk.page, held, 2)
    for route in reversed(held):
        route.continue_()
        route.request.response()
    wait_for(desk, 7)
    desk.page.wait_for_load_state("networkidle")
    assert desk.page.get_attribute("#decision", "data-position") == "7"


def test_a_sentence_is_revised_twice_without_network_and_taken_back_twice(desk: Desk) -> None:
    desk.page.context.set_offline(True)
    desk.label()
    for key in "fn":
        go_to(desk, 1)
        desk.press("Shift+Tab", key, "Enter")
        wait_for(desk, 2)
    desk.page.context.set_offline(False)
    for _ in range(2):
        desk.state("saved")
        desk.press("u")
        wait_for(desk, 1)
    desk.state("saved")
    desk.page.get_by_text("taken back", exact=True).wait_for()
    desk.press("Enter")
    wait_for(desk, 2)
    desk.state("saved")
    acts = desk.history()
    assert [act["act"] for act in acts] == ["answer"] * 3 + ["undo"] * 2 + ["answer"]
    assert not any(act["stale"] for act in acts)


def test_an_answer_taken_back_before_it_is_refused_leaves_nothing_to_mend(desk: Desk) -> None:
    held: list[Route] = []
    desk.page.route(ACTS, lambda route: held.append(route))
    desk.page.evaluate("document.querySelector('[data-spans]').value = JSON.stringify([{start: 0, end: 9999}])")
    desk.press("a", "Enter")
    wait_for(desk, 2)
    desk.press("u")
    wait_for(desk, 1)
    desk.page.route(ACTS, lambda route: route.continue_())
    for route in held:
        route.continue_()
    desk.state("saved")
    assert desk.kept(0) == []
    assert desk.history() == []


def test_a_text_that_cannot_be_fetched_leaves_the_one_in_view(desk: Desk) -> None:
    held: list[Route] = []
    desk.page.route("**/text", lambda route: held.append(route))
    desk.label(20)
    wait_for(desk, 1)
    for route in held:
        route.abort()
    desk.page.route("**/text", lambda route: route.abort())
    desk.page.get_by_text("text around the sentence cannot be fetched").wait_for()
    assert desk.page.locator("[data-text] [data-go]").count() == 20
    desk.check_all_stored()
