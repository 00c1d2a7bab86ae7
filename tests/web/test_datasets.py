"""A data set that was exported comes back as a project."""

import io
import json
import re
import zipfile
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest
from sqlalchemy import func, select

from annotator.db import Document, Membership, Project, User
from annotator.services.exports import ExportOptions, export_data_set
from annotator.services.imports import import_file
from annotator.web import datasets


@pytest.fixture
def exported(site, tmp_path) -> bytes:
    """Export "Study" with one document, as a zip."""
    (tmp_path / "talk.txt").write_text("ANN LEE: It rains.\n\nBOB OAK: It pours. It is wet.\n", encoding="utf-8")
    import_file(site.database, 1, tmp_path / "talk.txt", name="talk.txt")
    return export(site, tmp_path / "study.zip")


def export(site, path: Path, **options) -> bytes:
    export_data_set(site.database, "Study", format_name="jsonl", path=path, options=ExportOptions(**options))
    return path.read_bytes()


def upload(site, client, content: bytes, name: str = "study.zip"):
    return site.send(client, "/import", file=(io.BytesIO(content), name))


def staged(site, client, content: bytes) -> str:
    """Upload a data set and return the path of its review."""
    answer = upload(site, client, content)
    assert answer.status_code == 302, answer.text
    return answer.headers["Location"]


