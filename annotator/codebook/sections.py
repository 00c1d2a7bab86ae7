"""One mapping of a codebook file, read key by key with every value's type checked."""

import unicodedata
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import TypeVar

from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from annotator.codebook.problems import Problems, did_you_mean, excerpt
from annotator.codebook.yamltree import is_null
from annotator.words import joined, say

NAME_LENGTH = 120
TEXT_LENGTH = 10_000
GUIDELINES_LENGTH = 100_000
LIST_LENGTH = 500
_FLAGS = {"true": True, "yes": True, "false": False, "no": False}
_Word = TypeVar("_Word", bound=str)


class Section:
    """A mapping with a fixed set of keys; what is wrong goes to ``problems`` and a harmless value comes back."""

    def __init__(self, node: MappingNode, problems: Problems, *, known: Collection[str], place: str = "") -> None:
        self.problems = problems
        self.place = place
        self._line = node.start_mark.line + 1
        self._values: dict[str, Node] = {}
        for key, value in node.value:
            self._take(key, value, known=known)

    def _take(self, key: Node, value: Node, *, known: Collection[str]) -> None:
        """Keep a value under its key, unless the key is unknown or there twice."""
        line = key.start_mark.line + 1
        name = str(key.value) if isinstance(key, ScalarNode) else ""
        if name not in known:
            self.add(
                say("the key {name} is not known; {advice}", name=excerpt(name), advice=did_you_mean(name, known)),
                line=line,
            )
        elif name in self._values:
            self.add(
                say(
                    "{name} is there twice (first in line {line}); leave one out.",
                    name=excerpt(name),
                    line=self.line(name),
                ),
                line=line,
            )
        else:
            self._values[name] = value

    def line(self, key: str = "") -> int:
        """Return the line of a key's value, or else the section's first line, from 1."""
        node = self._values.get(key)
        return self._line if node is None else int(node.start_mark.line) + 1

    def add(self, sentence: str, *, key: str = "", line: int | None = None) -> None:
        """Note a problem with this section, or with one key of it."""
        self.problems.add(sentence, line=self.line(key) if line is None else line, place=self.place)

    def has(self, key: str) -> bool:
        """Tell whether the key is there with a value."""
        return key in self._values and not is_null(self._values[key])

    def name(self, key: str = "name", *, required: bool = False) -> str:
        """Return a text of one line with its spaces evened out; empty where it is missing."""
        if not self.has(key):
            if required:
                self.add(say('"{key}" is missing; add it.', key=key))
            return ""
        return self._name(self._values[key], key)

    def text(self, key: str, *, limit: int = TEXT_LENGTH) -> str:
        """Return a text of any number of lines without the space around it; empty where it is missing."""
        return self._text(self._values[key], key, limit=limit) if self.has(key) else ""

    def names(self, key: str) -> tuple[str, ...]:
        """Return a list of texts of one line."""
        return tuple(name for node in self._items(key) if (name := self._name(node, key)))

    def texts(self, key: str) -> tuple[str, ...]:
        """Return a list of texts."""
        return tuple(text for node in self._items(key) if (text := self._text(node, key, limit=TEXT_LENGTH)))

    def flag(self, key: str) -> bool:
        """Return true or false; false where it is missing."""
        value = self.name(key)
        if value and value.lower() not in _FLAGS:
            self.add(say('"{key}" is either true or false, not {value}.', key=key, value=excerpt(value)), key=key)
        return _FLAGS.get(value.lower(), False)

    def one_of(self, key: str, options: Mapping[_Word, object] | Iterable[_Word], *, default: _Word) -> _Word:
        """Return one of the words in ``options``, or ``default`` where it is missing."""
        value = self.name(key)
        words = tuple(options)
        if value and value not in words:
            self.add(
                say("{value} is no {key}; {advice}", value=excerpt(value), key=key, advice=did_you_mean(value, words)),
                key=key,
            )
        return next((word for word in words if word == value), default)

    def sections(self, key: str, *, known: Collection[str], noun: str) -> Iterator["Section"]:
        """Yield the mappings of a list, each knowing its place, such as ``question "stance"``."""
        for number, node in enumerate(self._items(key), start=1):
            place = joined(filter(None, (self.place, joined((noun, _shown_name(node) or str(number)), " "))))
            if isinstance(node, MappingNode):
                yield Section(node, self.problems, known=known, place=place)
            else:
                line = node.start_mark.line + 1
                self.problems.add(say('write it as "- name: …" with its keys below.'), line=line, place=place)

    def _items(self, key: str) -> list[Node]:
        """Return the nodes of a list; none where it is missing."""
        node = self._values.get(key)
        if node is None or is_null(node):
            return []
        if not isinstance(node, SequenceNode):
            self.add(say('"{key}" is a list; begin each entry on a line of its own with "- ".', key=key), key=key)
            return []
        if len(node.value) > LIST_LENGTH:
            self.add(
                say(
                    '"{key}" has {count} entries; at most {most} are allowed.',
                    key=key,
                    count=len(node.value),
                    most=LIST_LENGTH,
                ),
                key=key,
            )
        return list(node.value[:LIST_LENGTH])

    def _name(self, node: Node, key: str) -> str:
        text = self._text(node, key, limit=NAME_LENGTH)
        if "\n" in text:
            self.add(say('"{key}" fits on one line; take out the line breaks.', key=key), line=node.start_mark.line + 1)
        return unicodedata.normalize("NFC", " ".join(text.split()))

    def _text(self, node: Node, key: str, *, limit: int) -> str:
        line = node.start_mark.line + 1
        if not isinstance(node, ScalarNode):
            self.add(
                say('"{key}" is a text; put it in quotation marks if it holds brackets or a colon.', key=key), line=line
            )
            return ""
        text = "" if is_null(node) else str(node.value).strip()
        for character in sorted({char for char in text if _is_control(char)}):
            self.add(
                say(
                    '"{key}" holds a control character (U+{character:04X}); take it out.',
                    key=key,
                    character=ord(character),
                ),
                line=line,
            )
        if len(text) > limit:
            self.add(
                say(
                    '"{key}" has {count} characters; at most {limit} are allowed.',
                    key=key,
                    count=len(text),
                    limit=limit,
                ),
                line=line,
            )
        return text


def _is_control(character: str) -> bool:
    return unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp") and character not in "\n\t"


def _shown_name(node: Node) -> str:
    """Return the name in a mapping for use in a sentence, however wrong the rest may be."""
    pairs = node.value if isinstance(node, MappingNode) else []
    for key, value in pairs:
        if key.value == "name" and isinstance(value, ScalarNode) and not is_null(value):
            return excerpt(str(value.value))
    return ""
