"""Sentences that say nearly the same, and of which nevertheless something else is said."""

from collections import defaultdict
from collections.abc import Hashable, Iterator, Sequence

from annotator.text.similarity import words_of

#: Shorter sentences ("Yes, we will.") repeat themselves without meaning the same.
LEAST_WORDS = 5


def contradicting_twins(texts: Sequence[str], said: Sequence[Hashable]) -> list[tuple[int, int]]:
    """Return pairs of sentences that differ in one word at most and of which something else is said.

    Two sentences are such twins if their words, without case and signs, are the same once at most one word of each is
    left out: one replaced, added, left away or moved. Every sentence is looked up without each of its words in turn,
    so that the time grows with the number of words, not with the number of pairs.

    Parameters
    ----------
    texts : sequence of str
        Sentences in any script; those of fewer than five words have no twins.
    said : sequence of hashable
        What is said of each; as long as ``texts``.

    Returns
    -------
    list of tuple of int
        Places of the two, the earlier first, each pair once, in order. Of many twins that say the same, one stands
        for all.

    Examples
    --------
    >>> contradicting_twins(["We will not leave the talks.", "We will leave the talks!"], ["against", "favor"])
    [(0, 1)]
    >>> contradicting_twins(["We will not leave the talks.", "We will leave the talks!"], ["favor", "favor"])
    []
    """
    alike: dict[int, list[int]] = defaultdict(list)
    for place, text in enumerate(texts):
        for key in _keys(tuple(words_of(text))):
            alike[key].append(place)
    pairs: set[tuple[int, int]] = set()
    for places in alike.values():
        if len(places) > 1:
            pairs.update(_contradictions(places, said))
    return sorted(pairs)


def _keys(words: tuple[str, ...]) -> set[int]:
    """Return what stands for a sentence, whole and without each word: hashes, for words would fill memory."""
    if len(words) < LEAST_WORDS:
        return set()
    return {hash(words), *(hash(words[:at] + words[at + 1 :]) for at in range(len(words)))}


def _contradictions(places: Sequence[int], said: Sequence[Hashable]) -> Iterator[tuple[int, int]]:
    first: dict[Hashable, int] = {}
    for place in places:
        first.setdefault(said[place], place)
    for place in places:
        other = next((one for what, one in first.items() if what != said[place]), None)
        if other is not None:
            yield min(place, other), max(place, other)
