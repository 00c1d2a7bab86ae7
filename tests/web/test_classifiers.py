"""The pages about classifiers: tests, charts, telling words, two side by side, what changed, and going back."""

import json
import re
import shutil
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from annotator.config import read_settings
from annotator.db import Assignment, Classifier, Document, Event, Membership, Project, Round, Target
from annotator.db.engines import Database
from annotator.services import accounts, card_comparisons, changed_sentences, projects, retraining, seats
from annotator.web import create_app
from graded import RATERS, SLUG, add_graded
from outdated import outdate_in_project
from web.conftest import Site

PAGE = f"/projects/{SLUG}/classifiers"
ROLES = ("owner", "adjudicator", "annotator", "reader")


@pytest.fixture(scope="module")
def graded_file(tmp_path_factory: pytest.TempPathFactory, web_file: Path) -> Path:
    """Make the study once: training takes a while."""
    home = tmp_path_factory.mktemp("graded")
    shutil.copy(web_file, home / web_file.name)
    database = Database(read_settings({}, home=home))
    add_graded(database, owner=None)
    with database.transaction() as session:
        project = projects.find_project(session, SLUG)
        for role in ROLES:
            session.add(Membership(project_id=project.id, user_id=accounts.find_user(session, role).id, role=role))
    database.dispose()
    return home


@pytest.fixture
def graded(graded_file: Path, tmp_path: Path) -> Iterator[Site]:
    """Open a copy of it."""
    home = tmp_path / "home"
    shutil.copytree(graded_file, home)
    settings = read_settings({}, home=home)
    database = Database(settings)
    yield Site(create_app(settings, database), database, settings)
    database.dispose()


def read(site: Site, address: str, name: str = "owner") -> str:
    answer = site.visitor(name).get(f"{PAGE}{address}")
    assert answer.status_code == 200, answer.text
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", answer.text)).split())


def charts(text: str) -> dict[str, dict[str, Any]]:
    return {
        name: json.loads(unescape(spec)) for spec, name in re.findall(r'data-chart="([^"]+)" data-name="(\w+)"', text)
    }


def test_why_a_training_failed_is_for_those_who_can_train(graded: Site) -> None:
    why = "There is no folder /srv/embedding"
    with graded.database.transaction() as session:
        job = retraining.request_training(session, projects.find_project(session, SLUG).id)
        job.state, job.message = "failed", why
    for name in ROLES:
        words = read(graded, "", name) + graded.visitor(name).get(f"/projects/{SLUG}/label/status").text
        assert "The last training did not succeed." in words
        assert words.count(why) == (2 if name == "owner" else 0), name


def test_a_comparison_names_no_folder_of_the_server(graded: Site) -> None:
    shutil.rmtree(graded.settings.models)
    words = read(graded, "/compare?first=1&second=3", "reader")
    assert "One of the two cannot be read: train it again, or compare with another." in words
    assert str(graded.settings.home) not in words


def test_the_card_leads_with_the_reserved_sample(graded: Site) -> None:
    with graded.database.reading() as session:
        card = session.scalars(select(Classifier.card).where(Classifier.number == 3)).one()
    scores = card["reserved"]["parts"][0]["scores"]
    low, high = scores["intervals"]["macro_f1"]
    words = read(graded, "/3")
    assert words.index("On the reserved sample") < words.index("In cross-validation")
    people = card["reserved"]["parts"][0]["people"]["scores"]["macro_f1"]
    line = (
        f"Macro F1 {scores['macro_f1']:.2f} {low:.2f} to {high:.2f} {scores['majority']['macro_f1']:.2f} {people:.2f}"
    )
    assert line in words
    assert "labelled without suggestions" in words


def test_of_a_label_with_too_few_units_it_is_said_how_many_are_missing(graded: Site) -> None:
    with graded.database.reading() as session:
        card = session.scalars(select(Classifier.card).where(Classifier.number == 2)).one()
        names = dict(session.execute(select(Target.uuid, Target.name)).all())
    (part, *_) = card["reserved"]["parts"]
    assert part["missing"]
    words = read(graded, f"/2?target={part['target']}")
    label, count = next(iter(part["missing"].items()))
    assert f"Preliminary: each label needs 30 units. Missing for {names[part['target']]}:" in words
    assert f"{count} units of “{label}”" in words
    with graded.database.transaction() as session:
        for one in card["reserved"]["parts"]:
            one["units"] = 12
        session.execute(update(Classifier).where(Classifier.number == 2).values(card=card))
    assert "Too few units to score on: each label needs 30." in read(graded, "/2")
    assert "too few units: figures begin at 30" in read(graded, "/2")


def test_charts_say_what_the_tables_beneath_them_say(graded: Site) -> None:
    text = graded.visitor("reader").get(f"{PAGE}/3").text
    drawn = charts(text)
    assert set(drawn) == {"calibration", "curve"}
    points = drawn["curve"]["data"]["values"]
    words = read(graded, "/3")
    assert len(points) == 4
    assert all(f"{one['units']:,} {one['macro_f1']:.2f}" in words.replace("\u202f", ",") for one in points)
    assert {one["panel"] for one in drawn["calibration"]["data"]["values"]} == {"war", "trade", "culture"}


