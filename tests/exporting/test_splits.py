import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotator.errors import InvalidInputError
from annotator.exporting.splits import assign_splits, parse_shares

GROUPS = st.dictionaries(st.text(max_size=5), st.sampled_from("abcdefgh"))
SHARES = st.sampled_from([(0.8, 0.1, 0.1), (0.5, 0.0, 0.5), (1.0, 0.0, 0.0), (0.0, 0.0, 1.0), (0.7, 0.2, 0.1)])


@given(groups=GROUPS, shares=SHARES, seed=st.integers())
def test_a_group_is_never_divided(groups, shares, seed):
    splits = assign_splits(groups, shares=shares, seed=seed)
    assert splits.keys() == groups.keys()
    assert len({(groups[document], split) for document, split in splits.items()}) == len(set(groups.values()))


@given(groups=GROUPS, more=GROUPS, seed=st.integers())
def test_documents_added_later_change_no_earlier_split(groups, more, seed):
    before = assign_splits(groups, shares=(0.8, 0.1, 0.1), seed=seed)
    after = assign_splits({**more, **groups}, shares=(0.8, 0.1, 0.1), seed=seed)
    assert {document: after[document] for document in groups} == before


def test_shares_are_met_on_average_and_the_seed_matters():
    groups = {str(number): str(number) for number in range(10_000)}
    splits = assign_splits(groups, shares=(0.8, 0.1, 0.1), seed=1)
    assert sum(split == "train" for split in splits.values()) == pytest.approx(8_000, abs=150)
    assert sum(split == "dev" for split in splits.values()) == pytest.approx(1_000, abs=120)
    assert splits != assign_splits(groups, shares=(0.8, 0.1, 0.1), seed=2)


def test_a_split_without_share_gets_nothing():
    groups = {str(number): str(number) for number in range(1_000)}
    assert set(assign_splits(groups, shares=(0.5, 0.0, 0.5), seed=1).values()) == {"train", "test"}


def test_shares_are_read_as_people_write_them():
    assert parse_shares("80/10/10") == (0.8, 0.1, 0.1)
    assert parse_shares("33.3/33.3/33.4") == pytest.approx((0.333, 0.333, 0.334))


@pytest.mark.parametrize("text", ["80/20", "80/10/11", "a/b/c", "110/-5/-5", "nan/50/50", ""])
def test_shares_that_are_none_are_refused(text):
    with pytest.raises(InvalidInputError, match="three shares that add up to 100, such as 80/10/10"):
        parse_shares(text)


def test_shares_that_do_not_add_up_are_a_mistake():
    with pytest.raises(ValueError, match="add up to 1"):
        assign_splits({}, shares=(0.8, 0.1, 0.2), seed=1)
