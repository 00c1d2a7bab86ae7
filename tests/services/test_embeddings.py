"""An installation with a sentence embedding: training, suggestions, and what happens when the folder is gone."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from annotator import worker
from annotator.config import read_settings
from annotator.db import Project
from annotator.db.engines import Database
from annotator.services import classifier_cards, jobs, retraining, suggesting
from annotator.services.checking import check_database
from annotator.services.suggesting import Shelf, Suggestions
from annotator.services.training import train_project
from annotator.words import unpacked
from embeddings import DIMENSIONS, PER_DOCUMENT, examples_in_own_words, make_embedding, vectors_of_words
from studies import Study, make_study

#: A word that no sentence of the study has, near to those of its sentences about war.
NEW = "wyxxyw"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    known = vectors_of_words()
    praise = known[next(iter(known))]
    return make_embedding(tmp_path_factory.mktemp("made") / "tiny", known | {NEW: praise})


@pytest.fixture(scope="module")
def trained(made: Path, migrated_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Study:
    """A study whose sentences are labelled and whose classifier was trained with the embedding."""
    home = tmp_path_factory.mktemp("trained")
    shutil.copy(migrated_file, home)
    database = Database(replace(read_settings({}, home=home), embedding=made))
    examples = examples_in_own_words(labels=("war", "trade"))
    texts = [one.text for one in examples]
    documents = [texts[start : start + PER_DOCUMENT] for start in range(0, len(texts), PER_DOCUMENT)]
    study = make_study(database, documents=documents)
    seat, label = study.seat("A"), {one.text: one.labels[0] for one in examples}
    names = {
        f"d{number}:s{position}": text for number, own in enumerate(documents) for position, text in enumerate(own)
    }
    for unit in study.units:
        study.record(seat, unit=unit, answers={"topic": label[names[unit]]})
    train_project(database, study.project_id)
    database.dispose()
    return study


@pytest.fixture
def folder(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made, tmp_path / "tiny"))


@pytest.fixture
def study(trained: Study, folder: Path, tmp_path: Path) -> Iterator[Study]:
    """A copy of the installation, with a copy of the embedding."""
    home = Path(shutil.copytree(trained.database.settings.home, tmp_path / "home"))
    database = Database(replace(read_settings({}, home=home), embedding=folder))
    yield replace(trained, database=database)
    database.dispose()


def ask(study: Study) -> Suggestions:
    with study.database.reading() as session:
        project = session.get_one(Project, study.project_id)
        shelf = Shelf.of(study.database.settings)
        return suggesting.suggest(session, shelf, project, f"the minister {NEW} talks", targets=study.targets)


def test_a_training_uses_the_embedding_and_its_card_says_what_for(study: Study) -> None:
    found = ask(study)
    (suggested,) = found.by_question["topic"]
    assert (found.problem, suggested.chosen, suggested.labels[0].probability > 0.9) == (None, ("war",), True)
    assert max(suggested.labels[0].reasons, key=lambda reason: reason.value).text == NEW
    with study.database.reading() as session:
        card = classifier_cards.read_card(session, session.get_one(Project, study.project_id), 1)
    assert card.embedding is not None
    assert (card.embedding.name, card.embedding.dimensions) == ("tiny", DIMENSIONS)
    assert card.embedding.weight == card.embedding.tried > 0
    (gain,) = card.embedding.gains
    assert gain.title is None
    assert gain.with_it is not None
    assert gain.without is not None
    assert gain.with_it > gain.without + 0.2


def spoil(folder: Path) -> None:
    file = folder / "tokenizer.json"
    file.write_text(file.read_text(encoding="utf-8") + " ", encoding="utf-8")


@pytest.mark.parametrize("harm", [shutil.rmtree, spoil])
def test_without_its_embedding_a_classifier_is_silent_and_labelling_goes_on(study: Study, folder: Path, harm) -> None:
    harm(folder)
    found = ask(study)
    assert found.problem == (
        "Classifier 1 needs the sentence embedding that it was trained with, which is not on the server any more, so "
        "there are no suggestions; put it back or train again."
    )
    assert str(folder) not in found.problem
    assert found.by_question == {}
    assert study.record(study.seat("B"), unit=study.units[0], answers={"topic": "war"}).status == "stored"
    (finding,) = check_database(study.database)
    assert finding.sentence.startswith("Classifier 1 cannot be used. ")
    assert str(folder) in finding.sentence


def request(database: Database, project_id: int, *, gone: Path) -> None:
    shutil.rmtree(gone)
    with database.transaction() as session:
        retraining.request_training(session, project_id)
    worker.run_waiting(database)


def test_a_training_that_cannot_have_its_embedding_says_so_and_the_active_classifier_stays(
    study: Study, folder: Path
) -> None:
    request(study.database, study.project_id, gone=folder)
    with study.database.reading() as session:
        job = jobs.latest(session, study.project_id, retraining.KIND)
        assert job is not None
        assert job.state == "failed"
        message = unpacked(job.message)
        assert message.startswith(f"There is no folder {folder}: a sentence embedding has to be on this machine")
        active = suggesting.active_classifiers(session, session.get_one(Project, study.project_id))
    assert [(question, row.number) for question, row in active] == [("topic", 1)]


def test_trained_again_without_it_suggestions_are_back(study: Study, folder: Path) -> None:
    shutil.rmtree(folder)
    without = Database(replace(study.database.settings, embedding=None))
    train_project(without, study.project_id)
    found = ask(replace(study, database=without))
    with without.reading() as session:
        card = classifier_cards.read_card(session, session.get_one(Project, study.project_id), 2)
    without.dispose()
    assert (found.problem, found.classifiers, card.embedding) == (None, {"topic": 2}, None)
