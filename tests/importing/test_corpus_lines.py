import os
import threading
from pathlib import Path

import pytest

from annotator.errors import InvalidInputError
from annotator.importing import corpus_lines
from annotator.importing.corpus_lines import cut_lines, read_part
from annotator.importing.problems import Problems


def cut(path: Path, problems: Problems | None = None, *, rows: int = 3) -> list[tuple[int, bytes, int]]:
    found = cut_lines(path, Problems("c.jsonl") if problems is None else problems, rows=rows)
    return [(part.first, part.content, part.end) for part in found]


def test_parts_together_are_the_file(tmp_path):
    content = b"".join(b'{"n": %d}\n' % n for n in range(10)) + b'{"n": "no line end"}'
    (tmp_path / "c.jsonl").write_bytes(content)
    parts = cut(tmp_path / "c.jsonl")
    assert b"".join(part for _, part, _ in parts) == content
    assert [first for first, _, _ in parts] == [1, 4, 7, 10]
    assert parts[-1][2] == len(content)


def test_parts_of_long_lines_have_fewer_of_them(tmp_path):
    (tmp_path / "c.jsonl").write_bytes((b'"' + b"x" * (corpus_lines.PART_BYTES // 2) + b'"\n') * 5)
    assert [first for first, _, _ in cut(tmp_path / "c.jsonl", rows=100)] == [1, 3, 5]


def test_a_byte_order_mark_is_passed_over(tmp_path):
    (tmp_path / "c.jsonl").write_bytes(b'\xef\xbb\xbf{"a": 1}\n')
    assert cut(tmp_path / "c.jsonl") == [(1, b'{"a": 1}\n', 12)]


def test_a_line_too_long_to_be_held_is_told_and_the_next_keeps_its_number(tmp_path, monkeypatch):
    monkeypatch.setattr(corpus_lines, "MAX_LINE_BYTES", 50)
    (tmp_path / "c.jsonl").write_bytes(b'{"a": 1}\n' + b"x" * 200 + b'\n{"a": 3}\n')
    problems = Problems("c.jsonl")
    assert cut(tmp_path / "c.jsonl", problems) == [(1, b'{"a": 1}\n', 210), (3, b'{"a": 3}\n', 219)]
    with pytest.raises(InvalidInputError, match=r"^c\.jsonl, line 2: the line holds 201 bytes, more than 50; split it"):
        problems.raise_any()


@pytest.mark.parametrize(
    ("start", "words"), [(b"PK\x03\x04", "zip"), (b"\x1f\x8b", "unpack it first"), (b"\xff\xfea", "UTF-16")]
)
def test_a_file_of_another_kind_is_named(tmp_path, start, words):
    (tmp_path / "c.jsonl").write_bytes(start + b"more")
    with pytest.raises(InvalidInputError, match=words):
        cut(tmp_path / "c.jsonl")


def test_a_pipe_is_read_as_it_comes(tmp_path):
    os.mkfifo(tmp_path / "c.jsonl")
    writer = threading.Thread(target=(tmp_path / "c.jsonl").write_bytes, args=(b'{"a": 1}\n' * 4,))
    writer.start()
    assert [first for first, _, _ in cut(tmp_path / "c.jsonl")] == [1, 4]
    writer.join()


def test_every_damaged_line_is_told_with_its_number(tmp_path):
    lines = (b'{"a": 1}', b"{oops}", b"", b"[1]", b'{"a": "\xff"}', b'{"a": 2, "a": 3}', b'{"a": "\\u0000"}')
    (tmp_path / "c.jsonl").write_bytes(b"\n".join(lines))
    problems = Problems("c.jsonl")
    (part,) = cut_lines(tmp_path / "c.jsonl", problems)
    assert list(read_part(part, problems)) == [(1, {"a": 1})]
    with pytest.raises(InvalidInputError) as told:
        problems.raise_any()
    assert [sentence.split(":")[0] for sentence in told.value.problems] == [
        f"c.jsonl, line {line}" for line in (2, 4, 5, 6, 7)
    ]
