"""Files and codebooks that cannot be used: a sentence on the page, 4xx, and nothing stored."""

import html
import io
import re

import pytest
from sqlalchemy import func, select

from annotator.db import CodebookVersion, Document, ImportBatch, Project
from bad_files import BAD_FILES


def counts(site) -> list[int]:
    with site.database.reading() as session:
        tables = (Project, CodebookVersion, Document, ImportBatch)
        return [session.scalar(select(func.count()).select_from(table)) or 0 for table in tables]


def problems(page: str) -> list[str]:
    return [html.unescape(sentence) for sentence in re.findall(r"<li>([^<]+)</li>", page)]


@pytest.mark.parametrize("what", BAD_FILES)
def test_bad_file_is_told_on_the_preview_and_cannot_be_imported(site, owner, what):
    name, content, words = BAD_FILES[what]
    before = counts(site)
    answer = site.send(owner, "/projects/study/upload", files=(io.BytesIO(content), name))
    # The client keeps what it sent in a temporary file.
    answer.request.environ["wsgi.input"].close()
    assert answer.status_code == 302
    preview = owner.get(answer.headers["Location"])
    assert preview.status_code == 422
    page = preview.text
    assert any(all(word in sentence for word in words) for sentence in problems(page)), problems(page)
    assert not re.search(r"Import \d+ file", page)
    assert site.send(owner, answer.headers["Location"]).status_code == 422
    assert counts(site) == before


@pytest.mark.parametrize(
    ("questions", "words"),
    [
        ("    colour: red\n    labels: [{name: good}, {name: bad}]\n", ("line 5", "“colour”", "use one of")),
        (
            "    labels:\n      - {name: good, key: q}\n      - {name: bad, key: q}\n",
            ("line 7", "“q”", "choose another"),
        ),
    ],
)
def test_bad_codebook_is_told_with_its_line(site, owner, questions, words):
    text = f"name: Mine\nquestions:\n  - name: Tone\n    type: choice\n{questions}"
    before = counts(site)
    file = (io.BytesIO(text.encode()), "mine.yaml")
    answer = site.send(owner, "/projects/new", name="Mine", codebook="own", file=file)
    assert answer.status_code == 422
    (sentence,) = (one for one in problems(answer.text) if one.startswith("mine.yaml"))
    assert all(word.replace("“", '"').replace("”", '"') in sentence for word in words), sentence
    assert counts(site) == before
