from typing import Any

import pytest
from sqlalchemy import true

from annotator.db import Annotation
from annotator.db.engines import Database
from annotator.services import labelling, opinions
from annotator.services.opinions import Comparison, Line
from studies import Study, make_study

WHOLE_CODEBOOK = """
name: Whole texts
questions:
  - {id: loaded, name: loaded words, type: spans, unit: document}
"""


@pytest.fixture
def study(database: Database) -> Study:
    return make_study(database, places=3)


def compare(study: Study, unit: int = 0, visible: Any = None) -> Comparison:
    seat = study.seat("ADA")
    with study.database.reading() as session:
        viewed = labelling.view_unit(session, seat, study.units[unit])
        return opinions.compare(session, study.project_id, viewed, visible=true() if visible is None else visible)


def stance(target: str, label: str, kind: str = "author", **name: str) -> dict[str, Any]:
    return {"target": target, "holder": {"kind": kind, **name}, "label": label}


def said(line: Line) -> list[Any]:
    return [None if cell.said is None else [one.name for one in cell.said] for cell in line.cells]


def test_everybody_stands_beside_everybody_topic_by_topic(study: Study):
    russia, ukraine = study.targets[:2]
    study.record(
        study.seat("A"),
        unit=study.units[0],
        answers={
            "topic": "war",
            "frames": ["economic"],
            "stance": [stance(russia, "against")],
            "targets_offered": [russia, ukraine],
        },
    )
    study.record(
        study.seat("B"),
        unit=study.units[0],
        answers={"topic": "war", "frames": ["moral", "economic"], "stance": [], "targets_offered": [russia]},
    )
    study.record(study.seat("C"), unit=study.units[0], answers={"frames": []})
    found = compare(study)
    lines = [(line.question.name, line.target, line.is_disputed, said(line)) for line in found.lines]
    assert [one.code for one in found.opinions] == ["C-A", "C-B", "C-C"]
    assert lines == [
        ("stance", "Russia", True, [["against"], [], None]),
        ("stance", "Ukraine", False, [[], None, None]),
        ("topic", None, False, [["war"], ["war"], None]),
        ("frames", None, True, [["economic"], ["economic", "moral"], []]),
    ]
    assert list(found.targets()) == [russia, ukraine]


def test_what_most_said_is_told_with_its_votes_and_a_tie_is_one(study: Study):
    for name, topic in zip("ABC", ("war", "war", "trade"), strict=True):
        study.record(study.seat(name), unit=study.units[0], answers={"topic": topic, "strength": "weak"})
    study.record(study.seat("A"), unit=study.units[1], answers={"topic": "war"})
    study.record(study.seat("B"), unit=study.units[1], answers={"topic": "trade"})
    line = compare(study).disputed[0]
    assert ([one.name for one in line.most], line.votes, line.voters) == (["war"], 2, 3)
    assert [cell.is_apart for cell in line.cells] == [False, False, True]
    tied = compare(study, 1).disputed[0]
    assert (tied.most, [cell.is_apart for cell in tied.cells]) == (None, [False, False])


def test_holders_and_marked_words_are_read(study: Study):
    russia = study.targets[0]
    answers = {
        "stance": [stance(russia, "favor", "reported", name="Ülgen 😀")],
        "loaded": [{"start": 1, "end": 8}, {"start": 28, "end": 35}],
    }
    study.record(study.seat("A"), unit=study.units[1], answers=answers)
    study.record(study.seat("B"), unit=study.units[1], answers={"stance": [], "loaded": []})
    toward, loaded = compare(study, 1).lines
    assert (toward.cells[0].said[0].holder, said(loaded)) == ("Ülgen 😀", [["Ukraine", "the spe"], []])


def test_marks_of_a_whole_text_are_read_in_the_text_and_not_in_its_title(database: Database):
    study = make_study(database, codebook=WHOLE_CODEBOOK, places=2)
    (unit,) = [number for number, unit in enumerate(study.units) if unit.endswith(":document")]
    for name, end in (("A", 6), ("B", 11)):
        study.record(study.seat(name), unit=study.units[unit], answers={"loaded": [{"start": 0, "end": end}]})
    assert said(compare(study, unit).lines[0]) == [["Moscow"], ["Moscow said"]]


def test_reason_comment_flag_and_what_was_said_first_are_kept(study: Study):
    study.record(study.seat("A"), unit=study.units[0], act="skip", reason="off-topic", comment="Weather.")
    study.record(study.seat("B"), unit=study.units[0], answers={"topic": "war"}, first_answers={"topic": "trade"})
    study.record(study.seat("C"), unit=study.units[0], answers={"topic": "war"}, is_flagged=True)
    found = compare(study)
    assert [(one.act, one.reason, one.comment, one.is_flagged) for one in found.opinions] == [
        ("skip", "off-topic", "Weather.", False),
        ("answer", None, None, False),
        ("answer", None, None, True),
    ]
    (line,) = found.lines
    assert [cell.first and cell.first[0].name for cell in line.cells] == [None, "trade", None]


def test_the_rules_are_those_of_the_labels_people_differ_about(study: Study):
    for name, frames in (("A", ["economic"]), ("B", ["moral"])):
        study.record(study.seat(name), unit=study.units[0], answers={"frames": frames, "topic": "war"})
    rules = compare(study).rules()
    assert [(question.id, [label.id for label in labels]) for question, labels in rules] == [
        ("frames", ["economic", "moral"])
    ]


def test_gold_is_not_an_opinion_and_what_may_not_be_seen_is_not_there(study: Study):
    study.record(study.seat("A"), unit=study.units[0])
    study.record(study.seat("B"), unit=study.units[0])
    study.record(study.seat("G", kind="adjudication"), unit=study.units[0])
    assert [one.code for one in compare(study).opinions] == ["C-A", "C-B"]
    assert compare(study, visible=Annotation.kind == "adjudication").opinions == ()
