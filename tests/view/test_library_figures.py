"""Figures of a library: its map, its counts, the fingerprints of its tracks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pytest
from matplotlib.collections import PathCollection

from auralis_lab.analysis.definitions import DIMENSIONS
from auralis_lab.analysis.profile import Profile, measure
from auralis_lab.audio import Audio
from auralis_lab.catalogue.finding.facets import FacetCount
from auralis_lab.errors import ParameterError
from auralis_lab.io.array import ArraySource
from auralis_lab.view import plot_facets, plot_fingerprint, plot_map


@dataclass
class AMap:
    track_ids: npt.NDArray[np.int64]
    x: npt.NDArray[np.float64]
    y: npt.NDArray[np.float64]
    explained: tuple[float, float] = (0.5, 0.25)
    directions: dict[str, tuple[float, float]] = field(
        default_factory=lambda: {"tempo_bpm": (0.9, 0.0), "centroid_hz": (0.0, -0.6)}
    )


def a_map(count: int) -> AMap:
    angles = np.linspace(0, 2 * np.pi, count, endpoint=False)
    return AMap(np.arange(1, count + 1), np.cos(angles), np.sin(angles))


def test_a_map_has_a_dot_for_each_track_and_a_line_for_each_pair() -> None:
    library = a_map(4)
    figure = plot_map(library, {1: "one", 3: "three"}, pairs=[(1, 3)])
    axis = figure.axes[0]
    (dots,) = [drawn for drawn in axis.collections if isinstance(drawn, PathCollection)]
    np.testing.assert_allclose(np.asarray(dots.get_offsets()).T, [library.x, library.y])
    np.testing.assert_allclose(np.asarray(axis.lines[0].get_xydata()), [[1, 0], [-1, 0]], atol=1e-9)
    texts = {text.get_text() for text in axis.texts} - {""}
    assert texts == {"one", "three", "tempo", "brightness"}
    assert axis.get_xlabel().startswith("first principal axis (standard deviations")
    assert "25% of the variance" in axis.get_ylabel()


def test_names_on_a_map_do_not_cover_one_another() -> None:
    library = AMap(np.arange(1, 7), np.array([0, 0.01, 0.02, 1, 1, -1.0]), np.zeros(6))
    names = {n: f"track number {n}" for n in range(1, 7)}
    library.y = np.array([0, 0.01, 0.0, 1, -1, 0.5])
    figure = plot_map(library, names, arrows=0)
    figure.canvas.draw()
    texts = figure.axes[0].texts
    boxes = [text.get_window_extent() for text in texts]
    assert len(boxes) == 6
    for n, box in enumerate(boxes):
        assert not any(box.overlaps(other) for other in boxes[:n]), texts[n].get_text()


def test_a_map_of_nothing_and_a_pair_that_is_not_there_are_refused() -> None:
    with pytest.raises(ParameterError, match="measure the library"):
        plot_map(a_map(0), {})
    with pytest.raises(ParameterError, match="track 9"):
        plot_map(a_map(3), {}, pairs=[(1, 9)])


def test_facets_are_bars_as_long_as_their_counts() -> None:
    facets = {
        "genre": (FacetCount("Jazz", 5, "genre:=Jazz"), FacetCount("Folk", 2, "genre:=Folk")),
        "format": (FacetCount("FLAC", 7, "format:=FLAC"),),
        "decade": (),
    }
    figure = plot_facets(facets)
    widths = [[bar.get_width() for bar in axis.patches] for axis in figure.axes]  # type: ignore[attr-defined]
    assert widths == [[5, 2], [7]]
    assert [text.get_text() for text in figure.axes[0].get_yticklabels()] == ["Jazz", "Folk"]
    assert figure.axes[0].get_xlim() == figure.axes[1].get_xlim()
    with pytest.raises(ParameterError, match="at least one"):
        plot_facets({"genre": ()})


@pytest.fixture
def profiles(tone: Callable[..., Audio], pink: Callable[..., Audio]) -> dict[str, Profile]:
    sounds = {"a tone": tone(1_000, 4.0, 22_050), "noise": pink(4.0, 22_050)}
    return {name: measure(ArraySource(audio, 22_050)) for name, audio in sounds.items()}


def test_a_fingerprint_shows_every_measure_of_every_track(profiles: dict[str, Profile]) -> None:
    axis = plot_fingerprint(profiles).axes[0]
    assert len(axis.texts) == len(DIMENSIONS) * len(profiles)
    shown = {tuple(map(round, text.get_position())): text.get_text() for text in axis.texts}
    assert shown[0, DIMENSIONS.index("loudness_lufs")] == "−20.0"
    assert shown[0, DIMENSIONS.index("mid")] == "1.00"
    assert shown[0, DIMENSIONS.index("tempo_bpm")] == "–"
    assert not np.any(np.asarray(axis.images[0].get_array()))  # of two, each is as far off


def test_the_shades_of_a_fingerprint_are_of_what_differs(profiles: dict[str, Profile]) -> None:
    three = {**profiles, "a tone again": profiles["a tone"]}
    axis = plot_fingerprint(three).axes[0]
    shades = np.asarray(axis.images[0].get_array())
    mid = DIMENSIONS.index("mid")
    assert shades[mid].tolist() == pytest.approx([0.5**0.5, -(2**0.5), 0.5**0.5])
    written = {tuple(map(round, text.get_position())): text.get_text() for text in axis.texts}
    alike = [r for r in range(len(DIMENSIONS)) if len({written[c, r] for c in range(3)}) == 1]
    assert alike
    assert not shades[alike].any()


def test_one_track_has_a_fingerprint_without_shades(profiles: dict[str, Profile]) -> None:
    axis = plot_fingerprint({"noise": profiles["noise"]}).axes[0]
    assert not np.any(np.asarray(axis.images[0].get_array()))
    for count in (0, 9):
        with pytest.raises(ParameterError, match=f"{count} profiles"):
            plot_fingerprint({str(n): profiles["noise"] for n in range(count)})
