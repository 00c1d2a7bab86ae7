"""Pairs of worlds that differ only in what B says in a blind round, and everything that A can ask in them."""

import re
import shutil
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from jinja2.bccache import Bucket, BytecodeCache
from sqlalchemy import select

from annotator.config import Settings, read_settings
from annotator.db import Annotator, Classifier, Document, Membership, Project, Target, Unit, User
from annotator.db.engines import Database
from annotator.db.upgrading import open_database
from annotator.services import accounts, claiming, codebook_drafts, drawing, projects, seats
from annotator.services.drawing import Plan
from annotator.services.recording import record_act
from annotator.services.seats import Seat
from annotator.web import create_app
from studies import CODEBOOK, make_act, make_study, sit

PROJECT = "/projects/study"
ROUND = "reliability"
TOPICS, LABELS, FRAMES = ("war", "trade", "other"), ("favor", "against", "neither"), ("economic", "moral", "no-frame")
#: What differs although nothing was said differently: tokens, keys, moments, and the file's own address.
MASKS = (
    (re.compile(r'(name="csrf-token" content=|name="csrf_token"[^>]*value=)"[^"]*"'), r'\1""'),
    (re.compile(r'"csrf_token":\s*"[^"]*"'), '"csrf_token": ""'),
    # Drawn anew for each form, and for what A adds; those of acts are made of what was done (version 5).
    (re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"), "UUID"),
    # Of a classifier's files, in which stands how long the training took.
    (re.compile(r"SHA-256 <code>\w+"), "SHA-256 <code>"),
    (re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|\+00:00)?"), "MOMENT"),
    (re.compile(r"\b\d{1,2} \w+ 20\d\d,? \d\d:\d\d(:\d\d)?|\w{3,9} \d{1,2}, 20\d\d,? [\d:]+\W?[AP]M"), "MOMENT"),
)


class _Compiled(BytecodeCache):
    """Templates, compiled once for all worlds."""

    def __init__(self) -> None:
        self._kept: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Take what is there of a template."""
        if bucket.key in self._kept:
            bucket.bytecode_from_string(self._kept[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep a template."""
        self._kept[bucket.key] = bucket.bytecode_to_string()


_TEMPLATES = _Compiled()


@dataclass(frozen=True, slots=True)
class Step:
    """What somebody does with the next sentence that they are given."""

    who: str
    seed: int


@dataclass(frozen=True)
class World:
    """The application over one database, with A's browser."""

    app: Flask
    database: Database
    client: FlaskClient
    token: str

    def ask(self, address: str, **headers: str) -> bytes:
        """Return what A is told at an address: the status, the headers and the words, without what is masked."""
        return told(self.client.get(address, headers=headers))

    def send(self, address: str, **body: Any) -> bytes:
        """Return what A is told when they send a form or JSON."""
        return told(self.client.post(address, headers={"X-CSRFToken": self.token}, **body))


def told(answer: Any) -> bytes:
    """Return a whole answer as one text, without tokens and moments."""
    headers = {name: value for name, value in answer.headers if name not in ("Date", "Set-Cookie", "Content-Length")}
    text = f"{answer.status_code} {sorted(headers.items())}\n{answer.get_data(as_text=True)}"
    for pattern, instead in MASKS:
        text = pattern.sub(instead, text)
    return text.encode()


def make_base(home: Path, role: str, *, documents: int = 3, gold: int = 2) -> Settings:
    """Make the world before the round: texts, gold for some sentences, and A (in a role), B and C in a project."""
    settings = read_settings({}, home=home)
    database = open_database(settings)
    with database.transaction() as session:
        people = {name: accounts.create_user(session, name) for name in ("A", "B", "C")}
        study = projects.create_project(session, "Study", codebook=None, owner=people["C"])
        for name, held in (("A", role), ("B", "annotator")):
            session.add(Membership(project_id=study.id, user_id=people[name].id, role=held))
    made = make_study(database, documents=documents, codebook=CODEBOOK)
    with database.transaction() as session:
        project = session.get_one(Project, made.project_id)
        for name in ("A", "B", "C"):
            projects.annotator_of(session, project, session.scalars(select(User).where(User.name == name)).one())
        expert = sit(session, project.id, "EXPERT")
        for number, unit in enumerate(made.units[:gold]):
            answers = {"topic": TOPICS[number % 2], "frames": ["moral"]}
            record_act(
                session, replace(expert, kind="adjudication"), make_act(key=_key(unit), unit=unit, answers=answers)
            )
        chief = session.get_one(User, people["C"].id)
        codebook_drafts.begin_draft(session, project, chief)
        draft = codebook_drafts.read_draft(session, project.id)
        # Its dry run counts what it touches.
        changed = draft.source.replace("name: war", "name: armed conflict").replace("name: loaded", "name: words")
        codebook_drafts.save_draft(session, project, chief, changed, revision=draft.revision)
    members = _codes(database)
    plan = Plan(name=ROUND, selection="all", annotators=2, overlap=0.7, members=members, has_suggestions=True)
    drawing.make_round(database, made.project_id, plan, user_id=None)
    database.dispose()
    return settings


def _codes(database: Database) -> tuple[str, ...]:
    with database.reading() as session:
        wanted = select(Annotator.code).join(User, User.id == Annotator.user_id).where(User.name.in_(("A", "B")))
        return tuple(session.scalars(wanted))


def _key(*parts: object) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_URL, "/".join(map(str, parts))))


