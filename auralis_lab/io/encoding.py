"""How audio is written to a file: format, sample width, dither, quality."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from auralis_lab.errors import EncodeError, ParameterError, check_choice

__all__ = ["FORMATS", "Encoding", "check_encoding", "encoding_for"]

SUBTYPES = {
    "WAV": ("PCM_16", "PCM_24", "FLOAT"),
    "AIFF": ("PCM_16", "PCM_24", "FLOAT"),
    "FLAC": ("PCM_16", "PCM_24"),
    "OGG": ("VORBIS",),
    "OPUS": ("OPUS",),
    "MP3": ("MPEG_LAYER_III",),
}
FORMATS = tuple(SUBTYPES)
SUFFIXES = {
    ".wav": "WAV", ".wave": "WAV", ".aif": "AIFF", ".aiff": "AIFF", ".flac": "FLAC",
    ".ogg": "OGG", ".oga": "OGG", ".opus": "OPUS", ".mp3": "MP3",
}  # fmt: skip
OPUS_RATES_HZ = (8_000, 12_000, 16_000, 24_000, 48_000)
MP3_RATES_HZ = (8_000, 11_025, 12_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000)
DEFAULT_QUALITY = {"OGG": 0.7, "OPUS": 0.7, "MP3": 0.8}


@dataclass(frozen=True)
class Encoding:
    """How samples are stored.

    Parameters
    ----------
    format : {'WAV', 'AIFF', 'FLAC', 'OGG', 'OPUS', 'MP3'}
    subtype : str
        ``'PCM_16'``, ``'PCM_24'`` or ``'FLOAT'``; ``'VORBIS'``, ``'OPUS'`` or
        ``'MPEG_LAYER_III'`` for the lossy formats.
    dither : bool
        Triangular dither of ±1 LSB where samples are rounded to 16 bits. 24 bits never need it:
        their rounding lies below the noise of any converter. Off, samples that came from 16 bits
        are written bit for bit.
    quality : float or None
        0 (smallest) to 1 (best) for lossy formats, None for the usual one.

    Raises
    ------
    ParameterError
        If the format, its subtype or the quality does not exist.
    """

    format: str
    subtype: str
    dither: bool = True
    quality: float | None = None

    def __post_init__(self) -> None:
        check_choice("format", self.format, FORMATS)
        check_choice("subtype", self.subtype, SUBTYPES[self.format])
        if self.quality is not None and not 0.0 <= self.quality <= 1.0:
            raise ParameterError(f"quality={self.quality!r} must be from 0 to 1")

    @property
    def bits(self) -> int | None:
        """Bits that samples are rounded to; None where they stay floating-point."""
        return {"PCM_16": 16, "PCM_24": 24}.get(self.subtype)

    @property
    def lossy(self) -> bool:
        """Whether the format loses anything but the rounding."""
        return self.format in DEFAULT_QUALITY


def encoding_for(
    path: str | os.PathLike[str],
    *,
    source_bits: int | None = None,
    source_float: bool = False,
    quality: float | None = None,
) -> Encoding:
    """Choose the encoding for a file by its suffix and by what the audio was made from.

    Parameters
    ----------
    path : path-like
        The file to be written: ``.wav``, ``.aiff``, ``.flac``, ``.ogg``, ``.opus`` or ``.mp3``.
    source_bits : int, optional
        Bits per sample of the source: up to 16 gives 16 bits, more gives 24. None (a lossy
        source) gives 24 bits, as its decode has no word length.
    source_float : bool
        The source holds floating-point samples: WAV and AIFF do then as well.
    quality : float, optional
        0 to 1, for lossy formats.

    Raises
    ------
    EncodeError
        If the suffix is none of those.
    """
    suffix = Path(path).suffix.lower()
    if suffix not in SUFFIXES:
        known = ", ".join(SUFFIXES)
        raise EncodeError(path, f"suffix {suffix!r} is none of {known}")
    form = SUFFIXES[suffix]
    if form in DEFAULT_QUALITY:
        return Encoding(form, SUBTYPES[form][0], False, quality)
    if source_float and "FLOAT" in SUBTYPES[form]:
        return Encoding(form, "FLOAT", False)
    narrow = source_bits is not None and source_bits <= 16 and not source_float
    return Encoding(form, "PCM_16" if narrow else "PCM_24", narrow)


def check_encoding(
    path: str | os.PathLike[str], encoding: Encoding, *, rate_hz: int, channels: int
) -> None:
    """Refuse a rate or a number of channels that the format cannot hold.

    Raises
    ------
    EncodeError
        Saying what would be possible: nothing is resampled or mixed down unasked.
    """
    form = encoding.format
    rates = {"OPUS": OPUS_RATES_HZ, "MP3": MP3_RATES_HZ}.get(form)
    if rates and rate_hz not in rates:
        possible = ", ".join(str(rate) for rate in rates)
        raise EncodeError(
            path, f"{form} holds rates of {possible} Hz, not {rate_hz}; choose another format"
        )
    most = 2 if form == "MP3" else 8
    if not 1 <= channels <= most:
        raise EncodeError(
            path, f"{form} holds 1 to {most} channels, not {channels}; choose another format"
        )
    if rate_hz < 1 or (form == "FLAC" and rate_hz > 655_350):
        raise EncodeError(path, f"{form} cannot hold a rate of {rate_hz} Hz")
