"""From files in a folder to the audio thread of a browser, through everything between."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
import soundfile as sf

from auralis_lab.analysis.profile import measure
from auralis_lab.audio import Audio
from auralis_lab.io.source import AudioSource
from auralis_lab.plan.enhance import plan
from auralis_lab.render.renderer import render
from auralis_lab.stream.integrity import pcm_hash
from tests.browser.conftest import free_port, start_server, stop_server

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser

WAIT_MS = 90_000
PRESET = "bright"
FILES = ("lossless.flac", "lossy.ogg", "mono.wav")


def write_music(folder: Path) -> None:
    """Four seconds of an uneven chord, quiet enough to be raised into the limiter."""
    folder.mkdir()
    rng = np.random.default_rng(440)
    for name, rate_hz, channels in zip(FILES, (44_100, 44_100, 48_000), (2, 2, 1), strict=True):
        n = np.arange(4 * rate_hz)
        tones = sum(np.sin(2 * np.pi * hz / rate_hz * n) for hz in (82.4, 164.8, 247.0, 415.3))
        beat = 0.05 + 0.2 * np.exp(-(n % (rate_hz // 2)) / 2000)
        noise = rng.standard_normal((n.size, channels))
        sf.write(folder / name, beat[:, None] * (0.2 * tones[:, None] + 0.3 * noise), rate_hz)


@pytest.fixture(scope="module")
def music(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("whole") / "music"
    write_music(folder)
    return folder


@pytest.fixture(scope="module")
def page(chromium: Browser, music: Path) -> Iterator[Page]:
    """The dashboard that `auralis player` serves."""
    port = free_port()
    url = f"http://127.0.0.1:{port}/"
    command = [sys.executable, "-m", "auralis_lab.cli", "player", "--no-browser"]
    process: subprocess.Popen[bytes] = start_server(
        [*command, "--library", str(music), "--port", str(port)],
        f"{url}voila/static/voila.js",
        music.parent,
    )
    opened = chromium.new_page()
    opened.goto(url)
    opened.wait_for_selector(".au-cell-library .au-row", timeout=WAIT_MS)
    yield opened
    opened.close(run_before_unload=True)
    stop_server(process)


def consumed(page: Page) -> tuple[int, int]:
    """How many frames the worklet has consumed once the track has ended, and their hash."""
    page.wait_for_selector(".auralis-player[data-state=ended]", timeout=WAIT_MS)
    data = page.evaluate("() => ({...document.querySelector('.auralis-player').dataset})")
    assert data["runFrame"] == "0"
    return int(data["runFrames"]), int(data["pcmHash"])


def play(page: Page, name: str, *, enhanced: bool) -> None:
    """Choose a track, set the switch, click play."""
    from playwright.sync_api import expect

    if page.locator(".au-now-title").inner_text() != Path(name).stem:
        page.locator(".au-cell-library .au-row", has_text=Path(name).stem).click()
        expect(page.locator(".au-now-title")).to_have_text(Path(name).stem, timeout=WAIT_MS)
    page.wait_for_selector(".au-insight[data-state=ready]", state="attached", timeout=WAIT_MS)
    switch = page.locator(".auralis-enhance")
    if (switch.get_attribute("aria-checked") == "true") != enhanced:
        switch.click()
    if enhanced:
        page.locator(".auralis-presets label", has_text=PRESET).click()
    page.click(".auralis-play")
    page.wait_for_selector(".auralis-player[data-state=playing]", timeout=WAIT_MS)


def original(path: Path) -> Audio:
    with AudioSource(path) as source:
        return source.read(0, source.total_frames)


def enhanced(path: Path) -> Audio:
    with AudioSource(path) as source:
        return render(source, plan(measure(source), PRESET))


@pytest.mark.parametrize("name", FILES)
def test_what_is_heard_is_what_the_kernel_renders(name: str, page: Page, music: Path) -> None:
    plain, better = original(music / name), enhanced(music / name)
    assert not np.array_equal(plain, better)
    play(page, name, enhanced=False)
    assert consumed(page) == (plain.shape[1], pcm_hash(plain))
    play(page, name, enhanced=True)
    assert consumed(page) == (better.shape[1], pcm_hash(better))
