"""Reads files of any known format into documents."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

from annotator.errors import InvalidInputError
from annotator.importing.documents import documents_of
from annotator.importing.json_documents import documents_in
from annotator.importing.json_rows import read_json_lines, read_json_list
from annotator.importing.layout import missing_columns
from annotator.importing.lines import refuse_foreign
from annotator.importing.plain import read_plain
from annotator.importing.problems import Problems
from annotator.importing.tables import read_table
from annotator.importing.units import units_of
from annotator.importing.values import ImportedDocument, TableColumns
from annotator.words import joined, say

#: The formats by name, with what each is, for help texts.
FORMATS = {
    "txt": say("plain text, one document a file (.txt, .text, .md)"),
    "csv": say("a table with a header, separated by comma, semicolon or tab (.csv)"),
    "tsv": say("a table with a header, separated by tabs (.tsv)"),
    "jsonl": say("one JSON object a line (.jsonl, .ndjson)"),
    "json": say("a list of JSON objects (.json)"),
}
_SUFFIXES = {
    ".txt": "txt", ".text": "txt", ".md": "txt", ".csv": "csv", ".tsv": "tsv",
    ".jsonl": "jsonl", ".ndjson": "jsonl", ".json": "json",
}  # fmt: skip

_Reader = Callable[[IO[bytes], Problems, TableColumns | None], Iterator[ImportedDocument]]


def read_documents(
    path: Path, *, format: str | None = None, columns: TableColumns | None = None, name: str | None = None
) -> Iterator[ImportedDocument]:
    """Yield the documents of a file as they are read.

    What is wrong is collected while reading goes on, and raised as one InvalidInputError *after* the last
    document: whoever stores documents as they come must throw them away then. With ``columns`` the rows
    are ready-made units (see TableColumns). ``name`` is what errors call the file.
    """
    shown = name or path.name
    read = _READERS[format_of(Path(shown), format)]
    problems = Problems(shown)
    try:
        with path.open("rb") as stream:
            refuse_foreign(stream, shown)
            yield from read(stream, problems, columns)
    except OSError as error:
        raise InvalidInputError(
            say("{shown}: the file cannot be read ({reason}).", shown=shown, reason=error.strerror)
        ) from error
    problems.raise_any()


def format_of(path: Path, format: str | None = None) -> str:
    """Return the format given or told by the suffix; raise InvalidInputError with what is supported."""
    found = format or _SUFFIXES.get(path.suffix.lower())
    if found in FORMATS:
        return found
    what = say("the format “{format}”", format=format) if format else say("the suffix “{suffix}”", suffix=path.suffix)
    supported = joined((joined((name, text), ": ") for name, text in FORMATS.items()), "; ")
    raise InvalidInputError(
        say(
            "{file}: {what} is not supported. Supported are {supported}.",
            file=path.name,
            what=what,
            supported=supported,
        )
    )


def find_files(path: Path) -> list[Path]:
    """Return the file itself, or all files under a folder in order of their names, without hidden ones."""
    if path.is_file():
        return [path]
    if not path.is_dir():
        raise InvalidInputError(say("{path}: there is no such file or folder.", path=path))
    found = (file for file in path.rglob("*") if file.is_file())
    return sorted(file for file in found if not _is_hidden(file.relative_to(path)))


def _is_hidden(path: Path) -> bool:
    return any(part.startswith(".") for part in path.parts)


def _plain(stream: IO[bytes], problems: Problems, columns: TableColumns | None) -> Iterator[ImportedDocument]:
    return read_plain(stream, problems)


def _csv(stream: IO[bytes], problems: Problems, columns: TableColumns | None) -> Iterator[ImportedDocument]:
    return _table(stream, problems, columns, None)


def _tsv(stream: IO[bytes], problems: Problems, columns: TableColumns | None) -> Iterator[ImportedDocument]:
    return _table(stream, problems, columns, "\t")


def _table(
    stream: IO[bytes], problems: Problems, columns: TableColumns | None, delimiter: str | None
) -> Iterator[ImportedDocument]:
    rows = read_table(stream, problems, delimiter=delimiter)
    line, header = next(rows, (1, None))
    if header is None:
        return
    if missing := missing_columns(tuple(header), columns):
        problems.add(line, missing)
    elif columns is None or not columns.ready_made:
        yield from documents_of(rows, problems, columns)
    else:
        yield from units_of(rows, problems, columns)


def _json_lines(stream: IO[bytes], problems: Problems, columns: TableColumns | None) -> Iterator[ImportedDocument]:
    return documents_in(read_json_lines(stream, problems), problems, columns)


def _json_list(stream: IO[bytes], problems: Problems, columns: TableColumns | None) -> Iterator[ImportedDocument]:
    return documents_in(read_json_list(stream, problems), problems, columns)


_READERS: dict[str, _Reader] = {
    "txt": _plain,
    "csv": _csv,
    "tsv": _tsv,
    "jsonl": _json_lines,
    "json": _json_list,
}
