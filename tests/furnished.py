"""A site with something on every page: the sample with its classifier, every script, much of everything, nothing."""

import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from flask import Flask
from sqlalchemy import select
from werkzeug.serving import make_server

import experts
import followers
import graded
import trained
import watched
from annotator import worker
from annotator.codebook.builtin import builtin_codebooks
from annotator.config import read_settings
from annotator.db import Annotation, Membership, Project, Question, Target, Unit, User
from annotator.db.engines import Database
from annotator.db.upgrading import open_database
from annotator.importing.values import ImportedDocument
from annotator.learning.values import Doubt, Example
from annotator.services import (
    accounts,
    codebook_drafts,
    codebook_notes,
    codebooks,
    doubts,
    finished_exports,
    imports,
    projects,
    sample,
    seats,
)
from annotator.services.acts import Act
from annotator.services.exports import ExportOptions, export_data_set
from annotator.services.recording import record_act
from annotator.web import create_app
from studies import make_act, sit

if TYPE_CHECKING:
    from playwright.sync_api import Page

SAMPLE = "/projects/harbour-dispute-sample"
#: A project whose codebook has two versions, a draft, labels and a gold label.
AMENDED = "/projects/amended"
#: A family joined by invisible joiners, a flag of two letters, accents that stand on their letter, no letter at all.
FAMILY, FLAG, ACCENTS = "👩‍👩‍👧‍👦", "🇺🇦", "Zo\u0308e\u0301 Z\u0351\u036b\u0343a\u0329\u0353l\u034e\u0308go\u0338"
UNBROKEN = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft" * 3

ARABIC = (
    "قالت الحكومة في الرياض إن روسيا لن تنسحب من المحادثات قبل أن تسمع رد كييف.",
    "وأضاف الناطق باسمها: «لا أحد يعرف لماذا ارتفعت الأسعار بنسبة 12.5% هذا العام» (NATO).",
    f"كتبت {ACCENTS} على حسابها {FAMILY} {FLAG} أن روسيا وأوكرانيا قريبتان من اتفاق.",
)
HEBREW = (
    "ראש הממשלה אמר כי רוסיה ואוקראינה יחזרו לשולחן המשא ומתן ב-5 באוגוסט 2026.",
    "״איש אינו יודע מדוע המחירים עלו״, הוסיף הדובר בשם UNESCO.",
)
CHINESE = (
    "俄罗斯外交部发言人周三表示，与乌克兰的谈判将继续进行。",  # noqa: RUF001  the comma of Chinese
    "没有人知道为什么价格会上涨百分之十二点五。",
)
MIXED = (
    f"{FAMILY} {FLAG} Moscow said “никто не знает”, and {ACCENTS} agreed with 俄罗斯 and روسيا at once. 😀",
    f"The {UNBROKEN[:200]} of Russia has no comment.",
    "รัสเซียและยูเครนจะเจรจากันต่อไป हिन्दी में रूस ने कहा कि बातचीत जारी रहेगी।",
)
SCRIPTS_CODEBOOK = f"""
name: Every script
targets:
  - {{name: Russia, aliases: [Moscow, روسيا, 俄罗斯, רוסיה, รัสเซีย, रूस]}}
  - {{name: أوكرانيا, aliases: [وأوكرانيا, 乌克兰, ואוקראינה]}}
  - {{name: "{FAMILY} {ACCENTS}", aliases: ["{ACCENTS}"]}}
questions:
  - {{id: stance, name: stance, type: stance,
     labels: [{{name: favor}}, {{name: against}}, {{name: neither}}, {{name: unclear}}]}}
  - {{id: topic, name: الموضوع, type: choice,
     labels: [{{name: الحرب, definition: كل ما يقال عن القتال.}}, {{name: 贸易}}, {{name: שלום}}, {{name: "other 🕊️"}}]}}
  - {{id: frames, name: frames, type: choices,
     labels: [{{name: economic}}, {{name: moral}}, {{id: no-frame, name: none of them, exclusive: true}}]}}
  - {{id: strength, name: strength, type: scale, level: ordinal,
     labels: [{{name: weak}}, {{name: middling}}, {{name: strong}}]}}
  - {{id: loaded, name: loaded words, type: spans}}
"""
WHOLE_CODEBOOK = """
name: Whole texts
questions:
  - {id: genre, name: genre, type: choice, unit: document, labels: [{name: news}, {name: opinion}, {name: other}]}
  - {id: loaded, name: loaded words, type: spans, unit: document}
"""
TALKS_CODEBOOK = """
name: Talks
targets: [{name: Russia, aliases: [Moscow]}]
questions:
  - {id: stance, name: stance, type: stance,
     labels: [{name: favor, key: f}, {name: against, key: a}, {name: neither, key: n}]}
  - {id: topic, name: topic, type: choices, labels: [{name: war, key: "1"}, {name: trade, key: "2"}]}
  - {id: genre, name: genre, type: choice, unit: document, labels: [{name: news, key: "1"}, {name: opinion, key: "2"}]}
"""
GUIDELINES = """
  # Before you begin

  Read the **whole text** first, then decide sentence by sentence:

  1. whose view is it,
  2. toward whom,
  3. as a question of what.

  > Code what is written, not what you know.

  | doubt | do |
  |---|---|
  | two sides | take *neither* |
"""
TALKS = (
    "Moscow said the talks would go on.",
    "Nobody knew why prices rose.",
    *(f"On day {number} Russia and its neighbours talked until late in the evening." for number in range(1, 13)),
)
NAMES = "Veland Osterby Quist Sund Marn Tolmark Ilves Brenna Karst Dorn Vellin Harrow Norr Pell Ruun Salt Tarn Ulm Wend"
COUNTRIES = tuple(
    f"{side} {name}" for side in ("Upper", "Lower") for name in (*NAMES.split(), "Yarrow and the Islands of the North")
)
#: A sentence of about four hundred words that names all forty.
LONG_SENTENCE = (
    "The conference, "
    + ", ".join(f"for which {name} had sent a delegation of its own" for name in COUNTRIES)
    + ", closed without a result."
)
MANY_CODEBOOK = (
    "name: Much of everything\ntargets:\n"
    + "".join(f'  - {{name: "{name}"}}\n' for name in COUNTRIES)
    + "questions:\n  - {id: stance, name: stance, type: stance,\n"
    + "     labels: [{name: favor}, {name: against}, {name: neither}, {name: unclear}]}\n"
    + "  - {id: topic, name: topic, type: choices, labels: ["
    + ", ".join(f"{{name: topic {number} of the long list of topics}}" for number in range(1, 61))
    + "]}\n"
)

