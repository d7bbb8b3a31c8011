"""A queue in a real browser: every sample of it, whatever is done meanwhile, and how long it takes.

The figures are printed as a table at the end.
"""

from __future__ import annotations

import csv
import fcntl
import os
import signal
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from auralis_lab.settings import Settings
from auralis_lab.stream.integrity import pcm_hash
from tests.browser.listening import NoiseTrack
from tests.browser.test_playback import PlayerPage

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser

RATE_HZ = 44_100
SECONDS = {1: 60.0, 2: 3.0, 3: 2.5}
SEEKS = 20
FRAME_BYTES = 8  # two channels of float32
STALL_S = 4.0

NOTEBOOK = """
import os
from ipywidgets import Label, VBox
from auralis_lab.player.playing import Playing
from auralis_lab.player.playqueue import PlayQueue
from auralis_lab.player.queueprogramme import QueueProgramme
from auralis_lab.player.widget import Player
from auralis_lab.stream.protocol import Play, Report
from tests.browser.listening import NoiseTrack
from tests.player.queues import MemoryQueues

tracks = {id_: NoiseTrack(seconds, id=id_) for id_, seconds in SECONDS.items()}

class Shelf:
    get = staticmethod(tracks.__getitem__)

queue = PlayQueue(MemoryQueues())
queue.play_now(list(tracks))
programme = QueueProgramme(queue, Shelf.get)
player = Player(programme=programme, queued=True, enhanced=False)
mirror = Label()
mirror.add_class("mirror")
under_way = {"sent": 0, "gone": 0, "most": 0}
send = player._transport.send

def count(content, buffers=None):
    if content["type"] == "block":
        under_way["sent"] += content["frames"]
        under_way["most"] = max(under_way["most"], under_way["sent"] - under_way["gone"])
    send(content, buffers)

def follow(message):
    if isinstance(message, Play):
        under_way.update(sent=0, gone=0)
    elif isinstance(message, Report):
        under_way["gone"] = message.consumed_frames
        mirror.value = f"{os.getpid()} {under_way['most']}"

player._transport.send = count
player.on_message(follow)
playing = Playing(queue, player, programme, Shelf())
VBox([player, mirror])
"""


KEEP_FINISHED = """() => {
    window.finishedRuns = {};
    const { dataset } = document.querySelector('.auralis-player');
    const look = () => {
        const [entry, ...run] = (dataset.finished ?? '').split(' ');
        window.finishedRuns[entry] = run.join(' ');
    };
    const watch = new MutationObserver(look);
    const player = document.querySelector('.auralis-player');
    watch.observe(player, { attributeFilter: ['data-finished'] });
}"""


class Room(PlayerPage):
    """A page with a player and its queue."""

    def __init__(self, page: Page) -> None:
        super().__init__(page)
        page.wait_for_selector(".auralis-play:enabled")
        page.evaluate(KEEP_FINISHED)

    def data(self, name: str) -> str:
        value: str = self.page.evaluate(f"document.querySelector('.auralis-player').dataset.{name}")
        return value

    def latency_ms(self, name: str = "latencyMs") -> float:
        self.wait(f"d.{name} !== ''")
        return float(self.data(name))

    def finished(self, entry: str) -> tuple[int, int, int]:
        """The last run of unaltered frames of an entry: first frame, frames, hash."""
        self.wait(f"window.finishedRuns['{entry}']", timeout_s=60)
        run = self.page.evaluate("entry => window.finishedRuns[entry]", entry)
        run_frame, run_frames, hash_ = (int(word) for word in run.split())
        return run_frame, run_frames, hash_

    def kernel(self) -> tuple[int, int]:
        """Process number of the kernel, and the most frames that were ever under way."""
        self.page.wait_for_function("document.querySelector('.mirror').textContent.trim()")
        pid, most = self.page.inner_text(".mirror").split()
        return int(pid), int(most)

    def begin(self) -> None:
        self.click(".auralis-title")
        if self.data("state") in ("playing", "opening", "buffering"):
            return
        self.press("Space")
        self.wait("d.state === 'playing' && d.runFrames > 10000")


@pytest.fixture(scope="module")
def latencies_ms() -> dict[str, list[float]]:
    return {}


@pytest.fixture(scope="module")
def room(open_notebook: Callable[..., Page]) -> Room:
    return Room(open_notebook(NOTEBOOK.replace("SECONDS", repr(SECONDS))))


@pytest.fixture(scope="module")
def first() -> NoiseTrack:
    return NoiseTrack(SECONDS[1], id=1)


