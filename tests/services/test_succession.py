"""What labels of earlier versions count as: in training, exports, search, and on the labelling page."""

import csv
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from annotator.codebook import editing
from annotator.codebook.reading import read_codebook
from annotator.codebook.writing import write_codebook
from annotator.db import Project, Unit
from annotator.db.engines import Database
from annotator.services import codebooks, exports, labelling, reviewing, search_options
from annotator.services.datasets import import_data_set
from annotator.services.examples import examples_of
from annotator.services.given import Given, Sight, units_given
from annotator.services.seats import Seat
from annotator.services.succession import succession
from studies import CODEBOOK, Study, make_study

BASE = read_codebook(CODEBOOK)
SIGHT = Sight(None, "open")


@pytest.fixture
def study(database: Database) -> Study:
    return make_study(database, documents=1, places=2)


@pytest.fixture
def seat(study: Study) -> Seat:
    return study.seat("A")


def label(study: Study, seat: Seat, unit: int, *, codebook: int = 1, **answers: Any) -> None:
    study.record(seat, unit=study.units[unit], codebook=codebook, answers=answers)


def publish(study: Study, codebook: Any, **choices: str) -> None:
    with study.database.transaction() as session:
        project = session.get_one(Project, study.project_id)
        codebooks.publish_codebook(session, project, write_codebook(codebook), choices=choices)


def learned(study: Study, question: str) -> list[tuple[str, ...]]:
    with study.database.reading() as session:
        asked = codebooks.published(session, study.project_id).codebook.question(question)
        return [example.labels for example in examples_of(session, study.project_id, [asked])[question]]


def found(study: Study, question: str, name: str) -> set[str]:
    with study.database.reading() as session:
        query = units_given(session, study.project_id, Given(label=(question, name)), SIGHT)
        return set(session.scalars(select(Unit.external_id).where(Unit.id.in_(query))))


def table(study: Study, path: Path) -> list[dict[str, str]]:
    target = path / "table.csv"
    exports.export_data_set(study.database, "Study", format_name="csv", path=target)
    with target.open(encoding="utf-8", newline="") as file:
        return [row for row in csv.DictReader(file) if row["question"]]


MERGED = editing.merge_label(BASE, "topic", "war", into="trade")
RETIRED = editing.retire_label(BASE, "topic", "war")
RENAMED = editing.change_label(BASE, "topic", "war", name="armed conflict")


@pytest.mark.parametrize(
    ("codebook", "choices", "labels"),
    [
        (MERGED, {}, [("trade",), ("trade",)]),
        (MERGED, {"label-merged:topic:war": "keep"}, [("trade",)]),
        (RETIRED, {}, [("trade",)]),
        (RENAMED, {}, [("war",), ("trade",)]),
        (RENAMED, {"label-renamed:topic:war": "relabel"}, [("trade",)]),
    ],
    ids=["merged", "merged and kept", "retired", "renamed", "renamed with another meaning"],
)
def test_classifiers_learn_from_labels_as_they_count_now(study: Study, seat: Seat, codebook, choices, labels):
    label(study, seat, 0, topic="war")
    label(study, seat, 1, topic="trade")
    publish(study, codebook, **choices)
    assert learned(study, "topic") == labels


def test_a_question_that_has_become_another_is_not_learned_from_letters(study: Study, seat: Seat):
    label(study, seat, 0, topic="war")
    publish(study, editing.change_question(BASE, "topic", type="choices"))
    assert learned(study, "topic") == [("war",)]


def test_the_table_names_the_version_and_what_a_label_counts_as(study: Study, seat: Seat, tmp_path: Path):
    label(study, seat, 0, topic="war")
    label(study, study.seat("B"), 0, topic="trade")
    publish(study, MERGED)
    label(study, seat, 1, codebook=2, topic="trade")
    rows = [(row["codebook"], row["label"], row["counts_as"], row["consensus"]) for row in table(study, tmp_path)]
    assert rows == [("1", "war", "trade", "trade"), ("1", "trade", "trade", "trade"), ("2", "trade", "trade", "trade")]


