import json
from pathlib import Path

import numpy as np
import pytest

from annotator.errors import InvalidInputError
from annotator.learning.classifier import Classifier
from annotator.learning.features import fold, word_features
from annotator.learning.mentioned_arrays import names
from annotator.learning.store import _NAMES, ARRAYS, CARD, FORMAT, OutdatedError, _digest, load, save
from outdated import outdate

TEXTS = ["Ministers praised the talks.", "They attacked and ACCUSED him…", "", "😀 اتهمت السلطات 批评", "\ud800 odd"]


@pytest.fixture(params=["choice", "choices", "stance"])
def trained(request: pytest.FixtureRequest) -> Classifier:
    found: Classifier = request.getfixturevalue(request.param)
    return found


def test_loaded_classifier_gives_the_same_probabilities_and_reasons(trained: Classifier, tmp_path: Path) -> None:
    loaded = load(tmp_path / "1", sha256=save(trained, tmp_path / "1"))
    assert loaded.card == json.loads(json.dumps(trained.card))
    for text in TEXTS:
        for before, after in zip(trained.suggest(text), loaded.suggest(text), strict=True):
            assert (before.target, before.chosen, before.early) == (after.target, after.chosen, after.early)
            for old, new in zip(before.labels, after.labels, strict=True):
                assert new.label == old.label
                assert new.probability == pytest.approx(old.probability, abs=1e-6)
                assert [(r.text, r.start, r.end) for r in new.reasons] == [
                    (r.text, r.start, r.end) for r in old.reasons
                ]
                assert [r.value for r in new.reasons] == pytest.approx([r.value for r in old.reasons], abs=1e-6)


def test_loaded_classifier_restores_ordinary_estimators(trained: Classifier, tmp_path: Path) -> None:
    loaded = load(tmp_path / "1", sha256=save(trained, tmp_path / "1"))
    vectoriser, lines = loaded.estimators()
    matrix = vectoriser.transform(TEXTS)
    for text, row in zip(TEXTS, range(len(TEXTS)), strict=True):
        for one in trained.suggest(text):
            for label in one.labels:
                decision = lines[one.target, label.label].decision_function(matrix[[row]])[0]
                assert decision == pytest.approx(label.score, abs=1e-5)


@pytest.mark.parametrize("name", ["card.json", "arrays.npz"])
@pytest.mark.parametrize("harm", ["cut", "flip", "missing", "empty"])
def test_changed_file_is_refused_in_one_sentence(choice: Classifier, tmp_path: Path, name: str, harm: str) -> None:
    sha256 = save(choice, tmp_path / "1")
    file = tmp_path / "1" / name
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    new = {"cut": bytes(content[:-100]), "flip": bytes(content), "empty": b"", "missing": None}[harm]
    file.unlink() if new is None else file.write_bytes(new)
    with pytest.raises(InvalidInputError) as caught:
        load(tmp_path / "1", sha256=sha256)
    assert len(caught.value.problems) == 1


def test_foreign_arrays_with_the_right_digest_are_refused(choice: Classifier, tmp_path: Path) -> None:
    save(choice, tmp_path / "1")
    np.savez(tmp_path / "1" / "arrays.npz", words=np.zeros(3, dtype=np.uint8))
    sha256 = _digest((tmp_path / "1/card.json").read_bytes(), (tmp_path / "1/arrays.npz").read_bytes())
    with pytest.raises(InvalidInputError, match="was not written by this version"):
        load(tmp_path / "1", sha256=sha256)


def test_pickled_array_is_never_unpickled(choice: Classifier, tmp_path: Path) -> None:
    save(choice, tmp_path / "1")
    with np.load(tmp_path / "1" / "arrays.npz") as stored:
        arrays = dict(stored)
    arrays["idf"] = np.array([{"a": 1}], dtype=object)
    np.savez(tmp_path / "1" / "arrays.npz", **arrays)
    sha256 = _digest((tmp_path / "1/card.json").read_bytes(), (tmp_path / "1/arrays.npz").read_bytes())
    with pytest.raises(InvalidInputError, match="was not written by this version"):
        load(tmp_path / "1", sha256=sha256)


def test_failed_write_leaves_nothing_behind(
    choice: Classifier, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(np, "savez", lambda *args, **kwargs: (_ for _ in ()).throw(OSError("disk full")))
    with pytest.raises(OSError, match="disk full"):
        save(choice, tmp_path / "1")
    assert list(tmp_path.iterdir()) == []


def test_stored_classifier_is_not_overwritten(choice: Classifier, tmp_path: Path) -> None:
    sha256 = save(choice, tmp_path / "1")
    with pytest.raises(InvalidInputError, match="never overwritten"):
        save(choice, tmp_path / "1")
    assert load(tmp_path / "1", sha256=sha256).card["question_type"] == "choice"


def test_any_other_digest_is_refused(choice: Classifier, tmp_path: Path) -> None:
    save(choice, tmp_path / "1")
    with pytest.raises(InvalidInputError, match="not the one that was stored"):
        load(tmp_path / "1", sha256="0" * 64)


@pytest.mark.parametrize("number", [FORMAT - 1, FORMAT + 1, None, "1"])
def test_another_format_is_told_from_damage(choice: Classifier, tmp_path: Path, number: object) -> None:
    sha256 = save(choice, tmp_path / "1")
    with pytest.raises(OutdatedError, match="was not written by this version"):
        load(tmp_path / "1", sha256=outdate(tmp_path / "1", number=number))
    with pytest.raises(InvalidInputError, match="not the one that was stored") as caught:
        load(tmp_path / "1", sha256=sha256)
    assert not isinstance(caught.value, OutdatedError)


def test_what_was_stored_before_there_were_numbers_is_read_if_it_is_like_the_first(
    choice: Classifier, tmp_path: Path
) -> None:
    save(choice, tmp_path / "1")
    card = tmp_path / "1" / CARD
    card.write_text(json.dumps(choice.card), encoding="utf-8")
    found = load(tmp_path / "1", sha256=_digest(card.read_bytes(), (tmp_path / "1" / ARRAYS).read_bytes()))
    assert found.suggest(TEXTS[0])[0].chosen == choice.suggest(TEXTS[0])[0].chosen


def test_what_is_stored_changes_only_together_with_its_number() -> None:
    """If this fails, raise `FORMAT` and describe the new format here."""
    assert FORMAT == 1
    assert sorted(_NAMES) == [
        "characters", "coefficients", "idf", "intercepts", "marked_grams", "marked_shares", "marked_weights",
        "marked_words", "offsets", "rated_values", "rated_words", "slopes", "style_weights", "styled_columns",
        "styled_words", "thresholds", "words",
    ]  # fmt: skip
    assert sorted(name.removeprefix("mentioned_") for name in names()) == [
        "clause_characters", "clause_idf", "clause_words", "coefficients", "intercepts", "masked_characters",
        "masked_idf", "masked_words", "offsets", "placed_idf", "placed_marks", "rated", "ratings", "sided_idf",
        "sided_marks", "slopes", "thresholds",
    ]  # fmt: skip
    assert word_features(fold("Don’t SAY no!")) == [
        "don", "'", "t", "say", "no", "!", "don '", "' t", "t say", "say no", "no !", "don…", "say…", "no…",
    ]  # fmt: skip
