"""What is shown of a training while it runs, at its end and after it, to whoever follows it on the page."""

import re
from datetime import timedelta
from html import unescape

import pytest
from sqlalchemy import update

from annotator.db import Job
from annotator.db.base import now
from annotator.services import jobs, retraining
from annotator.words import say
from studies import Study, make_study
from web.conftest import Site

PAGE = "/projects/study/classifiers"
GERMAN = {"Accept-Language": "de"}


@pytest.fixture
def study(site: Site) -> Study:
    return make_study(site.database)


def run(site: Site, study: Study, *, share: float, seconds: float, message: str) -> int:
    """Let a training run for so long and be so far."""
    with site.database.transaction() as session:
        number: int = retraining.request_training(session, study.project_id).id
        jobs.claim_job(session)
        jobs.beat(session, number, progress=share, message=message)
        session.execute(update(Job).values(started_at=now() - timedelta(seconds=seconds)))
    return number


def shown(site: Site, address: str = "", **headers: str) -> str:
    page = site.visitor("owner").get(PAGE + address, headers=headers).text
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page)).split())


@pytest.mark.parametrize(
    ("share", "seconds", "told"),
    [
        (0.05, 60, None),
        (0.5, 240, "About 4 minutes left."),
        (0.5, 80, "About 1 minute left."),
        (0.5, 40, "Less than a minute left."),
        (0.9, 40, "A few seconds left."),
        (0.98, 40, "A few seconds left."),
    ],
)
def test_the_time_that_is_left_is_told_in_words_that_are_true(
    site: Site, study: Study, share: float, seconds: float, told: str | None
):
    run(site, study, share=share, seconds=seconds, message="Read all.")
    for address in ("", "/overview"):
        page = shown(site, address)
        assert "Read all." in page
        assert ("left." in page) is (told is not None)
        assert told is None or told in page


def test_whoever_followed_a_training_is_told_its_end_and_nobody_later(site: Site, study: Study):
    job = run(site, study, share=0.98, seconds=40, message="The classifier is being stored.")
    with site.database.transaction() as session:
        jobs.finish(session, job, result={"classifiers": [3, 4]})
    end = "The training is done: classifiers 3, 4 make the suggestions from now on."
    assert end in shown(site, "/overview")
    assert end not in shown(site)
    assert "left." not in shown(site, "/overview")


def test_how_far_a_training_is_is_told_in_the_language_of_the_page(site: Site, study: Study):
    run(site, study, share=0.2, seconds=3, message=say("Read {count:,} labelled sentences.", count=1_200))
    assert "Read 1,200 labelled sentences." in shown(site)
    assert "1.200 codierte Sätze sind gelesen." in shown(site, **GERMAN)
    status = site.visitor("owner").get("/projects/study/label/status", headers=GERMAN).json
    assert status["job"]["message"] == "1.200 codierte Sätze sind gelesen."


def test_why_a_training_failed_is_told_in_the_language_of_the_page(site: Site, study: Study):
    job = run(site, study, share=0.2, seconds=3, message="Read all.")
    with site.database.transaction() as session:
        jobs.fail(session, job, say("Leave 0 to {most:,} minutes between two trainings.", most=60))
    assert "Leave 0 to 60 minutes between two trainings." in shown(site)
    assert "Zwischen zwei Trainings liegen 0 bis 60 Minuten." in shown(site, **GERMAN)
