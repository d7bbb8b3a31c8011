"""Whatever visitors do, the server is afterwards as it was: kernels, slots, threads, files, memory.

The figures are printed. What takes long is slow.
"""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
import soundfile as sf

from tests.browser.conftest import free_port, start_server, stop_server
from tests.browser.listening import noise

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser

WAIT_MS = 90_000
RATE_HZ = 44_100
TRACK_S = 60.0
LOST_S = 2.0
SETTLED_S = 60.0
AHEAD_S = 6.0  # heard on after the server has ended, which takes 4 s to be sure of
PROC = Path("/proc")
MIB = 1 << 20

SERVE = f"""
import sys
from pathlib import Path
import auralis_lab
from auralis_lab.player import voila_app
from auralis_lab.player.server import serve
voila_app.LOST_S = {LOST_S}
voila_app.LOOK_EVERY_S = 0.5
voila_app.REFILL_AFTER_S = 0.5
with auralis_lab.open_lab(sys.argv[1]) as lab:
    lab.scan()
sys.exit(serve(Path(sys.argv[1]), port=int(sys.argv[2]), open_browser=False))
"""


@dataclass
class House:
    """A player's server, seen from outside."""

    url: str
    home: Path
    process: subprocess.Popen[bytes]

    def kernels(self) -> set[int]:
        """Process numbers of its kernels."""
        found = set()
        for folder in PROC.glob("[0-9]*"):
            try:
                words = (folder / "cmdline").read_bytes()
                parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            except (OSError, IndexError):
                continue
            if parent == self.process.pid and b"ipykernel_launcher" in words:
                found.add(int(folder.name))
        return found

    def playing(self) -> list[int]:
        """Process numbers of the kernels that hold a slot."""
        held = []
        for path in (self.home / "cache" / "slots").glob("*.lock"):
            with path.open("rb") as lock:
                try:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    held.append(int(path.read_text()))
        return held

    def temporary_files(self) -> int:
        """Files and folders where temporary ones are made, caches of fixed names left out."""
        places = [self.home / "tmp", self.home / "cache" / "spool"]
        return sum(1 for place in places for _ in place.rglob("*"))

    def await_kernels(self, count: int) -> set[int]:
        """Wait until there are so many kernels."""
        until_s = time.monotonic() + SETTLED_S
        while len(found := self.kernels()) != count:
            assert time.monotonic() < until_s, f"{len(found)} kernels, not {count}"
            time.sleep(0.2)
        return found


@dataclass(frozen=True)
class Figures:
    """What a process holds."""

    threads: int
    files: int
    memory_mib: float

    @classmethod
    def of(cls, pid: int) -> Figures:
        lines = (PROC / str(pid) / "status").read_text().splitlines()
        facts = dict(line.split(":", 1) for line in lines)
        return cls(
            threads=int(facts["Threads"]),
            files=len(os.listdir(PROC / str(pid) / "fd")),
            memory_mib=int(facts["VmRSS"].split()[0]) / 1024,
        )


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    home = tmp_path_factory.mktemp("soak")
    (home / "tmp").mkdir()
    (home / "Music").mkdir()
    for number in range(2):
        audio = noise(TRACK_S, RATE_HZ, seed=number)
        sf.write(home / "Music" / f"{number}.flac", audio.T, RATE_HZ)
    port = free_port()
    url = f"http://127.0.0.1:{port}/"
    command = ["env", f"TMPDIR={home / 'tmp'}", sys.executable, "-c", SERVE]
    process = start_server(
        [*command, str(home / "Music"), str(port)], f"{url}voila/static/voila.js", home
    )
    yield House(url, home, process)
    stop_server(process)


@pytest.fixture
def visit(chromium: Browser, house: House) -> Iterator[Callable[[], Page]]:
    """Open the player."""
    pages: list[Page] = []

    def open_it() -> Page:
        page = chromium.new_page(viewport={"width": 1200, "height": 800})
        pages.append(page)
        page.goto(house.url)
        page.wait_for_selector(".au-cell-library .au-row", timeout=WAIT_MS)
        return page

    yield open_it
    for page in pages:
        page.close()
    house.await_kernels(1 if house.process.poll() is None else 0)


def play(page: Page, number: int = 0) -> None:
    page.locator(".au-cell-library .au-row").nth(number).dblclick()
    page.wait_for_selector(".auralis-player[data-state=playing]", timeout=WAIT_MS)


