"""What can be asserted of the looks: nothing cut off, focus in view, room for thumbs, directions, forced colours."""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from annotator.codebook.colours import contrast
from fixtures_browser import no_complaints
from furnished import PAGES, SAMPLE, UNBROKEN, Furnished, unit_of

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser

DESK, PHONE, SMALL = (1440, 900), (390, 844), (320, 640)
#: What is left of a desk's 1440 × 900 at 200 %, and of 1280 × 1024 at 400 %.
ENLARGED, MOST = (720, 450), (320, 256)
NOT_CUT = """() => {
  const panes = [document.documentElement, ...document.querySelectorAll("[data-desk], [data-desk] > *, .sections")];
  return panes.filter((pane) => pane.scrollWidth > pane.clientWidth + 1 && !pane.matches(".hidden"))
    .map((pane) => `${pane.tagName}.${pane.className}: ${pane.scrollWidth} > ${pane.clientWidth}`);
}"""
#: What lies upon another in the bar at the top.
OVERLAPPING = """() => {
  const parts = [...document.querySelectorAll(".bar > :is(.brand, .menu), .bar-end > *")]
    .map((part) => [part, part.getBoundingClientRect()]).filter(([, box]) => box.width > 1);
  const isUpon = ([, one], [, other]) => one.left < other.right - 1 && other.left < one.right - 1
    && one.top < other.bottom - 1 && other.top < one.bottom - 1;
  return parts.flatMap((one, place) => parts.slice(place + 1).filter((other) => isUpon(one, other))
    .map((other) => `${one[0].textContent.trim()} × ${other[0].textContent.trim()}`));
}"""
#: What has the focus, or the label that shows it: has it an outline, and is it what a finger would touch there?
FOCUSED = """() => {
  const active = document.activeElement;
  if (!active || active === document.body) return null;
  const shown = active.closest("label") ?? active;
  const box = active.getClientRects()[0];
  const lines = [active, shown, ...shown.querySelectorAll("span")].map((one) => getComputedStyle(one));
  const [x, y] = [box.left + Math.min(box.width, innerWidth) / 2, box.top + Math.min(box.height, 40) / 2];
  const top = document.elementFromPoint(x, y);
  return {
    name: `${active.tagName} ${active.name || active.textContent.trim().slice(0, 40)} at ${x | 0}, ${y | 0}`,
    hasOutline: lines.some((line) => line.outlineStyle !== "none" && parseFloat(line.outlineWidth) >= 2),
    isOnTop: Boolean(top) && (shown.contains(top) || top.contains(active)),
    isSave: active.matches("[data-save]"),
  };
}"""
SMALL_TARGETS = """([least, exempt]) => {
  const controls = "button, select, textarea, summary, .button, nav a, .bar a, input:not([type=hidden])";
  return [...document.querySelectorAll(controls)]
    .filter((one) => one.checkVisibility({ visibilityProperty: true }) && !one.matches(exempt))
    .map((one) => one.closest("label:has(> [type=checkbox], > [type=radio])") ?? one)
    .map((one) => [one, one.getBoundingClientRect()])
    .filter(([one, box]) => box.width > 1 && (box.height < least - 0.5 || box.width < 23.5))
    .map(([one, box]) => `${one.tagName}.${one.className} “${one.textContent.trim()}” ${box.width} × ${box.height}`);
}"""


@pytest.fixture
def page(signed_in_page: "Page") -> Iterator["Page"]:
    with no_complaints(signed_in_page):
        yield signed_in_page
    signed_in_page.emulate_media(color_scheme="light", forced_colors="none")
    resize(signed_in_page, DESK)


@pytest.fixture(scope="module")
def phone(chromium: "Browser", site: Furnished) -> Iterator["Page"]:
    """Open a page that is touched and not pointed at."""
    context = chromium.new_context(
        viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True, reduced_motion="reduce"
    )
    context.set_default_timeout(20_000)
    page = context.new_page()
    site.sign_in(page)
    yield page
    context.close()


