"""Where two texts differ."""

from hypothesis import given
from hypothesis import strategies as st

from annotator.text.differing import MOST_WORDS, Piece, differing


@given(st.text(max_size=80), st.text(max_size=80))
def test_the_pieces_are_the_texts_and_what_is_shared_is_the_same(before, after):
    left, right = differing(before, after)
    assert ("".join(one.text for one in left), "".join(one.text for one in right)) == (before, after)
    shared = ["".join(one.text for one in side if not one.differs) for side in (left, right)]
    assert shared[0] == shared[1]


def test_a_word_that_is_added_is_all_that_differs():
    assert differing("one two", "one more two")[1] == [Piece("one ", False), Piece("more ", True), Piece("two", False)]


def test_long_texts_differ_as_wholes():
    long = "word " * MOST_WORDS
    assert differing(long, long + "more") == ([Piece(long, True)], [Piece(long + "more", True)])
    assert differing(long, long)[0] == [Piece(long, False)]
