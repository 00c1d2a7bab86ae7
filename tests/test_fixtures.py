"""The tests' own tools: a watch that never barks would be worth nothing."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from flask import Flask
from jinja2 import DictLoader
from playwright.sync_api import Page
from sqlalchemy import create_engine, event, select, text
from sqlalchemy.engine.interfaces import CacheStats
from werkzeug.routing import Map, Rule

from annotator.config import Settings
from annotator.db import Project
from annotator.db.engines import Database
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


def test_a_statement_is_compiled_for_the_first_database_alone(sqlite_settings: Settings):
    statement, told = select(Project.id).where(Project.id > 3, Project.id < 7).limit(2), []
    for _ in range(2):
        database = Database(sqlite_settings)
        event.listen(database.reader, "before_cursor_execute", lambda *given: told.append(given[4].cache_hit))
        with database.reading() as session:
            session.scalars(statement).all()
        database.dispose()
    # BEGIN is no statement that is compiled.
    assert [hit for hit in told if hit != CacheStats.NO_CACHE_KEY] == [CacheStats.CACHE_MISS, CacheStats.CACHE_HIT]


def test_a_template_is_compiled_once_and_anew_when_it_has_changed():
    shown, codes = [], []
    for text_ in ("{{ 1 + 1 }}", "{{ 1 + 1 }}", "{{ 2 + 2 }}"):
        app = Flask(__name__)
        app.jinja_loader = DictLoader({"sum": text_})
        template = app.jinja_env.get_template("sum")
        shown.append(template.render())
        codes.append(template.root_render_func.__code__)
    assert shown == ["2", "2", "4"]
    assert codes[0] is codes[1] is not codes[2]


@pytest.mark.parametrize("colour", ["red", "blue"])
def test_an_address_is_made_by_its_own_rule(colour: str):
    rules = Map([Rule("/<colour>/<int(fixed_digits=3):number>", endpoint="it", defaults={"colour": colour})])
    assert rules.bind("here").build("it", {"number": 7, "more": "y"}) == f"/{colour}/007?more=y"


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
