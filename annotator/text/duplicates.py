"""Near-duplicates: how much two texts have in common, from short signatures.

Source: A. Broder (1997), On the resemblance and containment of documents, Compression and Complexity of SEQUENCES,
sections 2-3: the resemblance of two texts is the Jaccard coefficient of their sets of shingles, and the share of
equal minima under random permutations estimates it. Bands as in J. Leskovec, A. Rajaraman and J. Ullman (2014),
Mining of Massive Datasets, section 3.4.
"""

import unicodedata
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

#: Two texts this similar are near-duplicates: an agency report and its reprint with a few changes.
NEAR_DUPLICATE = 0.7
#: Minima in a signature; the standard error of the similarity is at most 0.5 / sqrt(64) = 0.0625.
PERMUTATIONS = 64
#: Near-duplicates share at least one band with probability 1 - (1 - s**4)**8: 0.89 at 0.7, 0.98 at 0.8, 0.02 at 0.2.
BANDS = 8
ROWS_PER_BAND = 4
WORDS_PER_SHINGLE = 3
CHARACTERS_PER_SHINGLE = 5
#: With fewer words, or longer ones (scripts without spaces), shingles are made of characters.
MIN_WORDS = 12
MAX_MEAN_WORD_LENGTH = 14
#: Shingles permuted at once: bounds the memory a long text takes.
_AT_ONCE = 4096

_U64 = NDArray[np.uint64]
_EMPTY = np.uint32(0xFFFFFFFF)


def signature(text: str) -> bytes:
    """Return the signature of a text: 64 minima over its shingles, 4 bytes each, little-endian.

    Case, punctuation and white space do not count. The same text has the same signature on every machine. A text
    without a letter or digit has the signature of nothing, equal only to itself.

    Parameters
    ----------
    text
        Any text; 3 words make a shingle, or 5 characters where there are few words or no spaces.

    Examples
    --------
    >>> len(signature("Any text")), signature("Any text") == signature("any  TEXT!")
    (256, True)
    """
    hashes = shingle_hashes(text)
    if not hashes.size:
        return _EMPTY.tobytes() * PERMUTATIONS
    multipliers, increments = _permutations()
    minima = np.full(PERMUTATIONS, _EMPTY)
    for first in range(0, hashes.size, _AT_ONCE):
        permuted = multipliers * hashes[first : first + _AT_ONCE]
        permuted += increments
        np.minimum(minima, permuted.min(axis=1), out=minima)
    return minima.astype("<u4").tobytes()


def similarity(a: bytes, b: bytes) -> float:
    """Return the estimated Jaccard coefficient (0 to 1) of two texts' shingles from their signatures.

    Raises
    ------
    ValueError
        If one is not a signature.
    """
    first, second = _minima(a), _minima(b)
    return float(np.mean(first == second))


def bands(signature: bytes) -> list[int]:
    """Return 8 numbers, each within a signed 64-bit integer; near-duplicates have one in common at the same place.

    Raises
    ------
    ValueError
        If it is not a signature.
    """
    minima = _minima(signature)[: BANDS * ROWS_PER_BAND]
    pairs = minima.view("<u8").astype(np.uint64).reshape(BANDS, ROWS_PER_BAND // 2)
    mixed = np.arange(1, BANDS + 1, dtype=np.uint64)
    for column in range(ROWS_PER_BAND // 2):
        mixed = _mix(mixed + pairs[:, column])
    numbers: list[int] = mixed.view(np.int64).tolist()
    return numbers


def shingle_hashes(text: str) -> NDArray[np.uint32]:
    """Return the 32-bit hashes of a text's shingles, shape (shingles,), repeated shingles repeated."""
    codes = _folded(text)
    is_letter = codes > 0
    letters = int(np.count_nonzero(is_letter))
    if not letters:
        return np.empty(0, dtype=np.uint32)
    starts = np.flatnonzero(is_letter & np.concatenate(([True], ~is_letter[:-1])))
    if len(starts) < MIN_WORDS or letters > MAX_MEAN_WORD_LENGTH * len(starts):
        hashes, size = _mix(codes[is_letter].astype(np.uint64)), CHARACTERS_PER_SHINGLE
    else:
        hashes, size = _word_hashes(codes, starts), WORDS_PER_SHINGLE
    return (_mix(_windows(hashes, min(size, len(hashes)))) >> np.uint64(32)).astype(np.uint32)


def _folded(text: str) -> NDArray[np.uint32]:
    """Return code points in lower case, 0 for all that is neither letter, mark nor digit."""
    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype="<u4")
    table = _table()
    if codes.size and int(codes.max()) >= table.size:
        return np.where(codes < table.size, table[np.minimum(codes, table.size - 1)], codes)
    folded: NDArray[np.uint32] = table[codes]
    return folded


@lru_cache(maxsize=1)
def _table() -> NDArray[np.uint32]:
    table = np.zeros(0x10000, dtype=np.uint32)
    for code in range(0x10000):
        character = chr(code)
        if character.isalnum() or unicodedata.category(character) in ("Mn", "Mc"):
            table[code] = ord(character.lower()[0])
    return table


def _word_hashes(codes: NDArray[np.uint32], starts: NDArray[np.intp]) -> _U64:
    """Return one hash for each word: a polynomial of its characters modulo 2**64, whatever its place in the text."""
    powers, inverses = _powers(1 << int(codes.size).bit_length())
    weighted = codes.astype(np.uint64) * powers[: codes.size]
    return _mix(np.add.reduceat(weighted, starts) * inverses[starts])


def _windows(hashes: _U64, size: int) -> _U64:
    """Return one number for each run of ``size`` hashes; their order counts."""
    count = len(hashes) - size + 1
    total = hashes[:count].copy()
    for offset in range(1, size):
        total *= np.uint64(0x9E3779B97F4A7C15)
        total += hashes[offset : offset + count]
    return total


@lru_cache(maxsize=24)
def _powers(length: int) -> tuple[_U64, _U64]:
    """Return the powers of an odd number modulo 2**64 and of its inverse, shape (length,) each."""
    base = 0xD1342543DE82EF95
    inverse = pow(base, -1, 1 << 64)
    return _cumulated(base, length), _cumulated(inverse, length)


def _cumulated(base: int, length: int) -> _U64:
    factors = np.full(length, base, dtype=np.uint64)
    factors[0] = 1
    powers: _U64 = np.cumprod(factors, dtype=np.uint64)
    return powers


@lru_cache(maxsize=1)
def _permutations() -> tuple[NDArray[np.uint32], NDArray[np.uint32]]:
    """Return odd factors and increments modulo 2**32, shape (64, 1) each, the same everywhere."""
    numbers = _mix(np.arange(1, 2 * PERMUTATIONS + 1, dtype=np.uint64)) >> np.uint64(32)
    halves = numbers.astype(np.uint32).reshape(2, PERMUTATIONS, 1)
    return halves[0] | np.uint32(1), halves[1]


def _mix(numbers: NDArray[Any]) -> _U64:
    """Scatter 64-bit numbers: the finaliser of SplitMix64 (Steele, Lea and Flood 2014, figure 16)."""
    mixed = numbers * np.uint64(0x9E3779B97F4A7C15)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    scattered: _U64 = mixed ^ (mixed >> np.uint64(31))
    return scattered


def _minima(signature: bytes) -> NDArray[np.uint32]:
    if len(signature) != 4 * PERMUTATIONS:
        raise ValueError(f"a signature has {4 * PERMUTATIONS} bytes, not {len(signature)}")
    return np.frombuffer(signature, dtype="<u4")
