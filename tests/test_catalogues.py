"""Every word of the interface stands in the catalogues, and every catalogue is complete."""

import ast
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from string import Formatter
from types import ModuleType

import pytest
from babel.messages.catalog import Catalog, Message
from jinja2 import Environment, nodes

ROOT = Path(__file__).parents[1]
TEMPLATES = ROOT / "templates"

#: What is only said at the command line, in the log, or when a start is refused.
ENGLISH = ("cli/", "config.py", "db/upgrading.py", "learning/evaluation.py", "web/keys.py", "db/migrations/")
#: What tells people something: errors, notes and problems.
TELLING = {
    *("InvalidInputError", "NotFoundError", "NotAllowedError", "ConflictError", "StorageFullError", "ValidationError"),
    "TooManyAttemptsError",
    *("flash", "add", "add_told", "_tell", "_refusal", "_RefusedError"),
}
#: Names and signs that are the same in every language; attributes' values and codes are not looked at.
SAME_EVERYWHERE = {"Annotator", "UTC", "kB", "SHA-256", "C =", "80/10/10", "annotator user link", "en"}
READ_OUT = {"title", "alt", "placeholder", "aria-label", "aria-description", "aria-roledescription", "label"}
NOT_READ = {"code", "script", "style"}
#: Arguments of our macros that people read.
WORDS_OF_MACROS = {"hint", "heading", "title", "label"}
PERCENT = re.compile(r"%\(\w+\)[a-z]")
#: The beginning of an attribute whose value people do not see.
NOT_SHOWN = re.compile(r'\b(class|id|name|value|type|rel|href|action|data-[\w-]+|hx-[\w-]+)="[^"]*$')
#: A word; a single letter is none.
WORD = re.compile(r"[^\W\d_]{2,}")


def tool() -> ModuleType:
    """Return the program that brings the catalogues up to date."""
    spec = spec_from_file_location("annotator_words_tool", ROOT / ".ci" / "words.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


TOOL = tool()
CATALOGUES = [(code, domain) for code in TOOL.languages() for domain in TOOL.SOURCES]


def keys(catalogue: Catalog) -> set[tuple[object, str | None]]:
    return {(message.id, message.context) for message in catalogue if message.id}


def forms(said: object) -> list[str]:
    return [str(form) for form in said] if isinstance(said, tuple | list) else [str(said)]


def placeholders(text: str) -> set[str]:
    """Return what is filled in, with the way in which it is written."""
    percent = set(PERCENT.findall(text))
    if percent or "%%" in text:
        return percent
    try:
        return {f"{name}!{how}:{form}" for _, name, form, how in Formatter().parse(text) if name is not None}
    except ValueError:
        return set()


def gaps(message: Message) -> list[str]:
    """Say what is wrong with a translation."""
    said, wanted = forms(message.string), placeholders(forms(message.id)[-1])
    found = ["empty"] if not all(form.strip() for form in said) else []
    found += ["fuzzy"] if message.fuzzy else []
    found += ["other placeholders"] if any(placeholders(form) != wanted for form in said) else []
    found += ["other tags"] if any(_tags(form) != _tags(forms(message.id)[-1]) for form in said) else []
    return found


def _tags(text: str) -> list[str]:
    return sorted(re.findall(r"</?[a-z][^>]*>", text))


@pytest.mark.parametrize(("code", "domain"), CATALOGUES)
def test_a_catalogue_holds_exactly_the_words_there_are(code: str, domain: str):
    there, wanted = keys(TOOL.read(code, domain)), keys(TOOL.extract(domain))
    assert there == wanted, "run .ci/words.py and translate what is new"


@pytest.mark.parametrize(("code", "domain"), CATALOGUES)
def test_every_translation_is_complete(code: str, domain: str):
    wrong = {str(message.id): gaps(message) for message in TOOL.read(code, domain) if message.id and gaps(message)}
    assert not wrong


def test_german_is_there():
    assert "de" in TOOL.languages()


@pytest.mark.parametrize(
    ("english", "german"),
    [("{count:,} cells", "{count} Zellen"), ("%(name)s is here", "hier"), ("<b>a</b>", "a"), ("word", " ")],
)
def test_a_careless_translation_is_found(english: str, german: str):
    assert gaps(Message(english, german))


class _Words(HTMLParser):
    """Collects what people read or hear of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._inside: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [value for name, value in attrs if name in READ_OUT and value]
        if tag in NOT_READ:
            self._inside.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if self._inside and self._inside[-1] == tag:
            self._inside.pop()

    def handle_data(self, data: str) -> None:
        if not self._inside:
            self.found.append(data)


def bare_words(template: str) -> list[str]:
    """Return the words of a template that no catalogue could replace."""
    tree = Environment(extensions=["jinja2.ext.i18n", "jinja2.ext.do"]).parse(template)
    page = _Words()
    # What is filled in stands as a sign that is no word.
    page.feed("".join(_outside(tree)))
    page.close()
    texts = [*page.found, *_literals(tree)]
    return [text.strip() for text in texts if WORD.search(_without_names(text))]


def _without_names(text: str) -> str:
    for name in sorted(SAME_EVERYWHERE, key=len, reverse=True):
        text = re.sub(rf"\b{re.escape(name)}(?!\w)", "", text)
    return text


def _outside(tree: nodes.Node) -> Iterator[str]:
    """Yield the page's text in its order; blocks that fill an attribute with a class hold no words."""
    for node in tree.iter_child_nodes():
        if isinstance(node, nodes.Output):
            for part in node.nodes:
                yield part.data if isinstance(part, nodes.TemplateData) else "\u25a1"
        elif not (isinstance(node, nodes.Block) and node.name.endswith("_class")):
            yield from _outside(node)


def _literals(tree: nodes.Node) -> Iterator[str]:
    """Yield literal texts that an expression shows: alone, as an alternative, or joined, and those given to macros."""
    for output in tree.find_all(nodes.Output):
        before = ""
        for part in output.nodes:
            if not isinstance(part, nodes.TemplateData) and not NOT_SHOWN.search(before):
                yield from _shown(part)
            before += part.data if isinstance(part, nodes.TemplateData) else "\u25a1"
    for call in tree.find_all(nodes.Call):
        for argument in call.kwargs:
            if argument.key in WORDS_OF_MACROS:
                yield from _shown(argument.value)
        if isinstance(call.node, nodes.Name) and call.node.name in {"problem_list", "text_field"}:
            yield from (text for one in call.args[1:] for text in _shown(one) if " " in text or text[:1].isupper())


def _shown(node: nodes.Node) -> Iterator[str]:
    if isinstance(node, nodes.Const) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, nodes.CondExpr):
        yield from (text for one in (node.expr1, node.expr2) if one is not None for text in _shown(one))
    elif isinstance(node, nodes.Or | nodes.And):
        yield from (text for one in (node.left, node.right) for text in _shown(one))
    elif isinstance(node, nodes.Concat | nodes.List | nodes.Tuple):
        yield from (text for one in getattr(node, "nodes", None) or node.items for text in _shown(one))
    elif isinstance(node, nodes.Filter) and node.node is not None:
        yield from _shown(node.node)


