"""Role by route by object: of one's project, of another one, and gone; a new route without a case fails here."""

import io
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Blueprint, Flask
from sqlalchemy import select
from werkzeug.datastructures import FileStorage

from annotator.config import read_settings
from annotator.db import (
    Annotator,
    Classifier,
    CodebookVersion,
    Document,
    Membership,
    Project,
    Question,
    Round,
    Unit,
    User,
)
from annotator.db.engines import Database
from annotator.db.upgrading import open_database
from annotator.errors import NotFoundError
from annotator.services import (
    accounts,
    background,
    codebook_notes,
    codebooks,
    documents,
    drawing,
    invitations,
    projects,
    queues,
    seats,
)
from annotator.services.imports import import_file
from annotator.services.plans import Plan
from annotator.services.policy import Policy
from annotator.web import create_app, datasets, staging
from annotator.web.security import project_route
from web.conftest import Site, populate
from web.test_classifier_card import CARD

#: What an address names, by blueprint and part of the address.
KINDS = {
    ("labelling", "unit"): "unit",
    ("precedents", "unit"): "unit",
    ("labelling", "number"): "version",
    ("codebook", "number"): "version",
    ("classifiers", "number"): "classifier",
    ("classifiers", "label"): "label",
    ("rounds", "number"): "round",
    ("rounds", "code"): "code",
    ("people", "invitation"): "invitation",
    ("people", "person"): "person",
    ("people", "question"): "question",
    ("codebook_notes", "note"): "note",
    ("uploads", "upload_id"): "upload",
    ("exports", "name"): "export",
}
#: What is named in the query or the form, and of which kind it is.
NAMED = {
    "documents.read_document": ("query", "document", "document"),
    "documents.correct_document": ("query", "document", "document"),
    "documents.rename_speaker": ("form", "name", "speaker"),
    "adjudication.decide": ("query", "unit", "unit"),
    "adjudication.settle": ("query", "unit", "unit"),
    "classifiers.compare": ("query", "second", "classifier"),
    "classifiers.list_changes": ("query", "second", "classifier"),
    "codebook.compare_versions": ("query", "new", "version"),
    "labelling.claim": ("form", "unit", "unit"),
    "rounds.enter_round": ("form", "round", "round"),
    "search.enter_queue": ("form", "name", "queue"),
}
#: What names nothing that could be of somebody else: the project is all they are about.
ABOUT_THE_PROJECT = {
    "adjudication.queue", "agreement.fetch_figures", "agreement.fetch_table", "agreement.show_agreement",
    "background.edit_answers", "background.save_answers", "classifiers.list_classifiers", "classifiers.show_overview",
    "classifiers.train", "codebook.list_versions", "codebook.show_codebook", "codebook_drafts.begin_draft",
    "consensus.choose_consensus", "consensus.show_consensus",
    "codebook_drafts.change_draft", "codebook_drafts.choose_examples", "codebook_drafts.discard_draft",
    "codebook_drafts.draft_stylesheet", "codebook_drafts.dry_run", "codebook_drafts.edit_draft",
    "codebook_drafts.edit_file", "codebook_drafts.fetch_draft", "codebook_drafts.publish_draft",
    "codebook_drafts.save_file", "codebook_notes.list_notes",
    "documents.list_documents", "exports.list_exports", "exports.request_export",
    "exports.show_finished", "influence.fetch_figures", "influence.fetch_table", "influence.show_influence",
    "labelling.add_target", "labelling.keep_preferences", "labelling.page",
    "labelling.show_status", "labelling.take_acts", "monitoring.fetch_figures", "monitoring.fetch_table",
    "monitoring.show_monitoring", "rounds.outline_round", "people.add_question", "people.invite", "people.list_members",
    "projects.edit_settings", "projects.project_home", "projects.save_settings", "rounds.list_rounds",
    "rounds.make_round", "rounds.new_round", "search.label_found", "search.leave_queue", "search.search",
    "targets.add_target", "targets.list_targets", "uploads.choose_files", "uploads.stage_files",
}  # fmt: skip
#: What is gone, by kind; of the rest an address that was in use and is not any more.
NOWHERE: dict[str, str] = {
    "unit": "gone:s1", "document": "gone", "version": "77", "classifier": "77", "round": "7777777", "code": "C-GONE",
    "label": "gone", "queue": "Search: gone", "speaker": "Nobody", "export": "gone.csv", "upload": "0" * 32,
}  # fmt: skip
#: What routes outside of projects name, and which kinds these are: somebody's own, or secrets that are looked up alone.
OUTSIDE = {
    ("administration", "person"): "person",
    ("background", "project"): "answers",
    ("datasets", "upload_id"): "data set",
    ("accounts", "secret"): "secret",
    ("invitations", "secret"): "secret",
    ("assets", "tree"): "file",
    ("assets", "path"): "file",
}
ROLES = ("owner", "adjudicator", "annotator", "reader")
TEXT = "ANN LEE: Moscow said the talks would go on.\n\nBOB OAK: Nobody knows why. It rains.\n"

