"""What is missing before there can be suggestions, as people read it."""

from annotator.codebook.reading import read_codebook
from annotator.learning.shortages import shortages
from annotator.learning.values import Example
from annotator.services import shortfalls
from studies import CODEBOOK

BOOK = read_codebook(CODEBOOK)
FRAMES, TOPIC, STANCE = (BOOK.question(name) for name in ("frames", "topic", "stance"))


def sentences(question, examples: list[Example], **given) -> list[str]:
    short = shortages(question.type, examples, **given)
    return [line.sentence() for line in shortfalls.lines(short, question, names={"r": "Russia", "u": "Ukraine"})]


def test_a_frame_in_every_sentence_lacks_sentences_without_it():
    found = sentences(FRAMES, [Example("t", "d", ("economic",))] * 12, labels=["economic", "moral"])
    assert found == ["0 of 5 sentences without “economic”", "0 of 5 examples of “moral”"]


def test_what_lacks_least_comes_first():
    examples = (
        [Example("t", "d", ("moral",))] * 4 + [Example("t", "d", ("economic",))] * 2 + [Example("t", "d", ())] * 9
    )
    found = sentences(FRAMES, examples, labels=["economic", "moral"])
    assert found == ["4 of 5 examples of “moral”", "2 of 5 examples of “economic”"]


def test_a_target_has_one_line_for_both_labels():
    examples = [Example("t", "d", (label,), "u") for label in ("favor", "favor", "against")]
    found = sentences(STANCE, examples, targets=["r", "u"])
    assert found == [
        "Ukraine: 2 of 5 examples of “favor” and 1 of 5 examples of “against”",
        "Russia: 0 of 5 examples of each of two labels",
    ]


def test_a_question_with_one_label_is_begun():
    (line,) = shortfalls.lines(shortages("choice", [Example("t", "d", ("war",))] * 7), TOPIC, names={})
    assert (line.words, line.is_begun, line.lacking) == ("0 of 5 examples of another label", True, 5)
