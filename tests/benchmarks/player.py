"""How long a listener waits: page to ready, click to sound, another sound, seek; in real Chromium.

``python -m tests.benchmarks.player``. A library of demo music and of made tracks that nobody has
measured yet is served as a visitor meets it, by ``auralis player``. Times are taken in the page, by
its clock: from the event of the click to the report that the audio thread has played the first
frame. What is printed says what it ran on; the best of several is what compares on a busy machine.
"""

from __future__ import annotations

import argparse
import os
import platform
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from tests.browser.conftest import CHROMIUM, FLAGS, free_port, start_server, stop_server

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

RATE_HZ = 44_100
WAIT_MS = 120_000
KNOWN, SHORT, LONG = "Known", "Unseen short", "Unseen long"
SHORT_S, LONG_S = 180, 10_800
SEEKS = 12
PREHEAT_S = 15.0
"""How long a server is left alone before a page is opened that counts as preheated."""

WANTED_MS = {
    "page open, kernel preheated": 4_000,
    "click, profiled": 200,
    "first click of a page, profiled": 200,
    "click, unseen, 3 minutes": 500,
    "click, unseen, 3 hours": 500,
    "preset changed": 250,
}

ENGINE = '[...globalThis[Symbol.for("auralis.engines")].engines.values()][0]'
WATCH = (
    f"() => {{ const engine = {ENGINE};"
    + """
  const seen = (globalThis.waits = { clicked: 0, epoch: 0, sounded: null });
  const fresh = () => ({ clicked: performance.now(), epoch: engine.epoch, sounded: null });
  addEventListener("dblclick", () => Object.assign(seen, fresh()), true);
  engine.addEventListener("change", () => {
    const { report } = engine;
    const first = report && report.epoch > seen.epoch && report.consumed > 0;
    if (seen.sounded === null && first) seen.sounded = performance.now();
  });
}
"""
)


@dataclass
class Waits:
    """Milliseconds by what was waited for, in the order they were first seen."""

    ms: dict[str, list[float]] = field(default_factory=dict)

    def add(self, name: str, value: float) -> None:
        """Take note of one wait."""
        self.ms.setdefault(name, []).append(value)

    def lines(self) -> Iterator[str]:
        """Yield the lines of a table."""
        yield "| wait, ms | best | median | longest | of | wanted |"
        yield "|---|---|---|---|---|---|"
        for name, values in self.ms.items():
            middle, wanted = statistics.median(values), WANTED_MS.get(name, "")
            yield (
                f"| {name} | {min(values):.0f} | {middle:.0f} | {max(values):.0f} "
                f"| {len(values)} | {wanted} |"
            )


def write_tone(path: Path, seconds: int, *, seed: int) -> None:
    """Write chords that swell, over a little noise, block by block."""
    import soundfile as sf

    rng = np.random.default_rng(seed)
    time_s = np.arange(20 * RATE_HZ) / RATE_HZ
    swell = 0.5 + 0.4 * np.sin(2 * np.pi * time_s / 10)
    tones = sum(np.sin(2 * np.pi * hz * time_s) for hz in rng.integers(4, 80, 6) * 20.0)
    noise = rng.standard_normal((time_s.size, 2))
    audio = (0.08 * (swell * tones)[:, None] + 0.01 * noise).astype(np.float32)
    with sf.SoundFile(path, "w", RATE_HZ, 2, "PCM_16", format="FLAC") as file:
        for start in range(0, seconds, 20):
            file.write(audio[: (seconds - start) * RATE_HZ])


def write_library(folder: Path, *, known: int, unseen: int, long: int, extra: Path | None) -> None:
    """Write the music, and measure the tracks that are to be known."""
    import auralis_lab

    folder.mkdir(parents=True, exist_ok=True)
    for name, seconds, count in (
        (KNOWN, SHORT_S, known),
        (SHORT, SHORT_S, unseen),
        (LONG, LONG_S, long),
    ):
        for number in range(count):
            seed = 100 * len(name) + number
            path = folder / f"{name} {number}.flac"
            if not path.exists():
                write_tone(path, seconds, seed=seed)
    if extra is not None:
        shutil.copytree(extra, folder / "extra", dirs_exist_ok=True)
    with auralis_lab.open_lab(folder) as lab:
        lab.scan()
        for track in lab.tracks.list(limit=200):
            if track.title.startswith(KNOWN):
                track.plan("adaptive")


@contextmanager
def served(music: Path, home: Path) -> Iterator[str]:
    """Serve a library in a process of its own; its address."""
    port = free_port()
    url = f"http://127.0.0.1:{port}/"
    command = [sys.executable, "-m", "auralis_lab.cli", "player", "--no-browser"]
    options = ["--library", str(music), "--port", str(port)]
    process = start_server([*command, *options], f"{url}voila/static/voila.js", home)
    try:
        yield url
    finally:
        stop_server(process)


