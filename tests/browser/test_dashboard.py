"""The dashboard in a real browser: the page as a visitor meets it, over a library of real files."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from auralis_lab.io.sink import AudioSink, encoding_for
from auralis_lab.io.tags import Tags, write_tags
from tests.browser.conftest import free_port, start_server, stop_server
from tests.browser.listening import noise

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser

RATE_HZ = 44_100
WAIT_MS = 90_000
EVIL = '<img src=x onerror="window.broken = true">'
TITLES = ("Ærø in June", "Zebra Crossing", EVIL, "Second Zebra", "水の庭 🎧")

SERVE = """
import sys
from pathlib import Path
import auralis_lab
from auralis_lab.player import voila_app
from auralis_lab.player.server import serve
voila_app.REFILL_AFTER_S = 1.0
with auralis_lab.open_lab(sys.argv[1]) as lab:
    lab.scan()
sys.exit(serve(Path(sys.argv[1]), port=int(sys.argv[2]), open_browser=False))
"""


def write_library(folder: Path) -> None:
    folder.mkdir()
    for number, title in enumerate(TITLES):
        path = folder / f"{number}.flac"
        with AudioSink(
            path, rate_hz=RATE_HZ, channels=2, encoding=encoding_for(path, source_bits=16)
        ) as sink:
            sink.write(noise(3.0, seed=number))
        write_tags(path, Tags(title=title, artists=(f"Artist {number}",), album="Tests"), ())


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A player over five files; its address."""
    home = tmp_path_factory.mktemp("dashboard")
    write_library(home / "Music")
    port = free_port()
    url = f"http://127.0.0.1:{port}/"
    command = [sys.executable, "-c", SERVE, str(home / "Music"), str(port)]
    process: subprocess.Popen[bytes] = start_server(command, f"{url}voila/static/voila.js", home)
    yield url
    stop_server(process)


@pytest.fixture
def open_page(chromium: Browser, server: str) -> Iterator[Callable[..., Page]]:
    """Open the dashboard; errors and requests to other hosts fail the test."""
    complaints: list[str] = []
    strangers: list[str] = []
    pages: list[Page] = []

    def open_it(width: int = 1440, height: int = 900) -> Page:
        page = chromium.new_page(viewport={"width": width, "height": height})
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on(
            "console",
            lambda line: complaints.append(line.text) if line.type == "error" else None,
        )
        page.on(
            "request",
            lambda request: strangers.append(request.url) if is_strange(request.url) else None,
        )
        page.goto(server)
        page.wait_for_selector(".au-cell-library .au-row", timeout=WAIT_MS)
        pages.append(page)
        return page

    def is_strange(url: str) -> bool:
        return url.startswith("http") and not url.startswith(server)

    yield open_it
    for page in pages:
        page.close(run_before_unload=True)
    assert complaints == []
    assert strangers == []


def titles(page: Page) -> list[str]:
    return page.locator(".au-cell-library .au-title").all_inner_texts()


def expect_titles(page: Page, *expected: str) -> None:
    """Wait until the list shows these, in this order."""
    from playwright.sync_api import expect

    expect(page.locator(".au-cell-library .au-title")).to_have_text(list(expected), timeout=WAIT_MS)


def test_the_page_is_found_filtered_and_ordered(open_page: Callable[..., Page]) -> None:
    page = open_page()
    assert page.title() == "Auralis Lab"
    assert page.locator("main").count() == 1
    assert page.locator(".au-head-note").inner_text() == "5 tracks in Music"
    expect_titles(page, *TITLES)
    assert page.evaluate("window.broken") is None

    page.locator(".au-cell-library .au-field").fill("zebra")
    expect_titles(page, "Zebra Crossing", "Second Zebra")
    assert page.locator(".au-cell-library .au-count").inner_text() == "2 matches"
    page.locator(".au-cell-library .au-sort", has_text="Title").click()
    expect_titles(page, "Second Zebra", "Zebra Crossing")

    page.locator(".au-cell-library .au-field").fill("no such thing")
    page.wait_for_selector(".au-cell-library .au-note:not([hidden])")
    assert (
        "Nothing matches “no such thing”" in page.locator(".au-cell-library .au-note").inner_text()
    )
    page.locator(".au-cell-library .au-clear").click()
    expect_titles(page, *TITLES)


def test_a_search_that_makes_no_sense_leaves_only_the_reason(
    open_page: Callable[..., Page],
) -> None:
    from playwright.sync_api import expect

    page = open_page()
    library = page.locator(".au-cell-library")
    play_all = page.get_by_role("button", name="Play all")
    for before in ("zebra", "no such thing"):
        library.locator(".au-field").fill(before)
        page.wait_for_function(
            "(nothing) => document.querySelector('.au-cell-library .au-note').hidden !== nothing",
            arg=before != "zebra",
        )
        library.locator(".au-field").fill("year:abc..")
        expect(library.locator(".au-hint")).to_contain_text("number", timeout=WAIT_MS)
        expect(library.locator(".au-row")).to_have_count(0)
        expect(library.locator(".au-count")).to_have_text("")
        expect(library.locator(".au-note")).to_be_hidden()
        assert play_all.is_disabled()
    library.locator(".au-clear").click()
    expect_titles(page, *TITLES)
    assert play_all.is_enabled()
    assert library.locator(".au-hint").is_hidden()


