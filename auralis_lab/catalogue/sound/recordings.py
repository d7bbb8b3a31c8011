"""Near duplicates put together: every group is one recording, the best file of it first.

Best is lossless before lossy, then the higher rate, more bits, the larger file, the lower number.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from auralis_lab.catalogue.finding.queries import TrackRow
from auralis_lab.catalogue.sound.duplicates import NearDuplicate

if TYPE_CHECKING:
    from auralis_lab.catalogue.sound.duplicates import Duplicates

__all__ = ["Recording", "recordings"]

PAGE_ROWS = 200
MAX_PAIRS = 2_000


@dataclass(frozen=True, slots=True)
class Recording:
    """Tracks that sound the same.

    Attributes
    ----------
    tracks : tuple of TrackRow
        The best file first.
    reasons : tuple of str
        For each but the first, in what it agrees with another of them.
    """

    tracks: tuple[TrackRow, ...]
    reasons: tuple[str, ...]


def recordings(duplicates: Duplicates) -> tuple[Recording, ...]:
    """Return the recordings that a catalogue has in several files of other audio.

    Parameters
    ----------
    duplicates : Duplicates
        Of the catalogue. The first 2,000 pairs of near duplicates are put together.

    Returns
    -------
    found : tuple of Recording
        Largest groups first.
    """
    pairs: list[NearDuplicate] = []
    after: tuple[int, int] | None = None
    while len(pairs) < MAX_PAIRS and (page := duplicates.near(PAGE_ROWS, after=after)):
        pairs += page
        after = (page[-1].first.id, page[-1].second.id)
    groups: dict[int, list[NearDuplicate]] = {}
    for pair in pairs:
        joined = [pair]
        for id_ in (pair.first.id, pair.second.id):
            known = groups.get(id_, [])
            joined += [other for other in known if other not in joined]
        for other in joined:
            groups[other.first.id] = groups[other.second.id] = joined
    several = {id(group): group for group in groups.values()}
    found = [_recording(group) for group in several.values()]
    return tuple(sorted(found, key=lambda one: (-len(one.tracks), one.tracks[0].id)))


def _recording(pairs: list[NearDuplicate]) -> Recording:
    rows = {row.id: row for pair in pairs for row in (pair.first, pair.second)}
    tracks = sorted(rows.values(), key=_worth)
    best = tracks[0].id
    reasons = []
    for row in tracks[1:]:
        about = [pair for pair in pairs if row.id in (pair.first.id, pair.second.id)]
        about.sort(key=lambda pair: best not in (pair.first.id, pair.second.id))
        reasons.append(about[0].reason)
    return Recording(tuple(tracks), tuple(reasons))


def _worth(row: TrackRow) -> tuple[bool, int, int, int, int]:
    return row.lossy, -row.rate_hz, -(row.bits_per_sample or 0), -row.file_bytes, row.id
