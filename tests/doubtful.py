"""A study with labels in doubt: one that is wrong, and two nearly identical sentences with two labels."""

from random import Random

from annotator.db.engines import Database
from annotator.services.training import train_project
from studies import Study, make_study

WORDS = {"war": ("troops", "shelling", "front", "siege"), "trade": ("tariff", "exports", "harvest", "market")}
#: What was labelled wrongly, and the sentence that nearly repeats another; both are held out together, so that the
#: words of other sentences have to tell their topic.
WRONG, FIRST, SECOND = 5, 2, 45


def sentences() -> list[str]:
    draw = Random(8)
    made = []
    for number in range(60):
        word, other = draw.sample(WORDS["war" if number % 2 else "trade"], 2)
        made.append(f"On day {number} of the talks the {word} was named before the {other} by number {number * 7}.")
    made[SECOND] = made[FIRST].replace("named", "praised")
    return made


def doubtful(database: Database) -> Study:
    """Label sixty documents of one sentence, and train."""
    study = make_study(database, documents=[[text] for text in sentences()], places=2)
    seat = study.seat("A")
    for number in range(60):
        topic = ("trade", "war")[number % 2 if number != WRONG else 0]
        study.record(seat, unit=f"d{number}:s0", answers={"topic": topic})
    train_project(database, study.project_id)
    return study