def test_a_track_is_explained_and_played(open_page: Callable[..., Page]) -> None:
    from playwright.sync_api import expect

    page = open_page()
    page.locator(".au-cell-library .au-row", has_text="Zebra Crossing").click()
    page.get_by_role("tab", name="Why").click()
    page.wait_for_selector(".au-insight[data-state=ready]", timeout=WAIT_MS)
    assert page.locator(".au-now-title").inner_text() == "Zebra Crossing"
    assert "44.1 kHz" in page.locator(".au-facts").inner_text()
    assert page.locator(".au-spectrum path.au-after").get_attribute("d")
    assert page.locator(".au-why li").count() > 3
    assert re.search(r"−\d", page.locator(".au-level").first.inner_text())

    curve = page.locator(".au-line.au-eq")
    adaptive = curve.get_attribute("d") or ""
    page.locator(".auralis-presets label", has_text="bright").click()
    expect(curve).not_to_have_attribute("d", adaptive, timeout=WAIT_MS)

    status = page.locator(".auralis-status")
    before = status.bounding_box()
    page.locator(".au-cell-library .au-row", has_text="Zebra Crossing").dblclick()
    page.wait_for_selector(".auralis-player[data-state=playing]", timeout=WAIT_MS)
    assert status.bounding_box() == before  # the card does not grow


def test_the_keyboard_is_enough(open_page: Callable[..., Page]) -> None:
    page = open_page()
    page.locator(".au-cell-library .au-field").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    second = titles(page)[1]
    active = page.get_by_role("listbox", name="Tracks", exact=True).get_attribute(
        "aria-activedescendant"
    )
    assert page.locator(f"#{active} .au-title").inner_text() == second
    page.keyboard.press("Enter")
    page.wait_for_selector(".auralis-player[data-state=playing]", timeout=WAIT_MS)
    assert page.locator(".au-now-title").inner_text() == second
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    assert page.evaluate("document.activeElement.className") == "au-field"


def test_nothing_sticks_out_of_the_page_at_any_width(open_page: Callable[..., Page]) -> None:
    page = open_page(360, 900)
    page.locator(".au-cell-library .au-row").nth(2).click()
    page.wait_for_selector(".au-insight[data-state=ready]", state="attached", timeout=WAIT_MS)
    for width in (360, 480, 768, 1024, 1440, 2560, 3840):
        page.set_viewport_size({"width": width, "height": 900})
        page.wait_for_timeout(300)
        wide = page.evaluate(
            """() => [...document.querySelectorAll('main *')].filter(e => {
                const box = e.getBoundingClientRect();
                return box.width && box.right > innerWidth + 1 && !e.closest('svg');
            }).map(e => e.className)"""
        )
        assert (width, wide) == (width, [])


AUDIT = (Path(__file__).parent / "accessibility.js").read_text(encoding="utf-8")


def test_controls_have_names_and_text_has_contrast(open_page: Callable[..., Page]) -> None:
    page = open_page()
    page.locator(".au-cell-library .au-row").nth(1).click()
    page.locator(".auralis-options summary").click()
    for tab in ("Queue", "Meters", "Why", "Health"):
        page.get_by_role("tab", name=tab, exact=True).click()
        assert page.evaluate(f"{AUDIT}.problems()") == {
            "nameless": [],
            "doubled": [],
            "pointless": [],
        }
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        page.wait_for_timeout(400)
        assert (scheme, page.evaluate(f"{AUDIT}.contrast()")) == (scheme, [])


def test_every_control_is_reached_by_the_tab_key_and_seen_there(
    open_page: Callable[..., Page],
) -> None:
    page = open_page()
    page.locator(".au-cell-library .au-row").nth(1).click()
    page.wait_for_selector(".auralis-play:enabled")
    page.locator(".au-cell-library .au-field").focus()
    reached: list[str] = []
    for _ in range(70):
        page.keyboard.press("Tab")
        name, outlined = page.evaluate(
            """() => { const e = document.activeElement;
                if (e === document.body) return ["", true];
                const marked = e.closest(".auralis-stage, .auralis-presets label") ?? e;
                const seen = [e, marked, marked.querySelector("span")].some((one) => one
                    && getComputedStyle(one).outlineStyle !== "none");
                return [e.getAttribute("aria-label") || e.value || e.textContent.trim(), seen]; }"""
        )
        if not name:  # past the last one
            break
        reached.append(name)
        assert outlined, name
    wanted = {"Position", "Previous track", "Play", "Next track", "Stop", "Repeat is off", "Mute"}
    wanted |= {"Volume", "Enhance", "adaptive", "Intensity", "Compare", "Keys"}
    assert wanted - set(reached) == set()


def test_the_keys_are_explained_and_steer_from_anywhere(open_page: Callable[..., Page]) -> None:
    page = open_page()
    page.locator(".au-cell-library .au-row").nth(1).click()
    page.wait_for_selector(".auralis-play:enabled")
    page.locator(".au-now-title").click()  # the list has keys of its own
    page.keyboard.press("?")
    assert page.locator("dialog[open] kbd").count() > 15
    page.keyboard.press("Escape")
    assert page.locator("dialog[open]").count() == 0
    page.keyboard.press("4")
    page.wait_for_selector(".auralis-presets input[value=bright]:checked", state="attached")
    page.keyboard.press("e")
    page.wait_for_selector(".auralis-enhance[aria-checked=false]")
    page.keyboard.press("m")
    page.wait_for_selector(".auralis-mute[aria-label=Unmute]")
    page.keyboard.press("r")
    page.wait_for_selector(".auralis-repeat[aria-label='Repeating the queue']")
    page.keyboard.press(">")
    assert page.locator("[aria-label=Speed]").input_value() == "1.1"
