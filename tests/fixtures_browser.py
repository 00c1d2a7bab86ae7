"""A real browser for the tests marked ``browser``; a page that complains fails its test."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:  # most runs need no browser, and importing this takes as long as fifty tests
    from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page

#: The first is Chromium without windows of its own: the pages are the same, and it takes a third of the time.
PROGRAMS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = [
    "--no-sandbox",  # Chromium's own does not start for root, as in CI
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # No page here is guarded against another; to start a process for each took a tenth of the time.
    "--disable-site-isolation-trials",
    "--renderer-process-limit=1",
    # A name that is not of this machine, so that its pages have only what plain HTTP allows.
    "--host-resolver-rules=MAP annotator.test 127.0.0.1",
]


@pytest.fixture(scope="session")
def chromium() -> Iterator["Browser"]:
    """Start the Chromium of this machine once for all tests."""
    program = next(filter(None, map(shutil.which, PROGRAMS)), None)
    if program is None:
        pytest.skip("Chromium is not installed")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def browser_context(chromium: "Browser") -> Iterator["BrowserContext"]:
    """Open a fresh profile, with no cookie or storage of another test."""
    context = chromium.new_context(locale="en-GB", viewport={"width": 1440, "height": 900})
    context.set_default_timeout(20_000)
    yield context
    context.close()


@pytest.fixture
def page(browser_context: "BrowserContext") -> Iterator["Page"]:
    """Open a page on which no script may fail, nothing may be reported as an error and no policy may be violated.

    A test that expects a complaint opens its own page in ``browser_context`` and watches it with ``no_complaints``.
    """
    page = browser_context.new_page()
    with no_complaints(page):
        yield page


@contextmanager
def no_complaints(page: "Page", *, allowed: tuple[str, ...] = ()) -> Iterator[None]:
    """Fail on errors in the page's console, save those that hold one of the allowed words.

    Violations of the content security policy are among them: Chromium reports each as an error.
    """
    complaints: list[str] = []

    def listen(message: "ConsoleMessage") -> None:
        if message.type == "error":
            complaints.append(f"{message.text} ({message.location.get('url', '')})")

    page.on("console", listen)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield
    serious = [text for text in complaints if not any(word in text for word in allowed)]
    assert not serious, "the page complained:\n" + "\n".join(serious)