PAGES = {
    "accounts.sign_in": "/sign-in",
    "accounts.show_account": "/account",
    "administration.list_people": "/people",
    "projects.list_projects": "/projects",
    "projects.new_project": "/projects/new",
    "projects.edit_settings": f"{SAMPLE}/settings",
    "datasets.choose_data_set": "/import",
    "people.list_members": f"{SAMPLE}/people",
    "background.edit_answers": f"{SAMPLE}/background",
    "targets.list_targets": f"{SAMPLE}/targets",
    "documents.list_documents": f"{SAMPLE}/documents",
    "documents.read_document": f"{SAMPLE}/documents/read?document={{document}}&unit={{unit}}",
    "search.search": f"{SAMPLE}/search",
    "rounds.list_rounds": f"/projects/{trained.SLUG}/rounds",
    "rounds.new_round": f"/projects/{trained.SLUG}/rounds/new",
    "rounds.show_round": f"/projects/{trained.SLUG}/rounds/{{training}}",
    "agreement.show_agreement": f"/projects/{experts.SLUG}/agreement?question=stance",
    "monitoring.show_monitoring": f"/projects/{watched.SLUG}/monitoring",
    "influence.show_influence": f"/projects/{followers.SLUG}/influence",
    "adjudication.queue": "/projects/disputes/adjudication",
    "adjudication.decide": "/projects/disputes/adjudication/unit",
    "consensus.show_consensus": f"/projects/{experts.CROWD_SLUG}/adjudication/consensus?question=stance",
    "preferences.edit": "/preferences",
    "uploads.choose_files": f"{SAMPLE}/upload",
    "labelling.show_unit": f"{SAMPLE}/label/{{unit}}",
    "labelling.codebook_meanings": f"{SAMPLE}/codebook/1/meanings",
    "codebook.show_codebook": f"{SAMPLE}/codebook",
    "codebook.list_versions": f"{SAMPLE}/codebook/versions",
    "codebook.show_version": f"{SAMPLE}/codebook/versions/1",
    "codebook.compare_versions": f"{AMENDED}/codebook/compare",
    "codebook_notes.list_notes": f"{AMENDED}/codebook/notes",
    "codebook_drafts.edit_draft": f"{AMENDED}/codebook/draft",
    "codebook_drafts.edit_file": f"{AMENDED}/codebook/draft/file",
    "codebook_drafts.choose_examples": f"{AMENDED}/codebook/draft/examples?question=topic&label=war",
    "codebook_drafts.dry_run": f"{AMENDED}/codebook/draft/changes",
    "classifiers.list_classifiers": f"{SAMPLE}/classifiers",
    "classifiers.show_card": f"/projects/{graded.SLUG}/classifiers/2",
    "classifiers.show_label": f"/projects/{graded.SLUG}/classifiers/3/labels/war",
    "classifiers.compare": f"/projects/{graded.SLUG}/classifiers/compare?first=1&second=3",
    "classifiers.list_changes": f"/projects/{graded.SLUG}/classifiers/changes?first=1&second=3",
    "exports.list_exports": f"{SAMPLE}/exports",
}
#: Addresses that are looked at in a state below, and why they cannot be opened just so.
STATES_ONLY = {
    "accounts.confirm_sign_in": "needs a fresh link",
    "invitations.show_invitation": "needs an open invitation",
    "labelling.page": "leads to a sentence by itself",
    "uploads.review": "needs an upload",
    "datasets.review": "needs an upload",
}
#: Addresses behind which there is no page.
NO_PAGE = {
    "assets.static_file": "a file",
    "projects.home": "leads to the projects",
    "projects.project_home": "leads to the documents",
    "labelling.show_text": "a part of the labelling page",
    "labelling.show_suggestions": "JSON",
    "precedents.show_precedents": "a part of the labelling page",
    "labelling.show_status": "JSON",
    "labelling.codebook_stylesheet": "a stylesheet",
    "agreement.fetch_figures": "a file",
    "agreement.fetch_table": "a file",
    "codebook.fetch_version": "a file",
    "codebook_drafts.fetch_draft": "a file",
    "codebook_drafts.draft_stylesheet": "a stylesheet",
    "monitoring.fetch_figures": "a file",
    "monitoring.fetch_table": "a file",
    "rounds.show_making": "a part of a round's page",
    "influence.fetch_figures": "a file",
    "influence.fetch_table": "a file",
    "classifiers.show_overview": "a part of the classifiers' page",
    "exports.show_finished": "a part of the exports' page",
    "exports.fetch_export": "a file",
}


