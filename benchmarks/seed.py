"""Give labels to a project without HTTP: run by the environment under measurement as ``seed.py HOME SLUG COUNT``."""

import random
import sys
import uuid
from pathlib import Path

from annotator.config import read_settings
from annotator.db.upgrading import open_database
from annotator.services import accounts, claiming, labelling, projects, recording, seats

STANCES = ("favor", "against", "neither")
FRAMES = ("economic", "legality", "policy", "political", "health")
PER_TRANSACTION = 100


def seed(home: Path, slug: str, count: int) -> None:
    """Label the next ``count`` sentences of the project as its owner."""
    database = open_database(read_settings({}, home=home))
    draw = random.Random(7)
    with database.transaction() as session:
        project = projects.find_project(session, slug)
        seat = seats.take_seat(session, project, accounts.first_user(session))
    for start in range(0, count, PER_TRANSACTION):
        with database.transaction() as session:
            for _ in range(min(PER_TRANSACTION, count - start)):
                unit = claiming.claim_next(session, seat)
                assert unit is not None
                view = labelling.view_unit(session, seat, unit)
                offered = [target.uuid for target in view.targets]
                stances = [
                    {"target": target, "holder": {"kind": "author"}, "label": _stance(view.text, draw)}
                    for target in offered
                ]
                answers = {"stance": stances, "targets_offered": offered, "frames": [draw.choice(FRAMES)], "loaded": []}
                act = recording.Act(key=str(uuid.uuid4()), unit=unit, codebook=1, answers=answers)
                recording.record_act(session, seat, act)


def _stance(text: str, draw: random.Random) -> str:
    if draw.random() < 0.15:
        return draw.choice(STANCES)
    return "favor" if "praised" in text or "welcomed" in text else "against" if "attacked" in text else "neither"


if __name__ == "__main__":
    seed(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
