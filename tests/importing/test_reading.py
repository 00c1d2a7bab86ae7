import pytest

from annotator.errors import InvalidInputError
from annotator.importing.reading import FORMATS, find_files, read_documents


def test_text_file_is_one_document_with_its_bytes(tmp_path):
    path = tmp_path / "talk.txt"
    path.write_bytes("\ufeffKENYON: Good morning.\r\nMore.\n".encode())
    (document,) = read_documents(path)
    assert document.text == "KENYON: Good morning.\r\nMore.\n"
    assert document.original == path.read_bytes()
    assert (document.name, document.line, document.units) == ("talk.txt", 1, None)


def test_unknown_suffix_says_what_is_supported(tmp_path):
    path = tmp_path / "talk.docm"
    path.write_bytes(b"x")
    with pytest.raises(InvalidInputError) as caught:
        list(read_documents(path))
    assert "talk.docm" in str(caught.value)
    assert all(name in str(caught.value) for name in FORMATS)


def test_format_given_counts_more_than_the_suffix(tmp_path):
    path = tmp_path / "table.dat"
    path.write_text("text\nOne.\n")
    assert [document.text for document in read_documents(path, format="csv")] == ["One."]


def test_errors_use_the_name_given(tmp_path):
    path = tmp_path / "tmp1234"
    path.write_bytes(b"")
    with pytest.raises(InvalidInputError, match=r"^news\.csv, line 1: the file is empty"):
        list(read_documents(path, name="news.csv"))


def test_missing_file_is_named(tmp_path):
    with pytest.raises(InvalidInputError, match=r"gone\.txt: the file cannot be read"):
        list(read_documents(tmp_path / "gone.txt"))


def test_files_of_a_folder_come_sorted_without_hidden_ones(tmp_path):
    for name in ("b.txt", "a/z.txt", ".DS_Store", ".git/x.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("x")
    assert [file.relative_to(tmp_path).as_posix() for file in find_files(tmp_path)] == ["a/z.txt", "b.txt"]
    assert find_files(tmp_path / "b.txt") == [tmp_path / "b.txt"]


def test_folder_that_is_not_there_is_named(tmp_path):
    with pytest.raises(InvalidInputError, match="no such file or folder"):
        find_files(tmp_path / "gone")
