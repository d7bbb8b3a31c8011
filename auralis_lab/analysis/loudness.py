"""Loudness by ITU-R BS.1770-5, EBU Tech 3341 (EBU mode) and EBU Tech 3342 (loudness range).

Conventions: loudness in LUFS, its differences in LU, true peak in dBTP, sample peak in dBFS. What
cannot be measured (silence, too short) is ``None``, never 0 and never NaN.

Energies are summed over hops of 5 ms. Momentary loudness (400 ms) and short-term loudness (3 s) are
looked at after every hop for their maxima. Integrated loudness takes the 400 ms blocks that
start every 100 ms, gated at -70 LUFS and 10 LU below the mean of what is left; loudness range
takes the 3 s values that end every 100 ms, gated at -70 LUFS and 20 LU below their mean, and is the
95th less the 10th percentile, nearest rank. Only whole windows count: an incomplete last block is
dropped, and no silence is appended to a track before its loudness range is read (Tech 3342 lets a
live meter run on for 1.5 s; a file has no programme there).
"""

from __future__ import annotations

import copy
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from auralis_lab.analysis.blocks import BlockFeed, forward_blocks
from auralis_lab.analysis.gating import CrestHistogram, GatedLevels, MaxTrace, power_to_lufs
from auralis_lab.audio import Audio, Readable, as_audio, gain_to_db
from auralis_lab.dsp.k_weighting import (
    channel_weights_for,
    k_weighting_biquads,
    k_weighting_db,
)
from auralis_lab.errors import ParameterError

__all__ = ["TRACE_POINTS", "Loudness", "LoudnessMeter", "k_weighting_db", "measure_loudness"]

TRACE_POINTS = 1024
"""Most points a short-term trace can have."""

_HOPS_PER_S = 200
_MEASURED_S = 2  # at a time: with less, much of the work is getting ready
_BLOCK_HOPS = 20  # 100 ms
_MOMENTARY_HOPS = 80  # 400 ms
_SHORT_TERM_HOPS = 600  # 3 s
_CONTEXT_FRAMES = 11  # what the interpolator of the true peak needs around its frames

_Powers = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Loudness:
    """What a loudness meter says about a track.

    Attributes
    ----------
    integrated_lufs, lra_lu : float or None
        Gated loudness of the whole and its range.
    max_momentary_lufs, max_short_term_lufs : float or None
        Loudest 400 ms and loudest 3 s.
    true_peak_dbtp, sample_peak_dbfs : float or None
        The true peak is never below the sample peak.
    plr_db : float or None
        Peak to loudness ratio: true peak less integrated loudness.
    short_term_lufs : tuple of (float or None)
        Trace over the track, at most `TRACE_POINTS`, rounded to 0.01: point ``i`` is the loudest
        of the 3 s windows that end after ``i`` and by ``i + 1`` times `short_term_hop_s`.
    short_term_hop_s : float
        0.1, doubled as often as it takes to stay within the points.
    """

    integrated_lufs: float | None
    lra_lu: float | None
    max_momentary_lufs: float | None
    max_short_term_lufs: float | None
    true_peak_dbtp: float | None
    sample_peak_dbfs: float | None
    plr_db: float | None
    short_term_lufs: tuple[float | None, ...]
    short_term_hop_s: float


