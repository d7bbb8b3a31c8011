"""The profile of a track: everything the plan is made from, measured in one forward pass.

Conventions: see `Loudness`, `Ltas` and `Stereo`; what cannot be measured is ``None``. A profile
is a value: the same samples give the same profile, whatever the blocks they came in, and measuring
takes the same memory for three minutes and for three hours.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field, fields
from functools import lru_cache
from typing import TYPE_CHECKING

from auralis_lab.analysis.blocks import forward_blocks
from auralis_lab.analysis.definitions import DIMENSIONS
from auralis_lab.analysis.envelopes import BandEnvelopes
from auralis_lab.analysis.fingerprint import measures
from auralis_lab.analysis.loudness import Loudness, LoudnessMeter
from auralis_lab.analysis.moments import Moments
from auralis_lab.analysis.movement import MovementMeter
from auralis_lab.analysis.rhythm import Rhythm
from auralis_lab.analysis.spectrum import Ltas
from auralis_lab.analysis.stereo import Stereo, StereoMeter
from auralis_lab.analysis.tonality import Tonality
from auralis_lab.analysis.waveform import WaveformMeter
from auralis_lab.audio import Audio, Readable, frames_to_seconds
from auralis_lab.errors import ParameterError
from auralis_lab.io.threads import Behind

if TYPE_CHECKING:
    from pydantic import TypeAdapter

__all__ = ["PROFILE_VERSION", "Profile", "measure"]

PROFILE_VERSION = 4
"""Raised whenever a measure changes its meaning; profiles of other versions are measured again."""


@dataclass(frozen=True)
class Profile:
    """Measured facts about one track.

    Attributes
    ----------
    version : int
        `PROFILE_VERSION` of the code that measured.
    key : str
        Content key of the source; empty when it has none.
    rate_hz, channels, frames : int
        Frames are counted while decoding, so this is the true length.
    loudness : Loudness
    ltas : Ltas
    stereo : Stereo
    crest : tuple of (float, float, int)
        How often which true peak comes with which loudness: (loudness in LUFS to the nearest 1,
        true peak in dBTP to the nearest 0.5, number of 100 ms blocks). Blocks at or under
        -70 LUFS are left out. It says how many blocks a limiter will touch at a given gain, how
        far, and how much they weigh in the loudness.
    rhythm : Rhythm
    tonality : Tonality
    band_stereo : tuple of Stereo
        One for each of the bands between `BAND_EDGES_HZ`; empty unless there are two channels.
    dc_offset : tuple of float
        Mean of each channel, linear.
    centred_peak : float or None
        Largest sample once each channel's mean is taken off it, linear.
    clipped_runs : int
        Places that look clipped; see `Waveform`.
    silent_channels : tuple of int
        Channels without sound, counted from 0.
    moments : Moments
        The highest samples by frequency: what an EQ makes of the peaks.
    envelopes : BandEnvelopes or None
        Levels of the bands over time. They are bulky and kept elsewhere: not part of the JSON, so
        None in a profile that was read back, and not compared.
    """

    version: int
    key: str
    rate_hz: int
    channels: int
    frames: int
    loudness: Loudness
    ltas: Ltas
    stereo: Stereo
    crest: tuple[tuple[float, float, int], ...]
    rhythm: Rhythm = field(default_factory=Rhythm)
    tonality: Tonality = field(default_factory=Tonality)
    band_stereo: tuple[Stereo, ...] = ()
    dc_offset: tuple[float, ...] = ()
    centred_peak: float | None = None
    clipped_runs: int = 0
    silent_channels: tuple[int, ...] = ()
    moments: Moments = field(default_factory=Moments)
    envelopes: BandEnvelopes | None = field(default=None, compare=False, repr=False)

    @property
    def duration_s(self) -> float:
        """True length in seconds."""
        return frames_to_seconds(self.frames, self.rate_hz)

    @property
    def fingerprint(self) -> dict[str, float | None]:
        """What the track sounds like: 25 numbers by name; None where there is nothing to measure.

        Their units and meanings are in :data:`auralis_lab.analysis.definitions.DEFINITIONS`, by
        the same names.
        """
        known = measures(self)
        return {name: known[name] for name in DIMENSIONS}

    def __repr__(self) -> str:
        heard = self.loudness
        return (
            f"<Profile {self._form}: integrated {_level(heard.integrated_lufs, 'LUFS')}, "
            f"true peak {_level(heard.true_peak_dbtp, 'dBTP')}>"
        )

    def __str__(self) -> str:
        heard = self.loudness
        return "\n".join(
            (
                f"{self._form}, {self.frames:,} frames",
                f"integrated {_level(heard.integrated_lufs, 'LUFS')}, range"
                f" {_level(heard.lra_lu, 'LU')}, largest short-term"
                f" {_level(heard.max_short_term_lufs, 'LUFS')}, true peak"
                f" {_level(heard.true_peak_dbtp, 'dBTP')}, peak to loudness"
                f" {_level(heard.plr_db, 'dB')}",
                f"tempo {_level(self.rhythm.tempo_bpm, 'bpm')}",
            )
        )

    @property
    def _form(self) -> str:
        channels = {1: "mono", 2: "stereo"}.get(self.channels, f"{self.channels} channels")
        return f"{self.duration_s:.2f} s, {self.rate_hz} Hz, {channels}"

    def to_json(self) -> str:
        """The profile as compact JSON, without envelopes; `from_json` gives back an equal one."""
        return _adapter().dump_json(self, exclude={"envelopes"}).decode()

    @classmethod
    def from_json(cls, text: str) -> Profile:
        """Read a profile that `to_json` wrote.

        Raises
        ------
        ParameterError
            If the text is not a profile, is of another version, or a field is missing, unknown or
            of the wrong type.
        """
        from pydantic import ValidationError

        try:
            content = json.loads(text)
        except ValueError as error:
            raise ParameterError(f"profile is not JSON: {error}") from error
        version = content.get("version") if isinstance(content, dict) else None
        if version != PROFILE_VERSION:
            raise ParameterError(f"profile version {version!r} must be {PROFILE_VERSION}")
        if missing := _JSON_FIELDS - content.keys():
            raise ParameterError(f"profile lacks {', '.join(sorted(missing))}")
        if "envelopes" in content:
            raise ParameterError("profile field envelopes: is not kept in JSON")
        try:
            return _adapter().validate_json(text, strict=True)
        except ValidationError as error:
            first = error.errors()[0]
            field = ".".join(str(part) for part in first["loc"])
            raise ParameterError(f"profile field {field}: {first['msg']}") from error


def _level(value: float | None, unit: str) -> str:
    return "-" if value is None else f"{round(value, 1) + 0.0:.1f} {unit}"


_JSON_FIELDS = frozenset(each.name for each in fields(Profile)) - {"envelopes"}


def measure(source: Readable, *, on_progress: Callable[[float], None] | None = None) -> Profile:
    """Measure a source from its first frame to its last, reading each frame once.

    Parameters
    ----------
    source : Readable
        Read through its ``blocks(block_frames)`` when it has one, which must go forward only and
        leave alone what it has yielded, else by ``read``. Its ``key``, if any, goes into the
        profile.
    on_progress : callable, optional
        Called after every second of audio with the share that is done, and with 1.0 at the end. An
        exception it raises ends the measurement.

    Returns
    -------
    profile : Profile

    Raises
    ------
    ParameterError
        If the rate is below 4,000 Hz or a sample is NaN, infinite or beyond ±1e12.
    DecodeError
        If the source cannot go on.
    """
    loudness = LoudnessMeter(source.rate_hz, source.channels)
    stereo = StereoMeter(source.rate_hz, source.channels)
    movement = MovementMeter(source.rate_hz, source.channels)
    waveform = WaveformMeter(source.rate_hz, source.channels)
    expected = _expected_frames(source) if on_progress else None
    frames = 0

    def push_others(block: Audio) -> None:
        for meter in (stereo, waveform, movement):
            meter.push(block)

    with Behind(push_others) as others:  # about as much work as decoding and the loudness
        for block in forward_blocks(source, source.rate_hz):
            others.put(block)
            loudness.push(block)
            frames += block.shape[1]
            if on_progress and expected and frames < expected:
                on_progress(frames / expected)
    if on_progress:
        on_progress(1.0)
    moved, samples = movement.result(), waveform.result()
    return Profile(
        version=PROFILE_VERSION,
        key=str(getattr(source, "key", "")),
        rate_hz=source.rate_hz,
        channels=source.channels,
        frames=frames,
        loudness=loudness.result(),
        ltas=moved.ltas,
        stereo=stereo.result(),
        crest=loudness.crest_histogram(),
        rhythm=moved.rhythm,
        tonality=moved.tonality,
        band_stereo=moved.band_stereo,
        dc_offset=samples.dc_offset,
        centred_peak=samples.centred_peak,
        clipped_runs=samples.clipped_runs,
        silent_channels=samples.silent_channels,
        moments=moved.moments,
        envelopes=moved.envelopes,
    )


def _expected_frames(source: Readable) -> int | None:
    """Length for the progress alone: the announced one where asking for the true one may wait."""
    if hasattr(source, "announced_frames"):
        return getattr(source, "announced_frames", None)
    return source.total_frames


@lru_cache(maxsize=1)
def _adapter() -> TypeAdapter[Profile]:
    from pydantic import ConfigDict, TypeAdapter

    strict = ConfigDict(extra="forbid", allow_inf_nan=False)
    for kind in (Profile, Loudness, Ltas, Stereo, Rhythm, Tonality, Moments):
        setattr(kind, "__pydantic_config__", strict)  # noqa: B010 - how pydantic configures dataclasses
    return TypeAdapter(Profile)
