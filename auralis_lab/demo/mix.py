"""The mixing desk: placing sounds, reverb, echo, equaliser, limiter, master.

Conventions: a bus is ``float32``, shape ``(2, frames)``; a sound put on it is mono ``(frames,)`` or
stereo. Rooms and equalisers work on whole buses by Fourier transform.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from scipy.fft import irfft, rfft

from auralis_lab.audio import Audio, as_audio, db_to_gain, seconds_to_frames
from auralis_lab.demo.envelopes import Sound, attack, release
from auralis_lab.demo.synth import fast_length

__all__ = [
    "Bus",
    "Mastering",
    "double_rate",
    "echo",
    "limit",
    "master",
    "reverb",
    "room",
    "width",
]


class Bus:
    """A stereo track of silence on which sounds are put.

    Parameters
    ----------
    seconds : float
        Length; what would ring on beyond it is cut.
    rate_hz : int
        Sample rate.
    """

    def __init__(self, seconds: float, rate_hz: int) -> None:
        self.rate_hz = rate_hz
        self.audio: Audio = np.zeros((2, seconds_to_frames(seconds, rate_hz)), dtype=np.float32)

    def put(self, sound: Sound, at_s: float, *, gain: float = 1.0, pan: float = 0.0) -> None:
        """Add `sound` at a time; `pan` runs from -1 (left) to 1 (right) at constant power."""
        start = seconds_to_frames(max(0.0, at_s), self.rate_hz)
        frames = min(sound.shape[-1], self.audio.shape[1] - start)
        if frames <= 0:
            return
        angle = (pan + 1) * np.pi / 4
        for channel, side in enumerate((np.cos(angle), np.sin(angle))):
            source = sound if sound.ndim == 1 else sound[channel]
            self.audio[channel, start : start + frames] += source[:frames] * np.float32(
                gain * side * np.sqrt(2)
            )


def room(
    rng: np.random.Generator,
    rate_hz: int,
    *,
    decay_s: float,
    damping: float = 0.5,
    predelay_s: float = 0.02,
    low_hz: float = 60.0,
) -> Audio:
    """Impulse response of a room: early echoes, then noise that dies away sooner in the treble.

    Parameters
    ----------
    rng : Generator
        Makes the noise, independent for left and right.
    rate_hz : int
        Sample rate.
    decay_s : float
        Time for the middle band to fall by 60 dB.
    damping : float
        0 (marble) to 1 (curtains).
    predelay_s : float
        Silence before the first echo.
    low_hz : float
        The room does not answer below.

    Returns
    -------
    response : ndarray, shape (2, frames)
        Energy 1 per channel.
    """
    frames = seconds_to_frames(decay_s * 1.2, rate_hz)
    size = fast_length(frames)
    f = np.maximum(np.fft.rfftfreq(size, 1 / rate_hz), 1.0).astype(np.float32)
    t = np.arange(frames, dtype=np.float32) / np.float32(rate_hz)
    onset = 1 - np.exp(-t / np.float32(0.012))
    noise = rfft(rng.standard_normal((2, size), dtype=np.float32))
    edges = [low_hz, 300.0, 1200.0, 4000.0, 12000.0]
    response = np.zeros((2, frames), dtype=np.float32)
    for band, (low, high) in enumerate(pairwise(edges)):
        above, below = np.square(f / np.float32(high)), np.square(np.float32(low) / f)
        shape = 1 / np.sqrt((1 + above * above) * (1 + below * below))
        part = irfft(noise * shape, size)[:, :frames]
        t60 = decay_s * (1.15, 1.0, 1 - 0.45 * damping, 1 - 0.75 * damping)[band]
        response += part * (np.exp(np.float32(-6.9 / t60) * t) * onset)
    response /= np.sqrt(np.sum(response**2, axis=1, keepdims=True))
    early = rng.integers(seconds_to_frames(0.004, rate_hz), seconds_to_frames(0.05, rate_hz), 14)
    for n, at in enumerate(early):
        response[n % 2, at] += 0.12 * rng.choice((-1, 1)) * np.exp(-at / (0.03 * rate_hz))
    response /= np.sqrt(np.sum(response**2, axis=1, keepdims=True))
    delay = np.zeros((2, seconds_to_frames(predelay_s, rate_hz)), dtype=np.float32)
    return np.concatenate([delay, response * _closing(frames)], axis=1)


def _closing(frames: int) -> Sound:
    """Ones that end in a fade of one eighth."""
    fade = frames // 8
    out = np.ones(frames, dtype=np.float32)
    out[frames - fade :] = 0.5 + 0.5 * np.cos(np.linspace(0, np.pi, fade, dtype=np.float32))
    return out


def reverb(audio: Audio, response: Audio) -> Audio:
    """Only the reverberation of `audio` in a room, as long as `audio`."""
    size = fast_length(audio.shape[1] + response.shape[1])
    spectrum = rfft(audio, size)
    spectrum *= rfft(response, size)
    return np.ascontiguousarray(irfft(spectrum, size)[:, : audio.shape[1]])


def echo(audio: Audio, delay_s: float, rate_hz: int, *, feedback: float, times: int = 6) -> Audio:
    """Only the echoes of `audio`, each on the other side than the one before."""
    step = seconds_to_frames(delay_s, rate_hz)
    out = np.zeros_like(audio)
    for n in range(1, times + 1):
        source = audio[::-1] if n % 2 else audio
        if n * step < audio.shape[1]:
            out[:, n * step :] += np.float32(feedback**n) * source[:, : -n * step]
    return out


def double_rate(audio: Audio) -> Audio:
    """The same sound at twice the sample rate, exact for what fades in and out at its ends."""
    size = fast_length(audio.shape[1])
    spectrum = rfft(audio, size)
    spectrum[:, -1] = 0
    return np.ascontiguousarray(2 * irfft(spectrum, 2 * size)[:, : 2 * audio.shape[1]])


def width(audio: Audio, factor: float) -> Audio:
    """Scale the difference between the channels: 0 is mono, 1 leaves it, 2 doubles it."""
    middle = (audio[0] + audio[1]) * np.float32(0.5)
    side = (audio[0] - audio[1]) * np.float32(0.5 * factor)
    return np.stack([middle + side, middle - side])


def _sliding(values: Sound, frames: int) -> Sound:
    """Minimum over each frame and the `frames` - 1 before it, by doubling."""
    out, reach = values.copy(), 1
    while reach < frames:
        step = min(reach, frames - reach)
        out[step:] = np.minimum(out[step:], out[:-step])
        reach += step
    return out


def limit(audio: Audio, ceiling: float, rate_hz: int, *, hold_s: float = 0.03) -> Audio:
    """Brick wall: no sample beyond `ceiling`, gain changes smoothed over `hold_s`."""
    reach = seconds_to_frames(hold_s, rate_hz)
    peak = np.abs(audio).max(axis=0)
    need = np.minimum(1.0, ceiling / np.maximum(peak, 1e-9)).astype(np.float32)
    ahead = np.concatenate([need, np.ones(2 * reach, dtype=np.float32)])
    gain = _sliding(ahead, 2 * reach + 1)
    for _ in range(2):
        run = np.concatenate([[0.0], np.cumsum(gain, dtype=np.float64)])
        gain = ((run[reach:] - run[:-reach]) / reach).astype(np.float32)
    return np.asarray(np.clip(audio * gain[: audio.shape[1]], -ceiling, ceiling))


@dataclass(frozen=True)
class Mastering:
    """What is done to a mix at last.

    Parameters
    ----------
    curve : tuple of (Hz, dB)
        Zero-phase equaliser, straight lines over log frequency.
    peak_dbfs : float
        Highest sample of the result.
    fade_s : float
        Length of the fade at the end.
    """

    curve: tuple[tuple[float, float], ...]
    peak_dbfs: float
    fade_s: float = 0.5


def master(
    audio: Audio,
    rate_hz: int,
    mastering: Mastering,
    *,
    response: Audio | None = None,
    wet: float = 0.0,
    send: Audio | None = None,
) -> Audio:
    """Add the reverberation, equalise, let the end die away, and set the peak.

    What lies under 20 Hz goes. Everything is one product of spectra.

    Parameters
    ----------
    audio : ndarray, shape (channels, frames)
        The mix.
    rate_hz : int
        Sample rate.
    mastering : Mastering
        What to do.
    response : ndarray, shape (channels, frames), optional
        Impulse response of a room.
    wet : float
        Gain of the reverberation.
    send : ndarray, optional
        What sounds in the room; by default the mix.
    """
    tail = rate_hz // 2 if response is None else response.shape[1]
    size = fast_length(audio.shape[1] + tail)
    spectrum = rfft(audio, size)
    if response is not None:
        hall = rfft(response * np.float32(wet), size)
        hall *= spectrum if send is None else rfft(send, size)
        spectrum += hall
    f = np.fft.rfftfreq(size, 1 / rate_hz)
    at = np.log([hz for hz, _ in mastering.curve])
    gain_db = np.interp(np.log(np.maximum(f, 1.0)), at, [db for _, db in mastering.curve])
    x = (f / 20.0).astype(np.complex64)
    spectrum *= -(x * x) / (1 - x * x + np.complex64(1j / 0.7) * x)
    spectrum *= np.exp(gain_db.astype(np.float32) * np.float32(np.log(10) / 20))
    out = attack(irfft(spectrum, size)[:, : audio.shape[1]], 0.002, rate_hz)
    held_s = out.shape[1] / rate_hz - mastering.fade_s
    out = release(out, held_s, mastering.fade_s, rate_hz)
    out *= np.float32(db_to_gain(mastering.peak_dbfs) / max(float(np.abs(out).max()), 1e-9))
    return as_audio(out)
