"""Targets without labels of their own in a project: what is suggested toward them, and what is said if nothing is."""

import json
import random
from pathlib import Path

import pytest

from annotator.db import Project
from annotator.db.engines import Database
from annotator.learning import store
from annotator.services import classifier_cards, suggesting
from annotator.services.corpus import answer_corpus
from annotator.services.corpus_orders import Columns, Order, read_order
from annotator.services.sighted_targets import finder, first_mentions, targets_in_sight
from annotator.services.suggesting import Shelf, Suggestions
from mentioned_world import PEOPLE, STRANGER, few_of_each, make_order, sentence, shuffled, study_of, told_by_words
from studies import Study

PRAISED = sentence(random.Random(8), STRANGER, "praised", "mocked")[0]
MOCKED = sentence(random.Random(9), STRANGER, "mocked", "praised")[0]


def ask(study: Study, text: str, *targets: str) -> Suggestions:
    with study.database.reading() as session:
        project = session.get_one(Project, study.project_id)
        mentions = first_mentions(finder(targets_in_sight(session, study.project_id, None)).find(text))
        shelf = Shelf(study.database.settings.models)
        return suggesting.suggest(session, shelf, project, text, targets=targets or [*mentions], mentions=mentions)


def answers(order: Order, folder: Path, texts: list[str]) -> list[dict]:
    source, output = folder / "corpus.jsonl", folder / "answers.jsonl"
    source.write_text("".join(json.dumps({"text": text}) + "\n" for text in texts), encoding="utf-8")
    answer_corpus(order, source, output)
    return [json.loads(line) for line in output.read_text(encoding="utf-8").splitlines()]


def read_overview(study: Study) -> classifier_cards.QuestionOverview:
    with study.database.reading() as session:
        project = session.get_one(Project, study.project_id)
        return classifier_cards.read_overview(session, project, None).questions[0]


def test_a_new_target_is_judged_by_how_sentences_speak_of_the_others(database: Database, tmp_path: Path) -> None:
    study = study_of(database, told_by_words(90))
    (praised,), (mocked,) = (ask(study, text).by_question["stance"] for text in (PRAISED, MOCKED))
    assert (praised.target, praised.chosen, praised.is_from_others) == (study.targets[-1], ("favor",), True)
    assert mocked.chosen == ("against",)
    assert ask(study, "It rains.", study.targets[-1]).by_question["stance"] == ()
    with database.reading() as session:
        project = session.get_one(Project, study.project_id)
        order = read_order(session, database.settings.models, project, name="c.jsonl", columns=Columns())
    (answered,) = answers(order, tmp_path, [PRAISED])
    (one,) = answered["stance_suggested"]
    assert (one["target"], one["label"], one["from_other_targets"]) == (STRANGER, "favor", True)


def test_where_words_tell_nothing_the_page_says_how_many_labels_are_missing(database: Database) -> None:
    study = study_of(database, shuffled(told_by_words(90)))
    assert ask(study, PRAISED).by_question["stance"] == ()
    overview = read_overview(study)
    told = overview.active.mentioned
    assert (told.is_used, told.targets, told.units) == (False, 5, 90)
    assert told.problem == "on targets it had not learned from it was not surely better than guessing"
    assert told.interval[0] < 0.5
    assert f"{STRANGER}: 0 of 5 examples of each of two labels" in overview.missing


def test_a_project_learns_though_no_target_has_labels_enough_of_its_own(database: Database) -> None:
    study = study_of(database, few_of_each(60))
    assert read_overview(study).active.tasks == ()
    (found,) = ask(study, PRAISED).by_question["stance"]
    assert found.chosen == ("favor",)


@pytest.fixture(scope="module")
def order(tmp_path_factory: pytest.TempPathFactory) -> Order:
    return make_order(tmp_path_factory.mktemp("models") / "1")


def test_a_corpus_gets_the_same_suggestions_and_tells_which_are_from_other_targets(
    order: Order, tmp_path: Path
) -> None:
    texts = [PRAISED, PRAISED.replace(STRANGER, PEOPLE[0]), MOCKED, "It rains.", ""]
    found = [row["stance_suggested"] for row in answers(order, tmp_path, texts)]
    answer_corpus(order, tmp_path / "corpus.jsonl", tmp_path / "again.jsonl", part_rows=1)
    assert (tmp_path / "again.jsonl").read_bytes() == (tmp_path / "answers.jsonl").read_bytes()
    marked = [None if row is None else [(one["target"], one["from_other_targets"]) for one in row] for row in found]
    assert marked == [[(STRANGER, True)], [(PEOPLE[0], False)], [(STRANGER, True)], [], None]
    assert [found[row][0]["label"] for row in (0, 2)] == ["favor", "against"]
    loaded = store.load(order.asked[0].folder, sha256=order.asked[0].sha256)
    at = PRAISED.index(STRANGER)
    shown = loaded.suggest(PRAISED, targets=[STRANGER], mentions={STRANGER: (at, at + len(STRANGER))})[0]
    assert found[0][0]["probability"] == pytest.approx(shown.labels[0].probability, abs=2e-6)


def test_parquet_has_a_column_for_it_as_well(order: Order, tmp_path: Path) -> None:
    from pyarrow import parquet

    source = tmp_path / "corpus.jsonl"
    source.write_text(json.dumps({"text": PRAISED}) + "\n", encoding="utf-8")
    answer_corpus(order, source, tmp_path / "a.parquet")
    (found,) = parquet.read_table(tmp_path / "a.parquet").column("stance_suggested").to_pylist()
    assert [(one["label"], one["from_other_targets"]) for one in found] == [("favor", True)]
