"""Reads a native data set, a folder or zip that an export has written."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from annotator.errors import InvalidInputError
from annotator.importing.containers import Container, named_failures, open_container
from annotator.importing.lines import MAX_LINE_BYTES, read_lines
from annotator.importing.manifest import CODEBOOK, check_manifest, read_bounded
from annotator.importing.problems import Problems, place
from annotator.importing.shapes import ACT, DOCUMENT, PROJECT, UNIT, Shape, check_shape
from annotator.importing.strict_json import load_object
from annotator.words import say

#: Bytes a data set may have when it is unpacked, unless the caller says otherwise.
MAX_BYTES = 4 << 30
_MAX_SMALL_BYTES = 16 << 20
#: A document's line holds its text and, in base64, its file.
_MAX_ROW_BYTES = 5 * MAX_LINE_BYTES // 2

DocumentRow = Mapping[str, Any]


@contextmanager
def open_data_set(path: Path, *, name: str | None = None, limit: int = MAX_BYTES) -> Iterator["DataSet"]:
    """Open a data set after checking manifest, hashes and row counts; errors call it ``name``.

    Raises
    ------
    InvalidInputError
        If it is incomplete, changed, from a newer Annotator, larger than ``limit`` bytes when unpacked, or
        a file in it (named with its line) is not what it should be; the latter also while rows are read.
    """
    source = name or path.name
    with open_container(path, source) as container:
        with named_failures(source):
            check_manifest(container, source, limit=limit)
        yield DataSet(container, source)


class DataSet:
    """A checked data set; its rows are read anew each time they are asked for."""

    def __init__(self, container: Container, source: str) -> None:
        self._container = container
        self._source = source
        #: Characters and turns of each document, once the documents have been read.
        self._sizes: dict[str, tuple[int, int]] | None = None
        self.project: dict[str, Any] = load_object(self._small("project.json"), where=f"{source}/project.json")
        check_shape(self.project, PROJECT, f"{source}/project.json")
        numbered = ((CODEBOOK.fullmatch(file), file) for file in container.names())
        #: The codebook versions by number, as YAML.
        self.codebook_texts: dict[int, str] = dict(
            sorted((int(match[1]), self._small(file)) for match, file in numbered if match)
        )

    @property
    def codebooks(self) -> list[str]:
        """The codebook versions as YAML, in the order of their numbers."""
        return list(self.codebook_texts.values())

    def documents(self) -> Iterator[dict[str, Any]]:
        """Yield the documents; ids are unique, and each has a text or the length and hash of one left out."""
        sizes: dict[str, tuple[int, int]] = {}
        for where, row in self._rows("documents.jsonl", DOCUMENT):
            if row["id"] in sizes:
                raise InvalidInputError(
                    say(
                        "{where}: the document “{id}” occurs twice; export the data set again.",
                        where=where,
                        id=row["id"],
                    )
                )
            sizes[row["id"]] = _length(row, where), len(row["turns"])
            _check_turns(row, sizes[row["id"]][0], where)
            yield row
        self._sizes = sizes

    def units(self) -> Iterator[dict[str, Any]]:
        """Yield the units; ids are unique, and offsets lie within the unit's document."""
        if self._sizes is None:
            for _ in self.documents():
                pass
        seen: set[str] = set()
        for where, row in self._rows("units.jsonl", UNIT):
            if row["id"] in seen:
                raise InvalidInputError(
                    say("{where}: the unit “{id}” occurs twice; export the data set again.", where=where, id=row["id"])
                )
            seen.add(row["id"])
            self._check_place(row, where)
            yield row

    def history(self) -> Iterator[dict[str, Any]]:
        """Yield every act, in the order in which it was given."""
        return (row for _, row in self._rows("history.jsonl", ACT))

    def _rows(self, name: str, shape: Shape) -> Iterator[tuple[str, dict[str, Any]]]:
        problems = Problems(f"{self._source}/{name}")
        with self._container.open(name) as stream:
            for line, text in read_lines(stream, problems, limit=_MAX_ROW_BYTES):
                problems.raise_any()
                where = place(problems.name, line)
                row = load_object(text or "", where=where)
                check_shape(row, shape, where)
                yield where, row

    def _small(self, name: str) -> str:
        return read_bounded(self._container, name, limit=_MAX_SMALL_BYTES, where=f"{self._source}/{name}")

    def _check_place(self, row: Mapping[str, Any], where: str) -> None:
        """Raise InvalidInputError if the unit's offsets do not fit its document or its text."""
        start, end, turn, text = row["start"], row["end"], row["turn"], row.get("text")
        assert self._sizes is not None
        if row["document"] not in self._sizes:
            raise InvalidInputError(
                say(
                    "{where}: there is no document “{document}” in documents.jsonl.",
                    where=where,
                    document=row["document"],
                )
            )
        length, turns = self._sizes[row["document"]]
        _check_span(start, end, length, where)
        if turn is not None and not 0 <= turn < turns:
            raise InvalidInputError(
                say(
                    "{where}: there is no turn {turn}; the document has {turns:,}, counted from 0.",
                    where=where,
                    turn=turn,
                    turns=turns,
                )
            )
        if text is not None and len(text) != end - start:
            raise InvalidInputError(
                say(
                    "{where}: the text has {count:,} characters, but {start} to {end} are {length:,}.",
                    where=where,
                    count=len(text),
                    start=start,
                    end=end,
                    length=end - start,
                )
            )


def _check_turns(row: Mapping[str, Any], length: int, where: str) -> None:
    """Raise InvalidInputError if a turn lies outside the text or its speaker is not among the document's."""
    speakers = {speaker["name"] for speaker in row["speakers"]}
    for turn in row["turns"]:
        _check_span(turn["start"], turn["end"], length, where)
        if turn["speaker"] is not None and turn["speaker"] not in speakers:
            raise InvalidInputError(
                say(
                    "{where}: the speaker “{speaker}” of a turn is not among the speakers.",
                    where=where,
                    speaker=turn["speaker"],
                )
            )


def _check_span(start: int, end: int, length: int, where: str) -> None:
    if not 0 <= start <= end <= length:
        raise InvalidInputError(
            say(
                "{where}: {start} to {end} is no stretch of a text of {length:,} characters.",
                where=where,
                start=start,
                end=end,
                length=length,
            )
        )


def _length(row: Mapping[str, Any], where: str) -> int:
    text, length = row.get("text"), row.get("length")
    if text is not None:
        return len(text)
    if length is None or length < 0 or row.get("text_sha256") is None:
        raise InvalidInputError(
            say('{where}: a document needs its "text", or "length" and "text_sha256" of one left out.', where=where)
        )
    return int(length)
