"""What is told without a decoder is what a decoder would tell, or nothing."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import mutagen.flac
import numpy as np
import pytest
import soundfile

from auralis_lab.audio import Audio
from auralis_lab.errors import DecodeError
from auralis_lab.io.headers import plain_format
from auralis_lab.io.source import AudioSource

from .conftest import MakeFile

Noise = Callable[..., Audio]

KINDS = [
    *(("FLAC", subtype) for subtype in ("PCM_S8", "PCM_16", "PCM_24")),
    *(("WAV", f"PCM_{n}") for n in ("U8", "16", "24", "32")),
    *(("WAV", subtype) for subtype in ("FLOAT", "DOUBLE")),
    *(("WAVEX", subtype) for subtype in ("PCM_16", "PCM_24", "FLOAT")),
]


@pytest.mark.parametrize(("container", "subtype"), KINDS)
@pytest.mark.parametrize(("rate_hz", "channels"), [(8_000, 1), (44_100, 2), (192_000, 6)])
def test_a_plain_header_tells_what_the_decoder_tells(
    container: str, subtype: str, rate_hz: int, channels: int, noise: Noise, sound_file: MakeFile
) -> None:
    audio = noise(5_000, channels)
    path = sound_file("a.bin", audio, rate_hz, format=container, subtype=subtype)
    with AudioSource(path) as source:
        assert plain_format(path) == source.info


def test_a_header_with_tags_and_a_picture_is_plain(noise: Noise, sound_file: MakeFile) -> None:
    path = sound_file("a.flac", noise(5_000))
    file = mutagen.flac.FLAC(path)
    file["title"] = ["Largo", "Lärgo"]
    picture = mutagen.flac.Picture()
    picture.data, picture.mime, picture.desc = b"\xff\xd8\xff" * 999, "image/jpeg", "früh"
    file.add_picture(picture)
    file.save()
    told = plain_format(path)
    assert told is not None
    with AudioSource(path) as source:
        assert told == source.info


@pytest.mark.parametrize("kind", ["AIFF", "OGG", "RF64", "ULAW", "CUT", "TEXT"])
def test_what_is_not_plain_is_left_to_a_decoder(
    kind: str, noise: Noise, sound_file: MakeFile
) -> None:
    options = {
        "AIFF": {"format": "AIFF"},
        "OGG": {"format": "OGG"},
        "RF64": {"format": "RF64"},
        "ULAW": {"format": "WAV", "subtype": "ULAW"},
    }.get(kind, {"format": "FLAC"})
    path = sound_file("a.bin", noise(5_000), **options)
    if kind == "CUT":
        path.write_bytes(path.read_bytes()[:-100])
    elif kind == "TEXT":
        path.write_text("no music here")
    assert plain_format(path) is None


def test_a_malformed_header_never_tells_what_the_decoder_would_not(tmp_path: Path) -> None:
    """Bytes are changed at random, most of them in the first hundred; 440 is the seed."""
    rng = np.random.default_rng(440)
    path = tmp_path / "a.bin"
    told = 0
    for container, subtype in KINDS:
        made = io.BytesIO()
        audio = 0.1 * rng.standard_normal((500, 2))
        soundfile.write(made, audio, 44_100, format=container, subtype=subtype)
        for _ in range(60):
            data = bytearray(made.getvalue())
            reach = int(rng.choice([30, 60, 100, len(data)]))
            for at in rng.integers(0, reach, rng.integers(1, 4)):
                data[at] = (0, 255, int(rng.integers(256)))[rng.integers(3)]
            path.write_bytes(data)
            try:
                info = plain_format(path)
            except DecodeError:
                with pytest.raises(DecodeError):
                    AudioSource(path)
                continue
            if info is not None:
                told += 1
                with AudioSource(path) as source:
                    source.require_whole()
                    assert info == source.info
    assert told > 100
