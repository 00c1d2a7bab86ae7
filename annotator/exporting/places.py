"""Puts finished files and folders into their place at once, and keeps them through a power cut."""

import errno
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from annotator.errors import ConflictError, StorageFullError
from annotator.words import say

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


@contextmanager
def full_disk_named(path: Path) -> Iterator[None]:
    """Turn the system's ways to say "disk full" into StorageFullError."""
    try:
        yield
    except OSError as error:
        if error.errno not in _FULL:
            raise
        raise StorageFullError(say("{path}: the disk is full; free some space and try again.", path=path)) from error


def refuse_existing(path: Path, *, replace: bool) -> None:
    """Raise ConflictError if something is there that is not to be replaced."""
    if not replace and os.path.lexists(path):
        raise ConflictError(say("{path}: this exists already; choose another name or remove it first.", path=path))


def temporary_folder(target: Path) -> Path:
    """Make a folder beside ``target``, so that moving it there is one step on the same file system."""
    target.parent.mkdir(parents=True, exist_ok=True)
    made = target.parent / f".{target.name}-{secrets.token_hex(8)}.part"
    made.mkdir()  # not tempfile's: that one would lock out whom the person's umask lets in
    return made


@contextmanager
def finished_file(target: Path, *, replace: bool = False) -> Iterator[IO[bytes]]:
    """Give a stream whose content is found under ``target`` once the block has ended without error."""
    refuse_existing(target, replace=replace)
    with full_disk_named(target):
        folder = temporary_folder(target)
        try:
            with (folder / "file").open("wb") as stream:
                yield stream
                stream.flush()
                os.fsync(stream.fileno())
            move_into_place(folder / "file", target, replace=replace)
        finally:
            remove(folder)


def move_into_place(finished: Path, target: Path, *, replace: bool) -> None:
    """Rename ``finished`` to ``target``; what was there is moved aside first and removed last."""
    refuse_existing(target, replace=replace)
    if finished.is_file() and not target.is_dir():
        os.replace(finished, target)
    else:
        _swap(finished, target)
    sync_folder(target.parent)


def _swap(finished: Path, target: Path) -> None:
    if not os.path.lexists(target):
        finished.rename(target)
        return
    aside = temporary_folder(target)
    target.rename(aside / "old")
    try:
        finished.rename(target)
    except BaseException:
        (aside / "old").rename(target)
        raise
    finally:
        remove(aside)


def remove(path: Path) -> None:
    """Remove a file or folder if it is there, and never fail at it."""
    shutil.rmtree(path, ignore_errors=True)
    with suppress(OSError):
        path.unlink(missing_ok=True)


def sync_folder(path: Path) -> None:
    """Make renames in a folder last; Windows has no such call and needs none."""
    if os.name == "posix":
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
