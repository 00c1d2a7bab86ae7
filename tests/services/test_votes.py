from collections.abc import Sequence

import pytest
from sqlalchemy import update

from annotator.db import Project
from annotator.db.engines import Database
from annotator.services import codebooks, examples, training
from annotator.services.votes import Material
from studies import Study, make_study

SENTENCES = tuple(f"Sentence {number} is about something." for number in range(12))


@pytest.fixture
def study(database: Database) -> Study:
    return make_study(database, sentences=SENTENCES, places=6)


def say(study: Study, unit: int, *topics: str | None, kind: str = "main") -> None:
    for name, topic in zip("ABCDEF", topics, strict=False):
        if topic is not None:
            study.record(study.seat(name, kind=kind), unit=study.units[unit], answers={"topic": topic})


def choose(study: Study, rule: str) -> None:
    with study.database.transaction() as session:
        session.execute(update(Project).values(learns_from=rule))


def material(study: Study, question: str = "topic") -> Material:
    with study.database.reading() as session:
        asked = codebooks.published(session, study.project_id).codebook.question(question)
        assert asked is not None
        return examples.read_material(session, study.project_id, [asked])[question]


def learned(found: Material) -> list[tuple[str, tuple[str, ...], float]]:
    return [(one.text.split()[1], one.labels, round(one.weight, 2)) for one in found.examples]


def test_of_several_answers_the_majority_is_learned_once_and_a_tie_not_at_all(study: Study):
    say(study, 0, "war", "trade", "war")
    say(study, 1, "war", "trade")
    say(study, 2, "other")
    found = material(study)
    assert learned(found) == [("0", ("war",), 1.0), ("2", ("other",), 1.0)]
    assert (found.several, found.tied, found.rule) == (2, 1, "majority")


def test_answers_about_what_is_learned_are_counted_by_annotator(study: Study):
    say(study, 0, "war", "trade", "war")
    say(study, 1, "war", "trade")
    say(study, 2, "other")
    assert sorted(material(study).answers.values()) == [1, 1, 2]
    say(study, 0, None, "war", kind="adjudication")
    assert sorted(material(study).answers.values()) == [1, 1]


def test_shares_weigh_every_answer_so_that_a_sentence_weighs_as_much_as_any_other(study: Study):
    choose(study, "soft")
    say(study, 0, "war", "trade", "war")
    say(study, 1, "war", "trade")
    say(study, 2, "other")
    assert learned(material(study)) == [
        ("0", ("war",), 0.67),
        ("0", ("trade",), 0.33),
        ("1", ("war",), 0.5),
        ("1", ("trade",), 0.5),
        ("2", ("other",), 1.0),
    ]


def test_the_estimate_is_learned_where_votes_are_many_and_the_majority_elsewhere(study: Study):
    """Three of five err in the same way on the first two sentences, and are known to err by the others."""
    choose(study, "dawid-skene")
    say(study, 0, "war", "war", "trade", "trade", "trade")
    assert (material(study).rule, learned(material(study))) == ("majority", [("0", ("trade",), 1.0)])
    for unit in range(1, len(SENTENCES)):
        right, wrong = ("war", "trade") if unit % 2 else ("trade", "war")
        votes = [right, right, wrong, right, wrong] if unit % 3 else [right, right, right, wrong, wrong]
        say(study, unit, *votes)
    found = material(study)
    assert (found.asked, found.rule, found.several) == ("dawid-skene", "dawid-skene", 12)
    assert learned(found)[0] == ("0", ("war",), 1.0)


@pytest.mark.parametrize("rule", ["majority", "dawid-skene", "soft"])
def test_gold_is_learned_as_it_is_whatever_was_said(study: Study, rule: str):
    choose(study, rule)
    for unit in range(len(SENTENCES)):
        say(study, unit, "war", "war", "trade", "war", "war")
    study.record(study.seat("X", kind="adjudication"), unit=study.units[0], answers={"topic": "other"})
    assert learned(material(study))[-1] == ("0", ("other",), 1.0)
    assert sum(text == "0" for text, _, _ in learned(material(study))) == 1


def test_each_target_is_settled_by_itself(study: Study):
    russia, ukraine = study.targets[:2]

    def stances(*labels: str) -> list[dict[str, object]]:
        holder = {"kind": "author"}
        pairs = zip(study.targets, labels, strict=True)
        return [{"target": target, "holder": holder, "label": label} for target, label in pairs]

    both = {"targets_offered": [russia, ukraine]}
    for name, labels in (("A", ("favor", "against")), ("B", ("favor", "favor")), ("C", ("against", "favor"))):
        study.record(study.seat(name), unit=study.units[0], answers={"stance": stances(*labels), **both})
    found = {one.target: one.labels for one in material(study, "stance").examples}
    assert found == {russia: ("favor",), ukraine: ("favor",)}


def label_sets(found: Material) -> Sequence[tuple[str, ...]]:
    return [one.labels for one in found.examples]


def test_whole_sets_of_labels_have_a_majority(study: Study):
    for name, frames in (("A", ["economic", "moral"]), ("B", ["moral", "economic"]), ("C", ["moral"]), ("D", [])):
        study.record(study.seat(name), unit=study.units[0], answers={"frames": frames})
    assert label_sets(material(study, "frames")) == [("economic", "moral")]


def test_the_card_says_what_was_learned_from(study: Study):
    for unit in range(len(SENTENCES)):
        say(study, unit, "war" if unit % 2 else "trade", "war" if unit < 2 else None)
    (row,) = training.train_project(study.database, study.project_id)
    assert row.card["consensus"] == {"asked": "majority", "rule": "majority", "several": 2, "tied": 1}
    assert row.card["data"]["examples"] == 11
