"""The queue and the library in a real browser, used by keys and by mouse."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest

from tests.browser.conftest import free_port, start_server, stop_server
from tests.browser.test_dashboard import SERVE, TITLES, WAIT_MS, write_library

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator, Page

pytestmark = pytest.mark.browser

LIBRARY_ROW = ".au-library .au-items .au-row"
QUEUE_LIST = ".au-queue .au-list"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A player over five files of one album; its address."""
    home = tmp_path_factory.mktemp("queue")
    write_library(home / "Music")
    port = free_port()
    url = f"http://127.0.0.1:{port}/"
    command = [sys.executable, "-c", SERVE, str(home / "Music"), str(port)]
    process: subprocess.Popen[bytes] = start_server(command, f"{url}voila/static/voila.js", home)
    yield url
    stop_server(process)


@pytest.fixture
def open_page(chromium: Browser, server: str) -> Iterator[Callable[..., Page]]:
    """Open the dashboard; errors of its scripts fail the test."""
    errors: list[str] = []
    pages: list[Page] = []

    def open_it(width: int = 1440) -> Page:
        page = chromium.new_page(viewport={"width": width, "height": 900})
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(server)
        page.wait_for_selector(LIBRARY_ROW, timeout=WAIT_MS)
        pages.append(page)
        return page

    yield open_it
    for page in pages:
        page.close(run_before_unload=True)
    assert errors == []


def queued(page: Page) -> Locator:
    """Titles in the queue, in the order of the page's elements."""
    return page.locator(".au-queue .au-row .au-title")


def expect_queue(page: Page, *titles: str) -> None:
    from playwright.sync_api import expect

    expect(queued(page)).to_have_text(list(titles), timeout=WAIT_MS)


def fill_queue(page: Page, *places: int) -> list[str]:
    """Empty the queue and add rows of the library to it; their titles."""
    clear = page.locator(".au-queue").get_by_label("Clear the queue")
    if clear.is_enabled():
        clear.click()
        page.wait_for_selector(".au-queue .au-note:not([hidden])")
    rows = page.locator(LIBRARY_ROW)
    for place in places:
        rows.nth(place).click(button="right")
        page.get_by_role("menuitem", name="Add to queue").click()
    wanted = [rows.nth(place).locator(".au-title").inner_text() for place in places]
    expect_queue(page, *wanted)
    return wanted


def test_the_queue_is_changed_by_keys_and_says_what_was_done(
    open_page: Callable[..., Page],
) -> None:
    page = open_page()
    a, b, c, d = fill_queue(page, 0, 1, 2, 3)
    page.locator(QUEUE_LIST).focus()
    page.keyboard.press("Home")
    page.keyboard.press("Alt+ArrowDown")
    expect_queue(page, b, a, c, d)
    assert page.locator(".au-queue [role=status]").inner_text() == f"{a}: place 2 of 4"
    page.keyboard.press("Alt+ArrowDown")
    expect_queue(page, b, c, a, d)
    page.keyboard.press("Delete")
    expect_queue(page, b, c, d)
    page.keyboard.press("Control+z")
    expect_queue(page, b, c, a, d)
    page.keyboard.press("Home")
    page.keyboard.press("n")  # after the one that is current since the first was taken out
    expect_queue(page, c, a, d, b)
    active = page.locator(QUEUE_LIST).get_attribute("aria-activedescendant")
    assert page.locator(f"#{active} .au-title").inner_text() == b


def test_a_row_is_dragged_to_another_place(open_page: Callable[..., Page]) -> None:
    page = open_page()
    a, b, c = fill_queue(page, 0, 1, 2)
    rows = page.locator(".au-queue .au-row")
    rows.nth(2).scroll_into_view_if_needed()
    start, end = rows.nth(2).bounding_box(), rows.nth(0).bounding_box()
    assert start
    assert end
    page.mouse.move(start["x"] + 200, start["y"] + 20)
    page.mouse.down()
    page.mouse.move(end["x"] + 200, end["y"] + 30, steps=5)
    page.mouse.move(end["x"] + 200, end["y"] + 3, steps=3)
    page.mouse.up()
    expect_queue(page, c, a, b)
    assert page.locator(".au-dragged").count() == 0

    library = page.locator(LIBRARY_ROW).nth(1).bounding_box()
    assert library
    page.mouse.move(end["x"] + 200, end["y"] + 20)
    page.mouse.down()
    page.mouse.move(end["x"] + 200, start["y"] + 40, steps=5)
    assert page.locator(".au-queue .au-drop").is_visible()
    page.mouse.move(library["x"] + 100, start["y"] + 40, steps=5)
    assert page.locator(".au-queue .au-drop").is_hidden()
    page.mouse.up()
    page.wait_for_timeout(300)
    expect_queue(page, c, a, b)


