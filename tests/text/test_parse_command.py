"""``annotator parse``."""

import json

import pytest
from click.testing import CliRunner

from annotator.cli.parse import parse_command

TEXT = "ANN LEE, BYLINE: Grüße. Yes.\r\n\r\nBEN ROY: (Through interpreter) No.\r\n"


@pytest.fixture
def run():
    return lambda *arguments: CliRunner().invoke(parse_command, [str(argument) for argument in arguments])


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "show.txt"
    path.write_bytes(TEXT.encode())
    return path


def test_json_has_one_object_per_document_and_line(run, file):
    result = run(file, file, "--json")
    first, second = map(json.loads, result.stdout.splitlines())
    assert result.exit_code == 0
    assert first == second
    assert list(first)[-1] == "sentences"
    assert first["speakers"][0] == {"name": "Ann Lee", "aliases": ["ANN LEE"], "role": None, "byline": True}


def test_json_offsets_are_those_of_the_text_as_read(run, file):
    record = json.loads(run(file, "--json").stdout)
    assert [TEXT[s["start"] : s["end"]] for s in record["sentences"]] == ["Grüße.", "Yes.", "No."]
    assert [(s["text"], s["turn"], s["speaker"]) for s in record["sentences"]][-1] == ("No.", 1, "Ben Roy")
    assert [(turn["speaker"], turn["note"]) for turn in record["turns"]] == [
        ("Ann Lee", None), ("Ben Roy", "Through interpreter"),
    ]  # fmt: skip


def test_summary_can_be_read(run, file):
    output = run(file).stdout
    assert output.startswith("show.txt: transcript, 2 turns, 3 sentences\n")
    assert "speaker: Ann Lee (by-line; printed ANN LEE)" in output
    assert "2. Ben Roy (Through interpreter)\n       No.\n" in output


def test_a_summary_has_the_facts_of_the_header(run, tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("Leaders meet in Oslo\nBy Nora Field\n\nThey met.", encoding="utf-8")
    assert "  title: Leaders meet in Oslo\n  author: Nora Field\n" in run(path).stdout


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("missing.txt", None, "does not exist"),
        ("empty.txt", b" \n", "is empty"),
        ("latin.txt", "Grüße".encode("latin-1"), "save the file as UTF-8"),
        ("utf-16.txt", "Hello.".encode("utf-16"), "save the file as UTF-8"),
        ("binary.txt", b"a\0b", "is NUL"),
    ],
)
def test_a_file_that_is_no_text_is_one_sentence_and_status_1(run, tmp_path, name, data, words):
    path = tmp_path / name
    if data is not None:
        path.write_bytes(data)
    result = run(path, "--json")
    assert (result.exit_code, result.stdout) == (1, "")
    assert name in result.stderr
    assert words in result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_a_bad_file_does_not_keep_the_others_back(run, file, tmp_path):
    result = run(tmp_path, file, "--json")
    assert result.exit_code == 1
    assert json.loads(result.stdout)["kind"] == "transcript"
    assert "is a folder" in result.stderr


def test_usage_errors_are_status_2(run):
    assert run().exit_code == 2
