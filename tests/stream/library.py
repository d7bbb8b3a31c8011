"""A small library of real files, played by a session; imported by tests."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import soundfile as sf

from auralis_lab.audio import Audio
from auralis_lab.io.tags import Tags, write_tags
from auralis_lab.lab import Lab, open_lab
from auralis_lab.stream.programme import Opened, Sound, open_track
from auralis_lab.stream.protocol import Levelling
from auralis_lab.track import Track

RATE_HZ = 44_100


def music(seconds: float, seed: int, rate_hz: int = RATE_HZ, channels: int = 2) -> Audio:
    """Noise that swells and beats, so that no two passages are alike."""
    rng = np.random.default_rng(seed)
    frames = round(seconds * rate_hz)
    time_s = np.arange(frames) / rate_hz
    swell = 0.12 + 0.08 * np.sin(2 * np.pi * time_s / 3.1)
    beat = 0.3 + 0.7 * np.exp(-9 * (time_s % 0.5))
    shaped = rng.standard_normal((channels, frames)) * swell * beat
    return np.clip(shaped, -0.99, 0.99).astype(np.float32)


def library_of(folder: Path, files: dict[str, Audio], rate_hz: int = RATE_HZ) -> Lab:
    """Write files, one album in the order given, and open them as a scanned library."""
    folder.mkdir()
    for number, (name, audio) in enumerate(files.items(), 1):
        path = folder / name
        sf.write(path, audio.T, rate_hz)
        title = Path(name).stem
        tags = Tags(title=title, artists=("Test",), album="Proof", track_number=number)
        write_tags(path, tags, ())
    lab = open_lab(folder)
    lab.scan()
    return lab


def track_of(lab: Lab, name: str) -> Track:
    """Return the track of a file by its stem."""
    (track,) = (track for track in lab.tracks.list() if track.path.stem == name)
    return track


class TrackProgramme:
    """Tracks of a library in an order; each opened anew from the catalogue."""

    def __init__(self, lab: Lab, names: Sequence[str]) -> None:
        self.lab = lab
        self.ids = [track_of(lab, name).id for name in names]

    def open(
        self, entry: str, track_id: int, sound: Sound, *, compare: bool, levelling: Levelling
    ) -> Opened:
        track = self.lab.tracks.get(track_id)
        return open_track(track, sound, compare=compare, levelling=levelling)

    def following(self, entry: str) -> tuple[str, int] | None:
        place = int(entry.removeprefix("e")) + 1
        return (f"e{place}", self.ids[place]) if place < len(self.ids) else None

    def broke_off(self, track_id: int, at_s: float) -> None:
        raise AssertionError(f"track {track_id} breaks off after {at_s} s")
