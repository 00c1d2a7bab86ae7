"""How sure a share is that was counted among a few independent tries."""

from math import sqrt
from statistics import NormalDist

LEVEL = 0.95


def wilson(successes: int, tries: int, *, level: float = LEVEL) -> tuple[float, float] | None:
    """Return Wilson's score interval of a share, which stays within 0 and 1 and is no point at either end.

    Parameters
    ----------
    successes, tries
        How often it was so, of how many independent tries.
    level
        The confidence level.

    Returns
    -------
    tuple of float or None
        Lower and upper bound; None without any try, of which nothing is known.

    Raises
    ------
    ValueError
        If there are more successes than tries, or a number is negative.

    Notes
    -----
    E. B. Wilson (1927), Probable inference, the law of succession, and statistical inference, Journal of the American
    Statistical Association 22(158), 209-212; method 3 of R. G. Newcombe (1998), Statistics in Medicine 17, 857-872.

    Examples
    --------
    >>> low, high = wilson(81, 263)
    >>> round(low, 4), round(high, 4)
    (0.2553, 0.3662)
    """
    if not 0 <= successes <= tries:
        raise ValueError("successes are from 0 to the number of tries")
    if not tries:
        return None
    z = NormalDist().inv_cdf((1 + level) / 2)
    middle = 2 * successes + z * z
    reach = z * sqrt(z * z + 4 * successes * (tries - successes) / tries)
    low, high = ((middle + side * reach) / (2 * (tries + z * z)) for side in (-1, 1))
    return (0.0 if successes == 0 else low, 1.0 if successes == tries else high)
