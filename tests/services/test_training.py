from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any, cast

import pytest
from sqlalchemy import select, update

from annotator.db import Classifier, Document, Job, Project, Round
from annotator.db.base import now
from annotator.db.engines import Database
from annotator.errors import InvalidInputError, NotFoundError
from annotator.learning import classifier as learning
from annotator.services import codebooks, examples, jobs, retraining, training
from annotator.services.training import train_project
from studies import Study, make_study

if TYPE_CHECKING:
    from sqlalchemy.pool import QueuePool


def label(
    study: Study, count: int, *, start: int = 0, kind: str = "main", labels: Sequence[str] = ("war", "trade")
) -> None:
    seat = study.seat("A" if kind == "main" else "GOLD", kind=kind)
    for number, unit in enumerate(study.units[start : start + count]):
        study.record(seat, unit=unit, answers={"topic": labels[number % len(labels)]})


@pytest.fixture
def study(database: Database) -> Study:
    return make_study(database, documents=12)


def due(study: Study) -> bool:
    with study.database.reading() as session:
        return retraining.is_due(session, session.get_one(Project, study.project_id))


def run(study: Study) -> None:
    """Do the training that is due, in no time."""
    with study.database.transaction() as session:
        job = retraining.request_training(session, study.project_id)
        jobs.claim_job(session)
        jobs.finish(session, job.id)
        session.execute(update(Job).values(finished_at=Job.started_at))


def learned(study: Study) -> list[tuple[str, tuple[str, ...]]]:
    """Return the unit's text and labels of everything that would be learned from for the topic."""
    with study.database.reading() as session:
        version = codebooks.current_version(session, study.project_id)
        question = codebooks.parse_source(version.source).question("topic")
        assert question is not None
        found = examples.examples_of(session, study.project_id, [question])["topic"]
        return [(one.group, one.labels) for one in found]


@pytest.mark.parametrize(("without", "demands"), [(0, True), (1, False)])
def test_what_always_has_a_label_is_suggested_one_as_evaluate_does(
    sqlite_database: Database, without: int, demands: bool
):
    study = make_study(sqlite_database, documents=13)
    seat = study.seat("A")
    for number, unit in enumerate(study.units):
        frames = [["economic"], ["moral"], ["economic", "moral"]][number % 3] if number >= without else ["no-frame"]
        study.record(seat, unit=unit, answers={"frames": frames})
    (row,) = train_project(sqlite_database, study.project_id, question="frames")
    assert [task["at_least_one"] for task in row.card["tasks"]] == [demands]


def test_first_training_is_due_as_soon_as_a_question_has_enough(study: Study):
    label(study, 9)
    assert not due(study)
    label(study, 1, start=9, labels=["trade"])
    assert due(study)


def test_next_training_is_due_after_twenty_more_units(study: Study):
    label(study, 10)
    run(study)
    label(study, 19, start=10)
    assert not due(study)
    label(study, 1, start=29)
    assert due(study)


def test_no_training_begins_within_the_minutes_that_are_to_lie_between_two(study: Study):
    label(study, 10)
    run(study)
    label(study, 20, start=10)
    with study.database.transaction() as session:
        session.execute(update(Project).values(retrain_minutes=30))
    assert not due(study)
    with study.database.transaction() as session:
        earlier = now() - timedelta(minutes=31)
        session.execute(update(Job).values(started_at=earlier, finished_at=earlier))
    assert due(study)


def test_where_nobody_wants_it_no_training_begins_by_itself(study: Study):
    label(study, 10)
    assert due(study)
    with study.database.transaction() as session:
        session.execute(update(Project).values(retrain_every=0))
    assert not due(study)


def test_training_that_waits_or_runs_is_not_asked_for_again(study: Study):
    label(study, 10)
    with study.database.transaction() as session:
        retraining.request_training(session, study.project_id)
    assert not due(study)
    with study.database.transaction() as session:
        jobs.claim_job(session)
    assert not due(study)
    with study.database.transaction() as session:
        session.execute(update(Job).values(heartbeat_at=None))
    assert due(study)


def test_training_that_killed_its_worker_each_time_is_not_repeated_with_every_label(study: Study):
    label(study, 10)
    run(study)
    with study.database.transaction() as session:
        session.execute(update(Job).values(state="failed", attempt=jobs.MAX_ATTEMPTS))
    assert not due(study)


def test_reserved_documents_are_never_learned_from(study: Study):
    label(study, 20)
    with study.database.transaction() as session:
        first = study.units[0].partition(":")[0]
        session.execute(update(Document).where(Document.external_id == first).values(is_reserved=True))
    assert first not in {group for group, _ in learned(study)}
    assert len(learned(study)) == 16


def test_gold_label_is_learned_instead_of_the_others(study: Study):
    label(study, 2, labels=["war"])
    label(study, 1, kind="adjudication", labels=["trade"])
    assert sorted(labels for _, labels in learned(study)) == [("trade",), ("war",)]