@dataclass(frozen=True)
class Furnished:
    """The site: its address, its application, and what is behind it."""

    address: str
    app: Flask
    database: Database
    data_set: Path

    def link(self, name: str = "owner") -> str:
        """Return an address that signs a person in."""
        with self.database.transaction() as session:
            return f"{self.address}/sign-in/" + accounts.create_sign_in_link(session, accounts.find_user(session, name))

    def sign_in(self, page: "Page", name: str = "owner") -> None:
        """Sign a person in as they do it themselves."""
        page.goto(self.link(name))
        page.get_by_role("button", name="Sign in").press("Enter")
        page.wait_for_url(lambda address: "/sign-in" not in address)

    def address_of(self, path: str) -> str:
        """Return the address of one of PAGES."""
        unit = unit_of(self.database, "harbour-dispute-sample", "harbour")
        training = trained.number_of(self.database, trained.TRAINING)
        return self.address + path.format(unit=unit, document=unit.partition(":")[0], training=training)

    def open_desk(self, page: "Page", project: str, unit: str = "") -> None:
        """Open the labelling page, at a sentence if one is named."""
        page.goto(f"{self.address}{project}/label" + (f"/{unit}" if unit else ""))
        page.wait_for_selector("#decision")


@contextmanager
def furnished(home: Path) -> Iterator[Furnished]:
    """Set the site up in an empty folder and serve it."""
    home.mkdir()
    settings = read_settings({}, home=home)
    database = open_database(settings)
    with database.transaction() as session:
        accounts.create_user(session, "owner", is_administrator=True)
        accounts.create_user(session, "newcomer")
    _fill(database)
    path = home / "sample.zip"
    export_data_set(database, "harbour-dispute-sample", format_name="jsonl", path=path, options=ExportOptions())
    app = create_app(settings, database)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield Furnished(f"http://127.0.0.1:{server.port}", app, database, path)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
        database.dispose()