def steps_of(random: Random) -> list[Step]:
    """Return who labels when, the same in both worlds; each of them begins."""
    names = ["A", "B", *(random.choice("ABB") for _ in range(random.randint(8, 16)))]
    return [Step(name, random.randrange(10**9)) for name in names]


def make_world(base: Settings, home: Path, steps: list[Step], *, says: int, may_skip: bool = True) -> World:
    """Copy the base and let A and B label; what B says depends on ``says``, too."""
    shutil.copytree(base.home, home)
    settings = read_settings({}, home=home)
    database = Database(settings)
    for number, step in enumerate(steps):
        own = Random(step.seed if step.who == "A" else f"{step.seed}/{says}")
        with database.transaction() as session:
            _label(session, step.who, number, own, may_skip=may_skip)
    app = create_app(settings, database)
    app.jinja_env.bytecode_cache = _TEMPLATES
    client = app.test_client()
    with database.transaction() as session:
        link = accounts.create_sign_in_link(session, accounts.find_user(session, "A"))
    client.post(f"/sign-in/{link}", data={"csrf_token": _token(client, "/sign-in")})
    return World(app, database, client, _token(client, "/account"))


def _token(client: FlaskClient, address: str) -> str:
    found = re.search(r'name="csrf-token" content="([^"]+)"', client.get(address).text)
    assert found
    return found[1]


def _seat(session: Any, name: str) -> tuple[Seat, Project]:
    project = projects.find_project(session, "study")
    user = session.scalars(select(User).where(User.name == name)).one()
    return seats.take_seat(session, project, user), project


def _label(session: Any, who: str, number: int, own: Random, *, may_skip: bool) -> None:
    """Answer or skip the next sentence; comment, flag, revise, take back and answer again as chance will have it."""
    seat, project = _seat(session, who)
    unit = claiming.claim_next(session, seat)
    if unit is None:
        return
    act = partial(make_act, unit=unit, codebook=1)
    first = _key(who, number, 0, own.random())
    record_act(session, seat, act(key=first, **_said(session, seat, project, own, may_skip=may_skip)))
    if who == "B" and own.random() < 0.3:
        more = {"act": "undo"} if own.random() < 0.5 else _said(session, seat, project, own, may_skip=may_skip)
        record_act(session, seat, act(key=_key(who, number, 1), supersedes=first, **more))
        if more["act"] == "undo":
            again = _said(session, seat, project, own, may_skip=may_skip)
            record_act(session, seat, act(key=_key(who, number, 2), **again))


def _said(session: Any, seat: Seat, project: Project, own: Random, *, may_skip: bool) -> dict[str, Any]:
    if may_skip and own.random() < 0.2:
        return {"act": "skip", "reason": own.choice(("needs-context", "off-topic", "says who?"))}
    annotator = session.get_one(Annotator, seat.annotator_id)
    offered = [target.uuid for target in projects.targets(session, project, annotator=annotator)]
    if own.random() < 0.3:
        offered.append(projects.add_target(session, project, own.choice(NAMES), annotator=annotator).uuid)
    stance = [
        {"target": target, "holder": {"kind": "author"}, "label": own.choice(LABELS)}
        for target in dict.fromkeys(offered)
        if own.random() < 0.7
    ]
    answers = {
        "stance": stance,
        "targets_offered": list(dict.fromkeys(offered)),
        "topic": own.choice(TOPICS),
        "frames": own.sample(FRAMES[:2], own.randint(1, 2)),
        "strength": own.choice(("weak", "middling", "strong")),
        "loaded": [{"start": 0, "end": own.randint(1, 5)}] if own.random() < 0.5 else [],
    }
    comment = own.choice((None, "Hm.", "ظريف", "Why?"))
    return {"act": "answer", "answers": answers, "comment": comment, "is_flagged": own.random() < 0.3}


