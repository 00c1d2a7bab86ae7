"""The pages in a real browser: no violated policy, no sideways scrolling, keys and search that work."""

import threading

import pytest
from waitress.server import create_server

from annotator.services import imports

pytestmark = pytest.mark.browser

PAGES = ["/projects", "/projects/new", "/projects/study/documents", "/projects/study/settings",
         "/projects/study/targets", "/projects/study/upload"]  # fmt: skip


@pytest.fixture
def address(site, tmp_path):
    """Serve the site with two documents."""
    path = tmp_path / "two.csv"
    path.write_text(
        "id,title,outlet,text\n1,The harbour vote,Radio Nord,One. Two.\n2,A quiet day,Vellin Ledger,Three.\n"
    )
    imports.import_file(site.database, 1, path, name=path.name)
    server = create_server(site.app, host="127.0.0.1", port=0, threads=2)
    thread = threading.Thread(target=server.run)
    thread.start()
    yield f"http://127.0.0.1:{server.effective_port}"
    server.close()
    server.trigger.close()
    thread.join()


@pytest.fixture
def signed_in(site, address, page):
    """Sign the owner in as a person does."""
    page.goto(address + site.link("owner"))
    page.get_by_role("button", name="Sign in as owner").press("Enter")
    page.wait_for_url("**/documents")
    return page


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_scrolls_sideways_on_a_phone(signed_in, address, scheme):
    signed_in.set_viewport_size({"width": 390, "height": 844})
    signed_in.emulate_media(color_scheme=scheme)
    for path in PAGES:
        signed_in.goto(address + path)
        assert signed_in.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, path


def test_the_first_tab_offers_to_skip_to_the_content(signed_in, address):
    signed_in.goto(address + "/projects")
    signed_in.keyboard.press("Tab")
    assert signed_in.evaluate("document.activeElement.textContent") == "Skip to content"
    assert signed_in.evaluate("document.activeElement.getBoundingClientRect().left") >= 0


def test_typing_in_the_search_narrows_the_list(signed_in):
    signed_in.get_by_role("searchbox").fill("vellin")
    signed_in.get_by_role("link", name="The harbour vote").wait_for(state="detached")
    signed_in.get_by_role("link", name="A quiet day").wait_for()
    assert signed_in.url.endswith("search=vellin")


def test_a_file_is_imported_by_hand(signed_in, address):
    signed_in.get_by_role("link", name="Import documents").click()
    text = b"ANNA BELL: The vote was close today. Very close.\n\nCARL DUNN: It was, I am told so by all.\n"
    signed_in.set_input_files("input[type=file]", {"name": "talk.txt", "mimeType": "text/plain", "buffer": text})
    signed_in.get_by_role("button", name="Look at them").click()
    signed_in.get_by_label("Title").fill("The close vote")
    signed_in.get_by_label("Name of Carl Dunn").fill("Karl Dunn")
    signed_in.get_by_role("button", name="Import 1 file").click()
    signed_in.get_by_role("link", name="The close vote").click()
    signed_in.locator(".turn-label").get_by_text("Karl Dunn", exact=True).first.wait_for()
