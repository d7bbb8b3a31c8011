"""Sound generators: decaying modes, band-limited wavetables, plucked strings, shaped noise.

Conventions: a sound is ``float32``, shape ``(frames,)``, about ±1.0; lengths are frames, times end
in ``_s``. No partial lies above 0.45 of the sample rate, so nothing aliases. Everything random
comes from the generator that is handed in.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
from scipy.fft import irfft, rfft

from auralis_lab.demo.envelopes import Sound

__all__ = [
    "Spectrum",
    "band_noise",
    "fast_length",
    "glide",
    "modes",
    "oscillate",
    "pluck",
    "saw",
    "sweep",
    "wavetable",
]

Spectrum: TypeAlias = Callable[[npt.NDArray[np.float64]], npt.NDArray[np.float64]]

HIGHEST_SHARE = 0.45
TABLE = 4096
MODE_BLOCK = 256
SMALL_PRODUCT = 1 << 18
SWEEP_ROWS_PER_OCTAVE = 3
LN_1000 = 6.907755


def modes(
    hz: npt.ArrayLike,
    amplitudes: npt.ArrayLike,
    decays_s: npt.ArrayLike,
    *,
    frames: int,
    rate_hz: int,
    phases: npt.ArrayLike = 0.0,
) -> Sound:
    """Sum of exponentially decaying sines: bells, strings and bodies.

    A decaying sine is one complex power, and the power of a sum is a product, so the sound is cut
    into rows of 256 frames and all modes are added by one product of two small matrices. Modes
    that are gone (-100 dB) early are added only as far as they reach.

    Parameters
    ----------
    hz, amplitudes, decays_s : array_like, shape (modes,)
        Frequency, start amplitude, and the time to fall by 60 dB.
    frames, rate_hz : int
        Length and sample rate.
    phases : array_like
        Phase of the sines at the first frame, in radians.
    """
    f, a, t60, phase = np.broadcast_arrays(
        *(np.asarray(v, dtype=np.float64) for v in (hz, amplitudes, decays_s, phases))
    )
    out = np.zeros(frames, dtype=np.float32)
    audible = f < HIGHEST_SHARE * rate_hz
    brief = t60 < 0.2 * frames / rate_hz
    for group in (audible & ~brief, audible & brief):
        if group.any():
            reach = min(frames, int(1.7 * t60[group].max() * rate_hz) + 1)
            power = (-LN_1000 / t60[group] + 2j * np.pi * f[group]) / rate_hz
            first = -1j * a[group] * np.exp(1j * phase[group])
            out[:reach] += _powers(power, first, reach)
    return out


def _powers(
    power: npt.NDArray[np.complex128], first: npt.NDArray[np.complex128], frames: int
) -> Sound:
    """Real part of the sum of ``first * exp(power * n)``."""
    # products this small run in one thread of the BLAS: the same sums whatever the machine's load
    together = max(1, SMALL_PRODUCT // (2 * len(power) * MODE_BLOCK))
    stacks = -(-frames // (MODE_BLOCK * together))
    start = np.exp(np.outer(power, np.arange(MODE_BLOCK))) * first[:, np.newaxis]
    turn = np.exp(np.outer(np.arange(stacks * together) * MODE_BLOCK, power))
    turn[np.abs(turn) < 1e-9] = 0  # denormal numbers would cost ten times as much
    left = np.concatenate([turn.real, -turn.imag], axis=1).astype(np.float32)
    right = np.concatenate([start.real, start.imag], axis=0).astype(np.float32)
    sound = left.reshape(stacks, together, -1) @ right
    return np.asarray(sound.reshape(-1)[:frames])


def saw(k: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Amplitudes of a sawtooth's harmonics."""
    return 1.0 / k


