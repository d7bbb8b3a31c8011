"""Catalogues, made-up rows, and a folder of small real music files."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from auralis_lab.catalogue.scanning.intake import BATCH_ROWS, Placement, ScanRun
from auralis_lab.catalogue.scanning.reading import FileFacts
from auralis_lab.catalogue.store import Catalogue


@pytest.fixture(scope="session")
def empty_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A catalogue without anything in it, to be copied: that takes half as long as making one."""
    path = tmp_path_factory.mktemp("empty") / "library.duckdb"
    Catalogue(path).close()
    return path


@pytest.fixture
def catalogue(tmp_path: Path, empty_file: Path) -> Iterator[Catalogue]:
    path = tmp_path / "data" / "library.duckdb"
    path.parent.mkdir()
    shutil.copyfile(empty_file, path)
    with Catalogue(path) as made:
        yield made


@pytest.fixture
def facts() -> Callable[..., FileFacts]:
    """Make the facts of a file that does not exist."""
    return _facts


def _facts(path: str, **changes: Any) -> FileFacts:
    values: dict[str, Any] = {
        "path": path,
        "file_bytes": 1000,
        "mtime_ns": 1,
        "content_key": f"key of {path}",
        "format": "FLAC",
        "subtype": "PCM_16",
        "lossy": False,
        "rate_hz": 44_100,
        "channels": 2,
        "bits_per_sample": 16,
        "frames": 441_000,
        "frames_is_estimate": False,
        "title": None,
        "artist": ", ".join(changes.get("artists", [])) or None,
        "artists": [],
        "featured": [],
        "album": None,
        "album_artist": None,
        "date": None,
        "genres": [],
        "track_number": None,
        "track_total": None,
        "disc_number": None,
        "disc_total": None,
        "composer": None,
        "comment": None,
        "bpm": None,
        "compilation": False,
        "lyrics": None,
        "lyrics_synced": False,
        "mb_recording_id": None,
        "mb_track_id": None,
        "mb_album_id": None,
        "mb_release_group_id": None,
        "mb_artist_ids": [],
        "mb_album_artist_ids": [],
        "rg_track_gain_db": None,
        "rg_track_peak": None,
        "rg_album_gain_db": None,
        "rg_album_peak": None,
        "tag_problem": None,
        "picture_key": None,
    }
    return FileFacts(**values | changes)


@pytest.fixture
def fill(catalogue: Catalogue) -> Callable[[Sequence[FileFacts]], None]:
    """Store made-up files the way a scan does."""

    def store(rows: Sequence[FileFacts]) -> None:
        run = ScanRun(catalogue, "/music")
        for start in range(0, len(rows), BATCH_ROWS):
            run.store([Placement(row) for row in rows[start : start + BATCH_ROWS]])

    return store


@pytest.fixture
def make_song(rng: np.random.Generator) -> Callable[..., Path]:
    """Write a short file of noise with tags; every one has a content of its own."""

    def make(path: Path, seconds: float = 0.1, rate_hz: int = 8_000, **tags: Any) -> Path:
        path.parent.mkdir(parents=True, exist_ok=True)
        noise = 0.1 * rng.standard_normal((round(seconds * rate_hz), 2))
        with path.open("wb") as file:
            soundfile.write(file, noise, rate_hz, format=path.suffix[1:].upper())
        if tags:
            import mutagen

            tagged = mutagen.File(path, easy=True)
            for name, value in tags.items():
                tagged[name] = value
            tagged.save()
        return path

    return make
