"""Reads JSON Lines and JSON lists: each object is a document, a unit, or a document with its units."""

import json
from collections.abc import Iterator
from typing import IO

import orjson

from annotator.errors import InvalidInputError
from annotator.importing.lines import MAX_LINE_BYTES, decode, read_lines
from annotator.importing.problems import Problems, place
from annotator.importing.strict_json import check, decoder, kind_of, load_object, refuse_bloat
from annotator.words import say

#: A JSON list has to be held whole; longer ones are better written one object a line.
MAX_LIST_BYTES = MAX_LINE_BYTES

JsonRow = tuple[int, dict[str, object]]


def read_json_lines(stream: IO[bytes], problems: Problems) -> Iterator[JsonRow]:
    """Yield the line and the object of each line; blank lines are passed over."""
    any_line = False
    for line, text in read_lines(stream, problems):
        if text is None or not text.strip():
            continue
        any_line = True
        try:
            yield line, load_object(text, where=place(problems.name, line))
        except InvalidInputError as error:
            problems.take(error)
    if not any_line and not len(problems):
        problems.add(1, say("the file is empty; it needs one JSON object a line."))


def read_json_list(stream: IO[bytes], problems: Problems) -> Iterator[JsonRow]:
    """Yield the objects of a JSON list with the lines on which they begin."""
    raw = stream.read(MAX_LIST_BYTES + 1)
    if len(raw) > MAX_LIST_BYTES:
        problems.add(
            1,
            say("a JSON list may have at most {most:,} bytes; write one object a line (.jsonl).", most=MAX_LIST_BYTES),
        )
        return
    pieces = [decode(piece, line, problems) for line, piece in enumerate(raw.split(b"\n"), start=1)]
    if not any(pieces) and not len(problems):
        problems.add(1, say("the file is empty; it needs a list of JSON objects."))
    if len(problems):
        return
    text = "\n".join(piece or "" for piece in pieces)
    try:
        refuse_bloat(text)
    except ValueError as error:
        problems.add(1, say("{problem}.", problem=error.args[0]))
    else:
        yield from _elements(text, problems)


def cell_of(value: object) -> str:
    """Return a JSON value as the text of a cell: strings as they are, null as nothing, the rest as JSON."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return "|".join(value)
    return orjson.dumps(value).decode()


class _Cursor:
    """A place in a JSON text that knows its line."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self._counted_to = 0
        self._line = 1

    def line(self) -> int:
        self._line += self.text.count("\n", self._counted_to, self.at)
        self._counted_to = self.at
        return self._line

    def next(self) -> str:
        """Step over white space and return the character there, empty at the end."""
        while self.text[self.at : self.at + 1] in {" ", "\t", "\r", "\n"}:
            self.at += 1
        return self.text[self.at : self.at + 1]


def _elements(text: str, problems: Problems) -> Iterator[JsonRow]:
    cursor, read = _Cursor(text), decoder()
    expected = "["
    while True:
        found = cursor.next()
        if expected != "[" and found == "]":
            cursor.at += 1
            break
        if found != expected:
            is_begin = expected == "["
            what = say("a list of objects, [ {…}, {…} ]") if is_begin else say("a {sign} or ] here", sign=expected)
            problems.add(cursor.line(), say("this must be {what}; correct the file.", what=what))
            return
        cursor.at += 1
        if expected == "[" and cursor.next() == "]":
            problems.add(cursor.line(), say("the list is empty; it needs objects."))
            return
        cursor.next()
        row = _element(cursor, read, problems)
        if row is None:
            return
        yield row
        expected = ","
    if cursor.next():
        problems.add(cursor.line(), say("something follows the end of the list; remove it."))


def _element(cursor: _Cursor, read: json.JSONDecoder, problems: Problems) -> JsonRow | None:
    line = cursor.line()
    try:
        value, cursor.at = read.raw_decode(cursor.text, cursor.at)
        check(value)
    except json.JSONDecodeError as error:
        cursor.at = error.pos
        problems.add(cursor.line(), say("this is not valid JSON ({reason}); correct the line.", reason=error.msg))
    except RecursionError:
        problems.add(line, say("the JSON is nested too deeply; flatten it."))
    except ValueError as error:
        problems.add(line, say("{problem}.", problem=error.args[0]))
    else:
        if isinstance(value, dict):
            return line, value
        problems.add(line, say("this must be a JSON object, {{…}}, but is {kind}.", kind=kind_of(value)))
    return None
