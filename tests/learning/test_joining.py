"""Documents that share a sentence become one group, and no group becomes too large for that."""

import doctest
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotator.learning import evaluation, joining
from annotator.learning.evaluation import evaluate
from annotator.learning.joining import MOST_SHARE, joined_groups, outlets_of
from annotator.learning.leakage import Twins
from annotator.learning.values import Example

LINE = "The harbour will be closed until further notice."
ALIKE = "The harbour WILL be closed until further notice!"
SHORT = "Thank you very much."


def of(*documents: str, others: int = 20) -> list[str]:
    """Return the groups of documents that have one of these sentences each, among others that share nothing."""
    texts = [*documents, *(f"Number {i} alone has seen{i} what{i} there{i} was{i}." for i in range(others))]
    return joined_groups(texts, [f"d{i}" for i in range(len(texts))], Twins.among(texts))


def test_examples_in_docstrings_hold():
    assert doctest.testmod(joining).failed == 0


def test_the_same_sentence_and_its_twin_join_their_documents():
    found = of(LINE, "Rain is near, they say.", ALIKE, LINE)
    assert found[0] == found[2] == found[3] != found[1]
    assert len(set(found)) == 22


@pytest.mark.parametrize(
    "line", ["港口将关闭直至另行通知为止", "港湾は追って通知があるまで閉鎖される", "ท่าเรือจะปิดจนกว่าจะมีประกาศ"]
)
def test_sentences_without_spaces_join_as_well(line: str):
    found = of(line, f"{line}。", "Rain is near, they say.")
    assert found[0] == found[1]
    assert len(set(found)) == 22


@pytest.mark.parametrize("line", [SHORT, "谢谢大家", "ありがとう"])
def test_short_sentences_join_nothing(line: str):
    assert len(set(of(line, line))) == 22


def test_what_stands_everywhere_joins_nothing():
    assert len(set(of(*[LINE] * 10, others=10))) == 20


def test_rare_sentences_come_before_those_that_would_chain_everything():
    texts, groups = [], []
    for document in range(20):
        own = f"What was{document // 2} said{document // 2} in hall{document // 2} that{document // 2} day."
        texts += [own, LINE]
        groups += [f"d{document:02}"] * 2
    found = joined_groups(texts, groups, Twins.among(texts))
    assert len(set(found)) == 10


@given(st.lists(st.tuples(st.sampled_from("abcdefgh"), st.integers(0, 12)), min_size=1, max_size=60))
def test_groups_are_only_joined_and_none_becomes_larger_than_a_fold(units: list[tuple[str, int]]):
    texts = [f"Sentence{number} of{number} some{number} five{number} words{number}" for _, number in units]
    groups = [group for group, _ in units]
    found = joined_groups(texts, groups, Twins.among(texts))
    assert all(len({new for new, old in zip(found, groups, strict=True) if old == group}) == 1 for group in groups)
    for name in set(found):
        members = {old for new, old in zip(found, groups, strict=True) if new == name}
        assert len(members) == 1 or found.count(name) <= MOST_SHARE * len(units)


def by_heart() -> list[Example]:
    """Labels are drawn; each sentence stands in three documents, with another end."""
    draw = random.Random(3)
    found = []
    for number in range(60):
        text, label = " ".join(f"{word}{number}" for word in "abcdefghijk"), draw.choice(["war", "trade"])
        ends = ("today", "yesterday", "tomorrow")
        found += [Example(f"{text} {end}", f"d{number}-{end}", (label,)) for end in ends]
    return found


def test_folds_of_an_evaluation_are_joined_too(monkeypatch: pytest.MonkeyPatch):
    assert evaluate("choice", by_heart(), None, folds=4, seed=1)["macro_f1"] < 0.62
    monkeypatch.setattr(evaluation, "joined_groups", lambda _texts, groups, _twins: groups)
    assert evaluate("choice", by_heart(), None, folds=4, seed=1)["macro_f1"] > 0.75


def test_outlets_with_a_document_in_common_are_one_and_unknown_ones_none() -> None:
    rows = [("a", "Herald"), ("b", "Post"), ("b", "Times"), ("c", "Times"), ("d", None), ("d", "Post"), ("e", "Mail")]
    found = outlets_of([Example("x", group, ("yes",), outlet=outlet) for group, outlet in rows])
    assert found["b"] == found["c"]
    assert len({found["a"], found["b"], found["e"]}) == 3
    assert found["d"] is None
