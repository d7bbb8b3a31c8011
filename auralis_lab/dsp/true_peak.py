"""True peak between the samples: the interpolator of ITU-R BS.1770-5, Annex 2.

Conventions: audio is ``float32``, shape ``(channels, frames)``. The interpolator is a 48-tap FIR at
four times the rate, kept as four phases of 12 taps. Phase ``p`` of frame ``n`` estimates the
signal at time ``n + (2 p + 1) / 8`` frames from the 12 samples ``n - 5 .. n + 6``; none of the
phases falls on a sample, so the samples themselves are looked at as well.

The phases come in mirrored pairs (3 mirrors 0, 2 mirrors 1). With ``E`` and ``O`` the answers of
a pair's even and odd half-filters to the same 12 samples, the two outputs are ``E + O`` and
``E - O``, and the larger of their magnitudes is ``|E| + |O|``: half the work of four plain
filters. All sums are ``float32`` in one fixed order, so a value depends on its 12 samples alone,
not on where the audio was cut.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import njit

from auralis_lab.audio import Audio
from auralis_lab.errors import ParameterError

__all__ = [
    "ANNEX2_PHASES",
    "TRUE_PEAK_CONTEXT_FRAMES",
    "TRUE_PEAK_LEFT_FRAMES",
    "TRUE_PEAK_RIGHT_FRAMES",
    "raise_envelope",
    "true_peak_envelope",
]

TRUE_PEAK_LEFT_FRAMES = 5
TRUE_PEAK_RIGHT_FRAMES = 6
TRUE_PEAK_CONTEXT_FRAMES = TRUE_PEAK_LEFT_FRAMES + TRUE_PEAK_RIGHT_FRAMES

# Annex 2 counts tap k back from the newest sample: output = sum of phase[k] * x[newest - k].
_PHASE_0 = (
    0.0017089843750, 0.0109863281250, -0.0196533203125, 0.0332031250000,
    -0.0594482421875, 0.1373291015625, 0.9721679687500, -0.1022949218750,
    0.0476074218750, -0.0266113281250, 0.0148925781250, -0.0083007812500,
)  # fmt: skip
_PHASE_1 = (
    -0.0291748046875, 0.0292968750000, -0.0517578125000, 0.0891113281250,
    -0.1665039062500, 0.4650878906250, 0.7797851562500, -0.2003173828125,
    0.1015625000000, -0.0582275390625, 0.0330810546875, -0.0189208984375,
)  # fmt: skip

ANNEX2_PHASES: npt.NDArray[np.float64] = np.array(
    [_PHASE_0, _PHASE_1, _PHASE_1[::-1], _PHASE_0[::-1]]
)
ANNEX2_PHASES.setflags(write=False)


def true_peak_envelope(audio: Audio) -> Audio:
    """Largest magnitude of the signal from each frame up to the next, over all channels.

    Value ``i`` of the result belongs to frame ``i + 5`` of `audio`: it is the maximum over the
    channels of the sample itself and of the four values interpolated between it and its
    successor. Frames without their whole context get no value: give 5 frames (zeros before the
    start of a track) on the left and 6 (zeros after its end) on the right.

    Parameters
    ----------
    audio : ndarray of float32, shape (channels, 5 + frames + 6)
        The frames to look at with their context.

    Returns
    -------
    envelope : ndarray of float32, shape (frames,)
        Linear magnitudes. The same frames give the same values wherever `audio` was cut.

    Raises
    ------
    ParameterError
        If `audio` is shorter than its context.

    Notes
    -----
    The standard gives the interpolator for 48 kHz; it serves every rate. Steady sines up to 0.45 of
    the rate read up to 0.30 dB low or 0.22 dB high, depending on frequency and phase.
    """
    frames = audio.shape[1] - TRUE_PEAK_CONTEXT_FRAMES
    if frames < 0:
        raise ParameterError(
            f"audio of {audio.shape[1]} frames is shorter than the context of"
            f" {TRUE_PEAK_CONTEXT_FRAMES}"
        )
    envelope = np.zeros(frames, dtype=np.float32)
    for channel in audio:
        raise_envelope(channel, envelope)
    return envelope


def _half_filters(phase: tuple[float, ...]) -> tuple[tuple[np.float32, ...], ...]:
    """Even and odd halves of a phase over sample pairs (j, 11 - j), oldest sample first."""
    h = np.array(phase[::-1])
    even = (h[:6] + h[:5:-1]) / 2
    odd = (h[:6] - h[:5:-1]) / 2
    return tuple(np.float32(v) for v in even), tuple(np.float32(v) for v in odd)


_EVEN_0, _ODD_0 = _half_filters(_PHASE_0)
_EVEN_1, _ODD_1 = _half_filters(_PHASE_1)


@njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def raise_envelope(x: Audio, envelope: Audio) -> None:  # pragma: no cover - compiled
    """Raise `envelope` to the true peak of one channel; x carries the context on both sides."""
    for n in range(envelope.shape[0]):
        x0, x1, x2, x3, x4, x5 = x[n], x[n + 1], x[n + 2], x[n + 3], x[n + 4], x[n + 5]
        y0, y1, y2, y3, y4, y5 = x[n + 11], x[n + 10], x[n + 9], x[n + 8], x[n + 7], x[n + 6]
        s0, s1, s2, s3, s4, s5 = x0 + y0, x1 + y1, x2 + y2, x3 + y3, x4 + y4, x5 + y5
        d0, d1, d2, d3, d4, d5 = x0 - y0, x1 - y1, x2 - y2, x3 - y3, x4 - y4, x5 - y5
        outer_even = (
            (s0 * _EVEN_0[0] + s1 * _EVEN_0[1])
            + (s2 * _EVEN_0[2] + s3 * _EVEN_0[3])
            + (s4 * _EVEN_0[4] + s5 * _EVEN_0[5])
        )
        outer_odd = (
            (d0 * _ODD_0[0] + d1 * _ODD_0[1])
            + (d2 * _ODD_0[2] + d3 * _ODD_0[3])
            + (d4 * _ODD_0[4] + d5 * _ODD_0[5])
        )
        inner_even = (
            (s0 * _EVEN_1[0] + s1 * _EVEN_1[1])
            + (s2 * _EVEN_1[2] + s3 * _EVEN_1[3])
            + (s4 * _EVEN_1[4] + s5 * _EVEN_1[5])
        )
        inner_odd = (
            (d0 * _ODD_1[0] + d1 * _ODD_1[1])
            + (d2 * _ODD_1[2] + d3 * _ODD_1[3])
            + (d4 * _ODD_1[4] + d5 * _ODD_1[5])
        )
        outer = abs(outer_even) + abs(outer_odd)
        inner = abs(inner_even) + abs(inner_odd)
        peak = outer if outer > inner else inner
        sample = abs(x5)
        peak = sample if sample > peak else peak
        before = envelope[n]
        envelope[n] = peak if peak > before else before
