"""The server and the commands start fast and small: what only classifiers need is imported when one is trained."""

import subprocess
import sys

import pytest

IMPORT_ALL = """
import importlib, pathlib, sys
for name in sys.argv[1:]:
    folder = pathlib.Path(importlib.import_module(name).__file__).parent
    for path in folder.rglob("*.py") if name.startswith("annotator.") else ():
        module = ".".join((name, *path.relative_to(folder).with_suffix("").parts))
        if ".migrations." not in module:  # Alembic runs those by itself
            importlib.import_module(module.removesuffix(".__init__"))
print(*sorted({module.partition(".")[0] for module in sys.modules}))
"""


def loaded_with(*packages: str) -> set[str]:
    command = [sys.executable, "-c", IMPORT_ALL, *packages]
    return set(subprocess.run(command, check=True, capture_output=True, text=True).stdout.split())


@pytest.mark.parametrize("package", ["annotator.web", "annotator.services", "annotator.cli", "annotator.db"])
def test_no_page_and_no_command_loads_scikit_learn(package: str):
    assert loaded_with(package).isdisjoint({"sklearn", "scipy", "joblib"})


def test_no_page_loads_what_hashes_passwords_before_one_is_given():
    assert loaded_with("annotator.web").isdisjoint({"argon2", "_cffi_backend"})


@pytest.mark.parametrize("package", ["annotator.services", "annotator.db", "annotator.text", "annotator.importing"])
def test_below_the_pages_nothing_loads_flask(package: str):
    assert loaded_with(package).isdisjoint({"flask", "wtforms", "werkzeug"})


def test_what_is_loaded_is_seen():
    assert "sklearn" in loaded_with("sklearn")