#: What is private to B until an owner accepts it; two of them stand in the texts.
NAMES = ("talks", "Prices", "Elsewhereland")


def addresses(world: World) -> Mapping[str, list[str]]:
    """Return what can be opened, by endpoint: every page with every filter there is."""
    with world.database.reading() as session:
        units = list(session.scalars(select(Unit.external_id).order_by(Unit.id)))
        documents = list(session.scalars(select(Document.external_id).order_by(Document.id)))
        codes = list(session.scalars(select(Annotator.code).order_by(Annotator.id)))
        targets = list(session.scalars(select(Target.uuid).where(Target.accepted_at.is_not(None))))
        numbers = list(session.scalars(select(Classifier.number)))
    labels = [f"topic:{label}" for label in TOPICS] + [f"stance:{label}" for label in LABELS] + ["frames:moral"]
    one = [f"{PROJECT}/label/{unit}" for unit in units[::3]]
    filters = ["", *(f"&label={label}" for label in labels), *(f"&annotator={code}" for code in codes)]
    filters += [f"&target={target}" for target in targets] + [
        "&only=y&label=topic:war",
        f"&annotator={codes[1]}&only=y",
    ]
    looked = [f"label={label}" for label in labels] + [f"target={target}&target_as=judged" for target in targets]
    looked += [f"labelled={value}" for value in ("yes", "no", "by-me", "not-by-me")]
    looked += ["flagged=y", "commented=y", "skipped=y", "words=talks", "unsure=topic", "words=Prices&labelled=no"]
    return {
        "accounts.show_account": ["/account"],
        "projects.home": ["/"],
        "projects.list_projects": ["/projects"],
        "projects.project_home": [PROJECT],
        "preferences.edit": ["/preferences"],
        "background.edit_answers": [f"{PROJECT}/background"],
        "targets.list_targets": [f"{PROJECT}/targets"],
        "documents.list_documents": [f"{PROJECT}/documents", f"{PROJECT}/documents?search=Text+1"],
        "documents.read_document": [
            *(f"{PROJECT}/documents/read?document={documents[0]}{filter_}" for filter_ in filters),
            *(f"{PROJECT}/documents/read?document={document}" for document in documents[1:]),
        ],
        "search.search": [f"{PROJECT}/search", *(f"{PROJECT}/search?{query}" for query in looked)],
        "labelling.page": [f"{PROJECT}/label", f"{PROJECT}/label?document={documents[2]}"],
        "labelling.show_unit": [*one, f"{PROJECT}/label/nowhere"],
        "labelling.show_text": [f"{address}/text" for address in one],
        "labelling.show_suggestions": [f"{address}/suggestions" for address in one],
        "labelling.show_status": [f"{PROJECT}/label/status"],
        "labelling.codebook_stylesheet": [f"{PROJECT}/codebook/1.css"],
        "labelling.codebook_meanings": [f"{PROJECT}/codebook/1/meanings"],
        "precedents.show_precedents": [f"{address}/precedents" for address in one],
        "codebook.show_codebook": [f"{PROJECT}/codebook"],
        "codebook.list_versions": [f"{PROJECT}/codebook/versions"],
        "codebook.show_version": [f"{PROJECT}/codebook/versions/1"],
        "codebook.fetch_version": [f"{PROJECT}/codebook/versions/1.yaml"],
        "codebook.compare_versions": [f"{PROJECT}/codebook/compare"],
        "codebook_drafts.edit_draft": [f"{PROJECT}/codebook/draft"],
        "codebook_drafts.edit_file": [f"{PROJECT}/codebook/draft/file"],
        "codebook_drafts.fetch_draft": [f"{PROJECT}/codebook/draft.yaml"],
        "codebook_drafts.draft_stylesheet": [f"{PROJECT}/codebook/draft.css"],
        "codebook_drafts.choose_examples": [f"{PROJECT}/codebook/draft/examples?question=topic&label=war"],
        "codebook_drafts.dry_run": [f"{PROJECT}/codebook/draft/changes"],
        "classifiers.list_classifiers": [f"{PROJECT}/classifiers"],
        "classifiers.show_overview": [f"{PROJECT}/classifiers/overview"],
        "classifiers.show_card": [f"{PROJECT}/classifiers/{number}" for number in (*numbers, 99)],
        "classifiers.show_label": [f"{PROJECT}/classifiers/{number}/labels/war" for number in (*numbers, 99)],
        "classifiers.compare": [f"{PROJECT}/classifiers/compare?second={number}" for number in (*numbers, 99)],
        "classifiers.list_changes": [f"{PROJECT}/classifiers/changes?second={number}" for number in (*numbers, 99)],
        "agreement.show_agreement": [f"{PROJECT}/agreement?question={name}" for name in ("topic", "stance", "frames")],
        "agreement.fetch_figures": [f"{PROJECT}/agreement/figures.json?question=topic"],
        "agreement.fetch_table": [f"{PROJECT}/agreement/figures.csv?question=topic"],
        "monitoring.show_monitoring": [f"{PROJECT}/monitoring"],
        "monitoring.fetch_figures": [f"{PROJECT}/monitoring/figures.json"],
        "monitoring.fetch_table": [f"{PROJECT}/monitoring/{name}.csv" for name in ("pace", "labels", "agreement")],
        "adjudication.queue": [f"{PROJECT}/adjudication", f"{PROJECT}/adjudication?show=settled"],
        "adjudication.decide": [f"{PROJECT}/adjudication/unit?unit={unit}" for unit in units[::3]],
        "exports.list_exports": [f"{PROJECT}/exports"],
        "exports.show_finished": [f"{PROJECT}/exports/finished"],
        "exports.fetch_export": [f"{PROJECT}/exports/nothing.csv"],
    }


