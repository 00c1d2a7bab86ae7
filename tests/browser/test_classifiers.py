"""Cards of classifiers in the browser: charts, from a difference to its sentences, and back to an earlier one."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest

from fixtures_browser import no_complaints
from furnished import PAGES, Furnished
from graded import SLUG

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def page(site: Furnished, signed_in_page: "Page") -> Iterator["Page"]:
    """Open a card and wait for its charts; neither errors nor violations of the policy are allowed."""
    with no_complaints(signed_in_page):
        signed_in_page.goto(site.address + PAGES["classifiers.show_card"])
        signed_in_page.wait_for_selector("html[data-drawn='2']")
        yield signed_in_page


def test_calibration_and_learning_curve_are_drawn_above_their_tables(page: "Page") -> None:
    for section in ("#reserved", "#cross-validated"):
        figure = page.locator(f"{section} figure")
        assert figure.get_by_role("img").get_attribute("aria-label").startswith("Chart: ")
        assert figure.locator("svg path").count() > 5
        assert page.locator(f"{section} details table").count() == 1
    page.locator("#cross-validated summary").click()
    assert page.locator("#cross-validated details tbody tr").count() >= 3


def test_a_chart_is_saved_under_the_cards_name(page: "Page", tmp_path: Path) -> None:
    with page.expect_download() as saved:
        page.locator("#reserved").get_by_role("button", name="Chart as SVG").click()
    assert saved.value.suggested_filename == "classifier-calibration.svg"
    saved.value.save_as(tmp_path / "calibration.svg")
    # The file that was just drawn by this application.
    drawing = ET.parse(tmp_path / "calibration.svg").getroot()
    words = [" ".join(text.itertext()) for text in drawing.iter(f"{SVG}text")]
    assert {"favor", "against", "neither"} <= {*words}


def test_from_the_card_to_what_changed_and_back_to_the_earlier_one(site: Furnished, page: "Page") -> None:
    page.goto(f"{site.address}/projects/{SLUG}/classifiers/3")
    page.get_by_label("Compare with").select_option("1")
    page.get_by_role("button", name="Compare").click()
    page.get_by_role("heading", name="On the same reserved units").wait_for()
    page.get_by_role("link", name="What changed").click()
    first = page.locator(".hit .title").first
    words = page.locator(".hit .words").first.inner_text()
    first.click()
    page.locator("[id]:target", has_text=words).wait_for()
    page.goto(f"{site.address}/projects/{SLUG}/classifiers/1")
    page.get_by_role("button", name="Make active").click()
    page.wait_for_selector(".note.done")
    page.get_by_text("Which made the suggestions when").nth(0).click()
    page.get_by_text("Classifier 1, ", exact=False).first.wait_for()
    page.goto(f"{site.address}/projects/{SLUG}/classifiers/3")
    page.get_by_role("button", name="Make active").click()
    page.wait_for_selector(".note.done")


@pytest.mark.parametrize("language", ["en-GB", "de-DE"])
def test_on_a_phone_figures_stand_beside_their_names_and_are_all_in_view(
    chromium: "Browser", site: Furnished, page: "Page", language: str
) -> None:
    context = chromium.new_context(
        locale=language, viewport={"width": 390, "height": 844}, storage_state=page.context.storage_state()
    )
    phone = context.new_page()
    for name, table in (("classifiers.list_classifiers", ".stacked"), ("classifiers.compare", ".versus")):
        phone.goto(site.address + PAGES[name])
        for one in phone.locator(f".scroll:has(> {table})").all():
            assert one.evaluate("(one) => one.scrollWidth <= one.clientWidth")
    phone.goto(site.address + PAGES["classifiers.list_classifiers"])
    name = phone.locator(".stacked td").first.evaluate("(one) => getComputedStyle(one, '::before').content")
    assert name == f'"{phone.locator(".stacked th.count").first.text_content()}"'
    context.close()


def tab_to(page: "Page", name: str, *, most: int = 90) -> None:
    """Press Tab until something of this name has the focus, and see that it is marked and in view."""
    for _ in range(most):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.textContent.trim()").startswith(name):
            assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
            box = page.evaluate("document.activeElement.getBoundingClientRect().toJSON()")
            assert box["bottom"] > 0
            assert box["top"] < page.viewport_size["height"]
            return
    pytest.fail(f"Tab does not lead to “{name}”")


def test_by_keys_alone_from_the_card_to_the_comparison_to_another_and_back(site: Furnished, page: "Page") -> None:
    page.goto(f"{site.address}/projects/{SLUG}/classifiers/3")
    for number in (1, 3):
        tab_to(page, "Compare")
        page.keyboard.press("Enter")
        page.get_by_role("heading", name="What they were made of").wait_for()
        tab_to(page, f"Make classifier {number} active")
        page.keyboard.press("Enter")
        assert f"Classifier {number} makes the suggestions" in page.locator(".note.done").inner_text()
        tab_to(page, f"Card of classifier {number}")
        page.keyboard.press("Enter")
        page.locator("h1", has_text=f"Classifier {number} active").wait_for()
