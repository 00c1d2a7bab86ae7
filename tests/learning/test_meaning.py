"""The columns of a sentence embedding: what they are, what they give a classifier, and that reasons still add up."""

from pathlib import Path

import numpy as np
import pytest
from scipy.special import expit

from annotator.learning.classifier import Classifier, train
from annotator.learning.embedding import read_embedding
from annotator.learning.evaluation import evaluate
from annotator.learning.features import Features
from annotator.learning.judging import judge
from annotator.learning.meaning import Meaning
from annotator.learning.store import load, save
from annotator.learning.values import Example
from embeddings import (
    DIMENSIONS,
    WORDS,
    examples_in_own_words,
    make_embedding,
    make_pieces,
    vectors_of_words,
)

#: Words of which no sentence of the training has a part, near to those of praise and of blame.
NEW_PRAISE, NEW_BLAME = "wyxxyw", "qxwwxq"
TEXTS = [
    f"The Minister {WORDS[3]} talks,\n in TOWN.", f"{NEW_BLAME}! bread",
    "Bread and trade after talks", "attacked ministers: Berlin", "", " \u3000", "???", "  leading spaces",
    "😀 اتهمت السلطات", "\ud800 odd",
]  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    known = vectors_of_words()
    more = {NEW_PRAISE: known[WORDS[1]], NEW_BLAME: known[WORDS[0]]}
    return make_embedding(tmp_path_factory.mktemp("embeddings") / "tiny", known | more)


@pytest.fixture(scope="module")
def shuffled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    vectors = vectors_of_words(shuffled=True)
    return make_embedding(tmp_path_factory.mktemp("embeddings") / "shuffled", vectors)


@pytest.fixture(scope="module")
def trained(folder: Path) -> Classifier:
    return train("choice", examples_in_own_words(), embedding=read_embedding(folder))


@pytest.mark.parametrize("kind", ["words", "weights", "unit", "pieces", "spaces", "float16", "int8"])
def test_columns_are_the_vectors_that_model2vec_gives_brought_to_one_length(kind: str, tmp_path: Path) -> None:
    if kind in ("pieces", "spaces"):
        made = make_pieces(tmp_path / "e", spaces=kind == "spaces")
    elif kind == "weights":  # as a quantised vocabulary is stored: several tokens to a vector, each with a weight
        rng, names = np.random.default_rng(0), len(vectors_of_words()) + 1
        made = make_embedding(
            tmp_path / "e", weights=rng.uniform(0.2, 2, names).astype(np.float32),
            token_mapping=rng.integers(0, names, names),
        )  # fmt: skip
    elif kind in ("float16", "int8"):
        made = make_embedding(tmp_path / "e", kind=kind)
    else:
        made = make_embedding(tmp_path / "e", normalize=kind == "unit")
    embedding = read_embedding(made)
    texts = [text.replace("\ud800", "\ufffd") for text in TEXTS if text.strip()]
    given = embedding.model.encode(texts, max_length=None).astype(np.float64)
    length = np.linalg.norm(given, axis=1, keepdims=True)
    expected = 2 * given / np.where(length > 0, length, 1)
    assert (length > 0).sum() >= 3
    close = 5e-3 if kind == "float16" else 1e-5  # there the library rounds its sums
    np.testing.assert_allclose(Meaning(embedding, 2.0).rows(texts), expected, atol=close)


@pytest.mark.parametrize("kind", ["words", "pieces", "spaces"])
def test_what_the_words_of_a_text_add_is_its_columns(kind: str, tmp_path: Path, folder: Path) -> None:
    made = folder if kind == "words" else make_pieces(tmp_path / "e", spaces=kind == "spaces")
    features = Features([], [], np.zeros(0), meaning=Meaning(read_embedding(made), 0.5))
    for text in TEXTS:
        placed = features.occurrences(text)
        assert placed.meant is not None
        assert placed.meant.shape == (len(placed.spans), DIMENSIONS)
        np.testing.assert_allclose(placed.meant.sum(axis=0), features.matrix([text]).toarray()[0], atol=1e-12)


@pytest.mark.parametrize("spaces", [False, True])
def test_the_share_of_a_piece_lies_on_its_word(spaces: bool, tmp_path: Path) -> None:
    embedding = read_embedding(make_pieces(tmp_path / "e", spaces=spaces))
    meaning = Meaning(embedding, 1.0)
    shares = meaning.on_words("attacked Berlin", [(0, 8), (9, 15)])
    for share, word in zip(shares, meaning.rows(["attacked", "Berlin"]), strict=True):
        np.testing.assert_allclose(share / np.linalg.norm(share), word, atol=1e-9)


def test_every_word_of_a_long_document_counts(folder: Path) -> None:
    meaning = Meaning(read_embedding(folder), 1.0)
    long = "town " * 2000
    assert not np.allclose(meaning.rows([long]), meaning.rows([long + f"{WORDS[1]} " * 2000]))


def test_capitals_reach_an_embedding_that_knows_them(tmp_path: Path) -> None:
    rows = Meaning(read_embedding(make_pieces(tmp_path / "e")), 1.0).rows(["Berlin", "berlin"])
    assert not np.allclose(rows[0], rows[1])


