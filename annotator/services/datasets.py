"""Import a native data set: the whole project comes back as it was, with its history and its chain."""

import base64
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from annotator.db import (
    Annotator,
    CodebookVersion,
    Document,
    DocumentSpeaker,
    DuplicateBand,
    ImportBatch,
    Original,
    Project,
    Round,
    Speaker,
    Target,
    Turn,
    Unit,
    User,
)
from annotator.db.base import now, table
from annotator.db.engines import Database
from annotator.errors import ConflictError, InvalidInputError, StorageFullError
from annotator.importing.native import DataSet, open_data_set
from annotator.services import accounts, codebooks, histories, projects, rounds
from annotator.services.batches import CHUNK_ROWS, beat, remove_batch
from annotator.services.chain import parse_timestamp
from annotator.services.near_duplicates import bands_of


def import_data_set(
    database: Database,
    path: Path,
    *,
    project_name: str | None = None,
    user_id: int | None = None,
    name: str | None = None,
) -> str:
    """Import an exported folder or zip as a new project (or into one that is empty) and return its slug.

    Documents come in chunks that stay invisible; the acts come in one transaction with what makes all of it
    visible, so that an import that dies leaves nothing.

    Raises
    ------
    InvalidInputError
        If a file is damaged, or the chain of acts does not hold.
    ConflictError
        If the project is there already and holds documents.
    """
    with open_data_set(path, name=name) as data:
        histories.check_chain(data.history(), source=name or path.name)
        with database.transaction() as session:
            project_id, batch_id = _open(session, data, project_name=project_name, user_id=user_id)
        is_done = False
        try:
            units = _write_documents(database, data, project_id=project_id, batch_id=batch_id)
            with database.transaction() as session:
                slug = _publish(session, data, project_id=project_id, batch_id=batch_id, units=units)
            is_done = True
        finally:
            if not is_done:
                with suppress(OperationalError, StorageFullError):
                    remove_batch(database, batch_id)
    return slug


def _open(session: Session, data: DataSet, *, project_name: str | None, user_id: int | None) -> tuple[int, int]:
    """Make the project with everything that stands in ``project.json``, and a batch for its documents."""
    name = project_name or data.project.get("name") or ""
    project = session.scalar(select(Project).where((Project.name == name) | (Project.slug == name)))
    if project is None:
        owner = accounts.first_user(session) if user_id is None else session.get_one(User, user_id)
        project = projects.create_project(session, name, codebook=None, owner=owner)
    _check_empty(session, project)
    _settings(project, data.project)
    _codebooks(session, project, data)
    _people_and_targets(session, project, data.project)
    batch = ImportBatch(project_id=project.id, name="data set")
    session.add(batch)
    session.flush()
    return project.id, batch.id


def _check_empty(session: Session, project: Project) -> None:
    taken = session.scalar(select(Document.id).where(Document.project_id == project.id).limit(1)) or session.scalar(
        select(CodebookVersion.id).where(CodebookVersion.project_id == project.id).limit(1)
    )
    if taken is not None:
        raise ConflictError(
            f"The project “{project.name}” is not empty; import the data set under another name with --project."
        )


def _settings(project: Project, about: Mapping[str, Any]) -> None:
    for setting in ("seed", "suggestion_timing", "control_share", "reserved_share", "retrain_every", "masked"):
        if setting in about:
            setattr(project, setting, about[setting])


def _codebooks(session: Session, project: Project, data: DataSet) -> None:
    published = {entry["number"]: entry["published_at"] for entry in data.project.get("codebooks", [])}
    for number, text in data.codebook_texts.items():
        version = codebooks.store_version(session, project, number=number, source=text)
        version.published_at = parse_timestamp(published.get(number)) or now()


def _people_and_targets(session: Session, project: Project, about: Mapping[str, Any]) -> None:
    codes: dict[str, Annotator] = {}
    for entry in about.get("annotators", []):
        # The person is not in the data set: nobody signs in as this annotator.
        codes[entry["code"]] = Annotator(project_id=project.id, code=entry["code"], origin=entry["origin"])
        session.add(codes[entry["code"]])
        session.flush()
    merges: list[tuple[Target, str]] = []
    by_uuid: dict[str, Target] = {}
    for entry in about.get("targets", []):
        target = Target(
            project_id=project.id,
            uuid=entry["id"],
            name=entry["name"],
            aliases=entry["aliases"],
            position=entry["position"],
            added_by_id=codes[entry["added_by"]].id if entry["added_by"] else None,
            accepted_at=parse_timestamp(entry["accepted_at"]),
        )
        session.add(target)
        session.flush()
        by_uuid[target.uuid] = target
        if entry["merged_into"]:
            merges.append((target, entry["merged_into"]))
    for target, into in merges:
        target.merged_into_id = by_uuid[into].id
    _rounds(session, project, about)


def _rounds(session: Session, project: Project, about: Mapping[str, Any]) -> None:
    known = {entry.name: entry for entry in session.scalars(select(Round).where(Round.project_id == project.id))}
    for entry in about.get("rounds", []):
        round_ = known.get(entry["name"]) or Round(project_id=project.id, name=entry["name"])
        for column in ("kind", "phase", "selection_mode", "places_per_unit"):
            setattr(round_, column, entry[column])
        session.add(round_)
    session.flush()


