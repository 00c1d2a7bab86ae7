"""A project with rounds: a training that one passed and one did not, a coding under way, one that is closed."""

from sqlalchemy import select

from annotator.db import Document, Membership, Project, Round, Unit, User
from annotator.db.engines import Database
from annotator.services import accounts, claiming, drawing, managing_rounds, projects, seats
from annotator.services.plans import Plan
from annotator.services.recording import record_act
from studies import make_act, sit

SLUG = "rounds"
TRAINING, CODING, CLOSED = "First steps", "Reliability, spring", "A try of the codebook"
KNOWN = 4


def add_rounds(database: Database) -> None:
    """Fill the project "Rounds", which has texts and no annotators yet; user 1 is its owner."""
    with database.transaction() as session:
        project = projects.find_project(session, SLUG)
        project_id = project.id
        people = [accounts.create_user(session, name) for name in ("Ada Lund", "Bo Ek", "Cleo Marchetti-Vandenberghe")]
        for person in people:
            session.add(Membership(project_id=project.id, user_id=person.id, role="annotator"))
            projects.annotator_of(session, project, person)
        names = [person.id for person in people]
    _know(database, project_id)
    _make(database, project_id, name=CLOSED, kind="pilot", phase="open", selection="random", size=5)
    with database.transaction() as session:
        managing_rounds.close_round(session, session.scalars(select(Round).where(Round.name == CLOSED)).one())
    _make(database, project_id, name=TRAINING, kind="training", selection="all", pass_mark=0.75)
    _make(
        database, project_id, name=CODING, selection="random", size=10, annotators=2, overlap=0.4, after=TRAINING,
        retest_share=0.1, check_share=0.1, quota=8,
    )  # fmt: skip
    _label(database, project_id, names[0], "war", KNOWN + 3)
    _label(database, project_id, names[1], "trade", KNOWN)


def number_of(database: Database, name: str) -> int:
    """Return the number of a round in its address."""
    with database.reading() as session:
        return session.scalars(select(Round.id).where(Round.name == name)).one()


def _know(database: Database, project_id: int) -> None:
    """Let an expert settle the first sentences: each of them is about war."""
    with database.transaction() as session:
        seat = sit(session, project_id, "7EXP", kind="adjudication")
        units = select(Unit.external_id).join(Document).where(Unit.project_id == project_id, Unit.kind == "sentence")
        for unit in session.scalars(units.order_by(Unit.position).limit(KNOWN)).all():
            answers = {"topic": ["war"]}
            record_act(session, seat, make_act(unit=unit, answers=answers, comment="Talks of peace are talks of war."))


def _make(database: Database, project_id: int, **plan: object) -> None:
    drawing.make_round(database, project_id, Plan(**plan), user_id=1)


def _label(database: Database, project_id: int, user_id: int, topic: str, count: int) -> None:
    for _ in range(count):
        with database.transaction() as session:
            project, user = session.get_one(Project, project_id), session.get_one(User, user_id)
            (unit,) = claiming.claim_ahead(session, seats.take_seat(session, project, user), count=1)
            answers = {"topic": [topic]}
            act = make_act(unit=unit, answers=answers, active_seconds=9.5)
            record_act(session, seats.take_seat(session, project, user), act)
