import pytest

from annotator.errors import InvalidInputError
from annotator.importing.problems import Problems


def problems(count, name="a.csv"):
    found = Problems(name)
    for line in range(count):
        found.add(line, "wrong.")
    return found


def told(found):
    with pytest.raises(InvalidInputError) as caught:
        found.raise_any()
    return list(caught.value.problems)


def test_nothing_wrong_raises_nothing():
    Problems("a.csv").raise_any()


def test_fifty_are_told_and_the_rest_counted():
    assert told(problems(50))[-1] == "a.csv, line 49: wrong."
    assert told(problems(1_050))[50:] == ["a.csv: and 1,000 more."]


def test_problems_taken_over_from_a_reader_keep_their_count():
    found = Problems("a.csv")
    with pytest.raises(InvalidInputError) as caught:
        problems(120).raise_any()
    found.take(caught.value)
    found.add(7, "this too.")
    assert len(found) == 121
    assert told(found)[50:] == ["a.csv: and 71 more."]


def test_reading_stops_at_ten_thousand():
    with pytest.raises(InvalidInputError) as caught:
        problems(20_000)
    assert caught.value.problems[-1] == "a.csv: and 9,950 more at least; reading stopped there."