#: Pages on which nothing of the labels can stand: files, forms for what is new, and who is in the project.
WITHOUT_LABELS = {
    "accounts.sign_in", "accounts.confirm_sign_in", "assets.static_file", "datasets.choose_data_set",
    "datasets.review", "invitations.show_invitation", "projects.new_project", "projects.edit_settings",
    "people.list_members", "uploads.choose_files", "uploads.review", "rounds.new_round",
    "administration.list_people",
    # How far a round and everybody in it are is for its owner to know.
    "rounds.list_rounds", "rounds.show_round",
}  # fmt: skip


def crawl(world: World, *, share: float = 1.0, seed: int = 0) -> Iterator[tuple[str, bytes]]:
    """Yield everything that A is told: on every page, as JSON where there is some, and after what they send.

    With a ``share`` below one, only so many of the pages are opened, drawn with the seed.
    """
    draw = Random(seed)
    for address in (address for several in addresses(world).values() for address in several):
        if draw.random() < share:
            yield address, world.ask(address)
    yield from _sent(world)


def _sent(world: World) -> Iterator[tuple[str, bytes]]:
    with world.database.reading() as session:
        units = list(session.scalars(select(Unit.external_id).order_by(Unit.id)))
    for unit in units[::3]:
        yield f"{unit} as JSON", world.ask(f"{PROJECT}/label/{unit}", Accept="application/json")
    for number, unit in enumerate(units[1::4]):
        fields = [["act", "answer"], ["key", _key("A", "sent", number)], ["codebook", "1"], ["q1", "war"]]
        fields += [["holder", "author"], ["chosen", "y"]]
        act = {"unit": unit, "fields": fields}
        yield f"form of {unit}", world.send(f"{PROJECT}/label/{unit}/form", json=act)
        yield f"act on {unit}", world.send(f"{PROJECT}/label/acts", json={"acts": [act], "ahead": 3})
    for name in NAMES:
        yield f"target {name}", world.send(f"{PROJECT}/label/targets", json={"name": name})
    yield "export", world.send(f"{PROJECT}/exports", data={"format": "csv", "seed": "0"})
    for unit in units[2::4]:
        yield f"claim {unit}", world.send(f"{PROJECT}/label/claim", data={"unit": unit})
    for query in ({"label": "topic:war"}, {"flagged": "y"}, {"labelled": "no"}):
        yield f"queue {query}", world.send(f"{PROJECT}/search/queue", data=query)
    yield "documents at last", world.ask(f"{PROJECT}/documents")
