"""A project as ``project.json`` of a data set tells it: begun without anything in it, and filled when all is there."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from annotator.codebook.reading import read_codebook
from annotator.db import (
    Annotator,
    ChainHead,
    CodebookVersion,
    Document,
    Event,
    ImportBatch,
    Membership,
    Project,
    Round,
    Target,
    User,
)
from annotator.db.base import now
from annotator.errors import ConflictError
from annotator.importing.native import DataSet
from annotator.services import accounts, codebook_notes, codebooks, projects
from annotator.services.chain import parse_timestamp
from annotator.services.identities import named
from annotator.services.round_rows import restore_rounds
from annotator.words import say

SETTINGS = (
    "seed", "suggestion_timing", "control_share", "reserved_share", "retrain_every", "retrain_minutes", "learns_from",
    "masked",
)  # fmt: skip


def begin_project(session: Session, name: str, *, user_id: int | None) -> tuple[Project, bool]:
    """Return an empty project of this name, and whether it is new; nobody is a member of a new one yet.

    Raises
    ------
    ConflictError
        If there is one that is not empty, or belongs to somebody else.
    """
    name = " ".join(name.split())
    project = session.scalar(select(Project).where((Project.name == name) | (Project.slug == name)).limit(1))
    if project is None:
        return projects.create_project(session, name, codebook=None, owner=None), True
    # Two data sets that come at once take turns.
    projects.lock_project(session, project.id)
    members = set(session.scalars(select(Membership.user_id).where(Membership.project_id == project.id)))
    is_foreign = user_id is not None and bool(members) and user_id not in members
    if is_foreign or any(_holds(session, project, table) for table in (Document, CodebookVersion, ImportBatch)):
        raise ConflictError(
            say(
                "There is a project named “{project}” already; choose another name for the data set.",
                project=project.name,
            )
        )
    return project, False


def fill_project(session: Session, project: Project, data: DataSet, *, user_id: int | None) -> None:
    """Give the project its settings, codebooks, annotators, targets and rounds, and its owner.

    Raises
    ------
    InvalidInputError
        If a codebook is none, or one entry names another that is not there.
    """
    for setting in SETTINGS:
        if setting in data.project:
            setattr(project, setting, data.project[setting])
    _codebooks(session, project, data)
    codes = _annotators(session, project, data.project)
    _targets(session, project, data.project, codes)
    restore_rounds(session, project, data.project, codes)
    codebook_notes.restore_notes(session, project, data.project)
    if session.scalar(select(Membership.user_id).where(Membership.project_id == project.id).limit(1)) is None:
        owner = accounts.first_user(session) if user_id is None else session.get_one(User, user_id)
        session.add(Membership(project_id=project.id, user_id=owner.id, role="owner"))
        session.flush()


def remove_project(session: Session, project_id: int) -> None:
    """Remove a project in which there is nothing yet."""
    for record in (Round, ChainHead, Event):
        session.execute(delete(record).where(record.project_id == project_id))
    session.execute(delete(Project).where(Project.id == project_id))


def _holds(session: Session, project: Project, record: Any) -> bool:
    return session.scalar(select(record.id).where(record.project_id == project.id).limit(1)) is not None


def _codebooks(session: Session, project: Project, data: DataSet) -> None:
    told = {entry["number"]: entry for entry in data.project.get("codebooks", [])}
    for number, text in data.codebook_texts.items():
        # Read here already, so that an error names the file.
        read_codebook(text, name=f"codebooks/{number}.yaml")
        version = codebooks.store_version(session, project, number=number, source=text)
        about = told.get(number, {})
        version.published_at = parse_timestamp(about.get("published_at")) or now()
        choices = about.get("choices")
        kept = {name: str(choice) for name, choice in choices.items()} if isinstance(choices, dict) else {}
        codebooks.add_publication(session, version, user_id=None, note=str(about.get("note", "")), choices=kept)


def _annotators(session: Session, project: Project, about: Mapping[str, Any]) -> dict[str, int]:
    codes: dict[str, int] = {}
    for entry in about.get("annotators", []):
        # The person is not in the data set: nobody signs in as this annotator.
        annotator = Annotator(project_id=project.id, code=entry["code"], origin=entry["origin"])
        session.add(annotator)
        session.flush()
        codes[entry["code"]] = annotator.id
    return codes


def _targets(session: Session, project: Project, about: Mapping[str, Any], codes: Mapping[str, int]) -> None:
    merges: list[tuple[Target, str]] = []
    by_uuid: dict[str, int] = {}
    for entry in about.get("targets", []):
        target = Target(
            project_id=project.id,
            uuid=entry["id"],
            name=entry["name"],
            aliases=entry["aliases"],
            position=entry["position"],
            added_by_id=named(codes, entry["added_by"], say("annotator"), "project.json")
            if entry["added_by"]
            else None,
            accepted_at=parse_timestamp(entry["accepted_at"]),
        )
        session.add(target)
        session.flush()
        by_uuid[target.uuid] = target.id
        if entry["merged_into"]:
            merges.append((target, entry["merged_into"]))
    for target, into in merges:
        target.merged_into_id = named(by_uuid, into, say("target"), "project.json")