def open_page(chromium: Browser, url: str) -> tuple[Page, float]:
    """Open the dashboard; also how long it took until it could be used, in ms."""
    page = chromium.new_page(viewport={"width": 1440, "height": 900})
    started = time.perf_counter()
    page.goto(url)
    page.wait_for_selector(".au-cell-library .au-row", timeout=WAIT_MS)
    page.wait_for_selector(".auralis-player", timeout=WAIT_MS)
    took_ms = 1000 * (time.perf_counter() - started)
    page.evaluate(WATCH)
    return page, took_ms


def wait_until(page: Page, condition: str) -> None:
    """Ask again and again; the page's own policy forbids a watch made of text."""
    until_s = time.monotonic() + WAIT_MS / 1000
    while not page.evaluate(condition):
        if time.monotonic() > until_s:
            raise TimeoutError(condition)
        time.sleep(0.05)


def click_ms(page: Page, title: str) -> float:
    """Click a row twice, as one does to hear it, and wait for the first frame."""
    row = page.locator(".au-cell-library .au-row", has_text=title)
    row.dblclick(timeout=WAIT_MS)
    wait_until(page, "waits.sounded !== null")
    return float(page.evaluate("waits.sounded - waits.clicked"))


def fall_silent(page: Page) -> None:
    """Stop, and let the kernel come to rest."""
    page.click(".auralis-stop")
    page.wait_for_timeout(1_500)


def data(page: Page, name: str) -> str:
    """Return one of the facts that the player shows for machines."""
    value: str = page.evaluate(f"document.querySelector('.auralis-player').dataset.{name}")
    return value


def wait_epoch(page: Page, epoch: int, name: str) -> float:
    """Wait for an epoch after `epoch` to sound; how long it took by the page's own count."""
    wait_until(
        page,
        "[document.querySelector('.auralis-player').dataset].some((d) =>"
        f" d.epoch > {epoch} && d.runFrames > 4000 && d.{name} !== '')",
    )
    return float(data(page, name))


def time_sound(page: Page, waits: Waits) -> None:
    """Seek to and fro, and change the preset, while a measured track plays."""
    rng = np.random.default_rng(440)
    for share in rng.uniform(0.05, 0.8, SEEKS):
        epoch = int(data(page, "epoch"))
        page.evaluate(f"{ENGINE}.seek({int(share * SHORT_S * RATE_HZ)})")
        waits.add("seek", wait_epoch(page, epoch, "latencyMs"))
    page.locator(".au-now-title").click()
    for key in "3425134251":
        epoch = int(data(page, "epoch"))
        page.keyboard.press(key)
        waits.add("preset changed", wait_epoch(page, epoch, "spliceMs"))
        page.wait_for_timeout(400)


def time_visit(page: Page, waits: Waits, titles: dict[str, list[str]]) -> None:
    """Play what there is: at once after the page has come, then from rest."""
    waits.add("first click of a page, profiled", click_ms(page, titles[KNOWN][0]))
    fall_silent(page)
    page.wait_for_timeout(3_000)
    for title in titles[KNOWN][1:]:
        waits.add("click, profiled", click_ms(page, title))
        fall_silent(page)
    for name, label in ((SHORT, "3 minutes"), (LONG, "3 hours")):
        for title in titles[name]:
            waits.add(f"click, unseen, {label}", click_ms(page, title))
            page.wait_for_timeout(3_000)
            fall_silent(page)
    click_ms(page, titles[KNOWN][1])
    page.wait_for_timeout(2_000)
    time_sound(page, waits)


def measure(music: Path, home: Path, *, visits: int) -> Waits:
    """Serve, visit, and take the times."""
    from playwright.sync_api import sync_playwright

    waits = Waits()
    files = sorted(path.stem for path in music.glob("*.flac"))
    with sync_playwright() as playwright, served(music, home) as url:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        page, took_ms = open_page(browser, url)
        waits.add("page open, server just started", took_ms)
        for visit in range(visits):
            page.close(run_before_unload=True)
            time.sleep(PREHEAT_S)
            page, took_ms = open_page(browser, url)
            waits.add("page open, kernel preheated", took_ms)
            mine = {
                name: [stem for stem in files if stem.startswith(name)]
                for name in (KNOWN, SHORT, LONG)
            }
            for name in (SHORT, LONG):  # each can be unseen but once
                mine[name] = mine[name][visit::visits]
            time_visit(page, waits, mine)
        browser.close()
    return waits


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--visits", type=int, default=3, help="pages that are opened preheated")
    parser.add_argument("--long", type=int, default=1, help="tracks of three hours a visit")
    parser.add_argument("--music", type=Path, help="a folder to be in the library as well")
    parser.add_argument("--keep", type=Path, help="where to keep what is written for the next time")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        os.environ["AURALIS_CACHE_DIR"] = str(home / "cache")
        os.environ["AURALIS_DATA_DIR"] = str(home / "data")
        counts = {"known": 4, "unseen": 2 * asked.visits, "long": asked.long * asked.visits}
        music = asked.keep or home / "Music"
        write_library(music, **counts, extra=asked.music)
        waits = measure(music, home, visits=asked.visits)
    load = " ".join(f"{each:.1f}" for each in os.getloadavg())
    print(f"{date.today()}, {os.cpu_count()} x {platform.machine()}, load {load}")
    print("\n".join(waits.lines()))


if __name__ == "__main__":
    main()
