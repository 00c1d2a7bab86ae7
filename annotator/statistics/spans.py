"""Marked stretches of text as items: the text between two borders is one item, weighted by its length."""

import itertools
from collections.abc import Sequence

#: Start and end of a marked stretch, half-open.
Span = tuple[int, int]


def segments(marked: Sequence[Sequence[Span] | None], length: int) -> list[tuple[int, tuple[int, ...]]]:
    """Cut a text wherever somebody's mark begins or ends; return each part's length and who marked it.

    Agreement over these parts, weighted by length, is agreement over characters: each character is marked or not.

    Parameters
    ----------
    marked
        Each annotator's spans, which may overlap; None for one who did not answer.
    length
        Characters of the text; what lies beyond is cut off.

    Returns
    -------
    Parts with the same marks are joined: ``(characters, codes)``, codes 1 marked, 0 not, -1 not answered.

    Examples
    --------
    >>> segments([[(0, 4)], [(2, 6)], None], 10)
    [(2, (1, 0, -1)), (2, (1, 1, -1)), (2, (0, 1, -1)), (4, (0, 0, -1))]
    """
    if not any(marked):
        # Most texts, and nothing to cut.
        return [(length, tuple(-1 if spans is None else 0 for spans in marked))] if length else []
    borders = {0, length}
    for spans in marked:
        borders.update(min(max(place, 0), length) for span in spans or () for place in span)
    cuts = sorted(borders)
    lengths: dict[tuple[int, ...], int] = {}
    for start, end in itertools.pairwise(cuts):
        codes = tuple(-1 if spans is None else int(_covers(spans, start)) for spans in marked)
        lengths[codes] = lengths.get(codes, 0) + end - start
    return [(count, codes) for codes, count in lengths.items()]


def _covers(spans: Sequence[Span], place: int) -> bool:
    return any(start <= place < end for start, end in spans)
