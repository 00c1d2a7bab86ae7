"""One furnished site for all tests that only look at pages."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from furnished import Furnished, furnished

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Furnished]:
    """Serve it once."""
    with furnished(tmp_path_factory.mktemp("furnished") / "home") as site:
        yield site


@pytest.fixture(scope="session")
def signed_in_page(chromium: "Browser", site: Furnished) -> Iterator["Page"]:
    """Open one page for all looks, signed in as the owner; colours change at once, so that none is seen half way."""
    context = chromium.new_context(locale="en-GB", viewport={"width": 1440, "height": 900}, reduced_motion="reduce")
    context.set_default_timeout(20_000)
    page = context.new_page()
    site.sign_in(page)
    yield page
    context.close()
