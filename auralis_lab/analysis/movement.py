"""Everything that is read from the shared short-time spectra, measured together.

Conventions: see `Rhythm`, `Tonality`, `Ltas`, `Stereo` and `BandEnvelopes`. Only the envelopes
grow with the length of a track: by 600 bytes a second.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass
from itertools import chain

import numpy as np

from auralis_lab.analysis.definitions import (
    BAND_EDGES_HZ,
    CONTROL_RATE_HZ,
    dynamics_crossovers,
)
from auralis_lab.analysis.envelopes import FLOOR_DB, BandEnvelopes, quantised
from auralis_lab.analysis.moments import MomentMeter, Moments
from auralis_lab.analysis.rhythm import Rhythm, RhythmMeter
from auralis_lab.analysis.spectrum import Ltas, LtasMeter, sums_between
from auralis_lab.analysis.stereo import Stereo, stereo_of_sums
from auralis_lab.analysis.stft import (
    LONG_STEP,
    SPLIT_HZ,
    Doubles,
    Frames,
    SharedFrames,
    point_edges_hz,
)
from auralis_lab.analysis.tonality import Tonality, TonalityMeter
from auralis_lab.audio import Audio

__all__ = ["EnvelopeMeter", "Movement", "MovementMeter"]

_SILENT_SHARE = 1e-6  # of the other channel: what rounding leaves of nothing
_SILENT_BAND_SHARE = 1e-8  # of all bands: -80 dB is what leaks from a loud one


@dataclass(frozen=True)
class Movement:
    """What the shared spectra say about a track.

    Attributes
    ----------
    rhythm : Rhythm
    tonality : Tonality
    ltas : Ltas
    band_stereo : tuple of Stereo
        For each of the bands between `BAND_EDGES_HZ`; empty unless there are two channels. A
        channel 60 dB below the other counts as silent, and so does a band 80 dB below the whole.
    envelopes : BandEnvelopes
    moments : Moments
    """

    rhythm: Rhythm
    tonality: Tonality
    ltas: Ltas
    band_stereo: tuple[Stereo, ...]
    envelopes: BandEnvelopes
    moments: Moments


class MovementMeter:
    """Streaming meter; takes blocks of any length.

    Parameters
    ----------
    rate_hz : int
        4,000 or more.
    channels : int
    """

    def __init__(self, rate_hz: int, channels: int) -> None:
        self._frames = SharedFrames(rate_hz, channels)
        self._rhythm = RhythmMeter(rate_hz)
        self._tonality = TonalityMeter(rate_hz, self._frames.long_hz_per_bin)
        self._ltas = LtasMeter(self._frames)
        self._envelopes = EnvelopeMeter(rate_hz)
        self._moments = MomentMeter(self._frames)
        self._channels = channels
        shared = self._frames
        self._short_sums: Doubles = np.zeros((3, shared.short_bins))
        self._long_sums: Doubles = np.zeros((3, shared.long_bins))

    def push(self, audio: Audio) -> None:
        """Take the next frames.

        Raises
        ------
        ParameterError
            If `audio` is not of shape (channels, frames) or holds NaN or infinity.
        """
        for frames in self._frames.push(audio):
            self._add(frames)

    def result(self) -> Movement:
        """What has been measured so far, as if the track ended here; the meter can go on."""
        ended = copy.copy(self)
        for name in ("_rhythm", "_tonality", "_ltas", "_envelopes", "_moments"):
            setattr(ended, name, getattr(self, name).fork())
        for frames in self._frames.ending():
            ended._add(frames)
        return Movement(
            ended._rhythm.result(),
            ended._tonality.result(),
            ended._ltas.result(),
            ended._band_stereo(),
            ended._envelopes.result(),
            ended._moments.result(),
        )

    def _add(self, frames: Frames) -> None:
        self._rhythm.push(frames)
        self._tonality.push(frames)
        self._ltas.push(frames)
        self._envelopes.push(frames)
        self._moments.push(frames)
        self._short_sums = self._short_sums + frames.short_sums
        self._long_sums = self._long_sums + frames.long_sums

    def _band_stereo(self) -> tuple[Stereo, ...]:
        if self._channels != 2:
            return ()
        shared = self._frames
        bands_hz = np.array(BAND_EDGES_HZ)
        above = shared.short_scale * sums_between(
            self._short_sums, shared.short_hz_per_bin, np.maximum(bands_hz, SPLIT_HZ)
        )
        below = shared.long_scale * sums_between(
            self._long_sums, shared.long_hz_per_bin, np.minimum(bands_hz, SPLIT_HZ)
        )
        whole, balance, product = above + LONG_STEP * below
        stereo = np.stack([0.5 * whole + balance, 0.5 * whole - balance, product], axis=1)
        least = _SILENT_BAND_SHARE * float(stereo[:, :2].sum())
        return tuple(
            stereo_of_sums(left, right, product, silent_share=_SILENT_SHARE)
            if left + right > least
            else Stereo(None, None)
            for left, right, product in stereo.tolist()
        )


class EnvelopeMeter:
    """Takes the shared frames in order and keeps the levels of the bands: 2 bytes each.

    Parameters
    ----------
    rate_hz : int
    """

    def __init__(self, rate_hz: int) -> None:
        self._crossovers_hz = dynamics_crossovers(rate_hz)
        edges_hz = np.array(point_edges_hz(rate_hz))
        nearest = [int(np.argmin(np.abs(edges_hz - hz))) for hz in self._crossovers_hz]
        self._starts = np.array([0, *nearest])
        self._packed: tuple[list[bytes], ...] = tuple([] for _ in self._starts)
        self._points = 0

    def fork(self) -> EnvelopeMeter:
        """A meter that goes on from here by itself."""
        other = copy.copy(self)
        other._packed = tuple(list(band) for band in self._packed)
        return other

    def push(self, frames: Frames) -> None:
        """Take the next points."""
        powers = np.add.reduceat(frames.points, self._starts, axis=1).astype(np.float64).T
        levels_db = 10 * np.log10(np.maximum(powers, 10 ** (FLOOR_DB / 10)))
        for band, steps in zip(self._packed, quantised(levels_db), strict=True):
            band.append(steps.tobytes())
        self._points += len(frames.points)

    def result(self) -> BandEnvelopes:
        """What has been measured so far."""
        packed = b"".join(chain.from_iterable(self._packed))
        return BandEnvelopes(self._crossovers_hz, CONTROL_RATE_HZ, self._points, packed)
