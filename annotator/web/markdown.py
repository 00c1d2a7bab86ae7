"""Markdown as a tree of plain values that a template writes out: no text ever becomes HTML on its own.

What people write may hold paragraphs, headings, lists, quotations, tables, code, emphasis and links to other sites
(http and https). HTML stays the text it is, and of an image only its description is shown.
"""

from dataclasses import dataclass
from functools import cache, lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.tree import SyntaxTreeNode

#: What the template knows how to write; of anything else the parts are shown.
KINDS = frozenset(
    {
        *("paragraph", "heading", "bullet_list", "ordered_list", "list_item", "blockquote", "fence", "code_block"),
        *("hr", "text", "strong", "em", "code_inline", "softbreak", "hardbreak", "link", "image"),
        *("table", "thead", "tbody", "tr", "th", "td"),
    }
)


@dataclass(frozen=True, slots=True)
class Node:
    """A part of a text: what it is, its own words, and the parts within."""

    kind: str
    text: str = ""
    href: str = ""
    #: How deep a heading is, or at which number a list begins.
    number: int = 0
    parts: tuple["Node", ...] = ()


@lru_cache(maxsize=1024)
def blocks(text: str) -> tuple[Node, ...]:
    """Return the blocks of a text in Markdown."""
    # Few pages show any, so it is not imported at start.
    from markdown_it.tree import SyntaxTreeNode

    return tuple(_node(child) for child in SyntaxTreeNode(_parser().parse(text)).children)


def _is_safe(url: str) -> bool:
    return url.lower().startswith(("http://", "https://"))


@cache
def _parser() -> "MarkdownIt":
    from markdown_it import MarkdownIt

    parser = MarkdownIt("commonmark", {"html": False}).enable("table")
    # The library asks this of every address, after entities and escapes in it were resolved.
    parser.validateLink = _is_safe  # type: ignore[method-assign]
    return parser


def _node(node: "SyntaxTreeNode") -> Node:
    kind = node.type if node.type in KINDS else "group"
    # In a list whose items stand close together, what is inside an item is no paragraph of its own.
    if kind == "paragraph" and node.hidden:
        kind = "group"
    return Node(
        kind=kind,
        text=node.content if not node.children or kind == "image" else "",
        href=str(node.attrs.get("href", "")) if kind == "link" else "",
        number=_number(node),
        parts=() if kind == "image" else tuple(_node(child) for child in node.children),
    )


def _number(node: "SyntaxTreeNode") -> int:
    if node.type == "heading":
        return int(node.tag[1:])
    return int(node.attrs.get("start", 1)) if node.type == "ordered_list" else 0
