"""The player in Python, with a page that is played by the test."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import comm
import numpy as np
import pytest
import traitlets
from comm.base_comm import BaseComm

from auralis_lab.errors import ParameterError
from auralis_lab.player.playable import Playable
from auralis_lab.player.widget import Player
from auralis_lab.stream.integrity import pcm_hash
from tests.browser.listening import NoiseTrack

CLIENT = "page-of-test"


class PageComm(BaseComm):
    """A comm whose other end is the test."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.sent: list[tuple[str, dict[str, Any], list[bytes]]] = []
        super().__init__(*args, **kwargs)

    def publish_msg(
        self,
        msg_type: str,
        data: Any = None,
        metadata: Any = None,
        buffers: Any = None,
        **keys: Any,
    ) -> None:
        self.sent.append((msg_type, data or {}, list(buffers or [])))


class Page:
    """What the browser would do."""

    def __init__(self, player: Player) -> None:
        self.player = player
        self.epoch = 0

    def send(self, **content: Any) -> None:
        """Hand a message to the kernel, over the transport's comm."""
        self.transport_comm.handle_msg(
            {"content": {"data": {"method": "custom", "content": content}}, "buffers": []}
        )

    @property
    def transport_comm(self) -> PageComm:
        channel: PageComm = self.player._transport.comm
        return channel

    def play(self, **changes: Any) -> None:
        self.epoch += 1
        content = {
            "type": "play",
            "epoch": self.epoch,
            "client": CLIENT,
            "entry": "only",
            "track_id": 1,
            "start_frame": 0,
            "enhanced": False,
            "preset": "adaptive",
            "intensity": 1.0,
        }
        self.send(**{**content, **changes})

    def report(self, consumed: int, state: str = "playing", *, start_frame: int = 0) -> None:
        self.send(
            type="report",
            epoch=self.epoch,
            client=CLIENT,
            state=state,
            segment=0,
            position_frame=start_frame + consumed,
            consumed_frames=consumed,
            run_frame=start_frame,
            run_frames=consumed,
            pcm_hash=0,
            lane="original",
        )

    def received(self, kind: str) -> list[tuple[dict[str, Any], list[bytes]]]:
        """Messages of the present epoch."""
        return [
            (data["content"], buffers)
            for _, data, buffers in list(self.transport_comm.sent)
            if data.get("method") == "custom"
            and data["content"]["type"] == kind
            and data["content"]["epoch"] in (self.epoch, None)
        ]

    def commands(self) -> list[dict[str, Any]]:
        return [
            data["content"]
            for _, data, _ in self.player.comm.sent
            if data.get("method") == "custom"
        ]

    def listen(self) -> np.ndarray[Any, np.dtype[np.float32]]:
        """Consume until the stream ends; return what was heard."""
        wait_until(lambda: self.received("segment") or self.received("ended"))
        while not self.received("ended"):
            self.report(sum(content["frames"] for content, _ in self.received("block")))
            time.sleep(0.005)
        parts = [
            np.frombuffer(buffers[0], "<f4").reshape(content["channels"], -1)
            for content, buffers in self.received("block")
        ]
        heard = np.concatenate(parts, axis=1)
        self.report(heard.shape[1], "ended")
        return heard


def wait_until(condition: Callable[[], Any], timeout_s: float = 5.0) -> None:
    deadline_s = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline_s
        time.sleep(0.005)


