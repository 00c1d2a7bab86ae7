"""Documents that share a sentence are held out together, so that no score rewards what was learned by heart."""

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import replace

from annotator.learning.leakage import Twins, words_of
from annotator.learning.values import Example

#: Shorter sentences ("Thank you very much.") stand in texts that have nothing to do with each other.
LEAST_WORDS = 5
#: What is joined is no larger than one of five folds: an agency's closing line would chain a corpus into one group.
MOST_SHARE = 1 / 5


class Sets:
    """Things in sets that can be united (disjoint-set forest: Tarjan 1975)."""

    def __init__(self) -> None:
        self._above: dict[Hashable, Hashable] = {}

    def of(self, thing: Hashable) -> Hashable:
        """Return what stands for the set of a thing."""
        while (above := self._above.get(thing, thing)) != thing:
            self._above[thing] = self._above.get(above, above)
            thing = above
        return thing

    def unite(self, things: Iterable[Hashable]) -> None:
        """Make one set of the sets of some things; the first one's stands for all."""
        first, *others = dict.fromkeys(map(self.of, things))
        self._above.update(dict.fromkeys(others, first))


def joined(examples: Sequence[Example], twins: Twins) -> list[Example]:
    """Return examples in groups of documents that share no sentence, as far as `joined_groups` can."""
    groups = joined_groups([one.text for one in examples], [one.group for one in examples], twins)
    return [replace(one, group=group) for one, group in zip(examples, groups, strict=True)]


def joined_groups(texts: Sequence[str], groups: Sequence[str], twins: Twins) -> list[str]:
    """Return the group of each unit, with those made one that hold the same sentence or twins of one.

    Parameters
    ----------
    texts : sequence of str
        Sentences in any script; those of fewer than five different words join nothing.
    groups : sequence of str
        The document of each; as long as ``texts``.
    twins : Twins
        Of these texts, and maybe of others.

    Returns
    -------
    list of str
        A joined group has the name of one of its groups. Sentences that stand in few documents come first; documents
        stay apart where together they would hold more than a fifth of the units, and `leakage.torn` tells of it.

    Examples
    --------
    >>> texts = ["Prices rose again in May.", "Rain is near.", "PRICES rose again in May!", *"abcdefg"]
    >>> joined_groups(texts, ["a", "b", "c", *"defghij"], Twins.among(texts))[:3]
    ['a', 'b', 'a']
    """
    sizes, together = Counter[Hashable](groups), Sets()
    for shared in _shared(texts, groups, twins):
        apart = {together.of(group) for group in shared}
        size = sum(sizes[group] for group in apart)
        if len(apart) > 1 and size <= MOST_SHARE * len(groups):
            together.unite(shared)
            sizes[together.of(shared[0])] = size
    return [str(together.of(group)) for group in groups]


def outlets_of(examples: Sequence[Example]) -> dict[str, str | None]:
    """Return the outlet of each group, None where it is not known of all; outlets with a group in common are one."""
    known: defaultdict[str, set[str | None]] = defaultdict(set)
    for one in examples:
        known[one.group].add(one.outlet)
    together = Sets()
    for outlets in known.values():
        if None not in outlets:
            together.unite(outlets)
    return {
        group: None if None in outlets else str(together.of(next(iter(outlets)))) for group, outlets in known.items()
    }


def _shared(texts: Sequence[str], groups: Sequence[str], twins: Twins) -> list[list[str]]:
    """Return the groups that share a sentence, those of the rarest sentences first."""
    distinct = list(dict.fromkeys(texts))
    alike = Sets()
    for one, other in twins.within(distinct):
        alike.unite((distinct[one], distinct[other]))
    holders: defaultdict[Hashable, set[str]] = defaultdict(set)
    for text, group in zip(texts, groups, strict=True):
        holders[alike.of(text)].add(group)
    found = [(text, sorted(some)) for text, some in holders.items() if len(some) > 1]
    long = [some for text, some in found if len(words_of(str(text))) >= LEAST_WORDS]
    return sorted(long, key=lambda some: (len(some), some))
