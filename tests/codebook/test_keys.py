from hypothesis import given
from hypothesis import strategies as st

from annotator.codebook.keys import COMMAND_KEYS, assign_keys
from annotator.codebook.values import Label, Question


def choices(name: str, count: int, *, none: bool = False, unit: str = "sentence") -> Question:
    labels = [Label(id=str(number), name=str(number)) for number in range(count)]
    labels += [Label(id="none", name="none", exclusive=True)] if none else []
    return Question(id=name, name=name, type="choices", unit=unit, labels=tuple(labels))


def stance() -> Question:
    labels = tuple(Label(id=name, name=name) for name in ("favor", "against", "neither", "unclear"))
    return Question(id="stance", name="stance", type="stance", labels=labels)


def keys_of(question: Question) -> str:
    return "".join(label.key or " " for label in question.labels)


def test_digits_come_first_then_letters_and_none_is_zero():
    (frames,) = assign_keys([choices("frames", 12, none=True)])
    assert keys_of(frames) == "123456789abd0"


def test_stance_has_its_usual_letters_even_when_it_comes_last():
    frames, second = assign_keys([choices("frames", 15, none=True), stance()])
    assert keys_of(second) == "fanx"
    assert keys_of(frames) == "123456789bdeijk0"


def test_a_second_question_goes_on_where_the_first_ended():
    assert [keys_of(question) for question in assign_keys([choices("a", 3), choices("b", 2)])] == ["123", "45"]


def test_questions_about_other_units_begin_anew():
    asked = [choices("a", 2), choices("b", 2, unit="document"), choices("c", 1)]
    assert [keys_of(question) for question in assign_keys(asked)] == ["12", "12", "3"]


def test_only_the_first_of_two_exclusive_labels_gets_zero():
    labels = tuple(Label(id=name, name=name, exclusive=name != "a") for name in ("a", "none", "illegible"))
    (question,) = assign_keys([Question(id="q", name="q", type="choices", labels=labels)])
    assert keys_of(question) == "102"


def test_when_the_keyboard_is_full_the_rest_has_no_key():
    (question,) = assign_keys([choices("a", 40)])
    assert [label.key for label in question.labels].count(None) == 40 - 28


@given(st.lists(st.tuples(st.integers(1, 20), st.booleans(), st.sampled_from(["sentence", "document"])), max_size=5))
def test_no_key_is_given_twice_on_a_page_or_taken_from_it(sizes):
    asked = [choices(str(n), size, none=none, unit=unit) for n, (size, none, unit) in enumerate(sizes)]
    keyed = assign_keys([*asked, stance()])
    assert assign_keys(keyed) == keyed
    for unit in ("sentence", "document"):
        keys = [label.key for question in keyed if question.unit == unit for label in question.labels if label.key]
        assert len(set(keys)) == len(keys)
        assert not set(keys) & set(COMMAND_KEYS)


def test_keys_in_the_file_stay():
    labels = (Label(id="a", name="a"), Label(id="b", name="b", key="1"), Label(id="none", name="none", exclusive=True))
    (question,) = assign_keys([Question(id="q", name="q", type="choices", labels=labels)])
    assert keys_of(question) == "210"
