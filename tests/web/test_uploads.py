"""From files to documents, with a look in between."""

import io
import os
import re
import time

import pytest
from sqlalchemy import select
from werkzeug.datastructures import FileStorage

from annotator.db import Document, DocumentSpeaker, Speaker
from annotator.errors import ConflictError, NotFoundError
from annotator.web import staging

TRANSCRIPT = """ANNA BELL, HOST: Good evening. The vote was close today.

CARL DUNN: It was. I am told so by everybody in the hall.

ANNA BELL: Thank you for being here with us tonight.

CARL D: You are welcome, as always. It was a pleasure.
"""


def stage(site, client, *files):
    sent = [(io.BytesIO(content.encode()), name) for name, content in files]
    return site.send(client, "/projects/study/upload", files=sent)


def staged(site, client, *files):
    """Upload files and return the path of their preview."""
    answer = stage(site, client, *files)
    assert answer.status_code == 302
    return answer.headers["Location"]


def documents(site):
    with site.database.reading() as session:
        return list(session.scalars(select(Document).where(~Document.is_pending).order_by(Document.position)))


def waiting(site):
    folder = site.settings.home / "uploads"
    return sorted(entry.name for entry in folder.iterdir()) if folder.exists() else []


def test_nothing_is_stored_before_the_import_is_confirmed(site, owner):
    page = owner.get(staged(site, owner, ("talk.txt", TRANSCRIPT))).text
    assert "4 turns" in page
    assert 'value="Carl Dunn"' in page
    assert "The vote was close today." in page
    assert documents(site) == []


def test_a_confirmed_import_is_there_and_its_files_are_gone(site, owner):
    path = staged(site, owner, ("talk.txt", TRANSCRIPT), ("note.txt", "One short note. It is about nothing."))
    answer = site.send(owner, path)
    assert answer.headers["Location"] == "/projects/study/documents"
    assert [document.title for document in documents(site)] == ["talk", "note"]
    assert waiting(site) == []
    assert "Imported 2 documents" in owner.get("/projects/study/documents").text


def test_what_was_put_right_is_what_is_stored(site, owner):
    path = staged(site, owner, ("talk.txt", TRANSCRIPT))
    fields = {"f0-title": "The vote", "f0-outlet": " Radio  Nord ", "f0-author": "", "f0-date": "5 March 2024"}
    site.send(owner, path, **fields)
    (document,) = documents(site)
    assert (document.title, document.outlet, document.author) == ("The vote", "Radio Nord", None)
    assert (document.date, document.date_precision) == ("2024-03-05", "day")


def test_a_field_left_empty_stays_empty_although_the_text_says_something(site, owner):
    path = staged(site, owner, ("talk.txt", TRANSCRIPT))
    site.send(owner, path, **{"f0-title": ""})
    assert documents(site)[0].title is None


def test_speakers_are_renamed_and_merged(site, owner):
    path = staged(site, owner, ("talk.txt", TRANSCRIPT))
    page = owner.get(path).text
    names = re.findall(r'name="f0-old" value="([^"]+)"', page)
    merge = re.search(r'name="f0-merge" value="([^"]+)"', page)[1]
    assert merge == f"{names.index('Carl D')}:{names.index('Carl Dunn')}"
    new = [name.replace("Anna Bell", "Anna Bell-Moor") for name in names]
    site.send(owner, path, **{"f0-old": names, "f0-new": new, "f0-merge": merge})
    with site.database.reading() as session:
        assert set(session.scalars(select(Speaker.name).join(DocumentSpeaker))) == {"Anna Bell-Moor", "Carl Dunn"}


def test_sending_the_import_twice_imports_once(site, owner):
    path = staged(site, owner, ("talk.txt", TRANSCRIPT))
    for _ in range(2):
        assert site.send(owner, path).headers["Location"] == "/projects/study/documents"
    assert len(documents(site)) == 1


def test_of_two_imports_at_once_one_gets_the_files(site, owner):
    identifier = staged(site, owner, ("talk.txt", TRANSCRIPT)).rpartition("/")[2]
    staging.claim(site.settings, 1, identifier)
    with pytest.raises((ConflictError, NotFoundError)):
        staging.claim(site.settings, 1, identifier)


def test_a_file_that_cannot_be_read_does_not_hold_up_the_others(site, owner):
    path = staged(site, owner, ("a.txt", "One. Two."), ("b.txt", "\0"), ("c.txt", "Three. Four."))
    assert "b.txt, line 1" in owner.get(path).text
    answer = site.send(owner, path)
    assert answer.status_code == 422
    assert "b.txt, line 1" in answer.text
    assert [document.title for document in documents(site)] == ["a", "c"]
    assert "a.txt" not in owner.get(path).text


def test_a_wrong_date_stops_the_import_and_keeps_what_was_typed(site, owner):
    path = staged(site, owner, ("talk.txt", TRANSCRIPT))
    answer = site.send(owner, path, **{"f0-title": "My title", "f0-date": "last week"})
    assert answer.status_code == 422
    assert "last week" in answer.text
    assert 'value="My title"' in answer.text
    assert documents(site) == []


def test_discarded_files_are_gone(site, owner):
    path = staged(site, owner, ("talk.txt", TRANSCRIPT))
    site.send(owner, f"{path}/discard")
    assert waiting(site) == []
    assert owner.get(path).status_code == 404


def test_the_upload_of_another_project_is_not_found(site, owner):
    path = staged(site, owner, ("talk.txt", TRANSCRIPT))
    assert site.visitor("outsider").get(path.replace("study", "elsewhere")).status_code == 404


@pytest.mark.parametrize("identifier", ["..", "x" * 32, "%2e%2e", "00000000000000000000000000000000"])
def test_made_up_uploads_are_not_found(site, owner, identifier):
    staged(site, owner, ("talk.txt", TRANSCRIPT))
    assert owner.get(f"/projects/study/uploads/{identifier}").status_code == 404


def test_no_file_is_said_at_the_form(site, owner):
    answer = stage(site, owner)
    assert answer.status_code == 422
    assert "Choose at least one file." in answer.text


@pytest.mark.parametrize("name", ["../../evil.txt", "C:\\texts\\evil.txt", "evil.txt\n"])
def test_the_name_of_a_file_is_a_name_only(site, name):
    upload = staging.stage(site.settings, 1, [FileStorage(io.BytesIO(b"A text."), filename=name)])
    assert [file.name for file in upload.files] == ["evil.txt"]
    assert list(site.settings.home.rglob("evil*")) == []


def test_what_lies_for_a_day_is_removed_by_the_next_upload(site, owner):
    old = staged(site, owner, ("old.txt", "Old. Text."))
    folder = site.settings.home / "uploads" / old.rpartition("/")[2]
    os.utime(folder, (time.time() - 90_000,) * 2)
    new = staged(site, owner, ("new.txt", "New. Text."))
    assert waiting(site) == [new.rpartition("/")[2]]


def test_uploads_are_larger_than_other_bodies(site, owner):
    large = "A sentence of some length that goes on. " * 75_000
    assert len(large) > 2 * 1024 * 1024
    answer = stage(site, owner, ("large.txt", large))
    # The client keeps what it sent in a temporary file.
    answer.request.environ["wsgi.input"].close()
    assert answer.status_code == 302


def test_a_table_shows_its_documents(site, owner):
    page = owner.get(staged(site, owner, ("t.csv", "id,title,text\n1,First,One. Two.\n2,Second,Three.\n"))).text
    assert "2 documents" in page
    assert "Second" in page
