"""What a person should know before they believe a coefficient, in a sentence."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from annotator.services.figures import Figure
from annotator.services.ratings import Ratings
from annotator.statistics.tables import Floats, Ints
from annotator.words import say

#: Below it a coefficient calls for a look; see codebooks.md for the usual bands.
TENTATIVE = 0.667
RARE, COMMON, MUCH_AGREEMENT = 0.1, 0.9, 0.9
#: By how much an annotator must agree less, and use a label more often, to be said to stand apart.
APART, TIMES = 0.1, 1.5


@dataclass(frozen=True, slots=True)
class LabelUse:
    """A label, its share of the answers, and how many units are disputed over it."""

    name: str
    share: float
    disputed: int


def remark_on_label(use: LabelUse, figures: Mapping[str, Figure]) -> str | None:
    """Warn where a label is so rare or so common that alpha and percent agreement tell different stories."""
    numbers = _numbers(figures)
    if numbers is None:
        return None
    if use.share <= RARE:
        return say(
            "“{label}” was given in {share} of the answers: alpha {alpha} while annotators agree in {percent}. Rare "
            "labels make alpha low and percent agreement high; look at AC1 ({ac1}) and at the disputed sentences "
            "({count}) before you conclude.",
            label=use.name, share=as_percent(use.share), count=use.disputed, **numbers,
        )  # fmt: skip
    return _on_common(use.name, use.share, numbers) if use.share >= COMMON else None


def remark_on_question(ratings: Ratings, figures: Mapping[str, Figure]) -> str | None:
    """Warn where one answer is given nearly always."""
    numbers = _numbers(figures)
    if numbers is None or ratings.weights is not None:
        return None
    counts = np.bincount(ratings.values[ratings.values >= 0], minlength=len(ratings.names))
    share = float(counts.max() / counts.sum())
    return _on_common(ratings.names[int(counts.argmax())], share, numbers) if share >= COMMON else None


def remark_on_pairs(codes: Sequence[str], ratings: Ratings, values: Mapping[tuple[int, int], float]) -> str | None:
    """Name the annotator who agrees less with the others than these do among themselves; values are by columns."""
    columns = sorted({column for pair in values for column in pair})
    if len(columns) < 3:
        return None
    means = {
        column: (
            float(np.mean([value for pair, value in values.items() if column in pair])),
            [value for pair, value in values.items() if column not in pair],
        )
        for column in columns
    }
    apart = min(columns, key=lambda column: means[column][0])
    own, others = means[apart]
    if not others or np.mean(others) - own < APART:
        return None
    label, times = _overused(ratings, apart)
    written = f"{times:.1f}"
    if times >= TIMES:
        return say(
            "{annotator} stands apart: gives “{label}” {times} × as often as the others.",
            annotator=codes[apart], label=label, times=written,
        )  # fmt: skip
    return say(
        "{annotator} stands apart: {own} on average with the others, who have {others} among themselves.",
        annotator=codes[apart], own=as_decimal(own), others=as_decimal(float(np.mean(others))),
    )  # fmt: skip


def as_decimal(value: float) -> str:
    """Write a coefficient as the field does: two digits, and no zero before the point."""
    written = f"{value:z.2f}"
    return written.replace("0.", ".", 1) if abs(value) < 0.995 else written


def as_percent(share: float) -> str:
    """Write a share in per cent, a small one with a digit more."""
    return f"{share * 100:.1f} %" if 0 < share < 0.01 or 0.99 < share < 1 else f"{share * 100:.0f} %"


def _on_common(label: str, share: float, numbers: Mapping[str, str]) -> str:
    return say(
        "“{label}” was given in {share} of the answers: alpha {alpha} while annotators agree in {percent}. Where one "
        "label prevails, alpha is low although hardly anything is disputed; look at AC1 ({ac1}), too.",
        label=label, share=as_percent(share), **numbers,
    )  # fmt: skip


def _numbers(figures: Mapping[str, Figure]) -> dict[str, str] | None:
    """Return the figures of a warning, if they call for one: low alpha, but much agreement."""
    alpha, ac1, percent = (figures[name].value for name in ("alpha", "ac1", "percent"))
    if alpha is None or ac1 is None or percent is None or alpha >= TENTATIVE or percent < MUCH_AGREEMENT:
        return None
    return {"alpha": as_decimal(alpha), "ac1": as_decimal(ac1), "percent": as_percent(percent)}


def _overused(ratings: Ratings, column: int) -> tuple[str, float]:
    """Return the label an annotator gives most often in proportion to the others, on the same items."""
    mine = ratings.only(ratings.values[:, column] >= 0).values
    own = _label_counts(ratings, mine[:, [column]])
    others = _label_counts(ratings, np.delete(mine, column, axis=1))
    own, others = own / max(own.sum(), 1), others / max(others.sum(), 1)
    times = np.where((own > 0.02) & (others > 0), own / np.where(others > 0, others, 1), 0)
    most = int(times.argmax())
    return ratings.label_names[most], float(times[most])


def _label_counts(ratings: Ratings, values: Ints) -> Floats:
    return np.array([ratings.has_label(code)[values].sum() for code in range(len(ratings.label_names))], dtype=float)
