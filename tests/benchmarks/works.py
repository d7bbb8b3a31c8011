"""The works that are timed: ours, and those of other tools that come nearest.

A work takes the path of a file and does what its docstring says. One that returns a function only
got ready by then; what is timed is that function.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

__all__ = ["PREPARED", "ROWS", "Row"]


def analyse(path: str) -> None:
    """Decode and measure the whole profile."""
    from auralis_lab.analysis.profile import measure
    from auralis_lab.io.source import AudioSource

    with AudioSource(path) as source:
        measure(source)


def decode(path: str) -> None:
    """Decode alone."""
    from auralis_lab.io.source import AudioSource

    with AudioSource(path) as source:
        for _ in source.blocks(65_536):
            pass


def enhance(path: str) -> None:
    """File to file: measure, plan, render, encode FLAC, measure what was written."""
    from auralis_lab.jobs.enhance import enhance_file

    with tempfile.TemporaryDirectory() as folder:
        enhance_file(path, Path(folder) / "out.flac", preset="warm")


def render(path: str) -> Callable[[], None]:
    """EQ, three-band dynamics, width and true-peak limiter of samples in memory."""
    from auralis_lab.analysis.profile import measure
    from auralis_lab.io.source import ArraySource, AudioSource
    from auralis_lab.plan.enhance import plan
    from auralis_lab.render.renderer import Renderer

    with AudioSource(path) as source:
        planned = plan(measure(source), "warm")
        audio = source.read(0, source.total_frames)
    held = ArraySource(audio, source.rate_hz)

    def work() -> None:
        renderer, step = Renderer(held, planned), 2 * held.rate_hz
        for start in range(0, held.total_frames, step):
            renderer.read(start, step)

    return work


def by_librosa(path: str) -> None:
    """Decode in mono, then tempo, onsets, HPSS, chroma, spectral features."""
    import numpy as np

    librosa: Any = import_module("librosa")
    y, rate_hz = librosa.load(path, sr=None, mono=True)
    spectrum = np.abs(librosa.stft(y))
    librosa.beat.beat_track(
        onset_envelope=librosa.onset.onset_strength(y=y, sr=rate_hz), sr=rate_hz
    )
    harmonic, _ = librosa.decompose.hpss(spectrum)
    librosa.feature.chroma_stft(S=harmonic**2, sr=rate_hz)
    for feature in ("spectral_centroid", "spectral_rolloff"):
        getattr(librosa.feature, feature)(S=spectrum, sr=rate_hz)
    librosa.feature.spectral_flatness(S=spectrum)
    librosa.feature.rms(S=spectrum)


def by_pyloudnorm(path: str) -> None:
    """Decode and integrated loudness alone."""
    import soundfile as sf

    pyloudnorm: Any = import_module("pyloudnorm")
    audio, rate_hz = sf.read(path)
    pyloudnorm.Meter(rate_hz).integrated_loudness(audio)


def by_pedalboard(path: str) -> Callable[[], None]:
    """Four IIR bands, one compressor, gain and a sample-peak limiter, of samples in memory."""
    import soundfile as sf

    pb: Any = import_module("pedalboard")

    audio, rate_hz = sf.read(path, dtype="float32", always_2d=True)
    audio = audio.T.copy()
    board = pb.Pedalboard(
        [
            pb.LowShelfFilter(100, 2.0),
            pb.PeakFilter(400, -1.0),
            pb.PeakFilter(2500, -0.5),
            pb.HighShelfFilter(8000, -2.0),
            pb.Compressor(-18, 2.0),
            pb.Gain(4.0),
            pb.Limiter(-1.0),
        ]
    )

    def work() -> None:
        board(audio, rate_hz)

    return work


def by_matchering(path: str) -> Callable[[], None]:
    """File to file: matched to a reference, here a minute of the same, half as loud."""
    import soundfile as sf

    mg: Any = import_module("matchering")
    folder = tempfile.TemporaryDirectory()
    reference, out = (str(Path(folder.name) / name) for name in ("reference.wav", "out.wav"))
    audio, rate_hz = sf.read(path, frames=60 * sf.info(path).samplerate)
    sf.write(reference, 0.5 * audio, rate_hz)

    def work() -> None:
        mg.process(path, reference, [mg.pcm16(out)])
        folder.cleanup()

    return work


@dataclass(frozen=True)
class Row:
    """One line of the table: what is done, by whom, and how it is run."""

    kind: str
    name: str
    work: Callable[[str], object] | None = None
    command: Sequence[str] = ()
    needs: str = ""
    cores: int = 1
    repeats: int = 2

    @property
    def ours(self) -> bool:
        """Whether it is this package's work."""
        return not self.command and not self.needs

    @property
    def there(self) -> bool:
        """Whether the tool is installed."""
        if self.command:
            return shutil.which(self.command[0]) is not None
        return not self.needs or find_spec(self.needs) is not None


_FFMPEG = ("ffmpeg", "-y", "-loglevel", "error", "-threads", "1", "-i", "{in}")
_CHAIN = (
    "bass=g=2:f=100,equalizer=f=2500:g=-0.5:t=o:w=1,treble=g=-2:f=8000,"
    "acompressor=threshold=-18dB:ratio=2,volume=4dB,alimiter=limit=0.89"
)
ROWS = (
    Row("parts", "decode", decode),
    Row("analysis", "analyse", analyse),
    Row("analysis", "librosa feature set, mono, no loudness", by_librosa, needs="librosa",
        repeats=1),
    Row("analysis", "pyloudnorm, integrated loudness alone", by_pyloudnorm, needs="pyloudnorm"),
    Row("analysis", "ffmpeg ebur128 with true peak",
        command=(*_FFMPEG, "-af", "ebur128=peak=true", "-f", "null", "-")),
    Row("render in memory", "render", render, repeats=5),
    Row("render in memory", "pedalboard: 4 IIR bands, compressor, sample-peak limiter",
        by_pedalboard, needs="pedalboard", repeats=5),
    Row("file to file", "enhance", enhance),
    Row("file to file", "enhance, two cores", enhance, cores=2),
    Row("file to file", "matchering", by_matchering, needs="matchering", repeats=1),
    Row("file to file", "ffmpeg loudnorm", command=(*_FFMPEG, "-af", "loudnorm", "-ar", "44100",
                                                    "-f", "flac", "{out}")),
    Row("file to file", "ffmpeg EQ, compressor, limiter, no analysis",
        command=(*_FFMPEG, "-af", _CHAIN, "-f", "flac", "{out}")),
    Row("file to file", "sox EQ, compand, gain with limiter, no analysis",
        command=("sox", "{in}", "{out}", "bass", "2", "treble", "-2", "compand", "0.01,0.2",
                 "6:-18,-18,0,-9", "0", "-90", "gain", "-l", "4")),
)  # fmt: skip

PREPARED = (render, by_pedalboard, by_matchering)
"""Works that return what is to be timed."""
