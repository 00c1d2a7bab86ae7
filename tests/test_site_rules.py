"""Rules for every file of the repository and every page, so that no reviewer has to remember them."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
VENDOR = ROOT / "annotator" / "web" / "static" / "vendor"
NOT_OURS = {".venv", ".git", "build", "dist", "node_modules", "__pycache__"}

# Where programs, packages and data are fetched from: people get those through their package manager and its settings.
HOSTS = (
    r"pypi\.org|pythonhosted\.org|npmjs\.\w+|unpkg\.com|jsdelivr\.net|cdnjs\.cloudflare\.com|esm\.sh|googleapis\.com"
)
HOSTS += r"|raw\.githubusercontent\.com|huggingface\.co|zenodo\.org|conda\.\w+|astral\.sh|bootstrap\.pypa\.io"
DOWNLOAD = re.compile(rf"(https?:)?//([\w-]+\.)*({HOSTS})|\bgit\+https?:|/releases/download[/]|/archive/refs[/]")
MACHINE_PATH = re.compile(r"(?<![\w.~*\])}])/(work|home|root|Users|mnt)/|\b[A-Z]:\\+Users\\")

PAGE_RULES = {
    "a style attribute": r"<[^>]*\sstyle\s*=",
    "a style element": r"<style\b",
    "a script in the page": r"<script\b(?![^>]*\ssrc=)",
    "a handler in the page": r"<[^>]*\son[a-z]+\s*=",
    "code in an htmx attribute": r"hx-on|hx-vals\s*=\s*[\"']?js:|hx-vars",
    "a javascript address": r"javascript:",
    "text passed on as HTML": r"\|\s*safe\b|autoescape\s+false",
    "something from another site": r"<(script|link|img|iframe)\b[^>]*\s(src|href)=[\"']?(https?:)?//",
}
SCRIPT_RULES = {
    "text turned into HTML": r"\.(?:inn|out)erHTML\s*\+?=[^=]|insertAdjacentHTML|document\.write|ContextualFragment\(",
    "text turned into code": r"\beval\(|new Function\(|set(Timeout|Interval)\(\s*[\"'`]",
    "a style attribute": r"setAttribute\(\s*[\"']style",
    "something from another site": r"(from|import)\s*\(?\s*[\"'](https?:)?//",
}
PYTHON_RULES = {"text passed on as HTML": r"\bMarkup\(|render_template_string\(|\|\s*safe\b"}


def committed() -> list[Path]:
    """List the repository's files; without git, in a source archive, everything that is not ours by folder."""
    listing = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listing.returncode == 0 and (ROOT / ".git").exists():
        return [path for name in listing.stdout.split("\0") if name and (path := ROOT / name).is_file()]
    found = [path.relative_to(ROOT) for path in ROOT.rglob("*") if path.is_file()]
    return [
        ROOT / path for path in found if not any(part in NOT_OURS or part.endswith("_cache") for part in path.parts)
    ]


def texts() -> Iterator[tuple[str, str]]:
    """Yield name and content of each file that is text."""
    for path in committed():
        try:
            yield path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue


def lines_with(pattern: re.Pattern[str], text: str, name: str) -> list[str]:
    """Name each place where a pattern is found."""
    return [f"{name}, line {text.count(chr(10), 0, hit.start()) + 1}: {hit.group()}" for hit in pattern.finditer(text)]


def broken(rules: dict[str, str], text: str, name: str) -> list[str]:
    """Name each place where a rule is broken, and the rule."""
    return [
        f"{place} ({rule})"
        for rule, pattern in rules.items()
        for place in lines_with(re.compile(pattern, re.I), text, name)
    ]


@pytest.mark.parametrize("pattern", [DOWNLOAD, MACHINE_PATH], ids=["download address", "path of one machine"])
def test_no_file_holds(pattern: re.Pattern[str]):
    found = [place for name, text in texts() for place in lines_with(pattern, text, name)]
    assert not found, "\n".join(found)


def test_pages_keep_to_the_content_security_policy():
    pages = [(name, text) for name, text in texts() if name.startswith("templates/")]
    found = [place for name, text in pages for place in broken(PAGE_RULES, text, name)]
    assert not found, "\n".join(found)


def test_scripts_never_turn_text_into_html_or_code():
    scripts = [each for each in texts() if each[0].startswith("annotator/web/static/") and each[0].endswith(".js")]
    found = [place for name, text in scripts if "/vendor/" not in name for place in broken(SCRIPT_RULES, text, name)]
    assert not found, "\n".join(found)


def test_no_python_code_switches_escaping_off():
    modules = [(name, text) for name, text in texts() if name.startswith("annotator/") and name.endswith(".py")]
    found = [place for name, text in modules for place in broken(PYTHON_RULES, text, name)]
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    ("rules", "text"),
    [
        (PAGE_RULES, '<p class="a"\n   style="color: red">'),
        (PAGE_RULES, "<script>let a</script>"),
        (PAGE_RULES, '<script type="module">let a</script>'),
        (PAGE_RULES, '<button onclick="go()">'),
        (PAGE_RULES, "{{ text | safe }}"),
        (PAGE_RULES, '<script src="//elsewhere.example/a.js"></script>'),
        (SCRIPT_RULES, "element.innerHTML = text"),
        (SCRIPT_RULES, 'import a from "https://elsewhere.example/a.js"'),
        (PYTHON_RULES, "Markup(text)"),
    ],
)
def test_the_rules_can_be_broken(rules: dict[str, str], text: str):
    assert broken(rules, text, "page.html")


def test_the_rules_allow_what_is_right():
    page = '<script type="module" src="{{ url }}"></script><p class="one" data-once="1">{{ text }}</p><a href="https://a.example">'
    assert not broken(PAGE_RULES, page, "page.html")


@pytest.mark.parametrize("folder", [VENDOR, ROOT / "tests" / "vendor"], ids=["pages", "tests"])
def test_every_file_by_others_is_listed_with_version_and_licence(folder: Path):
    listing = (folder / "README.md").read_text(encoding="utf-8")
    rows = re.findall(
        r"^\| `([^`]+)` \| `[^`]+` \| v?\d+(?:\.\d+)+\S* \| [^|]+ \(`([^`]+)`\) \|$", listing, re.MULTILINE
    )
    listed = {name for row in rows for name in row}
    assert listed == {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()} - {
        "README.md"
    }


@pytest.mark.parametrize(
    ("pattern", "parts"),
    [
        (DOWNLOAD, ("see https:", "", "files.pythonhosted.org", "packages")),
        (DOWNLOAD, ("https:", "", "code.example", "a", "releases", "download", "b.zip")),
        (MACHINE_PATH, ('open("', "home", "ada", 'notes.txt")')),
        (MACHINE_PATH, ("open('C:" + "\\Users\\Ada", "notes.txt")),
    ],
)
def test_the_rules_for_all_files_can_be_broken(pattern: re.Pattern[str], parts: tuple[str, ...]):
    # Put together here, or this file would be the first to break them.
    assert pattern.search("/".join(parts))
