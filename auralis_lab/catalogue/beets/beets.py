"""Bring over what a beets library knows of tracks and the catalogue has a place for.

Conventions: beets' library is read and never changed, and nothing is taken from the catalogue: the
earlier of two times added holds, a rating that is there stays, plays only become more. So a second
import changes nothing, and one that was broken off can be done again.

The times of most plays are not in a beets library, only how many there were. Plays without a time
are recorded for the first seconds of 1970, so that they count and stand last in every history. A
track is given as many plays as beets counts, not those in addition to its own.

Playlists that beets' plugins write are M3U files; ``playlistfiles`` reads them.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import TYPE_CHECKING, TypeVar

from auralis_lab.catalogue.beets.file import BeetsFile, BeetsItem, read_beets
from auralis_lab.catalogue.beets.matching import WAYS, BeetsMatch, match_items
from auralis_lab.catalogue.listening.marks import Mark, Marks
from auralis_lab.catalogue.listening.plays import NewPlay, Plays
from auralis_lab.errors import ParameterError

if TYPE_CHECKING:
    from auralis_lab.catalogue.store import Catalogue

__all__ = ["BeetsReport", "import_beets"]

AT_ONCE = 20_000
"""Rows of one write, for others wait meanwhile."""

UNKNOWN_TIME = datetime(1970, 1, 1, tzinfo=UTC)

_SQL = {
    "added": """
        UPDATE tracks SET added_at = staged_times.added_at FROM staged_times
        WHERE tracks.id = staged_times.id AND tracks.added_at > staged_times.added_at""",
    "albums_added": """
        UPDATE albums SET added_at = earlier.added_at FROM (
            SELECT album_id, min(added_at) AS added_at FROM tracks
            WHERE id IN (SELECT id FROM staged_times) GROUP BY album_id) AS earlier
        WHERE albums.id = earlier.album_id AND albums.added_at > earlier.added_at""",
    "revise": "UPDATE revisions SET number = number + 1 WHERE name = 'tracks'",
}

T = TypeVar("T")


@dataclass(frozen=True)
class BeetsReport:
    """What an import found and did, or would do.

    Attributes
    ----------
    items : int
        Items in the beets library.
    matched : mapping of str to int
        How many are a track, by how that was found; see ``beets.matching.WAYS``.
    unmatched, ambiguous : tuple of str
        The items that are no track of the catalogue, and those that may be one of several.
    added_earlier : int
        Tracks that were added earlier than the catalogue knew.
    rated, favourites, plays : int
        Ratings, favourites and plays that were taken over.
    ratings_kept : int
        Tracks that have another rating here, which stays.
    rating_scales : mapping of str to float
        What was taken for the highest rating, by the name of the attribute.
    not_taken : mapping of str to int
        Items with an attribute that the catalogue has no place for, by its name.
    problems : tuple of str
        Values that make no sense and were left out.
    """

    items: int
    matched: Mapping[str, int]
    unmatched: tuple[str, ...]
    ambiguous: tuple[str, ...]
    added_earlier: int
    rated: int
    favourites: int
    plays: int
    ratings_kept: int
    rating_scales: Mapping[str, float]
    not_taken: Mapping[str, int]
    problems: tuple[str, ...]

    @property
    def changes(self) -> int:
        """How many things were taken over."""
        return self.added_earlier + self.rated + self.favourites + self.plays


def import_beets(
    catalogue: Catalogue,
    path: str | os.PathLike[str],
    *,
    directory: str | os.PathLike[str] | None = None,
    dry_run: bool = False,
) -> BeetsReport:
    """Take over times added, ratings, favourites and plays from a beets library.

    Parameters
    ----------
    catalogue : Catalogue
        With the music already scanned.
    path : path-like
        The library file, usually ``library.db`` in beets' folder.
    directory : path-like, optional
        The music folder of beets' configuration, to which newer libraries hold paths relative.
    dry_run : bool
        Report what would be done, and do nothing.

    Returns
    -------
    report : BeetsReport

    Raises
    ------
    NotFoundError
        If there is no such file, or a track is removed in the meantime.
    ParameterError
        If the file is not a beets library, or `directory` is not a folder.
    CatalogueError
        If the library is damaged, or the catalogue cannot be used.
    CatalogueBusyError
        If beets is writing to its library, or others keep the catalogue in use.
    """
    if directory is not None and not os.path.isdir(os.path.expanduser(directory)):
        raise ParameterError(f"directory={os.fspath(directory)!r} must be a folder")
    library = read_beets(path)
    folder = None if directory is None else os.fsencode(os.path.expanduser(directory))
    paths = [_absolute(item.path, folder) for item in library.items]
    resolved = list(_resolved(paths))
    with catalogue.session() as s:
        matches, ambiguous = match_items(s, library.items, paths, resolved)
    marks = dict(_marks(catalogue, [match.track_id for match in matches]))
    earlier = [m for m in matches if m.item.added_at and m.item.added_at < m.added_at]
    rate = [m for m in matches if m.item.stars and marks[m.track_id].stars is None]
    like = [m.track_id for m in matches if m.item.favourite and not marks[m.track_id].favourite]
    plays = [play for m in matches for play in _new_plays(m, marks[m.track_id])]
    new_plays = len(plays)
    if not dry_run:
        _add_earlier(catalogue, earlier)
        for stars in sorted({m.item.stars for m in rate if m.item.stars}):
            for part in _parts(m.track_id for m in rate if m.item.stars == stars):
                Marks(catalogue).set_rating(part, stars)
        for part in _parts(like):
            Marks(catalogue).set_favourite(part)
        recorded = (Plays(catalogue).record_many(some, skip_known=True) for some in _parts(plays))
        new_plays = sum(map(len, recorded))
    kept = sum(marks[m.track_id].stars not in (None, m.item.stars) for m in matches if m.item.stars)
    done = Counter({"added": len(earlier), "rated": len(rate), "liked": len(like)})
    done |= Counter({"plays": new_plays, "kept": kept})
    return _report(library, matches, ambiguous, done)


def _report(
    library: BeetsFile,
    matches: Sequence[BeetsMatch],
    ambiguous: Sequence[BeetsItem],
    done: Counter[str],
) -> BeetsReport:
    ways = Counter(match.way for match in matches)
    settled = {match.item.id for match in matches} | {item.id for item in ambiguous}
    return BeetsReport(
        items=len(library.items),
        matched={way: ways[way] for way in WAYS},
        unmatched=tuple(item.name for item in library.items if item.id not in settled),
        ambiguous=tuple(item.name for item in ambiguous),
        added_earlier=done["added"],
        rated=done["rated"],
        favourites=done["liked"],
        plays=done["plays"],
        ratings_kept=done["kept"],
        rating_scales=library.scales,
        not_taken=library.unused,
        problems=tuple(library.problems),
    )


def _absolute(path: bytes, folder: bytes | None) -> bytes:
    """Return where a file is, or nothing if the library does not say."""
    if not path or not (os.path.isabs(path) or folder):
        return b""
    return os.path.normpath(os.path.join(os.path.abspath(folder or b"/"), path))


def _resolved(paths: Iterable[bytes]) -> Iterator[bytes]:
    """Follow the links of the paths' folders, as a scan does."""
    real: dict[bytes, bytes] = {}
    for path in paths:
        folder, name = os.path.split(path)
        if folder not in real:
            real[folder] = b"" if not path or b"\0" in path else os.path.realpath(folder)
        yield os.path.join(real[folder], name) if real[folder] else b""


