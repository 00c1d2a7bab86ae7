import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotator.statistics.shares import wilson


@pytest.mark.parametrize(
    ("successes", "tries", "bounds"),
    [(81, 263, (0.2553, 0.3662)), (15, 148, (0.0624, 0.1605)), (0, 20, (0.0, 0.1611)), (1, 29, (0.0061, 0.1718))],
)
def test_the_examples_of_newcombe_are_met(successes: int, tries: int, bounds: tuple[float, float]):
    assert wilson(successes, tries) == pytest.approx(bounds, abs=5e-5)


@given(st.integers(1, 500), st.data())
def test_an_interval_holds_its_share_and_mirrors_that_of_failures(tries: int, data: st.DataObject):
    successes = data.draw(st.integers(0, tries))
    found, mirrored = wilson(successes, tries), wilson(tries - successes, tries)
    assert found is not None
    assert mirrored is not None
    assert 0 <= found[0] <= successes / tries <= found[1] <= 1
    assert found[0] < found[1]
    assert mirrored == pytest.approx((1 - found[1], 1 - found[0]))


def test_a_higher_level_is_wider():
    narrow, wide = wilson(8, 10, level=0.9), wilson(8, 10, level=0.99)
    assert narrow is not None
    assert wide is not None
    assert wide[0] < narrow[0] < narrow[1] < wide[1]


def test_of_no_tries_nothing_is_known():
    assert wilson(0, 0) is None
    with pytest.raises(ValueError, match="successes"):
        wilson(3, 2)
