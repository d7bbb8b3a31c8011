"""The dashboard without a page: what its panels show, and when."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import ipywidgets
import pytest

from auralis_lab.errors import DecodeError, NotFoundError, ParameterError
from auralis_lab.player.dashboard import Dashboard, build, open_library
from auralis_lab.player.insight import facts, insight_content
from auralis_lab.player.welcome import heading
from tests.player.shelf import Folders, ShelfLab, ShelfTrack, a_plan, wait_until


@pytest.fixture
def lab() -> ShelfLab:
    return ShelfLab([ShelfTrack(n, f"Song {n}", "Someone", "Album") for n in range(4)])


@pytest.fixture
def dashboard(lab: ShelfLab) -> Iterator[Dashboard]:
    made = Dashboard(lab)
    yield made
    made.close()


def state(dashboard: Dashboard) -> str:
    return str(dashboard.insight.shown["state"])


def is_ready(dashboard: Dashboard) -> Callable[[], bool]:
    return lambda: state(dashboard) == "ready"


def test_choosing_a_track_loads_it_and_explains_what_would_be_done(
    lab: ShelfLab, dashboard: Dashboard
) -> None:
    lab.tracks.all[2].picture = b"jpeg"
    assert state(dashboard) == "empty"
    dashboard.choose(2)
    wait_until(is_ready(dashboard))
    wait_until(lambda: dashboard.now.artwork)
    assert dashboard.player.track is lab.tracks.all[2]
    assert dashboard.now.shown["title"] == "Song 2"
    assert dashboard.now.artwork == b"jpeg"
    shown = dashboard.insight.shown
    assert shown["spectra"]["before_db"] == [-30.0, None, -52.0]
    assert shown["spectra"]["after_db"] == [-30.0, None, -52.0]  # at the level before
    assert shown["spectra"]["lift_db"] == 3.0
    assert [level["after"] for level in shown["levels"]] == [-17.0, -1.0]
    assert [decision["sentence"] for decision in shown["decisions"]] == ["adaptive."]


def test_the_panel_says_so_while_it_measures_and_the_callback_does_not_wait(
    lab: ShelfLab, dashboard: Dashboard
) -> None:
    lab.tracks.all[0].hold.clear()
    dashboard.choose(0)
    wait_until(lambda: state(dashboard) == "measuring")
    lab.tracks.all[0].hold.set()
    wait_until(is_ready(dashboard))


def test_a_measurement_that_was_overtaken_is_not_shown(lab: ShelfLab, dashboard: Dashboard) -> None:
    slow, quick = lab.tracks.all[:2]
    slow.hold.clear()
    dashboard.choose(0)
    wait_until(lambda: slow.asked)
    assert state(dashboard) == "measuring"
    dashboard.choose(1)
    wait_until(is_ready(dashboard))
    assert dashboard.insight.shown["spectra"]["before_db"][2] == -51.0
    slow.hold.set()
    wait_until(lambda: slow.measured)
    assert dashboard.player.track is quick
    assert dashboard.insight.shown["spectra"]["before_db"][2] == -51.0


def test_a_track_that_is_only_passed_by_is_not_measured(
    lab: ShelfLab, dashboard: Dashboard
) -> None:
    passed, quick = lab.tracks.all[:2]
    dashboard.choose(0)
    wait_until(lambda: state(dashboard) == "measuring")
    dashboard.choose(1)
    wait_until(is_ready(dashboard))
    assert dashboard.player.track is quick
    assert passed.asked == 0


@pytest.mark.parametrize(
    ("trait", "value", "expected_lufs"),
    [("preset", "warm", -15.0), ("preset", "bright", -22.0), ("intensity", 0.5, -18.5)],
)
def test_another_sound_is_explained_at_once(
    dashboard: Dashboard, trait: str, value: object, expected_lufs: float
) -> None:
    dashboard.choose(1)
    wait_until(is_ready(dashboard))
    dashboard.player.set_trait(trait, value)
    wait_until(lambda: dashboard.insight.shown["levels"][0]["after"] == expected_lufs)
    assert state(dashboard) == "ready"


def test_choosing_the_loaded_track_again_measures_nothing(
    lab: ShelfLab, dashboard: Dashboard, monkeypatch: pytest.MonkeyPatch
) -> None:
    played: list[bool] = []
    monkeypatch.setattr(dashboard.player, "play", lambda: played.append(True))
    dashboard.choose(1)
    dashboard.choose(1)
    dashboard.choose(1, play=True)
    wait_until(is_ready(dashboard))
    wait_until(lambda: played)
    assert lab.tracks.all[1].measured == 1


def test_only_the_last_of_several_choices_is_loaded(lab: ShelfLab, dashboard: Dashboard) -> None:
    loaded: list[str] = []
    dashboard.now.observe(lambda change: loaded.append(change["new"]["title"]), "shown")
    for track_id in (0, 1, 2, 3):
        dashboard.choose(track_id)
    wait_until(lambda: loaded and loaded[-1] == "Song 3")
    assert set(loaded) <= {"Song 0", "Song 3"}


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (DecodeError("/secret/place/a.flac", "no FLAC marker"), "no FLAC marker"),
        (ZeroDivisionError("secret detail"), "something unexpected went wrong"),
    ],
)
def test_a_failure_is_one_sentence_with_a_reference(
    lab: ShelfLab, dashboard: Dashboard, error: Exception, says: str
) -> None:
    lab.tracks.all[0].broken = error
    dashboard.choose(0)
    wait_until(lambda: state(dashboard) == "failed")
    message = dashboard.insight.shown["message"]
    assert says in message
    assert "Reference " in message
    assert "secret" not in message
    assert "Traceback" not in message


def test_a_track_that_is_gone_is_said_to_be_gone(dashboard: Dashboard) -> None:
    dashboard.choose(99)
    wait_until(lambda: state(dashboard) == "failed")
    assert "there is no track 99" in dashboard.insight.shown["message"]


def test_a_track_chosen_in_the_list_is_loaded(lab: ShelfLab, dashboard: Dashboard) -> None:
    dashboard.library._handle_custom_msg({"type": "open", "id": 3, "play": False}, [])
    wait_until(is_ready(dashboard))
    assert dashboard.player.track is lab.tracks.all[3]


def test_the_heading_is_escaped(dashboard: Dashboard) -> None:
    head = dashboard.children[0].children[0]
    assert "4 tracks in Music &amp; &lt;More&gt;<" in head.value


def test_the_heading_counts_the_files_that_could_not_be_read(lab: ShelfLab) -> None:
    lab.roots = Folders(failed=1)
    assert "· 1 file could not be read; " in heading(lab)
    lab.roots = Folders(failed=1200)
    assert "· 1,200 files could not be read; " in heading(lab)


def test_facts_are_short_and_leave_out_what_is_unknown() -> None:
    track = ShelfTrack(1, "x")
    track.rate_hz, track.duration_s = 48_000, 3_725.0
    assert facts(track) == ["WAV", "48 kHz", "stereo", "1:02:05"]
    track.channels, track.duration_s = 6, None
    assert facts(track) == ["WAV", "48 kHz", "6 channels"]


def test_what_could_not_be_measured_is_null_for_the_page() -> None:
    track = ShelfTrack(1, "silence")
    plan = a_plan()
    content = insight_content(track.profile, plan, *track.spectra(plan))
    assert content["spectra"]["before_db"][1] is None
    assert len(content["spectra"]["eq_hz"]) == len(content["spectra"]["eq_db"])
    assert content["spectra"]["eq_db"][0] == pytest.approx(2.0 * (1 - 0.17), abs=0.1)


class _Empty:
    """A library without tracks."""

    def __init__(self) -> None:
        self.tracks: Any = ShelfLab([]).tracks
        self.folder = Path("/secret/place/New <Music>")


def _missing() -> ShelfLab:
    raise NotFoundError("there is no folder /secret/place")


def _broken() -> ShelfLab:
    raise OSError("/secret/place")


@pytest.mark.parametrize(
    ("opener", "says"),
    [
        (_Empty, "holds no tracks yet"),
        (_missing, "The music folder is not there"),
        (_broken, "something unexpected went wrong. Reference "),
    ],
)
def test_without_music_the_page_says_what_to_run(opener: Callable[[], Any], says: str) -> None:
    page = build(open_library(opener))
    text = page.children[0].value
    assert isinstance(page, ipywidgets.Box)
    assert says in text
    assert "auralis scan " in text
    assert "auralis player --library path/to/music" in text
    assert "secret" not in text


def test_an_empty_library_is_named_and_so_is_how_to_fill_it() -> None:
    text = build(open_library(_Empty)).children[0].value
    assert "This page shows the folder <b>New &lt;Music&gt;</b>" in text
    assert "auralis scan &#x27;path/to/New &lt;Music&gt;&#x27;" in text


def test_a_folder_that_is_not_there_is_named_without_its_path(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AURALIS_LIBRARY", "/secret/place/Records")
    text = build(open_library(_missing)).children[0].value
    assert "auralis scan path/to/Records" in text
    assert "secret" not in text


def test_with_music_the_page_is_the_dashboard(lab: ShelfLab) -> None:
    page = build(open_library(lambda: lab))
    assert isinstance(page, Dashboard)
    assert "au-page" in page._dom_classes
    page.close()


def test_in_a_cell_an_empty_library_is_refused_with_what_to_do() -> None:
    with pytest.raises(ParameterError, match=r"'New <Music>' holds no tracks yet: .*lab\.scan\(\)"):
        Dashboard(_Empty())  # type: ignore[arg-type]


def test_a_dashboard_in_a_cell_leaves_the_kernel_and_the_page_as_they_were(lab: ShelfLab) -> None:
    widgets = set(ipywidgets.widgets.widget._instances)
    threads = set(threading.enumerate())
    turn_s = sys.getswitchinterval()
    dashboard = Dashboard(lab)
    assert "au-page" not in dashboard._dom_classes
    dashboard.choose(1)
    wait_until(is_ready(dashboard))
    assert sys.getswitchinterval() == turn_s
    dashboard.close()
    assert set(ipywidgets.widgets.widget._instances) - widgets == set()
    wait_until(lambda: set(threading.enumerate()) <= threads)