@pytest.fixture(autouse=True)
def _page_comms(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(comm, "create_comm", PageComm)


@pytest.fixture
def track() -> NoiseTrack:
    return NoiseTrack(4.0)


@pytest.fixture
def player(track: NoiseTrack) -> Iterator[Player]:
    player = Player(track)
    yield player
    player.close()


@pytest.fixture
def page(player: Player) -> Page:
    return Page(player)


def test_a_noise_track_is_playable(track: NoiseTrack) -> None:
    playable: Playable = track
    assert playable.waveform(10).shape == (10, 2)


def test_loading_describes_the_track_and_draws_it_later(player: Player, track: NoiseTrack) -> None:
    assert player._track["title"] == "Noise"
    assert player._track["total_frames"] == 4 * 44_100
    wait_until(lambda: player._grid)
    peaks = np.frombuffer(player.waveform, "<f4").reshape(-1, 2)
    assert peaks[:, 0].min() == track.audio.min()
    assert peaks[:, 1].max() == track.audio.max()
    assert player._grid == {"total": 176_400, "chunks": [[0, 176_400]]}


@pytest.mark.parametrize("preset", [None, "warm"])
def test_the_page_gets_the_samples_of_the_sound_it_asked_for(
    page: Page, track: NoiseTrack, preset: str | None
) -> None:
    page.play(enhanced=preset is not None, preset=preset or "adaptive", intensity=0.5)
    heard = page.listen()
    expected = track.sound(preset, intensity=0.5)
    np.testing.assert_array_equal(heard, expected)
    assert pcm_hash(heard) == pcm_hash(expected)


def test_traits_follow_the_page(page: Page, player: Player) -> None:
    seen: list[str] = []
    player.observe(lambda change: seen.append(change["new"]), "status")
    page.play(start_frame=44_100)
    wait_until(lambda: page.received("block"))
    page.report(0, "waiting", start_frame=44_100)
    page.report(4_410, start_frame=44_100)
    assert player.playing
    assert player.position_s == pytest.approx(1.1)
    page.report(8_820, "starved", start_frame=44_100)
    page.report(8_820, "paused", start_frame=44_100)
    assert not player.playing
    assert player.report.consumed_frames == 8_820
    page.send(type="stop", epoch=page.epoch, client=CLIENT)
    assert seen == ["opening", "playing", "buffering", "paused", "stopped"]


def test_the_end_of_the_track_is_told_when_its_last_sample_was_heard(
    page: Page, player: Player
) -> None:
    page.play()
    page.listen()
    assert player.status == "ended"
    assert player.position_s == pytest.approx(4.0)


def test_a_late_report_of_an_earlier_epoch_moves_nothing(page: Page, player: Player) -> None:
    page.play()
    wait_until(lambda: page.received("block"))
    page.play(start_frame=88_200)
    page.epoch -= 1
    page.report(4_410)
    assert player.position_s == pytest.approx(2.0)
    assert player.status == "opening"


def test_the_window_that_took_over_is_the_one_that_is_followed(page: Page, player: Player) -> None:
    page.play(client="first-window")
    wait_until(lambda: page.received("block"))
    page.epoch = 0
    page.play(start_frame=88_200)
    wait_until(
        lambda: "first-window" in [content["client"] for content, _ in page.received("ended")]
    )
    wait_until(lambda: CLIENT in [content["client"] for content, _ in page.received("block")])
    page.report(4_410, start_frame=88_200)
    assert player.status == "playing"
    assert player.message == ""
    assert player.position_s == pytest.approx(2.1)


def test_a_report_under_way_does_not_hide_a_failure(page: Page, player: Player) -> None:
    page.play(track_id=99)
    wait_until(lambda: player.status == "failed")
    page.report(0)
    assert player.status == "failed"


def test_an_invalid_message_is_refused_and_changes_nothing(page: Page, player: Player) -> None:
    page.play(intensity=7)
    refusal = page.received("refused")[0][0]
    assert (refusal["reason"], refusal["field"]) == ("invalid", "intensity")
    assert player.status == "idle"


def test_a_track_that_is_not_loaded_fails_with_a_message(page: Page, player: Player) -> None:
    page.play(track_id=99)
    wait_until(lambda: player.status == "failed")
    assert "no longer loaded (reference " in player.message


def test_python_asks_the_page_to_act(page: Page, player: Player) -> None:
    player.play()
    player.seek(2)
    player.pause()
    player.stop()
    assert page.commands() == [
        {"command": "play"},
        {"command": "seek", "seconds": 2.0},
        {"command": "pause"},
        {"command": "stop"},
    ]


@pytest.mark.parametrize("seconds", [-1.0, float("nan"), float("inf")])
def test_a_position_that_is_none_is_refused(player: Player, seconds: float) -> None:
    with pytest.raises(ParameterError):
        player.seek(seconds)


def test_choices_out_of_range_are_refused(player: Player) -> None:
    with pytest.raises(ParameterError, match="'adaptive', 'gentle', 'warm', 'bright' or 'punchy'"):
        player.preset = "loud"
    for name in ("intensity", "volume"):
        with pytest.raises(traitlets.TraitError):
            setattr(player, name, 1.5)
    with pytest.raises(traitlets.TraitError):
        player.position_s = 3.0
    assert player.preset == "adaptive"


def test_another_track_replaces_what_was_drawn(player: Player) -> None:
    wait_until(lambda: player.waveform)
    first = player.waveform
    player.load(NoiseTrack(2.0, id=2, title="Other"))
    wait_until(lambda: player._grid)
    assert player._track["title"] == "Other"
    assert player.waveform != first
    player.load(None)
    assert player._track is None
    assert player.waveform == b""
    assert player.status == "idle"


def test_a_slow_drawing_of_the_track_before_is_thrown_away(player: Player) -> None:
    begun, go_on = threading.Event(), threading.Event()

    class Slow(NoiseTrack):
        def artwork(self, size_px: int = 256) -> bytes | None:
            begun.set()
            assert go_on.wait(10)
            return b"old picture"

    player.load(Slow(1.0, id=3))
    assert begun.wait(10)
    player.load(NoiseTrack(1.0, id=4, title="Next"))
    go_on.set()
    wait_until(lambda: player._grid)
    player.close()
    wait_until(lambda: not [t for t in threading.enumerate() if "player-details" in t.name])
    assert player._artwork == b""
    assert player._grid["total"] == 44_100


def test_a_track_without_a_drawing_can_still_be_played(page: Page, player: Player) -> None:
    class Undrawable(NoiseTrack):
        def waveform(self, bins: int) -> Any:
            raise RuntimeError("no peaks")

    track = Undrawable(1.0, id=5)
    player.load(track)
    wait_until(lambda: player._grid)
    page.play(track_id=5)
    np.testing.assert_array_equal(page.listen(), track.audio)


def test_closing_ends_the_stream(track: NoiseTrack) -> None:
    player = Player(track)
    page = Page(player)
    page.play()
    wait_until(lambda: page.received("block"))
    player.close()
    wait_until(lambda: all(stream.closed for stream in track.opened))
    assert not [thread for thread in threading.enumerate() if "auralis-stream" in thread.name]


def test_a_page_that_closes_the_comm_ends_the_stream(page: Page, track: NoiseTrack) -> None:
    page.play()
    wait_until(lambda: page.received("block"))
    page.transport_comm.handle_close({})
    wait_until(lambda: track.opened and track.opened[0].closed)
