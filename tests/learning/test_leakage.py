"""What a split must not tear apart, and that a score is inflated, and said to be, where one does."""

import random
import string
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotator.learning import training
from annotator.learning.classifier import train
from annotator.learning.leakage import ALIKE, torn, twins, words_of
from annotator.learning.values import Example

WORDS = st.lists(st.sampled_from("abcdefghij"), max_size=12).map(" ".join)


def jaccard(one: str, other: str) -> float:
    a, b = set(one.split()), set(other.split())
    return len(a & b) / len(a | b) if a | b else 0.0


@given(st.lists(WORDS, max_size=12))
def test_twins_are_all_pairs_that_are_alike_and_no_others(texts: list[str]) -> None:
    every = [(i, j) for j in range(len(texts)) for i in range(j)]
    assert sorted(twins(texts)) == sorted((i, j) for i, j in every if jaccard(texts[i], texts[j]) >= ALIKE - 1e-12)


def test_case_and_marks_do_not_hide_a_twin() -> None:
    assert twins(["“Prices rose,” she said in May.", "PRICES ROSE — she said, in May!"]) == [(0, 1)]


def test_where_no_spaces_stand_pairs_of_characters_tell_twins() -> None:
    line = "港口将关闭直至另行通知为止并且不再开放"
    assert twins([line, f"“{line}”", line.replace("再", "会"), line[::-1]]) == [(0, 1), (0, 2), (1, 2)]
    assert words_of("EU 港口将 V2") == {"eu", "港口", "口将", "v2"}


def test_a_text_that_is_on_both_sides_needs_no_twin_to_be_torn() -> None:
    assert torn([0, 0, 1], [0, 1, 1], []).tolist() == [True, True, False]


def learned_by_heart(*, apart: bool) -> list[Example]:
    """Sentences of which nothing can be learned, since their labels are drawn; each comes twice, with another end."""
    rng = random.Random(4)
    found = []
    for number in range(90):
        words = ["".join(rng.sample(string.ascii_lowercase, 7)) for _ in range(11)]
        label = rng.choice(["war", "trade"])
        for copy, end in enumerate(("today", "yesterday")):
            group = f"d{number}-{copy}" if apart else f"d{number}"
            found.append(Example(" ".join([*words, end]), group, (label,)))
    return found


def split(card: dict, way: str) -> dict:  # type: ignore[type-arg]
    return card["tasks"][0]["splits"][way]  # type: ignore[no-any-return]


def test_documents_that_share_a_sentence_are_held_out_together() -> None:
    """Near-duplicates in documents of their own: no fold divides them, and nothing is learned by heart."""
    task = train("choice", learned_by_heart(apart=True), seed=1).card["tasks"][0]
    assert task["torn"] == task["splits"]["group"]["torn"] == 0
    assert (task["units"], task["groups"]) == (180, 90)
    assert task["scores"]["macro_f1"] < 0.62


def test_a_planted_duplicate_across_the_split_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """The negative control: were they not, the score would be far above chance, and the check would say why."""
    monkeypatch.setattr(training, "joined", lambda examples, _twins: list(examples))
    task = train("choice", learned_by_heart(apart=True), seed=1).card["tasks"][0]
    assert task["scores"]["macro_f1"] > 0.7
    assert task["torn"] > 100
    assert task["splits"]["group"]["torn"] > 80


def test_grouped_the_same_duplicates_flatter_nobody() -> None:
    """The negative control's other half: in one group they cannot be torn apart, and nothing is learned."""
    card = train("choice", learned_by_heart(apart=False), seed=1).card
    assert card["tasks"][0]["torn"] == split(card, "group")["torn"] == 0
    assert card["tasks"][0]["scores"]["macro_f1"] < 0.62
    assert split(card, "random")["torn"] > 80
    assert split(card, "random")["macro_f1"] > split(card, "group")["macro_f1"] + 0.15


def test_no_split_of_the_card_divides_a_document(monkeypatch: pytest.MonkeyPatch) -> None:
    from annotator.learning import table

    examples = [replace(one, outlet=f"o{i % 4}") for i, one in enumerate(learned_by_heart(apart=False))]
    groups = np.array([one.group for one in examples])
    divided: list[int] = []
    original = table.Table.parts

    def spy(self, rows, fold):  # type: ignore[no-untyped-def]
        divided.append(sum(len({f for f in fold[groups[rows] == group] if f >= 0}) > 1 for group in set(groups)))
        return original(self, rows, fold)

    monkeypatch.setattr(table.Table, "parts", spy)
    train("choice", examples, seed=1)
    # Only the split that is shown as the careless one does.
    assert sum(count > 0 for count in divided) == 1