def test_random_and_grouped_splits_stand_beside_each_other(graded: Site) -> None:
    words = read(graded, "/3")
    assert "Single sentences, at random" in words
    assert words.index("Single sentences, at random") < words.index("Whole documents ") < words.index("Whole outlets")


def test_a_card_from_before_there_were_tests_can_be_read(graded: Site) -> None:
    with graded.database.transaction() as session:
        row = session.scalars(select(Classifier).where(Classifier.number == 3)).one()
        task = {key: value for key, value in row.card["tasks"][0].items() if key not in ("curve", "splits", "torn")}
        row.card = {**{k: v for k, v in row.card.items() if k != "reserved"}, "tasks": [task]}
    words = read(graded, "/3")
    assert "trained before there were tests" in words
    assert "too few units or documents for a curve" in words
    read(graded, "/compare?first=1&second=3")


def test_scores_on_chosen_units_are_not_shown(graded: Site) -> None:
    with graded.database.transaction() as session:
        row = session.scalars(select(Classifier).where(Classifier.number == 3)).one()
        nothing = {"scored": 0, "scores": None, "majority": None, "intervals": {}, "confusion": None, "curve": []}
        row.card = {**row.card, "tasks": [{**row.card["tasks"][0], **nothing, "splits": {}}]}
    words = read(graded, "/3")
    assert "on such units no score is right, so none is shown" in words
    assert "Accuracy –" in words


def test_telling_words_stand_in_sentences_and_lead_to_them(graded: Site) -> None:
    page = graded.visitor("reader").get(f"{PAGE}/3/labels/war").text
    words = read(graded, "/3/labels/war")
    assert words.index("Speaks for it") < words.index("Speaks against it")
    lit = [one.lower() for one in re.findall(r"<mark>([^<]+)</mark>", page)]
    assert len(lit) > 20
    assert "shelling of" in lit
    assert f"/projects/{SLUG}/documents/read?document=g" in page
    with graded.database.reading() as session:
        reserved = session.scalars(select(Document.external_id).where(Document.is_reserved)).all()
    assert not any(f"document={one}&" in page for one in reserved)
    assert graded.visitor("reader").get(f"{PAGE}/3/labels/peace").status_code == 404


def test_masked_names_are_no_telling_words_for_who_labels(graded: Site) -> None:
    with graded.database.transaction() as session:
        session.execute(update(Document).values(author="Ann Kyiv"))
        session.execute(update(Project).where(Project.slug == SLUG).values(masked=["author", "names"]))
        row = session.scalars(select(Classifier).where(Classifier.number == 3)).one()
        told = {"for": [["kyiv", 0.9], ["of kyiv", 0.8], ["tanks", 0.7]], "against": [["praised", -0.4]]}
        row.card = {**row.card, "tasks": [{**row.card["tasks"][0], "telling": {"war": told}}]}
    seen, masked = read(graded, "/3/labels/war"), read(graded, "/3/labels/war", "annotator")
    assert "Kyiv" in seen
    assert "kyiv" not in masked.lower()
    assert masked.count("a masked name") == 2
    assert "tanks" in masked
    assert "kyiv" in read(graded, "/3")
    assert "kyiv" not in read(graded, "/3", "annotator").lower()


def test_two_are_compared_on_the_same_units_with_paired_intervals(graded: Site) -> None:
    words = read(graded, "/compare?first=1&second=3", "reader")
    with graded.database.reading() as session:
        cards = dict(session.execute(select(Classifier.number, Classifier.card)).all())
    newest = cards[3]["reserved"]["parts"][0]["scores"]["macro_f1"]
    found = re.search(r"Macro F1 ([+−]\d\.\d\d) (?:better |worse )?(\S+) to (\S+) (\d\.\d\d) (\d\.\d\d)", words)
    assert found, words
    difference, low, high, first, second = (float(one.replace("−", "-").replace("±", "")) for one in found.groups())
    assert second == pytest.approx(newest, abs=0.006)
    assert difference == pytest.approx(second - first, abs=0.011)
    assert low <= difference <= high
    assert re.search(r"Examples \d+ \d+ differs", words)
    assert "What changed" not in words
    assert "What changed" in read(graded, "/compare?first=1&second=3")