def _fill(database: Database) -> None:
    sample.create_sample_project(database, 1)
    worker.run_waiting(database)
    with database.transaction() as session:
        project = projects.find_project(session, "harbour-dispute-sample")
        finished_exports.request_export(session, project, format_name="csv", options=ExportOptions())
    worker.run_waiting(database)
    scripts = [
        _text("العربية", "ar", ARABIC),
        _text("עברית", "he", HEBREW),
        _text("中文", "zh", CHINESE),
        _text(f"{FAMILY} mixed", "en", MIXED),
    ]
    _project(database, "Scripts", SCRIPTS_CODEBOOK, scripts)
    short = "The talks of {0} with {1} went on. Nobody in {1} knew why prices rose."
    sentences = [short.format(COUNTRIES[number % 40], COUNTRIES[number * 7 % 40]) for number in range(140)]
    _project(database, "Many", MANY_CODEBOOK, [_text("A long text", "en", (LONG_SENTENCE, *sentences))])
    _project(database, "Whole", WHOLE_CODEBOOK, [_text("As a whole", "en", sentences[:30])])
    _project(database, "Talks", TALKS_CODEBOOK, [_text("Talks by the sea", "en", TALKS)])
    _project(database, "Queues", TALKS_CODEBOOK, [_text("Talks by the lake", "en", TALKS)])
    _project(database, "Disputes", SCRIPTS_CODEBOOK, [_text("العربية", "ar", ARABIC), _text("Mixed", "en", MIXED)])
    _disputes(database, "disputes", annotators=3)
    _doubts(database, "disputes")
    _project(database, "Many disputes", MANY_CODEBOOK, [_text("A long text", "en", (LONG_SENTENCE, *sentences[:9]))])
    _disputes(database, "many-disputes", annotators=8)
    _project(database, "Amended", TALKS_CODEBOOK, [_text("Talks in the hills", "en", TALKS)])
    _amend(database)
    _project(database, "Rounds", TALKS_CODEBOOK, [_text("Talks by the river", "en", TALKS)])
    trained.add_rounds(database)
    _project(database, "Empty", None, [])
    experts.add_experts(database)
    experts.add_crowd(database)
    watched.add_watched(database)
    followers.add_followers(database)
    graded.add_graded(database)
    graded.tell_of_an_embedding(database)
    _project(database, "Read only", None, [_text("One", "en", MIXED)], role="reader")


def _project(
    database: Database, name: str, codebook: str | None, documents: list[ImportedDocument], *, role: str = "owner"
) -> None:
    text = codebook or builtin_codebooks()["stance-and-frames"]
    with database.transaction() as session:
        project = projects.create_project(session, name, codebook=text, owner=None)
        project.suggestion_timing = "never"
        project_id = project.id
        session.add(Membership(project_id=project_id, user_id=1, role=role))
    if documents:
        imports.import_documents(database, project_id, documents, name="texts", user_id=1)


