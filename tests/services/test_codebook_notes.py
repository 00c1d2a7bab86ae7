import csv
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import func, select

from annotator.db import Event, Project, User
from annotator.db.engines import Database
from annotator.errors import NotFoundError
from annotator.services import accounts, adjudication, codebook_notes, projects
from annotator.services.codebook_notes import CodebookNote
from annotator.services.datasets import import_data_set
from annotator.services.exports import export_data_set
from studies import Study, make_act, make_study


@pytest.fixture
def study(database: Database) -> Study:
    return make_study(database)


@pytest.fixture
def ada(study: Study) -> int:
    with study.database.transaction() as session:
        return accounts.create_user(session, "Ada").id


@pytest.fixture
def decide(study: Study, ada: int) -> Callable[[int, str], None]:
    """Settle a unit, with a note."""

    def settle(unit: int, note: str) -> None:
        with study.database.transaction() as session:
            project, user = session.get_one(Project, study.project_id), session.get_one(User, ada)
            adjudication.settle(session, project, user, make_act(unit=study.units[unit]), seen=None, note=note)

    return settle


def notes(database: Database, name: str = "Study") -> list[CodebookNote]:
    with database.reading() as session:
        return codebook_notes.list_notes(session, projects.find_project(session, name))


def mark(study: Study, note: str, ada: int, *, is_done: bool) -> None:
    with study.database.transaction() as session:
        project, user = session.get_one(Project, study.project_id), session.get_one(User, ada)
        codebook_notes.mark_note(session, project, user, note, is_done=is_done)


def test_a_note_that_was_dealt_with_can_be_opened_again_and_nothing_is_rewritten(study: Study, ada: int, decide):
    decide(0, "Say what war is.")
    decide(1, "And trade.")
    newest, first = notes(study.database)
    mark(study, first.id, ada, is_done=True)
    assert [note.done_at is None for note in notes(study.database)] == [True, False]
    with study.database.reading() as session:
        assert codebook_notes.open_notes(session, session.get_one(Project, study.project_id)) == [newest]
    mark(study, first.id, ada, is_done=False)
    mark(study, first.id, ada, is_done=False)
    assert notes(study.database) == [newest, first]
    with study.database.reading() as session:
        marked = select(func.count()).select_from(Event).where(Event.kind == codebook_notes.MARKED)
        assert session.scalar(marked) == 2


def test_a_note_stands_with_its_sentence_and_the_decision(study: Study, decide):
    decide(0, "Say what war is.")
    with study.database.reading() as session:
        project = session.get_one(Project, study.project_id)
        found = codebook_notes.with_sentences(session, project, codebook_notes.list_notes(session, project))
    (noted,) = found
    assert noted.sentence is not None
    assert noted.sentence.unit == study.units[0]
    assert [mark.name for mark in noted.sentence.labelled[0].marks] == ["war"]


def test_what_is_no_note_of_the_project_is_not_found(study: Study, ada: int):
    with pytest.raises(NotFoundError):
        mark(study, "7", ada, is_done=True)


def test_notes_travel_with_the_data_set(study: Study, ada: int, decide, tmp_path: Path):
    decide(0, "Say what war is.")
    decide(1, "And trade.")
    mark(study, notes(study.database)[0].id, ada, is_done=True)
    export_data_set(study.database, "Study", format_name="jsonl", path=tmp_path / "out")
    import_data_set(study.database, tmp_path / "out", project_name="Copy")
    told = [(note.id, note.at, note.text, note.unit, note.codebook, note.done_at) for note in notes(study.database)]
    copied = notes(study.database, "Copy")
    assert [(note.id, note.at, note.text, note.unit, note.codebook, note.done_at) for note in copied] == told
    assert {note.by for note in copied} == {None}


def test_the_table_has_the_notes_of_a_sentence_on_its_rows(study: Study, decide, tmp_path: Path):
    decide(0, "Say what war is.")
    export_data_set(study.database, "Study", format_name="csv", path=tmp_path / "table.csv")
    with (tmp_path / "table.csv").open(encoding="utf-8-sig", newline="") as file:
        found = {row["unit"]: row["codebook_note"] for row in csv.DictReader(file)}
    assert found.pop(study.units[0]) == "Say what war is."
    assert set(found.values()) == {""}
