"""Divides documents into train, dev and test so that what belongs together stays together."""

from collections.abc import Mapping
from hashlib import sha256
from itertools import accumulate
from typing import Literal

from annotator.errors import InvalidInputError
from annotator.words import say

Split = Literal["train", "dev", "test"]
SPLITS: tuple[Split, ...] = ("train", "dev", "test")
_POINTS = 2**64


def parse_shares(text: str) -> tuple[float, float, float]:
    """Return the shares written as ``80/10/10``; raise InvalidInputError if they do not add up to 100."""
    try:
        train, dev, test = (float(part) for part in text.split("/"))
    except ValueError:
        train = dev = test = -1.0
    if not _are_shares((train, dev, test), of=100):
        raise InvalidInputError(
            say("“{text}” is no split: give three shares that add up to 100, such as 80/10/10.", text=text)
        )
    return train / 100, dev / 100, test / 100


def assign_splits(groups: Mapping[str, str], *, shares: tuple[float, float, float], seed: int) -> dict[str, Split]:
    """Return the split of each document from the group it belongs to.

    ``groups`` names each document's group (documents that are near-duplicates share one; a document alone is its
    own). The split depends on nothing but seed, shares and group: documents added later change no earlier one.
    Shares are met on average; few groups may miss them.
    """
    if not _are_shares(shares, of=1):
        raise ValueError("shares must be three numbers from 0 that add up to 1")
    bounds = [bound * _POINTS for bound in accumulate(shares)]
    by_group = {group: _split(_point(group, seed), bounds, shares) for group in set(groups.values())}
    return {document: by_group[group] for document, group in groups.items()}


def _are_shares(shares: tuple[float, float, float], *, of: int) -> bool:
    # A NaN compares as False here, whichever share it is.
    return all(share >= 0 for share in shares) and abs(sum(shares) - of) <= 1e-9


def _point(group: str, seed: int) -> int:
    return int.from_bytes(sha256(f"{seed}\n{group}".encode()).digest()[:8], "big")


def _split(point: int, bounds: list[float], shares: tuple[float, float, float]) -> Split:
    for split, bound in zip(SPLITS, bounds, strict=True):
        if point < bound:
            return split
    # Rounding can leave the last bound a hair under 1: then the last split that gets anything.
    return next(split for split, share in zip(reversed(SPLITS), reversed(shares), strict=True) if share > 0)
