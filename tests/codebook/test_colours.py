import re
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotator.codebook.builtin import builtin_codebooks, load_codebook
from annotator.codebook.colours import (
    NEUTRAL,
    PALETTE,
    STANCE_COLOURS,
    contrast,
    label_colour,
    readable_ink,
    stylesheet,
)
from annotator.codebook.values import Codebook, Label, Question

# Machado, Oliveira & Fernandes (2009), severity 1, for linear RGB.
VISION = {
    "normal": np.eye(3),
    "protan": np.array([[0.152, 1.053, -0.205], [0.115, 0.786, 0.099], [-0.004, -0.048, 1.052]]),
    "deutan": np.array([[0.367, 0.861, -0.228], [0.280, 0.673, 0.047], [-0.012, 0.043, 0.969]]),
    "tritan": np.array([[1.256, -0.077, -0.179], [-0.078, 0.931, 0.148], [0.005, 0.691, 0.304]]),
}
TO_XYZ = np.array([[0.4339, 0.3762, 0.1899], [0.2126, 0.7152, 0.0722], [0.0178, 0.1095, 0.8727]])


def lab(colour: str, vision: str) -> np.ndarray:
    """CIELAB of a colour as someone with that vision sees it, relative to white."""
    channels = np.array([int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)])
    linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    x, y, z = np.cbrt(TO_XYZ @ np.clip(VISION[vision] @ linear, 0.001, 1))
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def nearest(colours: tuple[str, ...], vision: str) -> float:
    """Return the smallest colour difference (CIE 1976) between two of the colours."""
    return min(float(np.linalg.norm(lab(one, vision) - lab(two, vision))) for one, two in combinations(colours, 2))


def question(*labels: Label) -> Question:
    return Question(id="q", name="q", type="choices", labels=labels)


def test_contrast_of_black_and_white_is_21():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.005)


@pytest.mark.parametrize("colour", [*PALETTE, *STANCE_COLOURS.values()])
def test_white_text_is_readable_on_every_colour(colour):
    assert contrast(colour, "#ffffff") >= 4.5


@pytest.mark.parametrize("vision", VISION)
def test_the_first_eight_colours_are_distinct_for_everyone(vision):
    assert nearest(PALETTE[:8], vision) >= 15


def test_all_colours_of_the_palette_are_distinct():
    assert nearest(PALETTE, "normal") >= 12


@pytest.mark.parametrize("name", builtin_codebooks())
def test_white_text_is_readable_on_the_built_in_labels(name):
    codebook = load_codebook(name)
    colours = [label_colour(question, label) for question in codebook.questions for label in question.labels]
    assert all(contrast(colour, "#ffffff") >= 4.5 for colour in colours)


@given(st.integers(0, 0xFFFFFF).map("#{:06x}".format))
def test_the_ink_is_readable_on_any_colour(colour):
    assert contrast(colour, readable_ink(colour)) >= 4.5


def test_labels_without_a_colour_get_those_nobody_chose():
    chosen = Label(id="a", name="a", colour=PALETTE[0])
    plain, none = Label(id="b", name="b"), Label(id="c", name="c", exclusive=True)
    asked = question(chosen, plain, none)
    assert [label_colour(asked, label) for label in asked.labels] == [PALETTE[0], PALETTE[1], NEUTRAL]


def test_a_label_has_a_rule_of_its_own():
    codebook = Codebook(name="x", questions=(question(Label(id="against", name="against", colour="#c2410c")),))
    rule = '[data-label="q:against"] { --label-colour: #c2410c; --label-ink: #ffffff; }\n'
    assert stylesheet(codebook) == rule


@given(st.text(min_size=1, max_size=20))
def test_no_id_can_break_out_of_its_selector(id_):
    css = stylesheet(Codebook(name="x", questions=(question(Label(id=id_, name="x", colour="#ffff00")),)))
    found = re.fullmatch(r'\[data-label="q:((?:[\w:-]|\\[0-9a-f]+ )*)"\] \{ --label-colour: #ffff00; .*\}\n', css, re.A)
    assert found
    assert re.sub(r"\\([0-9a-f]+) ", lambda match: chr(int(match[1], 16)), found[1]) == id_


def test_a_colour_that_is_none_never_reaches_the_stylesheet():
    with pytest.raises(ValueError, match="no usable colour"):
        stylesheet(Codebook(name="x", questions=(question(Label(id="a", name="a", colour="red;}")),)))
