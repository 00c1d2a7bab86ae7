import csv
import io
import re

import pytest
from sqlalchemy import select, update

from annotator.db import Annotator, Assignment, Project, Round, Unit, User
from annotator.importing.values import ImportedDocument
from annotator.services import imports
from annotator.services.recording import record_act
from studies import make_act, sit

PAGE = "/projects/study/influence"
SENTENCES = tuple(f"Sentence number {number} is about the tunnel." for number in range(60))
#: Unlike enough that annotators differ, like enough that all of them follow.
FOLLOWS = {"ANN": (30, 4), "BO": (28, 5), "CY": (30, 6)}


@pytest.fixture
def project_id(site) -> int:
    with site.database.reading() as session:
        return session.scalars(select(Project.id).where(Project.slug == "study")).one()


@pytest.fixture
def units(site, project_id) -> list[str]:
    text = ImportedDocument(id="a", text="\n".join(SENTENCES), name="a.txt", line=1)
    imports.import_documents(site.database, project_id, [text], name="a.txt")
    with site.database.reading() as session:
        query = select(Unit.external_id).where(Unit.project_id == project_id, Unit.kind == "sentence")
        return list(session.scalars(query.order_by(Unit.position)))


def label(site, project_id: int, units: list[str], follows: dict[str, tuple[int, int]], **act) -> None:
    """Let each give the suggested label so often where it was shown (30 units) and withheld (10 units)."""
    one = {"question": "bias", "label": "biased", "probability": 0.8}
    with site.database.transaction() as session:
        for code, (shown, withheld) in follows.items():
            seat = sit(session, project_id, code)
            for number, unit in enumerate(units[:40]):
                arm = "shown" if number < 30 else "control"
                session.execute(update(Assignment).values(suggestion_arm=arm))
                is_taken = number < shown if number < 30 else number - 30 < withheld
                kept = {"timing": "before", "classifiers": {"bias": 1}, "suggested": [one]}
                kept["suggestions"] = [one] if arm == "shown" else []
                answers = {"bias": "biased" if is_taken else "not-biased"}
                record_act(session, seat, make_act(unit=unit, answers=answers, suggestions_shown=kept, **act))


@pytest.fixture
def swayed(site, project_id, units) -> int:
    label(site, project_id, units, FOLLOWS, active_seconds=4.0)
    return project_id


def test_the_page_says_in_a_sentence_what_the_figures_say(owner, swayed):
    text = owner.get(PAGE).text
    assert re.search(
        r"Annotators chose what was suggested 48 points more often where it was shown \(95 % interval", text
    )
    assert "90 answers with suggestions beside 30 answers from which chance withheld them" in text
    assert "98 %" in text
    assert 'class="reach"' in text


def test_files_hold_the_same_figures(owner, swayed):
    record = owner.get(f"{PAGE}/figures.json").json
    of = record["questions"][0]["suggestion"]
    assert (of["shown"], of["control"], round(of["share_control"], 2)) == (90, 30, 0.5)
    assert of["low"] > 0
    answer = owner.get(f"{PAGE}/figures.csv")
    assert "influence-study.csv" in answer.headers["Content-Disposition"]
    (row,) = [row for row in csv.DictReader(io.StringIO(answer.text)) if row["part"] == "suggestion"]
    assert float(row["difference"]) == of["difference"]


def test_only_those_who_review_may_see_it(site, swayed):
    for path in (PAGE, f"{PAGE}/figures.json", f"{PAGE}/figures.csv"):
        names = ("owner", "adjudicator", "reader", "annotator", "outsider")
        assert [site.visitor(name).get(path).status_code for name in names] == [200, 200, 403, 403, 404]


def test_whoever_labels_blind_is_told_so_and_sees_nothing(site, owner, swayed, units):
    with site.database.transaction() as session:
        owner_id = session.scalars(select(User.id).where(User.name == "owner")).one()
        session.add(Annotator(project_id=swayed, user_id=owner_id, code="C-ME"))
        session.flush()
        session.execute(update(Round).values(phase="blind"))
        record_act(session, sit(session, swayed, "ME"), make_act(unit=units[0], answers={"bias": "biased"}))
    assert "You label blind in this project" in owner.get(PAGE).text
    assert owner.get(f"{PAGE}/figures.json").json == {"timing": None, "questions": []}
    assert len(owner.get(f"{PAGE}/figures.csv").text.splitlines()) == 1


def test_one_annotator_is_told_that_the_interval_says_nothing_of_others(site, owner, project_id, units):
    label(site, project_id, units, {"ANN": (30, 4)})
    text = owner.get(PAGE).text
    assert "Fewer than three annotators" in text
    assert "Too few to tell: at least 3 annotators or documents are needed." in text
    assert "Nothing of this is adjudicated" in text


def test_each_empty_page_says_why_it_is_empty(site, owner, project_id, units):
    assert "Nobody has labelled anything yet" in owner.get(PAGE).text
    with site.database.transaction() as session:
        record_act(session, sit(session, project_id, "ANN"), make_act(unit=units[0], answers={"bias": "biased"}))
    assert "1 answer was given without." in owner.get(PAGE).text
    for setting, words in (
        ({"control_share": 0.0}, "There is nothing to compare with"),
        ({"suggestion_timing": "never"}, "This project shows no suggestions"),
    ):
        with site.database.transaction() as session:
            session.execute(update(Project).where(Project.id == project_id).values(**setting))
        text = owner.get(PAGE).text
        assert words in text
        assert "/projects/study/settings" in text


def test_a_timing_that_is_not_there_counts_as_not_asked_for(owner, swayed):
    assert owner.get(f"{PAGE}/figures.json?timing=after").json == owner.get(f"{PAGE}/figures.json").json


def test_the_tabs_lead_to_each_other(owner, swayed):
    for page in (PAGE, "/projects/study/agreement", "/projects/study/monitoring"):
        assert f'href="{PAGE}"' in owner.get(page).text
