import json
import zipfile
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotator.errors import InvalidInputError
from annotator.exporting.folder import DataSetWriter, without_text
from annotator.importing.native import open_data_set

STRINGS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=30)
PROJECT = {"name": "Harbour"}
DOCUMENT = {
    "id": "d1", "position": 0, "kind": "transcript", "title": None, "outlet": "NPR", "author": None, "url": None,
    "date": "2022-08", "date_precision": "month", "language": "en", "variables": {"topic": "x"},
    "text": "One. Two 👩‍👧.",
    "text_sha256": "ab", "segmenter": None, "extractor": None, "near_duplicate_group": "d1", "reserved": None,
    "split": None, "order": 12, "speakers": [{"name": "Ada", "aliases": [], "role": None, "byline": True}],
    "turns": [{"speaker": "Ada", "label": None, "note": None, "start": 0, "end": 4}], "original": None,
}  # fmt: skip
UNIT = {
    "id": "d1:s1", "document": "d1", "kind": "sentence", "position": 0, "turn": 0, "start": 0, "end": 4, "text": "One.",
    "speaker": "Ada", "split": None, "withdrawn_at": None, "annotations": [{"annotator": "C-1"}], "gold": None,
}  # fmt: skip
ACT = {"sequence": 1, "key": "k", "unit": "d1:s1", "annotator": "C-1", "codebook": 1, "act": "answer", "kind": "main",
       "at": "2026-05-04T10:21:07Z", "answers": {"stance": []}, "active_seconds": 1.5}  # fmt: skip


def write(path, *, documents=(DOCUMENT,), units=(UNIT,), acts=(ACT,), zipped=False, codebooks=2):
    with DataSetWriter(path, zipped=zipped) as out:
        out.add_json("project.json", PROJECT)
        for number in range(1, codebooks + 1):
            out.add_text(f"codebooks/{number}.yaml", f"name: version {number}\n")
        out.add_lines("documents.jsonl", documents)
        out.add_lines("units.jsonl", units)
        out.add_lines("history.jsonl", acts)
        out.add_text("README.md", "# x\n")
    return path


def read(path, **options):
    with open_data_set(path, **options) as data:
        return data.project, data.codebooks, list(data.documents()), list(data.units()), list(data.history())


def change(path, name, old, new):
    """Change a file and make the manifest fit again, as somebody with bad intentions would."""
    content = (path / name).read_bytes()
    assert old in content
    (path / name).write_bytes(content.replace(old, new))
    if name != "manifest.json":
        manifest = json.loads((path / "manifest.json").read_bytes())
        changed = (path / name).read_bytes()
        manifest["files"][name] = {"sha256": sha256(changed).hexdigest(), "rows": changed.count(b"\n")}
        (path / "manifest.json").write_text(json.dumps(manifest))


@pytest.mark.parametrize("zipped", [False, True])
def test_what_was_written_is_read_back(tmp_path, zipped):
    path = write(tmp_path / "set", zipped=zipped, codebooks=11)
    codebooks = [f"name: version {number}\n" for number in range(1, 12)]
    assert read(path) == (PROJECT, codebooks, [DOCUMENT], [UNIT], [ACT])


@given(texts=st.lists(STRINGS, min_size=1), comment=STRINGS)
def test_any_text_survives_writing_and_reading(tmp_path_factory, texts, comment):
    documents = [
        {**DOCUMENT, "id": f"d{n}", "text": text, "variables": {comment: text}, "turns": [], "title": comment}
        for n, text in enumerate(texts)
    ]
    units = [
        {**UNIT, "id": f"u{n}", "document": f"d{n}", "end": len(text), "text": text, "turn": None, "speaker": comment}
        for n, text in enumerate(texts)
    ]
    path = write(tmp_path_factory.mktemp("native") / "set", documents=documents, units=units)
    assert read(path)[2:4] == (documents, units)


def test_data_set_without_texts_is_read_by_its_lengths(tmp_path):
    path = write(tmp_path / "set", documents=[without_text(DOCUMENT)], units=[without_text(UNIT)])
    assert read(path)[3] == [without_text(UNIT)]
    beyond = {**without_text(UNIT), "end": 99}
    with pytest.raises(InvalidInputError, match="0 to 99 is no stretch"):
        read(write(tmp_path / "other", documents=[without_text(DOCUMENT)], units=[beyond]))


def test_documents_and_units_that_come_twice_are_refused(tmp_path):
    path = write(tmp_path / "one", documents=[DOCUMENT, DOCUMENT])
    with pytest.raises(InvalidInputError, match=r"one/documents\.jsonl, line 2: the document “d1” occurs twice"):
        read(path)
    path = write(tmp_path / "two", units=[UNIT, UNIT])
    with pytest.raises(InvalidInputError, match=r"two/units\.jsonl, line 2: the unit “d1:s1” occurs twice"):
        read(path)


