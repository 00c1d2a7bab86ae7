from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from sqlalchemy import select, update

from annotator import worker
from annotator.codebook.builtin import builtin_codebooks
from annotator.db import Assignment, Membership, Project
from annotator.db.engines import Database
from annotator.services import accounts, chain, jobs, projects, retraining
from browser.desks import let_in, serving
from fixtures_browser import no_complaints
from studies import make_study

pytestmark = pytest.mark.browser

SENTENCES = (
    "Moscow said the talks with Ukraine would go on.",
    "Carl Dunn says Russia is brutal 😀 and corrupt.",
    *(f"Sentence {number} tells what Russia and Ukraine did." for number in range(3, 15)),
)


@dataclass
class Desk:
    """The labelling page of one person in a browser, and what it stored."""

    page: object
    address: str
    database: Database

    def start(self, path: str = "/projects/study/label") -> None:
        self.page.goto(self.address + path)
        self.page.wait_for_selector("#decision")

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    @property
    def unit(self) -> str:
        return self.page.get_attribute("#decision", "data-unit")

    def save(self, *keys: str) -> None:
        """Press keys that save and wait for the next sentence."""
        before = self.unit
        self.press(*(keys or ["Enter"]))
        self.page.wait_for_selector(f'#decision:not([data-unit="{before}"])')

    def skip(self) -> None:
        """Skip without a reason."""
        self.save("s", "Enter")

    def history(self) -> list[dict]:
        """Return every act, once all are confirmed."""
        self.state("saved")
        return self.stored()

    def stored(self) -> list[dict]:
        """Return every act that has arrived."""
        with self.database.reading() as session:
            return list(chain.history(session, session.scalar(select(Project.id))))

    def state(self, name: str) -> None:
        self.page.wait_for_selector(f'[data-save-state][data-state="{name}"]')


@pytest.fixture
def served(sqlite_database: Database) -> Iterator[str]:
    """Serve a study of fourteen sentences; jobs are run by the tests."""
    with sqlite_database.transaction() as session:
        # Drawn with the places: else one sentence in five shows no suggestion.
        projects.find_project(session, "study").control_share = 0.0
    make_study(sqlite_database, sentences=SENTENCES, codebook=builtin_codebooks()["stance-and-frames"])
    with sqlite_database.transaction() as session:
        project = projects.find_project(session, "study")
        for name in ("Russia", "Ukraine"):
            projects.add_target(session, project, name, aliases=("Moscow",) if name == "Russia" else ())
        project.suggestion_timing = "never"
        session.add(Membership(project_id=project.id, user_id=accounts.first_user(session).id, role="owner"))
    with serving(sqlite_database) as address:
        yield address


@pytest.fixture
def desk(served, browser_context, sqlite_database) -> Iterator[Desk]:
    page = let_in(browser_context, served, sqlite_database)
    with no_complaints(page):
        desk = Desk(page, served, sqlite_database)
        desk.start()
        yield desk


@pytest.fixture
def watched(served, browser_context, sqlite_database) -> Iterator[Desk]:
    """A desk whose browser may complain of failed requests."""
    page = let_in(browser_context, served, sqlite_database)
    with no_complaints(page, allowed=("Failed to load resource", "ERR_")):
        desk = Desk(page, served, sqlite_database)
        desk.start()
        yield desk


def suggest(database: Database, timing: str) -> None:
    """Label the first eleven sentences with a rule, train, and show suggestions."""
    with database.transaction() as session:
        project = projects.find_project(session, "study")
        project.suggestion_timing = timing
        retraining.request_training(session, project.id)
    worker.run_waiting(database)


def label_by_rule(desk: Desk, count: int = 11) -> None:
    for number in range(count):
        desk.press("a" if number % 2 else "f")
        desk.save()
    desk.state("saved")


def test_twelve_sentences_are_labelled_by_keyboard_alone(desk):
    for _ in range(12):
        desk.press("a", "1")
        desk.save()
    rows = desk.history()
    assert len(rows) == 12
    assert all(row["answers"]["frames"] == ["economic"] for row in rows)
    assert all([one["label"] for one in row["answers"]["stance"]] == ["against"] for row in rows)
    assert all(len(row["answers"]["targets_offered"]) >= 1 for row in rows)
    assert desk.page.text_content("[data-live]") == "Saved. Sentence 13 of 14"
    assert desk.page.locator("[data-go].done").count() == 12


