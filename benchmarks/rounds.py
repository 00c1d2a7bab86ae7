"""Time what a large round costs: run by the environment under measurement as ``rounds.py HOME SLUG``."""

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from random import Random

import numpy as np

from annotator.config import read_settings
from annotator.db import Project
from annotator.db.engines import Database
from annotator.db.upgrading import open_database
from annotator.learning.selection import lowest_first
from annotator.services import drawing, frames, outlines, projects
from annotator.services.frames import Frame
from annotator.services.plans import Plan
from annotator.services.suggesting import Shelf

EVERYTHING = Plan(name="all", selection="all", annotators=2, overlap=0.1)


def rank(frame: Frame) -> None:
    """Do what is left to do once every unit has its score: rank all, and draw a mixed round of half of them."""
    units = list(frame.documents)
    # To two digits, so that there are a thousand ties for each score.
    margins = np.random.default_rng(5).random(len(units)).round(2).tolist()
    ranked = [units[place] for place in lowest_first(margins, seed=1).tolist()]
    plan = Plan(name="mixed", selection="mixed", size=len(units) // 2, annotators=2, overlap=0.5)
    frames.draw_places(Frame(frame.documents, ranked=ranked), plan, Random(1))


def seconds(work: Callable[[], object]) -> float:
    """Return the CPU seconds of something."""
    begun = time.process_time()
    work()
    return time.process_time() - begun


def measure(database: Database, slug: str) -> dict[str, float]:
    """Return CPU seconds by what was done."""
    shelf = Shelf(database.settings.models)
    with database.reading() as session:
        project: Project = projects.find_project(session, slug)
        number = project.id
        frame = frames.read_frame(session, project, EVERYTHING, shelf=shelf)
        outline = seconds(lambda: outlines.outline(session, project, EVERYTHING, shelf=shelf))
    made = drawing.make_round(database, number, EVERYTHING, user_id=None)
    return {
        "units": len(frame.documents),
        "rank": seconds(lambda: rank(frame)),
        "outline": outline,
        "make": seconds(lambda: drawing.fill_round(database, made)),
    }


if __name__ == "__main__":
    print(json.dumps(measure(open_database(read_settings({}, home=Path(sys.argv[1]))), sys.argv[2])))