Objects = dict[str, dict[str, str]]


def fill(site: Site, slug: str, owner: str, *, number: int) -> dict[str, str]:
    """Put one of everything into a project; return how each is called."""
    path = site.settings.home / f"{slug}.txt"
    path.write_text(TEXT if number == 1 else TEXT.replace("BOB OAK", "CAL ROW"), encoding="utf-8")
    with site.database.reading() as session:
        project_id = projects.find_project(session, slug).id
    import_file(site.database, project_id, path, name="talk.txt")
    with site.database.transaction() as session:
        project, user = session.get_one(Project, project_id), accounts.find_user(session, owner)
        colleague = accounts.create_user(session, f"colleague of {slug}")
        session.add(Membership(project_id=project_id, user_id=colleague.id, role="owner"))
        seat = seats.take_seat(session, project, colleague)
        for _ in range(number - 1):
            source = codebooks.current_version(session, project_id).source
            codebooks.publish_codebook(session, project, source.replace("name: ", "name: A ", 1))
        question = session.scalars(select(Question).where(Question.project_id == project_id)).first()
        version = session.scalars(select(CodebookVersion).where(CodebookVersion.project_id == project_id)).first()
        assert question
        assert version
        task = {**CARD["tasks"][0], "labels": ["war", f"label-{number}"]}
        card = {**CARD, "question": question.stable_id, "codebook": 1, "tasks": [task]}
        session.add(
            Classifier(
                project_id=project_id, number=number, question_id=question.id, codebook_version_id=version.id,
                sha256=f"{number:064}", n_labelled=1, card=card, is_active=False,
            )
        )  # fmt: skip
        invitations.invite(session, project, user, role="annotator")
        background.add_question(session, project, user, text="How old are you?", options=["young", "old"])
        codebook_notes.add_note(session, project, user, unit="none", codebook=1, text="Say more.")
        units = list(session.scalars(select(Unit.id).where(Unit.project_id == project_id).order_by(Unit.id)))
        named = {
            "unit": session.get_one(Unit, units[0]).external_id,
            "document": session.scalars(select(Document.external_id).where(Document.project_id == project_id)).one(),
            "version": str(number),
            "classifier": str(number),
            "label": f"label-{number}",
            "code": seat.code,
            "invitation": invitations.open_invitations(session, project)[0].uuid,
            "question": background.questions_of(session, project_id)[0].uuid,
            "person": colleague.uuid,
            "note": codebook_notes.list_notes(session, project)[0].id,
            "speaker": "Bob Oak" if number == 1 else "Cal Row",
        }
    members = (named["code"],)
    made = drawing.make_round(
        site.database, project_id, Plan(name="r", phase="open", selection="all", members=members), user_id=None
    )
    queues.make_queue(site.database, seat, units[:2], title="colleagues", criteria={})
    exports = site.settings.exports / slug
    exports.mkdir(parents=True)
    (exports / f"{slug}.csv").write_text("id\n", encoding="utf-8")
    upload = staging.stage(site.settings, project_id, [FileStorage(io.BytesIO(TEXT.encode()), filename="talk.txt")])
    return {
        **named,
        "round": str(made),
        "queue": "Search: colleagues",
        "export": f"{slug}.csv",
        "upload": upload.id,
    }


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory, web_file: Path) -> tuple[Path, Objects]:
    """Fill two projects once."""
    home = tmp_path_factory.mktemp("filled")
    shutil.copy(web_file, home / web_file.name)
    settings = read_settings({}, home=home)
    database = Database(settings)
    objects = fill_both(Site(create_app(settings, database), database, settings))
    database.dispose()
    return home, objects


