"""Every page, in every state that looks different, against axe-core's rules for WCAG 2.2 AA and its best practices."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING
from unittest.mock import patch

import pytest

from annotator.db import Round
from annotator.services import choosing, jobs, projects
from browser.desks import TAKEN
from fixtures_browser import no_complaints
from furnished import FAMILY, NO_PAGE, PAGES, SAMPLE, STATES_ONLY, Furnished, unit_of

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser

AXE = Path(__file__).parents[1] / "vendor" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
RUN = """async (rules) => {
  const found = await axe.run(document, { runOnly: rules, resultTypes: ["violations"] });
  return found.violations.flatMap(({ id, nodes }) =>
    nodes.map(({ target, any, all }) => `${id}: ${target} ${any.concat(all).map((one) => one.message).join("; ")}`));
}"""
#: What depends on colours and room; the other rules need not be asked twice in one layout.
LOOKS = ["color-contrast", "link-in-text-block", "scrollable-region-focusable", "target-size"]
VIEWS = [("light", 1440, RULES), ("dark", 1440, LOOKS), ("dark", 390, RULES), ("light", 390, LOOKS)]


def violations(page: "Page", rules: list[str] = RULES) -> list[str]:
    """Return what axe finds on the page as it is: rule, element, what is wrong."""
    if not page.evaluate("typeof axe === 'object'"):
        # Evaluated and not added as an element, which the page's policy would refuse.
        page.evaluate(AXE.read_text(encoding="utf-8"))
    found: list[str] = page.evaluate(RUN, rules)
    return found


def look(page: "Page") -> None:
    """Find nothing in light and in dark, on a desk and on a phone."""
    page.wait_for_load_state()
    found = {}
    for scheme, width, rules in VIEWS:
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=scheme)
        found |= {f"{scheme} {width}": told} if (told := violations(page, rules)) else {}
    page.set_viewport_size({"width": 1440, "height": 900})
    page.emulate_media(color_scheme="light")
    assert not found, "\n".join(f"{view}: {line}" for view, lines in found.items() for line in lines)


def quietly(page: "Page", bring_about: Callable[[], object]) -> None:
    """Bring a page about that complains of nothing but errors asked for; axe tries styles that the policy refuses."""
    with no_complaints(page, allowed=("Failed to load resource",)):
        bring_about()


@pytest.fixture
def page(site: Furnished, signed_in_page: "Page") -> Iterator["Page"]:
    """Lend the page, and clear away what a state leaves behind in the browser."""
    yield signed_in_page
    # Whatever has the site's address and is no page: nothing there is laid out or run.
    signed_in_page.goto(f"{site.address}{SAMPLE}/codebook/1.css")
    signed_in_page.evaluate("""new Promise((done, failed) => Object.assign(indexedDB.deleteDatabase("annotator"),
      { onsuccess: done, onerror: failed, onblocked: failed })).then(() => null)""")
    # Only now: what could not be sent shall not be.
    signed_in_page.unroute_all()


def test_every_page_is_looked_at(site: Furnished):
    readable = {rule.endpoint for rule in site.app.url_map.iter_rules() if "GET" in rule.methods}
    assert readable == {*PAGES, *STATES_ONLY, *NO_PAGE}, "add the new page to PAGES, or say why it is none"
    assert not {*PAGES} & {*STATES_ONLY, *NO_PAGE}


@pytest.mark.parametrize("path", PAGES.values(), ids=PAGES)
def test_page(site: Furnished, page: "Page", path: str):
    quietly(page, lambda: page.goto(site.address_of(path)))
    look(page)


# States


def labelling(site: Furnished, page: "Page") -> None:
    """Open the sentence at hand in the sample and wait until something is suggested."""
    site.open_desk(page, SAMPLE)
    page.locator(".suggested").first.wait_for()


def answered(site: Furnished, page: "Page") -> None:
    labelling(site, page)
    for key in ("a", "1", "2", "w", "ArrowRight", "w", "ArrowRight"):
        page.keyboard.press(key)
    page.locator(".span-chip").wait_for()
    page.locator(".option[data-label]").first.hover()
    page.locator("[data-definition] h3").wait_for()


def second_holder(site: Furnished, page: "Page") -> None:
    labelling(site, page)
    page.keyboard.press("Shift+H")
    page.locator("[data-row-holder]:visible").first.select_option("reported")


def comment_open(site: Furnished, page: "Page") -> None:
    labelling(site, page)
    page.keyboard.press("c")
    page.keyboard.type("Is this a quotation?")


def keys_open(site: Furnished, page: "Page") -> None:
    labelling(site, page)
    page.keyboard.press("?")
    page.locator("dialog.keys").wait_for()


def problem_shown(site: Furnished, page: "Page") -> None:
    labelling(site, page)
    page.keyboard.press("Enter")
    page.get_by_text("Nothing is answered yet").wait_for()


def key_listening(site: Furnished, page: "Page") -> None:
    keys_open(site, page)
    page.get_by_role("button", name="Key u for take the last one back").click()
    page.locator(".key.listening").wait_for()


def guidelines_open(site: Furnished, page: "Page") -> None:
    labelling(site, page)
    page.locator(".options .option input").nth(2).focus()
    page.locator("[data-definition] h3").wait_for()
    page.keyboard.press("g")
    page.locator("dialog.guidelines article.lit").wait_for()


def skip_open(site: Furnished, page: "Page") -> None:
    labelling(site, page)
    page.keyboard.press("s")
    page.locator("[data-reason]").wait_for()


def answer(page: "Page", *keys: str) -> None:
    """Answer by keys, and wait until the next sentence is there and all is saved."""
    before = page.get_attribute("#decision", "data-unit")
    for key in (*keys, "Enter"):
        page.keyboard.press(key)
    page.wait_for_selector(f'#decision:not([data-unit="{before}"])')
    page.wait_for_selector('[data-save-state][data-state="saved"]')


def label(site: Furnished, page: "Page", words: str, stance: str) -> None:
    """Label a sentence of the talks, be it for the first time or again."""
    site.open_desk(page, "/projects/talks", unit_of(site.database, "talks", words))
    page.locator(f'[data-row] input[value="{stance}"]').check(force=True)
    page.locator('.options input[value="trade"]').check(force=True)
    answer(page)


def ghost(site: Furnished, page: "Page") -> None:
    """Look at a sentence that names no target after one with a stance."""
    label(site, page, "Moscow said", "against")
    site.open_desk(page, "/projects/talks", unit_of(site.database, "talks", "Nobody"))
    page.locator("[data-ghost]").wait_for()


def last_ten(site: Furnished, page: "Page") -> None:
    for number in range(1, 11):
        label(site, page, f"On day {number} ", "favor" if number % 2 else "against")
    page.locator("[data-recent] li").nth(9).wait_for()


def whole_text_after_its_sentences(site: Furnished, page: "Page") -> None:
    ghost(site, page)
    document = unit_of(site.database, "talks", "Nobody").partition(":")[0]
    site.open_desk(page, "/projects/talks", f"{document}:document")
    page.locator(".summary .tally").first.wait_for()


def labels_in_the_margin(site: Furnished, page: "Page") -> None:
    ghost(site, page)
    document = unit_of(site.database, "talks", "Nobody").partition(":")[0]
    page.goto(f"{site.address}/projects/talks/documents/read?document={document}")
    page.get_by_label("Label", exact=True).select_option("against")
    page.get_by_role("button", name="Filter").click()
    page.locator(".line.match .said").first.wait_for()


def on_its_way(site: Furnished, page: "Page") -> None:
    """Answer the last sentence that was fetched while the server is slow."""
    site.open_desk(page, "/projects/whole", unit_of(site.database, "whole", "Nobody").partition(":")[0] + ":document")
    page.wait_for_load_state("networkidle")
    page.route("**/label/acts", lambda route: None)
    page.keyboard.press("s")
    page.keyboard.press("Enter")
    page.locator("[data-waiting]").wait_for()


def offline(site: Furnished, page: "Page") -> None:
    labelling(site, page)
    page.route("**/label/acts", lambda route: route.abort())
    for key in ("a", "1", "Enter"):
        page.keyboard.press(key)
    page.wait_for_selector('[data-save-state][data-state="offline"]')


def queue_made(site: Furnished, page: "Page", words: str) -> None:
    page.goto(f"{site.address}/projects/queues/search?words={words}")
    page.get_by_label("also those I have labelled").check()
    page.get_by_role("button", name="Label th").click()
    page.locator(".queue-bar").wait_for()
    page.wait_for_selector("#decision")


def queue_at_hand(site: Furnished, page: "Page") -> None:
    queue_made(site, page, "neighbours")


def search_with_a_queue(site: Furnished, page: "Page") -> None:
    queue_made(site, page, "evening")
    page.goto(f"{site.address}/projects/queues/search?words=talk*")
    page.locator(".queues progress").first.wait_for()


def queue_finished(site: Furnished, page: "Page") -> None:
    queue_made(site, page, "Nobody")
    page.locator('.options input[value="trade"]').check(force=True)
    page.keyboard.press("Enter")
    page.wait_for_load_state("networkidle")
    page.get_by_role("heading", name="The queue is finished").wait_for()


def saved(site: Furnished, page: "Page") -> None:
    """Save an answer and look at the next sentence, with marks in the text and counts beside it."""
    site.open_desk(page, "/projects/scripts")
    answer(page, "a", "2")


def every_script(site: Furnished, page: "Page") -> None:
    site.open_desk(page, "/projects/scripts", unit_of(site.database, "scripts", FAMILY))


def much_of_everything(site: Furnished, page: "Page") -> None:
    site.open_desk(page, "/projects/many", unit_of(site.database, "many", "The conference"))


def whole_text(site: Furnished, page: "Page") -> None:
    site.open_desk(page, "/projects/whole", unit_of(site.database, "whole", "Nobody").partition(":")[0] + ":document")


def not_saved(site: Furnished, page: "Page") -> None:
    labelling(site, page)
    page.keyboard.press("a")
    page.evaluate("document.querySelector('[name=codebook]').value = 77")
    page.keyboard.press("Enter")
    page.wait_for_selector('[data-save-state][data-state="refused"]')


def before_the_first_sentence(site: Furnished, page: "Page") -> None:
    """The button for those without a script; the script presses it at once."""
    page.route("**/labelling-start.js", lambda route: route.fulfill(body="", content_type="text/javascript"))
    page.goto(f"{site.address}/projects/empty/label")
    page.unroute("**/labelling-start.js")


def nothing_left(site: Furnished, page: "Page") -> None:
    page.goto(f"{site.address}/projects/empty/label")
    page.get_by_role("heading", name="No documents yet").wait_for()


def fresh_link(site: Furnished, page: "Page") -> None:
    page.goto(site.link("newcomer"))


def invitation_made(site: Furnished, page: "Page") -> None:
    page.goto(f"{site.address}{SAMPLE}/people")
    page.get_by_label("For whom").fill("Nina of the desk")
    page.get_by_role("button", name="Make an invitation link").click()
    page.get_by_role("button", name="Copy").wait_for()
    page.get_by_text("Remove …").first.click()


def question_asked(site: Furnished, page: "Page") -> None:
    page.goto(f"{site.address}{SAMPLE}/people")
    page.get_by_text("Ask a question").click()
    page.get_by_label("Question", exact=True).fill(f"{FAMILY} How old are you?")
    page.get_by_label("Answers to choose from").fill("under thirty\nthirty to fifty\nover fifty")
    page.get_by_role("button", name="Ask it").click()
    page.get_by_text("fewer than three").first.wait_for()


def invitation_followed(site: Furnished, page: "Page") -> None:
    """As somebody who is new; the page of the owner says only that they are there already."""
    invitation_made(site, page)
    address = page.get_by_label("Link", exact=True).input_value()
    cookies = page.context.cookies()
    page.context.clear_cookies()
    page.goto(address)
    page.get_by_role("heading", name="I am new here").wait_for()
    page.context.add_cookies(cookies)


def background_asked(site: Furnished, page: "Page") -> None:
    question_asked(site, page)
    page.goto(f"{site.address}{SAMPLE}/background")


def link_made(site: Furnished, page: "Page") -> None:
    page.goto(f"{site.address}/people")
    page.get_by_role("button", name="One-time link: newcomer").click()
    page.get_by_role("button", name="Copy").wait_for()
    page.get_by_text("Disable …").first.click()


def password_refused(site: Furnished, page: "Page") -> None:
    page.goto(f"{site.address}/account")
    page.get_by_label("New password", exact=True).fill("short")
    page.get_by_label("New password, once more").fill("other")
    page.get_by_role("button", name="Save the password").click()
    page.locator("small.problem").first.wait_for()


def upload_review(site: Furnished, page: "Page") -> None:
    page.goto(f"{site.address}{SAMPLE}/upload")
    talk = b"ANNA BELL, HOST: The vote was close.\n\nCARL DUNN: It was.\n\nANNA BELL: So.\n\nCARL D: Yes. Quite.\n"
    table = b"id,title,text\n1,One,The first text.\n2,Two,The second text.\n"
    files = [("talk.txt", talk), ("two.csv", table), ("broken.csv", b"id,title\n1,One\n")]
    page.set_input_files(
        "input[type=file]", [{"name": name, "mimeType": "text/plain", "buffer": content} for name, content in files]
    )
    page.get_by_role("button", name="Look at them").click()
    page.get_by_role("heading", name="Is this understood rightly?").wait_for()


def data_set_review(site: Furnished, page: "Page") -> None:
    page.goto(f"{site.address}/import")
    page.set_input_files("input[type=file]", site.data_set)
    page.get_by_role("button", name="Look at it").click()
    page.get_by_role("heading", name="Import this data set?").wait_for()


def form_refused(site: Furnished, page: "Page") -> None:
    page.goto(f"{site.address}/projects/new")
    page.get_by_label("Name").fill(" ")
    page.get_by_label("My own file").check()
    page.get_by_role("button", name="Create project").click()


def answer_taken_over(site: Furnished, page: "Page") -> None:
    page.goto(f"{site.address}/projects/disputes/adjudication/unit")
    page.wait_for_selector("#decision:focus")
    page.keyboard.press("2")
    page.wait_for_selector(TAKEN)
    page.get_by_text("They agree on 3 more").click()


def opened_at_gold(site: Furnished, page: "Page") -> None:
    page.goto(f"{site.address}{SAMPLE}/adjudication?show=settled")
    page.get_by_role("link", name="Revise").first.click()
    page.wait_for_selector("#in-force")


def menu_open(site: Furnished, page: "Page") -> None:
    labelling(site, page)
    page.get_by_role("button", name="Menu").click()
    page.get_by_role("link", name="Rounds").wait_for()


def round_refused(site: Furnished, page: "Page") -> None:
    """Everything that can be wrong at once, in what belongs to the kind and in what does not."""
    page.goto(f"{site.address}/projects/rounds/rounds/new")
    page.get_by_text("Checks, order and limits").click()
    for name in ("size", "annotators", "overlap", "retest", "check", "quota"):
        page.locator(f'[name="{name}"]').fill("-7")
    page.get_by_label("Training: sentences").check()
    page.get_by_role("button", name="Make the round").click()
    page.locator("small.problem").nth(5).wait_for()


def training_planned(site: Furnished, page: "Page") -> None:
    page.goto(f"{site.address}/projects/rounds/rounds/new")
    page.get_by_label("Training: sentences").check()
    page.get_by_text("labels the same 4 sentences").wait_for()


def round_chosen_by_a_classifier(site: Furnished, page: "Page") -> None:
    with patch.object(choosing, "LEAST_LABELLED", 0):
        page.goto(f"{site.address}{SAMPLE}/rounds/new")
        page.get_by_label("least sure of, and some at random").check()
        page.get_by_text("About").wait_for()


def round_in_the_making(site: Furnished, page: "Page") -> None:
    with site.database.transaction() as session:
        project = projects.find_project(session, "rounds")
        made = Round(project_id=project.id, name=f"Made for {time.monotonic_ns()}", plan={}, is_ready=False)
        session.add(made)
        session.flush()
        jobs.enqueue(session, project.id, f"round:{made.id}", round=made.id)
        number = made.id
    page.goto(f"{site.address}/projects/rounds/rounds/{number}")
    page.get_by_text("It starts in a moment").wait_for()


def told_in_a_training(site: Furnished, page: "Page") -> None:
    site.open_desk(page, "/projects/rounds")
    page.locator('.options input[value="trade"]').check(force=True)
    answer(page)
    page.locator(".told.missed").wait_for()


def training_finished(site: Furnished, page: "Page") -> None:
    """With the other rounds to choose from, one of which waits for the training."""
    page.goto(f"{site.address}/projects/rounds/label")
    page.locator("#decision, .choices").first.wait_for()
    while page.locator("#decision").count():
        page.locator('.options input[value="trade"]').check(force=True)
        before = page.get_attribute("#decision", "data-unit")
        page.keyboard.press("Enter")
        page.locator(f'#decision:not([data-unit="{before}"]), .choices').first.wait_for()
    page.get_by_text("once “First steps” is passed").wait_for()


def opened(path: str) -> Callable[[Furnished, "Page"], object]:
    return lambda site, page: page.goto(site.address + path)


STATES = {
    "menu open": menu_open,
    "a training planned": training_planned,
    "a round refused": round_refused,
    "a round chosen by a classifier": round_chosen_by_a_classifier,
    "a round in the making": round_in_the_making,
    "told in a training": told_in_a_training,
    "a training finished": training_finished,
    "no rounds yet": opened("/projects/scripts/rounds"),
    "no documents for a round": opened("/projects/empty/rounds/new"),
    "nothing to draw a round from": opened("/projects/empty/rounds"),
    "a round of whole texts": opened("/projects/whole/rounds/new"),
    "suggestions shown": labelling,
    "answers given": answered,
    "a second holder": second_holder,
    "comment open": comment_open,
    "keys open": keys_open,
    "problem shown": problem_shown,
    "key listening": key_listening,
    "guidelines open": guidelines_open,
    "skip open": skip_open,
    "after a save": saved,
    "every script": every_script,
    "much of everything": much_of_everything,
    "whole text": whole_text,
    "a target at hand where none is named": ghost,
    "the last ten": last_ten,
    "whole text after its sentences": whole_text_after_its_sentences,
    "next one on its way": on_its_way,
    "not saved": not_saved,
    "offline": offline,
    "queue at hand": queue_at_hand,
    "search with a queue": search_with_a_queue,
    "queue finished": queue_finished,
    "before the first sentence": before_the_first_sentence,
    "nothing left": nothing_left,
    "fresh link": fresh_link,
    "invitation made": invitation_made,
    "invitation followed": invitation_followed,
    "question asked": question_asked,
    "background asked": background_asked,
    "link made": link_made,
    "password refused": password_refused,
    "upload review": upload_review,
    "data set review": data_set_review,
    "form refused": form_refused,
    "page not found": opened("/projects/nowhere/documents"),
    "page not allowed": opened("/projects/read-only/settings"),
    "no documents": opened("/projects/empty/documents"),
    "nothing found": opened(f"{SAMPLE}/documents?search=xyzzy"),
    "sentences found": opened(f"{SAMPLE}/search?words=harbour&labelled=no"),
    "sentences found in every script": opened("/projects/scripts/search?target=&words=&labelled=no"),
    "no sentence found": opened(f"{SAMPLE}/search?words=xyzzy"),
    "labels in the margin": labels_in_the_margin,
    "no classifier": opened("/projects/empty/classifiers"),
    "no agreement": opened("/projects/empty/agreement"),
    "nobody to monitor": opened("/projects/empty/monitoring"),
    "nobody to be swayed": opened("/projects/empty/influence"),
    "no suggestions to sway anybody": opened("/projects/disputes/influence"),
    "annotators whose labels were imported": opened("/projects/experts/monitoring?about=frames"),
    "disputes of one outlet": opened("/projects/experts/agreement?question=frames&by=outlet&group=NPR&coefficient=ac1"),
    "no export": opened("/projects/empty/exports"),
    "no target": opened("/projects/empty/targets"),
    "documents in every script": opened("/projects/scripts/documents"),
    "many targets": opened("/projects/many/targets"),
    "eight annotators and forty targets in dispute": opened("/projects/many-disputes/adjudication/unit"),
    "an answer taken over": answer_taken_over,
    "an imported gold label to revise": opened_at_gold,
    "labels in doubt": opened("/projects/disputes/adjudication?why=unlikely"),
    "a label in doubt": opened("/projects/disputes/adjudication/unit?why=unlikely"),
    "nearly identical sentences": opened("/projects/disputes/adjudication?why=twin"),
    "a nearly identical sentence": opened("/projects/disputes/adjudication/unit?why=twin"),
    "no labels in doubt": opened("/projects/empty/adjudication?why=twin"),
    "gold labels": opened(f"{SAMPLE}/adjudication?show=settled"),
    "nothing in dispute": opened("/projects/empty/adjudication"),
}


@pytest.mark.parametrize("bring_about", STATES.values(), ids=STATES)
def test_state(site: Furnished, page: "Page", bring_about: Callable[[Furnished, "Page"], object]):
    quietly(page, lambda: bring_about(site, page))
    look(page)


def test_the_first_visit(site: Furnished, browser_context):
    page = browser_context.new_page()
    site.sign_in(page, "newcomer")
    page.get_by_role("heading", name="No project yet").wait_for()
    assert violations(page) == []
    page.get_by_role("button", name="Sign out").click()
    page.get_by_role("heading", name="Sign in").wait_for()
    assert violations(page) == []


def test_axe_catches_what_is_planted(site: Furnished, page: "Page"):
    page.goto(f"{site.address}/projects")
    page.evaluate("""() => {
      const planted = document.createElement("div");
      planted.append(document.createElement("input"));
      for (const name of ["×", "+"]) {
        const small = Object.assign(document.createElement("button"), { textContent: name });
        Object.assign(small.style, { width: "9px", height: "9px", padding: 0, lineHeight: "9px", fontSize: "9px" });
        planted.append(small);
      }
      const pale = Object.assign(document.createElement("p"), { textContent: "Pale words on paper" });
      pale.style.color = "#cccccc";
      planted.append(pale);
      document.querySelector("main").append(planted);
    }""")
    found = {line.partition(":")[0] for line in violations(page)}
    assert {"label", "color-contrast", "target-size"} <= found


def test_a_sentence_is_labelled_by_roles_and_names_alone_and_the_outcome_is_said(site: Furnished, page: "Page"):
    site.open_desk(
        page, "/projects/whole", unit_of(site.database, "whole", "The talks").partition(":")[0] + ":document"
    )
    assert page.get_by_role("heading", level=1, name="Label").count() == 1
    desk = page.get_by_role("region", name="The whole text")
    desk.get_by_role("group", name="genre").get_by_role("radio", name="opinion").press("Space")
    desk.get_by_role("checkbox", name="flag").press("Space")
    assert desk.get_by_role("radio", checked=True).count() == desk.get_by_role("checkbox", checked=True).count() == 1
    said = page.get_by_role("status").and_(page.locator("[aria-live=polite]"))
    assert said.count() == 1
    desk.get_by_role("button", name="Save and next").click()
    page.get_by_role("heading", name="Nothing is left to label").wait_for()


def test_stances_have_a_group_for_each_target_and_the_next_sentence_is_said(site: Furnished, page: "Page"):
    site.open_desk(page, "/projects/scripts")
    desk = page.get_by_role("region", name="Sentence")
    before = page.get_attribute("#decision", "data-unit")
    assert desk.get_by_role("radiogroup", name="Whose stance").get_by_role("radio", checked=True).count() == 1
    desk.get_by_role("group", name="frames").get_by_role("checkbox", name="moral").press("Space")
    for row in desk.get_by_role("radiogroup").filter(has_text="against").all():
        row.get_by_role("radio", name="against").press("Space")
    desk.get_by_role("button", name="Save and next").click()
    page.wait_for_selector(f'#decision:not([data-unit="{before}"])')
    following = page.get_attribute("#decision", "aria-label")
    page.locator("[role=status][aria-live=polite]").get_by_text(f"Saved. {following}", exact=True).wait_for()
    assert page.evaluate("document.activeElement.id") == "decision"
