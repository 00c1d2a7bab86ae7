"""What is exported and imported again is the same, byte for byte: within a database and across the two."""

import json
import shutil
import subprocess
import sys
import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from annotator.config import read_settings
from annotator.db import Annotation, Assignment, Document, Event, Project, Round, Tally, Unit
from annotator.db.engines import Database
from annotator.errors import ConflictError, InvalidInputError
from annotator.services import chain, exports
from annotator.services.batches import sweep_pending
from annotator.services.claiming import claim_next
from annotator.services.datasets import import_data_set
from annotator.services.exports import ExportOptions
from random_projects import make_random_project
from studies import make_study, sit

FILES = {"manifest.json", "project.json", "documents.jsonl", "units.jsonl", "history.jsonl", "README.md"}


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def lines(path: Path) -> list[Any]:
    return [json.loads(line) for line in path.read_bytes().splitlines()]


def export(database: Database, path: Path, **options: Any) -> Path:
    exports.export_data_set(database, "Study", format_name="jsonl", path=path, options=ExportOptions(**options))
    return path


@contextmanager
def fresh(migrated_file: Path, home: Path) -> Iterator[Database]:
    """Open a database of its own, whose project "Study" is empty."""
    home.mkdir()
    shutil.copy(migrated_file, home / migrated_file.name)
    database = Database(read_settings({}, home=home))
    try:
        yield database
    finally:
        database.dispose()


@settings(max_examples=8, phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(random=st.randoms(use_true_random=False))
def test_export_import_export_gives_the_same_bytes(
    random: Random, migrated_file: Path, tmp_path_factory: pytest.TempPathFactory
):
    place = tmp_path_factory.mktemp("round")
    with fresh(migrated_file, place / "one") as one, fresh(migrated_file, place / "two") as two:
        make_random_project(one, random)
        first = export(one, place / "first")
        import_data_set(two, first, project_name="Study")
        second = export(two, place / "second")
        assert contents(second) == contents(first)
        assert contents(first).keys() == FILES | {"codebooks/1.yaml", "codebooks/2.yaml"}


@pytest.mark.postgresql
@pytest.mark.parametrize("seed", [1, 2])
def test_project_travels_from_sqlite_to_postgresql_and_back(
    seed: int, postgresql_settings: Any, migrated_file: Path, tmp_path: Path
):
    server = Database(postgresql_settings)
    with fresh(migrated_file, tmp_path / "one") as one, fresh(migrated_file, tmp_path / "two") as two:
        make_random_project(one, Random(seed), steps=40)
        first = export(one, tmp_path / "first")
        import_data_set(server, first, project_name="Study")
        second = export(server, tmp_path / "second")
        import_data_set(two, second, project_name="Study")
        third = export(two, tmp_path / "third")
    server.dispose()
    assert contents(first) == contents(second) == contents(third)


@pytest.fixture
def exported(migrated_file: Path, tmp_path: Path) -> Path:
    """Export a project in which much has happened."""
    with fresh(migrated_file, tmp_path / "source") as source:
        make_random_project(source, Random(7), steps=40)
        return export(source, tmp_path / "exported")


def test_imported_project_is_labelled_on_as_it_was(database: Database, exported: Path):
    import_data_set(database, exported, project_name="Study")
    with database.reading() as session:
        history = list(chain.history(session, session.scalars(select(Project.id)).one()))
        done = session.scalar(select(func.sum(Tally.done)))
        finished = select(func.count()).where(Assignment.state.in_(["done", "skipped"]))
        assert done == session.scalar(finished) > 0
        places = select(Assignment.round_id, func.count(Assignment.unit_id.distinct())).group_by(Assignment.round_id)
        assert dict(session.execute(select(Round.id, Round.units)).all()) == dict(session.execute(places).all())
    assert [act["sequence"] for act in history] == list(range(1, 41))


def test_what_nobody_has_done_can_be_labelled_after_an_import(database: Database, tmp_path: Path, migrated_file: Path):
    with fresh(migrated_file, tmp_path / "source") as source:
        study = make_study(source)
        study.record(study.seat("A"), unit=study.units[0])
        exported = export(source, tmp_path / "exported")
    import_data_set(database, exported, project_name="Study")
    with database.transaction() as session:
        assert claim_next(session, sit(session, 1, "NEW")) == study.units[1]


def test_zip_holds_the_same_files_as_the_folder(database: Database, exported: Path, tmp_path: Path):
    import_data_set(database, exported, project_name="Study")
    first, second = export(database, tmp_path / "a.zip"), export(database, tmp_path / "b.zip")
    assert first.read_bytes() == second.read_bytes()
    with zipfile.ZipFile(first) as archive:
        assert {name: archive.read(name) for name in archive.namelist()} == contents(exported)


def test_zip_is_imported_like_the_folder(database: Database, exported: Path, tmp_path: Path):
    packed = shutil.make_archive(str(tmp_path / "packed"), "zip", exported)
    import_data_set(database, Path(packed), project_name="Study")
    assert contents(export(database, tmp_path / "again")) == contents(exported)


def test_texts_can_be_left_out(database: Database, tmp_path: Path):
    make_study(database)
    bare, whole = export(database, tmp_path / "bare", with_text=False), export(database, tmp_path / "whole")
    assert "nobody knows why" not in "".join(content.decode() for content in contents(bare).values())
    for bare_unit, unit in zip(lines(bare / "units.jsonl"), lines(whole / "units.jsonl"), strict=True):
        text = unit.pop("text")
        traces = {"text_sha256": sha256(text.encode()).hexdigest(), "length": len(text)}
        assert bare_unit == unit | traces


def rewrite_manifest(folder: Path) -> None:
    """Let the manifest name the files as they are now, as somebody would who knows how."""
    manifest = json.loads((folder / "manifest.json").read_text())
    for name, entry in manifest["files"].items():
        entry["sha256"] = sha256((folder / name).read_bytes()).hexdigest()
    (folder / "manifest.json").write_text(json.dumps(manifest))


def nothing_is_stored(database: Database) -> bool:
    with database.reading() as session:
        counts = [session.scalar(select(func.count()).select_from(table)) for table in (Document, Unit, Annotation)]
        projects = session.scalars(select(Project.name)).all()
    return counts == [0, 0, 0] and projects == ["Study"]


@pytest.mark.parametrize(
    "name", ["history.jsonl", "units.jsonl", "documents.jsonl", "project.json", "codebooks/1.yaml"]
)
def test_changed_file_is_refused_and_nothing_stored(database: Database, exported: Path, name: str):
    file = exported / name
    file.write_bytes(file.read_bytes().replace(b"trade", b"trude").replace(b"0", b"1"))
    with pytest.raises(InvalidInputError, match=f"{name}: the SHA-256 is not the manifest's"):
        import_data_set(database, exported, project_name="Other")
    assert nothing_is_stored(database)


@pytest.mark.parametrize(("old", "new"), [(b'"topic":"war"', b'"topic":"trade"'), (b'"late":false', b'"late":true')])
def test_changed_label_is_noticed_by_the_chain_even_with_a_new_manifest(
    database: Database, exported: Path, old: bytes, new: bytes
):
    file = exported / "history.jsonl"
    assert old in file.read_bytes()
    file.write_bytes(file.read_bytes().replace(old, new, 1))
    rewrite_manifest(exported)
    with pytest.raises(InvalidInputError, match=r"act \d+ does not follow from the one before it"):
        import_data_set(database, exported, project_name="Other")
    assert nothing_is_stored(database)


def test_missing_act_is_noticed_by_the_chain(database: Database, exported: Path):
    lines = (exported / "history.jsonl").read_bytes().splitlines(keepends=True)
    (exported / "history.jsonl").write_bytes(b"".join(lines[:5] + lines[6:]))
    manifest = json.loads((exported / "manifest.json").read_text())
    manifest["files"]["history.jsonl"]["rows"] -= 1
    (exported / "manifest.json").write_text(json.dumps(manifest))
    rewrite_manifest(exported)
    with pytest.raises(InvalidInputError, match="act 7 does not follow from the one before it"):
        import_data_set(database, exported, project_name="Other")
    assert nothing_is_stored(database)


def test_project_that_holds_something_is_not_written_to(database: Database, exported: Path):
    study = make_study(database)
    with pytest.raises(ConflictError, match="choose another name"):
        import_data_set(database, exported, project_name="Study")
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Unit)) == len(study.units)