def fill_both(site: Site) -> Objects:
    """Put one of everything into each of the two projects."""
    return {"other": fill(site, "elsewhere", "outsider", number=2), "own": fill(site, "study", "owner", number=1)}


@pytest.fixture
def everything(filled: tuple[Path, Objects], tmp_path: Path) -> Iterator[tuple[Site, Objects]]:
    """Open a copy of it."""
    home = tmp_path / "home"
    shutil.copytree(filled[0], home)
    settings = read_settings({}, home=home)
    database = Database(settings)
    yield Site(create_app(settings, database), database, settings), filled[1]
    database.dispose()


def project_routes(site: Site) -> list[Any]:
    rules = site.app.url_map.iter_rules()
    return [rule for rule in rules if site.app.view_functions[rule.endpoint].rule.audience == "project"]


def kinds_of(rule: Any) -> dict[str, str]:
    """Return what a route names, by the part of the address, the field, or the argument that names it."""
    if rule.endpoint in NAMED:
        return {NAMED[rule.endpoint][1]: NAMED[rule.endpoint][2]}
    blueprint = rule.endpoint.partition(".")[0]
    return {name: KINDS[blueprint, name] for name in rule.arguments - {"slug"}}


def call(site: Site, client: Any, rule: Any, values: dict[str, str]) -> Any:
    """Call a route of the project "Study" with these objects."""
    method = "POST" if "POST" in rule.methods else "GET"
    where, name, _ = NAMED.get(rule.endpoint, ("", "", ""))
    parts = {key: int(value) if value.isdecimal() and key == "number" else value for key, value in values.items()}
    _, address = rule.build({"slug": "study", **({} if where else parts)}, append_unknown=False)
    data = {"csrf_token": site.token(client), "role": "reader", "new_name": "Dee"} if method == "POST" else None
    if where == "form" and data is not None:
        data[name] = values[name]
    if rule.endpoint == "labelling.show_again":
        sent = {"unit": values["unit"], "fields": [["act", "answer"], ["codebook", "1"]]}
        return client.post(address, json=sent, headers={"X-CSRFToken": site.token(client)})
    return client.open(address, method=method, data=data, query_string=values if where == "query" else None)


def without_case(app: Flask) -> set[str]:
    """Return the routes of whatever method for which nothing says which objects they name."""
    found = set()
    for rule in app.url_map.iter_rules():
        blueprint, named = rule.endpoint.partition(".")[0], rule.arguments - {"slug"}
        if app.view_functions[rule.endpoint].rule.audience != "project":
            has_case = all((blueprint, name) in OUTSIDE for name in named)
        else:
            is_named = all((blueprint, name) in KINDS for name in named) if named else rule.endpoint in NAMED
            has_case = is_named != (rule.endpoint in ABOUT_THE_PROJECT)
        # One method is called; a route with two would be half covered.
        if not has_case or len(rule.methods - {"HEAD", "OPTIONS"}) != 1:
            found.add(rule.endpoint)
    return found


def test_every_route_has_a_case(everything):
    app = everything[0].app
    assert without_case(app) == set()
    assert {one for rule in app.url_map.iter_rules() for one in rule.methods} == {"GET", "HEAD", "OPTIONS", "POST"}


@pytest.mark.parametrize("methods", [("GET",), ("POST",), ("GET", "POST")])
@pytest.mark.parametrize("path", ["/careless", "/careless/<thing>"])
def test_a_route_that_is_added_without_a_case_is_found(everything, monkeypatch, path: str, methods: tuple[str, ...]):
    site, _ = everything
    careless = Blueprint("careless", __name__)
    project_route(careless, path, permission="can_view", methods=methods)(lambda access, **_: "seen")
    monkeypatch.setattr("annotator.web.targets.blueprint", careless)
    assert without_case(create_app(site.settings, site.database)) == {"careless.<lambda>"}


