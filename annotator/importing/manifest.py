"""Checks that a data set is whole: its manifest names exactly its files, with their hashes and rows."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256

from annotator.errors import InvalidInputError
from annotator.importing.containers import Container
from annotator.importing.lines import PIECE_BYTES
from annotator.importing.strict_json import load_object
from annotator.words import say

FORMAT = "annotator-dataset"
VERSION = 1
MANIFEST = "manifest.json"
NEEDED = ("project.json", "documents.jsonl", "units.jsonl", "history.jsonl")
CODEBOOK = re.compile(r"codebooks/([1-9][0-9]{0,8})\.yaml")
#: A manifest names some files in a hundred bytes each.
MAX_MANIFEST_BYTES = 4_000_000

DAMAGED = say("the file was changed or damaged; export the data set again")


@dataclass(slots=True)
class Budget:
    """Bytes that may still be read; a zip of a few kilobytes can inflate to any size."""

    left: int

    def spend(self, count: int, where: str) -> None:
        """Count bytes read; raise InvalidInputError when there are too many."""
        self.left -= count
        if self.left < 0:
            raise InvalidInputError(
                say("{where}: the data set is larger than an import may be; split it.", where=where)
            )


def read_bounded(container: Container, name: str, *, limit: int, where: str) -> str:
    """Return a small file as text."""
    with container.open(name) as stream:
        raw = stream.read(limit + 1)
    if len(raw) > limit:
        raise InvalidInputError(
            say("{where}: the file is larger than {limit:,} bytes; {advice}.", where=where, limit=limit, advice=DAMAGED)
        )
    try:
        return raw.decode()
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise InvalidInputError(
            say(
                "{where}, line {line}: byte 0x{byte:02X} is not UTF-8; {advice}.",
                where=where,
                line=line,
                byte=raw[error.start],
                advice=DAMAGED,
            )
        ) from None


def check_manifest(container: Container, source: str, *, limit: int) -> None:
    """Raise InvalidInputError unless the data set is complete, unchanged, of a known version and within ``limit``."""
    names = container.names()
    if MANIFEST not in names:
        raise InvalidInputError(
            say(
                "{source}: there is no {manifest}; choose a folder or zip that Annotator exported.",
                source=source,
                manifest=MANIFEST,
            )
        )
    where = f"{source}/{MANIFEST}"
    text = read_bounded(container, MANIFEST, limit=MAX_MANIFEST_BYTES, where=where)
    files = _files(load_object(text, where=where), where)
    _check_names(set(names) - {MANIFEST}, set(files), source)
    budget = Budget(limit)
    for name in sorted(files):
        _check_file(container, name, files[name], budget, f"{source}/{name}")


def _files(manifest: Mapping[str, object], where: str) -> dict[str, Mapping[str, object]]:
    version, files = manifest.get("version"), manifest.get("files")
    if manifest.get("format") != FORMAT or type(version) is not int or version < 1:
        raise InvalidInputError(
            say("{where}: this is no data set of Annotator (its format must be {format}).", where=where, format=FORMAT)
        )
    if version > VERSION:
        raise InvalidInputError(
            say(
                "{where}: the data set was written by a newer Annotator (version {version} of the "
                "format, known is {known}); upgrade Annotator.",
                where=where,
                version=version,
                known=VERSION,
            )
        )
    if not isinstance(files, dict) or not all(isinstance(entry, dict) for entry in files.values()):
        raise InvalidInputError(
            say('{where}: "files" must name the files with sha256 and rows; {advice}.', where=where, advice=DAMAGED)
        )
    return files


def _check_names(present: set[str], listed: set[str], source: str) -> None:
    known = {*NEEDED, "README.md"}
    paths = {name: f"{source}/{name}" for name in {*present, *listed, *NEEDED}}
    problems: list[str] = [
        say("{file}: the file is missing; copy it there or export again.", file=paths[name])
        for name in listed - present
    ]
    problems += [
        say("{file}: the manifest does not name this file; remove it.", file=paths[name]) for name in present - listed
    ]
    for name in listed & present:
        if name not in known and not CODEBOOK.fullmatch(name):
            problems.append(say("{file}: a data set has no such file; remove it and export again.", file=paths[name]))
    problems += [
        say("{file}: a data set needs this file; export again.", file=paths[name])
        for name in set(NEEDED) - listed - present
    ]
    if problems:
        raise InvalidInputError(*sorted(problems))


def _check_file(container: Container, name: str, entry: Mapping[str, object], budget: Budget, where: str) -> None:
    digest, rows = sha256(), 0
    with container.open(name) as stream:
        while piece := stream.read(PIECE_BYTES):
            budget.spend(len(piece), where)
            digest.update(piece)
            rows += piece.count(b"\n")
    if digest.hexdigest() != entry.get("sha256"):
        raise InvalidInputError(
            say("{where}: the SHA-256 is not the manifest's; {advice}.", where=where, advice=DAMAGED)
        )
    if name.endswith(".jsonl") and rows != entry.get("rows"):
        raise InvalidInputError(
            say(
                "{where}: the file has {rows:,} rows, not the manifest's {expected}; {advice}.",
                where=where,
                rows=rows,
                expected=entry.get("rows"),
                advice=DAMAGED,
            )
        )
