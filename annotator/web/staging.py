"""Uploaded files between the preview and the import: a folder each, claimed by renaming it."""

import json
import shutil
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from uuid import UUID, uuid4

from werkzeug.datastructures import FileStorage

from annotator.config import Settings
from annotator.errors import ConflictError, InvalidInputError, NotFoundError, StorageFullError
from annotator.words import say

MAX_FILES = 200
KEPT_SECONDS = 24 * 3600
#: All that waits together may be this many times as large as one upload; the oldest give way.
UPLOADS_KEPT = 8
MANIFEST = "files.json"
CLAIMED = ".claimed"


@dataclass(frozen=True, slots=True)
class StagedFile:
    """An uploaded file: where it lies, and what its owner calls it."""

    path: Path
    name: str


@dataclass(frozen=True, slots=True)
class Upload:
    """Files that wait for their import, or, claimed, are being imported."""

    id: str
    project_id: int
    folder: Path
    files: tuple[StagedFile, ...]


def stage(settings: Settings, project_id: int, files: Iterable[FileStorage]) -> Upload:
    """Keep uploaded files.

    Raises
    ------
    InvalidInputError
        If there is none, or there are too many.
    """
    given = [file for file in files if file.filename]
    if not given:
        raise InvalidInputError(say("Choose at least one file."))
    if len(given) > MAX_FILES:
        raise InvalidInputError(
            say("Send at most {most} files at a time, or use “annotator import” for a folder.", most=MAX_FILES)
        )
    _remove_old(settings)
    identifier = uuid4().hex
    draft = _root(settings) / f"{identifier}.draft"
    try:
        draft.mkdir(parents=True)
        names = []
        for number, file in enumerate(given):
            file.save(draft / str(number))
            names.append(_name(file))
        manifest = {"project_id": project_id, "files": names}
        (draft / MANIFEST).write_text(json.dumps(manifest), encoding="utf-8")
        draft.rename(_root(settings) / identifier)
    except OSError as error:
        shutil.rmtree(draft, ignore_errors=True)
        raise StorageFullError(
            say("The files could not be kept ({reason}); free some space.", reason=error.strerror)
        ) from error
    return find(settings, project_id, identifier)


def find(settings: Settings, project_id: int, identifier: str) -> Upload:
    """Return an upload that waits.

    Raises
    ------
    NotFoundError
        If it is not there any more, or belongs to another project.
    """
    upload = _read(_root(settings) / _checked(identifier), identifier)
    if upload is None or upload.project_id != project_id:
        raise NotFoundError(
            say("These files are not waiting any more: they were imported, discarded, or lay here for a day.")
        )
    return upload


def claim(settings: Settings, project_id: int, identifier: str) -> Upload:
    """Take an upload for the import; of two who try, in whatever process, one gets it.

    Raises
    ------
    ConflictError
        If somebody else has taken it.
    """
    upload = find(settings, project_id, identifier)
    claimed = upload.folder.with_name(identifier + CLAIMED)
    try:
        upload.folder.rename(claimed)
    except OSError as error:
        raise ConflictError(say("These files are being imported already.")) from error
    found = _read(claimed, identifier)
    if found is None:
        raise ConflictError(say("These files are gone; upload them again."))
    return found


def release(upload: Upload, rest: Sequence[StagedFile]) -> None:
    """End a claim: forget the files that are imported, let the rest wait again."""
    if not rest:
        discard(upload)
        return
    for file in upload.files:
        if file not in rest:
            file.path.unlink()
    for number, file in enumerate(rest):
        file.path.rename(upload.folder / str(number))
    manifest = {"project_id": upload.project_id, "files": [file.name for file in rest]}
    (upload.folder / MANIFEST).write_text(json.dumps(manifest), encoding="utf-8")
    upload.folder.rename(upload.folder.with_name(upload.id))


def discard(upload: Upload) -> None:
    """Remove the files."""
    shutil.rmtree(upload.folder, ignore_errors=True)


def _root(settings: Settings) -> Path:
    return settings.home / "uploads"


def _checked(identifier: str) -> str:
    try:
        return UUID(hex=identifier).hex
    except ValueError as error:
        raise NotFoundError(say("There is no such upload.")) from error


def _read(folder: Path, identifier: str) -> Upload | None:
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    files = (StagedFile(folder / str(number), name) for number, name in enumerate(manifest["files"]))
    return Upload(identifier, manifest["project_id"], folder, tuple(files))


def _name(file: FileStorage) -> str:
    # Browsers send a path with a folder's files, some of them with backslashes.
    name = PurePosixPath((file.filename or "").replace("\\", "/")).name
    return "".join(char for char in name if char.isprintable())[:200] or "file"


def _remove_old(settings: Settings) -> None:
    """Remove what lies here for a day and, where it is too much, the oldest that nobody is importing."""
    root = _root(settings)
    if not root.is_dir():
        return
    folders = sorted((folder for folder in root.iterdir() if folder.is_dir()), key=_modified_at)
    room = UPLOADS_KEPT * settings.max_upload_bytes
    total = sum(_size(folder) for folder in folders)
    for folder in folders:
        is_old = time.time() - _modified_at(folder) > KEPT_SECONDS
        if is_old or (total > room and folder.suffix != CLAIMED):
            total -= _size(folder)
            shutil.rmtree(folder, ignore_errors=True)


def _modified_at(folder: Path) -> float:
    try:
        return folder.stat().st_mtime
    except FileNotFoundError:
        return 0.0


def _size(folder: Path) -> int:
    try:
        return sum(file.stat().st_size for file in folder.iterdir())
    except FileNotFoundError:
        return 0
