from annotator.learning.shortages import SETTLED_UNITS, is_always_given, shortages
from annotator.learning.values import Example, Shortage


def units(*labels: str, target: str | None = None) -> list[Example]:
    return [Example("t", f"d{i}", (label,), target) for i, label in enumerate(labels)]


def test_five_of_each_of_two_labels_are_enough() -> None:
    assert shortages("choice", units(*"aaaaabbbbb")) == []


def test_fifth_example_of_the_second_label_is_missing() -> None:
    assert shortages("choice", units(*"aaaaabbbb")) == [Shortage(None, "b", 4, 5)]


def test_second_label_is_missing_altogether() -> None:
    assert shortages("scale", units(*"aaaaaaa")) == [Shortage(None, None, 0, 5)]


def test_nothing_yet_misses_two_labels() -> None:
    assert shortages("choice", []) == [Shortage(None, None, 0, 5)] * 2


def test_each_target_needs_its_own() -> None:
    examples = units(*"aaaaabbbbb", target="East") + units(*"aaaaaabbb", target="West")
    assert shortages("stance", examples) == [Shortage("West", "b", 3, 5)]
    missing = shortages("stance", examples, targets=["East", "North"])
    assert missing == [Shortage("North", None, 0, 5)] * 2


def test_frames_need_five_with_and_five_without() -> None:
    examples = units(*"aaaaabbbb")
    assert shortages("choices", examples, labels=["a", "b", "c"]) == [
        Shortage(None, "a", 4, 5, side="without"), Shortage(None, "b", 4, 5), Shortage(None, "c", 0, 5),
    ]  # fmt: skip
    assert shortages("choices", [*examples, Example("t", "d", ())], labels=["a"]) == []


def test_a_frame_that_every_sentence_carries_lacks_sentences_without_it() -> None:
    assert shortages("choices", units(*"a" * 12), labels=["a"]) == [Shortage(None, "a", 0, 5, side="without")]


def test_that_a_label_always_holds_is_told_by_fifty_units_without_exception() -> None:
    some = [Example(f"{i}", "d", ("a",)) for i in range(SETTLED_UNITS)]
    assert is_always_given("choices", some)
    assert not is_always_given("choices", some[1:])
    assert not is_always_given("choices", [*some, Example("none", "d", ())])
    assert not is_always_given("choice", some)