def test_what_is_mentioned_goes_with_the_next_thing_done(open_page: Callable[..., Page]) -> None:
    from playwright.sync_api import expect

    page = open_page()
    page.locator(LIBRARY_ROW).nth(4).click(button="right")
    page.get_by_role("menuitem", name="Sounds like this").click()
    hint = page.locator(".au-library .au-hint")
    expect(hint).to_contain_text("not measured yet", timeout=WAIT_MS)
    page.locator(LIBRARY_ROW).nth(1).click()
    expect(hint).to_be_hidden(timeout=2_000)


def test_a_reloaded_page_has_the_queue_and_stands_where_it_was(
    open_page: Callable[..., Page],
) -> None:
    page = open_page()
    wanted = fill_queue(page, 0, 1, 2)
    queued(page).nth(1).dblclick()
    page.wait_for_selector(".au-queue [data-current]", timeout=WAIT_MS)
    page.wait_for_selector(".auralis-player[data-state=playing]", timeout=WAIT_MS)
    page.locator(".auralis-player").get_by_label("Pause").click()
    page.wait_for_timeout(1_500)
    again = open_page()
    expect_queue(again, *wanted)
    assert again.locator(".au-queue [data-current] .au-title").inner_text() == wanted[1]
    assert again.locator(".au-now-title").inner_text() == wanted[1]
    assert again.locator(".auralis-player").get_attribute("data-state") != "playing"


def test_a_reloaded_page_sounds_as_was_chosen(open_page: Callable[..., Page]) -> None:
    from playwright.sync_api import expect

    page = open_page()
    expect(page.get_by_role("radio", name="adaptive")).to_be_checked()
    page.get_by_role("radio", name="warm").check(force=True)
    page.locator(".auralis-options summary").click()
    page.get_by_label("Same level").select_option("track")
    page.get_by_label("Crossfade between tracks").fill("4.5")
    page.get_by_label("Volume").fill("0.4")
    page.wait_for_timeout(500)  # nothing is under way
    page.reload()
    page.wait_for_selector(LIBRARY_ROW, timeout=WAIT_MS)
    expect(page.get_by_role("radio", name="warm")).to_be_checked()
    page.locator(".auralis-options summary").click()
    expect(page.get_by_label("Same level")).to_have_value("track")
    expect(page.get_by_label("Crossfade between tracks")).to_have_value("4.5")
    expect(page.get_by_label("Volume")).to_have_value("0.4")


def test_what_the_browser_kept_and_makes_no_sense_is_left(open_page: Callable[..., Page]) -> None:
    from playwright.sync_api import expect

    page = open_page()
    kept = '{"preset": "loudest", "volume": 7, "crossfade_s": "3", "intensity": 0.5}'
    page.evaluate("text => localStorage.setItem('auralis-listening', text)", kept)
    page.wait_for_timeout(500)  # nothing is under way
    page.reload()
    page.wait_for_selector(LIBRARY_ROW, timeout=WAIT_MS)
    expect(page.get_by_label("Intensity")).to_have_value("0.5")
    expect(page.get_by_role("radio", name="adaptive")).to_be_checked()
    expect(page.get_by_label("Volume")).to_have_value("1")
    page.evaluate("localStorage.setItem('auralis-listening', '{')")
    page.wait_for_timeout(500)  # nothing is under way
    page.reload()
    page.wait_for_selector(LIBRARY_ROW, timeout=WAIT_MS)
    expect(page.get_by_label("Intensity")).to_have_value("1")


