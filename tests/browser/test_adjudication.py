"""Settling by keyboard what two annotators differ about."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from annotator.db import Membership
from annotator.db.engines import Database
from annotator.services import accounts, chain, projects
from browser.desks import TAKEN, serving
from studies import Study, make_study

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser

CODEBOOK = """
name: Talks
targets: [{name: Russia, aliases: [Moscow]}]
questions:
  - {id: stance, name: stance, type: stance,
     labels: [{name: favor, key: f, definition: Supports it.}, {name: against, key: a}, {name: neither, key: n}]}
  - {id: topic, name: topic, type: choices, labels: [{name: war, key: "1"}, {name: trade, key: "2"}]}
"""
SENTENCES = ("Moscow said the talks would go on.", "Prices rose in Moscow.", "Nobody knows why Moscow is silent.")


def study_of(database: Database) -> Study:
    """Two annotators differ about the first two sentences, and agree about the third."""
    study = make_study(database, sentences=SENTENCES, codebook=CODEBOOK, places=2)
    (russia,) = study.targets
    for number, unit in enumerate(study.units):
        for name, label in (("2AAA", "favor"), ("3BBB", "favor" if number == 2 else "against")):
            stance = [{"target": russia, "holder": {"kind": "author"}, "label": label}]
            study.record(
                study.seat(name), unit=unit, answers={"stance": stance, "targets_offered": [russia], "topic": ["war"]}
            )
    return study


@pytest.fixture
def study(sqlite_database: Database) -> Study:
    return study_of(sqlite_database)


@pytest.fixture
def address(study: Study) -> Iterator[str]:
    """Serve it to an adjudicator; return the one-time link."""
    with study.database.transaction() as session:
        person = accounts.first_user(session)
        project = projects.find_project(session, "study")
        session.add(Membership(project_id=project.id, user_id=person.id, role="adjudicator"))
        secret = accounts.create_sign_in_link(session, person)
    with serving(study.database) as place:
        yield f"{place}/sign-in/{secret}"


def decisions(study: Study) -> list[dict[str, Any]]:
    with study.database.reading() as session:
        return [row for row in chain.history(session, study.project_id) if row["kind"] == "adjudication"]


def start(page: "Page", address: str) -> None:
    page.goto(address)
    page.get_by_role("button", name="Sign in").press("Enter")
    page.wait_for_url("**/documents")
    page.get_by_role("link", name="Adjudication").click()
    page.get_by_role("link", name="Decide the first").press("Enter")
    at(page, 0)


def at(page: "Page", number: int) -> None:
    page.wait_for_selector(f'#decision[data-unit="d0:s{number}"]')
    page.wait_for_selector("#decision:focus")


def press(page: "Page", *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def test_two_sentences_are_settled_one_taken_back_and_settled_otherwise_by_keys_alone(page, address, study):
    start(page, address)
    press(page, "2")
    page.wait_for_selector(TAKEN)
    press(page, "c")
    page.keyboard.type("Talks are named, and opposed.")
    press(page, "Enter")
    at(page, 1)
    # Filled in by the labels' own keys: the digit is one of them once the form has the focus.
    press(page, "Tab", "n", "2", "Enter")
    page.get_by_text("Nothing waits for a decision").wait_for()
    first, second = decisions(study)
    assert (first["unit"], first["comment"]) == ("d0:s0", "Talks are named, and opposed.")
    assert first["answers"]["stance"][0]["label"] == "against"
    assert (second["answers"]["stance"][0]["label"], second["answers"]["topic"]) == ("neither", ["trade"])
    page.go_back()
    at(page, 1)
    press(page, "u")
    page.get_by_text("The decision is taken back").wait_for()
    at(page, 1)
    press(page, "1")
    page.wait_for_selector(TAKEN)
    press(page, "Enter")
    page.get_by_text("Nothing waits for a decision").wait_for()
    assert [row["act"] for row in decisions(study)] == ["answer", "answer", "undo", "answer"]
    assert decisions(study)[-1]["answers"]["stance"][0]["label"] == "favor"


def test_one_is_left_for_later_looked_at_again_and_skipped_for_a_reason(page, address, study):
    start(page, address)
    press(page, "ArrowRight")
    at(page, 1)
    press(page, "1")
    page.wait_for_selector(TAKEN)
    press(page, "Enter")
    at(page, 0)
    press(page, "Backspace")
    at(page, 1)
    page.go_back()
    at(page, 0)
    press(page, "s", "3")
    page.get_by_text("Nothing waits for a decision").wait_for()
    assert [(row["unit"], row["act"], row.get("reason")) for row in decisions(study)] == [
        ("d0:s1", "answer", None),
        ("d0:s0", "skip", "cannot-decide"),
    ]


def test_enter_alone_decides_nothing(page, address, study):
    start(page, address)
    press(page, "Enter")
    page.get_by_text("Nothing is decided yet").wait_for()
    press(page, "7", "x", "Escape")
    assert decisions(study) == []


def test_without_a_script_buttons_do_and_enter_saves(chromium, address, study):
    with chromium.new_context(java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(address)
        page.get_by_role("button", name="Sign in").press("Enter")
        page.get_by_role("link", name="Adjudication").click()
        page.get_by_role("link", name="Decide the first").click()
        page.get_by_role("button", name="2 C-3BBB").click()
        page.get_by_text("as C-3BBB answered").wait_for()
        # In a field of one line Enter presses the first button of the form, and that one saves.
        page.get_by_placeholder("Add a target").press("Enter")
        page.wait_for_selector('#decision[data-unit="d0:s1"]')
        page.get_by_role("button", name="Take the last decision back").click()
        page.wait_for_selector('#decision[data-unit="d0:s0"]')
    assert [row["act"] for row in decisions(study)] == ["answer", "undo"]


def test_a_target_can_be_added_and_the_codebook_opened(page, address, study):
    start(page, address)
    press(page, "g")
    page.get_by_role("dialog").get_by_text("Supports it.").wait_for()
    press(page, "Escape")
    press(page, "t")
    page.keyboard.type("Belarus")
    press(page, "Enter")
    page.get_by_role("radiogroup", name="Belarus").wait_for()
    press(page, "a", "Enter")
    at(page, 1)
    (decision,) = decisions(study)
    assert [stance["label"] for stance in decision["answers"]["stance"]] == ["against"]
    assert len(decision["answers"]["targets_offered"]) == 2


def test_keys_that_were_changed_for_labelling_decide_too(page, study, address):
    own = {"commands": {"undo": "z", "skip": "5"}}
    with study.database.transaction() as session:
        project = projects.find_project(session, "study")
        keys = {**own, "labels": {project.uuid: {"stance:neither": "q"}}}
        accounts.first_user(session).preferences = {"keys": keys}
    start(page, address)
    assert page.locator("#decision label.segment[data-label='stance:neither'] kbd").first.text_content() == "q"
    press(page, "Tab", "q", "Enter")
    at(page, 1)
    (decided,) = decisions(study)
    assert [one["label"] for one in decided["answers"]["stance"]] == ["neither"]
    assert page.locator("[data-undo-last] kbd").first.text_content() == "z"
    press(page, "u", "z")
    at(page, 0)
    assert [row["act"] for row in decisions(study)] == ["answer", "undo"]
    press(page, "5", "5")
    at(page, 1)
    assert decisions(study)[-1]["act"] == "skip"
