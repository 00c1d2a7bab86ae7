import pytest
from sqlalchemy import select, update

from annotator.db import Classifier, CodebookVersion, Project, Question, Round
from annotator.db.engines import Database
from annotator.errors import InvalidInputError, NotFoundError
from annotator.services.corpus_orders import Columns, Order, read_order
from studies import Study, make_study


@pytest.fixture
def study(database: Database) -> Study:
    """A study with a classifier for stances, number 1, and two for the topic, of which 3 is active."""
    study = make_study(database)
    with database.transaction() as session:
        version = session.scalars(select(CodebookVersion.id)).one()
        questions = dict(session.execute(select(Question.stable_id, Question.id)).all())
        for number, question in enumerate(("stance", "topic", "topic"), start=1):
            session.add(
                Classifier(
                    project_id=study.project_id, number=number, question_id=questions[question], sha256="0" * 64,
                    codebook_version_id=version, n_labelled=0, is_active=number != 2,
                    card={"question": question, "learned_from": "everybody"},
                )
            )  # fmt: skip
    return study


def order_of(study: Study, **options) -> Order:
    with study.database.reading() as session:
        project = session.get_one(Project, study.project_id)
        models = study.database.settings.models
        return read_order(session, models, project, name="c.jsonl", columns=Columns(), **options)


def answering(order: Order) -> dict[str, int]:
    return {asked.name: asked.number for asked in order.asked}


def test_the_active_classifiers_answer_unless_others_are_named(study):
    assert answering(order_of(study)) == {"stance": 1, "topic": 3}
    assert answering(order_of(study, question="topic")) == {"topic": 3}
    assert answering(order_of(study, numbers=[2])) == {"topic": 2}
    assert answering(order_of(study, numbers=[2, 1])) == {"topic": 2, "stance": 1}


def test_labels_and_targets_have_the_names_people_gave_them(study):
    stance, topic = order_of(study).asked
    assert topic.labels == {"war": "war", "trade": "trade", "other": "other", "not-at-issue": "not-at-issue"}
    assert stance.targets[study.targets[0]] == "Russia"
    assert (study.targets[0], "Russia", ("Moscow",)) in order_of(study).targets
    assert order_of(study, question="topic").targets == ()


def test_what_cannot_be_asked_is_told(study):
    with pytest.raises(InvalidInputError, match="Two classifiers would answer “topic”; name one of them"):
        order_of(study, numbers=[2, 3])
    with pytest.raises(NotFoundError, match="No classifier answers “frames”; there is one for “stance”, “topic”"):
        order_of(study, question="frames")
    with pytest.raises(NotFoundError, match="There is no classifier 9"):
        order_of(study, numbers=[9])


def test_in_a_blind_round_what_learned_from_annotators_answers_only_when_it_is_named(study):
    with study.database.transaction() as session:
        session.execute(update(Round).values(phase="blind"))
    with pytest.raises(InvalidInputError, match="choose a classifier yourself with --classifier 3, or close the round"):
        order_of(study)
    assert answering(order_of(study, numbers=[3])) == {"topic": 3}