def test_keys_go_from_target_to_target(desk):
    desk.press("f", "n")
    assert desk.page.evaluate("document.activeElement.value") == "economic"
    desk.press("Shift+Tab", "Tab", "Tab", "x")
    desk.save()
    assert [one["label"] for one in desk.history()[0]["answers"]["stance"]] == ["favor", "unclear"]


def test_a_stance_can_be_taken_back_before_it_is_saved(desk):
    desk.press("f", "Shift+Tab", "f", "-")
    desk.save()
    assert desk.history()[0]["answers"]["stance"] == []


def test_two_holders_have_two_stances_toward_one_target(desk):
    desk.press("2")
    desk.skip()
    desk.press("n", "Shift+H", "a")
    assert desk.page.locator("[data-row]").count() == 2
    desk.save()
    stances = desk.history()[-1]["answers"]["stance"]
    assert [(one["holder"], one["label"]) for one in stances] == [
        ({"kind": "author"}, "neither"),
        ({"kind": "reported", "name": "Carl Dunn"}, "against"),
    ]


def test_the_holder_of_all_stances_is_changed_by_key(desk):
    desk.skip()
    desk.press("h", "a")
    desk.save()
    assert desk.history()[-1]["answers"]["stance"][0]["holder"] == {"kind": "reported", "name": "Carl Dunn"}


def test_words_are_marked_by_keys_and_by_mouse(desk):
    desk.skip()
    desk.press("w", *["ArrowRight"] * 5, "Enter")
    desk.page.get_by_text("corrupt", exact=True).dblclick()
    desk.page.locator(".span-chip").nth(1).wait_for()
    assert desk.page.locator(".span-chip").all_text_contents() == ["brutal ×", "corrupt ×"]
    desk.save()
    spans = desk.history()[-1]["answers"]["loaded"]
    assert [SENTENCES[1][span["start"] : span["end"]] for span in spans] == ["brutal", "corrupt"]


def test_a_mark_is_dragged_over_words_and_taken_away(desk):
    words = desk.page.locator("[data-sentence] > *")
    first, last = words.get_by_text("said", exact=True), words.get_by_text("talks", exact=True)
    box, end = first.bounding_box(), last.bounding_box()
    desk.page.mouse.move(box["x"] + 4, box["y"] + 8)
    desk.page.mouse.down()
    desk.page.mouse.move(end["x"] + end["width"] - 3, end["y"] + 8, steps=5)
    desk.page.mouse.up()
    chip = desk.page.locator(".span-chip")
    assert chip.text_content() == "said the talks ×"
    chip.click()
    assert desk.page.input_value("[data-spans]") == "[]"


def test_keys_do_nothing_while_typing(desk):
    desk.press("c")
    desk.page.keyboard.type("fans stun us")
    desk.press("Escape", "a")
    desk.save()
    assert desk.history()[0]["comment"] == "fans stun us"
    assert len(desk.history()) == 1


def test_a_target_is_added_with_type_ahead(desk):
    desk.press("t")
    desk.page.keyboard.type("Belarus")
    desk.press("Enter")
    desk.page.wait_for_selector('[data-row][data-name="Belarus"].current')
    desk.press("f")
    desk.save()
    answers = desk.history()[0]["answers"]
    assert len(answers["targets_offered"]) == 3
    assert answers["stance"][0]["target"] == answers["targets_offered"][2]


def test_enter_without_an_answer_saves_nothing(desk):
    desk.press("Enter")
    assert "Nothing is answered" in desk.page.text_content("[data-problem]")
    assert desk.history() == []


def test_enter_pressed_twice_saves_once_and_skips_nothing(desk):
    desk.press("a")
    desk.page.evaluate("""() => { for (let i = 0; i < 3; i++) document.activeElement.dispatchEvent(
        new KeyboardEvent("keydown", {key: "Enter", bubbles: true, cancelable: true})) }""")
    desk.page.wait_for_selector('#decision[data-position="2"]')
    desk.state("saved")
    assert len(desk.history()) == 1
    assert desk.unit.endswith("s1")


def test_undo_goes_back_with_the_answers_also_after_a_reload(desk):
    desk.press("a", "3")
    desk.save()
    desk.press("f")
    desk.save()
    desk.state("saved")
    desk.page.reload()
    desk.press("u")
    desk.page.wait_for_selector('#decision[data-position="2"]')
    desk.press("u")
    desk.page.wait_for_selector('#decision[data-position="1"]')
    assert desk.page.is_checked('input[value="morality"]')
    assert [row["act"] for row in desk.history()] == ["answer", "answer", "undo", "undo"]
    assert desk.page.locator("[data-go].done").count() == 0