def test_what_is_learned_of_a_word_reaches_one_that_no_training_sentence_has(trained: Classifier) -> None:
    def favor(word: str) -> float:
        suggested = trained.suggest(f"the minister {word} talks")[0]
        return next(one.probability for one in suggested.labels if one.label == "favor")

    assert favor(NEW_PRAISE) > 0.9
    assert favor(NEW_BLAME) < 0.1
    plain = train("choice", examples_in_own_words())
    found = [plain.suggest(f"the minister {word} talks")[0].labels[0] for word in (NEW_PRAISE, NEW_BLAME)]
    assert found[0].probability == found[1].probability  # without the embedding nothing tells one from the other


def test_the_card_tells_the_score_with_the_embedding_and_without(trained: Classifier, folder: Path) -> None:
    told = trained.card["embedding"]
    assert (told["name"], told["dimensions"], told["tried"]) == ("tiny", DIMENSIONS, told["weight"])
    assert told["sha256"] == read_embedding(folder).sha256
    (task,) = told["tasks"]
    assert task["with"] == trained.card["tasks"][0]["scores"]["macro_f1"] > 0.95
    assert task["without"] < 0.6
    plain = train("choice", examples_in_own_words()).card
    assert task["without"] == plain["tasks"][0]["scores"]["macro_f1"]
    assert plain["embedding"] is None


def test_vectors_that_mean_nothing_are_tried_and_left_out(shuffled: Path) -> None:
    found = train("choice", examples_in_own_words(), embedding=read_embedding(shuffled))
    plain = train("choice", examples_in_own_words())
    told = found.card["embedding"]
    assert (told["weight"], told["tried"] > 0) == (0.0, True)
    assert told["tasks"][0]["with"] < 0.6
    assert told["tasks"][0]["without"] == found.card["tasks"][0]["scores"]["macro_f1"]
    np.testing.assert_array_equal(found.numbers.coefficients, plain.numbers.coefficients)


def test_held_out_documents_are_guessed_clearly_better_with_it_and_no_better_with_shuffled_vectors(
    folder: Path, shuffled: Path
) -> None:
    found, control = (
        evaluate("choice", examples_in_own_words(), None, folds=3, embedding=read_embedding(one))
        for one in (folder, shuffled)
    )
    told = found["embedding"]
    assert found["macro_f1"] > 0.95
    assert found["macro_f1"] - told["without"]["macro_f1"] == pytest.approx(told["difference"]["value"])
    assert told["difference"]["interval"][0] > 0.2
    assert len(told["weights"]) == 3
    assert min(told["weights"]) > 0
    assert control["macro_f1"] < 0.65
    assert control["embedding"]["difference"]["interval"][0] <= 0.0


def test_too_few_examples_leave_it_out(folder: Path) -> None:
    few = examples_in_own_words()[:80]
    told = train("choice", few, embedding=read_embedding(folder)).card["embedding"]
    assert (told["weight"], told["tried"]) == (0.0, 1.0)


@pytest.mark.parametrize("question_type", ["choice", "choices", "stance"])
def test_reasons_add_up_with_an_embedding(question_type: str, folder: Path) -> None:
    target = "East" if question_type == "stance" else None
    examples = [Example(one.text, one.group, one.labels, target) for one in examples_in_own_words()]
    classifier = train(question_type, examples, embedding=read_embedding(folder))  # type: ignore[arg-type]
    assert classifier.card["embedding"]["weight"] > 0
    many = classifier.suggest_many(TEXTS)
    for text, others in zip(TEXTS, many, strict=True):
        for one, other in zip(classifier.suggest(text), others, strict=True):
            for label in one.labels:
                added = sum(reason.value for reason in label.reasons)
                assert label.intercept + added == pytest.approx(label.score, abs=1e-9)
                assert all(text[reason.start : reason.end] == reason.text for reason in label.reasons)
            assert {label.label: label.score for label in other.labels} == pytest.approx(
                {label.label: label.score for label in one.labels}, abs=1e-6
            )


def test_the_reason_for_a_word_never_seen_lies_on_it(trained: Classifier) -> None:
    best = trained.suggest(f"the minister {NEW_PRAISE} talks")[0].labels[0]
    assert max(best.reasons, key=lambda reason: reason.value).text == NEW_PRAISE


def test_a_corpus_is_judged_as_single_sentences_are(trained: Classifier) -> None:
    judged = judge(trained, TEXTS)[0]
    for text, row in zip(TEXTS, judged.probabilities, strict=True):
        single = {one.label: one.probability for one in trained.suggest(text)[0].labels}
        assert row.tolist() == pytest.approx([single[label] for label in judged.labels], abs=1e-6)


def test_stored_classifier_restores_with_the_same_probabilities(
    trained: Classifier, folder: Path, tmp_path: Path
) -> None:
    loaded = load(tmp_path / "1", sha256=save(trained, tmp_path / "1"), embedding=folder)
    for before, after in zip(judge(trained, TEXTS), judge(loaded, TEXTS), strict=True):
        np.testing.assert_allclose(before.probabilities, after.probabilities, atol=1e-6)
    vectoriser, lines = loaded.estimators()
    (task,) = loaded.tasks
    scores = np.stack(
        [lines[None, label].decision_function(vectoriser.transform(TEXTS)) for label in task.labels], axis=1
    )
    found = expit(scores * loaded.numbers.slopes + loaded.numbers.offsets)
    np.testing.assert_allclose(
        found / found.sum(axis=1, keepdims=True), judge(trained, TEXTS)[0].probabilities, atol=1e-6
    )
