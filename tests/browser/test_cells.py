"""Comparisons and spectra as a cell shows them, in a real page."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
import soundfile as sf

from auralis_lab.lab import open_lab
from auralis_lab.stream.integrity import pcm_hash
from auralis_lab.track import Track
from tests.browser.listening import noise
from tests.browser.test_playback import PlayerPage

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser

NOTEBOOK = """
from ipywidgets import Button, VBox
import auralis_lab
from tests.browser.listening import NoiseTrack

lab = auralis_lab.open_lab({folder!r})
lab.scan()
track = lab.tracks.list()[0]
plans = {{
    "my plan (loud)": track.plan("punchy", target_lufs=-10),
    "<b>bright</b>": "bright",
    "half": track.plan("warm", intensity=0.5),
}}
comparison = auralis_lab.compare(track, plans, against="half")
spectrum = auralis_lab.spectrum_view(comparison)
alone = auralis_lab.spectrum_view(track)
empty = auralis_lab.spectrum_view(auralis_lab.Player())
VBox([comparison, spectrum, alone, empty])
"""
WAIT_MS = 60_000


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Music: one track of 40 s."""
    made = tmp_path_factory.mktemp("cells") / "Music"
    made.mkdir()
    sf.write(made / "song.flac", noise(40.0).T, 44_100, subtype="PCM_16")
    return made


@pytest.fixture(scope="module")
def track(folder: Path) -> Iterator[Track]:
    """The track, in a catalogue of its own."""
    with open_lab(folder) as lab:
        lab.scan()
        yield lab.tracks.list()[0]


@pytest.fixture(scope="module")
def page(open_notebook: Callable[..., Page], folder: Path) -> Page:
    return open_notebook(NOTEBOOK.format(folder=str(folder)), width=1000, height=1900)


def names(page: Page) -> list[str]:
    return page.locator(".auralis-plans label").all_inner_texts()


def test_the_sides_have_the_names_that_were_given(page: Page) -> None:
    assert names(page) == ["half", "my plan (loud)", "<b>bright</b>"]
    assert page.locator(".auralis-plans b").count() == 0
    assert page.locator("input[aria-label=Intensity]").count() == 0
    level = page.inner_text(".auralis-level")
    assert level.startswith("All at −")
    assert "my plan (loud) −" in level


def test_plans_change_while_they_play_and_are_sent_as_rendered(page: Page, track: Track) -> None:
    player = PlayerPage(page)
    player.click(".auralis-play")
    player.wait("d.state === 'playing' && d.consumedFrames > 10000")
    assert page.inner_text(".auralis-state") == "Playing my plan (loud)"
    page.click(".auralis-plans label >> nth=2")
    heard = player.wait("d.spliceMs !== '' && d.runFrames > 20000")
    assert heard.is_of(track.render(track.plan("bright")))
    page.click(".auralis-plans label >> nth=0")
    heard = player.wait("d.epoch > 2 && d.spliceMs !== '' && d.runFrames > 20000")
    assert page.inner_text(".auralis-state") == "Playing half"
    assert heard.is_of(track.render(track.plan("warm", intensity=0.5)))
    assert heard.underrun_frames == 0


def test_two_plans_are_told_apart_blind_under_their_names(page: Page, track: Track) -> None:
    player = PlayerPage(page)
    page.click(".auralis-plans label >> nth=1")
    page.click(".auralis-compare")
    page.wait_for_function(
        "document.querySelector('.auralis-comparing .auralis-matched').textContent"
        ".includes('my plan (loud) −')",
        timeout=WAIT_MS,
    )
    heard = player.wait("d.state === 'playing' && d.runFrames > 20000")
    loud, half = track.plan("punchy", target_lufs=-10), track.plan("warm", intensity=0.5)
    span = slice(heard.start_frame, heard.stop_frame)
    both = np.concatenate([track.render(half)[:, span], track.render(loud)[:, span]])
    assert heard.pcm_hash == pcm_hash(both)
    assert page.get_attribute("[data-lane=a]", "title") == "A: half"
    assert page.get_attribute("[data-lane=b]", "aria-label") == "B: my plan (loud)"
    assert page.get_attribute(".auralis-compare", "title") == (
        "Half and my plan (loud) at the same loudness (C)"
    )
    page.get_by_text("Blind test").click()
    page.get_by_text("X is A").click()
    with page.expect_download() as download:
        page.get_by_label("Save trials as JSON").click()
    facts = json.loads(Path(download.value.path()).read_text())
    assert (facts["a"], facts["b"]) == ("half", "my plan (loud)")
    assert (facts["a_plan"], facts["b_plan"]) == (half.hash, loud.hash)
    assert facts["matched_db"] == pytest.approx(facts["b_gain_db"] - facts["a_gain_db"])
    assert facts["count"] == 1
    page.get_by_text("End the test").click()
    page.click(".auralis-compare")


def test_the_spectra_follow_the_plan_that_is_chosen(page: Page) -> None:
    from playwright.sync_api import expect

    expect(page.locator(".au-insight[data-state=ready]")).to_have_count(2, timeout=WAIT_MS)
    curve = page.locator(".au-line.au-eq")
    expect(curve).to_have_count(1)  # the track alone has none
    assert page.locator(".au-why").count() == page.locator(".au-level").count() == 0
    loud = curve.get_attribute("d") or ""
    page.click(".auralis-plans label >> nth=2")
    expect(curve).not_to_have_attribute("d", loud, timeout=WAIT_MS)
    page.wait_for_function(
        "document.querySelector('.au-live .au-heard').textContent.startsWith('Loudest')",
        timeout=WAIT_MS,
    )
    assert "Load a track into the player" in page.locator(".au-insight").last.inner_text()
    assert page.locator(".au-spectrum").nth(1).get_attribute("aria-label", timeout=WAIT_MS) == (
        "Spectrum from 20 Hz to 15.8 kHz, as it is."
    )
