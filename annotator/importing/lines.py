"""Reads text files line by line in bounded pieces, strictly as UTF-8."""

import codecs
from collections.abc import Iterable, Iterator
from typing import IO

from annotator.errors import InvalidInputError
from annotator.importing.problems import Problems, place
from annotator.importing.values import MAX_TEXT

#: The longest document in the widest encoding of a character.
MAX_LINE_BYTES = 4 * MAX_TEXT
PIECE_BYTES = 1 << 20

SAVE_AS_UTF8 = "save the file as UTF-8"
SPLIT_IT = f"a document may have at most {MAX_TEXT:,}: split it into several documents"

_FOREIGN = (
    (b"PK\x03\x04", "a zip file or a workbook such as .xlsx; save the sheet as CSV (UTF-8), or unpack the zip"),
    (b"\xd0\xcf\x11\xe0", "an old Office file such as .xls or .doc; save it as CSV or plain text (UTF-8)"),
    (b"%PDF", "a PDF; save its text as a .txt file (UTF-8)"),
    (b"\x1f\x8b", "compressed with gzip; unpack it first"),
    (b"\x89PNG", "a picture; import its text instead"),
    (b"\xff\xd8\xff", "a picture; import its text instead"),
    (b"\xff\xfe", f"UTF-16; {SAVE_AS_UTF8}"),
    (b"\xfe\xff", f"UTF-16; {SAVE_AS_UTF8}"),
)


def refuse_foreign(stream: IO[bytes], name: str) -> None:
    """Raise InvalidInputError if the file begins like another kind of file; skip a byte order mark."""
    start = stream.read(4)
    for magic, what in _FOREIGN:
        if start.startswith(magic):
            raise InvalidInputError(f"{place(name, 1)}: the file is {what}.")
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
            problems.add(number, f"the line holds {length:,} characters; {SPLIT_IT}.")
            yield number, None
        else:
            yield number, decode(raw, number, problems)


def decode(raw: bytes, line: int, problems: Problems) -> str | None:
    """Return ``raw`` as text, or note what is wrong with it."""
    if b"\0" in raw:
        problems.add(line, f"byte {raw.index(0) + 1:,} of the line is NUL, so this is not text; {SAVE_AS_UTF8}.")
        return None
    try:
        return raw.decode()
    except UnicodeDecodeError as error:
        byte = raw[error.start]
        problems.add(line, f"byte {error.start + 1:,} of the line (0x{byte:02X}) is not UTF-8; {SAVE_AS_UTF8}.")
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