def test_in_the_table_a_retired_label_stays_and_counts_for_nothing(study: Study, seat: Seat, tmp_path: Path):
    label(study, seat, 0, topic="war", frames=[])
    publish(study, RETIRED)
    rows = [(row["question"], row["label"], row["counts_as"], row["consensus"]) for row in table(study, tmp_path)]
    assert rows == [("topic", "war", "", ""), ("frames", "(none)", "(none)", "(none)")]


def test_gold_of_an_earlier_version_stands_in_the_data_set_as_it_counts(study: Study, tmp_path: Path):
    label(study, study.seat("GOLD", kind="adjudication"), 0, topic="war")
    publish(study, MERGED)
    exports.export_data_set(study.database, "Study", format_name="jsonl", path=tmp_path / "set.zip")
    with zipfile.ZipFile(tmp_path / "set.zip") as archive:
        name = next(one for one in archive.namelist() if one.endswith("units.jsonl"))
        first = json.loads(archive.read(name).splitlines()[0])
    assert first["gold"] == {"topic": "trade"}


def test_a_data_set_with_its_choices_comes_back_the_same(study: Study, seat: Seat, database: Database, tmp_path: Path):
    label(study, seat, 0, topic="war")
    publish(study, MERGED, **{"label-merged:topic:war": "keep"})
    exports.export_data_set(database, "Study", format_name="jsonl", path=tmp_path / "one.zip")
    import_data_set(database, tmp_path / "one.zip", project_name="Again")
    exports.export_data_set(database, "Again", format_name="jsonl", path=tmp_path / "two.zip")
    with zipfile.ZipFile(tmp_path / "one.zip") as one, zipfile.ZipFile(tmp_path / "two.zip") as two:
        for name in ("units.jsonl", "history.jsonl", "codebooks/2.yaml"):
            assert read_of(one, name) == read_of(two, name)
        assert json.loads(read_of(two, "project.json"))["codebooks"][1]["choices"] == {"label-merged:topic:war": "keep"}


def read_of(archive: zipfile.ZipFile, name: str) -> bytes:
    return archive.read(next(one for one in archive.namelist() if one.endswith(name)))


def test_search_finds_what_counts_as_a_label_and_what_is_no_longer_given(study: Study, seat: Seat):
    label(study, seat, 0, topic="war")
    label(study, seat, 1, topic="trade")
    label(study, seat, 2, topic="other")
    publish(study, editing.retire_label(editing.add_label(MERGED, "topic", "sport"), "topic", "other"))
    assert found(study, "topic", "trade") == set(study.units[:2])
    assert found(study, "topic", "other") == {study.units[2]}
    with study.database.reading() as session:
        options = search_options.search_options(
            session, session.get_one(Project, study.project_id), SIGHT, with_speakers=False
        )
    named = dict(next(labels for question, labels in options.labels if question == "topic"))
    assert named == {
        "topic:trade": "trade", "topic:sport": "sport", "topic:other": "other (until version 1)",
    }  # fmt: skip


def test_labels_of_old_versions_stay_readable_under_their_own_names(study: Study, seat: Seat):
    label(study, seat, 0, topic="war", stance=[], frames=["moral"])
    publish(study, RENAMED)
    publish(study, editing.remove_question(RETIRED, "frames"))
    with study.database.reading() as session:
        unit = session.scalars(select(Unit.id).where(Unit.external_id == study.units[0])).one()
        (said,) = reviewing.labels_of_units(session, study.project_id, [unit], seat=seat)[unit]
    assert [(mark.question_name, mark.name) for mark in said.marks] == [("topic", "war"), ("frames", "moral")]


def test_the_labelling_page_shows_a_merged_label_as_its_successor(study: Study, seat: Seat):
    label(study, seat, 0, topic="war", frames=["moral"])
    publish(study, editing.retire_label(MERGED, "frames", "economic"))
    with study.database.reading() as session:
        view = labelling.view_unit(session, seat, study.units[0])
    assert view.codebook_number == 2
    assert view.earlier is not None
    assert view.earlier.answers == {"topic": "trade", "frames": ["moral"]}


def test_up_to_a_version_only_what_came_before_it_is_followed(study: Study, seat: Seat):
    publish(study, MERGED)
    publish(study, editing.remove_question(MERGED, "topic"))
    with study.database.reading() as session:
        assert succession(session, study.project_id, until=2).label("topic", "war", 1) == "trade"
        assert succession(session, study.project_id).label("topic", "war", 1) is None
