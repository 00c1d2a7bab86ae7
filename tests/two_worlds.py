"""Pairs of worlds that differ only in what B says, or in what is known of some sentences, one after the other."""

import re
import shutil
import sqlite3
import uuid
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field, replace
from functools import partial
from random import Random
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, select, update
from sqlalchemy.orm import Session

from annotator.config import Settings
from annotator.db import Annotator, Membership, Project, Unit, User
from annotator.db.base import now
from annotator.db.engines import Database
from annotator.services import accounts, claiming, codebook_drafts, codebooks, drawing, projects, seats
from annotator.services.plans import Plan
from annotator.services.recording import record_act
from annotator.services.seats import Seat
from annotator.web import create_app
from fixtures_postgresql import copy_database, execute
from studies import CODEBOOK, Study, make_act, make_study, sit

PROJECT = "/projects/study"
ROUND = "reliability"
TOPICS, LABELS, FRAMES = ("war", "trade", "other"), ("favor", "against", "neither"), ("economic", "moral", "no-frame")
#: What is private to B until an owner accepts it; two of them stand in the texts.
NAMES = ("talks", "Prices", "Elsewhereland")
#: Decides whether a check comes, and which; it is set anew before each step, so that it is the same in both worlds.
CHANCE = Random()
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


@dataclass(frozen=True, slots=True)
class Step:
    """What somebody does with the next sentence that they are given."""

    who: str
    seed: int


@dataclass(frozen=True, kw_only=True)
class Base:
    """The world before the round, to which it is set back as often as is wanted, with one application over it.

    The application stays, since to compile its templates and statements anew would cost more than everything else;
    whatever it remembers of a project is taken from it.
    """

    settings: Settings
    app: Flask
    database: Database
    study: Study
    known: tuple[str, ...]
    cookie: str
    token: str
    set_back: Callable[[], None]
    extensions: dict[str, Any] = field(default_factory=dict)

    def world(self, steps: list[Step], *, says: int, settled: int = 1, may_skip: bool = True) -> "World":
        """Set everything back and let A and B label; until the next call this is the world."""
        self._forget()
        settle(self.study, self.known, settled)
        exports = self.settings.exports / "study"
        exports.mkdir(parents=True)
        (exports / "study.csv").write_text(f"what B says: {says}", encoding="utf-8")
        for number, step in enumerate(steps):
            own = Random(step.seed if step.who == "A" else f"{step.seed}/{says}")
            # How often B has labelled, and what, decides what can check them, and so which places they leave to A.
            acts = Random(f"{step.seed}/acts") if self.known else own
            CHANCE.seed(f"{step.seed}/chance")
            with self.database.transaction() as session:
                _label(session, step.who, number, own, acts, may_skip=may_skip)
        client = self.app.test_client()
        client.set_cookie("annotator", self.cookie)
        return World(self.app, self.database, client, self.token, self.known)

    def _forget(self) -> None:
        self.set_back()
        self.app.extensions.clear()
        self.app.extensions.update(self.extensions)
        for engine in (self.database.writer, self.database.reader):
            codebooks.forget(engine, self.study.project_id)
        for folder in (self.settings.exports, self.settings.models):
            shutil.rmtree(folder, ignore_errors=True)


@dataclass(frozen=True)
class World:
    """The application over one database, with A's browser; what is settled of ``known`` A is not to know."""

    app: Flask
    database: Database
    client: FlaskClient
    token: str
    known: tuple[str, ...] = ()

    def ask(self, address: str, **headers: str) -> bytes:
        """Return what A is told at an address: the status, the headers and the words, without what is masked."""
        CHANCE.seed(address)
        return told(self.client.get(address, headers=headers))

    def send(self, address: str, **body: Any) -> bytes:
        """Return what A is told when they send a form or JSON."""
        CHANCE.seed(f"{address} {body}")
        return told(self.client.post(address, headers={"X-CSRFToken": self.token}, **body))