def _disputes(database: Database, slug: str, *, annotators: int) -> None:
    """Let annotators differ about every target of every sentence, comment, flag and skip."""
    with database.transaction() as session:
        project = projects.find_project(session, slug)
        units = list(session.scalars(select(Unit.external_id).where(Unit.project_id == project.id).order_by(Unit.id)))
        targets = list(session.scalars(select(Target.uuid).where(Target.project_id == project.id).order_by(Target.id)))
        topic = codebooks.published(session, project.id).codebook.questions[1]
        for number in range(annotators):
            seat = sit(session, project.id, f"{number + 2}M9{chr(65 + number)}")
            for place, unit in enumerate(units):
                given = topic.labels[(number + place) % 3].id
                answers = {
                    "stance": [
                        {"target": target, "holder": {"kind": "author"}, "label": label}
                        for index, target in enumerate(targets)
                        if (label := ("favor", "against", "neither", None)[(index + number // 3) % 4])
                    ],
                    "targets_offered": targets,
                    topic.id: [given] if topic.type == "choices" else given,
                }
                note = f"It says so. {ACCENTS}" if number == 1 else None
                if place == 1 and number == 0:
                    record_act(session, seat, make_act(unit=unit, act="skip", reason="needs-context"))
                else:
                    made = make_act(unit=unit, answers=answers, comment=note, is_flagged=number == 2)
                    record_act(session, seat, made)


def _amend(database: Database) -> None:
    """Publish a second version, label by it, and begin a draft that changes, merges and adds."""
    with database.transaction() as session:
        project = projects.find_project(session, "amended")
        user = session.get_one(User, 1)
        second = TALKS_CODEBOOK.replace("{name: war, key", "{name: war, definition: Fighting of any kind., key")
        codebooks.publish_codebook(session, project, second, user_id=1, note="War has a definition now.")
        units = [unit_of(database, "amended", words) for words in ("Moscow said", "Nobody knew")]
        person = seats.take_seat(session, project, user)
        for seat in (person, replace(person, kind="adjudication")):
            for unit in units:
                act = Act(key=str(uuid.uuid4()), unit=unit, codebook=2, answers={"topic": ["war"]})
                record_act(session, seat, act)
        for unit, note in zip(units, ("Is a truce war?", "What of prices? They rise for many reasons."), strict=True):
            codebook_notes.add_note(session, project, user, unit=unit, codebook=2, text=note)
        codebook_notes.mark_note(
            session, project, user, codebook_notes.list_notes(session, project)[0].id, is_done=True
        )
        codebook_drafts.begin_draft(session, project, user)
        draft = second.replace("name: Talks", f"name: Talks\nguidelines: |-\n{GUIDELINES}")
        draft = draft.replace(
            "{name: war, definition: Fighting of", "{name: war, replaces: [trade], definition: War of"
        )
        draft = draft.replace("{name: trade, key", "{name: peace, key")
        codebook_drafts.save_draft(session, project, user, draft, revision=1)


def _text(title: str, language: str, sentences: tuple[str, ...] | list[str]) -> ImportedDocument:
    text = " ".join(sentences)
    return ImportedDocument(
        id=f"text-{len(text)}", title=title, outlet=f"{FLAG} وكالة Vellin", author=ACCENTS, url=None, date="2026-05-04",
        date_precision="day", language=language, kind="article", text=text, variables={}, original=text.encode(),
        name=f"{language}.txt", line=None, units=None,
    )  # fmt: skip


def unit_of(database: Database, project: str, words: str) -> str:
    """Return the unit of a project in whose text words stand."""
    from sqlalchemy import func

    from annotator.db import Document

    text = func.substr(Document.text, Unit.start + 1, Unit.end - Unit.start)
    with database.reading() as session:
        found = session.scalars(
            select(Unit.external_id)
            .join(Document, Document.id == Unit.document_id)
            .join(Project, Project.id == Unit.project_id)
            .where(Project.slug == project, text.contains(words))
            .order_by(Unit.kind != "sentence", Unit.position)
        ).first()
    assert found, f"no unit with {words}"
    return found


def _doubts(database: Database, slug: str) -> None:
    """Let labels be in doubt in each of the ways there are."""
    with database.transaction() as session:
        project = projects.find_project(session, slug)
        of_project = Annotation.project_id == project.id, Annotation.act == "answer"
        acts = session.scalars(select(Annotation.id).where(*of_project).order_by(Annotation.id)).all()
        target = session.scalars(select(Target.uuid).where(Target.project_id == project.id)).first()
        asked = select(Question).where(Question.project_id == project.id).order_by(Question.id)
        stance, topic = session.scalars(asked.limit(2)).all()
        labels = codebooks.published(session, project.id).codebook.questions[1].labels
        unlikely = [
            Doubt(acts[0], target, "favor", True, 0.04, "against", 0.9),
            Doubt(acts[1], target, "not-at-issue", True, 0.2, "favor", 0.71),
        ]
        doubts.replace_doubts(session, project.id, stance.id, unlikely, [])
        unlikely = [
            Doubt(acts[0], None, labels[0].id, False, 0.1, None, 0.9),
            Doubt(acts[2], None, labels[1].id, True, 0.2, None, 0.8),
        ]
        twins = [(Example("", "", (), key=acts[3]), Example("", "", (), key=acts[4]))]
        doubts.replace_doubts(session, project.id, topic.id, unlikely, twins)
