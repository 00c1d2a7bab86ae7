import csv
from pathlib import Path
from typing import Any

import pytest

from annotator.db.engines import Database
from annotator.services import exports
from studies import SENTENCES, Study, make_study


@pytest.fixture
def study(database: Database) -> Study:
    return make_study(database)


def table(study: Study, path: Path, unit: int | None = 0, **options: Any) -> list[dict[str, str]]:
    """Return the rows of one unit, or of all, as a program would read them."""
    target = path / f"table-{len(list(path.iterdir()))}.csv"
    exports.export_data_set(study.database, "Study", format_name=options.get("format_name", "csv"), path=target)
    with target.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file, strict=True))
    return [row for row in rows if unit is None or row["unit"] == study.units[unit]]


def said(rows: list[dict[str, str]], *names: str) -> list[tuple[str, ...]]:
    return [tuple(row[name] for name in names) for row in rows]


def stance(target: str, label: str, kind: str = "author", **name: str) -> dict[str, Any]:
    return {"target": target, "holder": {"kind": kind, **name}, "label": label}


def test_unit_nobody_labelled_has_one_row_without_a_question(study: Study, tmp_path: Path):
    rows = table(study, tmp_path, unit=None)
    assert said(rows, "unit", "question", "annotator") == [(unit, "", "") for unit in study.units]
    assert [row["text"] for row in rows] == list(SENTENCES)


def test_skipped_unit_is_an_unlabelled_one(study: Study, tmp_path: Path):
    study.record(study.seat("A"), unit=study.units[0], act="skip")
    assert said(table(study, tmp_path), "question", "annotator") == [("", "")]


def test_unanswered_has_no_row_and_none_has_one(study: Study, tmp_path: Path):
    study.record(
        study.seat("A"), unit=study.units[0], answers={"topic": None, "frames": [], "loaded": [], "stance": []}
    )
    rows = said(table(study, tmp_path), "question", "label")
    assert rows == [(name, "(none)") for name in ("stance", "topic", "frames", "loaded")]


def test_target_offered_without_a_stance_is_not_at_issue(study: Study, tmp_path: Path):
    russia, ukraine = study.targets[:2]
    answers = {"stance": [stance(russia, "against")], "targets_offered": [russia, ukraine]}
    study.record(study.seat("A"), unit=study.units[0], answers=answers)
    assert said(table(study, tmp_path), "target", "label") == [("Russia", "against"), ("Ukraine", "not-at-issue")]


def test_each_holder_has_a_row(study: Study, tmp_path: Path):
    russia = study.targets[0]
    both = [stance(russia, "favor"), stance(russia, "against", "reported", name="Ülgen 😀")]
    study.record(study.seat("A"), unit=study.units[0], answers={"stance": both})
    assert said(table(study, tmp_path), "holder", "holder_name", "label") == [
        ("author", "", "favor"),
        ("reported", "Ülgen 😀", "against"),
    ]


def test_marked_words_are_quoted_with_their_place_in_the_unit(study: Study, tmp_path: Path):
    study.record(study.seat("A"), unit=study.units[1], answers={"loaded": [{"start": 1, "end": 8}]})
    assert said(table(study, tmp_path, 1), "span_start", "span_end", "span_text") == [("1", "8", "Ukraine")]


def test_gold_stands_beside_every_answer_to_its_question(study: Study, tmp_path: Path):
    study.record(study.seat("A"), unit=study.units[0], answers={"topic": "trade", "strength": "weak"})
    study.record(study.seat("G", kind="adjudication"), unit=study.units[0], answers={"topic": "war"})
    assert said(table(study, tmp_path), "annotator", "question", "label", "gold", "consensus") == [
        ("C-A", "topic", "trade", "war", "trade"),
        ("C-A", "strength", "weak", "", "weak"),
        ("C-G", "topic", "war", "war", "trade"),
    ]


@pytest.mark.parametrize(
    ("votes", "consensus"),
    [
        ([["economic"], ["economic"], ["moral"]], "economic"),
        ([["economic"], ["moral"]], "economic / moral"),
        ([["moral", "economic"], ["economic", "moral"], []], "economic|moral"),
        ([[], ["moral"]], "(none) / moral"),
    ],
)
def test_consensus_is_what_most_said_and_ties_are_shown(
    study: Study, tmp_path: Path, votes: list[list[str]], consensus: str
):
    for name, frames in zip("ABC", votes, strict=False):
        study.record(study.seat(name), unit=study.units[0], answers={"frames": frames})
    assert {row["consensus"] for row in table(study, tmp_path)} == {consensus}


def test_revised_answer_alone_is_in_the_table(study: Study, tmp_path: Path):
    first = study.record(study.seat("A"), unit=study.units[0])
    study.record(study.seat("A"), unit=study.units[0], answers={"topic": "trade"}, supersedes=first.key)
    assert said(table(study, tmp_path), "label") == [("trade",)]


def test_table_for_spreadsheets_runs_no_formula(study: Study, tmp_path: Path):
    study.record(study.seat("A"), unit=study.units[0], comment="=1+1")
    (exact,) = table(study, tmp_path)
    (safe,) = table(study, tmp_path, format_name="csv-spreadsheet")
    assert (exact["comment"], safe["comment"]) == ("=1+1", "'=1+1")
    assert safe["label"] == exact["label"] == "war"
