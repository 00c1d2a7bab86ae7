"""What is suggested toward a target does not hang on what somebody has added for themselves."""

import random

from sqlalchemy import update

from annotator.db import Assignment, Project
from mentioned_world import STRANGER, sentence, study_of, told_by_words

LABEL = "/projects/study/label"
PRAISED = sentence(random.Random(8), STRANGER, "praised", "mocked")[0]


def test_a_target_of_ones_own_silences_no_suggestion_toward_one_that_all_see(site):
    study = study_of(site.database, told_by_words(90), more=[PRAISED], version=2)
    with site.database.transaction() as session:
        session.execute(update(Project).values(suggestion_timing="before"))
        session.execute(update(Assignment).values(suggestion_arm="shown"))
    labeller = site.visitor("annotator")
    site.send(labeller, f"{LABEL}/claim")
    token = {"X-CSRFToken": site.token(labeller)}
    own = labeller.post(f"{LABEL}/targets", json={"name": f"praised {STRANGER}"}, headers=token).json["uuid"]
    told = labeller.get(f"{LABEL}/d30:s0/suggestions?target={study.targets[-1]}").json
    chosen = {question["target"]: question["chosen"] for question in told["questions"]}
    assert chosen[study.targets[-1]] == ["favor"]
    assert own in chosen
