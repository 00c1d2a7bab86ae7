"""Reads text files line by line in bounded pieces, strictly as UTF-8."""

import codecs
from collections.abc import Iterable, Iterator
from typing import IO

from annotator.errors import InvalidInputError
from annotator.importing.problems import Problems, place
from annotator.importing.values import MAX_TEXT
from annotator.words import say

#: The longest document in the widest encoding of a character.
MAX_LINE_BYTES = 4 * MAX_TEXT
PIECE_BYTES = 1 << 20

SAVE_AS_UTF8 = say("save the file as UTF-8")
SPLIT_IT = say("a document may have at most {most:,}: split it into several documents", most=MAX_TEXT)

_FOREIGN = (
    (b"PK\x03\x04", say("a zip file or a workbook such as .xlsx; save the sheet as CSV (UTF-8), or unpack the zip")),
    (b"\xd0\xcf\x11\xe0", say("an old Office file such as .xls or .doc; save it as CSV or plain text (UTF-8)")),
    (b"%PDF", say("a PDF; save its text as a .txt file (UTF-8)")),
    (b"\x1f\x8b", say("compressed with gzip; unpack it first")),
    (b"\x89PNG", say("a picture; import its text instead")),
    (b"\xff\xd8\xff", say("a picture; import its text instead")),
    (b"\xff\xfe", say("UTF-16; {advice}", advice=SAVE_AS_UTF8)),
    (b"\xfe\xff", say("UTF-16; {advice}", advice=SAVE_AS_UTF8)),
)


def refuse_foreign(stream: IO[bytes], name: str) -> None:
    """Raise InvalidInputError if the file begins like another kind of file; skip a byte order mark."""
    start = stream.read(4)
    for magic, what in _FOREIGN:
        if start.startswith(magic):
            raise InvalidInputError(say("{place}: the file is {what}.", place=place(name, 1), what=what))
    stream.seek(3 if start.startswith(codecs.BOM_UTF8) else 0)


def read_lines(
    stream: IO[bytes], problems: Problems, *, limit: int = MAX_LINE_BYTES
) -> Iterator[tuple[int, str | None]]:
    r"""Yield each line's number and text with its line end; None where a line cannot be used.

    Only ``\n`` ends a line, so that the numbers are those an editor shows.
    """
    number = 0
    while raw := stream.readline(limit + 1):
        number += 1
        if len(raw) > limit:
            length = count_characters(rest_of_line(stream, raw))
            problems.add(number, say("the line holds {length:,} characters; {advice}.", length=length, advice=SPLIT_IT))
            yield number, None
        else:
            yield number, decode(raw, number, problems)


def decode(raw: bytes, line: int, problems: Problems) -> str | None:
    """Return ``raw`` as text, or note what is wrong with it."""
    if b"\0" in raw:
        problems.add(
            line,
            say(
                "byte {position:,} of the line is NUL, so this is not text; {advice}.",
                position=raw.index(0) + 1,
                advice=SAVE_AS_UTF8,
            ),
        )
        return None
    try:
        return raw.decode()
    except UnicodeDecodeError as error:
        byte = raw[error.start]
        problems.add(
            line,
            say(
                "byte {position:,} of the line (0x{byte:02X}) is not UTF-8; {advice}.",
                position=error.start + 1,
                byte=byte,
                advice=SAVE_AS_UTF8,
            ),
        )
        return None


def rest_of_line(stream: IO[bytes], first: bytes) -> Iterator[bytes]:
    """Yield ``first`` and what follows it in the same line, piece by piece, without the line end."""
    piece = first
    while piece:
        yield piece.removesuffix(b"\n")
        piece = b"" if piece.endswith(b"\n") else stream.readline(PIECE_BYTES)


def rest_of_file(stream: IO[bytes], first: bytes) -> Iterator[bytes]:
    """Yield ``first`` and everything that follows it, piece by piece."""
    yield first
    while piece := stream.read(PIECE_BYTES):
        yield piece


def count_characters(pieces: Iterable[bytes]) -> int:
    """Return how many characters the pieces hold together, without keeping them."""
    decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
    return sum(len(decoder.decode(piece)) for piece in pieces)
