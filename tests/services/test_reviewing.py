import pytest
from sqlalchemy import select

from annotator.codebook.reading import read_codebook
from annotator.db import Project, Unit
from annotator.db.engines import Database
from annotator.services import codebooks, reviewing
from annotator.services.reviewing import Labelled
from studies import CODEBOOK, SECOND_CODEBOOK, Study, make_study


@pytest.fixture
def study(database: Database) -> Study:
    return make_study(database)


def labelled(study: Study, *, name: str | None = None, phase: str = "open") -> list[Labelled]:
    seat = study.seat(name) if name else None
    with study.database.reading() as session:
        ids = session.scalars(select(Unit.id)).all()
        found = reviewing.labels_of_units(session, study.project_id, ids, seat=seat, phase=phase)
        return [one for of_unit in found.values() for one in of_unit]


def test_marks_name_label_target_and_holder():
    answers = {
        "stance": [{"target": "t1", "holder": {"kind": "reported", "name": "Ulgen"}, "label": "against"}],
        "topic": "war",
        "frames": ["economic", "moral"],
        "strength": None,
        "loaded": [{"start": 0, "end": 3}],
    }
    marks = reviewing.marks_of(answers, codebook=read_codebook(CODEBOOK), names={"t1": "Russia"})
    assert [(mark.question, mark.name, mark.target, mark.holder) for mark in marks] == [
        ("stance", "against", "Russia", "Ulgen"),
        ("topic", "war", None, None),
        ("frames", "economic", None, None),
        ("frames", "moral", None, None),
    ]


def test_label_is_shown_under_the_name_it_had_when_it_was_given(study: Study):
    study.record(study.seat("A"), unit=study.units[0])
    with study.database.transaction() as session:
        codebooks.publish_codebook(session, session.get_one(Project, study.project_id), SECOND_CODEBOOK)
    study.record(study.seat("B"), unit=study.units[0], codebook=2)
    assert [one.marks[0].name for one in labelled(study)] == ["war", "armed conflict"]


@pytest.mark.parametrize(
    ("name", "phase", "seen"),
    [
        ("A", "open", ["C-A", "C-B", "C-G"]),
        ("A", "blind", ["C-A", "C-G"]),
        ("C", "blind", ["C-G"]),
        (None, "blind", ["C-G"]),
        (None, "open", ["C-A", "C-B", "C-G"]),
    ],
)
def test_in_a_blind_round_only_ones_own_and_adjudicated_labels_are_seen(
    study: Study, name: str | None, phase: str, seen: list[str]
):
    study.record(study.seat("A"), unit=study.units[0])
    study.record(study.seat("B"), unit=study.units[0])
    study.record(study.seat("G", kind="adjudication"), unit=study.units[0])
    assert [one.annotator for one in labelled(study, name=name, phase=phase)] == seen


def test_only_what_counts_is_seen(study: Study):
    first = study.record(study.seat("A"), unit=study.units[0])
    study.record(study.seat("A"), unit=study.units[0], answers={"topic": "trade"}, supersedes=first.key)
    gone = study.record(study.seat("B"), unit=study.units[1])
    study.record(study.seat("B"), unit=study.units[1], act="undo", supersedes=gone.key)
    assert [(one.unit, one.marks[0].label) for one in labelled(study)] == [(study.units[0], "trade")]