def test_in_a_blind_round_only_adjudicated_labels_are_learned(study: Study):
    label(study, 4)
    label(study, 1, start=8, kind="adjudication")
    with study.database.transaction() as session:
        session.execute(update(Round).values(phase="blind"))
    assert [labels for _, labels in learned(study)] == [("war",)]


def test_what_was_taken_back_or_skipped_is_not_learned(study: Study):
    seat = study.seat("A")
    first = study.record(seat, unit=study.units[0])
    study.record(seat, unit=study.units[0], act="undo", supersedes=first.key)
    study.record(seat, unit=study.units[1], act="skip")
    assert learned(study) == []


def test_no_transaction_is_open_while_a_classifier_trains(study: Study, monkeypatch: pytest.MonkeyPatch):
    label(study, 12)
    database, train = study.database, learning.train

    def train_while_labelling(*given: Any, **options: Any) -> learning.Classifier:
        assert [cast("QueuePool", engine.pool).checkedout() for engine in (database.writer, database.reader)] == [0, 0]
        study.record(study.seat("B"), unit=study.units[-1])
        return train(*given, **options)

    monkeypatch.setattr(learning, "train", train_while_labelling)
    assert [row.card["question"] for row in train_project(database, study.project_id)] == ["topic"]


def test_progress_says_that_all_is_done_only_when_it_is(study: Study):
    label(study, 20)
    said: list[tuple[float, str]] = []
    train_project(study.database, study.project_id, progress=lambda share, message: said.append((share, message)))
    shares = [share for share, _ in said]
    assert shares == sorted(shares)
    assert 0.9 < shares[-1] < 1
    assert said[-1][1] == "The classifier is being stored."


def test_a_training_says_at_once_that_it_has_begun(study: Study):
    """With stances the first step takes most of the time; till then the page must not say that it is yet to start."""
    said: list[tuple[float, str]] = []
    with pytest.raises(InvalidInputError):
        train_project(study.database, study.project_id, progress=lambda share, message: said.append((share, message)))
    assert said[0] == (0, "Reading the labels to learn from.")


def test_progress_goes_by_how_much_each_question_is_learned_from(study: Study):
    """Questions that have nothing to learn from take no time."""
    label(study, 20)
    with study.database.reading() as session:
        sources = training.read_sources(session, study.project_id, question=None)
    portions = training.portions(sources)
    sizes = {entry.id: end - begin for entry, (begin, end) in zip(sources.questions, portions, strict=True)}
    assert sizes.pop("topic") == 1
    assert len(sizes) > 0
    assert set(sizes.values()) == {0}


def test_card_counts_the_answers_of_each_annotator_by_code(study: Study):
    label(study, 12)
    other = study.seat("B")
    for unit in study.units[12:15]:
        study.record(other, unit=unit)
    (row,) = train_project(study.database, study.project_id)
    assert row.card["data"]["per_annotator"] == {study.seat("A").code: 12, other.code: 3}


def test_new_classifier_takes_over_and_the_old_one_stays(study: Study):
    label(study, 12)
    for number in (1, 2):
        (row,) = train_project(study.database, study.project_id)
        assert row.number == number
    with study.database.reading() as session:
        found = dict(session.execute(select(Classifier.number, Classifier.is_active)).all())
    assert found == {1: False, 2: True}
    folders = {path.name for path in (study.database.settings.models / "study").iterdir()}
    assert folders == {"1", "2"}


def test_classifier_that_could_not_be_stored_leaves_the_old_one_active(study: Study, monkeypatch: pytest.MonkeyPatch):
    label(study, 12)
    train_project(study.database, study.project_id)

    def fail(*_: object, **__: object) -> None:
        raise RuntimeError

    with monkeypatch.context() as patch:
        patch.setattr(training, "_row", fail)
        with pytest.raises(RuntimeError):
            train_project(study.database, study.project_id)
    with study.database.reading() as session:
        assert session.scalars(select(Classifier.number).where(Classifier.is_active)).all() == [1]
    assert [path.name for path in (study.database.settings.models / "study").iterdir()] == ["1"]


def test_database_refuses_two_active_classifiers_for_a_question(study: Study):
    label(study, 12)
    train_project(study.database, study.project_id)
    train_project(study.database, study.project_id)
    with pytest.raises(Exception, match=r"UNIQUE|duplicate key"), study.database.transaction() as session:
        session.execute(update(Classifier).values(is_active=True))


def test_question_that_cannot_be_learned_is_not_found(study: Study):
    with pytest.raises(NotFoundError, match="no question “loaded” that can be learned; there is: “stance”"):
        train_project(study.database, study.project_id, question="loaded")


def test_what_is_said_in_trainings_and_checks_is_not_learned(study: Study):
    study.record(study.seat("A"), unit=study.units[0])
    for kind in ("training", "pilot", "retest", "gold-check"):
        study.record(study.seat("B", kind=kind), unit=study.units[1])
    assert [labels for _, labels in learned(study)] == [("war",)]
