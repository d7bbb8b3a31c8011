"""Players and dashboards in JupyterLab, beside cells that keep the kernel busy."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.browser.conftest import free_port, start_server, stop_server, write_notebook
from tests.browser.listening import NoiseTrack
from tests.browser.test_playback import PlayerPage

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.browser, pytest.mark.slow]

SHOW = """
from auralis_lab import Player
from tests.browser.listening import NoiseTrack
player = Player(NoiseTrack(60), enhanced=False)
player
"""

BUSY = """
import time
for number in range(80):
    player.volume = 0.5 + 0.5 * (number % 2)
    time.sleep(0.1)
print("busy no more:", player.status)
"""

SHORT_WINDOW = """
import os
os.environ["AURALIS_STREAM_WINDOW_S"] = "2"
"""

HELD = """
import ctypes
ctypes.PyDLL(None).sleep(9)  # a call that does not let go of the interpreter
print("free", "again")
"""

FIRST = """
first = player
"""

STATES = """
print("they are", first.status, player.status)
"""

LIBRARY = """
from auralis_lab import Dashboard
from tests.browser.listening import noise
from tests.player.shelf import ShelfLab, ShelfTrack

tracks = [ShelfTrack(number, f"Song {number}", "Someone", "Album") for number in range(30)]
for track in tracks[:2]:
    track.audio, track.duration_s = noise(40, seed=track.id), 40.0
