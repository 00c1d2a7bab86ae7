import pytest

from annotator.codebook.keys import COMMAND_KEYS
from annotator.codebook.reading import read_codebook
from annotator.errors import InvalidInputError

STANCE = "{name: stance, type: stance, labels: [{name: favor}, {name: against}]}"


def problem_with(*questions: str, head: str = "") -> str:
    text = f"name: T\n{head}questions:\n" + "".join(f"- {question}\n" for question in questions)
    with pytest.raises(InvalidInputError) as caught:
        read_codebook(text, name="t.yaml")
    assert len(caught.value.problems) == 1, caught.value.problems
    return str(caught.value)


def choice(*labels: str, rest: str = "type: choice") -> str:
    return f"{{name: q, {rest}, labels: [{', '.join(labels)}]}}"


@pytest.mark.parametrize("key", COMMAND_KEYS)
def test_the_page_keeps_its_command_keys(key):
    problem = problem_with(choice("{name: a}", f"{{name: b, key: '{key}'}}"))
    assert problem.startswith('t.yaml, line 3, question "q", label "b": the key ')
    assert "a command of the labelling page" in problem


def test_a_command_key_in_capitals_is_the_same_key():
    assert "a command of the labelling page" in problem_with(choice("{name: a}", "{name: b, key: S}"))


@pytest.mark.parametrize("key", ["ab", "F1", "Space", "'a b'"])
def test_a_key_is_one_character(key):
    assert "is not a single character; choose one." in problem_with(choice("{name: a}", f"{{name: b, key: {key}}}"))


def test_two_labels_on_one_key_are_refused():
    problem = problem_with(choice("{name: a, key: 1}", "{name: b, key: 1}"))
    assert problem.endswith('label "b": the key "1" already gives question "q", label "a"; choose another.')


def test_a_key_serves_one_question_of_a_page():
    other = "{name: r, type: choice, labels: [{name: a, key: f}, {name: b}]}"
    keyed = STANCE.replace("favor", "favor, key: f")
    assert 'already gives question "stance", label "favor"' in problem_with(keyed, other)


def test_questions_about_other_units_may_use_the_same_keys():
    other = "{name: r, unit: document, type: choice, labels: [{name: a, key: f}, {name: b}]}"
    keyed = STANCE.replace("favor", "favor, key: f")
    codebook = read_codebook(f"name: T\nquestions:\n- {keyed}\n- {other}")
    assert [question.labels[0].key for question in codebook.questions] == ["f", "f"]


@pytest.mark.parametrize("colour", ["red", "'#fff'", "'#12345g'", "'#1234567'", "'#१२३४५६'"])
def test_a_colour_has_six_hexadecimal_digits(colour):
    assert "is no colour" in problem_with(choice("{name: a}", f"{{name: b, colour: {colour}}}"))


@pytest.mark.parametrize(
    ("labels", "hint"),
    [
        (("{name: a}", "{name: A}"), 'the same "name" "A" (line 3)'),
        (("{name: a, id: x}", "{name: b, id: x}"), 'the same "id" "x"'),
        (("{name: a, was: x}", "{name: b, was: x}"), 'the same "was" "x"'),
        (("{name: a, id: b}", "{name: b}"), 'the name "b" is the id of another label'),
        (("{name: a, id: x y}", "{name: b}"), 'the id "x y" is not usable'),
        (("{name: a, id: ..}", "{name: b}"), 'the id ".." is not usable'),
        (("{name: a|b}", "{name: c}"), '"|" separates labels'),
        (("{name: a, exclusive: maybe}", "{name: c}"), "either true or false"),
    ],
)
def test_labels_are_told_apart_by_name_and_id(labels, hint):
    assert hint in problem_with(choice(*labels))


def test_questions_are_told_apart_by_name():
    assert 'another question has the same "name"' in problem_with(STANCE, STANCE)


@pytest.mark.parametrize(
    ("question", "hint"),
    [
        ("{name: q, type: choice}", "a choice question needs at least 2"),
        ("{name: q, type: choices, labels: []}", "a choices question needs at least 1"),
        ("{name: q, type: scale, labels: [{name: a}]}", "a scale question needs at least 2"),
        ("{name: q, type: spans, labels: [{name: a}]}", "a spans question has no labels"),
        ("{name: q, labels: [{name: a}, {name: b}]}", '"type" is missing'),
        ("{name: q, type: spans, unit: paragraph}", '"paragraph" is no unit'),
        (STANCE.replace("}]", "}, {name: pro}]"), "a stance is one of favor, against, neither, unclear"),
        (STANCE.replace("against", "neither"), "needs the labels favor and against; add against."),
    ],
)
def test_labels_fit_the_type_of_the_question(question, hint):
    assert hint in problem_with(question)


@pytest.mark.parametrize(
    ("rest", "hint"),
    [
        (
            "type: choice, level: ordinal",
            "a choice question is nominal, not ordinal; use the type scale for ordered labels.",
        ),
        ("type: scale, level: nominal", "a scale question is ordinal or interval or ratio, not nominal"),
        ("type: choices, level: cardinal", '"cardinal" is no level'),
        ("type: scale, level: interval", "are named by numbers"),
    ],
)
def test_the_level_fits_the_type(rest, hint):
    assert hint in problem_with(choice("{name: a}", "{name: b}", rest=rest))


@pytest.mark.parametrize(
    ("level", "names", "hint"),
    [("interval", (2, 1), "rising order"), ("interval", (1, 1.0), "rising order"), ("ratio", (-1, 1), "no negative")],
)
def test_numbers_of_a_scale_rise(level, names, hint):
    labels = [f"{{name: {name}}}" for name in names]
    assert hint in problem_with(choice(*labels, rest=f"type: scale, level: {level}"))


@pytest.mark.parametrize(
    ("label", "rest", "hint"),
    [
        ("{name: a, exclusive: true}", "type: choice", '"exclusive" is for questions of type choices'),
        ("{name: a, frame: f}", "type: choice", '"frame" is for questions of type choices'),
        ("{name: a, exclusive: true, frame: f}", "type: choices", "cannot be an item of a frame"),
    ],
)
def test_exclusive_labels_and_items_belong_to_choices(label, rest, hint):
    assert hint in problem_with(choice(label, "{name: b}", rest=rest))


def test_an_exclusive_label_excludes_something():
    assert "every label is exclusive" in problem_with(choice("{name: a, exclusive: true}", rest="type: choices"))


def test_an_alias_leads_to_one_target():
    head = "targets:\n- {name: Russia, aliases: [Moscow]}\n- {name: Kremlin, aliases: [moscow]}\n"
    problem = problem_with(STANCE, head=head)
    assert problem.startswith('t.yaml, line 4, target "Kremlin": "moscow" already leads to the target "Russia"')


def test_an_alias_is_given_once():
    assert '"moscow" is there twice' in problem_with(STANCE, head="targets: [{name: Moscow, aliases: [moscow]}]\n")


def test_whole_turns_cannot_be_asked_about_yet():
    question = "{name: q, unit: turn, type: choice, labels: [{name: a}, {name: b}]}"
    assert "ask about the sentence or the document." in problem_with(question)


def test_zero_says_none_and_gives_no_other_label_of_a_question_with_several():
    problem = problem_with(choice("{name: a, key: 0}", "{name: b}", rest="type: choices"))
    assert 'the key "0" says none' in problem
