import pytest

from annotator.codebook.builtin import DEFAULT_CODEBOOK, builtin_codebooks, load_codebook
from annotator.codebook.values import Codebook, Label
from annotator.errors import InvalidInputError

NAMES = ["stance-and-frames", "policy-frames", "generic-frames", "sentence-bias"]


def labels_of(codebook: Codebook) -> list[Label]:
    return [label for question in codebook.questions for label in question.labels]


def test_the_default_comes_first():
    assert list(builtin_codebooks()) == NAMES
    assert next(iter(builtin_codebooks())) == DEFAULT_CODEBOOK


@pytest.mark.parametrize("name", NAMES)
def test_every_label_says_what_it_is_and_what_it_is_not(name):
    codebook = load_codebook(name)
    assert codebook.source
    assert all(question.text for question in codebook.questions)
    for label in labels_of(codebook):
        assert len(label.definition) > 30, label.id
        assert 1 <= len(label.examples) <= 2, label.id
        assert 1 <= len(label.counter_examples) <= 2, label.id
        assert all("→" in text for text in label.counter_examples), label.id


@pytest.mark.parametrize("name", NAMES)
def test_no_example_is_used_twice(name):
    examples = [text for label in labels_of(load_codebook(name)) for text in (*label.examples, *label.counter_examples)]
    assert len(set(examples)) == len(examples)


@pytest.mark.parametrize("name", NAMES)
def test_every_label_has_a_key(name):
    assert all(label.key for label in labels_of(load_codebook(name)))


def test_both_lists_of_policy_frames_say_the_same():
    one, other = (load_codebook(name).question("frames") for name in NAMES[:2])
    assert one is not None
    assert other is not None
    assert one.labels == other.labels
    assert [label.id for label in one.labels if label.exclusive] == ["none"]
    assert len(one.labels) == 16


def test_the_primary_frame_is_one_of_the_frames():
    codebook = load_codebook("policy-frames")
    frames, primary = codebook.questions
    assert (primary.type, primary.unit) == ("choice", "document")
    assert [(label.id, label.name, label.key) for label in primary.labels] == [
        (label.id, label.name, label.key) for label in frames.labels
    ]


def test_the_generic_frames_have_items():
    frames = {label.frame for label in labels_of(load_codebook("generic-frames")) if label.frame}
    assert frames == {"responsibility", "conflict", "human interest", "economic consequences", "morality"}


def test_opinion_is_ordinal():
    opinion = load_codebook("sentence-bias").question("opinion")
    assert opinion is not None
    assert (opinion.level, [label.name for label in opinion.labels]) == ("ordinal", ["factual", "mixed", "opinion"])


def test_a_codebook_is_loaded_from_a_file(tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text(builtin_codebooks()["sentence-bias"], encoding="utf-8")
    assert load_codebook(path) == load_codebook(str(path)) == load_codebook("sentence-bias")


def test_problems_name_the_file(tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text("name: x", encoding="utf-8")
    with pytest.raises(InvalidInputError, match=r"^mine\.yaml, line 1: there is no question"):
        load_codebook(path)


def test_a_file_in_another_encoding_is_named_with_its_line(tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_bytes("name: x\nsource: Äther".encode("latin-1"))
    with pytest.raises(InvalidInputError, match=r"^mine\.yaml, line 2: the file is not UTF-8"):
        load_codebook(path)


@pytest.mark.parametrize("name", ["stance-and-farmes", "", "/", "no\0thing"])
def test_an_unknown_name_tells_the_known_ones(name):
    with pytest.raises(InvalidInputError, match=r"cannot be opened; name one of stance-and-frames, policy-frames"):
        load_codebook(name)
