"""Reads a corpus of any length as JSON Lines: cut into parts of bounded size, each of which can be read by itself."""

import codecs
import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from annotator.errors import InvalidInputError
from annotator.importing.lines import MAX_LINE_BYTES, PIECE_BYTES, decode, refuse_foreign
from annotator.importing.problems import Problems, place
from annotator.importing.strict_json import load_object
from annotator.words import say

#: Sentences of one part: enough to be scored fast together, few enough to weigh little.
PART_ROWS = 2_000
PART_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of a corpus.

    ``first`` is the number of its first line (of a table, row), ``content`` its bytes, ``end`` how far into the
    corpus it reaches: in bytes, of a table in rows.
    """

    first: int
    content: bytes
    end: int


def cut_lines(path: Path, problems: Problems, *, rows: int = PART_ROWS) -> Iterator[Part]:
    """Yield the file's lines in parts; the file may be a pipe.

    Raises
    ------
    InvalidInputError
        If the file is of another kind.
    """
    with path.open("rb") as stream:
        start = stream.peek(4)[:4]
        refuse_foreign(io.BytesIO(start), problems.name)
        done = len(stream.read(3)) if start.startswith(codecs.BOM_UTF8) else 0
        lines: list[bytes] = []
        number, first, size = 0, 1, 0
        while line := stream.readline(MAX_LINE_BYTES + 1):
            number += 1
            done += len(line)
            is_too_long = len(line) > MAX_LINE_BYTES
            if is_too_long:
                done += _pass_over(stream, line, number, problems)
            else:
                lines.append(line)
                size += len(line)
            if is_too_long or len(lines) >= rows or size >= PART_BYTES:
                yield Part(first, b"".join(lines), done)
                lines, first, size = [], number + 1, 0
        if lines:
            yield Part(first, b"".join(lines), done)


def _pass_over(stream: IO[bytes], line: bytes, number: int, problems: Problems) -> int:
    """Read to the end of a line that is too long to be held; return how many more bytes it had."""
    length, piece = len(line), line
    while not piece.endswith(b"\n") and (piece := stream.readline(PIECE_BYTES)):
        length += len(piece)
    problems.add(
        number,
        say("the line holds {length:,} bytes, more than {most:,}; split it.", length=length, most=MAX_LINE_BYTES),
    )
    return length - len(line)


def read_part(part: Part, problems: Problems) -> Iterator[tuple[int, dict[str, object]]]:
    """Yield the line and the object of each line that can be used; blank lines are passed over."""
    for line, raw in enumerate(io.BytesIO(part.content), start=part.first):
        text = decode(raw, line, problems)
        if text is None or not text.strip():
            continue
        try:
            yield line, load_object(text, where=place(problems.name, line))
        except InvalidInputError as error:
            problems.take(error)