def test_where_units_are_too_few_to_compare_on_it_is_said_how_many_there_are(
    graded: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(card_comparisons, "UNITS_NEEDED", 1_000)
    assert re.search(
        r"Too few units to compare on, where it takes 30: topic \d+\.", read(graded, "/compare?first=1&second=3")
    )


def test_classifiers_of_two_questions_cannot_be_compared(graded: Site) -> None:
    answer = graded.visitor("reader").get(f"{PAGE}/compare?first=2&second=3")
    assert answer.status_code == 422
    assert "different questions" in answer.text


def test_a_damaged_classifier_still_has_its_card_compared(graded: Site) -> None:
    shutil.rmtree(graded.settings.models / SLUG / "1")
    words = read(graded, "/compare?first=1&second=3")
    assert "cannot be read: train it again" in words
    assert "What they were made of" in words


def test_the_list_says_of_an_active_classifier_that_it_suggests_nothing(graded: Site) -> None:
    assert "no suggestions" not in read(graded, "")
    outdate_in_project(graded.database, SLUG, 3)
    shutil.rmtree(graded.settings.models / SLUG / "1")
    words = read(graded, "")
    assert "Classifier 3 was made by another version of Annotator, so there are no suggestions; train again." in words
    assert "Classifier 1" not in words.partition("earlier classifier")[0]
    with graded.database.transaction() as session:
        retraining.request_training(session, projects.find_project(session, SLUG).id)
    assert "no suggestions" not in read(graded, "")


def test_what_changed_is_told_page_by_page_and_nothing_twice(graded: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(changed_sentences, "ON_A_PAGE", 4)
    monkeypatch.setattr(changed_sentences, "AT_ONCE", 50)
    owner, address, units = graded.visitor("owner"), f"{PAGE}/changes?first=1&second=3", []
    for _ in range(40):
        page = owner.get(address).text
        units += re.findall(r'<a class="title" href="[^"]*unit=([^"#&]+)', page)
        following = re.search(r'rel="next" href="([^"]+)"', page)
        if following is None:
            break
        address = unescape(following[1])
    assert len(units) > 8
    assert len(units) == len(set(units))
    with graded.database.reading() as session:
        reserved = set(session.scalars(select(Document.external_id).where(Document.is_reserved)))
    assert not {unit.partition("-")[0] for unit in units} & reserved


def test_a_classifier_does_not_differ_from_itself(graded: Site) -> None:
    assert "No difference" in read(graded, "/changes?first=3&second=3")


@pytest.mark.parametrize(
    ("name", "status"), [("adjudicator", 200), ("annotator", 403), ("reader", 403), ("outsider", 404)]
)
def test_what_changed_is_for_those_who_review(graded: Site, name: str, status: int) -> None:
    assert graded.visitor(name).get(f"{PAGE}/changes?first=1&second=3").status_code == status


@pytest.mark.parametrize(("name", "is_told"), [("owner", True), ("adjudicator", True), ("annotator", False)])
def test_whose_answers_were_learned_is_told_by_code_to_those_who_review(graded: Site, name: str, is_told: bool) -> None:
    with graded.database.reading() as session:
        counted = session.scalars(select(Classifier.card).where(Classifier.number == 3)).one()["data"]["per_annotator"]
    code, count = max(counted.items(), key=lambda one: one[1])
    assert len(counted) == 2 * len(RATERS)
    assert (f"{code} {count}" in read(graded, "/3", name)) is is_told
    words = read(graded, "/compare?first=1&second=3", name)
    assert (f"{code} {count}" in words, "Answers by annotator" in words) == (is_told, is_told)


def sit_down(site: Site, *, phase: str) -> None:
    """Let the owner take a seat and hold a sentence to label; all the others still wait."""
    with site.database.transaction() as session:
        project = projects.find_project(session, SLUG)
        session.execute(update(Round).where(Round.project_id == project.id).values(phase=phase))
        seat = seats.take_seat(session, project, accounts.find_user(session, "owner"))
        first = session.scalars(select(Assignment.id).where(Assignment.round_id == seat.round_id)).first()
        held = {"state": "claimed", "annotator_id": seat.annotator_id}
        session.execute(update(Assignment).where(Assignment.id == first).values(held))


def test_who_labels_is_not_told_what_classifiers_think_of_what_waits(graded: Site) -> None:
    sit_down(graded, phase="open")
    words = read(graded, "/changes?first=1&second=3")
    assert "only sentences are listed that wait for nobody's label any more" in words
    with graded.database.reading() as session:
        waits = session.scalars(select(Assignment.id).where(Assignment.state == "open")).all()
    assert waits
    assert "Dispatch" not in words


def test_who_labels_blind_is_told_nothing_of_it(graded: Site) -> None:
    sit_down(graded, phase="blind")
    words = read(graded, "/changes?first=1&second=3")
    assert "You label blind in this project" in words
    assert "Dispatch" not in words
    assert "Whose answers it learned from" not in read(graded, "/3")


def test_an_earlier_one_can_be_made_active_and_it_is_told_when_and_by_whom(graded: Site) -> None:
    owner = graded.visitor("owner")
    assert "Make active" in owner.get(f"{PAGE}/1").text
    assert graded.send(graded.visitor("annotator"), f"{PAGE}/1/activate").status_code == 403
    assert graded.send(owner, f"{PAGE}/1/activate").status_code == 302
    with graded.database.reading() as session:
        active = session.scalars(select(Classifier.number).where(Classifier.is_active)).all()
        event = session.scalars(select(Event).where(Event.kind == "classifier-activated")).one()
    assert sorted(active) == [1, 2, 4]
    assert event.details == {"number": 1}
    assert "made active by owner" in read(graded, "/1")
    assert "Classifier 1, " in read(graded, "")
    told = read(graded, "/1", "reader")
    assert "made active by an owner" in told
    assert "made active by owner" not in told
