"""The audio thread in a real browser, before a small kernel in the page itself."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from auralis_lab.analysis.loudness import LoudnessMeter
from auralis_lab.audio import Audio
from auralis_lab.player.assets import module_text
from auralis_lab.player.widget import Player
from auralis_lab.stream.integrity import pcm_hash

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser

KERNEL = (Path(__file__).parent / "small_kernel.js").read_text(encoding="utf-8")
ENGINE = module_text(
    "graph.js",
    "relay.js",
    "output.js",
    "ledger.js",
    "listener.js",
    "loop.js",
    "sleep.js",
    "engine.js",
)
ADDRESS = "http://localhost/"
RATE_HZ = 44_100


def made(track: int, frames: int, rows: int) -> Audio:
    """What the small kernel sends of a track."""
    frame = np.arange(frames)[np.newaxis, :] * 7
    whole = (frame + np.arange(rows)[:, np.newaxis] * 3 + track * 131 + 1) % 1999
    return ((whole - 999) / 4000).astype(np.float32)


class Ear:
    """A page with an engine."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def play(self, *tracks: tuple[int, int, int]) -> None:
        """Begin with the first of the tracks: (frames, rate_hz, channels)."""
        described = {
            number: {"frames": frames, "rate_hz": rate_hz, "channels": channels}
            for number, (frames, rate_hz, channels) in enumerate(tracks, 1)
        }
        worklet = Player._worklet.default_value
        self.page.evaluate(
            "([tracks, worklet]) => { window.kernel?.engine.close();"
            " window.kernel = new SmallKernel(tracks, worklet); kernel.engine.play(); }",
            [described, worklet],
        )

    def do(self, act: str) -> Any:
        return self.page.evaluate(f"() => kernel.engine.{act}")

    def wait(self, condition: str) -> None:
        self.page.wait_for_function(f"() => {{ const e = kernel.engine; return {condition}; }}")

    @property
    def reports(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.page.evaluate("() => kernel.reports")
        return found


@pytest.fixture(scope="module")
def ear(chromium: Browser) -> Iterator[Ear]:
    page = chromium.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.route("**/*", lambda route: route.fulfill(content_type="text/html", body="<p>ears</p>"))
    page.goto(ADDRESS)
    page.add_script_tag(content=f"{ENGINE}\n{KERNEL}", type="module")
    page.wait_for_function("() => window.SmallKernel !== undefined")
    yield Ear(page)
    page.close()
    assert errors == []


def test_tracks_of_other_rates_take_over_within_40_ms_and_lose_no_frame(ear: Ear) -> None:
    tracks = [(44_100, RATE_HZ, 2), (48_000, 48_000, 2), (24_000, 48_000, 1), (22_050, RATE_HZ, 1)]
    ear.play(*tracks)
    ear.wait("e.state === 'ended'")
    finals = [report for report in ear.reports if report["final"]]
    for number, ((frames, _, channels), final) in enumerate(zip(tracks, finals, strict=True), 1):
        assert final["run_frames"] == frames
        assert final["pcm_hash"] == pcm_hash(made(number, frames, channels))
    heard = ear.page.evaluate("() => kernel.heard")
    for segment, (_, rate_hz, _) in enumerate(tracks[1:], 1):
        over = next(r for r in heard if r["segment"] == segment - 1 and r["final"])
        began = next(r for r in heard if r["segment"] == segment and r["position"] > 0)
        begun_at = began["at"] - 1000 * began["position"] / rate_hz
        assert begun_at - over["at"] < 40


def test_a_splice_changes_over_without_running_dry_and_is_proven(ear: Ear) -> None:
    ear.play((10 * RATE_HZ, RATE_HZ, 2))
    ear.wait("e.position > 20000")
    ear.do("setCompare(true)")
    ear.wait("e.lanes.length === 2 && e.report.runFrames > 20000")
    ear.do("setLane('original')")
    ear.wait("e.report.runFrames > 40000")
    assert ear.do("health.spliceMs") < 1000
    last = ear.reports[-1]
    assert last["lane"] == "original"
    assert last["underruns"] == 0
    run = slice(last["run_frame"], last["run_frame"] + last["run_frames"])
    assert last["pcm_hash"] == pcm_hash(made(1, 10 * RATE_HZ, 4)[:, run])


def test_meters_read_what_the_kernel_reads(ear: Ear) -> None:
    frames = 4 * RATE_HZ
    ear.play((frames, RATE_HZ, 2))
    ear.wait("e.state === 'ended'")
    reading = ear.do("meters")
    meter = LoudnessMeter(RATE_HZ, 2)
    meter.push(made(1, frames, 2))
    expected = meter.result()
    assert reading["integrated"] == pytest.approx(expected.integrated_lufs, abs=0.1)
    assert reading["maxTruePeak"] == pytest.approx(expected.true_peak_dbtp, abs=0.2)


def test_twice_the_rate_takes_half_the_time(ear: Ear) -> None:
    ear.play((20 * RATE_HZ, RATE_HZ, 2))
    ear.wait("e.position > 20000")
    ear.do("setRate(2)")
    ear.wait("e.position > 60000")
    began = ear.do("report")
    ear.wait("e.position > 200000")
    ended = ear.do("report")
    spent_s = ended["time"] - began["time"]  # by the clock of the audio thread
    heard_s = (ended["position"] - began["position"]) / RATE_HZ
    assert heard_s / spent_s == pytest.approx(2, rel=0.05)
    assert ended["underruns"] == 0


def test_a_loop_goes_round_without_the_kernel(ear: Ear) -> None:
    ear.play((20 * RATE_HZ, RATE_HZ, 2))
    ear.wait("e.position > 10000")
    ear.do("setLoop(44100, 66150)")
    ear.wait("e.report.looping && e.position > 60000")
    ear.wait("e.position < 60000 && e.report.runFrames > 5000")
    assert ear.page.evaluate("() => kernel.plays.length") == 1
    last = ear.reports[-1]
    assert last["run_frame"] == 44_100 + round(0.02 * RATE_HZ)
    run = slice(last["run_frame"], last["run_frame"] + last["run_frames"])
    assert last["pcm_hash"] == pcm_hash(made(1, 20 * RATE_HZ, 2)[:, run])
    ear.do("setLoop(null)")
    ear.wait("e.position > 90000")
    assert ear.reports[-1]["underruns"] == 0
