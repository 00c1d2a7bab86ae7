import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotator.importing.normalising import flaw_in


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")))
def test_ordinary_text_has_no_flaw(text):
    assert flaw_in(text) is None


@pytest.mark.parametrize("bad", ["\0", "\ud83d"])
@given(before=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=5))
def test_text_no_database_holds_is_refused(bad, before):
    flaw = flaw_in(before + bad)
    assert flaw is not None
    assert flaw.startswith(f"character {len(before) + 1} is")