def told(answer: Any) -> bytes:
    """Return a whole answer as one text, without tokens and moments."""
    headers = {name: value for name, value in answer.headers if name not in ("Date", "Set-Cookie", "Content-Length")}
    text = f"{answer.status_code} {sorted(headers.items())}\n{answer.get_data(as_text=True)}"
    answer.close()
    for pattern, instead in MASKS:
        text = pattern.sub(instead, text)
    return text.encode()


def make_base(
    database: Database, role: str, *, documents: int = 3, gold: int = 2, known: int = 0, check_share: float = 0.0
) -> Base:
    """Make the world before the round: texts, gold for some sentences, and A (in a role), B and C in a project.

    The last sentences are ``known``: they are in no round but come as checks, and are settled in each world anew.
    """
    made = _make_project(database, role, documents=documents)
    known_units = tuple(made.units[len(made.units) - known :])
    with database.transaction() as session:
        expert = replace(sit(session, made.project_id, "EXPERT"), kind="adjudication")
        for number, unit in enumerate(made.units[:gold]):
            answers = {"topic": TOPICS[number % 2], "frames": ["moral"]}
            record_act(session, expert, make_act(key=key_of(unit), unit=unit, answers=answers))
        members = tuple(session.scalars(_CODES))
        # What is withdrawn while the round is drawn is not in it.
        kept_out = update(Unit).where(Unit.external_id.in_(known_units))
        session.execute(kept_out.values(withdrawn_at=now()))
    plan = Plan(
        name=ROUND, selection="all", annotators=2, overlap=0.7,
        members=members, has_suggestions=True, check_share=check_share, retest_share=check_share,
    )  # fmt: skip
    drawing.make_round(database, made.project_id, plan, user_id=None)
    with database.transaction() as session:
        session.execute(kept_out.values(withdrawn_at=None))
    return _open(database, made, known_units)


def _make_project(database: Database, role: str, *, documents: int) -> Study:
    with database.transaction() as session:
        people = {name: accounts.create_user(session, name) for name in ("A", "B", "C")}
        study = projects.create_project(session, "Study", codebook=None, owner=people["C"])
        for name, held in (("A", role), ("B", "annotator")):
            session.add(Membership(project_id=study.id, user_id=people[name].id, role=held))
    made = make_study(database, documents=documents, codebook=CODEBOOK)
    with database.transaction() as session:
        project = session.get_one(Project, made.project_id)
        for name in ("A", "B", "C"):
            projects.annotator_of(session, project, session.get_one(User, people[name].id))
        codebook_drafts.begin_draft(session, project, people["C"])
        draft = codebook_drafts.read_draft(session, project.id)
        # Its dry run counts what it touches.
        changed = draft.source.replace("name: war", "name: armed conflict").replace("name: loaded", "name: words")
        codebook_drafts.save_draft(session, project, people["C"], changed, revision=draft.revision)
    return made


def _open(database: Database, study: Study, known: tuple[str, ...]) -> Base:
    """Open the application, let A sign in, and keep all as it is."""
    app = create_app(database.settings, database)
    extensions = dict(app.extensions)
    client = app.test_client()
    with database.transaction() as session:
        link = accounts.create_sign_in_link(session, accounts.find_user(session, "A"))
    client.post(f"/sign-in/{link}", data={"csrf_token": _token(client, "/sign-in")})
    token, cookie = _token(client, "/account"), client.get_cookie("annotator")
    assert cookie
    keep = keep_sqlite if database.settings.is_sqlite else keep_postgresql
    return Base(
        settings=database.settings, app=app, database=database, study=study, known=known, cookie=cookie.value,
        token=token, set_back=keep(database), extensions=extensions,
    )  # fmt: skip