lab = ShelfLab(tracks)
"""

DASHBOARD = """
dashboard = Dashboard(lab)
dashboard
"""

CLOSE = """
import threading
dashboard.close()
names = [thread.name for thread in threading.enumerate()]
print("closed,", [name for name in names if "auralis-stream" in name])
"""


@pytest.fixture
def open_lab(chromium: Browser, tmp_path: Path) -> Iterator[Callable[..., Page]]:
    """Open JupyterLab with a notebook of the given cells, whose kernel is ready."""
    folder = tmp_path / "notebooks"
    folder.mkdir()
    port = free_port()
    url = f"http://127.0.0.1:{port}/"
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root"]
    options = ["--IdentityProvider.token=", f"--port={port}", f"--ServerApp.root_dir={folder}"]
    process = start_server([*command, *options], f"{url}api/status", tmp_path)
    pages: list[Page] = []
    errors: list[str] = []

    def open_it(*cells: str) -> Page:
        write_notebook(folder / "player.ipynb", *cells)
        page = chromium.new_page(viewport={"width": 1400, "height": 900})
        pages.append(page)
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(f"{url}lab/tree/player.ipynb?reset")
        page.get_by_text("| Idle").wait_for(timeout=60_000)
        return page

    try:
        yield open_it
    finally:
        for page in pages:
            page.close()
        stop_server(process)
    assert errors == []


def run_cell(page: Page, number: int) -> None:
    page.click(f".jp-Cell >> nth={number} >> .jp-InputArea")
    page.keyboard.press("Control+Enter")


def play(page: Page) -> PlayerPage:
    """Show the player of the first cell, and have it sound."""
    run_cell(page, 0)
    page.wait_for_selector(".auralis-player", timeout=60_000)
    player = PlayerPage(page)
    player.click(".auralis-play")
    player.wait("d.consumedFrames > 10000")
    return player


def state_of(page: Page, number: int, state: str) -> None:
    """Wait until a player, counted from 0, is in a state."""
    page.wait_for_function(
        "([n, state]) => document.querySelectorAll('.auralis-player')[n]?.dataset.state === state",
        arg=[number, state],
        timeout=60_000,
    )


def cells(page: Page) -> int:
    """How many cells the notebook has, as its status bar says."""
    text = page.get_by_text(re.compile(r"^Cell \d+/\d+$")).inner_text()
    return int(text.rpartition("/")[2])


def test_a_busy_cell_that_writes_traits_does_not_starve_the_sound(
    open_lab: Callable[..., Page],
) -> None:
    page = open_lab(SHOW, BUSY)
    player = play(page)
    run_cell(page, 1)
    page.get_by_text("busy no more: playing").wait_for(timeout=30_000)
    heard = player.wait("d.consumedFrames > 9 * 44100")
    assert heard.is_of(NoiseTrack(60).audio)
    assert heard.underrun_frames < 44_100


def test_a_kernel_that_is_held_up_is_told_in_words_and_sound_goes_on_behind_it(
    open_lab: Callable[..., Page],
) -> None:
    page = open_lab(SHORT_WINDOW + SHOW, HELD)
    player = play(page)
    player.wait("d.queuedFrames > 44100")
    before = player.heard()
    run_cell(page, 1)
    page.wait_for_function(
        "document.querySelector('.auralis-state').textContent"
        " === 'The kernel is busy: sound goes on when it is free'",
        timeout=20_000,
    )
    held = player.heard()
    assert held.state == "buffering"
    assert held.stop_frame - before.stop_frame > 44_100  # what was here has sounded
    page.get_by_text("free again").wait_for(timeout=30_000)
    heard = player.wait(f"d.state === 'playing' && d.runFrames > {held.frames + 44_100}")
    assert page.inner_text(".auralis-state") == "Playing the original"
    assert heard.is_of(NoiseTrack(60).audio)


def test_shortcuts_of_the_notebook_leave_the_player_alone(open_lab: Callable[..., Page]) -> None:
    page = open_lab(SHOW)
    run_cell(page, 0)
    page.wait_for_selector(".auralis-player", timeout=60_000)
    player = PlayerPage(page)
    player.click(".auralis-title")
    player.press("Space")
    player.wait("d.state === 'playing'")
    player.press("ArrowDown")
    volume = page.locator("input[aria-label=Volume]")
    page.wait_for_function(
        "() => document.querySelector('input[aria-label=Volume]').value === '0.95'"
    )
    assert volume.get_attribute("aria-valuetext") == "−0.9 dB"
    player.press("e")
    player.wait("d.epoch > 1 && d.state === 'playing'")
    player.press("Space")
    player.wait("d.state === 'paused'")


def test_a_cell_that_runs_again_ends_the_sound_that_it_made(open_lab: Callable[..., Page]) -> None:
    page = open_lab(SHOW, FIRST, STATES)
    play(page)
    run_cell(page, 1)
    play(page)
    run_cell(page, 2)
    page.get_by_text("they are stopped playing").wait_for(timeout=20_000)


def test_sound_goes_on_while_the_notebook_is_scrolled_away_from_it(
    open_lab: Callable[..., Page],
) -> None:
    page = open_lab(SHOW, STATES.replace("first", "player"), *(["print('x\\n' * 30)"] * 40))
    play(page)
    page.click(".jp-Cell >> nth=1 >> .jp-InputArea")
    page.keyboard.press("Escape")
    for _ in range(39):
        page.keyboard.press("ArrowDown")
        page.keyboard.press("Control+Enter")
    page.wait_for_timeout(2_000)
    page.keyboard.press("Control+Home")
    for _ in range(41):
        page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Control+Enter")
    page.get_by_text("they are playing playing").wait_for(timeout=20_000)


def test_a_dashboard_fits_its_cell_and_keeps_keys_apart(open_lab: Callable[..., Page]) -> None:
    page = open_lab(LIBRARY, DASHBOARD, CLOSE)
    run_cell(page, 0)
    run_cell(page, 1)
    page.wait_for_selector(".auralis-dashboard .au-row", timeout=60_000)
    box = page.locator(".auralis-dashboard").bounding_box()
    cell = page.locator(".jp-OutputArea-output >> nth=-1").bounding_box()
    assert box is not None
    assert cell is not None
    assert box["width"] == pytest.approx(cell["width"], abs=12)
    assert box["height"] <= 780
    count = cells(page)
    page.locator(".au-row", has_text="Song 1").first.dblclick()
    state_of(page, 0, "playing")
    page.click(".auralis-dashboard .au-now-title")
    for key in ("a", "b", "x", "d", "d", "y", "Enter", "ArrowUp", "ArrowDown", "j", "k"):
        page.keyboard.press(key)
    assert cells(page) == count
    for part in ("auralis-stop", "auralis-loop", "au-row", "au-side-tab"):
        page.locator(f".auralis-dashboard .{part}").first.focus()
        for key in ("b", "x", "d", "d", "y"):
            page.keyboard.press(key)
        assert cells(page) == count, f"with the focus on {part}"
    page.click(".auralis-dashboard .au-now-title")
    page.keyboard.press("m")
    page.wait_for_selector(".auralis-mute[aria-label=Unmute]")
    page.keyboard.press("Space")
    state_of(page, 0, "paused")
    page.keyboard.press("Space")
    state_of(page, 0, "playing")

    page.click(".jp-Cell >> nth=0 >> .jp-InputPrompt")  # outside: the keys are the notebook's
    page.keyboard.press("b")
    page.wait_for_function("n => document.body.innerText.includes('/' + n)", arg=count + 1)
    assert cells(page) == count + 1
    page.keyboard.press("m")
    assert page.locator(".auralis-mute").get_attribute("aria-label") == "Unmute"
    assert page.locator(".auralis-player").get_attribute("data-state") == "playing"

    page.get_by_text("import threading").click()
    page.keyboard.press("Control+Enter")
    page.get_by_text("closed, []").wait_for(timeout=20_000)
    assert page.locator(".auralis-player").count() == 0


def test_two_dashboards_in_a_notebook_do_not_fight(open_lab: Callable[..., Page]) -> None:
    page = open_lab(LIBRARY, DASHBOARD.replace("dashboard", "other"), DASHBOARD)
    for number in range(3):
        run_cell(page, number)
        if number:
            page.locator(".auralis-dashboard >> nth=" + str(number - 1)).wait_for(timeout=60_000)
    page.wait_for_function("document.querySelectorAll('.au-row').length > 3", timeout=60_000)
    dashboards = page.locator(".auralis-dashboard")
    for number in (0, 1):
        row = dashboards.nth(number).locator(".au-cell-library .au-row", has_text=f"Song {number}")
        row.first.dblclick()
        state_of(page, number, "playing")
    state_of(page, 0, "paused")  # one player of a page sounds at a time
    titles = dashboards.locator(".au-now-title").all_inner_texts()
    assert titles == ["Song 0", "Song 1"]
    dashboards.nth(1).locator(".au-now-title").click()
    page.keyboard.press("Space")
    state_of(page, 1, "paused")
    dashboards.nth(0).locator(".au-now-title").click()
    page.keyboard.press("Space")
    state_of(page, 0, "playing")
    state_of(page, 1, "paused")
    ids = page.evaluate("[...document.querySelectorAll('.auralis-dashboard [id]')].map(e => e.id)")
    assert len(ids) == len(set(ids))


def test_keys_on_a_control_of_a_player_are_the_player_s_and_no_cell_is_touched(
    open_lab: Callable[..., Page],
) -> None:
    page = open_lab(SHOW, BUSY)
    run_cell(page, 0)
    page.wait_for_selector(".auralis-player", timeout=60_000)
    count = cells(page)
    controls = ".auralis-player :is(button, input, select, summary):visible"
    for place in range(page.locator(controls).count()):
        control = page.locator(controls).nth(place)
        if not control.is_enabled():
            continue
        control.focus()
        for key in ("a", "b", "x", "m", "m", "d", "d", "y", "z", "j", "k"):
            page.keyboard.press(key)
    assert page.locator(".auralis-player").count() == 1
    assert cells(page) == count
    page.locator(".auralis-stop").focus()
    page.keyboard.press("m")
    page.wait_for_selector(".auralis-mute[aria-label=Unmute]")