def test_an_album_plays_and_its_tracks_follow_each_other(open_page: Callable[..., Page]) -> None:
    from playwright.sync_api import expect

    page = open_page()
    fill_queue(page)
    page.get_by_role("tab", name="Albums").click()
    page.locator(".au-album-open").click()
    acts = page.locator(".au-dos button")
    assert len({acts.nth(n).evaluate("e => e.offsetTop") for n in range(3)}) == 1  # one row
    page.locator(".au-album-top").get_by_role("button", name="Play", exact=True).click()
    page.wait_for_selector(".auralis-player[data-state=playing]", timeout=WAIT_MS)
    expect(queued(page)).to_have_count(len(TITLES), timeout=WAIT_MS)
    first = page.locator(".au-queue [data-current] .au-title").inner_text()
    page.wait_for_selector(".au-queue .au-row[data-place='1'][data-current]", timeout=WAIT_MS)
    assert page.locator(".au-queue [data-current] .au-title").inner_text() != first


def test_favourites_are_made_by_a_key_and_found(open_page: Callable[..., Page]) -> None:
    from playwright.sync_api import expect

    page = open_page()
    page.locator(".au-library .au-list").first.focus()
    page.keyboard.press("Home")
    page.keyboard.press("ArrowDown")
    title = page.locator(LIBRARY_ROW).nth(1).locator(".au-title").inner_text()
    page.keyboard.press("m")
    fill = "e => getComputedStyle(e.querySelector('svg')).fill"
    assert page.get_by_role("menuitem", name="Favourite").evaluate(fill) == "none"
    page.get_by_role("menuitemradio", name="4 stars").click()
    page.keyboard.press("Escape")
    page.keyboard.press("f")
    page.wait_for_selector(f"{LIBRARY_ROW}[data-favourite]")
    row = page.get_by_role("option", name=re.compile(f"^{re.escape(title)}.*favourite, 4 stars$"))
    expect(row).to_have_count(1)
    page.keyboard.press("m")
    assert page.get_by_role("menuitem", name="No longer a").evaluate(fill) != "none"
    page.keyboard.press("Escape")
    only = page.get_by_label("Favourites only")
    assert only.evaluate(fill) == "none"
    only.click()
    assert only.evaluate(fill) != "none"
    expect(page.locator(f"{LIBRARY_ROW} .au-title")).to_have_text([title], timeout=WAIT_MS)


def test_a_facet_narrows_the_list_and_its_chip_takes_it_away(
    open_page: Callable[..., Page],
) -> None:
    from playwright.sync_api import expect

    page = open_page()
    page.get_by_role("button", name="Filters", exact=True).click()
    height = "e => e.getBoundingClientRect().height"
    filters, whole = page.locator(".au-facets"), page.locator(".au-library")
    for width in (360, 1440):
        page.set_viewport_size({"width": width, "height": 900})
        assert filters.evaluate(height) <= whole.evaluate(height) / 2
    page.locator(".au-value", has_text="Artist 3").click()
    expect(page.locator(f"{LIBRARY_ROW} .au-title")).to_have_text([TITLES[3]], timeout=WAIT_MS)
    page.locator(".au-library .au-field").fill("no such thing")
    nothing = page.get_by_role("group", name="Artist").get_by_role("button", name="Artist 3 0")
    expect(nothing).to_have_attribute("aria-pressed", "true", timeout=WAIT_MS)
    nothing.focus()
    page.keyboard.press("Escape")
    assert page.locator(".au-facets").is_hidden()
    assert page.evaluate("document.activeElement.ariaLabel") == "Filters"
    page.locator(".au-library .au-clear").click()
    page.get_by_label("Without Artist 3").click()
    expect(page.locator(LIBRARY_ROW)).to_have_count(len(TITLES), timeout=WAIT_MS)


@pytest.mark.parametrize("width", [360, 1600])
def test_nothing_reaches_over_the_edge(open_page: Callable[..., Page], width: int) -> None:
    page = open_page(width)
    places = set()
    for tab in ("Albums", "History", "Tracks"):
        page.get_by_role("tab", name=tab).click()
        page.wait_for_timeout(300)
        places.add(page.get_by_role("tab", name=tab).evaluate("e => e.getBoundingClientRect().top"))
        over = page.evaluate(
            """() => [...document.querySelectorAll('.au-library *, .au-queue *')].filter((e) => {
                const box = e.getBoundingClientRect();
                return box.width && box.right > innerWidth + 1 && !e.closest('svg');
            }).map((e) => e.className)"""
        )
        assert over == []
    assert len(places) == 1
