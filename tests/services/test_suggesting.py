import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from annotator.db import Classifier, Project
from annotator.db.engines import Database
from annotator.errors import InvalidInputError, NotFoundError
from annotator.services import choosing, codebooks, doubts, suggesting, unsureness
from annotator.services.corpus_orders import Columns, read_order
from annotator.services.given import Sight
from annotator.services.suggesting import Shelf, Suggestions
from annotator.services.training import train_project
from at_once import alone, beside
from outdated import outdate_in_project
from studies import CODEBOOK, Study, make_study

ANOTHER = "questions: [{name: mood, type: choice, labels: [{name: glad}, {name: grim}]}]"


@pytest.fixture
def study(database: Database) -> Study:
    """A study with a classifier for the topic, and one for stances toward the first target alone."""
    study = make_study(database, documents=5)
    seat, target = study.seat("A"), study.targets[0]
    for number, unit in enumerate(study.units):
        label = "favor" if number % 2 else "against"
        stance = {"target": target, "holder": {"kind": "author"}, "label": label}
        answers = {"topic": "war" if number % 2 else "trade", "stance": [stance], "targets_offered": [target]}
        study.record(seat, unit=unit, answers=answers)
    train_project(database, study.project_id)
    return study


def ask(study: Study, shelf: Shelf | None = None) -> Suggestions:
    with study.database.reading() as session:
        project = session.get_one(Project, study.project_id)
        shelf = shelf or Shelf(study.database.settings.models)
        return suggesting.suggest(session, shelf, project, "Moscow said no.", targets=study.targets)


def test_target_without_labels_of_its_own_gets_no_suggestion(study: Study):
    found = ask(study)
    assert [one.target for one in found.by_question["stance"]] == [study.targets[0]]
    assert [one.target for one in found.by_question["topic"]] == [None]
    assert (found.problem, sorted(found.classifiers)) == (None, ["stance", "topic"])


def truncate(folder: Path, _other: Path) -> None:
    file = folder / "arrays.npz"
    file.write_bytes(file.read_bytes()[:100])


def flip(folder: Path, _other: Path) -> None:
    content = bytearray((folder / "arrays.npz").read_bytes())
    content[len(content) // 2] ^= 1
    (folder / "arrays.npz").write_bytes(content)


def exchange(folder: Path, other: Path) -> None:
    shutil.rmtree(folder)
    shutil.copytree(other, folder)


def remove(folder: Path, _other: Path) -> None:
    shutil.rmtree(folder)


@pytest.mark.parametrize("damage", [truncate, flip, exchange, remove])
def test_damaged_classifier_is_named_and_the_others_go_on(study: Study, damage: Callable[[Path, Path], None]):
    shelf = study.database.settings.models / "study"
    damage(shelf / "1", shelf / "2")
    found = ask(study)
    assert found.problem == "Classifier 1 cannot be read, so there are no suggestions; train again."
    assert list(found.classifiers) == ["topic"]
    assert study.record(study.seat("B"), unit=study.units[0]).status == "stored"


def test_no_folder_of_the_server_is_named_where_a_classifier_cannot_be_read(study: Study):
    shelf = Shelf(study.database.settings.models)
    truncate(study.database.settings.models / "study" / "2", study.database.settings.models)
    with study.database.reading() as session:
        project = session.get_one(Project, study.project_id)
        with pytest.raises(InvalidInputError, match=r"^Classifier 2 cannot be read") as caught:
            unsureness.scorer(session, shelf, project, "topic", Sight(None, "open"))
    assert str(study.database.settings.home) not in str(caught.value)


def test_a_classifier_of_another_version_says_that_it_has_to_be_trained_again(study: Study):
    outdate_in_project(study.database, "study", 1)
    found = ask(study)
    assert found.problem == (
        "Classifier 1 was made by another version of Annotator, so there are no suggestions; train again."
    )
    assert list(found.classifiers) == ["topic"]


def test_the_classifier_of_a_question_that_is_no_longer_asked_is_silent(study: Study):
    without_topic = "\n".join(line for line in CODEBOOK.splitlines() if "id: topic" not in line)
    damage = study.database.settings.models / "study" / "2"
    shutil.rmtree(damage)
    with study.database.transaction() as session:
        codebooks.publish_codebook(session, session.get_one(Project, study.project_id), without_topic)
    found = ask(study)
    assert (found.problem, list(found.classifiers)) == (None, ["stance"])


def test_where_no_question_of_a_classifier_is_asked_any_more_one_has_to_be_trained_first(study: Study):
    with study.database.transaction() as session:
        project = session.get_one(Project, study.project_id)
        codebooks.publish_codebook(session, project, CODEBOOK.split("questions:")[0] + ANOTHER)
    with study.database.reading() as session:
        project = session.get_one(Project, study.project_id)
        assert choosing.missing(session, project)[1:] == ["mood: 0 of 5 examples of each of two labels"]
        with pytest.raises(InvalidInputError, match="has no classifier yet"):
            read_order(session, study.database.settings.models, project, name="c.jsonl", columns=Columns())


def test_classifier_is_read_from_disk_once(study: Study):
    shelf = Shelf(study.database.settings.models)
    before = ask(study, shelf)
    shutil.rmtree(study.database.settings.models)
    assert ask(study, shelf) == before


def test_shelf_keeps_no_more_than_it_may(study: Study):
    shelf = Shelf(study.database.settings.models, most=1)
    ask(study, shelf)
    assert len(shelf._loaded) == 1


def test_older_classifier_can_be_made_active_again(study: Study):
    train_project(study.database, study.project_id, question="topic")
    with study.database.transaction() as session:
        project = session.get_one(Project, study.project_id)
        assert dict(suggesting.active_classifiers(session, project))["topic"].number == 3
        suggesting.activate(session, project, 2)
        with pytest.raises(NotFoundError, match="no classifier 9"):
            suggesting.activate(session, project, 9)
    with study.database.reading() as session:
        active = select(Classifier.number).where(Classifier.is_active).order_by(Classifier.number)
        assert session.scalars(active).all() == [1, 2]
    assert ask(study).classifiers["topic"] == 2


def test_a_classifier_is_made_active_while_a_training_ends(study: Study, monkeypatch: pytest.MonkeyPatch):
    replace = doubts.replace_doubts

    def activate(session: Session) -> None:
        suggesting.activate(session, session.get_one(Project, study.project_id), 2)

    with beside(study.database, alone(study.database, activate)) as other:
        monkeypatch.setattr(doubts, "replace_doubts", lambda *given: (other.start(), replace(*given)))
        train_project(study.database, study.project_id, question="topic")
        other.result()
    assert ask(study).classifiers["topic"] == 2