def settled(pid: int) -> Figures:
    """Figures of a process once it has come to rest: Jupyter tidies up every 10 s."""
    time.sleep(11)
    return Figures.of(pid)


@pytest.mark.slow
@pytest.mark.parametrize("loads", [3, 100])
def test_pages_that_come_and_go_leave_nothing(
    loads: int,
    house: House,
    visit: Callable[[], Page],
    capsys: pytest.CaptureFixture[str],
) -> None:
    house.await_kernels(1)
    visit().close(run_before_unload=True)
    house.await_kernels(1)
    before, files = settled(house.process.pid), house.temporary_files()
    for number in range(loads):
        page = visit()
        if number % 3 == 0:
            play(page)
        page.close(run_before_unload=number % 2 == 0)  # else it goes without a word
    house.await_kernels(1)
    after = settled(house.process.pid)
    with capsys.disabled():
        print(f"\n  server, {loads} page loads: {before} -> {after}, {files} temporary files")
    assert house.playing() == []
    assert house.temporary_files() <= files
    assert after.threads <= before.threads + 2
    assert after.files <= before.files + 4
    assert after.memory_mib < before.memory_mib + 20 + 0.5 * loads


@pytest.mark.slow
@pytest.mark.parametrize("seeks", [100, 1_000])
def test_seeks_leave_nothing_in_the_kernel(
    seeks: int,
    house: House,
    visit: Callable[[], Page],
    capsys: pytest.CaptureFixture[str],
) -> None:
    page = visit()
    play(page)
    [pid] = house.playing()

    def seek(count: int) -> None:
        """Go to and fro; now and then wait until it sounds."""
        places = np.random.default_rng(440).uniform(0.0, 0.6 * TRACK_S, count).round(3).tolist()
        page.evaluate(
            """async (places) => {
                const engine = [...globalThis[Symbol.for("auralis.engines")].engines.values()][0];
                for (const [number, place] of places.entries()) {
                    engine.seek(place * engine.track.rate_hz);
                    await new Promise((next) => setTimeout(next, number % 10 ? 20 : 150));
                }
            }""",
            places,
        )

    def rest() -> Figures:
        page.click(".auralis-stop")
        page.wait_for_selector(".auralis-player[data-state=stopped]")
        until_s = time.monotonic() + SETTLED_S
        while house.playing():
            assert time.monotonic() < until_s
            time.sleep(0.1)
        return settled(pid)

    seek(30)  # what is made once, is made
    before, files = rest(), house.temporary_files()
    page.click(".auralis-play")
    page.wait_for_selector(".auralis-player[data-state=playing]", timeout=WAIT_MS)
    seek(seeks)
    after = rest()
    with capsys.disabled():
        print(f"\n  kernel, {seeks} seeks: {before} -> {after}, {files} temporary files")
    assert house.temporary_files() <= files
    assert after.threads <= before.threads + 2
    assert after.files <= before.files + 4
    assert after.memory_mib < before.memory_mib + 40


def test_a_killed_tab_frees_its_slot_and_its_kernel(
    house: House, visit: Callable[[], Page]
) -> None:
    page = visit()
    play(page)
    [pid] = house.playing()
    page.close()  # no handler of the page is run
    until_s = time.monotonic() + SETTLED_S
    while pid in house.kernels() or house.playing():
        assert time.monotonic() < until_s
        time.sleep(0.2)


def test_a_page_whose_server_has_ended_says_so_while_it_still_sounds_and_then_rests(
    house: House, visit: Callable[[], Page]
) -> None:
    page = visit()
    play(page)
    player = page.locator(".auralis-player")
    until_s = time.monotonic() + SETTLED_S
    while int(player.get_attribute("data-queued-frames") or 0) < AHEAD_S * RATE_HZ:
        assert time.monotonic() < until_s
        page.wait_for_timeout(100)
    stop_server(house.process)  # nobody visits the house after this
    page.locator(".auralis-state", has_text="cannot be reached").wait_for(timeout=WAIT_MS)
    assert player.get_attribute("data-state") == "playing"
    page.wait_for_selector(".auralis-player[data-state=paused]", timeout=WAIT_MS)
    assert page.locator(".auralis-play").get_attribute("aria-label") == "Play"
    page.click(".auralis-play")  # nobody is there to answer
    assert page.locator(".auralis-play").get_attribute("aria-label") == "Play"
    mark = "getComputedStyle(document.querySelector('.au-queue .au-cover'), '::after').content"
    assert page.evaluate(mark) == "none"
