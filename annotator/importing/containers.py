"""Opens the files of a data set alike whether they lie in a folder or in a zip."""

import io
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Protocol

from annotator.errors import InvalidInputError
from annotator.words import say

MOST_FILES = 10_000


class Container(Protocol):
    """Files by name, with ``/`` between folders."""

    def names(self) -> list[str]:
        """Return the names of all files, sorted."""
        ...

    def open(self, name: str) -> IO[bytes]:
        """Open a file to read its bytes."""
        ...


@contextmanager
def open_container(path: Path, name: str) -> Iterator[Container]:
    """Open a folder or zip; raise InvalidInputError if it is neither, or a zip that cannot be trusted."""
    if path.is_dir():
        yield _Folder(path, name)
        return
    with named_failures(name):
        archive = zipfile.ZipFile(path)
    with archive:
        yield _Zip(archive, name)


@contextmanager
def named_failures(name: str) -> Iterator[None]:
    """Turn what goes wrong in reading a folder or zip into InvalidInputError naming it."""
    try:
        yield
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
        raise InvalidInputError(
            say("{name}: this is neither a folder nor a sound zip file; export it again.", name=name)
        ) from error
    except OSError as error:
        raise InvalidInputError(
            say("{name}: the file cannot be read ({reason}).", name=name, reason=error.strerror)
        ) from error


class _Folder:
    def __init__(self, path: Path, name: str) -> None:
        self._path = path
        self._name = name

    def names(self) -> list[str]:
        found = [file for file in self._path.rglob("*") if file.is_file() or file.is_symlink()]
        for file in found:
            if file.is_symlink():
                raise InvalidInputError(
                    say("{name}: {file} is a link; put the file itself there.", name=self._name, file=file.name)
                )
        names = (file.relative_to(self._path) for file in found)
        return sorted(name.as_posix() for name in names if not any(part.startswith(".") for part in name.parts))

    def open(self, name: str) -> IO[bytes]:
        return (self._path / name).open("rb")


class _Zip:
    def __init__(self, archive: zipfile.ZipFile, name: str) -> None:
        self._archive = archive
        self._name = name
        names = [entry.filename for entry in archive.infolist() if not entry.is_dir()]
        self._check(names)
        self._inner = _inner_folder(names)

    def names(self) -> list[str]:
        names = (name for name in self._archive.namelist() if not name.endswith("/"))
        return sorted(name.removeprefix(self._inner) for name in names)

    def open(self, name: str) -> IO[bytes]:
        return io.BufferedReader(self._archive.open(self._inner + name))  # type: ignore[type-var]  # it has readinto

    def _check(self, names: list[str]) -> None:
        if len(names) > MOST_FILES:
            raise InvalidInputError(
                say("{name}: the zip holds {count:,} files; this is no data set.", name=self._name, count=len(names))
            )
        for entry in self._archive.infolist():
            if _leaves_folder(entry.filename):
                raise InvalidInputError(
                    say(
                        "{name}: “{file}” would lie outside; do not trust this zip.",
                        name=self._name,
                        file=entry.filename,
                    )
                )
            if entry.flag_bits & 1:
                raise InvalidInputError(
                    say(
                        "{name}: “{file}” is encrypted; pack it without a password.",
                        name=self._name,
                        file=entry.filename,
                    )
                )
            if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                # Only these two inflate piece by piece; the others can fill the memory from a few bytes.
                raise InvalidInputError(
                    say(
                        "{name}: “{file}” is packed in a rare way; use ordinary zip.",
                        name=self._name,
                        file=entry.filename,
                    )
                )
        twice = next((name for name in names if names.count(name) > 1), None) if len(set(names)) < len(names) else None
        if twice:
            raise InvalidInputError(
                say("{name}: “{twice}” is in the zip twice; pack it again.", name=self._name, twice=twice)
            )


def _leaves_folder(name: str) -> bool:
    return name.startswith("/") or "\\" in name or ":" in name or ".." in name.split("/")


def _inner_folder(names: list[str]) -> str:
    """Return the folder that was packed as a whole, with its ``/``, or nothing."""
    manifests = [name for name in names if name.split("/")[-1] == "manifest.json" and name.count("/") <= 1]
    if len(manifests) != 1:
        return ""
    inner = manifests[0].removesuffix("manifest.json")
    return inner if all(name.startswith(inner) for name in names) else ""
