"""What the audio thread of a real browser consumes is what was rendered, sample by sample."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from auralis_lab.audio import Audio
from auralis_lab.stream.integrity import pcm_hash
from tests.browser.listening import NoiseTrack

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser

RATE_HZ = 44_100
SHORT_S = 3.0
LONG_S = 90.0

NOTEBOOK = """
from ipywidgets import Button, HBox, Label, VBox
from auralis_lab.player.widget import Player
from tests.browser.listening import NoiseTrack

player = Player(NoiseTrack({seconds}), enhanced=False)
mirror = Label()
mirror.add_class("mirror")

def show(change):
    mirror.value = f"{{player.status}} {{player.position_s:.3f}} {{player.message}}"

player.observe(show, ["status", "position_s", "message"])
buttons = {{
    "warm": lambda: player.set_trait("preset", "warm"),
    "python-play": lambda: player.play(),
    "python-pause": lambda: player.pause(),
    "python-seek": lambda: player.seek(30),
    "another": lambda: player.load(NoiseTrack(2.0, id=2, rate_hz=48_000, channels=1), play=True),
}}

def button(name, act):
    widget = Button(description=name)
    widget.add_class(name)
    widget.on_click(lambda _: act())
    return widget

VBox([player, mirror, HBox([button(*pair) for pair in buttons.items()])])
"""


@dataclass(frozen=True)
class Heard:
    """One report, as the page shows it."""

    state: str
    epoch: int
    start_frame: int
    frames: int
    pcm_hash: int
    underrun_frames: int

    @property
    def stop_frame(self) -> int:
        return self.start_frame + self.frames

    def is_of(self, audio: Audio) -> bool:
        """Whether exactly these frames of `audio` were consumed."""
        return self.pcm_hash == pcm_hash(audio[:, self.start_frame : self.stop_frame])


class PlayerPage:
    """A page with one player, as a person uses it."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def heard(self) -> Heard:
        data = self.page.evaluate("() => ({...document.querySelector('.auralis-player').dataset})")
        return Heard(
            state=data["state"],
            epoch=int(data["epoch"]),
            start_frame=int(data["runFrame"]),
            frames=int(data["runFrames"]),
            pcm_hash=int(data["pcmHash"] or -1),
            underrun_frames=int(data["underrunFrames"]),
        )

    def wait(self, condition: str, timeout_s: float = 20) -> Heard:
        """Wait until a condition on the data attributes `d` holds."""
        from playwright.sync_api import TimeoutError as NeverError

        try:
            self.page.wait_for_function(
                f"() => {{ const d = document.querySelector('.auralis-player').dataset;"
                f" return {condition}; }}",
                timeout=1000 * timeout_s,
            )
        except NeverError:
            status = self.page.inner_text(".auralis-status")
            pytest.fail(f"never: {condition}\n{self.heard()}\n{status}")
        return self.heard()

    def wait_python(self, status: str) -> str:
        """Wait until the kernel has a status; return all that the mirror shows."""
        mirror = self.page.locator(".mirror")
        self.page.wait_for_function(
            "(word) => document.querySelector('.mirror').textContent.trim().startsWith(word)",
            arg=status,
        )
        return mirror.inner_text()

    def click(self, selector: str) -> None:
        self.page.click(selector)

    def press(self, key: str) -> None:
        self.page.keyboard.press(key)

    def reset(self) -> None:
        """Fall silent, original, at the start, with the keyboard on the player."""
        if self.page.locator(".auralis-enhance[aria-checked=true]").count():
            self.click(".auralis-enhance")
        if self.page.locator(".auralis-stop:enabled").count():
            self.click(".auralis-stop")
        self.click(".auralis-title")

    def click_waveform(self, share: float) -> None:
        box = self.page.locator(".auralis-stage").bounding_box()
        assert box is not None
        self.page.mouse.click(box["x"] + share * box["width"], box["y"] + 30)


@pytest.fixture(scope="module")
def short_page(open_notebook: Callable[..., Page]) -> PlayerPage:
    return PlayerPage(open_notebook(NOTEBOOK.format(seconds=SHORT_S)))


@pytest.fixture(scope="module")
def long_page(open_notebook: Callable[..., Page]) -> PlayerPage:
    return PlayerPage(open_notebook(NOTEBOOK.format(seconds=LONG_S)))


@pytest.fixture(scope="module")
def short_track() -> NoiseTrack:
    return NoiseTrack(SHORT_S)


@pytest.fixture(scope="module")
def long_track() -> NoiseTrack:
    return NoiseTrack(LONG_S)


def test_an_original_is_heard_sample_by_sample_to_its_end(
    short_page: PlayerPage, short_track: NoiseTrack
) -> None:
    short_page.reset()
    short_page.click(".auralis-play")
    half = short_page.wait("d.state === 'playing' && d.runFrames > 44100")
    assert half.is_of(short_track.audio)
    end = short_page.wait("d.state === 'ended'")
    assert (end.start_frame, end.frames) == (0, round(SHORT_S * RATE_HZ))
    assert end.is_of(short_track.audio)
    assert short_page.wait_python("ended") == f"ended {SHORT_S:.3f}"


def test_play_after_the_end_begins_again(short_page: PlayerPage, short_track: NoiseTrack) -> None:
    short_page.click(".auralis-play")
    heard = short_page.wait("d.state === 'playing' && d.runFrames > 10000")
    assert heard.start_frame == 0
    assert heard.is_of(short_track.audio)