def test_from_a_click_through_twenty_seeks_every_sample_is_right(
    room: Room, first: NoiseTrack, latencies_ms: dict[str, list[float]]
) -> None:
    room.click(".auralis-play")
    heard = room.wait("d.state === 'playing' && d.runFrames > 20000")
    latencies_ms["click to first sample"] = [room.latency_ms()]
    assert heard.is_of(first.audio)
    rng = np.random.default_rng(440)
    seeks = latencies_ms["seek to first sample"] = []
    for share in rng.uniform(0.02, 0.8, SEEKS):
        room.click_waveform(float(share))
        heard = room.wait(f"d.epoch > {heard.epoch} && d.runFrames > 8000")
        assert heard.start_frame == pytest.approx(share * SECONDS[1] * RATE_HZ, abs=0.3 * RATE_HZ)
        assert heard.is_of(first.audio)
        seeks.append(room.latency_ms())
    assert heard.underrun_frames == 0


def test_another_sound_is_crossed_over_to_and_then_right_again(
    room: Room, first: NoiseTrack, latencies_ms: dict[str, list[float]]
) -> None:
    room.begin()
    room.click_waveform(0.1)
    before = room.wait("d.runFrames > 20000")
    changes = latencies_ms["sound changed"] = []
    for key, preset in (("e", "adaptive"), ("3", "warm"), ("4", "bright")):
        room.press(key)
        heard = room.wait(f"d.epoch > {before.epoch} && d.runFrames > 20000")
        assert heard.is_of(first.sound(preset))
        changes.append(room.latency_ms("spliceMs"))
        before = heard
    assert before.underrun_frames == 0
    room.press("e")
    assert room.wait(f"d.epoch > {before.epoch} && d.runFrames > 9000").is_of(first.audio)


def test_both_sounds_are_there_while_comparing(room: Room, first: NoiseTrack) -> None:
    room.begin()
    room.click_waveform(0.1)
    before = room.wait("d.runFrames > 20000")
    room.press("c")
    heard = room.wait(f"d.epoch > {before.epoch} && d.runFrames > 20000")
    both = np.concatenate([first.audio, first.sound("bright")])
    assert heard.is_of(both)
    assert "−4.1 dB" in room.page.inner_text(".auralis-matched")
    for key, lane in (("a", "A"), ("b", "B"), ("x", "A")):
        room.press(key)
        assert room.page.inner_text(".auralis-lanes [aria-pressed=true]") == lane
    after = room.wait(f"d.epoch == {heard.epoch} && d.runFrames > {heard.frames + 20_000}")
    assert after.is_of(both)
    room.press("c")
    room.wait(f"d.epoch > {heard.epoch} && d.runFrames > 5000")


def test_a_blind_test_counts_and_is_saved(room: Room) -> None:
    room.begin()
    room.press("c")
    room.page.wait_for_function(
        "document.querySelector('.auralis-matched').textContent.startsWith('Matched')"
    )
    room.click(".auralis-blind")
    for name in ("a", "x", "b"):
        room.press(name)
    for _ in range(3):
        room.page.get_by_role("button", name="X is A").click()
    score = room.page.inner_text(".auralis-score")
    assert " of 3 right" in score
    with room.page.expect_download() as download:
        room.page.get_by_role("button", name="Save trials as CSV").click()
    rows = list(csv.DictReader(Path(download.value.path()).read_text().splitlines()))
    right = sum(row["x"] == "a" for row in rows)
    assert len(rows) == 3
    assert f"{right} of 3 right" in score
    assert {(row["track"], row["preset"], row["intensity"]) for row in rows} == {
        ("1", "bright", "1")
    }
    assert all(np.isfinite(float(row["matched_db"])) for row in rows)


def test_a_blind_test_repeats_its_track_and_begins_anew_with_another(room: Room) -> None:
    entry = room.data("entry")
    room.click_waveform(0.97)
    room.wait(f"d.entry === '{entry}' && d.state === 'playing' && Number(d.position) > 0")
    room.wait("Number(d.position) < 44100 && d.state === 'playing'", timeout_s=40)
    assert room.data("entry") == entry
    assert " of 3 right" in room.page.inner_text(".auralis-score")
    room.press("n")
    room.page.wait_for_function(
        "document.querySelector('.auralis-score').textContent"
        " === 'This is another track: the test begins anew. No answer yet'"
    )
    room.press("c")
    room.wait(f"d.entry !== '{entry}' && d.state === 'playing' && d.runFrames > 5000")
    room.press("p")
    room.wait(f"d.entry === '{entry}' && d.state === 'playing' && d.runFrames > 5000")


@pytest.mark.parametrize("stall_s", [STALL_S, pytest.param(60.0, marks=pytest.mark.slow)])
def test_a_stalled_tab_bounds_what_is_under_way_and_goes_on(
    stall_s: float, room: Room, first: NoiseTrack, capsys: pytest.CaptureFixture[str]
) -> None:
    room.begin()
    room.click_waveform(0.05)
    room.wait(f"d.queuedFrames > {(STALL_S + 1) * RATE_HZ}", timeout_s=30)
    before = room.heard()
    room.page.evaluate(
        f"() => {{ const until = performance.now() + {1000 * stall_s};"
        " while (performance.now() < until); }"
    )
    after = room.heard()
    heard = room.wait(f"d.state === 'playing' && d.runFrames > {after.frames + 20_000}")
    assert (heard.epoch, heard.start_frame) == (before.epoch, before.start_frame)
    assert heard.is_of(first.audio)
    assert heard.underrun_frames == 0 or stall_s > STALL_S
    most_bytes = room.kernel()[1] * FRAME_BYTES
    window_s = Settings().stream_window_s
    with capsys.disabled():
        print(f"\n  most bytes under way with a stalled tab: {most_bytes:,}")
    assert most_bytes <= (window_s + 2) * RATE_HZ * FRAME_BYTES