def _marks(catalogue: Catalogue, track_ids: Sequence[int]) -> Iterator[tuple[int, Mark]]:
    for part in _parts(track_ids):
        yield from zip(part, Marks(catalogue).of(part), strict=True)


def _new_plays(match: BeetsMatch, mark: Mark) -> Iterator[NewPlay]:
    """Yield the plays that a track lacks, the ones with a known time first."""
    missing = match.item.play_count - mark.plays
    times = sorted(set(match.item.played_at), reverse=True)
    if mark.last_played_at:  # what is known here already is not told again
        times = [time for time in times if time > mark.last_played_at + timedelta(seconds=1)]
    times = times[: max(0, missing)]
    for time in times:
        yield NewPlay(match.track_id, time)
    for n in range(missing - len(times)):
        yield NewPlay(match.track_id, UNKNOWN_TIME + timedelta(seconds=mark.plays + n + 1))


def _add_earlier(catalogue: Catalogue, matches: Sequence[BeetsMatch]) -> None:
    for part in _parts(matches):
        times = [m.item.added_at.replace(tzinfo=None) for m in part if m.item.added_at]
        with catalogue.write() as s:
            s.stage("staged_times", {"id": [m.track_id for m in part], "added_at": times})
            s.run(_SQL["added"])
            s.run(_SQL["albums_added"])
            s.run(_SQL["revise"])


def _parts(values: Iterable[T]) -> Iterator[list[T]]:
    rest = iter(values)
    while part := list(islice(rest, AT_ONCE)):
        yield part