def test_the_browsers_back_button_shows_the_sentence_before_and_it_can_be_revised(desk):
    desk.press("a")
    desk.save()
    # The page says where it is once it has shown it.
    desk.page.wait_for_url("**/d0:s1")
    desk.page.go_back()
    desk.page.wait_for_selector('#decision[data-position="1"]')
    assert desk.page.is_checked('[data-row] input[value="against"]')
    desk.press("f")
    desk.save()
    first, second = desk.history()
    assert second["supersedes"] == first["key"]
    assert desk.unit.endswith("s1")


def test_a_click_in_the_text_goes_there_and_keeps_what_was_begun(desk):
    desk.press("a")
    desk.page.locator("[data-go]").nth(4).click()
    desk.page.wait_for_selector('#decision[data-position="5"]')
    desk.press("Backspace")
    desk.page.wait_for_selector('#decision[data-position="1"]')
    assert desk.page.is_checked('[data-row] input[value="against"]')
    desk.save()
    assert len(desk.history()) == 1


def test_signing_in_again_resumes_what_was_not_saved(watched):
    desk = watched
    desk.press("a")
    cookies = desk.page.context.cookies()
    desk.page.context.clear_cookies()
    desk.press("Enter")
    desk.state("signed-out")
    assert desk.page.get_by_role("link", name="sign in again").is_visible()
    desk.page.context.add_cookies(cookies)
    desk.page.get_by_role("button", name="try now").click()
    desk.page.wait_for_selector('#decision[data-position="2"]')
    assert len(desk.history()) == 1


def test_a_refused_answer_can_be_looked_at_and_mended(watched):
    desk = watched
    desk.page.evaluate("document.querySelector('[data-spans]').value = JSON.stringify([{start: 0, end: 9999}])")
    desk.press("a")
    desk.save()
    desk.state("refused")
    desk.page.get_by_role("button", name="look at it").click()
    desk.page.wait_for_selector('#decision[data-position="1"]')
    assert "lies outside the sentence" in desk.page.text_content("[data-problem]")
    assert desk.page.is_checked('[data-row] input[value="against"]')
    desk.page.evaluate("document.querySelector('[data-spans]').value = '[]'")
    desk.press("Enter")
    assert [row["act"] for row in desk.history()] == ["answer"]


def test_a_sentence_is_skipped_for_a_reason(desk):
    desk.save("s", "3")
    desk.press("s")
    desk.page.locator("[data-reason]").fill("only a headline")
    desk.save("Enter")
    assert [(row["act"], row["reason"]) for row in desk.history()] == [
        ("skip", "cannot-decide"), ("skip", "only a headline"),
    ]  # fmt: skip


def test_escape_closes_the_reasons_and_skips_nothing(desk):
    desk.press("s", "Escape", "a")
    desk.save()
    assert [row["act"] for row in desk.history()] == ["answer"]


def test_enter_right_after_a_save_complains_of_nothing(desk):
    desk.press("a", "Enter", "Enter")
    desk.page.wait_for_selector('#decision[data-position="2"]')
    assert desk.page.text_content("[data-problem]") == ""
    assert len(desk.history()) == 1


def test_the_page_goes_on_by_itself_once_all_is_answered_if_that_is_wanted(desk):
    desk.page.get_by_role("switch").check()
    desk.press("f", "n")
    assert desk.page.get_attribute("#decision", "data-position") == "1"
    desk.save("1")
    desk.state("saved")
    desk.page.reload()
    assert desk.page.get_by_role("switch").is_checked()
    desk.press("u")
    desk.page.wait_for_selector('#decision[data-position="1"]')
    assert [row["act"] for row in desk.history()] == ["answer", "undo"]


def test_keys_can_be_changed_and_stay_changed(watched):
    desk = watched
    desk.press("?")
    dialog = desk.page.locator("dialog.keys")
    dialog.get_by_role("button", name="Key a for against").click()
    desk.press("1")
    dialog.get_by_text("“1” would do two things").wait_for()
    dialog.get_by_role("button", name="Key a for against").click()
    with desk.page.expect_navigation():
        desk.press("j")
    assert desk.page.locator('[data-row] [data-label="stance:against"] kbd').first.text_content() == "j"
    desk.press("?")
    dialog.get_by_role("button", name="Key u for take the last one back").click()
    with desk.page.expect_navigation():
        desk.press("z")
    desk.press("j")
    desk.save()
    desk.press("z")
    desk.page.wait_for_selector('#decision[data-position="1"]')
    assert [row["act"] for row in desk.history()] == ["answer", "undo"]
    assert desk.page.is_checked('[data-row] input[value="against"]')


