"""Puts back the texts that a data set left out: they are found in a folder of files by their SHA-256."""

import base64
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any

from annotator.errors import InvalidInputError
from annotator.importing.lines import MAX_LINE_BYTES
from annotator.importing.native import DataSet
from annotator.importing.problems import Problems
from annotator.importing.reading import find_files, read_documents
from annotator.importing.values import TableColumns
from annotator.words import say

_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Texts:
    """What is wanted and was found, by the SHA-256 of its bytes; it waits in a file, so that memory stays flat."""

    wanted: Collection[str]
    stream: IO[bytes]
    places: dict[str, tuple[int, int]] = field(default_factory=dict)

    def offer(self, content: bytes) -> None:
        """Keep these bytes if they are wanted and not there yet."""
        digest = sha256(content).hexdigest()
        if digest in self.wanted and digest not in self.places:
            self.places[digest] = self.stream.seek(0, 2), len(content)
            self.stream.write(content)

    def find(self, digest: str) -> bytes | None:
        """Return the bytes of this SHA-256, if they were found."""
        if digest not in self.places:
            return None
        start, length = self.places[digest]
        self.stream.seek(start)
        return self.stream.read(length)


@contextmanager
def texts_for(
    data: DataSet, folder: Path | None, *, source: str, columns: TableColumns | None = None
) -> Iterator[Texts]:
    """Find the texts that ``data`` leaves out among the files of ``folder``.

    A file counts by its bytes, by its text without byte order mark or last line end, and by each text in it
    where it is a table or JSON (read with ``columns``, as in the import it came from).

    Raises
    ------
    InvalidInputError
        If texts are left out and there is no folder, or it lacks some: each with the document's id and title.
    """
    wanted = _wanted(data, folder, source)
    with TemporaryFile() as stream:
        texts = Texts(wanted, stream)
        if folder is not None and wanted:
            for path in find_files(folder):
                _offer_file(texts, path, columns)
            _refuse_missing(data, texts, folder, source)
        yield texts


def put_back(rows: Iterable[dict[str, Any]], texts: Texts) -> Iterator[dict[str, Any]]:
    """Yield rows of documents with their texts and, as far as they were found, the bytes of their files."""
    for row in rows:
        original = row["original"]
        if original is not None and original.get("content") is None:
            original = _with_content(original, texts.find(original["sha256"]))
        yield {**row, "text": _text(row, texts), "original": original}


def _wanted(data: DataSet, folder: Path | None, source: str) -> set[str]:
    left_out = [row for row in map(_hashes, data.documents()) if row[0] is not None]
    if left_out and folder is None:
        raise InvalidInputError(
            say(
                "{source}: the texts of {count:,} documents were left out of this data set; put them "
                "back with “annotator import … --texts FOLDER”, where the folder holds them.",
                source=source,
                count=len(left_out),
            )
        )
    return {digest for row in left_out for digest in row if digest is not None}


def _hashes(row: Mapping[str, Any]) -> tuple[str | None, str | None]:
    """Return the SHA-256 of a text and of a file that are left out."""
    if row.get("text") is not None:
        return None, None
    return row["text_sha256"], (row["original"] or {}).get("sha256")


def _offer_file(texts: Texts, path: Path, columns: TableColumns | None) -> None:
    with suppress(OSError):
        with path.open("rb") as stream:
            content = stream.read(MAX_LINE_BYTES + 1)
        for form in _forms(content):
            texts.offer(form)
    # Other files may lie in the folder; what is missing in the end is told by its document.
    with suppress(InvalidInputError):
        for document in read_documents(path, columns=columns):
            texts.offer(document.text.encode())


def _forms(content: bytes) -> Iterator[bytes]:
    """Yield the bytes of a file, and those of its text as an editor may have changed them."""
    yield content
    plain = content.removeprefix(_BOM)
    yield plain
    yield plain.removesuffix(b"\n").removesuffix(b"\r")
    if b"\r\n" in plain:
        unix = plain.replace(b"\r\n", b"\n")
        yield unix
        yield unix.removesuffix(b"\n")


def _refuse_missing(data: DataSet, texts: Texts, folder: Path, source: str) -> None:
    problems = Problems(source)
    for row in data.documents():
        if row.get("text") is None and row["text_sha256"] not in texts.places:
            document = f"“{row['id']}”" + (f" (“{row['title']}”)" if row["title"] else "")
            problems.add(
                None,
                say(
                    "the text of the document {document} is not in {folder}; put the file there that it "
                    "was imported from, or its text.",
                    document=document,
                    folder=folder,
                ),
            )
    problems.raise_any()


def _text(row: Mapping[str, Any], texts: Texts) -> str:
    if row.get("text") is not None:
        return str(row["text"])
    content = texts.find(row["text_sha256"])
    # texts_for has seen to both; a length that is wrong was wrong in the data set.
    if content is None or len(text := content.decode()) != row["length"]:
        raise InvalidInputError(
            say(
                "The text of the document “{id}” does not have the {length:,} characters it should have; "
                "export the data set again.",
                id=row["id"],
                length=row["length"],
            )
        )
    return text


def _with_content(original: Mapping[str, Any], content: bytes | None) -> dict[str, Any] | None:
    return None if content is None else {**original, "content": base64.b64encode(content).decode()}
