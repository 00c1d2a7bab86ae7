import errno
import hashlib
import json
import zipfile

import pytest

from annotator.errors import ConflictError, StorageFullError
from annotator.exporting.folder import DataSetWriter

ROWS = [{"id": "u1", "text": "שלום 👩‍👧", "b": 1, "a": None}, {"id": "u2", "text": "x\ny"}]


def write(path, rows=ROWS, **options):
    with DataSetWriter(path, **options) as out:
        out.add_json("project.json", {"name": "Été"})
        out.add_text("codebooks/1.yaml", "name: x\n")
        assert out.add_lines("units.jsonl", rows) == len(rows)


def test_rows_are_lines_with_keys_in_the_order_given(tmp_path):
    write(tmp_path / "set")
    assert (tmp_path / "set" / "units.jsonl").read_bytes() == (
        '{"id":"u1","text":"שלום 👩‍👧","b":1,"a":null}\n{"id":"u2","text":"x\\ny"}\n'.encode()
    )


def test_manifest_names_every_file_with_hash_and_rows(tmp_path):
    write(tmp_path / "set", [{"n": n} for n in range(1_201)])
    manifest = json.loads((tmp_path / "set" / "manifest.json").read_bytes())
    assert (manifest["format"], manifest["version"]) == ("annotator-dataset", 1)
    assert list(manifest["files"]) == ["codebooks/1.yaml", "project.json", "units.jsonl"]
    for name, entry in manifest["files"].items():
        content = (tmp_path / "set" / name).read_bytes()
        assert entry["sha256"] == hashlib.sha256(content).hexdigest()
        assert entry["rows"] == (content.count(b"\n") if name == "units.jsonl" else None)


@pytest.mark.parametrize("zipped", [False, True])
def test_same_rows_give_the_same_bytes(tmp_path, zipped):
    write(tmp_path / "one", zipped=zipped)
    write(tmp_path / "two", zipped=zipped)
    if zipped:
        assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()
        assert zipfile.ZipFile(tmp_path / "one").namelist() == [
            "codebooks/1.yaml", "manifest.json", "project.json", "units.jsonl",
        ]  # fmt: skip
    else:
        files = {file.relative_to(tmp_path / "one") for file in (tmp_path / "one").rglob("*") if file.is_file()}
        assert len(files) == 4
        assert all((tmp_path / "one" / file).read_bytes() == (tmp_path / "two" / file).read_bytes() for file in files)


@pytest.mark.parametrize("zipped", [False, True])
def test_what_exists_is_replaced_only_on_request(tmp_path, zipped):
    path = tmp_path / "set"
    write(path, zipped=zipped)
    with pytest.raises(ConflictError, match="set: this exists already"):
        write(path, [], zipped=zipped)
    write(path, [], zipped=not zipped, replace=True)
    assert path.is_dir() is zipped
    assert [file.name for file in tmp_path.iterdir()] == ["set"]


def test_target_made_meanwhile_is_kept(tmp_path):
    def rows():
        (tmp_path / "set").write_text("somebody else's")
        yield ROWS[0]

    with pytest.raises(ConflictError), DataSetWriter(tmp_path / "set") as out:
        out.add_lines("units.jsonl", rows())
    assert [file.read_text() for file in tmp_path.iterdir()] == ["somebody else's"]


@pytest.mark.parametrize("zipped", [False, True])
def test_nothing_is_left_when_the_rows_break_off(tmp_path, zipped):
    def rows():
        yield ROWS[0]
        raise KeyError("gone")

    with pytest.raises(KeyError), DataSetWriter(tmp_path / "set", zipped=zipped) as out:
        out.add_lines("units.jsonl", rows())
    assert list(tmp_path.iterdir()) == []


def test_full_disk_is_said_and_leaves_the_old_data_set(tmp_path):
    write(tmp_path / "set")
    before = (tmp_path / "set" / "units.jsonl").read_bytes()

    def rows():
        yield ROWS[0]
        raise OSError(errno.ENOSPC, "No space left on device")

    with (
        pytest.raises(StorageFullError, match="the disk is full; free some space"),
        DataSetWriter(tmp_path / "set", replace=True) as out,
    ):
        out.add_lines("units.jsonl", rows())
    assert (tmp_path / "set" / "units.jsonl").read_bytes() == before
    assert [file.name for file in tmp_path.iterdir()] == ["set"]


@pytest.mark.parametrize("name", ["../x", "/x", "", "manifest.json", "twice"])
def test_names_that_are_no_new_file_are_mistakes(tmp_path, name):
    with DataSetWriter(tmp_path / "set") as out:
        out.add_text("twice", "x")
        with pytest.raises(ValueError, match="no new file"):
            out.add_text(name, "x")
