import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from annotator.codebook.builtin import builtin_codebooks
from annotator.codebook.reading import read_codebook
from annotator.codebook.values import TargetEntry
from annotator.errors import InvalidInputError

SMALL = """
name: Ferries
targets:
  - {name: Ferry line, aliases: [the line, Line & Sons]}
questions:
  - name: mood
    type: choice
    labels: [{name: good}, {name: no}]
"""


def problems_of(text: str) -> list[str]:
    with pytest.raises(InvalidInputError) as caught:
        read_codebook(text, name="ferries.yaml")
    return list(caught.value.problems)


def only_problem(text: str) -> str:
    problems = problems_of(text)
    assert len(problems) == 1, problems
    return problems[0]


def question(body: str) -> str:
    return f"name: Ferries\nquestions:\n- {body}\n"


def test_ids_keys_and_levels_left_out_are_filled_in():
    mood = read_codebook(SMALL).questions[0]
    assert (mood.id, mood.unit, mood.level) == ("mood", "sentence", "nominal")
    assert [(label.id, label.key) for label in mood.labels] == [("good", "1"), ("no", "2")]


def test_a_scale_is_ordinal_unless_it_says_otherwise():
    text = question("{name: heat, type: scale, labels: [{name: '1'}, {name: '2'}]}")
    assert read_codebook(text).questions[0].level == "ordinal"


def test_targets_keep_their_aliases():
    assert read_codebook(SMALL).targets == (TargetEntry(name="Ferry line", aliases=("the line", "Line & Sons")),)


@pytest.mark.parametrize("word", ["no", "yes", "on", "1", "1.0", "2026-05-04", "0x1F", "1_000", "<<", "="])
def test_words_other_readers_take_for_something_else_stay_words(word):
    text = question(f"{{name: {word}, type: choice, labels: [{{name: a}}, {{name: b}}]}}")
    assert read_codebook(text).questions[0].name == word


def test_a_renamed_label_keeps_the_id_of_its_old_name():
    text = question("{name: mood, type: choice, labels: [{name: cheerful, was: good}, {name: bad}]}")
    label = read_codebook(text).questions[0].labels[0]
    assert (label.id, label.name, label.was) == ("good", "cheerful", "good")


def test_windows_line_ends_and_a_byte_order_mark_change_nothing():
    assert read_codebook("\ufeff" + SMALL.replace("\n", "\r\n")) == read_codebook(SMALL)


def test_all_problems_are_told_in_the_order_of_lines():
    head = "name: F\ncolour: red\nquestions:\n- name: mood\n  type: chioce\n"
    text = head + "  labels:\n  - {name: a, kee: b}\n  - {key: s}\n"
    assert problems_of(text) == [
        'ferries.yaml, line 2: the key "colour" is not known; '
        "use one of description, guidelines, name, questions, source, targets.",
        'ferries.yaml, line 5, question "mood": "chioce" is no type; did you mean "choice"?',
        'ferries.yaml, line 7, question "mood", label "a": the key "kee" is not known; did you mean "key"?',
        'ferries.yaml, line 8, question "mood", label 2: "name" is missing; add it.',
        'ferries.yaml, line 8, question "mood", label 2: the key "s" is a command of the labelling page; '
        "choose another.",
    ]


@pytest.mark.parametrize("text", ["", "\n\n", "# only a comment", "---\n", "~"])
def test_an_empty_file_is_told_apart(text):
    assert "the file is empty" in only_problem(text)


@pytest.mark.parametrize("text", ["- a\n- b", "just words", "'quoted'"])
def test_something_other_than_a_mapping_is_refused(text):
    assert "this is something else" in only_problem(text)


def test_a_codebook_without_questions_is_refused():
    assert only_problem("name: Ferries\nquestions: []") == (
        'ferries.yaml, line 2: there is no question; add at least one under "questions:".'
    )


