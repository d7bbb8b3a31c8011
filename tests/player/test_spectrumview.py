"""The spectra of a player and of a track: what they show, and when."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import ipywidgets
import pytest

from auralis_lab.errors import DecodeError, ParameterError
from auralis_lab.player.spectrumview import SpectrumView, spectrum_view
from auralis_lab.player.widget import Player
from tests.browser.listening import NoiseTrack
from tests.player.shelf import ShelfTrack, a_plan, wait_until


@pytest.fixture
def player() -> Iterator[Player]:
    made = Player()
    yield made
    made.close()


@pytest.fixture
def view(player: Player) -> Iterator[SpectrumView]:
    made = spectrum_view(player)
    yield made
    made.close()


def is_ready(view: SpectrumView) -> Callable[[], bool]:
    return lambda: view.insight.shown["state"] == "ready"


def test_an_empty_player_is_said_to_be_empty(player: Player, view: SpectrumView) -> None:
    assert view.insight.shown["message"] == "Load a track into the player to see its spectrum."
    player.load(ShelfTrack(1, "Song"))
    wait_until(is_ready(view))
    player.load(None)
    assert view.insight.shown["state"] == "empty"


def test_it_follows_track_preset_and_intensity(player: Player, view: SpectrumView) -> None:
    player.load(ShelfTrack(1, "Song"))
    wait_until(is_ready(view))
    assert view.insight.shown["spectra"]["before_db"][2] == -51.0
    assert view.insight.shown["spectra"]["lift_db"] == 3.0
    player.preset = "warm"
    wait_until(lambda: view.insight.shown["spectra"]["lift_db"] == 5.0)
    player.intensity = 0.5
    wait_until(lambda: view.insight.shown["spectra"]["lift_db"] == 2.5)
    player.enhanced = False
    assert not view.insight.enhanced
    player.load(ShelfTrack(7, "Another"))
    assert view.insight.shown["state"] == "measuring"
    wait_until(is_ready(view))
    assert view.insight.shown["spectra"]["before_db"][2] == -57.0


def test_a_measurement_that_fails_is_one_sentence(player: Player, view: SpectrumView) -> None:
    track = ShelfTrack(1, "Song")
    track.broken = DecodeError("/secret/place/a.flac", "no FLAC marker")
    player.load(track)
    wait_until(lambda: view.insight.shown["state"] == "failed")
    assert "no FLAC marker" in view.insight.shown["message"]
    assert "secret" not in view.insight.shown["message"]


def test_a_track_that_cannot_be_measured_is_said_so(player: Player, view: SpectrumView) -> None:
    player.load(NoiseTrack(1.0))
    assert view.insight.shown["state"] == "failed"
    assert "cannot be measured" in view.insight.shown["message"]


def test_a_track_is_shown_as_it_is_or_by_a_plan() -> None:
    track = ShelfTrack(1, "Song")
    expected = {None: [], "warm": [-30.0, None, -51.0]}
    for plan, after in expected.items():
        view = spectrum_view(track, plan)
        wait_until(is_ready(view))
        assert view.live is None
        assert view.insight.shown["spectra"]["before_db"] == [-30.0, None, -51.0]
        assert view.insight.shown["spectra"]["after_db"] == after
        assert bool(view.insight.shown["spectra"]["eq_db"]) is bool(after)
        view.close()
    view = spectrum_view(track, a_plan("bright"))
    wait_until(is_ready(view))
    assert view.insight.shown["spectra"]["lift_db"] == -2.0
    view.close()


def test_closing_leaves_no_thread_and_no_widget(player: Player) -> None:
    before = set(all_widgets())
    threads = set(threading.enumerate())
    view = spectrum_view(player)
    player.load(ShelfTrack(1, "Song"))
    wait_until(is_ready(view))
    view.close()
    asked = ShelfTrack(2, "Later")
    player.load(asked)
    player.preset = "warm"
    assert asked.asked == 0
    assert set(all_widgets()) - before == set()
    wait_until(
        lambda: not [t for t in set(threading.enumerate()) - threads if "spectrum" in t.name]
    )


def all_widgets() -> list[str]:
    """Model ids of all widgets that are open."""
    return list(ipywidgets.widgets.widget._instances)


def test_what_has_no_spectrum_is_refused(player: Player) -> None:
    with pytest.raises(ParameterError, match="plan must be left out for a player"):
        spectrum_view(player, "warm")
    with pytest.raises(ParameterError, match="must be a player or a track"):
        spectrum_view("song.flac")  # type: ignore[arg-type]
    with pytest.raises(ParameterError, match="plan='loud' must be 'adaptive'"):
        spectrum_view(ShelfTrack(1, "Song"), "loud")
    with pytest.raises(ParameterError, match="plan=3 must be a plan"):
        spectrum_view(ShelfTrack(1, "Song"), 3)  # type: ignore[arg-type]
