"""Where entries of a playlist stand: numbers between those of their neighbours.

Conventions: a playlist's entries are ordered by position, a float64 that no two of them share. What
is put between two entries gets positions between theirs, so that the others keep theirs. When two
neighbours have no room left between them, all entries are numbered anew, 1, 2, 3 …
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from auralis_lab.errors import NotFoundError, ParameterError

if TYPE_CHECKING:
    from auralis_lab.catalogue.session import Session

__all__ = ["Gap", "find_gap", "positions_within"]

_SQL = {
    "end": """
        SELECT count(*), max(position) FROM playlist_entries
        WHERE playlist_id = $playlist_id AND id NOT IN (SELECT id FROM lifted_entries)""",
    "at": """
        SELECT position FROM playlist_entries
        WHERE playlist_id = $playlist_id AND id NOT IN (SELECT id FROM lifted_entries)
        ORDER BY position LIMIT 2 OFFSET $skipped""",
    "anchor": """
        SELECT position FROM playlist_entries
        WHERE playlist_id = $playlist_id AND id = $before""",
    "ahead": """
        SELECT max(position) FROM playlist_entries
        WHERE playlist_id = $playlist_id AND position < $position
            AND id NOT IN (SELECT id FROM lifted_entries)""",
}


@dataclass(frozen=True, slots=True)
class Gap:
    """A place between two entries; None where there is none on that side."""

    after: float | None
    before: float | None

    def follows(self, position: float) -> bool:
        """Tell whether the place comes after an entry at `position`."""
        return self.after is not None and position <= self.after


def positions_within(gap: Gap, count: int) -> list[float] | None:
    """Return rising positions for `count` entries within a gap; None if there is no room.

    Examples
    --------
    >>> positions_within(Gap(1.0, 2.0), 3)
    [1.25, 1.5, 1.75]
    >>> positions_within(Gap(4.0, None), 2), positions_within(Gap(None, None), 2)
    ([5.0, 6.0], [1.0, 2.0])
    """
    low, high = gap.after, gap.before
    if high is not None and low is not None:
        step = (high - low) / (count + 1)
        positions = [low + step * n for n in range(1, count + 1)]
    elif high is not None:
        positions = [high - count + n for n in range(count)]
    else:
        positions = [(low or 0.0) + n for n in range(1, count + 1)]
    edges = ([] if low is None else [low], [] if high is None else [high])
    rising = all(a < b for a, b in pairwise((*edges[0], *positions, *edges[1])))
    return positions if rising else None


def find_gap(
    s: Session, playlist_id: int, at: int | None, before: int | None, *, lifted: list[int]
) -> Gap:
    """Find the place that was asked for, by number or by neighbour.

    Parameters
    ----------
    s : Session
    playlist_id : int
    at : int or None
        How many entries shall stand ahead; None for all.
    before : int or None
        Id of the entry that shall follow, instead of `at`.
    lifted : list of int
        Entries that do not count, because they will go elsewhere.

    Raises
    ------
    ParameterError
        If there are fewer than `at` entries, or `before` is one of those lifted.
    NotFoundError
        If the playlist has no entry `before`.
    """
    s.stage("lifted_entries", {"id": lifted})
    if before is not None:
        if before in lifted:
            raise ParameterError(f"before={before} must not be one of the entries that are moved")
        anchor = s.row(_SQL["anchor"], {"playlist_id": playlist_id, "before": before})
        if anchor is None:
            raise NotFoundError(f"there is no entry {before} in playlist {playlist_id}")
        ahead = s.rows(_SQL["ahead"], {"playlist_id": playlist_id, "position": anchor[0]})
        return Gap(ahead[0][0], anchor[0])
    count, last = s.rows(_SQL["end"], {"playlist_id": playlist_id})[0]
    if at is None or at == count:
        return Gap(last, None)
    if at > count:
        raise ParameterError(f"at={at} must be {count} at most, the number of the other entries")
    asked = {"playlist_id": playlist_id, "skipped": max(at - 1, 0)}
    around = [position for (position,) in s.rows(_SQL["at"], asked)]
    return Gap(None, around[0]) if at == 0 else Gap(around[0], around[1])