def resize(page: "Page", size: tuple[int, int]) -> None:
    page.set_viewport_size({"width": size[0], "height": size[1]})


def open_many(site: Furnished, page: "Page") -> None:
    site.open_desk(page, "/projects/many", unit_of(site.database, "many", "The conference"))


def open_script(site: Furnished, page: "Page", words: str) -> None:
    site.open_desk(page, "/projects/scripts", unit_of(site.database, "scripts", words))


@pytest.mark.parametrize("path", [*PAGES.values(), "/projects/scripts/documents", "/projects/many/targets"])
def test_nothing_scrolls_sideways_or_is_cut_however_much_it_is_enlarged(site: Furnished, page: "Page", path: str):
    page.goto(site.address_of(path))
    for size in (DESK, ENLARGED, PHONE, SMALL, MOST):
        resize(page, size)
        assert page.evaluate(NOT_CUT) == [], size


def test_the_longer_words_of_german_cut_nothing_off(chromium: "Browser", site: Furnished, page: "Page"):
    context = chromium.new_context(locale="de-DE", storage_state=page.context.storage_state())
    german = context.new_page()
    names = ["adjudication.queue", "consensus.show_consensus", "agreement.show_agreement", "rounds.new_round"]
    names += [f"classifiers.{page_name}" for page_name in ("list_classifiers", "show_card", "compare")]
    for name in names:
        german.goto(site.address_of(PAGES[name]))
        assert german.locator("html").get_attribute("lang") == "de"
        for size in (PHONE, SMALL):
            resize(german, size)
            assert german.evaluate(NOT_CUT) == [], (name, size)
    context.close()


def test_nothing_in_the_bar_lies_upon_another_whatever_the_project_is_called(
    chromium: "Browser", site: Furnished, page: "Page"
):
    context = chromium.new_context(locale="de-DE", storage_state=page.context.storage_state())
    for shown in (page, context.new_page()):
        for path in (f"{SAMPLE}/classifiers", f"{SAMPLE}/label", f"{SAMPLE}/adjudication/unit"):
            shown.goto(site.address + path)
            for size in (DESK, ENLARGED, PHONE, SMALL):
                resize(shown, size)
                assert shown.evaluate(OVERLAPPING) == [], (path, size)
    context.close()


def test_nothing_that_is_opened_scrolls_the_classifiers_sideways(site: Furnished, page: "Page"):
    for path in ("/projects/graded/classifiers", PAGES["classifiers.show_card"]):
        page.goto(site.address + path)
        page.locator("details").evaluate_all("(all) => all.forEach((one) => one.setAttribute('open', ''))")
        for size in (DESK, ENLARGED, PHONE, SMALL):
            resize(page, size)
            assert page.evaluate(NOT_CUT) == [], (path, size)
    resize(page, DESK)
    page.goto(f"{site.address}/projects/graded/classifiers")
    page.locator("details").evaluate_all("(all) => all.forEach((one) => one.setAttribute('open', ''))")
    wide = "(all) => all.filter((one) => one.scrollWidth > one.clientWidth).map((one) => one.ariaLabel)"
    assert page.locator(".scroll").evaluate_all(wide) == []


@pytest.mark.parametrize("words", ["كتبت", "2026", "俄罗斯外交部", UNBROKEN[:30], "हिन्दी"])
def test_no_script_and_no_endless_word_scrolls_the_labelling_page_sideways(site: Furnished, page: "Page", words: str):
    open_script(site, page, words)
    page.keyboard.press("a")
    page.keyboard.press("w")
    page.keyboard.press("Enter")
    for size in (DESK, ENLARGED, PHONE, SMALL):
        resize(page, size)
        assert page.evaluate(NOT_CUT) == [], size


