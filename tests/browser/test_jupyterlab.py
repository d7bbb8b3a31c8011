"""The player in JupyterLab, beside cells that keep the kernel busy."""

from __future__ import annotations

import sys
from collections.abc import Iterator
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
from auralis_lab.player.widget import Player
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


@pytest.fixture
def lab_page(chromium: Browser, tmp_path: Path) -> Iterator[Page]:
    """JupyterLab with a notebook whose kernel is ready."""
    folder = tmp_path / "notebooks"
    folder.mkdir()
    write_notebook(folder / "player.ipynb", SHOW, BUSY)
    port = free_port()
    url = f"http://127.0.0.1:{port}/"
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root"]
    options = ["--IdentityProvider.token=", f"--port={port}", f"--ServerApp.root_dir={folder}"]
    process = start_server([*command, *options], f"{url}api/status", tmp_path)
    page = chromium.new_page(viewport={"width": 1200, "height": 900})
    try:
        page.goto(f"{url}lab/tree/player.ipynb?reset")
        page.get_by_text("| Idle").wait_for(timeout=60_000)
        yield page
    finally:
        page.close()
        stop_server(process)


def run_cell(page: Page, number: int) -> None:
    page.click(f".jp-Cell >> nth={number}")
    page.keyboard.press("Shift+Enter")


def test_a_busy_cell_that_writes_traits_does_not_starve_the_sound(lab_page: Page) -> None:
    run_cell(lab_page, 0)
    lab_page.wait_for_selector(".auralis-player", timeout=60_000)
    player = PlayerPage(lab_page)
    player.click(".auralis-play")
    player.wait("d.consumedFrames > 10000")
    run_cell(lab_page, 1)
    lab_page.get_by_text("busy no more: playing").wait_for(timeout=30_000)
    heard = player.wait("d.consumedFrames > 9 * 44100")
    assert heard.is_of(NoiseTrack(60).audio)
    assert heard.underrun_frames < 44_100


def test_shortcuts_of_the_notebook_leave_the_player_alone(lab_page: Page) -> None:
    run_cell(lab_page, 0)
    lab_page.wait_for_selector(".auralis-player", timeout=60_000)
    player = PlayerPage(lab_page)
    player.click(".auralis-title")
    player.press("Space")
    player.wait("d.state === 'playing'")
    player.press("ArrowDown")
    volume = lab_page.locator("input[aria-label=Volume]")
    lab_page.wait_for_function(
        "() => document.querySelector('input[aria-label=Volume]').value === '0.95'"
    )
    assert volume.get_attribute("aria-valuetext") == "−0.9 dB"
    player.press("e")
    player.wait("d.epoch > 1 && d.state === 'playing'")
    player.press("Space")
    player.wait("d.state === 'paused'")
