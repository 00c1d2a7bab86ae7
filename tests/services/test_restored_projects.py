"""A data set that cannot be imported leaves nothing behind, however late that shows."""

import json
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from annotator.db import CodebookVersion, Document, Event, ImportBatch, Membership, Project
from annotator.db.engines import Database
from annotator.errors import ConflictError, InvalidInputError
from annotator.services import accounts, chain, projects, restored_projects
from annotator.services.datasets import import_data_set
from annotator.services.exports import export_data_set
from at_once import alone, meanwhile
from studies import make_study


@pytest.fixture
def exported(database: Database, tmp_path: Path) -> Path:
    """Export a project with two labelled sentences."""
    study = make_study(database)
    seat = study.seat("ANNA")
    for unit in study.units[:2]:
        study.record(seat, unit=unit)
    export_data_set(database, "Study", format_name="jsonl", path=tmp_path / "set")
    return tmp_path / "set"


def rewrite(folder: Path, name: str, change: Callable[[list[dict[str, Any]]], None]) -> None:
    """Change rows of a file and make chain and manifest fit again, as somebody with bad intentions would."""
    path = folder / name
    text = path.read_text(encoding="utf-8")
    rows = [json.loads(text)] if name.endswith(".json") else [json.loads(line) for line in text.splitlines()]
    change(rows)
    if name == "history.jsonl":
        previous = ""
        for row in rows:
            row["previous"] = previous
            previous = row["hash"] = chain.chain_hash(row)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    manifest = json.loads((folder / "manifest.json").read_bytes())
    entry = manifest["files"][name]
    entry["sha256"] = sha256(path.read_bytes()).hexdigest()
    (folder / "manifest.json").write_text(json.dumps(manifest))


def counts(database: Database) -> list[int]:
    with database.reading() as session:
        tables = (Project, CodebookVersion, Document, ImportBatch, Membership, Event)
        return [session.scalar(select(func.count()).select_from(table)) or 0 for table in tables]


def set_first(**values: Any) -> Callable[[list[dict[str, Any]]], None]:
    return lambda rows: rows[0].update(values)


HOSTILE = {
    "an unknown annotator": ("history.jsonl", set_first(annotator="C-NOBODY"), "no annotator “C-NOBODY”"),
    "an unknown unit": ("history.jsonl", set_first(unit="nix"), "no unit “nix”"),
    "an unknown round": ("history.jsonl", set_first(round="nix"), "no round “nix”"),
    "an unknown version": ("history.jsonl", set_first(codebook=7), "no codebook version 7"),
    "an unknown act": ("history.jsonl", set_first(supersedes="nix"), "no earlier act “nix”"),
    "an act without a key": ("history.jsonl", lambda rows: rows[0].pop("masked"), "“masked” is missing"),
    "one key twice": ("history.jsonl", lambda rows: rows[1].update(key=rows[0]["key"]), "contradicts itself"),
    "a stretch of time": ("history.jsonl", set_first(active_seconds="long"), "must be a number"),
    "no such day": ("history.jsonl", set_first(at="2026-02-31T10:00:00Z"), "must be a time"),
    "a target of nobody": ("project.json", lambda rows: rows[0]["targets"][0].update(added_by="X"), "no annotator “X”"),
    "a target gone": ("project.json", lambda rows: rows[0]["targets"][0].update(merged_into="X"), "no target “X”"),
    "one code twice": (
        "project.json",
        lambda rows: rows[0]["annotators"].extend(rows[0]["annotators"]),
        "contradicts itself",
    ),
    "aliases of another kind": ("project.json", lambda rows: rows[0]["targets"][0].update(aliases=[1]), "list of str"),
    "a seed in words": ("project.json", set_first(seed="seven"), "must be a whole number"),
    "a broken file": (
        "documents.jsonl",
        set_first(original={"name": "a", "sha256": "0" * 64, "content": "Y"}),
        "is damaged",
    ),
    "a document twice": ("documents.jsonl", lambda rows: rows.append(rows[0]), "rows, not the manifest's"),
}


@pytest.mark.parametrize("what", HOSTILE)
def test_refused_in_words_and_nothing_stays(database: Database, exported: Path, what: str):
    name, change, words = HOSTILE[what]
    rewrite(exported, name, change)
    before = counts(database)
    with pytest.raises(InvalidInputError, match=words):
        import_data_set(database, exported, project_name="Copy")
    assert counts(database) == before


def test_another_data_set_can_follow_one_that_failed(database: Database, exported: Path):
    rewrite(exported, "history.jsonl", lambda rows: rows[1].update(annotator="C-NOBODY"))
    with pytest.raises(InvalidInputError):
        import_data_set(database, exported, project_name="Copy")
    # SQLite gives the number of the project that is gone again: nothing may be remembered of it.
    rewrite(exported, "history.jsonl", lambda rows: rows[1].update(annotator="C-ANNA"))
    assert import_data_set(database, exported, project_name="Copy") == "copy"


def test_project_that_was_empty_before_is_as_it_was(database: Database, exported: Path):
    with database.transaction() as session:
        projects.create_project(session, "Copy", codebook=None, owner=None)
    before = counts(database)
    rewrite(exported, "history.jsonl", set_first(annotator="C-NOBODY"))
    with pytest.raises(InvalidInputError):
        import_data_set(database, exported, project_name="Copy")
    assert counts(database) == before


def test_owner_is_who_imports(database: Database, exported: Path):
    with database.transaction() as session:
        user_id = accounts.create_user(session, "Mia").id
    import_data_set(database, exported, project_name="Copy", user_id=user_id)
    with database.reading() as session:
        found = session.execute(select(Membership.user_id, Membership.role).join(Project).where(Project.name == "Copy"))
        assert found.all() == [(user_id, "owner")]


@pytest.mark.parametrize("name", ["Study", "study", " Study "])
def test_project_with_anything_in_it_is_not_written_to(database: Database, exported: Path, name: str):
    before = counts(database)
    with pytest.raises(ConflictError, match="choose another name"):
        import_data_set(database, exported, project_name=name)
    assert counts(database) == before


def test_empty_project_of_somebody_else_is_not_taken(database: Database, exported: Path):
    with database.transaction() as session:
        mia, tom = (accounts.create_user(session, name) for name in ("Mia", "Tom"))
        projects.create_project(session, "Hers", codebook=None, owner=mia)
        tom_id = tom.id
    with pytest.raises(ConflictError):
        import_data_set(database, exported, project_name="Hers", user_id=tom_id)


def test_of_two_data_sets_that_come_into_one_empty_project_one_is_refused(database: Database):
    def begin(session: Session) -> None:
        project, _ = restored_projects.begin_project(session, "Study", user_id=None)
        session.add(ImportBatch(project_id=project.id, name="set"))

    with pytest.raises(ConflictError, match="“Study” already"):
        meanwhile(database, begin, alone(database, begin))