@pytest.mark.parametrize("path", [f"{SAMPLE}/label/{{unit}}", f"{SAMPLE}/documents", f"{SAMPLE}/settings"])
def test_wider_spacing_of_the_text_cuts_nothing_off(site: Furnished, page: "Page", path: str):
    """As in WCAG 1.4.12; made by script, since the page's policy allows no style from elsewhere."""
    page.goto(site.address_of(path))
    page.evaluate("""() => {
      const wide = new CSSStyleSheet();
      wide.replaceSync(`* { line-height: 1.5 !important; letter-spacing: 0.12em !important;
        word-spacing: 0.16em !important; } p { margin-bottom: 2em !important; }`);
      document.adoptedStyleSheets = [wide];
    }""")
    for size in (DESK, ENLARGED, PHONE, SMALL):
        resize(page, size)
        assert page.evaluate(NOT_CUT) == [], size
        cut = (
            "(all) => all.filter((one) => one.scrollHeight > one.clientHeight + 3).map((one) => one.textContent.trim())"
        )
        assert page.locator("button:visible, .button:visible, .option:visible").evaluate_all(cut) == [], size


@pytest.mark.parametrize("size", [DESK, (1000, 700), ENLARGED, PHONE, SMALL])
def test_the_buttons_are_in_view_beside_forty_targets_and_sixty_labels(
    site: Furnished, page: "Page", size: tuple[int, int]
):
    resize(page, size)
    open_many(site, page)
    assert page.locator("[data-row]").count() == 40
    for button in ("[data-save]", "[data-skip-box] summary", "[data-undo]"):
        assert page.locator(button).evaluate(
            "(one) => { const box = one.getBoundingClientRect();"
            " return one.contains(document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2)); }"
        ), button


@pytest.mark.parametrize("size", [DESK, ENLARGED, PHONE])
def test_the_target_at_hand_stays_in_view_while_forty_are_answered(
    site: Furnished, page: "Page", size: tuple[int, int]
):
    resize(page, size)
    open_many(site, page)
    page.keyboard.press("Tab")
    for _ in range(39):
        page.keyboard.press("n")
        assert page.evaluate(FOCUSED)["isOnTop"], page.evaluate(FOCUSED)
    assert page.locator("[data-row]").nth(39).evaluate("(row) => row.classList.contains('current')")


@pytest.mark.parametrize("size", [DESK, ENLARGED, PHONE])
def test_tab_goes_through_the_whole_page_and_what_has_the_focus_is_seen(
    site: Furnished, page: "Page", size: tuple[int, int]
):
    resize(page, size)
    site.open_desk(page, SAMPLE)
    page.locator(".suggested").first.wait_for()
    page.locator(".brand").focus()
    seen = []
    for _ in range(150):
        page.keyboard.press("Tab")
        focused = page.evaluate(FOCUSED)
        if focused is None:
            break
        seen.append(focused)
    assert not [one["name"] for one in seen if not one["hasOutline"]]
    assert not [one["name"] for one in seen if not one["isOnTop"]]
    assert any(one["isSave"] for one in seen)
    assert len(seen) > 40


def test_no_label_is_hidden_under_the_buttons_when_it_gets_the_focus(site: Furnished, page: "Page"):
    resize(page, ENLARGED)
    open_many(site, page)
    page.locator(".options input").first.focus()
    for _ in range(60):
        focused = page.evaluate(FOCUSED)
        assert focused["isOnTop"], focused["name"]
        page.keyboard.press("Tab")


def test_enlarged_four_times_the_buttons_scroll_with_the_page_and_can_be_reached(site: Furnished, page: "Page"):
    resize(page, MOST)
    site.open_desk(page, SAMPLE)
    page.locator("[data-save]").focus()
    assert page.evaluate(FOCUSED)["isOnTop"]
    assert page.locator(".decision .actions").evaluate("(one) => getComputedStyle(one).position") == "static"


# Room for fingers


@pytest.mark.parametrize("path", [path for path in PAGES.values() if "/meanings" not in path])
def test_controls_are_large_enough_for_thumbs_on_a_phone(site: Furnished, phone: "Page", path: str):
    phone.goto(site.address_of(path))
    assert phone.evaluate("matchMedia('(pointer: coarse)').matches")
    assert phone.evaluate(SMALL_TARGETS, [44, ".skip"]) == []


