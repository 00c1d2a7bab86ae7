"""Rounds whose sentences a classifier chooses: which it takes, what is stored with them, when it may."""

import pytest
from sqlalchemy import select, update

from annotator.db import Assignment, Classifier, Document, Job, Project, Round, Unit
from annotator.db.engines import Database
from annotator.errors import InvalidInputError
from annotator.learning.values import Suggested
from annotator.services import choosing
from annotator.services.suggesting import Shelf
from annotator.services.training import train_project
from annotator.worker import run_waiting
from services.team import Team, make_team
from studies import SENTENCES, make_study

#: Documents, and those that are labelled.
ALL, LABELLED = 9, 5
TOPICS = ("war", "trade", "war", "trade")


@pytest.fixture
def team(database: Database, monkeypatch) -> Team:
    """Ann and a study of which more than half is labelled: a classifier each for topic and stance; a document apart."""
    monkeypatch.setattr(choosing, "LEAST_LABELLED", 4 * LABELLED)
    team = make_team(make_study(database, documents=ALL), "Ann")
    seat, target = team.study.seat("A"), team.study.targets[0]
    with database.transaction() as session:
        session.execute(update(Document).where(Document.external_id == "d8").values(is_reserved=True))
    for document in range(LABELLED):
        for number, topic in enumerate(TOPICS):
            stance = {"target": target, "holder": {"kind": "author"}, "label": "favor" if document % 2 else "against"}
            answers = {"topic": topic, "stance": [stance], "targets_offered": [target]}
            team.study.record(seat, unit=f"d{document}:s{number}", answers=answers)
    train_project(database, team.study.project_id)
    return team


def made(team: Team, **plan) -> dict[str, tuple[str, float | None]]:
    """Let a worker make a round; return how each unit was selected."""
    number = team.make(**{"question": "topic", **plan})
    run_waiting(team.study.database)
    with team.study.database.reading() as session:
        assert session.get_one(Round, number).is_ready, session.scalars(select(Job.message)).all()
        how = (Unit.external_id, Assignment.selection_mode, Assignment.selection_probability)
        rows = session.execute(select(*how).join(Unit).where(Assignment.round_id == number))
        return {unit: (mode, probability) for unit, mode, probability in rows}


def opinions(team: Team, question: str) -> list[Suggested]:
    """Return what the classifier says of each of the sentences, asked as on the labelling page."""
    with team.study.database.reading() as session:
        row = next(row for row in session.scalars(select(Classifier)) if row.card["question"] == question)
        classifier = Shelf(team.study.database.settings.models).get(session.get_one(Project, row.project_id), row)
    return [classifier.suggest(sentence)[0] for sentence in SENTENCES]


def gaps(team: Team) -> list[float]:
    return [one.labels[0].probability - one.labels[1].probability for one in opinions(team, "topic")]


def test_the_sentences_it_is_least_sure_of_are_taken_that_nobody_labelled_and_none_of_the_test_sample(team: Team):
    least, *_ = sorted(range(4), key=gaps(team).__getitem__)
    found = made(team, selection="margin", size=3)
    assert found == {f"d{document}:s{least}": ("margin", None) for document in (5, 6, 7)}


def test_the_next_come_where_these_are_not_enough(team: Team):
    order = sorted(range(4), key=gaps(team).__getitem__)
    found = {int(unit[-1]) for unit in made(team, selection="margin", size=5)}
    assert found == set(order[:2])


def test_a_rare_label_is_looked_for_where_it_is_most_probable(team: Team):
    likely = [next(one.probability for one in said.labels if one.label == "trade") for said in opinions(team, "topic")]
    found = made(team, selection="rare", label="trade", size=3)
    assert found == {f"d{document}:s{likely.index(max(likely))}": ("rare", None) for document in (5, 6, 7)}


def test_a_mixed_round_says_of_each_place_what_selected_it(team: Team):
    found = made(team, selection="mixed", size=8)
    by_chance = {unit for unit, how in found.items() if how == ("random", 2 / 16)}
    chosen = {unit for unit, how in found.items() if how == ("margin", None)}
    assert (len(by_chance), len(chosen)) == (2, 6)
    assert not {unit for unit in chosen if unit.startswith("d8")}


def test_of_stances_only_sentences_that_name_a_target_are_chosen(team: Team):
    found = made(team, selection="margin", size=50, question="stance")
    assert {unit[-1] for unit in found} == {"0"}


def test_the_classifier_of_the_plan_chooses_whichever_is_active_by_then(team: Team):
    number = team.make(question="topic", selection="margin", size=3)
    train_project(team.study.database, team.study.project_id, question="topic")
    with team.study.database.reading() as session:
        plan = session.get_one(Round, number).plan
        by_question = {row.number: row.card["question"] for row in session.scalars(select(Classifier))}
    assert by_question[plan["classifier"]] == "topic"
    assert plan["classifier"] < max(by_question)


def test_what_is_missing_is_said_before_a_classifier_may_choose(team: Team, monkeypatch):
    monkeypatch.setattr(choosing, "LEAST_LABELLED", 100)
    assert missing(team) == ["20 of 100 labelled sentences"]
    with pytest.raises(InvalidInputError, match="draw at random first"):
        team.make(question="topic", selection="margin", size=3)
    with team.study.database.transaction() as session:
        session.execute(update(Classifier).values(is_active=False))
    assert "frames: " in "".join(missing(team))


def missing(team: Team) -> list[str]:
    with team.study.database.reading() as session:
        project = session.get_one(Project, team.study.project_id)
        found = choosing.missing(session, project)
        assert bool(choosing.offers(session, project)) != bool(found)
        return found


@pytest.mark.parametrize("changes", [{"question": "frames"}, {"selection": "rare", "label": "other"}])
def test_what_no_classifier_knows_cannot_be_chosen_by_one(team: Team, changes):
    with pytest.raises(InvalidInputError):
        team.make(**{"question": "topic", "selection": "margin", "size": 3, **changes})


def test_nothing_is_chosen_by_what_learned_from_the_annotators_while_a_blind_round_runs(team: Team):
    assert missing(team) == []
    team.make(name="blind", selection="random", size=2)
    assert "adjudicated labels alone" in missing(team)[-1]