class LoudnessMeter:
    """Streaming meter; takes blocks of any length and keeps no more than five seconds.

    Parameters
    ----------
    rate_hz : int
        4,000 or more.
    channels : int
    channel_weights : sequence of float, optional
        Weight of each channel's power; by default those of `channel_weights_for`.

    Raises
    ------
    ParameterError
        If the rate is too low or the weights are not one per channel, finite and 0 or more.
    """

    def __init__(
        self, rate_hz: int, channels: int, channel_weights: tuple[float, ...] | None = None
    ) -> None:
        weights = channel_weights_for(channels) if channel_weights is None else channel_weights
        self._weights = np.asarray(weights, dtype=np.float64)
        if self._weights.shape != (channels,) or not np.all(
            (self._weights >= 0) & np.isfinite(self._weights)
        ):
            raise ParameterError(
                f"channel_weights={channel_weights!r} must be {channels} numbers, 0 or more"
            )
        self.rate_hz = rate_hz
        self.channels = channels
        shelf, high_pass = k_weighting_biquads(rate_hz)
        self._k_weighting = np.concatenate(
            [np.convolve(shelf[:3], high_pass[:3]), shelf[3:], high_pass[3:]]
        )
        self._states = np.zeros((channels, 4))
        # The same frames begin a hop in every second, so that seconds are alike at any rate.
        self._edges = np.arange(_MEASURED_S * _HOPS_PER_S + 1) * rate_hz // _HOPS_PER_S
        self._feed = BlockFeed(channels, _MEASURED_S * rate_hz)
        self._hops = 0
        self._last_energies = np.zeros(_SHORT_TERM_HOPS)
        self._last_frames = np.zeros((channels, _CONTEXT_FRAMES), dtype=np.float32)
        self._momentary = 0.0
        self._short_term = 0.0
        self._max_momentary = 0.0
        self._max_short_term = 0.0
        self._sample_peak = 0.0
        self._true_peak = 0.0
        self._blocks = GatedLevels()
        self._range = GatedLevels()
        self._trace = MaxTrace(_BLOCK_HOPS / _HOPS_PER_S, TRACE_POINTS)
        self._crest = CrestHistogram()

    def push(self, audio: Audio) -> None:
        """Take the next frames.

        Raises
        ------
        ParameterError
            If `audio` is not of shape (channels, frames) or holds NaN or infinity.
        """
        for block in self._feed.push(audio):
            self._measure(block)

    def result(self) -> Loudness:
        """What has been measured so far, as if the track ended here; the meter can go on."""
        ended = self._ended()
        integrated = ended._blocks.mean_lufs(relative_gate_lu=-10.0)
        true_peak = _level_db(max(ended._true_peak, ended._sample_peak))
        return Loudness(
            integrated_lufs=integrated,
            lra_lu=ended._range.spread_lu(0.10, 0.95, relative_gate_lu=-20.0),
            max_momentary_lufs=power_to_lufs(ended._max_momentary),
            max_short_term_lufs=power_to_lufs(ended._max_short_term),
            true_peak_dbtp=true_peak,
            sample_peak_dbfs=_level_db(ended._sample_peak),
            plr_db=None if true_peak is None or integrated is None else true_peak - integrated,
            short_term_lufs=ended._trace.points(),
            short_term_hop_s=ended._trace.hop_s,
        )

    def reading(self) -> tuple[float | None, float | None]:
        """Momentary and short-term loudness now, in LUFS, as a live meter shows them."""
        ended = self._ended()
        return power_to_lufs(ended._momentary), power_to_lufs(ended._short_term)

    def crest_histogram(self) -> tuple[tuple[float, float, int], ...]:
        """Return (loudness in LUFS, true peak in dBTP, count) over blocks of 100 ms.

        See `CrestHistogram`. A block's loudness is that of its own 100 ms.
        """
        return self._ended()._crest.cells()

    def _ended(self) -> LoudnessMeter:
        """A copy that has seen the frames in waiting and the silence after them."""
        ended = copy.deepcopy(self)
        rest = self._feed.rest
        if rest.shape[1]:
            ended._measure(rest)
        silence = np.zeros((self.channels, _CONTEXT_FRAMES), dtype=np.float32)
        ended._measure_peaks(np.concatenate([ended._last_frames, silence], axis=1))
        return ended

    def _measure(self, audio: Audio) -> None:
        """Measure two seconds, or the shorter rest at the end."""
        from auralis_lab.analysis.kernels import FIR_CONTEXT_FRAMES, add_weighted_energies

        known = np.concatenate([self._last_frames, audio], axis=1)
        edges = self._edges[self._edges <= audio.shape[1]]
        powers = self._measure_loudness(
            add_weighted_energies(
                known[:, _CONTEXT_FRAMES - FIR_CONTEXT_FRAMES :],
                self._k_weighting,
                self._states,
                self._weights,
                edges,
            )
        )
        envelope = self._measure_peaks(known)
        if len(powers):
            starts, stop = edges[:-1:_BLOCK_HOPS][: len(powers)], edges[len(powers) * _BLOCK_HOPS]
            self._crest.add(powers, np.maximum.reduceat(envelope[:stop], starts))
        self._last_frames = known[:, -_CONTEXT_FRAMES:].copy()

    def _measure_loudness(self, energies: _Powers) -> _Powers:
        """Slide the windows over the next hops; return the mean power of each 100 ms."""
        known = np.concatenate([self._last_energies, energies])
        before = np.concatenate([[0.0], np.cumsum(known)])
        first_hop = self._hops

        def mean_powers(window_hops: int) -> _Powers:
            """Mean power of the window that ends with each hop; 0 where it began too early."""
            ends = before[_SHORT_TERM_HOPS + 1 :]
            begins = before[_SHORT_TERM_HOPS + 1 - window_hops : len(before) - window_hops]
            powers = np.maximum(ends - begins, 0.0) / (window_hops * self.rate_hz / _HOPS_PER_S)
            powers[: max(0, window_hops - 1 - first_hop)] = 0.0
            return np.asarray(powers)

        momentary, short_term = mean_powers(_MOMENTARY_HOPS), mean_powers(_SHORT_TERM_HOPS)
        if len(energies):
            self._momentary, self._short_term = float(momentary[-1]), float(short_term[-1])
            self._max_momentary = max(self._max_momentary, float(momentary.max()))
            self._max_short_term = max(self._max_short_term, float(short_term.max()))
        on_grid = slice(_BLOCK_HOPS - 1, None, _BLOCK_HOPS)
        self._blocks.add(momentary[on_grid])
        self._range.add(short_term[on_grid])
        for power in short_term[on_grid].tolist():
            self._trace.add(power_to_lufs(power))
        self._last_energies = known[-_SHORT_TERM_HOPS:]
        self._hops += len(energies)
        return np.asarray(mean_powers(_BLOCK_HOPS)[on_grid])

    def _measure_peaks(self, known: Audio) -> Audio:
        """Raise the peaks; return the true-peak envelope, which lags by 6 frames."""
        from auralis_lab.analysis.kernels import highest_sample
        from auralis_lab.dsp.true_peak import true_peak_envelope

        envelope = true_peak_envelope(known)
        self._true_peak = max(self._true_peak, float(envelope.max()))
        self._sample_peak = max(self._sample_peak, highest_sample(known))
        return envelope


def measure_loudness(source: Readable | Audio, *, rate_hz: int | None = None) -> Loudness:
    """Loudness of a whole source, or of an array.

    Parameters
    ----------
    source : Readable or ndarray, shape (channels, frames)
    rate_hz : int, optional
        Needed for an array, and for nothing else.

    Raises
    ------
    ParameterError
        If an array comes without a rate or a source with one.
    """
    if isinstance(source, np.ndarray):
        if rate_hz is None:
            raise ParameterError("an array needs its rate_hz")
        meter = LoudnessMeter(rate_hz, as_audio(source).shape[0])
        meter.push(as_audio(source))
        return meter.result()
    if rate_hz is not None:
        raise ParameterError(f"rate_hz={rate_hz} must be left out: the source knows its own")
    meter = LoudnessMeter(source.rate_hz, source.channels)
    for block in forward_blocks(source, source.rate_hz):
        meter.push(block)
    return meter.result()


def _level_db(gain: float) -> float | None:
    return gain_to_db(gain) if gain > 0 else None
