"""Tracks that hold the same audio, and tracks that sound the same.

Conventions: *exact* duplicates share a content key. *Near* duplicates are measured tracks of other
audio that sound like one recording in another format or at another gain; in what they agree is
told by ``soundalikes``. Only tracks that are there count, and every content stands once, for its
track with the lowest id.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from auralis_lab.catalogue.finding.queries import TrackRow
from auralis_lab.catalogue.listening.listening import check_id, check_limit, track_rows
from auralis_lab.errors import NotFoundError, ParameterError

if TYPE_CHECKING:
    from auralis_lab.catalogue.sound.soundalikes import Agreement
    from auralis_lab.catalogue.store import Catalogue

__all__ = ["DuplicateGroup", "DuplicateTotals", "Duplicates", "NearDuplicate"]

MAX_LISTED = 100
"""Tracks of one group that are listed."""

_GROUPS = """
    SELECT content_key, count(*) AS copies, sum(file_bytes) - max(file_bytes) AS reclaimable
    FROM tracks WHERE missing_since IS NULL GROUP BY content_key HAVING count(*) > 1"""
_SQL = {
    "totals": f"""
        SELECT count(*), coalesce(sum(copies), 0)::BIGINT, coalesce(sum(reclaimable), 0)::BIGINT
        FROM ({_GROUPS})""",
    "page": f"""
        SELECT content_key, copies, reclaimable::BIGINT FROM ({_GROUPS})
        ORDER BY reclaimable DESC, content_key LIMIT $limit""",
    "page_after": f"""
        WITH groups AS ({_GROUPS}), place AS (SELECT * FROM groups WHERE content_key = $after)
        SELECT content_key, copies, reclaimable::BIGINT FROM groups
        WHERE reclaimable < (SELECT reclaimable FROM place)
            OR (reclaimable = (SELECT reclaimable FROM place) AND content_key > $after)
        ORDER BY reclaimable DESC, content_key LIMIT $limit""",
    "is_group": f"SELECT 1 FROM ({_GROUPS}) WHERE content_key = $after",
    "members": f"""
        SELECT content_key, list(id ORDER BY id)[:{MAX_LISTED}] FROM tracks
        WHERE missing_since IS NULL AND content_key IN (SELECT key FROM asked_keys)
        GROUP BY content_key""",
}


@dataclass(frozen=True, slots=True)
class DuplicateGroup:
    """Tracks that hold the same audio.

    Attributes
    ----------
    content_key : str
    tracks : tuple of TrackRow
        By id, the first 100.
    copies : int
        How many there are.
    reclaimable_bytes : int
        What is left over when only the largest file is kept.
    proven : bool
        False where the key rests on parts of a long lossy file, so that two files could differ
        between them.
    """

    content_key: str
    tracks: tuple[TrackRow, ...]
    copies: int
    reclaimable_bytes: int
    proven: bool


@dataclass(frozen=True, slots=True)
class DuplicateTotals:
    """How many exact duplicates there are.

    Attributes
    ----------
    groups, copies : int
        Contents with more than one track, and all of their tracks.
    reclaimable_bytes : int
        What is left over when only the largest file of each is kept.
    """

    groups: int
    copies: int
    reclaimable_bytes: int


@dataclass(frozen=True, slots=True)
class NearDuplicate:
    """Two tracks that sound the same.

    Attributes
    ----------
    first, second : TrackRow
        The lossless one first, then the one with the larger file, then the lower id.
    agreement : Agreement
        In what they agree, as numbers from the first to the second.
    reason : str
        The same in a line.
    """

    first: TrackRow
    second: TrackRow
    agreement: Agreement
    reason: str


class Duplicates:
    """What a catalogue has more than once.

    Parameters
    ----------
    catalogue : Catalogue
    """

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    def totals(self) -> DuplicateTotals:
        """Return how many exact duplicates there are, and their bytes."""
        with self._catalogue.session() as s:
            return DuplicateTotals(*s.rows(_SQL["totals"])[0])

    def exact(self, limit: int = 50, *, after: str | None = None) -> tuple[DuplicateGroup, ...]:
        """Return tracks with the same audio in groups, those with the most bytes to win first.

        Parameters
        ----------
        limit : int
            1 to 200 groups.
        after : str, optional
            Content key of the last group of the page before.

        Raises
        ------
        ParameterError
            If an argument is out of range.
        NotFoundError
            If there is no group `after`.
        """
        from auralis_lab.io.payload import is_sampled

        check_limit(limit)
        if after is not None and not isinstance(after, str):
            raise ParameterError(f"after={after!r} must be a content key")
        with self._catalogue.session() as s:
            if after is None:
                groups = s.rows(_SQL["page"], {"limit": limit})
            else:
                if s.row(_SQL["is_group"], {"after": after}) is None:
                    raise NotFoundError(f"there is no group of duplicates {after:.80}")
                groups = s.rows(_SQL["page_after"], {"limit": limit, "after": after})
            s.stage("asked_keys", {"key": [key for key, _, _ in groups]})
            members = dict(s.rows(_SQL["members"])) if groups else {}
            rows = track_rows(s, [id_ for ids in members.values() for id_ in ids])
        return tuple(
            DuplicateGroup(
                key, tuple(rows[id_] for id_ in members[key]), copies, size, not is_sampled(key)
            )
            for key, copies, size in groups
        )

    def near(
        self, limit: int = 50, *, after: tuple[int, int] | None = None
    ) -> tuple[NearDuplicate, ...]:
        """Return pairs of measured tracks of other audio that sound the same, shorter ones first.

        Parameters
        ----------
        limit : int
            1 to 200 pairs.
        after : tuple of (int, int), optional
            Ids of the two tracks of the last pair of the page before.

        Raises
        ------
        ParameterError
            If an argument is out of range.
        NotFoundError
            If `after` names tracks that cannot be a pair.
        """
        check_limit(limit)
        if after is not None:
            if not isinstance(after, tuple) or len(after) != 2:
                raise ParameterError(f"after={after!r:.80} must be the ids of two tracks")
            after = (check_id("after[0]", after[0]), check_id("after[1]", after[1]))
        found = list(islice(self._pairs(after), limit))
        with self._catalogue.session() as s:
            rows = track_rows(s, {id_ for low, high, _ in found for id_ in (low, high)})
        return tuple(
            _in_order(rows[low], rows[high], agreement)
            for low, high, agreement in found
            if low in rows and high in rows
        )

    def _pairs(self, after: tuple[int, int] | None) -> Iterator[tuple[int, int, Agreement]]:
        """Yield pairs of track ids whose profiles agree."""
        from auralis_lab.catalogue.sound.soundalikes import Lengths, agreement_of

        with self._catalogue.session() as s:
            lengths = Lengths.read(s)
        for batch in lengths.candidates(after):
            keys = {lengths.keys[place] for pair in batch for place in pair}
            profiles = self._catalogue.profiles.get_many(keys)
            for one, other in batch:
                agreement = agreement_of(
                    profiles.get(lengths.keys[one]), profiles.get(lengths.keys[other])
                )
                if agreement is not None:
                    yield int(lengths.ids[one]), int(lengths.ids[other]), agreement


def _in_order(one: TrackRow, other: TrackRow, agreement: Agreement) -> NearDuplicate:
    from auralis_lab.catalogue.sound.soundalikes import reversed_agreement

    first, second = one, other
    if (other.lossy, -other.file_bytes, other.id) < (one.lossy, -one.file_bytes, one.id):
        first, second = other, one
        agreement = reversed_agreement(agreement)
    return NearDuplicate(first, second, agreement, _reason(first, second, agreement))


def _reason(first: TrackRow, second: TrackRow, agreement: Agreement) -> str:
    apart_ms = abs(agreement.length_ms)
    parts = [
        f"same spectrum within {agreement.spectrum_db:.1f} dB",
        f"same loudness curve within {agreement.curve_lu:.1f} LU",
        f"{apart_ms:.0f} ms apart in length" if apart_ms >= 0.5 else "same length",
    ]
    if abs(agreement.gain_lu) >= 0.2:
        louder = "louder" if agreement.gain_lu > 0 else "quieter"
        parts.append(f"{abs(agreement.gain_lu):.1f} LU {louder}")
    formats = second.format, first.format
    parts.append(" beside ".join(formats) if formats[0] != formats[1] else f"both {formats[0]}")
    return ", ".join(parts)
