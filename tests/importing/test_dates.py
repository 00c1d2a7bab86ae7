from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotator.importing.dates import parse_date


@pytest.mark.parametrize(
    ("written", "iso", "precision"),
    [
        ("2022-08-05", "2022-08-05", "day"),
        ("2022/8/5", "2022-08-05", "day"),
        ("20220805", "2022-08-05", "day"),
        ("2022-08-05T10:21:07Z", "2022-08-05", "day"),
        ("2022-08-05 10:21", "2022-08-05", "day"),
        ("5 Aug 2022", "2022-08-05", "day"),
        ("5th August, 2022", "2022-08-05", "day"),
        ("Aug. 5, 2022", "2022-08-05", "day"),
        ("Sept 5 2022", "2022-09-05", "day"),
        ("25.08.2022", "2022-08-25", "day"),
        ("08/25/2022", "2022-08-25", "day"),
        ("05.05.2022", "2022-05-05", "day"),
        ("August 2022", "2022-08", "month"),
        ("2022-08", "2022-08", "month"),
        (" 2022 ", "2022", "year"),
    ],
)
def test_date_is_understood_with_its_precision(written, iso, precision):
    assert parse_date(written) == (iso, precision)


@pytest.mark.parametrize(
    "written",
    [
        "05.08.2022",
        "5/8/2022",
        "9/26/16",
        "2022-02-30",
        "2022-13",
        "31.31.2022",
        "0000",
        "soon",
        "5 Foo 2022",
        "2022-8-0",
    ],
)
def test_date_that_would_be_guessed_is_refused(written):
    with pytest.raises(ValueError, match="write it as 2022-08-05, 2022-08 or 2022"):
        parse_date(written)


@given(st.dates())
def test_iso_dates_stay_as_they_are(day: date):
    assert parse_date(day.isoformat()) == (day.isoformat(), "day")
    assert parse_date(day.isoformat()[:7]) == (day.isoformat()[:7], "month")


@given(st.text(max_size=30))
def test_any_other_text_gives_a_date_or_a_sentence(text):
    try:
        iso, precision = parse_date(text)
    except ValueError as error:
        assert "write it as" in str(error)
    else:
        assert len(iso) == {"day": 10, "month": 7, "year": 4}[precision]