@pytest.mark.parametrize("path", [path for path in PAGES.values() if "/meanings" not in path])
def test_controls_are_large_enough_to_be_hit_with_a_mouse(site: Furnished, page: "Page", path: str):
    page.goto(site.address_of(path))
    assert page.evaluate(SMALL_TARGETS, [24, ".skip"]) == []


def test_answers_on_a_phone_are_large_enough_for_thumbs(site: Furnished, phone: "Page"):
    open_script(site, phone, "كتبت")
    phone.locator("[data-mark-words]").tap()
    phone.locator("[data-sentence] [data-i]").first.tap()
    phone.locator(".more").first.tap()
    phone.locator("[data-open-comment]").tap()
    phone.locator(".span-chip").wait_for()
    assert phone.evaluate(SMALL_TARGETS, [44, ".skip"]) == []
    assert phone.evaluate(NOT_CUT) == []
    phone.evaluate("document.querySelector('[data-comment]').value = ''")


def test_a_probability_on_a_phone_stands_below_its_label_and_breaks_neither(site: Furnished, phone: "Page"):
    site.open_desk(phone, SAMPLE)
    segment = phone.locator(".segment.suggested").first
    segment.locator("output").wait_for()
    label, share = (segment.locator(part).bounding_box() for part in ("span", "output"))
    assert label["y"] + label["height"] <= share["y"] + 1
    assert label["height"] < 30
    assert share["height"] < 30


# Directions


def test_a_right_to_left_text_is_right_to_left_and_the_page_around_it_is_not(site: Furnished, page: "Page"):
    open_script(site, page, "كتبت")
    direction = "(one) => getComputedStyle(one).direction"
    assert page.locator("[data-sentence]").evaluate(direction) == "rtl"
    assert page.locator(".turn > p").first.evaluate(direction) == "rtl"
    assert page.get_attribute("[data-sentence]", "lang") == "ar"
    assert page.locator(".text-head h2").evaluate(direction) == "rtl"
    assert page.locator("[data-desk]").evaluate(direction) == "ltr"
    assert page.locator('[data-row] bdi:text("أوكرانيا")').evaluate(direction) == "rtl"


def test_names_and_labels_find_their_own_direction(site: Furnished, page: "Page"):
    open_script(site, page, "2026")
    for selector in (".option > span", ".segment > span", ".question > legend"):
        assert page.locator(selector).first.evaluate("(one) => getComputedStyle(one).unicodeBidi") == "plaintext"
    page.goto(f"{site.address}/projects/scripts/documents")
    assert page.locator("tbody th").first.evaluate("(one) => getComputedStyle(one).unicodeBidi") == "plaintext"


def test_in_a_right_to_left_sentence_the_left_arrow_goes_on(site: Furnished, page: "Page"):
    open_script(site, page, "ראש")
    left = "(one) => one.getBoundingClientRect().left"
    page.keyboard.press("w")
    first = page.locator(".cursor").evaluate(left)
    page.keyboard.press("ArrowLeft")
    assert page.locator(".cursor").evaluate(left) < first
    page.keyboard.press("w")
    assert page.locator(".span-chip bdi").text_content() == "הממשלה"
    assert page.locator(".span-chip bdi").evaluate("(one) => getComputedStyle(one).direction") == "rtl"


def test_what_belongs_together_is_marked_as_one(site: Furnished, page: "Page"):
    """Letters with their accents and the joined faces of a family are not torn apart by marking words."""
    open_script(site, page, "никто")
    page.keyboard.press("w")
    page.keyboard.press("End")
    page.keyboard.press("Shift+Home")
    page.keyboard.press("w")
    pieces = page.locator("[data-sentence] > *").all_text_contents()
    assert not [piece for piece in pieces if re.match("[\u0300-\u036f\u200d]", piece)]


# Colours


