"""Whatever happens between the browser and the server: no act is lost, none is stored twice."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest
from sqlalchemy import delete, update

from annotator.db import Assignment, Membership, Unit
from annotator.db.base import now
from annotator.db.engines import Database
from annotator.services import accounts, codebooks, members, projects
from browser.desks import (
    ACTS,
    CODEBOOK,
    Desk,
    Process,
    let_in,
    lose,
    lose_answer,
    prepare,
    serving,
    sign_in,
    wait_held,
)
from fixtures_browser import no_complaints

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Route

pytestmark = pytest.mark.browser

#: What a browser says by itself of requests that fail, and of plain HTTP.
EXPECTED = ("Failed to load resource", "ERR_", "Cross-Origin-Opener-Policy")
BROKEN = {
    "throws": 'IDBFactory.prototype.open = () => { throw new DOMException("broken", "InvalidStateError"); }',
    "fails": """IDBFactory.prototype.open = () => {
        const request = new EventTarget();
        request.error = new DOMException("broken", "UnknownError");
        request.addEventListener("error", (event) => request.onerror?.(event));
        setTimeout(() => request.dispatchEvent(new Event("error")), 0);
        return request;
    }""",
    "never answers": "IDBFactory.prototype.open = () => new EventTarget()",
    "is missing": 'Object.defineProperty(globalThis, "indexedDB", { value: undefined })',
}


@pytest.fixture
def served(sqlite_database: Database) -> Iterator[str]:
    prepare(sqlite_database)
    with serving(sqlite_database) as address:
        yield address


@pytest.fixture
def desk(served: str, browser_context: "BrowserContext", sqlite_database: Database) -> Iterator[Desk]:
    page = let_in(browser_context, served, sqlite_database)
    with no_complaints(page, allowed=EXPECTED):
        yield Desk(page, served, sqlite_database).start()


def open_again(desk: Desk, name: str = "owner") -> Desk:
    """Sign a person in, in the same browser, and open the labelling page in a new tab."""
    return desk.another(sign_in(desk.page.context, desk.address, desk.database, name)).start()


# The network


def test_an_act_given_without_network_is_sent_when_it_is_back(desk: Desk) -> None:
    desk.page.context.set_offline(True)
    desk.label()
    assert "1" in desk.state("offline")
    assert desk.stored() == []
    desk.page.context.set_offline(False)
    desk.check_all_stored()


@pytest.mark.parametrize("lost", [lose, lose_answer], ids=["request", "answer"])
def test_an_act_that_was_under_way_when_the_network_went_is_stored_once(desk: Desk, lost) -> None:
    times = []

    def once(route: "Route") -> None:
        times.append(route.request.url)
        if len(times) == 1:
            lost(route)
        else:
            route.continue_()

    desk.page.route(ACTS, once)
    desk.label()
    desk.check_all_stored()
    assert len(times) > 1


def test_what_was_stored_before_the_network_went_is_not_sent_again(desk: Desk) -> None:
    desk.label()
    desk.check_all_stored()
    desk.page.context.set_offline(True)
    desk.page.context.set_offline(False)
    desk.label()
    desk.check_all_stored()


def test_three_sentences_are_labelled_without_network(desk: Desk) -> None:
    desk.page.context.set_offline(True)
    desk.label(3)
    assert "3" in desk.state("offline")
    assert len(desk.kept(3)) == 3
    desk.page.context.set_offline(False)
    desk.label()
    desk.check_all_stored()


def test_labelling_waits_for_the_network_when_no_sentence_is_left_and_resumes_by_itself(desk: Desk) -> None:
    desk.page.context.set_offline(True)
    desk.label_what_is_left(30)
    desk.page.wait_for_selector("[data-waiting]")
    desk.press("a", "1", "Enter")
    desk.page.context.set_offline(False)
    desk.page.wait_for_selector("#decision", timeout=30_000)
    desk.label(2)
    desk.check_all_stored()


def test_an_act_is_kept_until_the_server_has_answered(desk: Desk) -> None:
    held: list[Route] = []
    desk.page.route(ACTS, lambda route: held.append(route))
    desk.label(2)
    acts = desk.kept(2)
    assert {act["unit"] for act in acts} == {unit for unit, _ in desk.ledger.entries}
    assert len({act["key"] for act in acts}) == 2
    assert all(act["person"] and act["project"] and act["fields"] for act in acts)
    desk.page.route(ACTS, lambda route: route.continue_())
    for route in held:
        route.continue_()
    desk.check_all_stored()


# The page


def test_what_is_unsent_is_sent_after_a_reload(desk: Desk) -> None:
    desk.page.route(ACTS, lose)
    desk.label(2)
    desk.kept(2)
    desk.page.reload()
    desk.page.wait_for_selector("#decision")
    assert len(desk.kept(2)) == 2
    desk.page.unroute(ACTS)
    desk.check_all_stored()
    desk.start().label()
    desk.check_all_stored()


def test_what_was_unsent_in_a_closed_tab_is_sent_by_the_next(desk: Desk) -> None:
    desk.page.context.route(ACTS, lose)
    desk.label(2)
    desk.kept(2)
    desk.page.close()
    desk.page.context.unroute(ACTS)
    again = desk.another().start()
    again.check_all_stored()
    again.start().label()
    again.check_all_stored()


def test_leaving_is_asked_about_while_something_is_unsent_or_begun(desk: Desk) -> None:
    desk.label()
    desk.check_all_stored()
    desk.start()
    assert desk.asked_to_stay == []
    desk.press("a")
    desk.start()
    assert desk.asked_to_stay == ["beforeunload"]
    desk.page.route(ACTS, lose)
    desk.label()
    desk.start()
    assert desk.asked_to_stay == ["beforeunload"] * 2


def test_what_cannot_be_sent_can_be_downloaded(desk: Desk, tmp_path: Path) -> None:
    assert desk.page.locator("[data-download]").is_hidden()
    desk.page.route(ACTS, lose)
    desk.label(2)
    desk.state("offline")
    with desk.page.expect_download() as download:
        desk.page.locator("[data-download]").click()
    download.value.save_as(tmp_path / "unsent.json")
    written = json.dumps(json.loads((tmp_path / "unsent.json").read_text(encoding="utf-8")))
    assert all(json.dumps(word) in written for entry in desk.ledger.entries for word in entry)
    desk.page.unroute(ACTS)
    desk.check_all_stored()
    assert desk.page.locator("[data-download]").is_hidden()


# The person


def test_who_was_signed_out_goes_on_after_signing_in_again_in_another_tab(desk: Desk) -> None:
    desk.label()
    desk.state("saved")
    desk.page.context.clear_cookies()
    desk.label(2)
    desk.state("signed-out")
    assert len(desk.kept(2)) == 2
    sign_in(desk.page.context, desk.address, desk.database).close()
    desk.page.bring_to_front()
    desk.check_all_stored()
    desk.label()
    desk.check_all_stored()


def test_what_one_person_left_unsent_is_not_sent_by_another(desk: Desk) -> None:
    desk.page.context.route(ACTS, lose)
    desk.label(2)
    desk.kept(2)
    desk.page.close()
    desk.page.context.unroute(ACTS)
    other = open_again(desk, "Bo")
    other.page.get_by_text(re.compile("kept .*for (another person|other people)")).wait_for()
    other.label()
    other.check_stored(desk.ledger.entries[2:])
    assert len(other.kept(2)) == 2
    other.page.close()
    open_again(desk).check_all_stored()
    assert len({row["annotator"] for row in desk.history()}) == 2


def test_a_page_left_open_sends_nothing_while_somebody_else_is_signed_in(desk: Desk) -> None:
    other = sign_in(desk.page.context, desk.address, desk.database, "Bo")
    desk.label(2)
    desk.state("signed-out")
    assert len(desk.kept(2)) == 2
    assert desk.stored() == []
    other.close()
    sign_in(desk.page.context, desk.address, desk.database).close()
    desk.page.bring_to_front()
    desk.check_all_stored()
    assert len({row["annotator"] for row in desk.history()}) == 1


def test_answers_of_somebody_removed_from_the_project_are_stored_and_they_are_told_so(desk: Desk) -> None:
    bo = open_again(desk, "Bo")
    bo.page.context.set_offline(True)
    bo.label(2)
    bo.state("offline")
    remove(desk, "Bo")
    # Nothing is left for them here, so they are signed out, too, and sign in again.
    bo.page.context.set_offline(False)
    bo.state("signed-out")
    assert len(bo.kept(2)) == 2
    tab = bo.page.context.new_page()
    with desk.database.transaction() as session:
        secret = accounts.create_sign_in_link(session, accounts.find_user(session, "Bo"))
    tab.goto(f"{desk.address}/sign-in/{secret}")
    tab.get_by_role("button", name="Sign in").press("Enter")
    tab.wait_for_url(re.compile("projects"))
    tab.close()
    bo.page.bring_to_front()
    assert "What you sent is stored" in bo.state("barred")
    bo.check_stored()
    assert bo.kept(0) == []
    assert [row["late"] for row in desk.history()] == [True, True]


def remove(desk: Desk, name: str) -> None:
    """Let the first person, who owns the project, remove another."""
    with desk.database.transaction() as session:
        project, owner = projects.find_project(session, "study"), accounts.first_user(session)
        session.execute(update(Membership).where(Membership.user_id == owner.id).values(role="owner"))
        members.remove_member(session, project, owner, accounts.find_user(session, name).uuid)


def test_an_answer_to_what_somebody_removed_from_the_project_never_held_is_refused_in_words_and_kept(
    desk: Desk,
) -> None:
    with desk.database.transaction() as session:
        owner = accounts.first_user(session).id
        session.execute(delete(Membership).where(Membership.user_id == owner))
        session.execute(update(Assignment).values(state="open", annotator_id=None))
    desk.label()
    assert "not been invited" in desk.state("refused", "barred")
    assert len(desk.kept(1)) == 1
    assert desk.page.locator("[data-download]").is_visible()
    with desk.database.transaction() as session:
        project = projects.find_project(session, "study")
        session.add(Membership(project_id=project.id, user_id=owner, role="annotator"))
    desk.start().check_all_stored()


# The server


def test_labelling_goes_on_while_the_server_is_killed_and_started_again(
    browser_context: "BrowserContext", sqlite_database: Database
) -> None:
    prepare(sqlite_database)
    server = Process(sqlite_database)
    server.start()
    try:
        page = let_in(browser_context, server.address, sqlite_database)
        desk = Desk(page, server.address, sqlite_database).start()
        for _ in range(3):
            desk.label(2)
            server.kill()
            desk.label_what_is_left(2)
            server.start()
            desk.label()
            desk.state("saved")
        desk.check_all_stored()
    finally:
        server.kill()


def test_an_act_for_which_the_disk_is_full_is_kept_and_sent_again(desk: Desk) -> None:
    problem = {"status": 507, "error": "The disk is full", "problems": ["The disk is full, so nothing was stored."]}
    desk.page.route(ACTS, lambda route: route.fulfill(status=507, json=problem))
    desk.label(2)
    desk.state("waiting")
    assert len(desk.kept(2)) == 2
    desk.page.unroute(ACTS)
    desk.check_all_stored()


def test_an_act_that_is_refused_holds_up_no_other(desk: Desk) -> None:
    desk.page.evaluate("document.querySelector('#decision [name=codebook]').value = '77'")
    desk.label(3)
    (refused, _), *others = desk.ledger.entries
    desk.state("refused")
    desk.check_stored(others)
    assert [act["unit"] for act in desk.kept(1)] == [refused]
    assert desk.page.locator("[data-download]").is_visible()


def test_an_act_that_the_server_cannot_read_holds_up_no_other_and_can_be_looked_at(desk: Desk) -> None:
    unreadable = desk.unit
    problem = {"status": 422, "error": "That cannot be used as it is", "problems": ["This act cannot be read."]}

    def refuse(route: "Route") -> None:
        acts = (route.request.post_data_json or {}).get("acts", [])
        if any(act["unit"] == unreadable for act in acts):
            route.fulfill(status=422, json=problem)
        else:
            route.continue_()

    desk.page.route(ACTS, refuse)
    desk.label(3)
    desk.state("refused")
    desk.check_stored([entry for entry in desk.ledger.entries if entry[0] != unreadable])
    assert {act["unit"] for act in desk.kept(1)} == {unreadable}
    desk.page.get_by_role("button", name="look at it").click()
    desk.page.get_by_text("This act cannot be read.").wait_for()
    assert desk.unit == unreadable
    assert desk.page.is_checked('[data-row] input[value="against"]')


# What changes meanwhile


def test_an_answer_is_stored_with_the_codebook_it_was_given_under_and_the_page_takes_up_the_new_one(desk: Desk) -> None:
    question = "  - {id: irony, name: irony, type: choice, labels: [{name: ironic, key: v}, {name: meant, key: b}]}\n"
    with desk.database.transaction() as session:
        project = projects.find_project(session, "study")
        codebooks.publish_codebook(session, project, f"{CODEBOOK.rstrip()}\n{question}")
    is_new = desk.page.locator('#decision[data-codebook="2"]')
    while not is_new.count():
        assert len(desk.ledger.entries) < 3
        desk.label()
        desk.state("saved")
    desk.label()
    desk.check_all_stored()
    asked = [row["codebook"] for row in desk.history()]
    assert (asked[0], asked[-1]) == (1, 2)
    assert asked == sorted(asked)


def test_an_answer_to_a_sentence_that_was_withdrawn_meanwhile_is_stored(desk: Desk) -> None:
    with desk.database.transaction() as session:
        session.execute(update(Unit).where(Unit.external_id == desk.unit).values(withdrawn_at=now()))
    desk.label(2)
    desk.check_all_stored()


# More than one page


def test_two_tabs_of_one_person_take_turns_and_label_no_sentence_twice(desk: Desk) -> None:
    tabs = desk, desk.another().start()
    for _ in range(4):
        for tab in tabs:
            tab.label()
            tab.state("saved")
            tab.page.wait_for_load_state("networkidle")
    desk.check_all_stored()
    units = [unit for unit, _ in desk.ledger.entries]
    assert len(set(units)) == len(units)
    # A tab in which nothing was begun follows the other, so that both show what is to be done next.
    assert {tab.unit for tab in tabs}.isdisjoint(units)


def test_two_tabs_that_are_used_at_once_lose_and_double_nothing(desk: Desk) -> None:
    other = desk.another().start()
    for _ in range(4):
        desk.label()
        other.label()
    other.state("saved")
    desk.check_all_stored()


def test_two_tabs_with_unsent_acts_send_each_once(desk: Desk) -> None:
    other = desk.another().start()
    desk.page.context.route(ACTS, lose)
    desk.label(2)
    other.label(2)
    desk.kept(4)
    desk.page.context.unroute(ACTS)
    third = desk.another().start()
    for tab in (desk, other, third):
        tab.state("saved")
    third.check_all_stored()


def test_two_devices_of_one_person_lose_and_double_nothing(desk: Desk) -> None:
    browser = desk.page.context.browser
    assert browser is not None
    device = browser.new_context()
    other = desk.another(let_in(device, desk.address, desk.database)).start()
    for _ in range(4):
        desk.label()
        other.label()
    other.check_all_stored()
    desk.check_all_stored()
    device.close()


# What browsers lack


@pytest.fixture
def plain(served: str, browser_context: "BrowserContext", sqlite_database: Database) -> Iterator[Desk]:
    """A desk on plain HTTP under a name that is not of this machine."""
    address = served.replace("127.0.0.1", "annotator.test")
    page = sign_in(browser_context, address, sqlite_database)
    with no_complaints(page, allowed=EXPECTED):
        yield Desk(page, address, sqlite_database).start()


def test_nothing_is_lost_on_plain_http(plain: Desk) -> None:
    missing = "[isSecureContext, crypto.randomUUID, crypto.subtle, navigator.locks].every((one) => !one)"
    assert plain.page.evaluate(missing)
    plain.page.route(ACTS, lose)
    plain.label(3)
    plain.kept(3)
    plain.page.reload()
    plain.page.unroute(ACTS)
    plain.check_all_stored()
    plain.start().label()
    plain.check_all_stored()


@pytest.mark.parametrize("how", BROKEN)
def test_labelling_goes_on_where_the_browsers_database(
    how: str, served: str, browser_context: "BrowserContext", sqlite_database: Database
) -> None:
    browser_context.add_init_script(BROKEN[how])
    page = let_in(browser_context, served, sqlite_database)
    with no_complaints(page, allowed=EXPECTED):
        desk = Desk(page, served, sqlite_database).start()
        desk.label(2)
        desk.state("memory")
        desk.check_stored()
        page.context.set_offline(True)
        desk.label(2)
        page.context.set_offline(False)
        desk.check_stored()


def test_a_new_codebook_waits_for_what_only_the_page_keeps(
    browser_context: "BrowserContext", served: str, sqlite_database: Database
) -> None:
    browser_context.add_init_script(BROKEN["fails"])
    page = let_in(browser_context, served, sqlite_database)
    held: list[Route] = []
    with no_complaints(page, allowed=EXPECTED):
        desk = Desk(page, served, sqlite_database).start()
        with sqlite_database.transaction() as session:
            codebooks.publish_codebook(session, projects.find_project(session, "study"), f"{CODEBOOK.rstrip()}\n")
        page.route(ACTS, lambda route: held.append(route))
        desk.label()
        desk.press("a")
        wait_held(page, held, 1)
        held.pop().continue_()
        desk.state("memory")
        desk.label()
        page.wait_for_timeout(300)
        page.route(ACTS, lambda route: route.continue_())
        wait_held(page, held, 1)
        held.pop().continue_()
        page.locator('#decision[data-codebook="2"]').wait_for()
        desk.check_stored()


# The same tests must see what they look for


def test_a_browser_that_forgets_is_seen_to_lose(
    served: str, browser_context: "BrowserContext", sqlite_database
) -> None:
    browser_context.add_init_script(
        "for (const name of ['put', 'add']) IDBObjectStore.prototype[name] = function () { return this.count(); };"
    )
    desk = Desk(let_in(browser_context, served, sqlite_database), served, sqlite_database).start()
    browser_context.route(ACTS, lose)
    desk.label(2)
    desk.page.close()
    browser_context.unroute(ACTS)
    again = desk.another().start()
    again.state("saved")
    with pytest.raises(AssertionError):
        again.check_stored(seconds=2)


def test_an_act_that_is_sent_again_under_another_key_is_seen_as_doubled(desk: Desk) -> None:
    times = []

    def change(route: "Route") -> None:
        times.append(1)
        if len(times) == 1:
            lose_answer(route)
            return
        body = route.request.post_data_json or {}
        for act in body["acts"]:
            act["fields"] = [[name, str(uuid4()) if name == "key" else value] for name, value in act["fields"]]
        route.continue_(post_data=json.dumps(body))

    desk.page.route(ACTS, change)
    desk.label()
    desk.state("saved")
    with pytest.raises(AssertionError):
        desk.check_stored()
