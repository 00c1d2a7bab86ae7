"""The codebook is amended in one window while somebody labels in another."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from annotator.db import Membership
from annotator.db.engines import Database
from annotator.services import accounts, codebooks, projects
from browser.desks import Desk, prepare, serving, sign_in
from fixtures_browser import no_complaints

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser

CODEBOOK = "/projects/study/codebook"


@dataclass
class Office:
    """The owner's window beside that of somebody who labels."""

    page: "Page"
    address: str
    desk: Desk

    def change(self, label: str, button: str, **values: str) -> None:
        """Open a label of the draft, fill in what is given, and press a button."""
        fold = self.page.locator(f'[id="label:frames:{label}"]')
        if not fold.evaluate("(one) => one.open"):
            fold.locator("summary").click()
        for name, value in values.items():
            field = fold.locator(f'[name="{name}"]:visible').first
            field.select_option(value) if name == "into" else field.fill(value)
        fold.get_by_role("button", name=button, exact=True).click()
        self.page.wait_for_load_state()


@pytest.fixture
def office(chromium: "Browser", sqlite_database: Database) -> Iterator[Office]:
    prepare(sqlite_database)
    with sqlite_database.transaction() as session:
        project = projects.find_project(session, "study")
        owner = accounts.create_user(session, "Olga")
        session.add(Membership(project_id=project.id, user_id=owner.id, role="owner"))
    owners, others = chromium.new_context(locale="en-GB"), chromium.new_context(locale="en-GB")
    for context in (owners, others):
        context.set_default_timeout(20_000)
    with serving(sqlite_database) as address:
        page = sign_in(owners, address, sqlite_database, name="Olga")
        other = sign_in(others, address, sqlite_database)
        with no_complaints(page), no_complaints(other):
            yield Office(page, address, Desk(other, address, sqlite_database).start())
    owners.close()
    others.close()


def begin(office: Office) -> None:
    office.page.goto(office.address + CODEBOOK)
    office.page.get_by_role("button", name="Amend the codebook").click()
    office.page.wait_for_url("**/codebook/draft")


def test_a_codebook_is_amended_while_somebody_labels_and_nothing_begun_is_lost(office: Office) -> None:
    desk, page = office.desk, office.page
    desk.label(4)
    desk.state("saved")
    desk.press("c")
    desk.page.keyboard.type("Begun under the first version.")
    desk.page.evaluate("document.activeElement.blur()")
    begin(office)
    office.change("economic", "Keep in the draft", definition="Costs and benefits, *for anyone*.")
    office.change("morality", "Keep in the draft", name="duty")
    office.change("capacity", "Merge", into="economic")
    office.change("quality-of-life", "Retire the label")
    page.get_by_role("link", name="See what it would change").click()
    page.wait_for_selector("text=This is a dry run")
    merged = page.locator(".change", has_text="capacity and resources").filter(has_text="merged")
    merged.get_by_text("touches one annotation").wait_for()
    page.locator(".change").nth(3).wait_for()
    page.get_by_role("button", name="Publish version 2").click()
    page.wait_for_url(f"**{CODEBOOK}")
    assert page.locator("em", has_text="for anyone").count() == 1
    with desk.database.reading() as session:
        assert codebooks.current_version(session, projects.find_project(session, "study").id).number == 2
    assert desk.page.input_value("[data-comment]") == "Begun under the first version."
    desk.label()
    desk.page.locator('#decision[data-codebook="2"]').wait_for()
    desk.label()
    desk.state("saved")
    history = desk.history()
    assert [row["codebook"] for row in history] == [1, 1, 1, 1, 1, 2]
    assert history[4]["comment"] == "Begun under the first version."


def test_what_was_typed_is_asked_for_before_the_editor_is_left(office: Office) -> None:
    begin(office)
    asked: list[str] = []
    office.page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.dismiss()))
    office.page.locator("#words summary").click()
    office.page.locator("#words-name").fill("Another name")
    office.page.evaluate("location.assign('/projects')")
    office.page.wait_for_timeout(300)
    assert asked == ["beforeunload"]
    assert office.page.url.endswith("/codebook/draft")


def test_what_was_changed_is_open_and_in_sight(office: Office) -> None:
    begin(office)
    office.change("economic", "Keep in the draft", definition="Money.")
    fold = office.page.locator('[id="label:frames:economic"]')
    assert fold.evaluate("(one) => one.open")
    assert fold.locator('[name="definition"]').input_value() == "Money."