def colour(page: "Page", selector: str, name: str) -> list[float]:
    """Return a computed colour as red, green, blue and opacity from 0 to 1."""
    told = page.locator(selector).first.evaluate("(one, name) => getComputedStyle(one).getPropertyValue(name)", name)
    numbers = [float(number) for number in re.findall(r"[\d.]+", told.removeprefix("color(srgb"))]
    numbers = numbers if told.startswith("color(") else [number / 255 for number in numbers[:3]] + numbers[3:]
    return [*numbers, 1.0][:4]


def hexadecimal(parts: list[float]) -> str:
    return "#" + "".join(f"{round(part * 255):02x}" for part in parts[:3])


def test_what_is_picked_is_seen_in_the_dark_whatever_colour_the_label_has(site: Furnished, page: "Page"):
    page.emulate_media(color_scheme="dark")
    open_many(site, page)
    page.evaluate("document.querySelectorAll('.options input').forEach((one) => (one.checked = true))")
    card = hexadecimal(colour(page, ".desk > .middle", "background-color"))
    for number in range(1, 31):
        edge = colour(page, f".options .option:nth-of-type({number})", "border-top-color")
        assert contrast(hexadecimal(edge), card) >= 3, number


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_forced_colours_still_tell_what_is_picked_suggested_lit_and_marked(site: Furnished, page: "Page", scheme: Any):
    page.emulate_media(color_scheme=scheme, forced_colors="active")
    site.open_desk(page, SAMPLE)
    page.locator(".suggested").first.wait_for()
    for key in ("a", "1", "w", "w", "ArrowRight"):
        page.keyboard.press(key)
    picked = {
        selector: colour(page, f"{selector}:has(input:checked)", "background-color")
        for selector in (".segment", ".option")
    }
    picked[".holder"] = colour(page, ".holder input:checked + span", "background-color")
    assert len({tuple(one) for one in picked.values()}) == 1
    assert all(one != colour(page, ".option:not(:has(input:checked))", "background-color") for one in picked.values())
    style = "(one, name) => getComputedStyle(one)[name]"
    assert page.locator(".suggested:not(:has(input:checked))").first.evaluate(style, "outlineStyle") == "dashed"
    assert page.locator(".sentence-link[aria-current]").evaluate(style, "outlineStyle") == "solid"
    assert page.locator(".cursor").first.evaluate(style, "outlineStyle") == "solid"
    assert colour(page, ".sentence .marked", "background-color") != colour(page, ".sentence", "background-color")
    assert page.locator(".speaks-for").first.evaluate(style, "borderBottomStyle") == "solid"
    assert page.locator(".bar progress").evaluate(style, "borderTopStyle") == "solid"
    current, other = (
        colour(page, f".sections a{which}", "border-bottom-color")
        for which in ("[aria-current]", ":not([aria-current])")
    )
    assert current != other
    assert (
        page.locator(".row.current .row-name").evaluate("(one) => getComputedStyle(one, '::before').content") != "none"
    )


def test_the_save_state_has_another_sign_and_not_only_another_colour(site: Furnished, page: "Page"):
    site.open_desk(page, SAMPLE)
    sign = "(one) => getComputedStyle(one, '::before').content"
    state = page.locator("[data-save-state]")
    saved = state.evaluate(sign)
    assert state.get_attribute("data-state") == "saved"
    for trouble in ("offline", "waiting", "barred", "signed-out", "refused", "memory"):
        state.evaluate("(one, trouble) => (one.dataset.state = trouble)", trouble)
        assert state.evaluate(sign) not in ("none", saved), trouble


def test_nothing_moves_for_those_who_asked_for_that(site: Furnished, page: "Page"):
    site.open_desk(page, SAMPLE)
    moving = page.evaluate("""() => [...document.querySelectorAll("*")].filter((one) => {
      const style = getComputedStyle(one);
      const isSlow = style.transitionProperty !== "none" && parseFloat(style.transitionDuration) > 0;
      return isSlow || style.animationName !== "none";
    }).map((one) => one.className || one.tagName)""")
    assert moving == []
