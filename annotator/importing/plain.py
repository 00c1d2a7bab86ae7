"""Reads a plain text file: the whole file is one document."""

from collections.abc import Iterator
from typing import IO

from annotator.importing.lines import MAX_LINE_BYTES, SPLIT_IT, count_characters, decode, rest_of_file
from annotator.importing.problems import Problems
from annotator.importing.values import MAX_TEXT, ImportedDocument
from annotator.words import say

_BOM = b"\xef\xbb\xbf"


def read_plain(stream: IO[bytes], problems: Problems) -> Iterator[ImportedDocument]:
    """Yield the one document of a text file, with the file's own bytes as its original."""
    stream.seek(0)
    original = stream.read(MAX_LINE_BYTES + 1)
    if len(original) > MAX_LINE_BYTES:
        length = count_characters(rest_of_file(stream, original))
        problems.add(
            1,
            say("the document that begins here holds {count:,} characters; {advice}.", count=length, advice=SPLIT_IT),
        )
        return
    text = _decode_whole(original.removeprefix(_BOM), problems)
    if text is None:
        return
    if not text.strip():
        problems.add(1, say("the file is empty; leave it out or put a text into it."))
    elif len(text) > MAX_TEXT:
        problems.add(
            1,
            say(
                "the document that begins here holds {count:,} characters; {advice}.", count=len(text), advice=SPLIT_IT
            ),
        )
    else:
        yield ImportedDocument(text=text, original=original, name=problems.name, line=1)


def _decode_whole(raw: bytes, problems: Problems) -> str | None:
    """Decode at once; only where that fails look for the lines that are to blame, of a binary file the first."""
    at = raw.find(b"\0")
    if at < 0:
        try:
            return raw.decode()
        except UnicodeDecodeError:
            pass
    else:
        raw = raw[: at + 1]
    for number, line in enumerate(raw.split(b"\n"), start=1):
        decode(line, number, problems)
    return None