def test_units_are_checked_even_if_documents_were_not_read(tmp_path):
    path = write(tmp_path / "set", units=[{**UNIT, "end": 99}])
    with open_data_set(path) as data, pytest.raises(InvalidInputError, match=r"set/units\.jsonl, line 1: 0 to 99"):
        list(data.units())


def test_zip_of_the_folder_itself_is_read_too(tmp_path):
    path = write(tmp_path / "set")
    with zipfile.ZipFile(tmp_path / "packed.zip", "w") as archive:
        for file in sorted(path.rglob("*")):
            archive.write(file, file.relative_to(tmp_path))
    assert read(tmp_path / "packed.zip") == read(path)


@pytest.mark.parametrize(
    ("name", "old", "new", "sentence"),
    [
        ("manifest.json", b'"version": 1', b'"version": 2', "written by a newer Annotator.*upgrade Annotator"),
        ("manifest.json", b'"version": 1', b'"version": true', "no data set of Annotator"),
        ("manifest.json", b"annotator-dataset", b"other", "no data set of Annotator"),
        ("manifest.json", b'"files"', b'"rows"', '"files" must name the files'),
        ("manifest.json", b"{", b"", r"set/manifest\.json: this is not valid JSON"),
        ("project.json", b"Harbour", b"\xff", r"set/project\.json, line 2: byte 0xFF is not UTF-8"),
        ("project.json", b'"Harbour"', b"NaN", r"set/project\.json: NaN"),
        ("documents.jsonl", b'"id":"d1"', b'"id":7', r'set/documents\.jsonl, line 1: "id" must be a string'),
        ("documents.jsonl", b'"text":', b'"words":', r'documents\.jsonl, line 1: a document needs its "text"'),
        ("documents.jsonl", b'{"id"', b'{"id":"d1","text":"a"}\n{"id"', r"documents\.jsonl, line 1: .* is missing"),
        ("units.jsonl", b'"document":"d1"', b'"document":"d2"', r"units\.jsonl, line 1: there is no document “d2”"),
        ("documents.jsonl", b'"end":4', b'"end":40', r"documents\.jsonl, line 1: 0 to 40 is no stretch of a text"),
        ("documents.jsonl", b'"speaker":"Ada"', b'"speaker":"Eve"', "the speaker “Eve” of a turn is not among"),
        ("documents.jsonl", b'"byline":true', b'"byline":1', r'line 1, speakers: "byline" must be true or false'),
        ("documents.jsonl", b'"transcript"', b'"poem"', '"kind" must be one of transcript, article, but is “poem”'),
        ("documents.jsonl", b'"2022-08"', b'"soon"', '"date" must be a date'),
        ("units.jsonl", b'"turn":0', b'"turn":1', r"units\.jsonl, line 1: there is no turn 1"),
        ("history.jsonl", b'"2026-05-04T10:21:07Z"', b'"now"', '"at" must be a time'),
        ("project.json", b'"name"', b'"title"', r'set/project\.json: "name" is missing'),
        ("units.jsonl", b'"start":0', b'"start":-1', r"units\.jsonl, line 1: -1 to 4 is no stretch"),
        ("units.jsonl", b'"start":0', b'"start":3', r"line 1: the text has 4 characters, but 3 to 4 are 1"),
        ("units.jsonl", b'"start":0', b'"start":5', "5 to 4 is no stretch"),
        ("units.jsonl", b'"start":0,', b"", r'units\.jsonl, line 1: "start" is missing'),
        ("units.jsonl", b'"start":0', b'"start":true', '"start" must be a whole number, but is true or false'),
        ("units.jsonl", b'"start":0', b'"start":9223372036854775808', '"start" must be a whole number'),
        ("units.jsonl", b'"start":0', b'"start":0,"start":0', 'the key "start" occurs twice'),
        ("units.jsonl", b"One.", b"One\\u0000", r"units\.jsonl, line 1: in a string, character 4 is a NUL"),
        ("units.jsonl", b"\n", b"\n\n", r"units\.jsonl, line 2: this is not valid JSON"),
        ("history.jsonl", b'"sequence":1', b'"sequence":"1"', r'history\.jsonl, line 1: "sequence" must be a whole'),
        ("history.jsonl", b'"annotator"', b'"person"', r'history\.jsonl, line 1: "annotator" is missing'),
    ],
)
def test_changed_row_is_refused_with_file_and_line(tmp_path, name, old, new, sentence):
    path = write(tmp_path / "set")
    change(path, name, old, new)
    with pytest.raises(InvalidInputError, match=sentence):
        read(path)


