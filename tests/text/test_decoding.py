"""Bytes of a file to text."""

import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotator.errors import InvalidInputError
from annotator.text.decoding import decode

without_zero = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\ufeff"))


@given(without_zero)
def test_utf8_comes_back_with_its_line_breaks(text):
    assert decode(text.encode(), name="a.txt") == text


@given(without_zero)
def test_a_byte_order_mark_is_no_part_of_the_text(text):
    assert decode(codecs.BOM_UTF8 + text.encode(), name="a.txt") == text
    assert decode(codecs.BOM_UTF16_LE + text.encode("utf-16-le"), name="a.txt") == text
    assert decode(codecs.BOM_UTF16_BE + text.encode("utf-16-be"), name="a.txt") == text


def test_another_encoding_is_refused_with_file_line_and_byte():
    with pytest.raises(InvalidInputError) as caught:
        decode("Zeile eins\nGrüße".encode("latin-1"), name="brief.txt")
    assert str(caught.value) == (
        "brief.txt is not UTF-8 text (line 2, byte 14 of the file does not fit); save it as UTF-8."
    )


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"%PDF-1.7 ...", "a PDF file"),
        (b"PK\x03\x04rest", "an office document"),
        (b"a\r\nb\0c", "line 2, byte 5"),
        (b"\xff\xfea", "UTF-16"),
        (b"\xff\xfe\0\0a\0\0\0", "save it as"),
        (b"\xff\xfea\0\0\0", "plain text"),
    ],
)
def test_binary_files_are_refused_with_advice(data, words):
    with pytest.raises(InvalidInputError, match=r"thing\.txt") as caught:
        decode(data, name="thing.txt")
    assert words in str(caught.value)
    assert "UTF-8" in str(caught.value)
