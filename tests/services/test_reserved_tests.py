"""What classifiers are tested on: reserved, drawn by chance, unassisted, gold first; and what the card makes of it."""

import csv
import json
from collections import Counter
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import select, update

from annotator.cli.evaluate import evaluate
from annotator.db import Assignment, Classifier, Document, Project, Round
from annotator.db.engines import Database
from annotator.learning.panels import Panel
from annotator.learning.values import Example
from annotator.services import codebooks, examples, origins, training_sources
from annotator.services.reserved_tests import read_tests
from graded import add_graded
from studies import Study, make_study


@pytest.fixture
def study(database: Database) -> Study:
    """Twelve documents of four sentences; those of the first three in the order of labelling are reserved."""
    study = make_study(database, documents=12, places=3)
    with database.transaction() as session:
        first = {unit.partition(":")[0] for unit in study.units[:12]}
        session.execute(update(Document).where(Document.external_id.in_(first)).values(is_reserved=True))
    return study


def panels_of(study: Study) -> list[Panel]:
    with study.database.reading() as session:
        question = codebooks.published(session, study.project_id).codebook.question("topic")
        assert question is not None
        return read_tests(session, study.project_id, [question])["topic"]


def say(study: Study, who: str, number: int, topic: str, *, kind: str = "main", shown: bool = False) -> str:
    suggestions = {"timing": "before", "classifiers": {"topic": 1}, "suggestions": []} if shown else None
    given = {"unit": study.units[number], "answers": {"topic": topic}, "suggestions_shown": suggestions}
    return study.record(study.seat(who, kind=kind), **given).key


def test_only_reserved_documents_are_panels_of(study: Study) -> None:
    say(study, "A", 0, "war")
    say(study, "A", 12, "war")
    assert [one.example.group for one in panels_of(study)] == [study.units[0].partition(":")[0]]


def test_most_decide_and_a_tie_is_left_out(study: Study) -> None:
    for who, first, second in (("A", "war", "war"), ("B", "war", "trade"), ("C", "trade", "other")):
        say(study, who, 0, first)
        say(study, who, 1, second)
    (one,) = panels_of(study)
    assert (one.example.labels, one.is_gold) == (("war",), False)
    assert one.answers == (("war",), ("war",), ("trade",))


def test_gold_comes_before_what_most_said_and_they_are_still_compared(study: Study) -> None:
    say(study, "A", 0, "war")
    say(study, "B", 0, "war")
    say(study, "GOLD", 0, "trade", kind="adjudication")
    (one,) = panels_of(study)
    assert (one.example.labels, one.is_gold, len(one.answers)) == (("trade",), True, 2)


def test_labels_given_with_a_suggestion_in_view_are_no_test(study: Study) -> None:
    say(study, "A", 0, "war", shown=True)
    say(study, "B", 1, "war")
    say(study, "A", 1, "trade", shown=True)
    (one,) = panels_of(study)
    assert one.answers == (("war",),)


def test_nor_are_they_once_revised_without_one(study: Study) -> None:
    first = say(study, "A", 0, "war", shown=True)
    seat = study.seat("A")
    study.record(seat, unit=study.units[0], answers={"topic": "trade"}, supersedes=first)
    assert panels_of(study) == []


@pytest.mark.parametrize(("mode", "tested"), [("sequential", 1), ("random", 1), ("search", 0), ("margin", 0)])
def test_units_that_were_chosen_for_what_they_say_are_no_test(study: Study, mode: str, tested: int) -> None:
    with study.database.transaction() as session:
        session.execute(update(Assignment).values(selection_mode=mode))
    say(study, "A", 0, "war")
    assert len(panels_of(study)) == tested
    # Nor does a decision make up for it.
    say(study, "GOLD", 0, "war", kind="adjudication")
    assert len(panels_of(study)) == tested