def test_damage_is_noticed_before_any_row_is_read(tmp_path):
    path = write(tmp_path / "set")
    (path / "units.jsonl").write_bytes((path / "units.jsonl").read_bytes().replace(b"One.", b"Two."))
    with (
        pytest.raises(InvalidInputError, match=r"set/units\.jsonl: the SHA-256 is not the manifest's"),
        open_data_set(path),
    ):
        pytest.fail("opened")


def test_wrong_row_count_is_refused(tmp_path):
    path = write(tmp_path / "set")
    manifest = (path / "manifest.json").read_text()
    (path / "manifest.json").write_text(manifest.replace('"rows": 1', '"rows": 2', 1))
    with pytest.raises(InvalidInputError, match=r"documents\.jsonl: the file has 1 rows, not the manifest's 2"):
        read(path)


@pytest.mark.parametrize(("name", "sentence"), [("units.jsonl", "is missing"), ("README.md", "is missing")])
def test_missing_file_is_named(tmp_path, name, sentence):
    path = write(tmp_path / "set")
    (path / name).unlink()
    with pytest.raises(InvalidInputError, match=f"set/{name}: the file {sentence}"):
        read(path)


def test_extra_file_is_named_but_hidden_ones_are_passed_over(tmp_path):
    path = write(tmp_path / "set")
    (path / ".DS_Store").write_text("x")
    read(path)
    (path / "notes.txt").write_text("x")
    with pytest.raises(InvalidInputError, match=r"set/notes\.txt: the manifest does not name this file"):
        read(path)


def test_file_no_data_set_has_is_refused_even_if_the_manifest_names_it(tmp_path):
    with DataSetWriter(tmp_path / "set") as out:
        out.add_text("run.sh", "x")
    with pytest.raises(InvalidInputError) as caught:
        read(tmp_path / "set")
    assert any("run.sh: a data set has no such file" in problem for problem in caught.value.problems)
    assert any("units.jsonl: a data set needs this file" in problem for problem in caught.value.problems)


def test_link_is_refused(tmp_path):
    path = write(tmp_path / "set")
    (path / "units.jsonl").unlink()
    (path / "units.jsonl").symlink_to("/etc/hostname")
    with pytest.raises(InvalidInputError, match=r"units\.jsonl is a link"):
        read(path)


def test_zip_bomb_is_stopped_while_it_inflates(tmp_path):
    path = write(tmp_path / "set.zip", documents=[{**DOCUMENT, "text": "x" * 3_000_000}], zipped=True)
    assert path.stat().st_size < 10_000
    read(path)
    with pytest.raises(InvalidInputError, match=r"set\.zip/documents\.jsonl: the data set is larger than"):
        read(path, limit=2_000_000)


@pytest.mark.parametrize("name", ["../evil.txt", "/etc/evil", "a/../../evil", "C:evil", "a\\..\\evil"])
def test_zip_that_would_write_elsewhere_is_refused(tmp_path, name):
    path = write(tmp_path / "set.zip", zipped=True)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(name, "x")
    with pytest.raises(InvalidInputError, match="would lie outside; do not trust this zip"):
        read(path)


def test_truncated_zip_and_other_files_are_no_data_set(tmp_path):
    path = write(tmp_path / "set.zip", zipped=True)
    path.write_bytes(path.read_bytes()[:-40])
    for broken in (path, write(tmp_path / "set") / "README.md"):
        with pytest.raises(InvalidInputError, match="neither a folder nor a sound zip"):
            read(broken)


def test_flipped_byte_in_a_zip_is_noticed(tmp_path):
    path = write(tmp_path / "set.zip", zipped=True)
    with zipfile.ZipFile(path) as archive:
        offset = archive.getinfo("units.jsonl").header_offset + 60
    content = bytearray(path.read_bytes())
    content[offset] ^= 0xFF
    path.write_bytes(content)
    with pytest.raises(InvalidInputError, match=r"set\.zip"):
        read(path)


def test_packing_that_cannot_be_bounded_is_refused(tmp_path):
    path = tmp_path / "set.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_LZMA) as archive:
        archive.writestr("manifest.json", "{}")
    with pytest.raises(InvalidInputError, match="packed in a rare way"):
        read(path)


def test_folder_without_manifest_is_no_data_set(tmp_path):
    with pytest.raises(InvalidInputError, match=r"there is no manifest\.json; choose a folder or zip"):
        read(tmp_path)
