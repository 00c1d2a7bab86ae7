import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from annotator.learning.checking import folds_for
from annotator.learning.folds import group_sample, grouped_folds, splits

GROUPS = st.lists(st.integers(0, 20).map(str), min_size=1, max_size=80)


@given(GROUPS, st.integers(2, 10), st.integers(0, 5))
def test_no_group_is_on_both_sides_of_a_split(groups: list[str], folds: int, seed: int) -> None:
    fold = grouped_folds(groups, folds=folds, seed=seed)
    for learn, test in splits(fold):
        assert not {groups[i] for i in learn} & {groups[i] for i in test}
    assert sorted(np.concatenate([test for _, test in splits(fold)])) == list(range(len(groups)))
    assert fold.max() + 1 == min(folds, len(set(groups)))


@given(GROUPS, st.integers(1, 90), st.integers(0, 5))
def test_sample_takes_groups_whole(groups: list[str], most: int, seed: int) -> None:
    drawn = set(group_sample(groups, most=most, seed=seed).tolist())
    chosen = {groups[i] for i in drawn}
    assert drawn == {i for i, group in enumerate(groups) if group in chosen}
    assert len(drawn) <= most or len(chosen) == 1


def test_folds_are_of_like_size() -> None:
    sizes = np.bincount(grouped_folds([str(i // 3) for i in range(300)], folds=5, seed=0))
    assert sizes.max() - sizes.min() <= 3


def test_another_seed_gives_other_folds() -> None:
    groups = [str(i) for i in range(50)]
    one, two = (grouped_folds(groups, folds=5, seed=seed) for seed in (0, 1))
    assert (one != two).any()


def test_single_group_is_divided_by_unit_and_says_so() -> None:
    fold, grouped = folds_for(("only",) * 20, folds=5, seed=0)
    assert not grouped
    assert np.bincount(fold).tolist() == [4] * 5
