"""Label sentences by two people without HTTP: run as ``seed_twice.py HOME SLUG COUNT``."""

import random
import sys
import uuid
from pathlib import Path

from sqlalchemy import select

from annotator.config import read_settings
from annotator.db import Annotator, Target, Unit
from annotator.db.upgrading import open_database
from annotator.services import projects, recording, rounds
from annotator.services.seats import Seat

STANCES = ("favor", "against", "neither")
FRAMES = ("economic", "legality", "policy", "political", "health")
PER_TRANSACTION = 200


def seed(home: Path, slug: str, count: int) -> None:
    """Let two annotators label the first ``count`` sentences of the project, mostly alike."""
    database = open_database(read_settings({}, home=home))
    draw = random.Random(7)
    with database.transaction() as session:
        project = projects.find_project(session, slug)
        seats = [_seat(session, project, code) for code in ("C-ONE", "C-TWO")]
        targets = session.scalars(select(Target.uuid).where(Target.project_id == project.id)).all()
        units = session.scalars(select(Unit.external_id).where(Unit.kind == "sentence").limit(count)).all()
    for start in range(0, len(units), PER_TRANSACTION):
        with database.transaction() as session:
            for unit in units[start : start + PER_TRANSACTION]:
                truth = draw.choice(STANCES), draw.choice(FRAMES)
                for seat in seats:
                    act = recording.Act(
                        key=str(uuid.uuid4()), unit=unit, codebook=1, answers=_answers(truth, targets, draw)
                    )
                    recording.record_act(session, seat, act)


def _seat(session, project, code: str) -> Seat:
    annotator = Annotator(project_id=project.id, code=code)
    session.add(annotator)
    session.flush()
    round_ = rounds.main_round(session, project.id)
    return Seat(
        project_id=project.id, annotator_id=annotator.id, code=code, round_id=round_.id, round_name=round_.name,
        phase=round_.phase, suggestion_timing="never",
    )  # fmt: skip


def _answers(truth: tuple[str, str], targets: list[str], draw: random.Random) -> dict:
    stance, frame = (
        draw.choice(choices) if draw.random() < 0.2 else true
        for true, choices in zip(truth, (STANCES, FRAMES), strict=True)
    )
    offered = targets[: draw.randint(1, 2)]
    stances = [{"target": target, "holder": {"kind": "author"}, "label": stance} for target in offered]
    spans = [{"start": 0, "end": draw.randint(3, 9)}] if draw.random() < 0.5 else []
    return {"stance": stances, "targets_offered": offered, "frames": [frame], "loaded": spans}


if __name__ == "__main__":
    seed(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
