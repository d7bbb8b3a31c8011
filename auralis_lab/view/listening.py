"""Players side by side in a notebook cell, at the same loudness.

Conventions: audio is ``float32``, shape ``(channels, frames)``. Louder sounds better, so whatever
is compared is brought to the loudness of the quietest; that is only ever done downwards, and what
was taken is said. The sound is 16-bit WAV within the page: nothing is fetched.
"""

from __future__ import annotations

import base64
import io
import wave
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape

import numpy as np

from auralis_lab.audio import Audio, as_audio, db_to_gain
from auralis_lab.errors import ParameterError
from auralis_lab.view.style import quantity

__all__ = ["Listening", "listen"]

MAX_BYTES = 64 << 20
_BOX = "display:inline-block;margin:0 16px 12px 0;vertical-align:top;font-size:13px"


@dataclass(frozen=True)
class Listening:
    """Sounds next to one another; a notebook shows a player for each.

    Attributes
    ----------
    names : tuple of str
    taken_db : tuple of float
        By how much each was turned down, 0 or more.
    matched_lufs : float or None
        The loudness of all of them; None where one has none.
    """

    names: tuple[str, ...]
    taken_db: tuple[float, ...]
    matched_lufs: float | None
    _sounds: tuple[bytes, ...]

    def __repr__(self) -> str:
        told = ", ".join(
            f"{name} -{taken:.1f} dB" if taken >= 0.05 else name
            for name, taken in zip(self.names, self.taken_db, strict=True)
        )
        return f"<Listening: {told}>"

    def _repr_html_(self) -> str:
        boxes = []
        for name, taken, sound in zip(self.names, self.taken_db, self._sounds, strict=True):
            how = f"turned down by {quantity(taken, 'dB')}" if taken >= 0.05 else "as it is"
            data = base64.b64encode(sound).decode()
            boxes.append(
                f'<figure style="{_BOX}"><figcaption><b>{escape(name)}</b>, {how}</figcaption>'
                f'<audio controls preload="metadata" aria-label="{escape(name)}" '
                f'src="data:audio/wav;base64,{data}"></audio></figure>'
            )
        head = ""
        if self.matched_lufs is not None:
            head = f"<div>All at {quantity(self.matched_lufs, 'LUFS')}.</div>"
        return f"<div>{head}{''.join(boxes)}</div>"


def listen(audio_by_name: Mapping[str, Audio], rate_hz: int) -> Listening:
    """Put sounds next to one another at the same loudness.

    Parameters
    ----------
    audio_by_name : mapping of str to ndarray, shape (channels, frames)
        At least one, 1 or 2 channels; 64 MiB of samples in all at most.
    rate_hz : int

    Returns
    -------
    listening : Listening

    Raises
    ------
    ParameterError
        If there is no sound, or it is too much or of more than two channels.
    """
    from auralis_lab.analysis.loudness import LoudnessMeter

    sounds = {name: as_audio(audio) for name, audio in audio_by_name.items()}
    if not sounds:
        raise ParameterError("audio_by_name={} must hold at least one sound")
    if any(len(audio) > 2 for audio in sounds.values()):
        raise ParameterError("a browser plays 1 or 2 channels")
    if 2 * sum(audio.size for audio in sounds.values()) > MAX_BYTES:
        raise ParameterError(f"that is more than {MAX_BYTES >> 20} MiB: choose shorter excerpts")
    levels = []
    for audio in sounds.values():
        meter = LoudnessMeter(rate_hz, len(audio))
        meter.push(audio)
        levels.append(meter.result().integrated_lufs)
    known = [level for level in levels if level is not None]
    quietest = min(known) if len(known) == len(levels) else None
    taken = tuple(0.0 if quietest is None else (level or 0.0) - quietest for level in levels)
    waves = tuple(
        _wav(audio * np.float32(db_to_gain(-less)), rate_hz)
        for audio, less in zip(sounds.values(), taken, strict=True)
    )
    return Listening(tuple(sounds), taken, quietest, waves)


def _wav(audio: Audio, rate_hz: int) -> bytes:
    samples = np.clip(np.rint(audio.T * 32_767.0), -32_768, 32_767).astype("<i2")
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(len(audio))
        writer.setsampwidth(2)
        writer.setframerate(rate_hz)
        writer.writeframes(samples.tobytes())
    return file.getvalue()
