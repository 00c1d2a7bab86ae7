import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotator.codebook.identifiers import ID_LENGTH, Named, derive_ids, is_id_character, slug


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Health and safety", "health-and-safety"),
        ("  Äußerung / ÉTÉ ", "äusserung-été"),
        ("Экономика", "экономика"),
        ("सुरक्षा", "सुरक्षा"),
        ("经济 影响", "经济-影响"),
        ("-- . --", "unnamed"),
    ],
)
def test_a_slug_keeps_the_letters_of_any_script(name, expected):
    assert slug(name) == expected


@given(st.text())
def test_a_slug_is_a_usable_id_and_its_own_slug(name):
    once = slug(name)
    assert 0 < len(once) <= ID_LENGTH
    assert all(map(is_id_character, once))
    assert slug(once) == once


def test_names_with_the_same_slug_get_numbers():
    names = [Named(name="a b"), Named(name="a, b"), Named(name="a/b")]
    assert derive_ids(names) == ["a-b", "a-b-2", "a-b-3"]


def test_ids_in_the_file_come_first():
    assert derive_ids([Named(name="a"), Named(name="b", id="a")]) == ["a-2", "a"]


def test_a_newcomer_does_not_take_the_id_of_a_renamed_label():
    assert derive_ids([Named(name="good"), Named(name="cheerful", was="good")]) == ["good", "good-2"]
    assert derive_ids([Named(name="good!"), Named(name="cheerful", was="good")]) == ["good-2", "good"]


def test_no_id_is_the_name_of_another_entry():
    assert derive_ids([Named(name="a b"), Named(name="a-b")]) == ["a-b-2", "a-b"]


@given(st.lists(st.text(min_size=1, max_size=4), unique=True, max_size=12))
def test_derived_ids_are_unique_and_always_the_same(names):
    entries = [Named(name=name) for name in names]
    ids = derive_ids(entries)
    assert len(set(ids)) == len(names)
    assert derive_ids(entries) == ids
