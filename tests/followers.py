"""Annotators who follow what is suggested with a known probability, where it is shown; and a project they label."""

import random
from collections.abc import Sequence
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from annotator.db import Assignment, Membership, Project, Unit
from annotator.db.engines import Database
from annotator.importing.values import ImportedDocument
from annotator.services import imports, places, projects
from annotator.services.influence_acts import Compared, Said, Suggested
from annotator.services.recording import record_act
from annotator.services.seats import Seat
from studies import make_act, sit

NAME, SLUG = "Followers", "followers"
CODEBOOK = """
name: Followers
questions:
  - {id: topic, name: topic, type: choice, labels: [{name: war}, {name: trade}, {name: other}]}
"""
TOPICS = ("war", "trade", "other")
SHARE, RIGHT, KNOWS = 0.2, 0.7, 0.8
#: How often an annotator who sees nothing says what is suggested.
BY_THEMSELVES = RIGHT * (KNOWS + (1 - KNOWS) / 3) + (1 - RIGHT) * (1 - KNOWS) / 3
QUESTION = 7


def effect_of(follow: float) -> float:
    """Return by how much more often a suggestion is chosen where it is shown."""
    return follow * (1 - BY_THEMSELVES)


def suggestion_for(truth: str, draw: random.Random) -> str:
    """Return what a classifier suggests that is right as often as ``RIGHT`` says."""
    return truth if draw.random() < RIGHT else draw.choice([label for label in TOPICS if label != truth])


def say(truth: str, suggested: str | None, follow: float, draw: random.Random) -> str:
    """Return an answer: what is suggested as often as annotators follow, else what they find themselves."""
    own = truth if draw.random() < KNOWS else draw.choice(TOPICS)
    return suggested if suggested is not None and draw.random() < follow else own


def compared(seed: int, *, follow: float, annotators: int, each: int) -> list[Compared]:
    """Return what annotators answered, as if it had been read."""
    draw = random.Random(seed)
    return [_answer(who, unit, follow, draw) for who in range(annotators) for unit in range(each)]


def _answer(who: int, unit: int, follow: float, draw: random.Random) -> Compared:
    truth, is_shown = draw.choice(TOPICS), draw.random() >= SHARE
    suggested = suggestion_for(truth, draw)
    given = say(truth, suggested if is_shown else None, follow, draw)
    return Compared(
        act=0, annotator=who, unit=unit, document=unit % 20, is_shown=is_shown, timing="before", seconds=None,
        suggested=(_numbered(suggested),), said=_said(given), gold=_said(truth), first=None, then=None,
    )  # fmt: skip


def _numbered(label: str) -> Suggested:
    return Suggested(QUESTION, 0, TOPICS.index(label) + 1)


def _said(label: str) -> Said:
    return Said({_numbered(label)}, {(QUESTION, 0)})


def label_units(
    session: Session, project_id: int, codes: Sequence[str], *, follow: float, timing: str, seed: int = 3
) -> None:
    """Let people label everything, in arms drawn anew for each of them; adjudicate every other unit."""
    draw = random.Random(seed)
    units = list(session.scalars(select(Unit).where(Unit.project_id == project_id).order_by(Unit.id)))
    for place in session.scalars(select(Assignment).where(Assignment.unit_id.in_([unit.id for unit in units]))):
        place.suggestion_arm = "control" if draw.random() < SHARE else "shown"
    session.flush()
    seats = [sit(session, project_id, code) for code in codes]
    expert = sit(session, project_id, "EXPERT", kind="adjudication")
    for number, unit in enumerate(units):
        truth = draw.choice(TOPICS)
        suggested = suggestion_for(truth, draw)
        for seat in seats:
            _label(session, seat, unit, truth, suggested, follow=follow, timing=timing, draw=draw)
        if number % 2:
            record_act(session, expert, make_act(unit=unit.external_id, answers={"topic": truth}))


def _label(
    session: Session, seat: Seat, unit: Unit, truth: str, suggested: str, *, follow: float, timing: str,
    draw: random.Random,
) -> None:  # fmt: skip
    is_shown = places.find_place(session, seat, unit.id).selection["suggestion_arm"] == "shown"
    first = say(truth, None, 0.0, draw)
    given = suggested if is_shown and draw.random() < follow else first
    contradicts = is_shown and first != suggested
    record_act(
        session,
        seat,
        make_act(
            unit=unit.external_id,
            answers={"topic": given},
            first_answers={"topic": first} if timing == "after" and contradicts else None,
            active_seconds=draw.uniform(4, 9) - 2 * is_shown,
            suggestions_shown=kept(suggested, timing, is_shown=is_shown and (timing == "before" or contradicts)),
        ),
    )


def kept(label: str, timing: str = "before", *, is_shown: bool = True) -> dict[str, Any]:
    """Return what an act keeps of a suggestion."""
    one = {"question": "topic", "label": label, "probability": 0.7}
    shown = [one] if is_shown else []
    return {"timing": timing, "classifiers": {"topic": 1}, "suggestions": shown, "suggested": [one]}


def add_followers(database: Database) -> None:
    """Set a project up that four people label, two fifths of the time as is suggested."""
    with database.transaction() as session:
        project = projects.create_project(session, NAME, codebook=CODEBOOK, owner=None)
        project_id = project.id
        session.add(Membership(project_id=project_id, user_id=1, role="owner"))
    for number in range(6):
        text = " ".join(f"On day {number} delegation {one} spoke of the harbour." for one in range(15))
        document = ImportedDocument(id=f"f{number}", title=f"Talks {number}", text=text, name="f.txt", line=1)
        imports.import_documents(database, project_id, [document], name="f.txt", user_id=1)
    with database.transaction() as session:
        _add_places(session, project_id)
        label_units(session, project_id, ("ADA", "BEN", "CLEO", "DAN"), follow=0.4, timing="after")


def _add_places(session: Session, project_id: int) -> None:
    project = session.get_one(Project, project_id)
    for place in list(session.scalars(select(Assignment).join(Unit).where(Unit.project_id == project.id))):
        for number in (2, 3, 4):
            session.add(
                Assignment(
                    round_id=place.round_id, unit_id=place.unit_id, place=number, order_key=place.order_key,
                    selection_mode=place.selection_mode, selection_probability=place.selection_probability,
                )
            )  # fmt: skip
    session.flush()


def withhold(session: Session, project_id: int) -> None:
    """Let everything from now on be labelled without suggestions."""
    units = select(Unit.id).where(Unit.project_id == project_id)
    session.execute(update(Assignment).where(Assignment.unit_id.in_(units)).values(suggestion_arm="control"))
