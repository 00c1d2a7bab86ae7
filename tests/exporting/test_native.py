from hashlib import sha256

import pytest

from annotator.exporting.native import codebook_name, without_text


def test_unit_without_text_keeps_offsets_and_a_hash():
    row = {"id": "u", "start": 3, "end": 7, "text": "Été.", "annotations": []}
    assert without_text(row) == {
        "id": "u",
        "start": 3,
        "end": 7,
        "text_sha256": sha256("Été.".encode()).hexdigest(),
        "length": 4,
        "annotations": [],
    }
    assert row["text"] == "Été."


def test_document_without_text_loses_its_original_bytes_too():
    row = {"id": "d", "text": "secret", "original": {"name": "a.txt", "sha256": "ab", "content": "c2VjcmV0"}}
    kept = without_text(row)
    assert kept["original"] == {"name": "a.txt", "sha256": "ab"}
    assert "secret" not in str(kept)
    assert "c2VjcmV0" not in str(kept)


def test_row_that_never_had_a_text_stays_as_it_is():
    assert without_text({"id": "u", "text": None, "original": None}) == {"id": "u", "original": None}


def test_codebooks_are_numbered_from_one():
    assert codebook_name(3) == "codebooks/3.yaml"
    with pytest.raises(ValueError, match="from 1"):
        codebook_name(0)
