"""What several people said about one unit, to test a classifier by; imports nothing heavy."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from annotator.learning.values import Example

#: Below this a label has too few units for its score to mean much.
UNITS_NEEDED = 30


@dataclass(frozen=True, slots=True)
class Panel:
    """A unit of the reserved sample (for stance: and a target) with its label, and what each annotator said.

    ``answers`` are those given without suggestions, one per annotator; none are known where there is only gold.
    """

    example: Example
    answers: tuple[tuple[str, ...], ...] = ()
    is_gold: bool = False


def consensus(answers: Sequence[tuple[str, ...]]) -> tuple[str, ...] | None:
    """Return the answer that most gave, in whatever order its labels stand; None if there is none or several tie.

    Examples
    --------
    >>> consensus([("war", "trade"), ("trade", "war"), ("war",)])
    ('trade', 'war')
    """
    counted = Counter(tuple(sorted(answer)) for answer in answers).most_common(2)
    if not counted or (len(counted) == 2 and counted[0][1] == counted[1][1]):
        return None
    return counted[0][0]
