"""Each channel of a Vorbis or Opus file is the one that its place in a WAV file says."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from auralis_lab.audio import Audio
from auralis_lab.io.channelorder import from_vorbis, to_vorbis
from auralis_lab.io.encoding import encoding_for
from auralis_lab.io.sink import AudioSink
from auralis_lab.io.source import AudioSource

RATE_HZ = 48_000
HZ = (400.0, 600.0, 900.0, 60.0, 1500.0, 2500.0, 3500.0, 5000.0)
LAYOUTS = {3: "3.0", 5: "5.0", 6: "5.1", 8: "7.1"}


def tones(channels: int) -> Audio:
    """A second of one tone in each channel; the LFE, which codecs cut, has the lowest."""
    time_s = np.arange(RATE_HZ) / RATE_HZ
    return np.stack([0.2 * np.sin(2 * np.pi * hz * time_s) for hz in HZ[:channels]]).astype(
        np.float32
    )


def heard_hz(audio: Audio) -> list[float]:
    spectra = np.abs(np.fft.rfft(audio[:, 4800 : 4800 + 24_000] * np.hanning(24_000)))
    return [2.0 * float(place) for place in np.argmax(spectra, axis=1)]


def written(path: Path, audio: Audio) -> Path:
    form = encoding_for(path)
    with AudioSink(path, rate_hz=RATE_HZ, channels=len(audio), encoding=form) as sink:
        sink.write(audio)
    return path


@pytest.mark.parametrize("channels", range(1, 9))
def test_what_is_put_in_order_comes_back(channels: int) -> None:
    places, order = from_vorbis(channels), to_vorbis(channels)
    if places is None or order is None:
        assert (places, order) == (None, None)
    else:
        assert np.arange(channels)[order][list(places)].tolist() == list(range(channels))


@pytest.mark.parametrize("suffix", ["ogg", "opus"])
@pytest.mark.parametrize("channels", [2, 3, 4, 5, 6, 8])
def test_a_file_of_ours_gives_the_channels_back(channels: int, suffix: str, tmp_path: Path) -> None:
    with AudioSource(written(tmp_path / f"a.{suffix}", tones(channels))) as source:
        assert heard_hz(source.read(0, RATE_HZ)) == list(HZ[:channels])


@pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="no ffmpeg")
@pytest.mark.parametrize("suffix", ["ogg", "opus"])
@pytest.mark.parametrize("channels", LAYOUTS)
def test_ffmpeg_hears_our_channels_and_we_hear_its(
    channels: int, suffix: str, tmp_path: Path
) -> None:
    ours, theirs, wav = (tmp_path / name for name in (f"a.{suffix}", f"b.{suffix}", "c.wav"))
    written(ours, tones(channels))
    decode = ["ffmpeg", "-v", "error", "-i", str(ours), "-c:a", "pcm_f32le", str(wav)]
    subprocess.run(decode, check=True)
    with AudioSource(wav) as source:
        assert heard_hz(source.read(0, RATE_HZ)) == list(HZ[:channels])
    codec = {"ogg": "libvorbis", "opus": "libopus"}[suffix]
    layout = LAYOUTS[channels]
    encode = ["ffmpeg", "-v", "error", "-i", str(wav), "-af", f"aformat=channel_layouts={layout}"]
    subprocess.run([*encode, "-c:a", codec, str(theirs)], check=True)
    again = tmp_path / "d.wav"  # ffmpeg 5.1 itself mixes up five channels when it encodes Opus
    subprocess.run(["ffmpeg", "-v", "error", "-i", str(theirs), str(again)], check=True)
    with AudioSource(theirs) as source, AudioSource(again) as decoded:
        assert heard_hz(source.read(0, RATE_HZ)) == heard_hz(decoded.read(0, RATE_HZ))
