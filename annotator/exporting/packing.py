"""Packs a folder into a zip whose bytes depend on nothing but the files."""

import os
import shutil
import zipfile
from collections.abc import Iterable
from pathlib import Path

#: The earliest time a zip can hold: a real one would make two exports of the same data differ.
_NO_TIME = (1980, 1, 1, 0, 0, 0)


def pack(folder: Path, names: Iterable[str]) -> Path:
    """Write the named files, in that order, into a zip inside the folder and return its path."""
    target = folder / ".zip"
    with target.open("wb") as stream:
        with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
            for name in names:
                _add(archive, folder / name, name)
        stream.flush()
        os.fsync(stream.fileno())
    return target


def _add(archive: zipfile.ZipFile, path: Path, name: str) -> None:
    entry = zipfile.ZipInfo(name, _NO_TIME)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.create_system = 3  # otherwise Windows and Linux would write different bytes
    entry.external_attr = 0o644 << 16
    entry.file_size = path.stat().st_size
    with path.open("rb") as source, archive.open(entry, "w") as target:
        shutil.copyfileobj(source, target, 1 << 20)