def test_in_a_blind_round_only_what_was_decided_is_seen(study: Study) -> None:
    say(study, "A", 0, "war")
    say(study, "B", 1, "war")
    say(study, "GOLD", 0, "trade", kind="adjudication")
    with study.database.transaction() as session:
        session.execute(update(Round).values(phase="blind"))
    (one,) = panels_of(study)
    assert (one.example.labels, one.answers) == (("trade",), ())


def test_examples_know_their_outlet_and_how_they_were_selected(study: Study) -> None:
    with study.database.transaction() as session:
        session.execute(update(Document).values(outlet="Herald"))
        session.execute(update(Assignment).values(selection_mode="search"))
    say(study, "A", 12, "war")
    with study.database.reading() as session:
        question = codebooks.published(session, study.project_id).codebook.question("topic")
        assert question is not None
        found = examples.read_material(session, study.project_id, [question])
        (one,) = origins.of_material(session, study.project_id, found)["topic"].examples
    assert (one.outlet, one.selection, one.is_random) == ("Herald", "search", False)


@pytest.fixture
def graded(database: Database, monkeypatch: pytest.MonkeyPatch) -> Database:
    """A study with a test large enough, and a classifier for each question.

    The texts on whose labels annotators tie are left out, as they are for the command: to the application they are
    unlabelled texts, which help to weigh words.
    """
    monkeypatch.setattr(training_sources, "MAX_POOL", 0)
    add_graded(database, documents=36, train_twice=False, owner=None)
    return database


def table(path: Path, examples_: list[Example]) -> str:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["text", "label", "target", "doc"])
        writer.writerows([one.text, "|".join(one.labels), one.target or "", one.group] for one in examples_)
    return str(path)


def rounded(figures: object) -> dict:  # type: ignore[type-arg]
    """Leave out what the order of adding up makes of the last digits."""
    return json.loads(json.dumps(figures), parse_float=lambda text: round(float(text), 9))  # type: ignore[no-any-return]


def test_the_command_evaluate_gives_the_figures_of_the_card(graded: Database, tmp_path: Path) -> None:
    """One test for all types of question, since training takes a while."""
    with graded.reading() as session:
        rows = session.scalars(select(Classifier).where(Classifier.is_active)).all()
        project = session.get_one(Project, rows[0].project_id)
        codebook = codebooks.published(session, project.id).codebook
        asked = examples.trainable(codebook)
        learned = examples.examples_of(session, project.id, asked)
        tests = read_tests(session, project.id, asked)
        cards = {row.card["question"]: row.card for row in rows}
    for question in asked:
        held_back = [one.example for one in tests[question.id]]
        files = ["--train", table(tmp_path / "train.csv", learned[question.id])]
        files += ["--test", table(tmp_path / "test.csv", held_back), "--text-column", "text", "--label-column", "label"]
        options = ["--question-type", question.type, "--group-column", "doc", "--seed", str(project.seed), "--json"]
        options += ["--target-column", "target"] if question.type == "stance" else []
        result = CliRunner().invoke(evaluate, [*files, *options])
        assert result.exit_code == 0, result.output
        told = rounded(json.loads(result.stdout))
        scores = cards[question.id]["reserved"]["parts"][-1]["scores"]
        assert {name: told[name] for name in scores} == rounded(scores), question.id


def test_the_card_counts_what_was_learned_from_and_panels_of(graded: Database) -> None:
    with graded.reading() as session:
        card = session.scalars(select(Classifier.card).where(Classifier.number == 2)).one()
        reserved = session.scalars(select(Document.id).where(Document.is_reserved)).all()
    (part,) = card["reserved"]["parts"]
    assert part["groups"] == len(reserved)
    assert Counter(card["data"]["selection"]) == {"imported": card["data"]["examples"]}
    assert part["people"]["units"] == part["units"]
    assert set(part["majority_per_label"]) == {"war", "trade", "culture"}
    assert part["scores"]["macro_f1"] > part["scores"]["majority"]["macro_f1"]
