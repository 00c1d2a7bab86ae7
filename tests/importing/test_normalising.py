import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotator.errors import InvalidInputError
from annotator.importing.normalising import normalise


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")))
def test_ordinary_text_stays_as_it_is(text):
    assert normalise(text, where="a") == text


def test_decomposed_letters_are_not_composed():
    assert normalise("e\u0301\r\n", where="a") == "e\u0301\r\n"


@pytest.mark.parametrize("bad", ["\0", "\ud83d"])
@given(before=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=5))
def test_text_no_database_holds_is_refused(bad, before):
    with pytest.raises(InvalidInputError, match=rf"^a, line 2: character {len(before) + 1} is"):
        normalise(before + bad, where="a, line 2")