@pytest.mark.parametrize(
    "event",
    [
        {"key": "ф", "code": "KeyA"},
        {"key": "A", "code": "KeyA"},  # Caps Lock
        {"key": "a", "code": "KeyQ"},  # another layout
    ],
)
def test_keyboard_layouts_are_respected(desk, event):
    desk.page.evaluate(
        "event => document.activeElement.dispatchEvent(new KeyboardEvent('keydown', {...event, bubbles: true}))", event
    )
    assert desk.page.is_checked('[data-row] input[value="against"]')


@pytest.mark.parametrize("modifier", ["ctrlKey", "altKey", "metaKey", "isComposing"])
def test_keys_with_a_modifier_are_left_to_the_browser(desk, modifier):
    desk.page.evaluate(
        "name => document.activeElement.dispatchEvent("
        "new KeyboardEvent('keydown', {key: 'a', code: 'KeyA', [name]: true, bubbles: true}))",
        modifier,
    )
    assert not desk.page.locator("[data-row] input:checked").count()


def test_the_last_ten_are_at_hand_to_be_corrected(desk):
    for _ in range(11):
        desk.press("a")
        desk.save()
    recent = desk.page.locator("[data-recent] li")
    desk.state("saved")
    assert recent.count() == 10
    assert SENTENCES[10] in recent.first.text_content()
    desk.page.reload()
    assert recent.count() == 10
    recent.nth(3).get_by_role("link").click()
    desk.page.wait_for_selector('#decision[data-position="8"]')
    desk.press("f")
    desk.save()
    revision = desk.history()[-1]
    assert revision["supersedes"] == desk.history()[7]["key"]
    assert desk.page.get_attribute("#decision", "data-position") == "12"


def test_a_pause_is_suggested_after_an_hour_and_goes_away(desk):
    desk.page.clock.install()
    desk.page.reload()
    for _ in range(130):
        desk.page.mouse.move(_, 300)
        desk.page.clock.run_for(30_000)
    note = desk.page.locator("[data-pause]")
    note.get_by_role("button", name="thanks").click()
    assert note.text_content() == ""


def test_an_answer_in_one_tab_moves_the_other_on_unless_it_has_begun(desk):
    other = desk.page.context.new_page()
    with no_complaints(other):
        second = Desk(other, desk.address, desk.database)
        second.start()
        assert second.unit == desk.unit
        desk.press("a")
        desk.save()
        other.wait_for_selector('#decision[data-position="2"]')
        second.press("f")
        desk.press("n")
        desk.save()
        other.get_by_text("in another tab").wait_for()
        second.save()
        second.state("saved")
    first, other_tab, revision = desk.history()
    assert revision["supersedes"] == other_tab["key"]
    assert not revision["stale"]
    assert first["unit"] != revision["unit"]


def test_suggestions_appear_without_a_reload_once_trained(desk):
    label_by_rule(desk)
    with desk.database.transaction() as session:
        project = projects.find_project(session, "study")
        project.suggestion_timing = "before"
        retraining.request_training(session, project.id)
    desk.page.reload()
    desk.page.get_by_text("A classifier is being trained").wait_for()
    worker.run_waiting(desk.database)
    suggested = desk.page.locator(".segment.suggested")
    suggested.first.wait_for()
    assert not desk.page.locator("[data-row] input:checked").count()
    assert desk.page.locator("[data-advice] .reason").count() > 0
    assert desk.page.locator("[data-advice] .early").is_visible()
    desk.press("n")
    desk.save()
    shown = desk.history()[-1]["suggestions"]
    assert shown["timing"] == "before"
    assert {one["question"] for one in shown["suggestions"]} == {"stance"}


def test_suggestions_after_the_answer_ask_once_to_think_again(desk):
    label_by_rule(desk)
    suggest(desk.database, "after")
    desk.page.reload()
    desk.page.wait_for_load_state("networkidle")
    assert not desk.page.locator(".suggested").count()
    desk.press("x", "Enter")
    desk.page.locator(".segment.suggested").first.wait_for()
    assert "sees it differently" in desk.page.text_content("[data-problem]")
    taken = desk.page.locator(".segment.suggested input").first.get_attribute("value")
    desk.page.locator(".segment.suggested").first.click()
    desk.save()
    row = desk.history()[-1]
    assert row["first_answers"]["stance"][0]["label"] == "unclear"
    assert row["answers"]["stance"][0]["label"] == taken
    assert row["suggestions"]["timing"] == "after"