def test_an_enhanced_track_is_heard_sample_by_sample_to_its_end(
    short_page: PlayerPage, short_track: NoiseTrack
) -> None:
    short_page.reset()
    short_page.click(".auralis-enhance")
    short_page.page.get_by_label("bright").check()
    slider = short_page.page.locator("input[aria-label=Intensity]")
    slider.focus()
    for _ in range(3):
        slider.press("PageDown")
    intensity = float(slider.input_value())
    assert 0 < intensity < 1
    short_page.click(".auralis-play")
    end = short_page.wait("d.state === 'ended'")
    assert end.frames == round(SHORT_S * RATE_HZ)
    assert end.is_of(short_track.sound("bright", intensity=intensity))
    assert not end.is_of(short_track.audio)


def test_volume_does_not_reach_what_is_measured(
    short_page: PlayerPage, short_track: NoiseTrack
) -> None:
    short_page.reset()
    short_page.click(".auralis-mute")
    short_page.click(".auralis-play")
    assert short_page.wait("d.state === 'ended'").is_of(short_track.audio)
    short_page.click(".auralis-mute")


def test_a_click_into_the_waveform_plays_from_there(
    long_page: PlayerPage, long_track: NoiseTrack
) -> None:
    long_page.reset()
    long_page.click(".auralis-play")
    first = long_page.wait("d.runFrames > 20000")
    long_page.click_waveform(0.5)
    assert long_page.page.locator(".auralis-bubble").is_hidden()  # the clock tells the time now
    heard = long_page.wait(f"d.epoch > {first.epoch} && d.runFrames > 20000")
    assert heard.start_frame == pytest.approx(LONG_S / 2 * RATE_HZ, rel=0.01)
    assert heard.is_of(long_track.audio)


def test_a_pause_loses_and_repeats_nothing(long_page: PlayerPage, long_track: NoiseTrack) -> None:
    long_page.reset()
    long_page.press("Space")
    long_page.wait("d.runFrames > 20000")
    long_page.press("Space")
    long_page.wait_python("paused")
    paused = long_page.heard()
    assert paused.is_of(long_track.audio)
    long_page.page.wait_for_timeout(700)
    assert long_page.heard() == paused
    long_page.press("Space")
    heard = long_page.wait(f"d.runFrames > {paused.frames + 20_000}")
    assert (heard.epoch, heard.start_frame) == (paused.epoch, paused.start_frame)
    assert heard.is_of(long_track.audio)


def test_the_keyboard_seeks_and_switches_the_sound(
    long_page: PlayerPage, long_track: NoiseTrack
) -> None:
    long_page.reset()
    long_page.press("Space")
    first = long_page.wait("d.runFrames > 10000")
    long_page.press("ArrowRight")
    ahead = long_page.wait(f"d.epoch > {first.epoch} && d.runFrames > 10000")
    assert first.stop_frame + 5 * RATE_HZ <= ahead.start_frame
    assert ahead.start_frame < first.stop_frame + 6 * RATE_HZ
    long_page.press("e")
    heard = long_page.wait(f"d.epoch > {ahead.epoch} && d.runFrames > 10000")
    preset = long_page.page.locator("[role=radiogroup] input:checked").input_value()
    assert heard.is_of(long_track.sound(preset))
    long_page.press("ArrowLeft")
    back = long_page.wait(f"d.epoch > {heard.epoch} && d.runFrames > 10000")
    assert back.start_frame < heard.stop_frame - 3 * RATE_HZ
    assert back.is_of(long_track.sound(preset))


def test_stop_returns_to_the_start_and_frees_the_stream(long_page: PlayerPage) -> None:
    long_page.reset()
    long_page.press("Space")
    long_page.wait("d.runFrames > 10000")
    long_page.click(".auralis-stop")
    assert long_page.wait("d.state === 'stopped'").stop_frame == 0
    long_page.wait_python("stopped")
    assert long_page.page.inner_text(".auralis-now") == "0:00"


def test_dragging_to_the_very_end_finishes_cleanly(long_page: PlayerPage) -> None:
    long_page.reset()
    long_page.press("Space")
    long_page.wait("d.runFrames > 10000")
    long_page.click_waveform(0.99999)
    end = long_page.wait("d.state === 'ended'")
    assert end.stop_frame == round(LONG_S * RATE_HZ)


def test_python_steers_and_is_told(long_page: PlayerPage, long_track: NoiseTrack) -> None:
    long_page.reset()
    long_page.click(".python-play")
    first = long_page.wait("d.state === 'playing'")
    long_page.click(".python-seek")
    heard = long_page.wait(f"d.epoch > {first.epoch} && d.runFrames > 10000")
    assert heard.start_frame == 30 * RATE_HZ
    assert heard.is_of(long_track.audio)
    assert 30.0 < float(long_page.wait_python("playing").split()[1]) < 35.0
    long_page.click(".python-pause")
    long_page.wait_python("paused")


def test_thirty_hasty_seeks_end_where_the_last_one_went(
    long_page: PlayerPage, long_track: NoiseTrack
) -> None:
    long_page.reset()
    long_page.press("Space")
    first = long_page.wait("d.runFrames > 10000")
    for number in range(30):
        long_page.click_waveform(0.2 + 0.02 * number)
    heard = long_page.wait(f"d.epoch >= {first.epoch + 30} && d.runFrames > 30000")
    assert heard.start_frame == pytest.approx(0.78 * LONG_S * RATE_HZ, rel=0.01)
    assert heard.is_of(long_track.audio)


def test_another_track_of_another_rate_plays_at_its_own(long_page: PlayerPage) -> None:
    long_page.reset()
    long_page.click(".another")
    end = long_page.wait("d.state === 'ended' && d.runFrames > 90000")
    audio = NoiseTrack(2.0, id=2, rate_hz=48_000, channels=1).audio
    assert end.frames == audio.shape[1]
    assert end.is_of(audio)
    assert "48 kHz · mono" in long_page.page.inner_text(".auralis-format")
