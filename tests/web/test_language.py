"""Pages in another language: whose language it is, and that everything on them is in it."""

import io
import json
from datetime import UTC, datetime

import pytest
from werkzeug.datastructures import MultiDict

from annotator.codebook.builtin import builtin_codebooks
from annotator.codebook.reading import read_codebook
from annotator.services.accounts import find_user
from annotator.web import language
from annotator.web.forms.labelling import labelling_form
from web.conftest import PACE

GERMAN = {"Accept-Language": "de-AT,de;q=0.9,en;q=0.5"}
STUDY = "/projects/study"


@pytest.fixture
def german(site):
    """Return the browser of an owner who has chosen German, although the browser asks for English."""
    with site.database.transaction() as session:
        find_user(session, "owner").preferences = {"language": "de"}
    return site.visitor("owner")


@pytest.fixture
def in_german(site):
    with site.app.test_request_context(headers=GERMAN):
        yield


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/projects", ("Projekte", "Rolle: Projektleitung", "Abmelden", "0 Dokumente")),
        ("/projects/new", ("Neues Projekt", "Dem Projekt", "Eine eigene Datei")[::2]),
        ("/import", ("Datensatz importieren", "Was zurückkommt")),
        (f"{STUDY}/documents", ("Noch keine Dokumente", "Klassifikatoren", "Einstellungen")),
        (f"{STUDY}/upload", ("Was importiert werden kann", "<code>text</code>")),
        (f"{STUDY}/targets", ("Auch genannt", "Ziel hinzufügen")),
        (f"{STUDY}/classifiers", ("Bisher 0 Labels.", "Jetzt trainieren")),
        (f"{STUDY}/exports", ("Fertige Datensätze", "CSV, genaue Daten")),
        (f"{STUDY}/settings", ("Wann werden Vorschläge gezeigt?", "Nie")),
        ("/preferences", ("Persönliche Einstellungen", "Deutsch", "English")),
    ],
)
def test_a_page_is_in_the_language_of_the_person(german, path, words):
    page = german.get(path).text
    assert '<html lang="de"' in page
    assert [word for word in words if word not in page] == []


def test_the_choice_wins_over_the_browser(german):
    answer = german.get("/projects", headers={"Accept-Language": "en"})
    assert '<html lang="de"' in answer.text


def test_before_sign_in_the_browser_decides(site):
    nobody = site.visitor(None)
    assert "Kein Passwort, oder vergessen?" in nobody.get("/sign-in", headers=GERMAN).text
    for header in ({}, {"Accept-Language": "fr"}, {"Accept-Language": "en-GB,de;q=0.5"}, {"Accept-Language": "*"}):
        assert "No password, or forgotten?" in nobody.get("/sign-in", headers=header).text


def test_an_error_raised_below_the_web_is_said_in_german(german):
    answer = german.get(f"{STUDY}/documents/read?document=nix")
    assert answer.status_code == 404
    assert "Dieses Dokument ist nicht im Projekt." in answer.text
    assert "Hier ist nichts" in answer.text


def test_programs_get_it_in_german_too(german):
    answer = german.get(f"{STUDY}/classifiers/77", headers={"Accept": "application/json"})
    assert answer.json == {
        "status": 404,
        "error": "Hier ist nichts",
        "problems": ["In diesem Projekt gibt es keinen Klassifikator 77."],
    }


def test_a_page_that_does_not_exist_is_missed_in_the_language_of_the_person(german):
    assert "Hier ist nichts" in german.get("/nix").text


def test_a_form_is_refused_in_german(site, german):
    page = site.send(german, "/projects/new", name="", codebook="sentence-bias")
    assert page.status_code == 422
    assert "Dem Projekt einen Namen geben." in page.text


def test_the_forms_own_messages_are_in_german(site, german):
    page = site.send(german, f"{STUDY}/targets", name="x" * 300)
    assert page.status_code == 422
    assert "nicht länger als 200 Zeichen" in page.text


@pytest.mark.usefixtures("in_german")
def test_the_labelling_forms_own_messages_are_in_german():
    form = labelling_form(read_codebook(builtin_codebooks()["sentence-bias"]))(MultiDict({"codebook": "x", "key": ""}))
    assert not form.validate()
    assert form.codebook.errors == ["Keine gültige, ganze Zahl."]
    assert [str(problem) for problem in form.key.errors] == ["Der Vorgang hat keinen Schlüssel; die Seite neu laden."]