def wavetable(hz: float, rate_hz: int, spectrum: Spectrum = saw) -> Sound:
    """One period of a sum of harmonics, band-limited for notes up to `hz`.

    `spectrum` gives the amplitude of each harmonic number; the harmonics are sines.
    """
    count = max(1, min(int(HIGHEST_SHARE * rate_hz / hz), TABLE // 8))
    return _period(spectrum(np.arange(1.0, count + 1)))


def _period(amplitudes: npt.NDArray[np.float64]) -> npt.NDArray[np.float32]:
    """One period of sines with these amplitudes, along the last axis."""
    bins = np.zeros((*amplitudes.shape[:-1], TABLE // 2 + 1), dtype=np.complex64)
    bins[..., 1 : amplitudes.shape[-1] + 1] = -0.5j * TABLE * amplitudes
    return np.asarray(irfft(bins, TABLE), dtype=np.float32)


def _phase(hz: npt.ArrayLike, frames: int, rate_hz: int, start: float) -> npt.NDArray[np.float64]:
    """Running phase in periods, 0 or more."""
    step = np.asarray(hz, dtype=np.float64) / rate_hz
    if step.ndim:
        return start + np.cumsum(step) - step
    return np.asarray(start + np.arange(frames) * step)


def _position(
    hz: npt.ArrayLike, frames: int, rate_hz: int, start: float
) -> tuple[npt.NDArray[np.int64], Sound]:
    """Place in a wavetable for every frame: entry, and the way to the next one."""
    position = _phase(hz, frames, rate_hz, start) * TABLE
    index = position.astype(np.int64)
    fraction = (position - index).astype(np.float32)
    return index & (TABLE - 1), fraction


def oscillate(
    table: Sound, hz: npt.ArrayLike, *, frames: int, rate_hz: int, start: float = 0.0
) -> Sound:
    """Play a wavetable at `hz` (a number or one per frame), from the phase `start` in periods."""
    index, fraction = _position(hz, frames, rate_hz, start)
    low = table[index]
    low += fraction * (np.roll(table, -1) - table)[index]
    return low


def sweep(
    hz: float,
    cutoff_hz: npt.ArrayLike,
    voices: list[tuple[float, float]],
    *,
    frames: int,
    rate_hz: int,
    resonance: float = 1.0,
    spectrum: Spectrum = saw,
) -> npt.NDArray[np.float32]:
    """Detuned voices behind a low-pass of 12 dB per octave whose cutoff moves.

    The filter's response is laid on the harmonics of a row of wavetables, from closed to open, and
    the sound moves through them.

    Parameters
    ----------
    hz : float
        Pitch of an undetuned voice.
    cutoff_hz : array_like
        A number or one per frame.
    voices : list of (cents, phase)
        Detuning, and start phase in periods.
    frames, rate_hz : int
        Length and sample rate.
    resonance : float
        Q of the filter.
    spectrum : callable
        Amplitudes of the unfiltered harmonics.

    Returns
    -------
    sounds : ndarray of float32, shape (voices, frames)
    """
    cutoff = np.clip(np.atleast_1d(np.asarray(cutoff_hz, dtype=np.float64)), 40, 0.42 * rate_hz)
    place = np.log2(cutoff / 40) * SWEEP_ROWS_PER_OCTAVE
    lowest = int(place.min())
    centres_hz = 40 * 2 ** (np.arange(lowest, int(place.max()) + 2) / SWEEP_ROWS_PER_OCTAVE)
    count = max(1, min(int(HIGHEST_SHARE * rate_hz / hz / 1.02), TABLE // 8))
    k = np.arange(1.0, count + 1)
    x = (k * hz / centres_hz[:, np.newaxis]) ** 2
    tables = _period(spectrum(k) / np.sqrt((1 - x) ** 2 + x / resonance**2))
    row = place.astype(np.int32) - lowest
    between = (place - lowest - row).astype(np.float32)
    if row.size == 1:
        still = tables[row[0]] + between[0] * (tables[row[0] + 1] - tables[row[0]])
        return np.stack(
            [
                oscillate(still, hz * 2 ** (c / 1200), frames=frames, rate_hz=rate_hz, start=start)
                for c, start in voices
            ]
        )
    flat, base = tables.reshape(-1), row * TABLE
    out = np.empty((len(voices), frames), dtype=np.float32)
    for voice, (cents, start) in enumerate(voices):
        index, fraction = _position(hz * 2 ** (cents / 1200), frames, rate_hz, start)
        after = (index + 1) & (TABLE - 1)
        low = flat[base + index]
        low += fraction * (flat[base + after] - low)
        high = flat[base + TABLE + index]
        high += fraction * (flat[base + TABLE + after] - high)
        out[voice] = low + between * (high - low)
    return out


def glide(from_hz: float, to_hz: float, time_s: float, *, frames: int, rate_hz: int) -> Sound:
    """A sine that falls exponentially from one frequency to another: the body of a drum."""
    n = np.arange(frames)
    hz = to_hz + (from_hz - to_hz) * np.exp(-n / (time_s * rate_hz))
    phase = _phase(hz, frames, rate_hz, 0.0) % 1.0
    return np.sin((2 * np.pi * phase).astype(np.float32))


def pluck(
    rng: np.random.Generator,
    hz: float,
    *,
    frames: int,
    rate_hz: int,
    decay_s: float,
    brightness: float,
    position: float = 0.18,
) -> Sound:
    """Karplus-Strong string: a burst of noise in a delay loop with a soft low-pass.

    The loop runs one period at a time, so a second of A4 takes 440 steps of numpy.

    Parameters
    ----------
    rng : Generator
        Makes the burst.
    hz : float
        Pitch; the loop's delay is tuned by interpolation between frames.
    frames, rate_hz : int
        Length and sample rate.
    decay_s : float
        Time for the fundamental to fall by 60 dB.
    brightness : float
        0 to 1: how hard the pick is and how little the loop dulls.
    position : float
        Where the string is struck, as a share of its length.
    """
    period = rate_hz / hz
    whole = int(np.floor(period - 0.5))
    blur = 0.02 + 0.28 * (1 - brightness) ** 2
    d = period - whole
    between = [(d - 1) * (d - 2) / 2, d * (2 - d), d * (d - 1) / 2]
    taps = np.convolve([blur / 2, 1 - blur, blur / 2], between) * 10 ** (-3 / (decay_s * hz))
    burst = rng.uniform(-1, 1, whole + 8)
    soft = max(1, round((1 - brightness) * 0.0006 * rate_hz))
    burst = np.convolve(burst, np.ones(soft) / soft, mode="same")
    burst -= np.roll(burst, max(1, round(position * period)))
    burst -= burst.mean()
    line = np.zeros(frames + 2 * whole + 16)
    lead = whole + 8
    line[:lead] = burst / max(float(np.abs(burst).max()), 1e-9)
    step = whole - 4
    for at in range(lead, frames + lead, step):
        first = at - whole + 1
        line[at : at + step] = np.convolve(line[first - 4 : first + step], taps, mode="valid")
    out = line[lead : lead + frames].astype(np.float32)
    ramp = min(frames, round(0.001 * rate_hz))
    out[:ramp] *= np.linspace(0, 1, ramp, dtype=np.float32)
    return out


def band_noise(
    rng: np.random.Generator, low_hz: float, high_hz: float, *, frames: int, rate_hz: int
) -> Sound:
    """Noise between two frequencies with slopes of 24 dB per octave, RMS 0.25.

    A power of two of frames joins up with itself without a seam.
    """
    size = fast_length(frames)
    spectrum = rfft(rng.standard_normal(size, dtype=np.float32))
    f = np.maximum(np.fft.rfftfreq(size, 1 / rate_hz), 1.0).astype(np.float32)
    above, below = np.square(np.square(f / high_hz)), np.square(np.square(low_hz / f))
    spectrum /= np.sqrt((1 + above * above) * (1 + below * below))
    noise = irfft(spectrum, size)[:frames]
    return np.asarray(noise * (0.25 / np.sqrt(np.mean(noise**2))), dtype=np.float32)


def fast_length(frames: int) -> int:
    """The next length whose Fourier transform is quick: at most four bits, then zeros."""
    step = 1 << max(0, frames.bit_length() - 4)
    return -(-frames // step) * step
