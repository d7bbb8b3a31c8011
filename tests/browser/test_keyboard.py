"""The dashboard for those without a mouse, or who do not see it: axe, the keyboard, what is said.

One page of one server; the tests go on from where the one before has left it.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from auralis_lab.io.sink import AudioSink, encoding_for
from auralis_lab.io.tags import Tags, write_tags
from tests.browser.conftest import free_port, start_server, stop_server
from tests.browser.listening import noise
from tests.browser.test_dashboard import SERVE

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser

RATE_HZ = 44_100
WAIT_MS = 30_000
TITLES = ("Alder", "Birch", "Cedar", "Dogwood")
SAID = "document.querySelector('.auralis-said')"
PLAYING = ".auralis-player[data-state=playing]"


@pytest.fixture(scope="module")
def page(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    """The dashboard over four tracks of half a minute; errors of the page fail the module."""
    home = tmp_path_factory.mktemp("access")
    (home / "Music").mkdir()
    for number, title in enumerate(TITLES):
        path = home / "Music" / f"{number}.flac"
        encoding = encoding_for(path, source_bits=16)
        with AudioSink(path, rate_hz=RATE_HZ, channels=2, encoding=encoding) as sink:
            sink.write(noise(30.0, seed=number))
        write_tags(path, Tags(title=title, artists=(f"Artist {number}",), album="Trees"), ())
    port = free_port()
    url = f"http://127.0.0.1:{port}/"
    command = [sys.executable, "-c", SERVE, str(home / "Music"), str(port)]
    server: subprocess.Popen[bytes] = start_server(command, f"{url}voila/static/voila.js", home)
    errors: list[str] = []
    made = chromium.new_page(viewport={"width": 1440, "height": 900})
    made.on("pageerror", lambda error: errors.append(str(error)))
    made.goto(url)
    made.wait_for_selector(".au-cell-library .au-row", timeout=WAIT_MS)
    yield made
    made.close(run_before_unload=True)
    stop_server(server)
    assert errors == []


def focused(page: Page) -> str:
    return str(
        page.evaluate(
            """() => { const e = document.activeElement;
                return e === document.body ? "" : e.getAttribute("aria-label")
                    || e.labels?.[0]?.textContent || e.value || e.textContent.trim(); }"""
        )
    )


def tab_to(page: Page, name: str) -> None:
    """Press Tab until a control has the focus."""
    passed = []
    for _ in range(90):
        page.keyboard.press("Tab")
        passed.append(focused(page))
        if passed[-1] == name:
            return
    pytest.fail(f"{name!r} is not reached by the Tab key, but {passed}")


def wait_for(page: Page, condition: str, arg: Any = None) -> None:
    """Wait until an expression or a function holds; the page forbids those that poll in it."""
    deadline_s = time.monotonic() + WAIT_MS / 1000
    while not page.evaluate(condition, arg):
        assert time.monotonic() < deadline_s, (condition, arg)
        page.wait_for_timeout(50)


def state(page: Page) -> dict[str, str]:
    found: dict[str, str] = page.locator(".auralis-player").evaluate("e => ({...e.dataset})")
    return found


def wait_for_queue(page: Page, *expected: str) -> None:
    wait_for(
        page,
        """expected => [...document.querySelectorAll(".au-queue .au-row")]
            .sort((a, b) => a.dataset.place - b.dataset.place)
            .map(row => row.querySelector(".au-title").textContent).join() === expected.join()""",
        list(expected),
    )


def test_a_track_is_found_and_played_from_the_search_field(page: Page) -> None:
    page.locator(".au-cell-library .au-field").focus()
    page.keyboard.type("birch")
    wait_for(page, "document.querySelectorAll('.au-cell-library .au-row').length === 1")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_selector(PLAYING, timeout=WAIT_MS)
    assert page.title() == "Birch · Artist 1 – Auralis Lab"
    assert focused(page) == "Tracks"
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Escape")
    wait_for(page, "document.querySelectorAll('.au-cell-library .au-row').length === 4")


def test_rows_are_chosen_together_and_queued_by_the_keyboard(page: Page) -> None:
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Shift+ArrowDown")
    page.keyboard.press("Shift+ArrowDown")
    page.wait_for_selector(".au-chosen:not([hidden])")
    assert page.locator(".au-chosen [role=status]").inner_text() == "3 chosen"
    chosen = page.locator(".au-cell-library [role=option][aria-selected=true] .au-title")
    assert chosen.all_inner_texts() == ["Alder", "Birch", "Cedar"]
    page.keyboard.press("a")
    wait_for_queue(page, "Birch", "Alder", "Birch", "Cedar")
    page.keyboard.press("Control+z")
    wait_for_queue(page, "Birch")
    page.keyboard.press("a")
    wait_for_queue(page, "Birch", "Alder", "Birch", "Cedar")
    hearts = "document.querySelectorAll('.au-cell-library .au-row[data-favourite]').length"
    for count in (3, 0):
        page.keyboard.press("f")
        wait_for(page, f"{hearts} === {count}")
    page.keyboard.press("Escape")
    page.wait_for_selector(".au-chosen", state="hidden")
    assert focused(page) == "Tracks"


def test_the_menu_of_a_row_makes_favourites_and_gives_stars(page: Page) -> None:
    page.keyboard.press("m")
    page.wait_for_selector(".au-menu [role=menuitem]")
    while focused(page) != "1 star":
        page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowRight")
    assert focused(page) == "2 stars"
    page.keyboard.press("4")
    assert focused(page) == "4 stars"
    checked = page.locator(".au-menu [role=menuitemradio][aria-checked=true]")
    assert checked.get_attribute("aria-label") == "4 stars"
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowUp")
    assert focused(page) == "4 stars"
    page.keyboard.press("Escape")
    assert focused(page) == "Tracks"
    page.keyboard.press("f")
    page.wait_for_selector(".au-cell-library .au-row[data-favourite]")
    assert page.locator(".au-hint[role=status]").inner_text().endswith("is now a favourite")
    assert focused(page) == "Tracks"


def test_the_sound_is_steered_by_keys_on_its_controls(page: Page) -> None:
    tab_to(page, "Position")
    before = int(state(page)["position"])
    page.keyboard.press("ArrowRight")
    wait_for(
        page,
        "at => Number(document.querySelector('.auralis-player').dataset.position) > at",
        before + 4 * RATE_HZ,
    )
    spoken = page.evaluate("document.activeElement.getAttribute('aria-valuetext')")
    assert spoken.endswith("of 30 seconds"), spoken
    page.keyboard.press("l")
    wait_for(page, f"{SAID}.textContent.startsWith('Loop begins at 0:')")
    page.keyboard.press("PageDown")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("l")
    wait_for(page, f"/Loop from 0:\\d\\d to 0:/.test({SAID}.textContent)")
    page.keyboard.press("l")
    wait_for(page, f"{SAID}.textContent === 'Loop off'")
    tab_to(page, "Pause")
    page.keyboard.press("Space")
    page.wait_for_selector(".auralis-player[data-state=paused]")
    assert page.title() == "Auralis Lab"
    page.keyboard.press("Space")
    page.wait_for_selector(PLAYING)
    tab_to(page, "Volume")
    page.keyboard.press("ArrowLeft")
    assert page.evaluate("Number(document.activeElement.value)") < 1
    tab_to(page, "Enhance")
    page.keyboard.press("Space")
    page.wait_for_selector(".auralis-enhance[aria-checked=false]")
    page.keyboard.press("3")
    wait_for(page, f"{SAID}.textContent.startsWith('warm is chosen')")
    page.keyboard.press("1")
    page.keyboard.press("Space")
    tab_to(page, "adaptive")
    page.keyboard.press("ArrowRight")
    page.wait_for_selector(".auralis-presets input[value=gentle]:checked", state="attached")
    tab_to(page, "Intensity")
    page.keyboard.press("ArrowLeft")
    assert page.evaluate("Number(document.activeElement.value)") < 100


def test_a_blind_test_is_taken_by_the_keyboard(page: Page) -> None:
    page.keyboard.press("r")
    page.keyboard.press("r")  # this track, over and over
    tab_to(page, "Compare")
    page.keyboard.press("Space")
    wait_for(
        page,
        "document.querySelector('.auralis-matched').textContent.match(/Matched|Equally/)",
    )
    for key in ("a", "b", "x"):
        page.keyboard.press(key)
    tab_to(page, "Blind test")
    page.keyboard.press("Enter")
    page.keyboard.press("3")
    wait_for(page, f"{SAID}.textContent.includes('keeps the sound as it is')")
    locked = page.locator(".auralis-sound input")
    assert all(each.is_disabled() for each in locked.all())
    assert page.locator(".auralis-presets input:checked").get_attribute("value") == "gentle"
    tab_to(page, "X is A")
    rests = "document.activeElement.getAttribute('aria-disabled') === 'true'"
    wait_for(page, f"!({rests})")
    for _ in range(5):
        page.keyboard.press("Enter")
    wait_for(page, "document.querySelector('.auralis-score').textContent.includes('of 1')")
    assert focused(page) == "X is A"
    assert page.evaluate(f"{rests} && document.activeElement.title") == "Listen to X first"
    page.locator(".auralis-blind").click()
    page.locator(".auralis-blind").click()
    assert page.locator(".auralis-score").inner_text().endswith("No answer yet")
    kept = page.locator(".auralis-saves [role=status]")
    assert kept.inner_text() == "The answer before can be saved until the next one."
    assert page.get_by_role("button", name="Save trials as CSV").is_enabled()
    page.keyboard.press("c")
    page.wait_for_selector(".auralis-compare[aria-checked=false]")
    assert locked.first.is_enabled()


def test_the_queue_is_put_in_order_and_back_by_the_keyboard(page: Page) -> None:
    tab_to(page, "Queue")  # its tab
    tab_to(page, "Queue")  # its list
    assert page.evaluate("document.activeElement.getAttribute('role')") == "listbox"
    page.keyboard.press("End")
    page.keyboard.press("Alt+ArrowUp")
    wait_for_queue(page, "Birch", "Alder", "Cedar", "Birch")
    page.keyboard.press("Delete")
    wait_for_queue(page, "Birch", "Alder", "Birch")
    page.keyboard.press("Control+z")
    page.keyboard.press("Control+z")
    wait_for_queue(page, "Birch", "Alder", "Birch", "Cedar")
    assert focused(page) == "Queue"
    assert page.locator(".au-queue [role=status]").inner_text() == "Undone"


def test_the_help_names_the_keys_of_every_panel_and_gives_the_focus_back(page: Page) -> None:
    page.keyboard.press("?")
    heads = page.locator("dialog[open] h3").all_inner_texts()
    assert {"Player", "In the library", "In the queue", "In the waveform"} <= set(heads)
    page.keyboard.press("Escape")
    assert focused(page) == "Queue"
    page.keyboard.press("/")
    assert focused(page) == "Search the library"


def test_the_slider_leads_to_the_very_end_and_speaks_of_it(page: Page) -> None:
    page.keyboard.press("Escape")
    slider = page.locator(".auralis-stage input")
    slider.focus()
    page.keyboard.press("s")
    page.keyboard.press("End")
    wait_for(page, "document.querySelector('.auralis-stage input').value === '30'")
    assert slider.get_attribute("aria-valuetext") == "30 seconds of 30 seconds"
    page.keyboard.press("Home")
    wait_for(page, "document.querySelector('.auralis-stage input').value === '0'")
    page.keyboard.press("Space")


def test_a_row_is_dragged_from_the_library_to_its_place_in_the_queue(page: Page) -> None:
    row = page.locator(".au-cell-library .au-row", has_text="Dogwood")
    second = page.locator(".au-queue .au-row[data-place='1']")
    row.drag_to(second, target_position={"x": 60, "y": 6})
    wait_for_queue(page, "Birch", "Dogwood", "Alder", "Birch", "Cedar")
    assert page.locator(".au-queue .au-drop").is_hidden()


def test_what_is_said_by_itself_does_not_chatter_while_a_track_plays(page: Page) -> None:
    page.get_by_role("tab", name="Meters", exact=True).click()
    page.wait_for_selector(PLAYING, timeout=WAIT_MS)
    page.locator(".auralis-stage input").press("Home")
    page.wait_for_timeout(1000)
    said = page.evaluate(
        """() => new Promise(done => {
            const said = [];
            const watch = new MutationObserver(changes => changes.forEach(({ target }) => {
                const region = (target.nodeType === 1 ? target : target.parentElement)
                    ?.closest("[role=status], [role=alert], [aria-live]");
                if (region?.textContent) said.push(region.className + ": " + region.textContent);
            }));
            watch.observe(document.body, { subtree: true, childList: true, characterData: true });
            setTimeout(() => { watch.disconnect(); done(said); }, 3500);
        })"""
    )
    assert said == []
    level = page.get_by_role("meter", name="Integrated loudness since playing began")
    assert "LUFS" in str(level.get_attribute("aria-valuetext"))
    limiter = page.get_by_role("meter", name="Gain reduction of the limiter")
    assert "decibels" in str(limiter.get_attribute("aria-valuetext"))


def findings(
    page: Page, rules: tuple[str, ...], within: str = "body"
) -> list[tuple[str, str, list[Any]]]:
    """What axe calls serious or critical."""
    from axe_playwright_python.sync_playwright import Axe

    options = {"resultTypes": ["violations"]} | ({"runOnly": rules} if rules else {})
    response = Axe().run(page, context=within, options=options).response
    return [
        (rule["impact"], rule["id"], [node["target"] for node in rule["nodes"]][:5])
        for rule in response["violations"]
        if rule["impact"] in ("serious", "critical")
    ]


@pytest.mark.parametrize(
    ("scheme", "rules"),
    [
        ("light", ()),
        pytest.param("dark", ("color-contrast",), marks=pytest.mark.slow),
    ],
)
def test_axe_finds_nothing_serious_in_any_panel_or_overlay(
    page: Page, scheme: Any, rules: tuple[str, ...]
) -> None:
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    if not page.locator(PLAYING).count():
        page.locator(".au-cell-library .au-row").first.dblclick()
    page.wait_for_selector(PLAYING, timeout=WAIT_MS)
    found = {}
    for tab in ("Queue", "Meters", "Why", "Health"):
        page.get_by_role("tab", name=tab, exact=True).click()
        if tab == "Why":
            page.wait_for_selector(".au-insight[data-state=ready]", timeout=WAIT_MS)
            page.locator(".au-why-more summary").click()
        page.wait_for_timeout(300)
        found[tab] = findings(page, rules, "body" if tab == "Queue" else ".au-side")
    page.locator(".au-why-more summary").evaluate("e => e.click()")
    options = page.locator(".auralis-options summary")
    filters = page.get_by_role("button", name="Filters")
    options.click()
    filters.click()
    page.wait_for_selector(".au-facet")
    found["options"] = findings(page, rules, ".au-cell-stage")
    found["filters"] = findings(page, rules, ".au-library")
    options.click()
    filters.click()
    page.locator(".au-cell-library .au-row").first.click(button="right")
    page.wait_for_selector(".au-menu [role=menuitem]")
    found["menu"] = findings(page, rules, ".au-menu")
    page.keyboard.press("Escape")
    page.keyboard.press("Control+a")
    page.wait_for_selector(".au-chosen:not([hidden])")
    found["chosen rows"] = findings(page, rules, ".au-library")
    page.keyboard.press("Escape")
    page.locator(".au-now-title").click()
    page.keyboard.press("?")
    page.wait_for_selector("dialog[open]")
    found["help"] = findings(page, rules, ".auralis-help")
    page.keyboard.press("Escape")
    for tab, listed in (("Albums", ".au-album-item"), ("History", ".au-played, .au-note")):
        page.get_by_role("tab", name=tab).click()
        page.wait_for_selector(f".au-cell-library :is({listed}) >> visible=true")
        found[tab] = findings(page, rules, ".au-library")
    page.get_by_role("tab", name="Tracks").click()
    page.locator(".au-cell-library .au-field").fill("no such thing")
    page.wait_for_selector(".au-cell-library .au-note:not([hidden])")
    found["nothing found"] = findings(page, rules, ".au-library")
    page.locator(".au-cell-library .au-clear").click()
    page.locator(".auralis-compare").click()
    page.wait_for_selector(".auralis-blind:visible")
    page.locator(".auralis-blind").click()
    found["blind test"] = findings(page, rules, ".au-cell-stage")
    page.locator(".auralis-compare").click()
    assert {place: what for place, what in found.items() if what} == {}