@pytest.mark.parametrize("timing", ["before", "after"])
def test_the_control_share_shows_nothing_and_keeps_what_would_have_been(desk, timing):
    label_by_rule(desk)
    suggest(desk.database, timing)
    with desk.database.transaction() as session:
        session.execute(update(Assignment).values(suggestion_arm="control"))
    with desk.page.expect_response("**/suggestions"):
        desk.page.reload()
    # Nothing on the page shows when it has read what came.
    desk.page.locator("[data-timing]").evaluate("section => section.advised.asking.then(() => null)")
    desk.press("x", "Enter")
    desk.state("saved")
    assert not desk.page.locator(".suggested").count()
    row = desk.history()[-1]
    assert (row["suggestions"]["timing"], row["suggestions"]["suggestions"]) == (timing, [])
    assert {one["question"] for one in row["suggestions"]["suggested"]} == {"stance"}
    assert row["first_answers"] is None


def test_what_is_missing_is_said_before_there_is_a_classifier(desk):
    with desk.database.transaction() as session:
        projects.find_project(session, "study").suggestion_timing = "before"
    desk.press("a")
    desk.save()
    desk.page.reload()
    desk.page.get_by_text("Russia: 1 of 5 examples of “against”").wait_for()
    with desk.database.reading() as session:
        assert jobs.latest(session, projects.find_project(session, "study").id, "train") is None


def test_what_a_label_means_is_fetched_when_it_is_first_asked(desk):
    with desk.page.expect_response("**/meanings?*"):
        desk.page.locator(".option[data-label]").first.hover()
    desk.page.locator("[data-definition] h3").wait_for()


def test_all_keys_are_listed(desk):
    desk.press("?")
    keys = desk.page.locator("dialog.keys")
    assert keys.get_by_text("take the last one back").is_visible()
    assert keys.get_by_text("economic").is_visible()
    desk.press("Escape")
    keys.wait_for(state="detached")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_does_not_scroll_sideways_on_a_phone(desk, scheme):
    desk.page.set_viewport_size({"width": 390, "height": 844})
    desk.page.emulate_media(color_scheme=scheme)
    desk.page.reload()
    assert desk.page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    box = desk.page.locator(".option").first.bounding_box()
    assert box["height"] >= 44


def test_the_page_with_all_its_files_is_light(desk):
    weigh = "performance.getEntriesByType('resource').reduce((sum, one) => sum + one.transferSize, 0)"
    assert 0 < desk.page.evaluate(weigh) < 70_000


def test_what_was_suggested_is_remembered_when_an_answer_is_taken_back_without_network(watched):
    desk = watched
    label_by_rule(desk)
    suggest(desk.database, "before")
    desk.page.reload()
    desk.page.locator(".segment.suggested").first.wait_for()
    desk.press("x")
    desk.page.context.set_offline(True)
    desk.save()
    desk.press("u")
    desk.page.wait_for_selector('#decision[data-position="12"] .segment.suggested')
    desk.press("n")
    desk.save()
    desk.page.context.set_offline(False)
    first, undo, second = desk.history()[-3:]
    assert (first["act"], undo["act"], second["act"]) == ("answer", "undo", "answer")
    assert second["suggestions"] == first["suggestions"] is not None


def test_what_was_said_before_the_classifier_stays_the_first_answer_after_an_undo(desk):
    label_by_rule(desk)
    suggest(desk.database, "after")
    desk.page.reload()
    desk.page.wait_for_load_state("networkidle")
    desk.press("x", "Enter")
    desk.page.locator(".segment.suggested").first.click()
    desk.save()
    desk.press("u")
    desk.page.wait_for_selector('#decision[data-position="12"]')
    desk.press("n")
    desk.save()
    row = desk.history()[-1]
    assert (row["act"], row["first_answers"]["stance"][0]["label"]) == ("answer", "unclear")


def test_enter_on_a_reason_gives_that_reason(desk):
    desk.press("s")
    desk.page.get_by_role("button", name="off topic").focus()
    desk.save("Enter")
    assert [(row["act"], row["reason"]) for row in desk.history()] == [("skip", "off-topic")]


def test_a_key_flags_the_sentence(desk):
    desk.press("a", "!")
    desk.save()
    assert desk.history()[0]["flagged"]