def _write_documents(database: Database, data: DataSet, *, project_id: int, batch_id: int) -> dict[str, int]:
    """Write documents and units, some hundred rows at a time; return the units' numbers by external id."""
    writer = _Writer(project_id=project_id, batch_id=batch_id)
    for kind, rows in (("document", data.documents()), ("unit", data.units())):
        for chunk in _chunks(rows):
            with database.transaction() as session:
                beat(session, batch_id)
                writer.documents(session, chunk) if kind == "document" else writer.units(session, chunk)
    return writer.unit_ids


class _Writer:
    """Turns lines of the files into rows, and remembers the numbers the database gave them."""

    def __init__(self, *, project_id: int, batch_id: int) -> None:
        self._project_id = project_id
        self._batch_id = batch_id
        self._documents: dict[str, tuple[int, list[int]]] = {}
        self._speakers: dict[str, int] = {}
        self.unit_ids: dict[str, int] = {}

    def documents(self, session: Session, lines: list[dict[str, Any]]) -> None:
        """Write documents with their speakers, turns, originals and duplicate bands."""
        for line in lines:
            if line.get("text") is None:
                raise InvalidInputError(
                    f"The texts were left out of this data set (document “{line['id']}”); put them back with --texts."
                )
            document = Document(**self._document(line))
            session.add(document)
            session.flush()
            self._speakers_of(session, document, line["speakers"])
            turns = self._turns(session, document, line["turns"])
            self._documents[line["id"]] = (document.id, turns)
            self._original(session, document, line["original"])
            bands = bands_of(line["text"])
            session.add_all(
                DuplicateBand(document_id=document.id, project_id=self._project_id, band=band, value=value)
                for band, value in enumerate(bands)
            )

    def units(self, session: Session, lines: list[dict[str, Any]]) -> None:
        """Write units."""
        rows = []
        for line in lines:
            document_id, turns = self._documents[line["document"]]
            rows.append(
                {
                    "project_id": self._project_id,
                    "document_id": document_id,
                    "turn_id": None if line["turn"] is None else turns[line["turn"]],
                    "external_id": line["id"],
                    "kind": line["kind"],
                    "position": line["position"],
                    "start": line["start"],
                    "end": line["end"],
                    "withdrawn_at": parse_timestamp(line["withdrawn_at"]),
                }
            )
        added = insert(table(Unit)).returning(table(Unit).c.id, sort_by_parameter_order=True)
        ids = session.execute(added, rows).scalars()
        self.unit_ids.update(zip((line["id"] for line in lines), ids, strict=True))

    def _document(self, line: Mapping[str, Any]) -> dict[str, Any]:
        same = ("position", "kind", "title", "outlet", "author", "url", "date", "date_precision", "language")
        more = ("variables", "text", "text_sha256", "segmenter", "extractor", "near_duplicate_group", "split")
        return {
            **{name: line[name] for name in same + more},
            "project_id": self._project_id,
            "batch_id": self._batch_id,
            "external_id": line["id"],
            "is_reserved": line["reserved"],
            "order_key": line["order"],
        }

    def _speakers_of(self, session: Session, document: Document, entries: list[dict[str, Any]]) -> None:
        for position, entry in enumerate(entries):
            if entry["name"] not in self._speakers:
                speaker = Speaker(project_id=self._project_id, name=entry["name"])
                session.add(speaker)
                session.flush()
                self._speakers[entry["name"]] = speaker.id
            session.add(
                DocumentSpeaker(
                    document_id=document.id,
                    speaker_id=self._speakers[entry["name"]],
                    position=position,
                    aliases=entry["aliases"],
                    role=entry["role"],
                    is_byline=entry["byline"],
                )
            )

    def _turns(self, session: Session, document: Document, entries: list[dict[str, Any]]) -> list[int]:
        rows = [
            Turn(
                document_id=document.id,
                speaker_id=None if entry["speaker"] is None else self._speakers[entry["speaker"]],
                position=position,
                label=entry["label"],
                note=entry["note"],
                start=entry["start"],
                end=entry["end"],
            )
            for position, entry in enumerate(entries)
        ]
        session.add_all(rows)
        session.flush()
        return [row.id for row in rows]

    def _original(self, session: Session, document: Document, entry: Mapping[str, Any] | None) -> None:
        if entry is not None:
            content = base64.b64decode(entry["content"])
            session.add(Original(document_id=document.id, name=entry["name"], sha256=entry["sha256"], content=content))


def _publish(session: Session, data: DataSet, *, project_id: int, batch_id: int, units: dict[str, int]) -> str:
    """Write the acts and make everything visible, at once."""
    project = session.get_one(Project, project_id)
    beat(session, batch_id)
    session.execute(update(Document).where(Document.batch_id == batch_id).values(is_pending=False))
    histories.append_history(session, project, data.history(), units=units)
    rounds.make_places(session, project, batch_id=batch_id)
    histories.seat_annotators(session, project)
    session.execute(update(ImportBatch).where(ImportBatch.id == batch_id).values(state="done", finished_at=now()))
    return project.slug


def _chunks(rows: Iterator[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    chunk: list[dict[str, Any]] = []
    for row in rows:
        chunk.append(row)
        if len(chunk) >= CHUNK_ROWS:
            yield chunk
            chunk = []
    if chunk:
        yield chunk
