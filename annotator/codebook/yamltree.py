"""A YAML file as a tree of nodes that know their line; nothing in it is executed, expanded or guessed.

Scalars stay text (``no`` is the word *no*, ``1`` the digit), so that a label may be called anything.
"""

import re
from typing import Any

import yaml
from yaml.composer import ComposerError
from yaml.nodes import MappingNode, Node
from yaml.reader import Reader

from annotator.codebook.problems import Problems
from annotator.words import Sentence, say

MAX_CHARACTERS = 300_000
MAX_DEPTH = 12
_PREFIX = "tag:yaml.org,2002:"
_KNOWN_TAGS = {None, "!", _PREFIX + "str", _PREFIX + "seq", _PREFIX + "map"}
_HINTS = {
    "mapping values are not allowed here": say("put a text with a colon and a space in it in quotation marks"),
    "found character '\\t' that cannot start any token": say("indent with spaces, not with tabs"),
    "expected a single document in the stream": say(
        "it holds several documents; leave out the lines that are only ---"
    ),
}


class _NodeLoader(yaml.SafeLoader):
    """Composes nodes only; refuses anchors, aliases, tags and deep nesting."""

    depth = 0

    def compose_node(self, parent: Node | None, index: Any) -> Node | None:
        """Compose the next node, or refuse it."""
        event = self.peek_event()  # type: ignore[no-untyped-call]  # PyYAML's stubs leave it open
        if getattr(event, "anchor", None) is not None:
            raise _refusal(say("anchors and aliases (& and *) are not read; write it in full"), event)
        if getattr(event, "tag", None) not in _KNOWN_TAGS:
            raise _refusal(say("tags (!) are not read; write the plain value"), event)
        if self.depth >= MAX_DEPTH:
            raise _refusal(say("it is nested too deeply"), event)
        self.depth += 1
        node: Node | None = super().compose_node(parent, index)
        self.depth -= 1
        return node


# Nothing but an empty value is told from text.
_NodeLoader.yaml_implicit_resolvers = {}
_NodeLoader.add_implicit_resolver(_PREFIX + "null", re.compile(r"^(?:~|null|Null|NULL|)$"), ["~", "n", "N", ""])


def _refusal(problem: str, event: Any) -> ComposerError:
    return ComposerError(None, None, problem, event.start_mark)


def read_tree(text: str, problems: Problems) -> MappingNode:
    """Return the file's outermost mapping.

    Raises InvalidInputError through ``problems`` for text that is too long, not YAML, or not a mapping.
    """
    text = text.removeprefix("\ufeff")
    _check_characters(text, problems)
    node = _compose(text, problems)
    problems.raise_if_any()
    if isinstance(node, MappingNode):
        return node
    if node is None or is_null(node):
        problems.add(say("the file is empty; give the codebook a name and at least one question."), line=1)
    else:
        problems.add(say('a codebook begins with "name:" and "questions:"; this is something else.'), line=1)
    raise problems.error()


def _check_characters(text: str, problems: Problems) -> None:
    """Refuse what no codebook needs: very long files and control characters."""
    if len(text) > MAX_CHARACTERS:
        problems.add(
            say("the file has {count} characters; at most {most} are read.", count=len(text), most=MAX_CHARACTERS),
            line=1,
        )
        problems.raise_if_any()
    for match in Reader.NON_PRINTABLE.finditer(text):
        line = text.count("\n", 0, match.start()) + 1
        problems.add(
            say("there is a control character (U+{character:04X}); take it out.", character=ord(match.group())),
            line=line,
        )
        problems.raise_if_any()


def _compose(text: str, problems: Problems) -> Node | None:
    """Return the root node, or note why there is none."""
    try:
        loader = _NodeLoader(text)
        node: Node | None = loader.get_single_node()
        return node
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        hint = _HINTS.get(error.problem or "", _HINTS.get(error.context or "", error.problem or str(error.context)))
        problems.add(
            say("this cannot be read as YAML: {hint}.", hint=hint if isinstance(hint, Sentence) else hint.rstrip(".")),
            line=mark.line + 1 if mark else 1,
        )
    except (yaml.YAMLError, ValueError, OverflowError):
        # PyYAML lets chr() fail on an escape like "\UFFFFFFFF".
        problems.add(say("this cannot be read as YAML: an escape in it stands for no character."), line=1)
    return None


def is_null(node: Node) -> bool:
    """Tell whether a value was left empty."""
    return bool(node.tag == _PREFIX + "null")
