"""How much a classifier still changes: the share of unlabelled sentences on which it and the last one agree."""

import pytest
from sqlalchemy import select, update

from annotator.db import Classifier, Document, Project
from annotator.db.engines import Database
from annotator.services import rounds, stability
from annotator.services.suggesting import Shelf
from annotator.services.training import train_project
from studies import SENTENCES, Study, make_study

LABELLED = 3


@pytest.fixture
def study(database: Database) -> Study:
    """A study of eight texts, one of them reserved and three labelled, with a first classifier for the topic."""
    study = make_study(database, documents=8)
    with database.transaction() as session:
        session.execute(update(Document).where(Document.external_id == "d7").values(is_reserved=True))
    label(study, range(LABELLED), ("war", "trade", "war", "trade"))
    return study


def label(study: Study, documents: range, topics: tuple[str, ...]) -> None:
    seat = study.seat("A")
    for document in documents:
        for number, topic in enumerate(topics):
            study.record(seat, unit=f"d{document}:s{number}", answers={"topic": topic})


def train(study: Study):
    """Train once more; return what the card says of the change."""
    (row,) = train_project(study.database, study.project_id, question="topic")
    return row.card["stability"]


def guesses(study: Study) -> list[list[tuple[str, ...]]]:
    """Return what each classifier suggests for each of the sentences, asked one by one."""
    shelf = Shelf(study.database.settings.models)
    with study.database.reading() as session:
        project = session.get_one(Project, study.project_id)
        rows = session.scalars(select(Classifier).order_by(Classifier.number)).all()
        return [[shelf.get(project, row).suggest(text)[0].chosen for text in SENTENCES] for row in rows]


def sample(study: Study) -> stability.Sample:
    with study.database.reading() as session:
        return stability.draw_sample(session, session.get_one(Project, study.project_id))


def test_the_first_classifier_has_nothing_to_agree_with_and_the_same_labels_make_the_same(study: Study):
    assert train(study) is None
    assert train(study) == {"classifier": 1, "sentences": 4 * (8 - 1 - LABELLED), "same": 1.0}


def test_the_share_is_that_of_the_sentences_on_which_both_suggest_the_same(study: Study):
    train(study)
    label(study, range(LABELLED, 7), ("trade", "trade", "trade", "war"))
    label(study, range(LABELLED - 1), ("trade", "trade", "trade", "war"))
    with study.database.transaction() as session:
        session.execute(update(Document).where(Document.external_id == "d7").values(is_reserved=False))
    told = train(study)
    old, new = guesses(study)
    same = sum(one == other for one, other in zip(old, new, strict=True)) / 4
    assert told == {"classifier": 1, "sentences": 4, "same": same}
    assert same < 1


def test_a_classifier_that_cannot_be_read_is_not_compared_with(study: Study):
    train(study)
    for file in (study.database.settings.models / "study" / "1").iterdir():
        file.unlink()
    assert train(study) is None


def test_the_sample_stays_the_same_but_for_what_was_labelled(study: Study, monkeypatch):
    monkeypatch.setattr(stability, "SAMPLE", 7)
    before = sample(study)
    assert before == sample(study)
    label(study, range(LABELLED, LABELLED + 1), ("war",) * 4)
    after = sample(study)
    assert len(before.sentences) == len(after.sentences) == 7
    monkeypatch.undo()
    everything = sample(study)
    assert everything.targets[everything.sentences.index(SENTENCES[0])] == {study.targets[0]: (0, 6)}


def test_in_a_blind_round_the_sample_does_not_tell_what_others_have_labelled(study: Study):
    with study.database.transaction() as session:
        rounds.main_round(session, study.project_id).phase = "blind"
    before = sample(study)
    assert len(before.sentences) == 4 * 7
    label(study, range(LABELLED, LABELLED + 1), ("war",) * 4)
    assert sample(study) == before
