"""The panels beside a player, without a page: what they are told, and what they answer."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import soundfile as sf

from auralis_lab.audio import Audio
from auralis_lab.lab import open_lab
from auralis_lab.plan.automation import BandDynamics
from auralis_lab.plan.model import Plan
from auralis_lab.player.insight import Insight
from auralis_lab.player.sight import MOST_WAITING, Sight
from auralis_lab.player.sights import Health, LiveSpectrum, Meters, Sights, WaveformView
from auralis_lab.player.widget import Player
from auralis_lab.render.joins import JoinRecord
from auralis_lab.render.seams import JoinMeasure, SeamReport
from tests.browser.listening import NoiseTrack
from tests.player.shelf import a_plan, wait_until

VIEW = {"view": "7f", "request": 5}


class OutlinedTrack(NoiseTrack):
    """Its outline tells what it was asked for."""

    def peaks(self, start_frame: int, frames_per_bin: int, bins: int) -> npt.NDArray[np.int16]:
        if start_frame > 1_000_000:
            raise OSError("the disk is gone")
        return np.array([[start_frame % 999, frames_per_bin, n] for n in range(bins)], np.int16)


class JoinedTrack(OutlinedTrack):
    """It went through a black box; one of its joins is heard."""

    def join_report(self) -> SeamReport:
        record = JoinRecord(400, 10, "equal_gain", 0.9, 0.1, (0.5, 0.5))
        ranks = {"sample_step_db": 0.4, "high_band_burst_db": 0.99}
        return SeamReport(
            "noise",
            (
                JoinMeasure(400, {}, ranks, "clean", record),
                JoinMeasure(800, {}, {"loudness_step_lu": 1.0}, "audible"),
            ),
            {},
        )


class LimitedTrack(OutlinedTrack):
    """Its limiter halves a single frame."""

    def limiter_gain(self, plan: Plan, start_frame: int, frames: int) -> npt.NDArray[np.float32]:
        gain = np.ones(44_100, np.float32)
        gain[882] = 0.5
        return gain[start_frame : start_frame + frames]


@pytest.fixture
def player() -> Iterator[Player]:
    made = Player()
    yield made
    made.close()


@pytest.fixture
def sights(player: Player) -> Iterator[Sights]:
    made = Sights(player)
    yield made
    made.close()


def said_by(panel: Sight, monkeypatch: pytest.MonkeyPatch) -> list[tuple[dict[str, Any], Any]]:
    said: list[tuple[dict[str, Any], Any]] = []
    monkeypatch.setattr(
        panel, "send", lambda content, buffers=None: said.append((content, buffers))
    )
    return said


def ask(panel: Sight, **question: Any) -> None:
    panel._handle_custom_msg(VIEW | question, [])


def a_plan_with_dynamics(points: int = 50) -> Plan:
    steps = np.stack([np.arange(points) / 100, -np.arange(points) / 100])
    dynamics = BandDynamics.pack((160.0,), 100.0, steps)
    plan = a_plan()
    return Plan(**{**plan.__dict__, "dynamics": dynamics})


def test_panels_find_the_engine_of_their_player(player: Player, sights: Sights) -> None:
    for panel in (sights.waveform, sights.live, sights.meters, sights.health):
        assert panel.player == player.engine_name != ""


def test_the_outline_of_the_loaded_track_travels_as_sixteen_bit_triples(
    sights: Sights, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = said_by(sights.waveform, monkeypatch)
    sights.load(OutlinedTrack(0.5, id=3, title="Noise"))
    ask(sights.waveform, type="peaks", track=3, start_frame=512, frames_per_bin=256, bins=4)
    wait_until(lambda: said)
    content, buffers = said[0]
    assert content == VIEW | {
        "type": "peaks", "track": 3, "start_frame": 512, "frames_per_bin": 256, "bins": 4
    }  # fmt: skip
    outline = np.frombuffer(buffers[0], "<i2").reshape(-1, 3)
    assert outline.tolist() == [[512, 256, n] for n in range(4)]


@pytest.mark.parametrize(
    "changed",
    [
        {"track": 4},
        {"frames_per_bin": 300},
    ],
)
def test_what_is_not_there_is_answered_with_nothing(
    changed: dict[str, int], sights: Sights, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = said_by(sights.waveform, monkeypatch)
    sights.load(OutlinedTrack(0.5, id=3, title="Noise"))
    question = {"type": "peaks", "track": 3, "start_frame": 0, "frames_per_bin": 256, "bins": 4}
    ask(sights.waveform, **(question | changed))
    wait_until(lambda: said)
    assert said[0][0]["none"] is True


@pytest.mark.parametrize(
    "question",
    [
        {"type": "peaks", "track": 3, "start_frame": -1, "frames_per_bin": 256, "bins": 4},
        {"type": "peaks", "track": 3, "start_frame": 0, "frames_per_bin": 256, "bins": 100_000},
        {"type": "peaks", "track": "3", "start_frame": 0, "frames_per_bin": 256, "bins": 4},
        {"type": "peaks", "track": 3, "start_frame": 0, "frames_per_bin": 0, "bins": 4},
        {"type": "health", "more": 1},
        {"type": "gains", "plan": "x" * 100, "first_point": 0, "points": 1},
        {"type": "rm"},
    ],
)
def test_messages_that_are_none_are_dropped(
    question: dict[str, Any], sights: Sights, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = said_by(sights.waveform, monkeypatch)
    sights.load(OutlinedTrack(0.5, id=3, title="Noise"))
    ask(sights.waveform, **question)
    assert sights.waveform._waiting == 0
    ask(sights.waveform, type="health")
    wait_until(lambda: said)
    assert len(said) == 1


def test_a_failure_is_one_sentence_and_no_path(
    sights: Sights, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = said_by(sights.waveform, monkeypatch)
    sights.load(OutlinedTrack(0.5, id=3, title="Noise"))
    ask(sights.waveform, type="peaks", track=3, start_frame=1 << 21, frames_per_bin=256, bins=4)
    wait_until(lambda: said)
    assert said[0][0]["failed"].startswith("Drawing the waveform failed: ")
    assert "disk" not in said[0][0]["failed"]


def test_no_more_than_a_few_questions_wait(sights: Sights, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sights.waveform._work, "start", lambda *_, **__: None)
    for _ in range(3 * MOST_WAITING):
        ask(sights.waveform, type="health")
    assert sights.waveform._waiting == MOST_WAITING


def test_an_exact_track_has_chunks_and_no_joins(sights: Sights) -> None:
    track = OutlinedTrack(30.0, id=3, title="Noise")
    sights.load(track)
    assert sights.waveform.shown["joins"] is None
    sights.explain(track, a_plan())
    shown = sights.waveform.shown
    grid = track.chunk_grid()
    assert shown["joins"] == []
    assert (shown["chunk_frames"], shown["interval_frames"], shown["total_frames"]) == (
        grid.chunk_frames, grid.interval_frames, grid.total_frames
    )  # fmt: skip


def test_a_track_of_a_library_shows_its_chunks_and_no_joins(
    sights: Sights, tmp_path: Path, tone: Callable[..., Audio]
) -> None:
    (tmp_path / "Music").mkdir()
    sf.write(tmp_path / "Music" / "a.flac", tone(440.0, 21.0).T, 44_100)
    with open_lab(tmp_path / "Music") as lab:
        lab.scan()
        (track,) = lab.tracks.list()
        sights.load(track)
        sights.explain(track, track.plan())
    shown = sights.waveform.shown
    assert (shown["total_frames"], shown["joins"]) == (21 * 44_100, [])


def test_joins_of_a_black_box_are_told_with_what_stands_out_most(sights: Sights) -> None:
    track = JoinedTrack(30.0, id=3, title="Noise")
    sights.load(track)
    sights.explain(track, a_plan())
    assert sights.waveform.shown["joins"] == [
        {
            "frame": 400,
            "verdict": "clean",
            "words": "equal gain, high band burst above 99 % of other places",
        },
        {
            "frame": 800,
            "verdict": "audible",
            "words": "loudness step above 100 % of other places",
        },
    ]


def test_what_was_learned_of_an_earlier_track_is_not_shown_for_the_next(sights: Sights) -> None:
    earlier = OutlinedTrack(30.0, id=3, title="Noise")
    sights.load(earlier)
    sights.load(OutlinedTrack(30.0, id=4, title="Other"))
    sights.waveform.measured(earlier)
    assert (sights.waveform.shown["track"], sights.waveform.shown["joins"]) == (4, None)


def test_the_gains_of_a_plan_are_answered_in_pieces_band_by_band(
    sights: Sights, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = a_plan_with_dynamics()
    said = said_by(sights.meters, monkeypatch)
    sights.meters.explain(plan)
    assert sights.meters.shown["bands"] == ["<160", ">160"]
    ask(sights.meters, type="gains", plan=plan.hash, first_point=40, points=100)
    ask(sights.meters, type="gains", plan="another", first_point=40, points=100)
    wait_until(lambda: len(said) == 2)
    content, buffers = said[0]
    assert (content["first_point"], content["points"]) == (40, 10)
    assert np.frombuffer(buffers[0], "<i2").tolist() == [*range(40, 50), *range(-40, -50, -1)]
    assert said[1][0]["none"] is True


def test_the_limiter_is_followed_by_its_deepest_reduction_in_each_hundredth_of_a_second(
    sights: Sights, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan, track = a_plan_with_dynamics(), LimitedTrack(1.0, id=3, title="Noise")
    said = said_by(sights.meters, monkeypatch)
    sights.meters.explain(plan, track)
    assert sights.meters.shown["limits"]
    ask(sights.meters, type="reduction", plan=plan.hash, first_point=1, points=4)
    ask(sights.meters, type="reduction", plan=plan.hash, first_point=500, points=4)
    wait_until(lambda: len(said) == 2)
    # 441 frames a point; frame 882 is the first of the third point
    assert np.frombuffer(said[0][1][0], "<i2").tolist() == [0, -602, 0, 0]
    assert said[1][0]["points"] == 0


def test_a_plan_without_dynamics_has_no_bands(sights: Sights) -> None:
    sights.meters.explain(a_plan())
    assert sights.meters.shown["bands"] == []
    assert sights.meters.shown["target_lufs"] == -14.0
    sights.meters.load()
    assert sights.meters.shown == {}


def test_health_tells_how_the_cache_of_this_kernel_does(
    sights: Sights, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = said_by(sights.health, monkeypatch)
    ask(sights.health, type="health")
    wait_until(lambda: said)
    content, _ = said[0]
    assert content["hits"] >= 0
    assert content["misses"] >= 0
    assert {"memory_bytes", "disk_errors", "rendered_frames_per_s"} <= content.keys()


@pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed")
@pytest.mark.parametrize("panel", [WaveformView, LiveSpectrum, Meters, Health, Insight])
def test_the_scripts_of_a_panel_join_into_one_valid_module(panel: Any, tmp_path: Path) -> None:
    joined = tmp_path / "joined.mjs"
    joined.write_text(panel._esm, encoding="utf-8")
    done = subprocess.run(["node", "--check", str(joined)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "\nimport " not in panel._esm
