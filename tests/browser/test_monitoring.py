"""Charts of monitoring as they are drawn: all of them, anew where there is less room or no light, saved as files."""

from collections.abc import Iterator
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest

from fixtures_browser import no_complaints
from furnished import PAGES, Furnished

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser

NAMES = ("pace", "labels", "agreement", "checks", "suggestions")
SVG = "{http://www.w3.org/2000/svg}"
DRAWN = "document.querySelectorAll('.plot svg').length"


@pytest.fixture
def page(site: Furnished, signed_in_page: "Page") -> Iterator["Page"]:
    """Open the page and wait for its charts; neither errors nor violations of the policy are allowed."""
    with no_complaints(signed_in_page):
        signed_in_page.goto(site.address + PAGES["monitoring.show_monitoring"])
        signed_in_page.wait_for_selector("html[data-drawn='5']")
        yield signed_in_page
    signed_in_page.emulate_media(color_scheme="light")
    signed_in_page.set_viewport_size({"width": 1440, "height": 900})


def texts(drawing: ET.Element) -> list[str]:
    return [" ".join(text.itertext()) for text in drawing.iter(f"{SVG}text")]


def test_every_chart_is_drawn_and_has_its_table(page: "Page"):
    assert page.evaluate(DRAWN) == 5
    for name in NAMES:
        card = page.locator(f"#{name}")
        assert card.get_by_role("img").get_attribute("aria-label").startswith("Chart: ")
        assert card.locator("details table").count() == 1
        assert card.locator("svg path").count() > 5


def test_a_chart_is_saved_with_title_and_what_its_signs_mean(page: "Page", tmp_path):
    for name in NAMES:
        with page.expect_download() as saved:
            page.locator(f"#{name}").get_by_role("button", name="Chart as SVG").click()
        assert saved.value.suggested_filename == f"monitoring-{name}.svg"
        saved.value.save_as(tmp_path / name)
        # The file that was just drawn by this application.
        drawing = ET.parse(tmp_path / name).getroot()
        assert drawing.tag == f"{SVG}svg"
        assert {"C-FAST", "C-HARSH", "C-VAGUE", "C-WARM"} <= {*texts(drawing)}
    words = " ".join(texts(ET.parse(tmp_path / "agreement").getroot()))
    assert "Agreement over time · stance: Russia" in words
    assert "Broken lines: the days on which a codebook version" in words
    assert "v2" in words


def test_data_are_saved_as_they_are_shown(page: "Page", tmp_path):
    with page.expect_download() as saved:
        page.locator("#labels").get_by_role("link", name="Data as CSV").click()
    saved.value.save_as(tmp_path / "labels.csv")
    lines = (tmp_path / "labels.csv").read_text(encoding="utf-8").splitlines()
    assert len(lines) - 1 == page.locator("#labels tbody tr").count()


def test_charts_are_drawn_anew_on_a_phone_and_in_the_dark(page: "Page"):
    wide, drawn = page.locator("#labels svg").bounding_box(), page.get_attribute("#labels svg", "width")
    page.set_viewport_size({"width": 390, "height": 844})
    page.wait_for_selector(f"#labels svg:not([width='{drawn}'])")
    assert float(page.get_attribute("#labels svg", "width")) < 390
    narrow = page.locator("#labels svg").bounding_box()
    assert narrow["height"] > wide["height"]
    light = page.locator("#labels svg text").first.get_attribute("fill")
    page.emulate_media(color_scheme="dark")
    page.wait_for_selector(f"#labels svg text:not([fill='{light}'])")


def test_another_question_is_looked_at(page: "Page"):
    page.get_by_label("Question").select_option(label="topic")
    page.get_by_role("button", name="Show").click()
    page.wait_for_selector("html[data-drawn='5']")
    assert page.get_by_role("heading", name="Labels given · topic").count() == 1


def test_without_a_script_the_tables_are_there(site: Furnished, chromium):
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(site.link())
    page.get_by_role("button", name="Sign in").click()
    page.goto(site.address + PAGES["monitoring.show_monitoring"])
    assert page.locator(".plot").first.is_hidden()
    page.locator("#labels summary").click()
    assert page.locator("#labels table").is_visible()
    assert not page.get_by_role("button", name="Chart as SVG").count()
    context.close()
