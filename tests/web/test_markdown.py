"""Guidelines in Markdown: what is written as it was meant, and what must never run, load or lead astray."""

from html.parser import HTMLParser

import flask
import pytest

CANARIES = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "[press](javascript:alert(1))",
    "[press](JaVaScRiPt:alert(1))",
    "[press](java\tscript:alert(1))",
    "[press](javascript&#58;alert(1))",
    "[press](data:text/html;base64,PHNjcmlwdD4=)",
    "[press](vbscript:x)",
    "[press](file:///etc/passwd)",
    "[press](//elsewhere.example/a)",
    "[press](/projects/new)",
    "<javascript:alert(1)>",
    "![picture](https://elsewhere.example/a.png)",
    '![a](https://elsewhere.example/a.png "onload=alert(1)")',
    '[press](https://a.example/"onmouseover="alert(1))',
    '<a href="javascript:alert(1)">press</a>',
    "<style>body{display:none}</style>",
    "<iframe src=https://elsewhere.example></iframe>",
    "[a]: javascript:alert(1)\n\n[a]",
    "```\n<script>alert(1)</script>\n```",
    "`<script>`",
    "# <b onclick=x>heading",
    "| a |\n|---|\n| <script>alert(1)</script> |",
]


@pytest.fixture
def shown(site):
    def render(text: str) -> str:
        page = '{% from "macros/markdown.html" import markdown with context %}{{ markdown(text) }}'
        with site.app.test_request_context("/"):
            return flask.render_template_string(page, text=text)

    return render


#: What may stand in what is made of a text: these elements, and these attributes of them.
ELEMENTS = {
    "p",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "ul",
    "ol",
    "li",
    "blockquote",
    "pre",
    "code",
    "hr",
    "br",
    "strong",
    "em",
    "a",
    "table",
    "thead",
    "tbody",
    "tr",
    "th",
    "td",
    "div",
}
ATTRIBUTES = {"dir", "href", "rel", "start", "tabindex", "class", "role", "aria-label", "scope"}


class Reader(HTMLParser):
    """Reads HTML as a browser does, and notes every element, attribute and address."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: set[str] = set()
        self.attributes: set[str] = set()
        self.addresses: list[str | None] = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.elements.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.addresses += [value for name, value in attrs if name == "href"]


@pytest.mark.parametrize("text", CANARIES)
def test_nothing_that_is_written_runs_or_loads(shown, text):
    found = Reader(shown(text))
    assert found.elements <= ELEMENTS
    assert found.attributes <= ATTRIBUTES
    assert all(address.startswith("https://a.example/") for address in found.addresses)


def test_the_reader_would_see_what_runs():
    found = Reader('<a href="javascript:x" onclick="y">z</a><script>1</script>')
    assert found.elements - ELEMENTS == {"script"}
    assert found.attributes - ATTRIBUTES == {"onclick"}


def test_links_lead_to_other_sites_only_by_http(shown):
    html = shown("[one](https://a.example/x) and [two](http://b.example)")
    assert '<a href="https://a.example/x" rel="noopener noreferrer">one</a>' in html
    assert '<a href="http://b.example" rel="noopener noreferrer">two</a>' in html


def test_an_address_that_is_not_allowed_stays_words(shown):
    assert "[press](javascript:alert(1))" in shown("[press](javascript:alert(1))")


def test_of_an_image_its_description_is_shown(shown):
    assert shown("![a chart](https://elsewhere.example/a.png)") == '<p dir="auto">a chart</p>'


def test_what_people_write_is_set_as_they_meant_it(shown):
    html = shown(
        "# Read\n\nFirst **all**, then\nthe *rest*.\n\n1. one\n2. two\n\n> said\n\n| a | b |\n|---|---|\n| 1 | 2 |"
    )
    for part in (
        "<h2",
        "<strong>all</strong>",
        "<em>rest</em>",
        "<ol>",
        '<li dir="auto">one</li>',
        "<blockquote",
        "<th",
    ):
        assert part in html


def test_headings_begin_below_those_of_the_page(site):
    page = '{% from "macros/markdown.html" import markdown with context %}{{ markdown("# a\n\n###### b", 3) }}'
    with site.app.test_request_context("/"):
        assert flask.render_template_string(page).count("<h4") == 1


def test_plain_prose_stays_as_it_is(shown):
    text = 'The holder\'s so-called "plan" costs 5 * 3 = 15 & more <than> said'
    assert shown(text).count("<p") == 1
    assert "&lt;than&gt;" in shown(text)
