"""Static files: kept for good by browsers, small on the way."""

import gzip
import re
from pathlib import Path

import pytest

from annotator.web.assets import FOLDER, FOR_GOOD, Assets
from annotator.web.templating import folder

PAGE = Path(folder()) / "labelling" / "page.html"


def test_every_asset_of_a_page_is_there(owner):
    page = owner.get("/projects/study/documents").text
    paths = set(re.findall(r'(?:href|src)="(/static/[^"]+)"', page))
    assert len(paths) >= 3
    for path in paths:
        answer = owner.get(path)
        assert (answer.status_code, answer.headers["Cache-Control"]) == (200, FOR_GOOD)


def test_files_are_compressed_for_browsers_that_can_read_it(site):
    client, url = site.app.test_client(), site.app.extensions["annotator.assets"].url("base.css")
    packed, plain = client.get(url, headers={"Accept-Encoding": "gzip"}), client.get(url)
    assert packed.headers["Content-Encoding"] == "gzip"
    assets = site.app.extensions["annotator.assets"]
    assert gzip.decompress(packed.data) == plain.data == assets.find("base.css").content
    assert "Content-Encoding" not in plain.headers
    assert packed.mimetype == "text/css"


def test_modules_can_import_each_other_relatively(tmp_path):
    (tmp_path / "one.js").write_text('import "./two.js";')
    (tmp_path / "two.js").write_text("")
    assets = Assets(tmp_path)
    assert assets.url("one.js").rpartition("/")[0] == assets.url("two.js").rpartition("/")[0]


def test_a_change_of_any_file_changes_every_address(tmp_path):
    (tmp_path / "one.js").write_text("1")
    (tmp_path / "two.js").write_text("2")
    before = Assets(tmp_path).url("one.js")
    (tmp_path / "two.js").write_text("3")
    assert Assets(tmp_path).url("one.js") != before


def test_a_file_asked_for_under_an_old_hash_is_not_kept(site):
    answer = site.app.test_client().get("/static/0123456789abcdef/base.css")
    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-cache")


@pytest.mark.parametrize("path", ["nix.css", "../assets.py", "%2e%2e/assets.py", "vendor/"])
def test_nothing_else_can_be_fetched(site, path):
    tree = site.app.extensions["annotator.assets"].hash
    assert site.app.test_client().get(f"/static/{tree}/{path}").status_code == 404


def test_a_template_cannot_name_a_file_that_is_not_there(tmp_path):
    with pytest.raises(ValueError, match=r"nix\.css"):
        Assets(tmp_path).url("nix.css")


def test_static_files_leave_the_session_alone(site):
    answer = site.app.test_client().get(site.app.extensions["annotator.assets"].url("icon.svg"))
    assert "Set-Cookie" not in answer.headers
    assert "Cookie" not in answer.headers["Vary"]


def test_the_labelling_page_asks_for_every_part_of_its_script_at_once():
    named = set(re.findall(r"[\w-]+", PAGE.read_text().partition("{% for part in (")[2].partition(") %}")[0]))
    assert named == imported("labelling.js")


def imported(name: str) -> set[str]:
    """Return the modules a script needs, with those that they need."""
    found = set(re.findall(r'from "\./([\w-]+)\.js"', (FOLDER / name).read_text()))
    return found.union(*(imported(f"{part}.js") for part in found))


@pytest.mark.parametrize("file", sorted(FOLDER.glob("*.js")), ids=lambda file: file.name)
def test_no_text_in_a_script_goes_over_lines_that_are_shortened(file):
    assert all(line.count("`") % 2 == 0 for line in file.read_text().splitlines())


def test_scripts_and_styles_are_sent_without_their_comments(tmp_path):
    (tmp_path / "one.js").write_text("// What for.\nconst a = 1; // stays\n  /** Two\n   * lines. */\n  go(a);\n")
    (tmp_path / "two.css").write_text("/* What for. */\n@media print {\n  a { color: red; } /* stays */\n}\n")
    assets = Assets(tmp_path)
    assert assets.find("one.js").content == b"const a = 1; // stays\ngo(a);\n"
    assert assets.find("two.css").content == b"@media print {\na { color: red; } /* stays */\n}\n"