KILLED = """
import os, pathlib, sys
from annotator.config import read_settings
from annotator.db.engines import Database
from annotator.services import datasets, histories
def die(*_, **__):
    os.kill(os.getpid(), 9)
{where} = die
database = Database(read_settings({{"ANNOTATOR_DATABASE_URL": sys.argv[1]}}, home=pathlib.Path(sys.argv[2])))
datasets.import_data_set(database, pathlib.Path(sys.argv[3]), project_name="Other")
"""


@pytest.mark.parametrize("where", ["datasets._Writer.units", "histories.append_history", "histories.seat_annotators"])
def test_killed_import_leaves_nothing_to_be_seen_and_is_swept_away(database: Database, exported: Path, where: str):
    url, home = database.settings.database_url, str(database.settings.home)
    command = [sys.executable, "-c", KILLED.format(where=where), url, home, str(exported)]
    assert subprocess.run(command, check=False, timeout=60).returncode == -9
    with database.reading() as session:
        assert session.scalar(select(func.count()).where(~Document.is_pending)) == 0
        assert session.scalar(select(func.count()).select_from(Annotation)) == 0
    assert sweep_pending(database, silent_for=timedelta(0)) == 1
    slug = import_data_set(database, exported, project_name="Other")
    with database.reading() as session:
        project = session.scalars(select(Project).where(Project.slug == slug)).one()
        assert project.name == "Other"
        assert len(list(chain.history(session, project.id))) == 40


def test_export_is_of_one_moment_while_labels_arrive(database: Database, tmp_path: Path):
    study = make_study(database, documents=30)
    seat, stop = study.seat("A"), threading.Event()

    def label() -> None:
        for unit in study.units:
            if stop.is_set():
                return
            study.record(seat, unit=unit)

    thread = threading.Thread(target=label)
    thread.start()
    folders = [export(database, tmp_path / f"export-{number}") for number in range(4)]
    stop.set()
    thread.join()
    for folder in folders:
        acts = [act["unit"] for act in lines(folder / "history.jsonl")]
        units = lines(folder / "units.jsonl")
        assert sorted(acts) == sorted(unit["id"] for unit in units if unit["annotations"])
    with database.reading() as session:
        assert session.scalar(select(func.count()).where(Event.kind == "exported")) == 4