def wrongly_answered(site: Site, objects: Objects, role: str) -> Iterator[str]:
    """Yield what a route answers about objects of another project, or that are gone, other than that there are none."""
    client = site.visitor(role)
    for rule in project_routes(site):
        if rule.endpoint in ABOUT_THE_PROJECT:
            continue
        kinds = kinds_of(rule)
        permission = site.app.view_functions[rule.endpoint].rule.permission
        may = role != "outsider" and getattr(Policy(user_id=0, role=role), permission)
        wanted = ELSEWHERE.get(rule.endpoint, 404) if may else 404 if role == "outsider" else 403
        for changed in kinds:
            for foreign in (objects["other"][kinds[changed]], NOWHERE.get(kinds[changed], "0" * 32)):
                values = {name: foreign if name == changed else objects["own"][kind] for name, kind in kinds.items()}
                answer = call(site, client, rule, values)
                if answer.status_code != wanted:
                    yield f"{rule.endpoint} {values}: {answer.status_code}"


def sit_down(site: Site, role: str) -> None:
    """Let those who may label take a place, so that they are told of what is not there, not to take a place first."""
    if Policy(user_id=0, role=role).can_label:
        with site.database.transaction() as session:
            seats.take_seat(session, projects.find_project(session, "study"), accounts.find_user(session, role))


@pytest.mark.parametrize("role", [*ROLES, "outsider"])
def test_what_is_of_another_project_or_gone_is_not_found(everything, role: str):
    site, objects = everything
    sit_down(site, role)
    assert list(wrongly_answered(site, objects, role)) == []
    with site.database.reading() as session:
        other = projects.find_project(session, "elsewhere").id
    assert staging.find(site.settings, other, objects["other"]["upload"]).files


def test_nor_is_it_on_postgresql(postgresql_url: str, tmp_path: Path):
    settings = read_settings({"ANNOTATOR_DATABASE_URL": postgresql_url}, home=tmp_path / "home")
    database = open_database(settings)
    populate(database)
    site = Site(create_app(settings, database), database, settings)
    objects = fill_both(site)
    for role in (*ROLES, "outsider"):
        sit_down(site, role)
        assert list(wrongly_answered(site, objects, role)) == []
    database.dispose()


def test_a_look_up_without_the_project_would_be_seen(everything, monkeypatch):
    """The negative control: documents are found by their name alone."""
    site, objects = everything

    def find_anywhere(session, _project, external_id):
        found = session.scalar(select(Document).where(Document.external_id == external_id))
        if found is None:
            raise NotFoundError("There is no such document.")
        return found

    monkeypatch.setattr(documents, "find_document", find_anywhere)
    assert any(line.startswith("documents.read_document") for line in wrongly_answered(site, objects, "reader"))


#: What an address may name besides, and of which kind it is: what is of another project is as good as not there.
BESIDES = [
    ("documents.read_document", {"document": "document"}, "unit", "unit"),
    ("documents.read_document", {"document": "document"}, "annotator", "code"),
    ("labelling.page", {}, "document", "document"),
    ("labelling.show_unit", {"unit": "unit"}, "said", "unit"),
    ("monitoring.show_monitoring", {}, "round", "round"),
    ("monitoring.fetch_figures", {}, "round", "round"),
    ("adjudication.queue", {}, "document", "document"),
    ("adjudication.queue", {}, "annotator", "code"),
    ("search.search", {}, "annotator", "code"),
]  # fmt: skip


@pytest.mark.parametrize(("endpoint", "own", "name", "kind"), BESIDES)
def test_what_is_named_besides_is_told_of_no_other_project(everything, endpoint: str, own, name: str, kind: str):
    site, objects = everything
    owner = site.visitor("owner")
    with site.database.transaction() as session:
        seats.take_seat(session, projects.find_project(session, "study"), accounts.find_user(session, "owner"))
    rule = next(one for one in project_routes(site) if one.endpoint == endpoint)
    own = {argument: objects["own"][kind] for argument, kind in own.items()}
    _, address = rule.build({"slug": "study", **own}, append_unknown=False)

    def ask(value: str) -> tuple[int, str]:
        query = {key: given for key, given in own.items() if key not in rule.arguments}
        answer = owner.get(address, query_string={**query, name: value})
        # A number alone stands in many places.
        shown = [f"{name}={value}", f'"{value}"'] if value.isdecimal() else [re.escape(value)]
        told = re.sub("|".join(shown), "it", answer.text)
        return answer.status_code, TOKENS.sub("", told)

    assert ask(objects["other"][kind]) == ask(NOWHERE[kind])