@pytest.mark.parametrize(
    ("text", "line", "hint"),
    [
        ("name: a: b", 1, "in quotation marks"),
        ("name: x\nquestions: [", 2, "cannot be read as YAML"),
        ("name: x\n\tquestions: y", 2, "with spaces, not with tabs"),
        ("name: x\n---\nname: y", 2, "several documents"),
        ("name: &n x", 1, "anchors and aliases"),
        ("name: x\nsource: *n", 2, "anchors and aliases"),
        ("name: !!python/name:os.system x", 1, "tags"),
        ("name: !secret x", 1, "tags"),
        ("name: x\nsource: " + "[" * 5000, 2, "nested too deeply"),
        ('name: "\\UFFFFFFFF"', 1, "an escape in it stands for no character"),
        ("name: x\n\nsource: a\0b", 3, "control character (U+0000)"),
        ("a" * 300_001, 1, "at most 300000"),
    ],
)
def test_what_is_not_plain_yaml_is_refused_with_its_line(text, line, hint):
    problem = only_problem(text)
    assert problem.startswith(f"ferries.yaml, line {line}: ")
    assert hint in problem


def test_aliases_that_would_grow_without_end_are_never_expanded():
    bomb = "a: &a [x, x]\n" + "".join(f"{b}: &{b} [*{a}, *{a}]\n" for a, b in zip("abcdefgh", "bcdefghi", strict=True))
    assert "line 1: " in only_problem(bomb)


def test_a_key_given_twice_is_refused_with_both_lines():
    problem = only_problem(SMALL + "name: Boats\n")
    assert problem == 'ferries.yaml, line 9: "name" is there twice (first in line 2); leave one out.'


@pytest.mark.parametrize(
    ("value", "hint"),
    [
        ("description: [a]", '"description" is a text'),
        ("targets: Russia", '"targets" is a list'),
        ("targets: [Russia]", "- name: …"),
        ("source: {a: b}", '"source" is a text'),
        ("[a, b]: c", 'the key "" is not known'),
    ],
)
def test_values_of_the_wrong_kind_are_refused(value, hint):
    assert hint in only_problem(
        SMALL.replace("targets:\n  - {name: Ferry line, aliases: [the line, Line & Sons]}", value)
    )


@pytest.mark.parametrize("escape", ["\\0", "\\x07", "\\x7f", "\\ud800", "\\u2028"])
def test_control_characters_behind_escapes_are_found(escape):
    assert "control character" in only_problem(SMALL + f'source: "a{escape}b"\n')


def test_names_are_one_line_and_not_endless():
    assert "fits on one line" in only_problem(SMALL.replace("Ferries", '"a\\nb"'))
    assert "has 121 characters; at most 120" in only_problem(SMALL.replace("Ferries", "a" * 121))


def test_lists_are_not_endless():
    names = ", ".join(f"a{number}" for number in range(501))
    assert '"aliases" has 501 entries; at most 500' in only_problem(SMALL.replace("the line, Line & Sons", names))


def test_hundreds_of_problems_are_counted_instead_of_told():
    problems = problems_of(SMALL + "".join(f"key{number}: x\n" for number in range(250)))
    assert len(problems) == 201
    assert problems[-1] == "ferries.yaml, line 209: 50 more problems begin here; correct those above first."


def refusals(text: str) -> list[str]:
    try:
        assert read_codebook(text, name="x.yaml").questions
    except InvalidInputError as error:
        return list(error.problems) or ["refused without a reason"]
    return []


@given(st.text() | st.text(alphabet="ab:-[]{}\"'&*!|>%@#,? \n\t\\").map(lambda tail: SMALL + tail))
@example("%YAML 9.9\n---\na: b")
@example("? ? ? a")
@example("\\")
def test_any_text_is_read_or_refused_in_finished_sentences(text):
    assert all(problem.startswith("x.yaml, line ") and problem[-1] in ".?" for problem in refusals(text))


@given(st.data())
def test_a_codebook_with_a_line_lost_or_doubled_is_read_or_refused(data):
    lines = data.draw(st.sampled_from(list(builtin_codebooks().values()))).splitlines()[:60]
    place = data.draw(st.integers(0, len(lines) - 1))
    lines[place : place + 1] = [lines[place]] * data.draw(st.sampled_from([0, 2]))
    assert all(problem.startswith("x.yaml, line ") for problem in refusals("\n".join(lines)))
