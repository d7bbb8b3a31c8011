"""Figures show the numbers they were given; what is asserted is what the artists hold."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.collections import PathCollection
from matplotlib.patches import StepPatch

from auralis_lab.analysis.loudness import Loudness
from auralis_lab.analysis.profile import measure
from auralis_lab.analysis.spectrum import Ltas
from auralis_lab.audio import Audio
from auralis_lab.errors import ParameterError
from auralis_lab.io.array import ArraySource
from auralis_lab.plan.model import BandDynamics, EqCurve, LimiterSettings, Plan, Prediction
from auralis_lab.plan.targets import TargetBand
from auralis_lab.render.grid import ChunkGrid
from auralis_lab.render.seams import MEASURES, JoinMeasure, SeamReport, Verdict
from auralis_lab.view import (
    plot_chunks,
    plot_excerpts,
    plot_gains,
    plot_loudness,
    plot_seams,
    plot_spectra,
    plot_waveform,
)
from auralis_lab.view.style import panels, time_axis

mpl.use("Agg")

RATE_HZ = 1_000


def a_report(name: str, verdicts: list[Verdict]) -> SeamReport:
    values = dict.fromkeys(MEASURES, 0.1)
    joins = [
        JoinMeasure(n, values, dict.fromkeys(MEASURES, 0.5), v) for n, v in enumerate(verdicts)
    ]
    reference = tuple(np.linspace(0.01, 0.2, 100).tolist())
    return SeamReport(name, tuple(joins), dict.fromkeys(MEASURES, reference))


def a_loudness(trace: tuple[float | None, ...], integrated_lufs: float | None) -> Loudness:
    return Loudness(integrated_lufs, 6.0, None, None, -1.0, None, None, trace, 0.5)


def test_a_waveform_reaches_from_the_lowest_to_the_highest_sample(
    tone: Callable[..., Audio],
) -> None:
    figure = plot_waveform(tone(50, 2.0, RATE_HZ, level_dbfs=-6.0), RATE_HZ, start_s=30.0, bins=40)
    axis = figure.axes[0]
    outline = np.asarray(axis.collections[0].get_paths()[0].vertices)
    assert outline[:, 1].max() == pytest.approx(10 ** (-6 / 20), rel=0.02)
    assert outline[:, 1].min() == pytest.approx(-(10 ** (-6 / 20)), rel=0.02)
    assert axis.get_xlim() == (30.0, 32.0)


@pytest.mark.parametrize(
    ("start_s", "stop_s", "label", "ticks"),
    [
        (10.0, 16.0, "time (s)", ["10", "16"]),
        (0.0, 42.0, "time (s)", ["0", "40"]),
        (0.0, 75.0, "time (min:s)", ["0:00", "1:10"]),
        (3_590.0, 3_650.0, "time (h:min:s)", ["0:59:50", "1:00:50"]),
        (3_600.0, 3_600.5, "time (s)", ["3600", "3600.5"]),
    ],
)
def test_times_are_marked_in_the_unit_that_the_axis_names(
    start_s: float, stop_s: float, label: str, ticks: list[str]
) -> None:
    figure, (axis,) = panels(1.0)
    time_axis(axis, stop_s, start_s)
    figure.canvas.draw()
    places = [at for at in axis.get_xticks() if start_s <= at <= stop_s]
    shown = axis.xaxis.get_major_formatter().format_ticks(places)
    assert axis.get_xlabel() == label
    assert [shown[0], shown[-1]] == ticks


def test_what_is_measured_is_labelled_with_its_unit(tone: Callable[..., Audio]) -> None:
    sine = tone(997, 4.0, 8_000, level_dbfs=-20.0)
    profile = measure(ArraySource(sine, 8_000))
    spectra = plot_spectra({"dry": profile, "wet": profile}, changes=True)
    labels = [axis.get_ylabel() for axis in spectra.axes]
    assert labels == ["third-octave level (dBFS)", "change from\ndry (dB)"]
    assert max(v for v in profile.ltas.levels_db if v is not None) == pytest.approx(-20, abs=0.1)
    assert "full scale = 1" in plot_waveform(sine, 8_000).axes[0].get_ylabel()
    assert "LUFS" in plot_loudness(profile).axes[0].get_ylabel()
    for axis in plot_seams(a_report("pure", ["clean"])).axes:
        assert "(dB over" in axis.get_xlabel() or "(LU" in axis.get_xlabel()


def test_excerpts_lie_beneath_one_another_with_zero_at_the_mark(
    tone: Callable[..., Audio],
) -> None:
    waves = {"cut": tone(50, 0.02, RATE_HZ)[0], "faded": tone(50, 0.02, RATE_HZ)[1]}
    figure = plot_excerpts(waves, RATE_HZ, mark_frame=10, title="at the seam")
    assert [axis.get_title(loc="left") for axis in figure.axes] == ["cut", "faded"]
    for axis, wave in zip(figure.axes, waves.values(), strict=True):
        time_ms, drawn = axis.lines[0].get_data()
        np.testing.assert_array_equal(drawn, wave)
        assert np.asarray(time_ms)[[0, 10]].tolist() == [-10.0, 0.0]
    assert figure.get_supylabel() == "sample value (full scale = 1)"
    with pytest.raises(ParameterError, match="all alike"):
        plot_excerpts({"cut": waves["cut"], "short": waves["cut"][1:]}, RATE_HZ)


@pytest.mark.parametrize("shape", [(2, 20), (1, 20), (20, 2), ()])
def test_an_excerpt_that_is_not_one_channel_is_refused_with_what_to_pass(
    shape: tuple[int, ...],
) -> None:
    with pytest.raises(ParameterError, match=r"'stereo' of shape .* pass audio\[0\]"):
        plot_excerpts({"stereo": np.zeros(shape, np.float32)}, RATE_HZ)


def test_an_array_needs_its_sample_rate() -> None:
    with pytest.raises(ParameterError, match="rate_hz=None"):
        plot_waveform(np.zeros((1, 10), np.float32))


def test_every_chunk_is_drawn_where_it_emits_and_overlaps() -> None:
    grid = ChunkGrid(total_frames=23_000, chunk_frames=15_000, interval_frames=10_000)
    figure = plot_chunks(grid, np.zeros((100, 2), np.float32), RATE_HZ)
    bars = [
        (np.asarray(path.vertices)[:, 0].min(), np.asarray(path.vertices)[:, 0].max())
        for drawn in figure.axes[1].collections
        for path in drawn.get_paths()
    ]
    assert bars == [(0.0, 10.0), (10.0, 15.0), (10.0, 23.0)]
    assert [text.get_text() for text in figure.axes[1].texts] == ["0", "1"]
    assert "2 chunks of 15 s every 10 s" in figure.axes[0].get_title(loc="left")


def test_a_part_of_a_long_track_can_be_looked_at() -> None:
    grid = ChunkGrid(total_frames=7_200_000, chunk_frames=15_000, interval_frames=10_000)
    peaks = np.zeros((100, 2), np.float32)
    figure = plot_chunks(grid, peaks, RATE_HZ, start_s=3_600, stop_s=3_660)
    assert figure.axes[1].get_xlim() == (3_600.0, 3_660.0)
    names = [text.get_text() for text in figure.axes[1].texts]
    assert names == [str(n) for n in range(359, 366)]


def test_a_spectrum_is_drawn_in_steps_with_gaps_where_nothing_was_measured() -> None:
    before = Ltas((100.0, 125.9, 158.5), (-30.0, None, -50.0))
    after = Ltas((100.0, 125.9, 158.5), (-27.0, None, -51.0))
    eq = EqCurve((50.0, 1_000.0), (3.0, -1.0))
    figure = plot_spectra({"before": before, "after": after}, eq)
    steps = [p.get_data() for p in figure.axes[0].patches if isinstance(p, StepPatch)]
    np.testing.assert_array_equal(steps[-1][0], [-27.0, np.nan, -51.0])
    assert steps[-1][1][0] == pytest.approx(100.0 / 10**0.05)
    legend = figure.axes[0].get_legend()
    assert legend is not None
    assert [text.get_text() for text in legend.get_texts()] == ["before", "after"]
    (_, curve) = figure.axes[1].lines
    np.testing.assert_array_equal(curve.get_ydata(), [3.0, -1.0])


def test_a_profile_is_drawn_as_its_spectrum() -> None:
    profile = measure(ArraySource(np.random.default_rng(440).standard_normal((1, 8_000)), 8_000))
    one, other = (plot_spectra({"x": given}) for given in (profile, profile.ltas))
    levels = [
        [p.get_data()[0] for p in figure.axes[0].patches if isinstance(p, StepPatch)]
        for figure in (one, other)
    ]
    np.testing.assert_array_equal(levels[0], levels[1])


def test_there_must_be_a_spectrum() -> None:
    with pytest.raises(ParameterError, match="at least one"):
        plot_spectra({})


def test_seams_are_marked_by_verdict_over_the_reference_range() -> None:
    reports = [a_report("pure", ["clean"] * 3), a_report("cut", ["clean", "audible", "suspect"])]
    figure = plot_seams(reports)
    axis = figure.axes[0]
    dots = [drawn for drawn in axis.collections if isinstance(drawn, PathCollection)]
    offsets = [np.asarray(drawn.get_offsets()) for drawn in dots]
    assert [len(places) for places in offsets] == [3, 1, 1, 1]
    np.testing.assert_allclose(offsets[0][:, 0], 0.1)
    assert [label.get_text() for label in axis.get_yticklabels()] == ["pure", "cut"]


def test_a_largest_reference_far_beyond_the_rest_is_written_at_the_edge() -> None:
    report = a_report("fades out", ["clean"])
    far = dict(report.references)
    far["loudness_step_lu"] = (*far["loudness_step_lu"], 80.0)
    near, _, _, loudness = plot_seams(replace(report, references=far)).axes
    assert loudness.get_xlim()[1] < 2.0
    assert [text.get_text() for text in loudness.texts] == ["80 →"]
    assert near.get_xlim()[1] > 0.2
    assert not near.texts


def test_the_legend_says_that_a_colour_is_the_verdict_on_the_join() -> None:
    (legend,) = plot_seams(a_report("pure", ["clean"])).legends
    names = [text.get_text() for text in legend.get_texts()]
    assert names[:4] == ["verdict on the join:", "clean", "suspect", "audible"]


def test_one_report_needs_no_list_and_none_is_refused() -> None:
    assert len(plot_seams(a_report("pure", ["clean"])).axes) == 4
    with pytest.raises(ParameterError, match="at least one"):
        plot_seams([])


def test_loudness_shows_the_trace_with_gaps_and_its_levels() -> None:
    figure = plot_loudness(a_loudness((None, -20.0, -18.0), -19.0), target_lufs=-14.0)
    trace, integrated, target = figure.axes[0].lines
    np.testing.assert_array_equal(trace.get_xdata(), [0.5, 1.0, 1.5])
    np.testing.assert_array_equal(trace.get_ydata(), [np.nan, -20.0, -18.0])
    levels = [np.asarray(line.get_ydata())[0] for line in (integrated, target)]
    assert levels == [-19.0, -14.0]
    assert integrated.get_label() == "integrated −19.0 LUFS"


def test_silence_can_be_drawn() -> None:
    figure = plot_loudness(a_loudness((), None))
    figure.canvas.draw()
    plot_waveform(np.zeros((2, 0), np.float32), RATE_HZ).canvas.draw()
    plot_chunks(ChunkGrid(0, 15, 10), np.zeros((1, 2), np.float32), RATE_HZ).canvas.draw()
    nothing = Ltas((100.0, 125.9), (None, None))
    plot_spectra({"before": nothing}, EqCurve((), ())).canvas.draw()


def test_figures_leave_no_window_and_no_setting_behind(tmp_path: Path) -> None:
    before = dict(mpl.rcParams)
    figure = plot_seams(a_report("pure", ["clean"]))
    figure.savefig(tmp_path / "seams.pdf")
    assert plt.get_fignums() == []
    assert dict(mpl.rcParams) == before
    assert (tmp_path / "seams.pdf").stat().st_size > 1_000


def a_plan(gains_db: list[list[float]] | None) -> Plan:
    dynamics = None
    if gains_db is not None:
        dynamics = BandDynamics.pack((160.0, 2500.0), 100, np.array(gains_db))
    flat = EqCurve((1000.0,), (0.0,))
    return Plan(
        "warm", 1.0, flat, 0.0, LimiterSettings(), None, Prediction(None, None, 0.0), (),
        dynamics=dynamics,
    )  # fmt: skip


def test_each_band_has_its_gains_over_time_the_lowest_at_the_bottom() -> None:
    gains = np.stack([np.full(5000, -1.5), np.linspace(0, -6, 5000), np.zeros(5000)])
    figure = plot_gains({"warm": a_plan(gains.tolist()), "gentle": a_plan(None)})
    assert [axis.get_ylabel().split("\n")[0] for axis in figure.axes] == [
        "above 2.5 kHz",
        "160 Hz to 2.5 kHz",
        "below 160 Hz",
    ]
    middle = figure.axes[1].lines[0]
    times, levels = np.asarray(middle.get_xdata()), np.asarray(middle.get_ydata())
    assert levels == pytest.approx(-6 * times / 50, abs=0.02)
    assert np.asarray(figure.axes[2].lines[0].get_ydata()) == pytest.approx(-1.5, abs=0.01)
    legend = figure.axes[0].get_legend()
    assert legend is not None
    names = [text.get_text() for text in legend.get_texts()]
    assert names == ["warm", "gentle", "lowest to highest within 56 ms"]


def test_where_every_gain_is_drawn_there_is_no_pale_area_to_explain() -> None:
    gains = np.stack([np.linspace(0, -5, 5000)] * 3).tolist()
    legend = plot_gains({"warm": a_plan(gains)}, start_s=1.0, stop_s=9.0).axes[0].get_legend()
    assert legend is not None
    assert [text.get_text() for text in legend.get_texts()] == ["warm"]


def test_plans_that_move_no_band_are_not_drawn() -> None:
    with pytest.raises(ParameterError, match="none of the plans"):
        plot_gains({"warm": a_plan(None)})


def test_the_target_is_laid_on_the_first_spectrum() -> None:
    centres = (100.0, 1000.0, 4000.0)
    middle = EqCurve((100.0, 4000.0), (0.0, 0.0))
    room = EqCurve((1000.0,), (3.0,))
    target = TargetBand(middle, room, room)
    figure = plot_spectra({"before": Ltas(centres, (-30.0, -30.0, -30.0))}, target=target)
    shaded = np.asarray(figure.axes[0].collections[0].get_paths()[0].vertices)
    assert (shaded[:, 1].min(), shaded[:, 1].max()) == (-33.0, -27.0)


def test_a_part_of_the_gains_is_drawn_at_its_own_time() -> None:
    gains = np.stack([np.linspace(0, -5, 5000)] * 3).tolist()
    axis = plot_gains({"warm": a_plan(gains)}, start_s=20.0, stop_s=30.0).axes[-1]
    times, levels = (np.asarray(values) for values in axis.lines[0].get_data())
    assert axis.get_xlim() == (20.0, 30.0)
    assert (times[0], times[-1]) == pytest.approx((20.0, 30.0), abs=0.011)
    assert levels == pytest.approx(-times / 10, abs=0.02)
    with pytest.raises(ParameterError, match="start_s"):
        plot_gains({"warm": a_plan(gains)}, start_s=50.0)


def test_several_loudness_traces_share_a_figure_with_a_name_and_level_for_each() -> None:
    measured = {
        "original": a_loudness((-20.0, -18.0), -19.0),
        "warm": a_loudness((None, -14.0), None),
    }
    axis = plot_loudness(measured, target_lufs=-14.0).axes[0]
    assert [line.get_label() for line in axis.lines] == [
        "original −19.0 LUFS",
        "warm",
        "target −14.0 LUFS",
    ]
    np.testing.assert_array_equal(axis.lines[1].get_ydata(), [np.nan, -14.0])
    with pytest.raises(ParameterError, match="at least one"):
        plot_loudness({})


def test_changes_are_what_each_spectrum_has_over_the_first() -> None:
    centres = (100.0, 1000.0, 4000.0, 8000.0)
    spectra = {
        "before": Ltas(centres, (-20.0, -30.0, None, -90.0)),
        "after": Ltas(centres, (-18.0, -33.0, -40.0, -80.0)),
    }
    zero, line = plot_spectra(spectra, changes=True).axes[1].lines
    np.testing.assert_array_equal(line.get_xdata(), [100.0, 1000.0])
    np.testing.assert_array_equal(line.get_ydata(), [2.0, -3.0])
    assert not np.any(zero.get_ydata())
