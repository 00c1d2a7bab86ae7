"""The classifier of whoever is mentioned as arrays, to be stored beside those of the others, and back again."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from annotator.learning.features import Features
from annotator.learning.mentioned import MARKS, PASSAGES, POLARITY, Mentioned, Views
from annotator.learning.scoring import Numbers, Task
from annotator.learning.store import NUMBERS, pack, unpack
from annotator.learning.surroundings import POLARITIES, polarity
from annotator.learning.views import ColumnView, MarkView, PassageView, View

PREFIX = "mentioned_"
RATED, RATINGS = f"{PREFIX}rated", f"{PREFIX}ratings"


def names() -> set[str]:
    """Return what the arrays are called."""
    marks = (f"{PREFIX}{name}_{part}" for name in MARKS for part in ("marks", "idf"))
    return {*_passage_names(), *marks, RATED, RATINGS, *(PREFIX + name for name in NUMBERS)}


def arrays_of(mentioned: Mentioned) -> dict[str, Any]:
    """Return the arrays by their names."""
    found = {PREFIX + name: getattr(mentioned.numbers, name) for name in NUMBERS}
    for name, view in mentioned.views.views.items():
        if isinstance(view, ColumnView):
            ratings = np.array(list(view.ratings.values()), dtype=np.float32)
            found |= {RATED: pack(view.ratings), RATINGS: ratings}
        found |= {f"{PREFIX}{name}_{part}": array for part, array in _parts(view)}
    return found


def restore(card: dict[str, Any], found: dict[str, Any]) -> Mentioned:
    """Put the classifier together again from its card and its arrays.

    Raises
    ------
    ValueError
        If they do not belong together.
    """
    views: dict[str, View] = {name: PassageView(cut, _features(name, found)) for name, cut in PASSAGES.items()}
    for name, see in MARKS.items():
        marks = unpack(found[f"{PREFIX}{name}_marks"])
        views[name] = MarkView(see, marks, found[f"{PREFIX}{name}_idf"].astype(np.float64))
    ratings = dict(zip(unpack(found[RATED]), map(float, found[RATINGS]), strict=True))
    views[POLARITY] = ColumnView(polarity, POLARITIES, ratings)
    numbers = Numbers(*(found[PREFIX + name] for name in NUMBERS))
    labels = tuple(card["labels"])
    made = Mentioned(
        Views(views), Task(None, labels, 0, True, False, card["calibrated"], tuple(card["early"])), numbers
    )
    if numbers.coefficients.shape != (len(made.views), len(labels)):
        raise ValueError("arrays and card do not belong together")
    return made


def _passage_names() -> Iterator[str]:
    return (f"{PREFIX}{name}_{part}" for name in PASSAGES for part in ("words", "characters", "idf"))


def _parts(view: View) -> Iterator[tuple[str, Any]]:
    if isinstance(view, PassageView):
        yield "words", pack(view.features.words)
        yield "characters", pack(view.features.characters)
        yield "idf", view.features.idf.astype(np.float32)
    elif isinstance(view, MarkView):
        yield "marks", pack(view.names)
        yield "idf", view.idf.astype(np.float32)


def _features(name: str, found: dict[str, Any]) -> Features:
    words, characters = (unpack(found[f"{PREFIX}{name}_{part}"]) for part in ("words", "characters"))
    return Features(words, characters, found[f"{PREFIX}{name}_idf"].astype(np.float64))
