"""A made-up library: what the list and the dashboard ask of a lab, with every answer known."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from auralis_lab.analysis.loudness import Loudness
from auralis_lab.analysis.profile import Profile
from auralis_lab.analysis.spectrum import Ltas
from auralis_lab.analysis.stereo import Stereo
from auralis_lab.catalogue.finding.albumrows import AlbumRow
from auralis_lab.catalogue.finding.facets import FacetCount
from auralis_lab.catalogue.finding.rows import TrackRow
from auralis_lab.catalogue.listening.marks import Mark
from auralis_lab.catalogue.listening.playevents import HistoryRow
from auralis_lab.catalogue.sound.similarity import Neighbour
from auralis_lab.errors import NotFoundError
from auralis_lab.plan.model import Decision, EqCurve, LimiterSettings, Plan, Prediction
from tests.browser.listening import NoiseTrack
from tests.player.queues import MemoryQueues

CENTRES_HZ = (100.0, 1_000.0, 10_000.0)
GAIN_DB = {"adaptive": 3.0, "warm": 5.0, "bright": -2.0}


def wait_until(holds: Callable[[], object], seconds: float = 30.0) -> None:
    """Wait for something that another thread brings about."""
    stop_s = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < stop_s, "it did not happen in time"
        time.sleep(0.005)


def a_loudness(integrated_lufs: float | None) -> Loudness:
    return Loudness(integrated_lufs, 6.0, -15.0, -17.0, -1.5, -2.0, 18.5, (None, -20.0, -19.0), 0.1)


def a_plan(preset: str = "adaptive", intensity: float = 1.0) -> Plan:
    gain_db = GAIN_DB.get(preset, 0.0) * intensity
    return Plan(
        preset=preset,
        intensity=intensity,
        eq=EqCurve((50.0, 1_000.0, 20_000.0), (2.0, 0.0, -2.0)),
        gain_db=gain_db,
        limiter=LimiterSettings(),
        target_lufs=-14.0,
        predicted=Prediction(-20.0 + gain_db, -1.0, 0.2),
        decisions=(
            Decision(
                "loudness", "-20.0 LUFS", "-14.0 LUFS", f"{gain_db:+.1f} dB", None, f"{preset}."
            ),
        ),
    )


class ShelfTrack(NoiseTrack):
    """A track that can also be measured and planned for; `hold` delays its measurement."""

    def __init__(self, id: int, title: str, artist: str = "", album: str | None = None) -> None:
        super().__init__(0.5, id=id, title=title)
        self.artist = artist
        self.album = album
        self.album_id: int | None = None
        self.duration_s = float(100 + id)
        self.picture: bytes | None = None
        self.hold = threading.Event()
        self.hold.set()
        self.asked = self.measured = 0
        self.broken: Exception | None = None

    @property
    def profile(self) -> Profile:
        self.asked += 1
        self.hold.wait(30)
        if self.broken is not None:
            raise self.broken
        self.measured += 1
        stereo = Stereo(0.0, 0.5)
        return Profile(
            1, "key", self.rate_hz, self.channels, 100, a_loudness(-20.0), self._ltas(), stereo, ()
        )

    def plan(self, preset: str = "adaptive", *, intensity: float = 1.0) -> Plan:
        return a_plan(preset, intensity)

    def spectra(self, plan: Plan) -> tuple[Ltas, Ltas]:
        before = self._ltas()
        levels = [None if v is None else v + plan.gain_db for v in before.levels_db]
        return before, Ltas(CENTRES_HZ, tuple(levels))

    def artwork(self, size_px: int = 256) -> bytes | None:
        return self.picture

    def _ltas(self) -> Ltas:
        return Ltas(CENTRES_HZ, (-30.0, None, -50.0 - self.id))


class Shelf:
    """Tracks in the order they were given; any order asked for is that one."""

    def __init__(self, tracks: Sequence[ShelfTrack]) -> None:
        self.all = list(tracks)
        self.asked: list[tuple[str, str]] = []
        self.broken: Exception | None = None
        self.hold = threading.Event()
        self.hold.set()

    def list(
        self,
        sort: str = "artist",
        *,
        descending: bool = False,
        limit: int = 50,
        after: int | None = None,
    ) -> Sequence[ShelfTrack]:
        self._ask("list", sort)
        ordered = self.all[::-1] if descending else self.all
        start = 1 + next((n for n, t in enumerate(ordered) if t.id == after), -1)
        return ordered[start : start + limit]

    def search(
        self,
        text: str,
        limit: int = 50,
        *,
        sort: str | None = None,
        descending: bool | None = None,
        after: int | None = None,
    ) -> Sequence[ShelfTrack]:
        self._ask("search", text)
        found: Sequence[ShelfTrack] = self._matching(text)
        if sort:
            found = sorted(found, key=lambda t: t.title.lower(), reverse=bool(descending))
        start = 1 + next((n for n, t in enumerate(found) if t.id == after), -1)
        return found[start : start + limit]

    def suggest(self, text: str) -> str | None:
        return "song" if text == "sonng" else None

    def get(self, track_id: int) -> ShelfTrack:
        for track in self.all:
            if track.id == track_id:
                return track
        raise NotFoundError(f"there is no track {track_id}")

    def ids(self, text: str = "", limit: int = 1_000) -> Sequence[int]:
        return [track.id for track in self._matching(text)][:limit]

    def facets(
        self, text: str = "", names: Sequence[str] = (), limit: int = 20
    ) -> dict[str, tuple[FacetCount, ...]]:
        return dict.fromkeys(names, ())

    def similar(self, track_id: int, count: int = 20) -> Sequence[Neighbour]:
        return ()

    def many(self, track_ids: Sequence[int]) -> Sequence[ShelfTrack]:
        known = {track.id: track for track in self.all}
        return [known[id_] for id_ in track_ids if id_ in known]

    def count(self, text: str = "") -> int:
        return len(self._matching(text))

    def _matching(self, text: str) -> Sequence[ShelfTrack]:
        return [track for track in self.all if text.lower() in track.title.lower()]

    def _ask(self, what: str, word: str) -> None:
        self.asked.append((what, word))
        self.hold.wait(30)
        if self.broken is not None:
            raise self.broken


class Plays:
    """What was recorded, as it was told."""

    def __init__(self) -> None:
        self.recorded: list[tuple[Any, ...]] = []

    def history(self, *, limit: int = 50, after: int | None = None) -> Sequence[HistoryRow]:
        return ()

    def remove(self, play_id: int) -> None:
        raise NotFoundError(f"there is no play {play_id}")

    def record(
        self,
        track_id: int,
        started_at: datetime,
        heard_s: float,
        finished: bool,
        preset: str | None = None,
        intensity: float | None = None,
    ) -> None:
        self.recorded.append((track_id, started_at, heard_s, finished, preset, intensity))


class Albums:
    """No albums."""

    def list(
        self,
        sort: str = "title",
        *,
        descending: bool = False,
        limit: int = 50,
        after: int | None = None,
    ) -> Sequence[AlbumRow]:
        return ()

    def search(self, text: str, limit: int = 50) -> Sequence[AlbumRow]:
        return ()

    def get(self, album_id: int) -> AlbumRow:
        raise NotFoundError(f"there is no album {album_id}")

    def tracks(self, album_id: int) -> Sequence[TrackRow]:
        return ()


class Marks:
    """Favourites and ratings, kept in memory."""

    def __init__(self) -> None:
        self.all: dict[int, Mark] = {}

    def of(self, track_ids: Iterable[int]) -> Sequence[Mark]:
        return [self.all.get(id_, Mark(id_)) for id_ in track_ids]

    def set_favourite(self, track_ids: Iterable[int], favourite: bool = True) -> None:
        since = datetime.now(UTC) if favourite else None
        for mark in self.of(track_ids):
            self.all[mark.track_id] = replace(mark, favourite_since=since)

    def set_rating(self, track_ids: Iterable[int], stars: float | None) -> None:
        for mark in self.of(track_ids):
            self.all[mark.track_id] = replace(mark, stars=stars)


class Folders:
    """Folders in which everything can be read."""

    def __init__(self, failed: int = 0) -> None:
        self._failed = failed

    def failed(self) -> int:
        return self._failed


class ShelfLab:
    """A lab around a shelf."""

    def __init__(self, tracks: Sequence[ShelfTrack]) -> None:
        self.folder = Path("/somewhere/Music & <More>")
        self.roots = Folders()
        self.tracks = Shelf(tracks)
        self.queues = MemoryQueues()
        self.plays = Plays()
        self.albums = Albums()
        self.marks = Marks()
