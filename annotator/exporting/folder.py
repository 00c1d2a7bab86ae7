"""Writes a data set as a folder or a zip: complete with its manifest, or not at all."""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path, PurePosixPath
from types import TracebackType
from typing import IO, Any, Self

import orjson

from annotator.exporting.native import FORMAT, MANIFEST, VERSION, without_text
from annotator.exporting.packing import pack
from annotator.exporting.places import full_disk_named, move_into_place, refuse_existing, remove, temporary_folder

__all__ = ["DataSetWriter", "WrittenFile", "without_text"]

#: Rows gathered before they are hashed and written together.
ROWS_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class WrittenFile:
    """What the manifest says about a file; ``rows`` is None for a file that has no rows."""

    sha256: str
    rows: int | None


class DataSetWriter:
    """Writes files under a temporary name; leaving the ``with`` block without error puts them in place.

    An existing ``path`` is a ConflictError unless ``replace`` is set. No file holds the time of the export, and a
    zip has its names sorted and fixed times, so that the same rows give the same bytes.
    """

    def __init__(self, path: Path, *, zipped: bool = False, replace: bool = False) -> None:
        self._target = path
        self._zipped = zipped
        self._replace = replace
        self.files: dict[str, WrittenFile] = {}

    def __enter__(self) -> Self:
        refuse_existing(self._target, replace=self._replace)
        with full_disk_named(self._target):
            self._folder = temporary_folder(self._target)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if error is None:
                with full_disk_named(self._target):
                    self._finish()
        finally:
            remove(self._folder)

    def add_lines(self, name: str, rows: Iterable[Mapping[str, Any]]) -> int:
        """Write one JSON object a line, keys in the order given; return how many there were."""
        with self.lines(name) as add:
            for row in rows:
                add(row)
        return self.files[name].rows or 0

    @contextmanager
    def lines(self, name: str) -> Iterator[Callable[[Mapping[str, Any]], None]]:
        """Open a file of JSON lines and give the function that adds one; several can be open at once."""
        with full_disk_named(self._target), _Sink(self._new(name)) as sink:
            yield lambda row: sink.add(orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE))
        self.files[name] = WrittenFile(sink.digest.hexdigest(), sink.rows)

    def add_json(self, name: str, value: Mapping[str, Any]) -> None:
        """Write one JSON object, indented for people."""
        self.add_bytes(name, orjson.dumps(value, option=orjson.OPT_APPEND_NEWLINE | orjson.OPT_INDENT_2))

    def add_text(self, name: str, text: str) -> None:
        r"""Write a text as UTF-8, its ``\n`` as they are."""
        self.add_bytes(name, text.encode())

    def add_bytes(self, name: str, content: bytes) -> None:
        """Write a file that has no rows."""
        with full_disk_named(self._target), _Sink(self._new(name)) as sink:
            sink.write(content)
        self.files[name] = WrittenFile(sink.digest.hexdigest(), None)

    def _new(self, name: str) -> Path:
        parts = PurePosixPath(name).parts
        if name in self.files or name == MANIFEST or name.startswith("/") or ".." in parts or not parts:
            raise ValueError(f"{name!r} is no new file of a data set")
        path = self._folder.joinpath(*parts)
        path.parent.mkdir(parents=True, exist_ok=True)
        return path

    def _finish(self) -> None:
        with _Sink(self._folder / MANIFEST) as sink:
            sink.write(orjson.dumps(self._manifest(), option=orjson.OPT_APPEND_NEWLINE | orjson.OPT_INDENT_2))
        finished = self._folder
        if self._zipped:
            finished = pack(self._folder, sorted([MANIFEST, *self.files]))
        move_into_place(finished, self._target, replace=self._replace)

    def _manifest(self) -> dict[str, Any]:
        files = {name: {"sha256": file.sha256, "rows": file.rows} for name, file in sorted(self.files.items())}
        return {"format": FORMAT, "version": VERSION, "files": files}


class _Sink:
    """A file that hashes what is written to it and is on the disk when it is closed."""

    def __init__(self, path: Path) -> None:
        self._file: IO[bytes] = path.open("wb")
        self._waiting: list[bytes] = []
        self.digest = sha256()
        self.rows = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *rest: object) -> None:
        with self._file:
            if kind is None:
                self._flush()
                self._file.flush()
                os.fsync(self._file.fileno())

    def add(self, line: bytes) -> None:
        self.rows += 1
        self._waiting.append(line)
        if len(self._waiting) >= ROWS_AT_ONCE:
            self._flush()

    def write(self, content: bytes) -> None:
        self.digest.update(content)
        self._file.write(content)

    def _flush(self) -> None:
        self.write(b"".join(self._waiting))
        self._waiting.clear()
