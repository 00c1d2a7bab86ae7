"""What would have been suggested comes back sealed with the answer, shown or not, and is believed from nobody else."""

import base64
import json

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from annotator.db import Annotation, Assignment, Project
from annotator.services import training
from annotator.services.recording import record_act
from annotator.web.sealing import MOST, seal, unseal
from studies import Study, make_act, make_study, sit
from web.conftest import Site
from web.test_labelling import LABEL, SENTENCES, act, send_acts


@pytest.fixture
def study(site: Site) -> Study:
    """Make a project with a classifier for the topic, learned from what somebody said of all its sentences."""
    study = make_study(site.database, documents=4, sentences=SENTENCES, places=2)
    with site.database.transaction() as session:
        session.get_one(Project, study.project_id).suggestion_timing = "before"
        for number, unit in enumerate(study.units):
            answers = {"topic": "war" if number % 2 else "trade"}
            record_act(
                session, sit(session, study.project_id, "OTHER"), make_act(unit=unit, answers=answers, codebook=2)
            )
    training.train_project(site.database, study.project_id, question="topic")
    return study


@pytest.fixture
def labeller(site: Site, study: Study) -> FlaskClient:
    """The browser of somebody who labels here."""
    client = site.visitor("annotator")
    site.send(client, f"{LABEL}/claim")
    return client


def ask(site: Site, client: FlaskClient, unit: str, arm: str) -> dict:
    with site.database.transaction() as session:
        session.query(Assignment).update({"suggestion_arm": arm})
    return client.get(f"{LABEL}/{unit}/suggestions").json


def stored(site: Site) -> dict | None:
    with site.database.reading() as session:
        return session.scalars(select(Annotation.suggestions_shown).order_by(Annotation.id.desc())).first()


def test_a_seal_opens_again_and_nothing_else_does(site):
    with site.app.app_context():
        sealed = seal({"a": ["ü", 1.5]})
        assert unseal(sealed) == {"a": ["ü", 1.5]}
        changed = base64.urlsafe_b64encode(base64.urlsafe_b64decode(sealed)[:-1] + b"x").decode()
        for other in (None, "", "x", "ü", changed, sealed[:40], "A" * (MOST + 1)):
            assert unseal(other) is None


def test_the_control_share_is_told_nothing_and_what_was_suggested_is_kept(site, study, labeller):
    answer = ask(site, labeller, study.units[0], "control")
    assert (answer["questions"], answer["classifiers"]) == ([], {})
    assert not any(word in json.dumps(answer) for word in ("war", "trade", "probability"))
    send_acts(site, labeller, act(study.units[0], ("q1", "war"), sealed=answer["sealed"]))
    kept = stored(site)
    assert (kept["timing"], kept["classifiers"], kept["suggestions"]) == ("before", {"topic": 1}, [])
    assert [one["question"] for one in kept["suggested"]] == ["topic"]


def test_the_same_is_kept_where_it_was_shown(site, study, labeller):
    hidden = ask(site, labeller, study.units[0], "control")
    answer = ask(site, labeller, study.units[0], "shown")
    (opinion,) = answer["questions"]
    best = opinion["labels"][0]
    one = {"question": "topic", "label": best["label"], "probability": best["probability"]}
    shown = {"timing": "before", "classifiers": answer["classifiers"], "suggestions": [one]}
    send_acts(site, labeller, act(study.units[0], ("q1", "war"), sealed=answer["sealed"], shown=json.dumps(shown)))
    assert stored(site) == {**shown, "suggested": [one]}
    assert hidden["sealed"] == answer["sealed"]


def test_what_is_kept_for_testing_is_not_asked_about(site, study, labeller):
    assert ask(site, labeller, study.units[0], "reserved")["sealed"] is None


def test_what_was_sealed_for_another_sentence_or_person_is_not_believed(site, study, labeller):
    sealed = ask(site, labeller, study.units[0], "control")["sealed"]
    send_acts(site, labeller, act(study.units[1], ("q1", "war"), sealed=sealed))
    assert stored(site) is None
    owner = site.visitor("owner")
    site.send(owner, f"{LABEL}/claim")
    send_acts(site, owner, act(study.units[0], ("q1", "war"), sealed=sealed))
    assert stored(site) is None
