"""Import a file with what a person has put right while looking at its preview."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from annotator.db import Project
from annotator.db.base import new_uuid
from annotator.db.engines import Database
from annotator.errors import InvalidInputError
from annotator.importing.dates import parse_date
from annotator.importing.reading import read_documents
from annotator.importing.values import ImportedDocument
from annotator.services import documents, imports
from annotator.services.documents import field_name
from annotator.services.speakers import SpeakerCorrections, checked_name
from annotator.words import joined, say

EDITABLE = ("title", "outlet", "author", "date")
MAX_LENGTH = 500


@dataclass(frozen=True, slots=True)
class Edits:
    """What was put right: ``metadata`` of the file's only document, final names of its speakers by the old ones."""

    metadata: Mapping[str, str] | None = None
    names: Mapping[str, str] = field(default_factory=dict)


def check_edits(edits: Edits, *, name: str) -> None:
    """Make sure that the edits can be used.

    Raises
    ------
    InvalidInputError
        With all that is wrong.
    """
    problems = list(_problems(edits))
    if problems:
        raise InvalidInputError(*(joined((name, problem), ": ") for problem in problems))


def import_edited(
    database: Database, project_id: int, path: Path, *, name: str, edits: Edits, user_id: int
) -> imports.ImportResult:
    """Import one file as it was put right.

    Raises
    ------
    InvalidInputError
        With all that is wrong with the file.
    """
    identifier = new_uuid()
    source: Iterable[ImportedDocument] = read_documents(path, name=name)
    if edits.metadata is not None:
        source = (_edited(document, edits.metadata, identifier) for document in source)
    corrections = SpeakerCorrections(edits.names)
    result = imports.import_documents(database, project_id, source, name=name, corrections=corrections, user_id=user_id)
    cleared = {key: None for key, value in (edits.metadata or {}).items() if not value.strip()}
    if cleared and result.documents == 1:
        # Left empty on purpose, although the text's first lines seem to say something.
        with database.transaction() as session:
            document = documents.find_document(session, session.get_one(Project, project_id), identifier)
            documents.correct_metadata(session, document, cleared, user_id=user_id)
    return result


def _edited(document: ImportedDocument, metadata: Mapping[str, str], identifier: str) -> ImportedDocument:
    changes: dict[str, Any] = {key: " ".join(metadata[key].split()) or None for key in EDITABLE if key in metadata}
    if changes.get("date"):
        changes["date"], changes["date_precision"] = parse_date(changes["date"])
    return replace(document, id=document.id or identifier, **changes)


def _problems(edits: Edits) -> Iterator[str]:
    for key, value in (edits.metadata or {}).items():
        if len(value) > MAX_LENGTH or "\0" in value:
            yield say("the {field} can have at most {most} characters.", field=field_name(key), most=MAX_LENGTH)
    date = (edits.metadata or {}).get("date", "").strip()
    if date:
        try:
            parse_date(date)
        except ValueError as error:
            yield say("{problem}.", problem=error.args[0])
    for name in edits.names.values():
        try:
            checked_name(name)
        except InvalidInputError as error:
            yield from error.problems
