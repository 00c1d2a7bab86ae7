"""The secret that signs cookies."""

import subprocess
import sys

import pytest

from annotator.errors import InvalidInputError
from annotator.web.keys import secret_key


def test_the_key_is_for_its_owner_only_and_stays(tmp_path):
    path = tmp_path / "annotator.key"
    key = secret_key(path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert secret_key(path) == key
    assert [file.name for file in tmp_path.iterdir()] == ["annotator.key"]


def test_processes_that_start_at_once_share_one_key(tmp_path):
    code = "import pathlib, sys, annotator.web.keys as keys; print(keys.secret_key(pathlib.Path(sys.argv[1])))"
    command = [sys.executable, "-c", code, str(tmp_path / "k")]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE) for _ in range(3)]
    assert len({process.communicate()[0] for process in running}) == 1


def test_an_empty_file_is_no_key(tmp_path):
    (tmp_path / "k").touch()
    with pytest.raises(InvalidInputError, match="holds no key"):
        secret_key(tmp_path / "k")
