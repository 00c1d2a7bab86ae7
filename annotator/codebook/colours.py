"""The colours of labels, as a stylesheet: the page's policy forbids inline styles."""

import re

from annotator.codebook.keys import STANCE_KEYS
from annotator.codebook.values import Codebook, Label, Question

#: White text on each has a contrast of 4.5:1 or more. The order is by distinctness, also for the colour-blind.
PALETTE = (
    *("#1f6fb2", "#c2410c", "#7d5a50", "#7c3aed", "#701a75", "#3a2fa8", "#7f1d1d", "#4b5563"),
    *("#15803d", "#4d7c0f", "#c2188f", "#7a1f3d", "#86198f", "#78350f", "#9f1239", "#9a5b73"),
)
NEUTRAL = "#6b7480"
STANCE_COLOURS = dict(zip(STANCE_KEYS, ("#1f6fb2", "#c2410c", NEUTRAL, "#8a6d1a"), strict=True))
COLOUR_PATTERN = re.compile(r"#[0-9a-f]{6}")
_PLAIN = re.compile(r"[A-Za-z0-9_:-]", re.ASCII)


def stylesheet(codebook: Codebook) -> str:
    """Return CSS that gives elements with ``data-label="QUESTION:LABEL"`` (ids) their label's colour.

    ``--label-colour`` is the colour, ``--label-ink`` the black or white that is readable on it.
    Raises ValueError for a colour that is not ``#rrggbb``.
    """
    rules = [_rule(question, label) for question in codebook.questions for label in question.labels]
    return "".join(rules)


def label_colour(question: Question, label: Label) -> str:
    """Return a label's colour, ``#rrggbb``: its own, or the next of the palette no other label has chosen."""
    if label.colour:
        return label.colour
    if label.exclusive:
        return NEUTRAL
    if question.type == "stance" and label.name in STANCE_COLOURS:
        return STANCE_COLOURS[label.name]
    chosen = {other.colour for other in question.labels}
    free = [colour for colour in PALETTE if colour not in chosen] or PALETTE
    plain = [other.id for other in question.labels if not other.colour and not other.exclusive]
    return free[plain.index(label.id) % len(free)]


def readable_ink(colour: str) -> str:
    """Return black or white, whichever contrasts more with the colour; never less than 4.5:1."""
    return "#ffffff" if contrast(colour, "#ffffff") >= contrast(colour, "#000000") else "#000000"


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of two colours after WCAG 2.2, from 1 to 21."""
    dark, light = sorted((_luminance(one), _luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    """Return the relative luminance of a colour, from 0 (black) to 1 (white)."""
    channels = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in channels]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def _rule(question: Question, label: Label) -> str:
    colour = label_colour(question, label)
    if not COLOUR_PATTERN.fullmatch(colour):
        raise ValueError(f"label {label.id} of question {question.id} has no usable colour: {colour!r}")
    selector = _css_text(f"{question.id}:{label.id}")
    return f'[data-label="{selector}"] {{ --label-colour: {colour}; --label-ink: {readable_ink(colour)}; }}\n'


def _css_text(text: str) -> str:
    """Return the text for use between double quotes in CSS; all but plain characters are escaped by their number."""
    return "".join(char if _PLAIN.match(char) else f"\\{ord(char):x} " for char in text)