def unspoken(source: str) -> list[str]:
    """Return texts of a module that are told to people without ``say`` or ``gettext``."""
    calls = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
    told = [argument for call in calls if _name(call.func) in TELLING for argument in call.args[:2]]
    return [ast.unparse(text) for text in told if _is_bare(text)]


def _name(function: ast.expr) -> str:
    return function.id if isinstance(function, ast.Name) else getattr(function, "attr", "")


def _is_bare(text: ast.expr) -> bool:
    is_text = isinstance(text, ast.JoinedStr) or (isinstance(text, ast.Constant) and isinstance(text.value, str))
    # A single word is a category or a name.
    return is_text and " " in ast.unparse(text)


def modules() -> list[str]:
    found = (path.relative_to(ROOT / "annotator").as_posix() for path in (ROOT / "annotator").rglob("*.py"))
    return sorted(name for name in found if not name.startswith(ENGLISH))


@pytest.mark.parametrize("name", list(modules()))
def test_everything_told_to_people_can_be_translated(name: str):
    found = unspoken((ROOT / "annotator" / name).read_text(encoding="utf-8"))
    assert not found, f"{name}: put these into say(…) or gettext(…): {found}"


@pytest.mark.parametrize(
    "source",
    ['NotFoundError("It is gone.")', 'InvalidInputError(f"{x} is odd")', 'flash("It is done.")', 'p.add(1, "is odd.")'],
)
def test_what_is_told_in_english_only_is_found(source: str):
    assert unspoken(source)


def test_what_is_told_in_every_language_is_let_be():
    assert not unspoken('NotFoundError(say("It is gone.")); flash(gettext("It is done."), "done"); seen.add("word")')


def pages() -> list[str]:
    return sorted(path.relative_to(TEMPLATES).as_posix() for path in TEMPLATES.rglob("*.html"))


@pytest.mark.parametrize("name", list(pages()))
def test_every_word_of_a_page_can_be_translated(name: str):
    found = bare_words((TEMPLATES / name).read_text(encoding="utf-8"))
    assert not found, f"{name}: put these into _(\u2026): {found}"


@pytest.mark.parametrize(
    "template",
    [
        "<p>Two words</p>",
        '<a title="A title">{{ x }}</a>',
        '<input placeholder="{{ x }} or author">',
        '{{ "Yes" if x else _("No") }}',
        '{{ x or "Untitled" }}',
        '{{ field(form.name, hint="Read me") }}',
        '{{ problem_list(problems, "This is wrong:") }}',
        "{% if x %}Word{% endif %}",
        '{{ ["a word", x] | join(" ") }}',
        '{{ "word" ~ x }}',
    ],
)
def test_a_bare_word_is_found(template: str):
    assert bare_words(template)


@pytest.mark.parametrize(
    "template",
    [
        '<p>{{ _("Two words") }}</p>',
        "<p>{% trans %}Two <code>x</code> words{% endtrans %}</p>",
        '{{ ngettext("%(num)s a word", "%(num)s words", n) }}',
        '<a class="one" href="{{ url_for("a.b") }}" title="{{ _("Word") }}">Annotator</a>',
        "<code>annotator import</code>",
        '{{ "–" if x is none else x }}',
        '<b class="chip {{ "soft" if x else y }}">{{ x }}</b>',
        "<p>{{ x }} · {{ y }}</p>",
    ],
)
def test_what_can_be_translated_is_let_be(template: str):
    assert not bare_words(template)


@pytest.mark.parametrize("name", list(modules()))
def test_words_are_called_by_a_name_that_is_looked_for(name: str):
    text = (ROOT / "annotator" / name).read_text(encoding="utf-8")
    assert set(re.findall(r"\blazy_gettext as (\w+)", text)) <= {"_"}