def test_tracks_follow_each_other_without_a_gap_to_the_end_of_the_queue(
    room: Room, first: NoiseTrack
) -> None:
    room.begin()
    room.click_waveform(0.97)
    room.wait("d.finished === ''")
    room.page.evaluate("window.finishedRuns = {}")
    start, frames, hash_ = room.finished("1-1")
    assert start + frames == first.audio.shape[1]
    assert hash_ == pcm_hash(first.audio[:, start:])
    second = NoiseTrack(SECONDS[2], id=2)
    assert room.finished("2-2") == (0, second.audio.shape[1], pcm_hash(second.audio))
    third = NoiseTrack(SECONDS[3], id=3)
    end = room.wait("d.state === 'ended'")
    assert (end.start_frame, end.frames) == (0, third.audio.shape[1])
    assert end.is_of(third.audio)
    assert end.underrun_frames == 0


def test_the_next_track_is_a_key_away(room: Room, latencies_ms: dict[str, list[float]]) -> None:
    room.click(".auralis-title")
    room.press("p")
    room.wait("d.state === 'playing' && d.runFrames > 5000")
    entry = room.data("entry")
    room.press("p")
    heard = room.wait(f"d.entry !== '{entry}' && d.state === 'playing' && d.runFrames > 5000")
    latencies_ms["other track"] = [room.latency_ms()]
    assert heard.start_frame == 0


def test_two_visitors_hear_their_own(room: Room, open_notebook: Callable[..., Page]) -> None:
    track = NoiseTrack(SECONDS[1], id=5)
    cells = NOTEBOOK.replace("SECONDS", repr({5: SECONDS[1]}))
    other = Room(open_notebook(cells))
    other.begin()
    room.press("p")
    heard = other.wait("d.runFrames > 100000")
    assert heard.is_of(track.audio)
    mine = room.wait("d.state === 'playing' && d.runFrames > 20000")
    assert mine.underrun_frames == heard.underrun_frames == 0
    other.click(".auralis-stop")
    other.wait("d.state === 'stopped'")
    room.click(".auralis-stop")


def test_the_eleventh_is_refused_in_words(room: Room, voila: tuple[str, Path]) -> None:
    room.wait("d.state !== 'playing'")
    folder = voila[1].parent / "cache" / "slots"
    folder.mkdir(parents=True, exist_ok=True)
    room.page.wait_for_timeout(500)  # for the session to hand its slot back
    with ExitStack() as held:
        for number in range(10):
            lock = held.enter_context((folder / f"{number}.lock").open("ab"))
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        room.click(".auralis-play")
        room.wait("d.state === 'failed'")
        assert "10 streams are playing" in room.page.inner_text(".auralis-state")
    room.click(".auralis-play")
    room.wait("d.state === 'playing'")


def test_a_killed_kernel_frees_its_slot_and_the_page_says_so(
    open_notebook: Callable[..., Page], voila: tuple[str, Path]
) -> None:
    room = Room(open_notebook(NOTEBOOK.replace("SECONDS", repr(SECONDS))))
    room.begin()
    os.kill(room.kernel()[0], signal.SIGKILL)
    room.page.wait_for_function(
        "document.querySelector('.auralis-state').textContent.includes('Reload the page')",
        timeout=40_000,
    )
    folder = voila[1].parent / "cache" / "slots"
    pids = {path.read_text().strip() for path in folder.glob("*.lock") if is_locked(path)}
    assert str(room.kernel()[0]) not in pids


def is_locked(path: Path) -> bool:
    with path.open("rb") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


@pytest.mark.slow
def test_a_minute_plays_without_running_dry(open_notebook: Callable[..., Page]) -> None:
    track = NoiseTrack(62.0, id=7)
    room = Room(open_notebook(NOTEBOOK.replace("SECONDS", repr({7: 62.0}))))
    room.begin()
    end = room.wait("d.state === 'ended'", timeout_s=90)
    assert end.underrun_frames == 0
    assert (end.start_frame, end.frames) == (0, track.audio.shape[1])
    assert end.is_of(track.audio)


def test_how_long_everything_took(
    latencies_ms: dict[str, list[float]], capsys: pytest.CaptureFixture[str]
) -> None:
    with capsys.disabled():
        print(f"\n  {'':24}{'median':>9}{'longest':>9}  ms")
        for name, values in latencies_ms.items():
            print(f"  {name:24}{np.median(values):9.0f}{max(values):9.0f}  of {len(values)}")
    assert all(value > 0 for values in latencies_ms.values() for value in values)
