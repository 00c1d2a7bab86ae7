"""The script behind the README's two commands, run on a project of two files so that no network is needed."""

import ast
import importlib.util
import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest

SCRIPT = Path(__file__).parents[1] / "bootstrap.py"

PYPROJECT = """
[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]

[project]
name = "annotator"
version = "1.0"
"""

# The least that pip accepts as an editable package: a wheel with one path in it.
BACKEND = """
import pathlib
import zipfile

def build_editable(folder, config_settings=None, metadata_directory=None):
    info = "annotator-1.0.dist-info/"
    with zipfile.ZipFile(pathlib.Path(folder) / "annotator-1.0-py3-none-any.whl", "w") as wheel:
        wheel.writestr("annotator.pth", str(pathlib.Path.cwd()))
        wheel.writestr(info + "METADATA", "Metadata-Version: 2.1\\nName: annotator\\nVersion: 1.0\\n")
        wheel.writestr(info + "WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
        wheel.writestr(info + "RECORD", "annotator.pth,,\\n" + info + "METADATA,,\\n" + info + "WHEEL,,\\n")
    return "annotator-1.0-py3-none-any.whl"
"""

APPLICATION = """
import os
import sys

print(os.getcwd(), sys.prefix, *sys.argv[1:], sep="|")
sys.exit(int(sys.argv[2]) if sys.argv[2:] else 0)
"""


def make_project(root: Path) -> Path:
    (root / "annotator").mkdir(parents=True)
    shutil.copy(SCRIPT, root)
    (root / "pyproject.toml").write_text(PYPROJECT)
    (root / "backend.py").write_text(BACKEND)
    (root / "annotator" / "__init__.py").touch()
    (root / "annotator" / "__main__.py").write_text(APPLICATION)
    for lock in ("requirements.lock", "requirements-test.lock"):
        (root / lock).touch()
    return root


def bootstrap(root: Path, *arguments: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(root / "bootstrap.py"), *arguments]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = make_project(tmp_path_factory.mktemp("a folder with spaces") / "Ännotator")
    first = bootstrap(root, "demo")
    assert first.returncode == 0, first.stderr
    return root


@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    specification = importlib.util.spec_from_file_location("bootstrap_under_test", SCRIPT)
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


def test_arguments_and_exit_status_are_passed_through_from_any_directory(project: Path, tmp_path: Path):
    (tmp_path / "annotator").mkdir()
    result = bootstrap(project, "demo", "7", "--port", "80 80", cwd=tmp_path)
    assert result.stdout.strip() == f"{tmp_path}|{project / '.venv'}|demo|7|--port|80 80"
    assert result.returncode == 7


def test_a_second_run_installs_nothing(project: Path):
    bootstrap(project, "demo")
    assert bootstrap(project, "demo").stderr == ""


def test_a_changed_lock_is_installed_into_the_same_environment(project: Path):
    keepsake = project / ".venv" / "keepsake"
    keepsake.touch()
    with (project / "requirements.lock").open("a") as lock:
        lock.write("# changed\n")
    result = bootstrap(project, "demo")
    assert "Installing" in result.stderr
    assert "Making" not in result.stderr
    assert keepsake.exists()


def test_tests_run_at_the_top_with_their_own_lock(project: Path, tmp_path: Path):
    (project / "pytest.py").write_text("import os, sys; print(os.getcwd(), *sys.argv[1:], sep='|')")
    result = bootstrap(project, "test", "-k", "one", cwd=tmp_path)
    assert "requirements-test.lock" in result.stderr
    where, *arguments = result.stdout.strip().split("|")
    assert (where, arguments[-2:]) == (str(project), ["-k", "one"])
    assert "--numprocesses=logical" in arguments


def test_a_half_made_environment_is_made_anew(project: Path):
    for file in (project / ".venv").glob("installed-for-*"):
        file.unlink()
    leftover = project / ".venv" / "leftover"
    leftover.touch()
    result = bootstrap(project, "demo")
    assert result.returncode == 0
    assert "Making" in result.stderr
    assert not leftover.exists()


def test_an_environment_somebody_else_made_is_used_and_kept(tmp_path: Path):
    root = make_project(tmp_path / "project")
    venv.create(root / ".venv", with_pip=True, symlinks=os.name != "nt")
    (root / ".venv" / "theirs").touch()
    result = bootstrap(root, "demo")
    assert result.returncode == 0, result.stderr
    assert "Making" not in result.stderr
    assert (root / ".venv" / "theirs").exists()


def test_something_else_called_venv_is_never_deleted(tmp_path: Path):
    root = make_project(tmp_path / "project")
    (root / ".venv").mkdir()
    (root / ".venv" / "letters.txt").touch()
    result = bootstrap(root, "demo")
    assert result.returncode == 1
    assert "is in the way" in result.stderr
    assert (root / ".venv" / "letters.txt").exists()


def test_a_package_that_cannot_be_installed_is_one_sentence_after_pips_own(project: Path, tmp_path: Path):
    root = shutil.copytree(project, tmp_path / "copy", symlinks=True)
    (root / "requirements.lock").write_text(
        "no-such-package @ file:///nowhere/at/all-1.0-py3-none-any.whl --hash=sha256:00"
    )
    result = bootstrap(root, "demo")
    assert result.returncode == 1
    assert "The packages could not be installed" in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize(("arguments", "status"), [((), 2), (("dmeo",), 2), (("--help",), 0)])
def test_without_a_known_command_both_are_named(tmp_path: Path, arguments: tuple[str, ...], status: int):
    shutil.copy(SCRIPT, tmp_path)
    result = bootstrap(tmp_path, *arguments)
    assert result.returncode == status
    assert "bootstrap.py demo" in (result.stdout if status == 0 else result.stderr)
    assert not (tmp_path / ".venv").exists()


def test_an_old_python_can_read_the_script():
    source = SCRIPT.read_text(encoding="utf-8")
    assert source.isascii(), "Python 2 refuses other characters"
    for node in ast.walk(ast.parse(source)):
        assert not isinstance(node, ast.JoinedStr | ast.AnnAssign | ast.NamedExpr | ast.Starred | ast.Nonlocal)
        if isinstance(node, ast.FunctionDef):
            assert not node.args.kwonlyargs
            assert not any(argument.annotation for argument in node.args.args)


def test_an_old_python_without_a_newer_one_gets_a_sentence(
    script: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setattr(script, "sys", SimpleNamespace(version_info=(3, 9, 2), stderr=sys.stderr))
    monkeypatch.setenv("PATH", "")
    assert script.main(["demo"]) == 1
    assert "needs Python 3.11 or newer; found 3.9.2" in capsys.readouterr().err


def test_an_old_python_hands_over_to_a_newer_one(script: ModuleType, monkeypatch: pytest.MonkeyPatch):
    commands: list[list[str]] = []
    monkeypatch.setattr(script, "sys", SimpleNamespace(version_info=(3, 9, 2), stderr=sys.stderr))
    monkeypatch.setattr(script, "answers", lambda python, code: python == ["python3.12"])
    monkeypatch.setattr(script, "run", lambda command: commands.append(command) or 0)
    assert script.main(["test", "-x"]) == 0
    assert commands == [["python3.12", str(SCRIPT), "test", "-x"]]
