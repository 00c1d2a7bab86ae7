"""A study over five weeks whose annotators have their ways: one is fast, one harsh, one forgets, one believes all."""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from unittest.mock import patch

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from annotator.db import Assignment, CodebookVersion, Membership, Project, Round, Target, Unit
from annotator.db.engines import Database
from annotator.importing.values import ImportedDocument
from annotator.services import codebooks, imports, projects, recording, rounds
from annotator.services.recording import record_act
from annotator.services.seats import Seat
from studies import make_act, sit

NAME, SLUG = "Watched", "watched"
CODEBOOK = """
name: Watched
targets: [{name: Russia, aliases: [Moscow]}, {name: The harbour authority of Veland}]
questions:
  - {id: stance, name: stance, type: stance, labels: [{name: favor}, {name: against}, {name: neither}]}
  - {id: topic, name: topic, type: choice, labels: [{name: war}, {name: trade}, {name: other}]}
"""
START = datetime(2026, 2, 2, 9, tzinfo=UTC)
SENTENCES = tuple(f"On day {number} the talks with Moscow about the harbour went on." for number in range(100))
#: Code, answers on a day, seconds for one, share of answers that are given at random, share of "against".
WAYS = (
    ("FAST", 12, 3.5, 0.1, 0.3),
    ("HARSH", 5, 14.0, 0.15, 0.75),
    ("VAGUE", 4, 21.0, 0.55, 0.3),
    ("WARM", 5, 11.0, 0.1, 0.3),
)


def add_watched(database: Database) -> None:
    """Set the project up, with its owner and what four people did."""
    with database.transaction() as session:
        project = projects.create_project(session, NAME, codebook=CODEBOOK, owner=None)
        project_id = project.id
        session.add(Membership(project_id=project_id, user_id=1, role="owner"))
    text = " ".join(SENTENCES)
    document = ImportedDocument(id="w", title="The talks", outlet="NPR", text=text, name="w.txt", line=1, units=None)
    imports.import_documents(database, project_id, [document], name="w.txt", user_id=1)
    with database.transaction() as session:
        _fill(session, session.get_one(Project, project_id))


def _fill(session: Session, project: Project) -> None:
    units = list(session.scalars(select(Unit).where(Unit.project_id == project.id).order_by(Unit.id)))
    targets = list(session.scalars(select(Target.uuid).where(Target.project_id == project.id).order_by(Target.id)))
    draw = random.Random(4)
    truth = {unit.id: (draw.choice(("favor", "against", "neither")), draw.choice(("war", "trade"))) for unit in units}
    main = rounds.main_round(session, project.id)
    for number, unit in enumerate(units):
        arm = "shown" if number % 2 else "control"
        session.execute(update(Assignment).where(Assignment.unit_id == unit.id).values(suggestion_arm=arm))
    expert = replace(sit(session, project.id, "EXPERT"), kind="adjudication")
    for unit in units[:20]:
        stance = _stance(draw, truth[unit.id][0], 0.0, 0.3, targets)
        record_act(session, expert, make_act(unit=unit.external_id, answers={"topic": truth[unit.id][1], **stance}))
    checks = [(_round(session, project, main, "gold-check"), units[:20])]
    checks.append((_round(session, project, main, "retest"), units[20:40]))
    for way in WAYS:
        _work(session, sit(session, project.id, way[0]), way, units, truth, targets, draw)
        _be_checked(session, sit(session, project.id, way[0]), way, checks, truth, targets, draw)
    codebooks.publish_codebook(session, project, CODEBOOK.replace("{name: other}", "{name: something else, id: other}"))
    for version in session.scalars(select(CodebookVersion).where(CodebookVersion.project_id == project.id)):
        version.published_at = START + timedelta(days=12 if version.number == 2 else -1)


def _work(session, seat, way, units, truth, targets, draw) -> None:
    code, a_day, seconds, noise, against = way
    for number, unit in enumerate(units[20:90]):
        topic, shown = _topic(draw, truth[unit.id][1], noise), None
        if number % 2:
            shown = _shown("before" if number % 4 == 1 else "after", topic if code == "WARM" else "war")
        answers = {"topic": topic, **_stance(draw, truth[unit.id][0], noise, against, targets)}
        took = seconds * draw.uniform(0.6, 1.6)
        with clock(number // a_day * 2):
            first = {"topic": "other"} if shown and shown["timing"] == "after" else None
            made = make_act(
                unit=unit.external_id, answers=answers, first_answers=first, active_seconds=took,
                suggestions_shown=shown,
            )  # fmt: skip
            record_act(session, seat, made)


def _be_checked(session, seat, way, checks, truth, targets, draw) -> None:
    _code, _a_day, _seconds, noise, against = way
    for round_, units in checks:
        for unit in units:
            _place(session, round_, unit, seat)
            stance = _stance(draw, truth[unit.id][0], noise, against, targets)
            answers = {"topic": _topic(draw, truth[unit.id][1], noise), **stance}
            record_act(session, seat, make_act(unit=unit.external_id, answers=answers))


@contextmanager
def clock(days: int) -> Iterator[None]:
    """Let acts arrive so many days after the start."""
    with patch.object(recording, "now", lambda: START + timedelta(days=days)):
        yield


def _topic(draw: random.Random, truth: str, noise: float) -> str:
    return draw.choice(("war", "trade", "other")) if draw.random() < noise else truth


def _stance(draw: random.Random, truth: str, noise: float, against: float, targets: list[str]) -> dict[str, object]:
    label = truth if draw.random() > max(noise, against - 0.3) else draw.choice(("favor", "against", "neither"))
    if draw.random() < against - 0.3:
        label = "against"
    given = [{"target": targets[0], "holder": {"kind": "author"}, "label": label}]
    return {"stance": given, "targets_offered": targets}


def _shown(timing: str, label: str) -> dict[str, object]:
    return {
        "timing": timing,
        "classifiers": {"topic": 1},
        "suggestions": [{"question": "topic", "label": label, "probability": 0.7}],
    }


def _round(session: Session, project: Project, main: Round, kind: str) -> Round:
    round_ = Round(project_id=project.id, name=f"main: {kind}", kind=kind, parent_id=main.id)
    session.add(round_)
    session.flush()
    return round_


def _place(session: Session, round_: Round, unit: Unit, seat: Seat) -> None:
    session.execute(
        insert(Assignment).values(
            round_id=round_.id, unit_id=unit.id, place=seat.annotator_id, order_key=0, state="claimed",
            annotator_id=seat.annotator_id, is_personal=True, selection_mode=round_.kind, suggestion_arm="control",
        )
    )  # fmt: skip
