"""What is installed and what is shipped: the lock files, the licences of what they name, the built packages."""

import re
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
LOCKS = {"requirements.lock": (), "requirements-test.lock": ("test",), "requirements-dev.lock": ("test", "dev")}
PERMISSIVE = re.compile(r"\b(MIT|BSD|Apache|PSF|Python Software Foundation|MPL|Mozilla|Zope|ZPL|ISC)\b")
# The exception lets compiled programs use GCC's runtime library whatever their licence.
COPYLEFT = re.compile(r"\b[AL]?GPL|GNU (Lesser|Affero|General)(?!.*GCC-exception)")


def pins(lock: str) -> dict[str, Version]:
    """Read the versions a lock file names."""
    text = (ROOT / lock).read_text(encoding="utf-8")
    return {name: Version(version) for name, version in re.findall(r"^([a-z0-9-]+)==(\S+)", text, re.MULTILINE)}


def requirements_of(extras: tuple[str, ...]) -> list[Requirement]:
    """List what pyproject.toml asks for, with some of its extras; extras that name extras are followed."""
    texts = [
        *PROJECT["project"]["dependencies"],
        *PROJECT["dependency-groups"]["build"],
        *PROJECT["build-system"]["requires"],
    ]
    for extra in extras:
        texts += PROJECT["project"]["optional-dependencies"][extra]
    requirements = [Requirement(text) for text in texts]
    own = tuple(
        extra for requirement in requirements if requirement.name == "annotator" for extra in requirement.extras
    )
    others = [requirement for requirement in requirements if requirement.name != "annotator"]
    return others + (requirements_of(own) if own else [])


def installed(name: str) -> Distribution | None:
    """Find an installed package; some in the lock are for other systems."""
    try:
        return distribution(name)
    except PackageNotFoundError:
        return None


def needs(package: Distribution) -> list[Requirement]:
    """List what an installed package needs on this machine, leaving out its extras."""
    requirements = [Requirement(text) for text in package.requires or []]
    return [each for each in requirements if each.marker is None or each.marker.evaluate({"extra": ""})]


@pytest.mark.parametrize("lock", LOCKS)
def test_every_dependency_is_pinned_at_a_version_it_allows(lock: str):
    pinned = pins(lock)
    for requirement in requirements_of(LOCKS[lock]):
        assert requirement.specifier.contains(pinned[canonicalize_name(requirement.name)], prereleases=True), (
            requirement
        )


@pytest.mark.parametrize("lock", LOCKS)
def test_what_the_packages_need_is_in_the_lock_too(lock: str):
    pinned = pins(lock)
    for package in filter(None, map(installed, pinned)):
        for requirement in needs(package):
            assert canonicalize_name(requirement.name) in pinned, f"{package.name} needs {requirement}"


@pytest.mark.parametrize("lock", LOCKS)
def test_every_package_has_hashes_and_no_address(lock: str):
    text = (ROOT / lock).read_text(encoding="utf-8")
    entries = re.split(r"^(?=\S)", text, flags=re.MULTILINE)[1:]
    assert len(entries) == len(pins(lock))
    for entry in entries:
        assert re.fullmatch(r"\S+==\S+( ; [^\\]+)?( \\\n    --hash=sha256:[0-9a-f]{64})+\n", entry), entry


def test_the_locks_agree_with_each_other():
    runtime, test, dev = (pins(lock).items() for lock in LOCKS)
    assert runtime <= test <= dev


def test_a_package_that_nobody_asked_for_is_not_in_the_runtime_lock():
    wanted: set[str] = set()
    waiting = [canonicalize_name(requirement.name) for requirement in requirements_of(())]
    while waiting:
        name = waiting.pop()
        package = installed(name)
        if name not in wanted and package is not None:
            waiting += [canonicalize_name(requirement.name) for requirement in needs(package)]
        wanted.add(name)
    assert {name for name in pins("requirements.lock") if installed(name)} <= wanted


def licence(package: Distribution) -> str:
    """Say under which licence a package is, in the words of its metadata or else of its licence file."""
    metadata = package.metadata
    classifiers = [text for text in metadata.get_all("Classifier") or [] if text.startswith("License ::")]
    stated = (
        metadata.get("License-Expression")
        or "; ".join(classifiers)
        or (metadata.get("License") or "").partition("\n")[0]
    )
    if stated:
        return stated
    files = [file for file in package.files or [] if "LICENSE" in file.name.upper()]
    text = " ".join(files[0].read_text(encoding="utf-8").split()) if files else ""
    return "MIT" if "Permission is hereby granted, free of charge, to any person" in text else text


def test_nothing_that_users_install_is_under_the_gpl_or_lgpl():
    optional = [requirement.name for requirement in requirements_of(("cluster", "embedding", "postgresql"))]
    packages = [package for name in {*pins("requirements.lock"), *optional} if (package := installed(name))]
    assert len(packages) > 20
    for package in packages:
        assert PERMISSIVE.search(licence(package)), f"{package.name}: {licence(package)}"
        assert not COPYLEFT.search(licence(package)), f"{package.name}: {licence(package)}"


@pytest.mark.parametrize(
    "text", ["LGPL-3.0-only", "License :: OSI Approved :: GNU Lesser General Public License", "AGPL-3.0"]
)
def test_the_licence_check_can_say_no(text: str):
    assert COPYLEFT.search(text)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[set[str], set[str]]:
    """Build both packages; return the names of the files in the wheel and in the source archive."""
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "hatchling", "build", "--directory", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    with zipfile.ZipFile(next(folder.glob("*.whl"))) as wheel, tarfile.open(next(folder.glob("*.tar.gz"))) as source:
        return set(wheel.namelist()), {name.partition("/")[2] for name in source.getnames()}


def files_in(folder: str) -> set[str]:
    """List the files below a folder of the checkout, without what Python leaves there."""
    found = (ROOT / folder).rglob("*")
    return {path.relative_to(ROOT).as_posix() for path in found if path.is_file() and path.suffix != ".pyc"}


def test_the_wheel_holds_the_application_and_its_pages_and_nothing_else(built: tuple[set[str], set[str]]):
    wheel, _ = built
    expected = files_in("annotator") | {f"annotator/{name}" for name in files_in("templates")}
    assert {name for name in wheel if ".dist-info/" not in name} == expected
    assert any(name.endswith(".dist-info/licenses/LICENSE") for name in wheel)


def test_the_source_archive_holds_all_that_the_two_commands_need(built: tuple[set[str], set[str]]):
    _, source = built
    expected = {"bootstrap.py", "pyproject.toml", "LICENSE", "README.md", "CHANGELOG.md", ".ci/run", *LOCKS}
    expected |= files_in("annotator") | files_in("templates") | {"models/README.md", "exports/README.md"}
    expected |= {name for name in files_in("tests") if name.endswith(".py")}
    assert expected - source == set()


def test_nobodys_data_gets_into_the_source_archive(built: tuple[set[str], set[str]]):
    _, source = built
    private = re.compile(r"^(models|exports)/(?!README\.md)|\.sqlite|\.key$|^\.venv|^\.git/|^dist/|_cache/")
    assert not sorted(filter(private.search, source))
