"""How a sentence speaks: words that hedge, stress, report, accuse, say *we* or *they*, are loaded, good or bad.

A hundred labels show few words often enough to learn what each says of a sentence's manner; a few columns that hold
for any text they do show. The kinds are those of the literature on hedges and boosters (Hyland 2005,
"Metadiscourse") and on biased language (Recasens et al. 2013); the words are our own choice of the commonest. How good
or bad a word is, from -4 to 4, is the mean of ten people's ratings in VADER (Hutto and Gilbert 2014). Of a text in
another language hardly a word is known, and next to nothing is added.
"""

import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

import numpy as np

from annotator.learning.blocks import Places
from annotator.learning.loaded import LOADED, loaded_words

MANNERS: dict[str, str] = {
    "hedges": """about allegedly almost alleged apparent apparently appear appeared appears approximately argue argued
        argues around assume assumed believe believed believes certain claim could doubt doubtful essentially estimate
        estimated feel felt frequently generally guess indicate indicated indicates largely likely mainly may maybe
        might mostly often perhaps plausible possible possibly potential potentially presumable presumably probable
        probably purported purportedly quite rather relatively reportedly roughly seem seemed seemingly seems should
        sometimes somewhat suggest suggested suggests suppose supposed suspect suspected tend tends typical typically
        uncertain unclear unlikely usually virtually would""",
    "boosters": """absolutely actually always certainly clear clearly completely conclusively decidedly definite
        definitely demonstrate demonstrated entirely especially ever evident evidently exactly extremely fact fully
        fundamentally hugely incredibly indeed inevitably just know known literally must never nothing obvious obviously
        outright particularly perfectly plain plainly precisely profoundly really simply so strongly such sure surely
        too total totally true truly truth undeniably undoubtedly utterly very wholly""",
    "reports": """according added announce announced explained noted report reported reports said say saying says state
        stated states tell tells told wrote""",
    "accusations": """accuse accused accuses admit admitted admits alleged blame blamed blast blasted boast boasted brag
        bragged claim claimed claiming claims complain complained criticised criticize criticized declare declared
        decried decry demand demanded denied denies denounce denounced deny gush gushed insist insisted insists lament
        lamented mock mocked rant ranted rip ripped slam slammed tout touted vow vowed warn warned""",
    "modals": """can can't cannot could may might must need needs ought shall should shouldn't will won't would""",
    "we": """i me my our us we you your""",
    "they": """he her him his she their them they""",
    "negations": """aren't didn't doesn't don't isn't n't neither never no nobody none nor not nothing wasn't weren't
        without""",
    "contrasts": """although but despite however instead though whereas while yet""",
    "extremes": """all best biggest entire every everyone everything greatest least most only super whole worst""",
    "numbers": "",
}
#: What words are counted in a column each; the last one counts all loaded words.
KINDS = (*MANNERS, *LOADED, "loaded")
#: After the kinds: good words, bad words, the best, the worst, how many are strong.
GOOD, BAD, BEST, WORST, STRONG = range(len(KINDS), len(KINDS) + 5)
COLUMNS = len(KINDS) + 5
#: A word rated further from 0 than this is strong.
FAR = 2.0
#: How much the columns weigh beside words and characters, each of which have length one together: ratings always the
#: same; the kinds more, the fewer examples there are to show by themselves which words matter.
RATED = 0.15
MOST, LEAST, FEW = 0.3, 0.1, 100

_WORD = re.compile(r"\w+(?:'\w+)?")
_NUMBERS = KINDS.index("numbers")


class Style:
    """The words of each kind and the rated ones; ``kinds`` gives a word's columns, ``valence`` its rating.

    ``weights`` is what the columns of kinds and those of ratings are multiplied by.
    """

    columns = COLUMNS

    def __init__(
        self, kinds: Mapping[str, tuple[int, ...]], valence: Mapping[str, float], weights: tuple[float, float]
    ) -> None:
        self.kinds = kinds
        self.valence = valence
        self.weights = weights

    @classmethod
    def english(cls, *, examples: int) -> "Style":
        """Give the words of English, weighed for so many examples."""
        weight = max(LEAST, MOST * min(1.0, (FEW / max(examples, 1)) ** 0.5))
        return cls(_kinds(), _vader(), (weight, RATED))

    def placed(self, text: str) -> Places:
        """Give what every known word of a folded text adds: its offset, the column and the value.

        A column is the logarithm of one plus what its words amount to, divided among them.
        """
        amounts: dict[int, list[tuple[int, float]]] = {}
        strongest: dict[int, tuple[int, float]] = {}
        for match in _WORD.finditer(text):
            word, at = match.group(), match.start()
            for column in self.kinds.get(word, (_NUMBERS,) if word[0].isdigit() else ()):
                amounts.setdefault(column, []).append((at, 1.0))
            rating = self.valence.get(word, 0.0)
            if rating:
                column, size = (GOOD, BAD)[rating < 0], abs(rating) / 2
                amounts.setdefault(column, []).append((at, size))
                if size > FAR / 2:
                    amounts.setdefault(STRONG, []).append((at, 1.0))
                if size > strongest.get(column, (0, 0.0))[1]:
                    strongest[column] = at, size
        amounts |= {column + BEST - GOOD: [pair] for column, pair in strongest.items()}
        return [part for column, parts in amounts.items() for part in self._divided(column, parts)]

    def _divided(self, column: int, parts: list[tuple[int, float]]) -> Places:
        total = sum(amount for _, amount in parts)
        scale = self.weights[column >= GOOD] * float(np.log1p(total)) / total
        return [(at, column, scale * amount) for at, amount in parts]


@cache
def _kinds() -> Mapping[str, tuple[int, ...]]:
    kinds: dict[str, list[str]] = {word: [*found, "loaded"] for word, found in loaded_words().items()}
    for kind, words in MANNERS.items():
        for word in words.split():
            kinds.setdefault(word, []).append(kind)
    return {word: tuple(sorted(map(KINDS.index, found))) for word, found in kinds.items()}


@cache
def _vader() -> Mapping[str, float]:
    """Read the list without importing the package's own code, which is not used."""
    lines = files("vaderSentiment").joinpath("vader_lexicon.txt").read_text(encoding="utf-8").splitlines()
    pairs = (line.split("\t")[:2] for line in lines if line.strip())
    return {word: float(np.float32(value)) for word, value in pairs if _WORD.fullmatch(word) and word.islower()}
