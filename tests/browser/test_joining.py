"""Two people in two browsers: one invites, the other joins, signs out, and comes back with a password."""

from typing import TYPE_CHECKING

import pytest

from annotator.db.engines import Database
from annotator.services import accounts
from annotator.services.projects import find_project
from browser.desks import serving
from fixtures_browser import no_complaints
from studies import make_study

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser

GOOD = "correct horse battery staple"


@pytest.fixture
def link(sqlite_database: Database) -> str:
    """Return the path of a link that signs the project's owner in."""
    from annotator.db import Membership

    make_study(sqlite_database)
    with sqlite_database.transaction() as session:
        owner = accounts.create_user(session, "Olga")
        session.add(Membership(project_id=find_project(session, "study").id, user_id=owner.id, role="owner"))
        return f"/sign-in/{accounts.create_sign_in_link(session, owner)}"


def test_one_is_invited_joins_signs_out_and_comes_back_with_the_password(
    sqlite_database: Database, link: str, chromium: "Browser", page: "Page"
):
    with serving(sqlite_database) as address:
        page.goto(address + link)
        page.get_by_role("button", name="Sign in as Olga").click()
        page.get_by_role("link", name="People").click()
        page.get_by_label("For whom").fill("Nina of the desk")
        page.get_by_role("button", name="Make an invitation link").click()
        invitation = page.get_by_label("Link", exact=True).input_value()
        assert invitation.startswith(f"{address}/join/")
        page.get_by_role("button", name="Copy").click()
        page.get_by_text("Copied.").wait_for()

        context = chromium.new_context(locale="en-GB")
        theirs = context.new_page()
        with no_complaints(theirs):
            theirs.goto(invitation)
            theirs.get_by_label("Name", exact=True).first.fill("Nina")
            theirs.get_by_label("Password (optional)").fill(GOOD)
            theirs.get_by_label("Password, once more").fill(GOOD)
            theirs.get_by_role("button", name="Join", exact=True).click()
            theirs.get_by_text("Welcome: you have joined.").wait_for()
            theirs.get_by_role("button", name="Sign out").click()
            theirs.get_by_label("Name", exact=True).fill("Nina")
            theirs.get_by_label("Password", exact=True).fill(GOOD)
            theirs.get_by_label("Password", exact=True).press("Enter")
            theirs.get_by_role("link", name="Label").click()
            theirs.wait_for_url("**/label**")
        context.close()

        page.get_by_role("link", name="People").click()
        row = page.locator(".rows > li", has_text="Nina")
        assert row.locator("small").inner_text().startswith("C-")
        assert page.get_by_text("Nina of the desk").count() == 0
