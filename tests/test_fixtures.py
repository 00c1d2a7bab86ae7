"""The tests' own tools: a watch that never barks would be worth nothing."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from playwright.sync_api import Page
from sqlalchemy import create_engine, text

from fixtures_browser import no_complaints

TESTS = Path(__file__).parent


@pytest.mark.postgresql
def test_postgresql_keeps_its_promises_on_disk(postgresql_url: str):
    engine = create_engine(postgresql_url)
    with engine.connect() as connection:
        for setting in ("fsync", "full_page_writes", "synchronous_commit"):
            assert connection.execute(text(f"SHOW {setting}")).scalar_one() == "on"
    engine.dispose()


@pytest.mark.postgresql
@pytest.mark.parametrize("attempt", [1, 2])
def test_every_test_gets_an_empty_database(postgresql_url: str, attempt: int):
    engine = create_engine(postgresql_url)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE only_here (attempt int)"))
    engine.dispose()


@pytest.mark.browser
def test_a_quiet_page_passes(page: Page):
    page.set_content("<h1>Fine</h1>")
    assert page.text_content("h1") == "Fine"


@pytest.mark.browser
@pytest.mark.parametrize(
    "content",
    [
        "<script>throw new Error('broken')</script>",
        "<script>console.error('broken')</script>",
        "<meta http-equiv='Content-Security-Policy' content=\"style-src 'none'\"><p style='color: red'>inline</p>",
    ],
)
def test_a_page_that_complains_is_caught(page: Page, content: str):
    other = page.context.new_page()
    watch = no_complaints(other)
    watch.__enter__()
    other.set_content(content)
    other.wait_for_timeout(100)
    with pytest.raises(AssertionError, match="the page complained"):
        watch.__exit__(None, None, None)


SKIPS = {
    "mark": "@pytest.mark.skip('no time')\ndef test_one(): pass\n",
    "call": "def test_one(): pytest.skip('no time')\n",
    "fixture": "@pytest.fixture\ndef it(): pytest.skip('no time')\ndef test_one(it): pass\n",
    "module": "pytest.skip('no time', allow_module_level=True)\n",
    "shared": "def test_one(): pytest.skip('needs the shared data')\n",
    "xfail": "@pytest.mark.xfail\ndef test_one(): assert False\n",
}


@pytest.mark.parametrize(
    ("require_all", "shared", "summary"),
    [
        ("0", False, "5 skipped, 1 xfailed"),
        ("1", False, "1 failed, 1 skipped, 1 xfailed, 3 errors"),
        ("1", True, "2 failed, 1 xfailed, 3 errors"),
    ],
)
def test_a_skip_fails_where_everything_has_to_run(tmp_path: Path, require_all: str, shared: bool, summary: str):
    folder = tmp_path / "repository" / "tests"
    folder.mkdir(parents=True)
    if shared:
        (tmp_path / "shared").mkdir()
    for path in (TESTS / "conftest.py", *TESTS.glob("fixtures_*.py")):
        shutil.copy(path, folder)
    for name, source in SKIPS.items():
        (folder / f"test_{name}.py").write_text("import pytest\n" + source)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "--continue-on-collection-errors", "."],
        cwd=folder,
        env=os.environ | {"ANNOTATOR_REQUIRE_ALL": require_all, "PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert summary in done.stdout