def keep_sqlite(database: Database) -> Callable[[], None]:
    """Keep a copy in memory; return what writes it back. Chance is the same in the database, too."""
    database.dispose()
    event.listen(database.writer, "connect", _give_chance)
    kept = sqlite3.connect(":memory:", check_same_thread=False)

    def copy(*, back: bool) -> None:
        with closing(database.writer.raw_connection()) as pooled:
            here = pooled.driver_connection
            assert here is not None
            (kept if back else here).backup(here if back else kept)

    copy(back=False)
    return partial(copy, back=True)


def _give_chance(connection: Any, _record: Any) -> None:
    connection.create_function("random", 0, lambda: CHANCE.getrandbits(62))
    # What is on the disk is of no account here.
    connection.execute("PRAGMA synchronous = 0")


def keep_postgresql(database: Database) -> Callable[[], None]:
    """Keep a copy as a template; return what makes the database anew of it."""
    server, _, name = database.settings.database_url.rpartition("/")
    event.listen(database.writer, "begin", _set_seed)
    database.dispose()
    copy_database(server, name, f"{name}_kept")

    def set_back() -> None:
        database.dispose()
        execute(server, f"DROP DATABASE {name} WITH (FORCE)")
        copy_database(server, f"{name}_kept", name)

    return set_back


def _set_seed(connection: Any) -> None:
    connection.exec_driver_sql(f"SELECT setseed({CHANCE.random()})")


def settle(study: Study, units: tuple[str, ...], settled: int) -> None:
    """Decide the known sentences: the same answers in both worlds, but not of the same sentences."""
    with study.database.transaction() as session:
        expert = replace(sit(session, study.project_id, "EXPERT"), kind="adjudication")
        for number, unit in enumerate(units):
            key, answers = key_of(unit, settled), {"topic": TOPICS[(number + settled) % len(units)]}
            comment = f"As in the case {(number + settled) % len(units)}."
            record_act(session, expert, make_act(key=key, unit=unit, answers=answers, comment=comment))


def key_of(*parts: object) -> str:
    """Return a key that is made of what was done."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, "/".join(map(str, parts))))


def steps_of(random: Random) -> list[Step]:
    """Return who labels when, the same in both worlds; each of them begins."""
    names = ["A", "B", *(random.choice("ABB") for _ in range(random.randint(8, 16)))]
    return [Step(name, random.randrange(10**9)) for name in names]


def _token(client: FlaskClient, address: str) -> str:
    found = re.search(r'name="csrf-token" content="([^"]+)"', client.get(address).text)
    assert found
    return found[1]


def _seat(session: Session, name: str) -> tuple[Seat, Project]:
    project = projects.find_project(session, "study")
    user = session.scalars(select(User).where(User.name == name)).one()
    return seats.take_seat(session, project, user), project


def _label(session: Session, who: str, number: int, own: Random, acts: Random, *, may_skip: bool) -> None:
    """Answer or skip the next sentence; comment, flag, revise, take back and answer again as chance will have it."""
    seat, project = _seat(session, who)
    unit = claiming.claim_next(session, seat)
    if unit is None:
        return
    act = partial(make_act, unit=unit, codebook=1)
    say = partial(_said, session, seat, project, own)
    first = key_of(who, number, 0, own.random())
    skips = may_skip and acts.random() < 0.2
    record_act(session, seat, act(key=first, **(_skipped(own) if skips else say())))
    if who == "B" and acts.random() < 0.3:
        takes_back = acts.random() < 0.5
        more = {"act": "undo"} if takes_back else say()
        record_act(session, seat, act(key=key_of(who, number, 1), supersedes=first, **more))
        if takes_back:
            record_act(session, seat, act(key=key_of(who, number, 2), **say()))


def _skipped(own: Random) -> dict[str, Any]:
    return {"act": "skip", "reason": own.choice(("needs-context", "off-topic", "says who?"))}


def _said(session: Session, seat: Seat, project: Project, own: Random) -> dict[str, Any]:
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


_CODES = select(Annotator.code).join(User, User.id == Annotator.user_id).where(User.name.in_(("A", "B")))