def changed(content: bytes, name: str, change: Callable[[bytes], bytes], *, sound: bool = False) -> bytes:
    """Return the zip with one file changed; a sound one has a manifest that knows it."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        files = {entry: archive.read(entry) for entry in archive.namelist()}
    files[name] = change(files[name])
    if sound:
        manifest = json.loads(files["manifest.json"])
        manifest["files"][name] = {"sha256": sha256(files[name]).hexdigest(), "rows": files[name].count(b"\n")}
        files["manifest.json"] = json.dumps(manifest).encode()
    with zipfile.ZipFile(packed := io.BytesIO(), "w", zipfile.ZIP_DEFLATED) as archive:
        for entry, data in files.items():
            archive.writestr(entry, data)
    return packed.getvalue()


def names(site) -> list[str]:
    with site.database.reading() as session:
        return list(session.scalars(select(Project.name).order_by(Project.id)))


def waiting(site) -> list[str]:
    folder = site.settings.home / "uploads"
    return sorted(entry.name for entry in folder.iterdir()) if folder.exists() else []


def problems(page: str) -> list[str]:
    return re.findall(r"<li>([^<]+)</li>", page.partition('role="alert"')[2].partition("</ul>")[0])


def test_the_page_of_a_new_project_leads_here(owner):
    assert 'href="/import"' in owner.get("/projects/new").text
    assert "Look at it" in owner.get("/import").text


def test_nothing_is_stored_before_the_import_is_confirmed(site, owner, exported):
    page = owner.get(staged(site, owner, exported)).text
    assert "1 document with 3 sentences" in page
    assert 'value="Study"' in page
    assert names(site) == ["Study", "Elsewhere"]


def test_the_project_comes_back_as_the_own_of_whoever_imports_it(site, exported):
    outsider = site.visitor("outsider")
    answer = site.send(outsider, staged(site, outsider, exported), name="  Study  again ")
    assert answer.headers["Location"] == "/projects/study-again/documents"
    page = outsider.get(answer.headers["Location"]).text
    assert "The data set is imported as “Study again”." in page
    assert "talk" in page
    with site.database.reading() as session:
        members = session.execute(
            select(User.name, Membership.role).join(Membership).join(Project).where(Project.name == "Study again")
        )
        assert members.all() == [("outsider", "owner")]
    assert waiting(site) == []


def test_what_comes_back_is_exported_as_the_same_again(site, owner, exported, tmp_path):
    site.send(owner, staged(site, owner, exported), name="Second")
    export_data_set(site.database, "Second", format_name="jsonl", path=tmp_path / "second.zip")
    with zipfile.ZipFile(io.BytesIO(exported)) as one, zipfile.ZipFile(tmp_path / "second.zip") as other:
        for name in ("documents.jsonl", "units.jsonl", "history.jsonl", "codebooks/1.yaml"):
            assert one.read(name) == other.read(name), name


def test_a_name_that_is_taken_can_be_changed_without_sending_the_file_again(site, owner, exported):
    path = staged(site, owner, exported)
    for name in ("Study", "study", "Elsewhere"):
        answer = site.send(owner, path, name=name)
        assert answer.status_code == 409
        assert "choose another name" in answer.text
        assert f'value="{name}"' in answer.text
    assert names(site) == ["Study", "Elsewhere"]
    assert site.send(owner, path, name="Third").headers["Location"] == "/projects/third/documents"


@pytest.mark.parametrize("name", ["", "  ", "x" * 201])
def test_a_name_that_is_none_is_told(site, owner, exported, name):
    answer = site.send(owner, staged(site, owner, exported), name=name)
    assert answer.status_code == 422
    assert 'aria-invalid="true"' in answer.text
    assert names(site) == ["Study", "Elsewhere"]


def test_sending_the_import_twice_imports_once(site, owner, exported):
    path = staged(site, owner, exported)
    assert site.send(owner, path, name="Twice").status_code == 302
    again = site.send(owner, path, name="Twice")
    assert (again.status_code, again.headers["Location"]) == (302, "/projects")
    assert "imported or discarded already" in owner.get("/projects").text
    assert names(site).count("Twice") == 1


def test_an_import_that_goes_on_holds_the_file(site, owner, exported):
    path = staged(site, owner, exported)
    datasets.staging.claim(site.settings, -1, path.rpartition("/")[2])
    assert site.send(owner, path, name="Twice").headers["Location"] == "/projects"
    assert names(site) == ["Study", "Elsewhere"]


def test_the_upload_of_somebody_else_is_not_found(site, owner, exported):
    path = staged(site, owner, exported)
    outsider = site.visitor("outsider")
    assert outsider.get(path).status_code == 404
    assert site.send(outsider, f"{path}/discard").status_code == 404
    site.send(outsider, path, name="Theirs")
    assert names(site) == ["Study", "Elsewhere"]
    assert owner.get(path).status_code == 200


def test_a_discarded_data_set_is_gone(site, owner, exported):
    path = staged(site, owner, exported)
    site.send(owner, f"{path}/discard")
    assert waiting(site) == []
    assert owner.get(path).status_code == 404


def test_without_a_file_the_page_asks_for_one(site, owner):
    answer = site.send(owner, "/import")
    assert answer.status_code == 422
    assert problems(answer.text) == ["Choose the .zip file of a data set."]


WRONG = {
    "a text": (lambda _: b"It rains.", "a.txt", "a.txt is not a .zip file"),
    "a text called zip": (lambda _: b"It rains.", "a.zip", "a.zip: this is neither a folder nor a sound zip file"),
    "an empty file": (lambda _: b"", "a.zip", "a.zip: this is neither a folder nor a sound zip file"),
    "half a zip": (lambda content: content[: len(content) // 2], "a.zip", "a.zip: this is neither"),
    "a damaged file": (
        lambda content: changed(content, "units.jsonl", lambda text: text.replace(b"pours", b"snows")),
        "a.zip",
        "a.zip/units.jsonl: the SHA-256 is not the manifest&#39;s",
    ),
    "a newer version": (
        lambda content: changed(content, "manifest.json", lambda text: re.sub(rb'"version": ?1', b'"version":2', text)),
        "a.zip",
        "was written by a newer Annotator (version 2 of the format, known is 1); upgrade Annotator.",
    ),
    "a wrong row": (
        lambda content: changed(content, "documents.jsonl", lambda text: b"[1]\n" + text, sound=True),
        "a.zip",
        "a.zip/documents.jsonl, line 1: this must be a JSON object",
    ),
}


@pytest.mark.parametrize("what", WRONG)
def test_a_wrong_file_is_refused_with_a_sentence(site, owner, exported, what):
    change, name, words = WRONG[what]
    answer = upload(site, owner, change(exported), name)
    assert answer.status_code == 422
    assert any(words in sentence for sentence in problems(answer.text)), problems(answer.text)
    assert waiting(site) == []


def test_another_zip_is_refused(site, owner):
    with zipfile.ZipFile(packed := io.BytesIO(), "w") as archive:
        archive.writestr("a.txt", "It rains.")
    answer = upload(site, owner, packed.getvalue())
    assert answer.status_code == 422
    assert "there is no manifest.json" in answer.text


def test_a_zip_that_inflates_without_end_is_refused(site, owner, exported, monkeypatch):
    monkeypatch.setattr(datasets, "UNPACKED", 0.01)
    bomb = changed(exported, "README.md", lambda _: b"0" * 10_000_000, sound=True)
    assert len(bomb) < 100_000
    answer = upload(site, owner, bomb)
    assert answer.status_code == 422
    assert "the data set is larger than an import may be" in answer.text


def test_a_data_set_that_contradicts_itself_leaves_nothing(site, owner, exported):
    def break_target(text: bytes) -> bytes:
        project = json.loads(text)
        project["annotators"] = [{"code": "C-1", "origin": "person"}] * 2
        return json.dumps(project).encode()

    path = staged(site, owner, changed(exported, "project.json", break_target, sound=True))
    answer = site.send(owner, path, name="Broken")
    assert answer.status_code == 422
    assert "contradicts itself" in answer.text
    assert names(site) == ["Study", "Elsewhere"]
    assert waiting(site) == []
    with site.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Document)) == 1


def test_a_data_set_without_texts_says_how_to_put_them_back(site, owner, exported, tmp_path):
    bare = export(site, tmp_path / "bare.zip", with_text=False)
    path = staged(site, owner, bare)
    page = owner.get(path).text
    assert "--texts FOLDER" in page
    assert "Import it" not in page
    answer = site.send(owner, path, name="Bare")
    assert answer.status_code == 422
    assert "--texts FOLDER" in answer.text


def test_whoever_is_signed_out_is_asked_to_sign_in(site, exported):
    nobody = site.visitor(None)
    assert nobody.get("/import").headers["Location"] == "/sign-in"
    assert upload(site, nobody, exported).status_code == 401
    assert waiting(site) == []