def test_each_problem_of_a_codebook_is_told_in_german(site, german):
    file = (io.BytesIO(b"name: T\nquestions:\n- {name: a, type: choice, labels: [{name: x}]}\n"), "mine.yaml")
    page = site.send(german, "/projects/new", name="T", codebook="own", file=file).text
    assert "mine.yaml, Zeile 3, Frage &#34;a&#34;: es sind zu wenige Labels" in page


def test_each_problem_of_a_file_is_told_in_german(site, german):
    file = (io.BytesIO(b"text,date\nA text.,05/06/2022\n"), "table.csv")
    answer = site.send(german, f"{STUDY}/upload", files=file)
    page = german.get(answer.headers["Location"]).text
    assert "table.csv, Zeile 2: das Datum „05/06/2022“ lässt sich auf zwei Arten lesen; als 2022-08-05" in page


def test_what_was_done_is_told_in_german(site, german):
    site.send(german, f"{STUDY}/settings", suggestion_timing="never", control_percent="10", **PACE)
    assert "Die Einstellungen sind gespeichert." in german.get(f"{STUDY}/settings").text


@pytest.mark.usefixtures("in_german")
def test_numbers_and_moments_are_written_as_the_language_does():
    moment = datetime(2026, 5, 4, 9, 30, tzinfo=UTC)
    assert language.number(12_345) == "12.345"
    assert language.decimal(0.5) == "0,50"
    assert language.moment(moment) == "04.05.2026 09:30 UTC"
    assert language.ngettext("%(num)s document", "%(num)s documents", 1_000) == "1.000 Dokumente"
    assert language.translated(language.Sentence("{count:,} cells", {"count": 5_000})) == "5.000 Zellen"


def test_english_stays_as_it_was(site):
    moment = datetime(2026, 5, 4, 9, 30, tzinfo=UTC)
    with site.app.test_request_context():
        assert language.number(12_345) == "12\u202f345"
        assert language.decimal(0.5) == "0.50"
        assert language.moment(moment) == "04 May 2026 09:30 UTC"
        assert language.ngettext("%(num)s document", "%(num)s documents", 1) == "1 document"
        assert language.translated(language.Sentence("{count:,} cells", {"count": 5_000})) == "5,000 cells"


def test_english_reads_no_catalogue(site, owner):
    language._catalogue.cache_clear()
    assert 'lang="en"' in owner.get("/projects").text
    assert "data-words" not in owner.get("/projects").text
    assert language._catalogue.cache_info().currsize <= 2


def test_the_names_of_languages_are_their_own():
    assert language.own_names() == {"en": "English", "de": "Deutsch"}


@pytest.fixture
def romanian(tmp_path, monkeypatch):
    """Put a catalogue of a language with three plural forms where the catalogues are."""
    folder = tmp_path / "ro" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    lines = (
        r'msgid "" msgstr "Content-Type: text/plain; charset=utf-8\n"',
        r'"Plural-Forms: nplurals=3; plural=(n==1 ? 0 : (n==0 || (n%100 > 0 && n%100 < 20)) ? 1 : 2);\n"',
        'msgid "Saved" msgstr "Salvat"',
        'msgid "{num} word" msgid_plural "{num} words"',
        'msgstr[0] "{num} cuvânt" msgstr[1] "{num} cuvinte" msgstr[2] "{num} de cuvinte"',
    )
    text = "\n".join(lines).replace('" msgstr', '"\nmsgstr').replace('" msgid', '"\nmsgid')
    (folder / "scripts.po").write_text(text, encoding="utf-8")
    monkeypatch.setattr(language, "CATALOGUES", tmp_path)
    language._catalogue.cache_clear()
    yield "ro"
    language._catalogue.cache_clear()


def test_scripts_get_the_plural_forms_by_the_names_that_browsers_know(romanian):
    words = json.loads(language._script_words.__wrapped__(romanian))
    forms = {"one": "{num} cuvânt", "few": "{num} cuvinte", "other": "{num} de cuvinte"}
    assert words == {"Saved": "Salvat", "{num} word": forms}