def test_what_is_a_persons_own_outside_of_projects_is_of_no_use_to_another(everything):
    site, _ = everything
    with site.database.reading() as session:
        of_owner = datasets._own(accounts.find_user(session, "owner"))
    upload = staging.stage(site.settings, of_owner, [FileStorage(io.BytesIO(b"PK"), filename="study.zip")])
    administrator, annotator = site.visitor("administrator"), site.visitor("annotator")
    for rule in site.app.url_map.iter_rules():
        kinds = {OUTSIDE.get((rule.endpoint.partition(".")[0], name)) for name in rule.arguments}
        client = administrator if "person" in kinds else annotator
        for value in (upload.id, "0" * 32):
            if kinds & {"person", "data set"}:
                _, address = rule.build(dict.fromkeys(rule.arguments, value), append_unknown=False)
                data = {"csrf_token": site.token(client)} if "POST" in rule.methods else None
                answer = client.open(address, method="POST" if data else "GET", data=data)
                assert answer.status_code == ELSEWHERE.get(rule.endpoint, 404), rule.endpoint
    assert staging.find(site.settings, of_owner, upload.id).files


#: What a page says anew each time.
TOKENS = re.compile(r'(?<=content=")[\w.-]{40,}|(?<=value=")[\w.-]{40,}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}')


def test_of_what_is_ones_own_everything_is_found(everything):
    site, objects = everything
    owner = site.visitor("owner")
    with site.database.transaction() as session:
        seats.take_seat(session, projects.find_project(session, "study"), accounts.find_user(session, "owner"))
    last = {"uploads.discard", "uploads.import_files", "people.remove_member", "people.change_role"}
    for rule in sorted(project_routes(site), key=lambda rule: (rule.endpoint in last, rule.endpoint)):
        if rule.endpoint in ABOUT_THE_PROJECT or rule.endpoint in NOT_FOR_ONE_S_OWN:
            continue
        values = {name: objects["own"][kind] for name, kind in kinds_of(rule).items()}
        answer = call(site, owner, rule, values)
        assert answer.status_code not in (403, 404), (rule.endpoint, answer.status_code)
        assert answer.status_code < 500, rule.endpoint
        answer.close()


#: Who sends an import twice is led to the documents, as is who names an upload that was never theirs.
ELSEWHERE = {"uploads.import_files": 302, "datasets.import_project": 302}
#: A queue is its annotator's alone, whoever owns the project; a round by invitation is for its members; an upload is
#: imported or discarded, not both.
NOT_FOR_ONE_S_OWN = {"search.enter_queue", "rounds.enter_round", "uploads.import_files"}


def test_a_queue_and_a_round_of_somebody_else_in_the_same_project_are_not_found(everything):
    site, objects = everything
    for role in ("owner", "annotator"):
        client = site.visitor(role)
        for endpoint in ("search.enter_queue", "rounds.enter_round"):
            rule = next(one for one in project_routes(site) if one.endpoint == endpoint)
            values = {name: objects["own"][kind] for name, kind in kinds_of(rule).items()}
            assert call(site, client, rule, values).status_code == 404, (role, endpoint)


def test_an_act_on_a_unit_of_another_project_is_refused_and_writes_nothing(everything):
    site, objects = everything
    client = site.visitor("annotator")
    site.send(client, "/projects/study/label/claim")
    fields = [["act", "skip"], ["key", "6f0b8f2e-6a0c-4a54-9c3b-2f6a3d1e0c11"], ["codebook", "1"]]
    for unit in (objects["other"]["unit"], "gone:s1"):
        sent = {"acts": [{"unit": unit, "fields": fields}]}
        answer = client.post("/projects/study/label/acts", json=sent, headers={"X-CSRFToken": site.token(client)})
        assert [one["status"] for one in answer.json["results"]] == ["refused"]


def test_the_annotator_comes_from_the_session_and_not_from_what_is_sent(everything):
    site, objects = everything
    client = site.visitor("annotator")
    site.send(client, "/projects/study/label/claim", annotator=objects["own"]["code"], person=objects["own"]["person"])
    with site.database.reading() as session:
        user = session.scalars(select(User).where(User.name == "annotator")).one()
        mine = session.scalars(select(Annotator.code).where(Annotator.user_id == user.id)).one()
        assert mine != objects["own"]["code"]
        assert session.scalars(select(Round.id)).first()
