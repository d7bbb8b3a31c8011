"""Plan what a step does to the entries of a playlist.

Conventions: to plan is to write into ``playlist_changes`` which positions entries have before and
after the step; the step then does it. Everything here runs inside a write.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from auralis_lab.catalogue.playlists.order import Gap, find_gap, positions_within
from auralis_lab.errors import NotFoundError, ParameterError

if TYPE_CHECKING:
    from auralis_lab.catalogue.session import Session

__all__ = ["MAX_ENTRIES", "plan_added", "plan_all_out", "plan_copied", "plan_moved", "plan_out"]

MAX_ENTRIES = 1_000_000

_SQL = {
    "count": "SELECT count(*) FROM playlist_entries WHERE playlist_id = $playlist_id",
    "new_ids": "SELECT nextval('playlist_entry_ids') FROM range($count)",
    "unknown": """
        SELECT id FROM chosen_entries WHERE id NOT IN (
            SELECT id FROM playlist_entries
            WHERE playlist_id = $playlist_id AND id IN (SELECT id FROM chosen_entries))
        ORDER BY id LIMIT 1""",
    "others": """
        SELECT id, position FROM playlist_entries
        WHERE playlist_id = $playlist_id AND id NOT IN (SELECT id FROM lifted_entries)
        ORDER BY position""",
    "place": """
        INSERT INTO playlist_changes
        SELECT $step_id, planned.id, coalesce(entries.track_id, planned.track_id),
            entries.position, planned.position
        FROM planned_entries AS planned LEFT JOIN playlist_entries AS entries USING (id)
        WHERE entries.position IS DISTINCT FROM planned.position""",
    "take_out": """
        INSERT INTO playlist_changes
        SELECT $step_id, id, track_id, position, NULL FROM playlist_entries
        WHERE playlist_id = $playlist_id AND id IN (SELECT id FROM chosen_entries)""",
    "take_all_out": """
        INSERT INTO playlist_changes
        SELECT $step_id, id, track_id, position, NULL FROM playlist_entries
        WHERE playlist_id = $playlist_id""",
    "copy": """
        INSERT INTO playlist_changes
        SELECT $step_id, nextval('playlist_entry_ids'), track_id, NULL,
            row_number() OVER (ORDER BY position)
        FROM playlist_entries WHERE playlist_id = $playlist_id""",
}


def plan_added(
    s: Session,
    step_id: int,
    playlist_id: int,
    track_ids: list[int],
    *,
    at: int | None = None,
    before: int | None = None,
    instead: bool = False,
) -> tuple[int, ...]:
    """Plan new entries at a place, or instead of all others; return their ids.

    Raises
    ------
    ParameterError, NotFoundError
        If there is no such place, or the playlist would have more than 1,000,000 entries.
    """
    count = 0 if instead else s.rows(_SQL["count"], {"playlist_id": playlist_id})[0][0]
    if count + len(track_ids) > MAX_ENTRIES:
        raise ParameterError(f"a playlist must have {MAX_ENTRIES:,} entries at most")
    if not track_ids:
        return ()
    gap = Gap(None, None) if instead else find_gap(s, playlist_id, at, before, lifted=[])
    ids = [id_ for (id_,) in s.rows(_SQL["new_ids"], {"count": len(track_ids)})]
    _place(s, step_id, playlist_id, gap, ids, track_ids)
    return tuple(ids)


def plan_moved(
    s: Session,
    step_id: int,
    playlist_id: int,
    entry_ids: list[int],
    *,
    at: int | None,
    before: int | None,
) -> None:
    """Plan that entries go to a place together.

    Raises
    ------
    ParameterError, NotFoundError
        If one of them is not there, or there is no such place.
    """
    _require_entries(s, playlist_id, entry_ids)
    gap = find_gap(s, playlist_id, at, before, lifted=entry_ids)
    _place(s, step_id, playlist_id, gap, entry_ids, [None] * len(entry_ids))


def plan_out(s: Session, step_id: int, playlist_id: int, entry_ids: list[int]) -> None:
    """Plan that some entries are taken out.

    Raises
    ------
    NotFoundError
        If one of them is not there.
    """
    _require_entries(s, playlist_id, entry_ids)
    s.run(_SQL["take_out"], {"step_id": step_id, "playlist_id": playlist_id})


def plan_all_out(s: Session, step_id: int, playlist_id: int) -> None:
    """Plan that all entries are taken out."""
    s.run(_SQL["take_all_out"], {"step_id": step_id, "playlist_id": playlist_id})


def plan_copied(s: Session, step_id: int, from_id: int) -> None:
    """Plan new entries with the tracks of another playlist."""
    s.run(_SQL["copy"], {"step_id": step_id, "playlist_id": from_id})


def _require_entries(s: Session, playlist_id: int, entry_ids: list[int]) -> None:
    s.stage("chosen_entries", {"id": entry_ids})
    unknown = s.row(_SQL["unknown"], {"playlist_id": playlist_id})
    if unknown:
        raise NotFoundError(f"there is no entry {unknown[0]} in playlist {playlist_id}")


def _place(
    s: Session,
    step_id: int,
    playlist_id: int,
    gap: Gap,
    entry_ids: list[int],
    track_ids: list[int] | list[None],
) -> None:
    """Plan entries, new ones or not, at a gap between the others."""
    tracks = dict(zip(entry_ids, track_ids, strict=True))
    positions = positions_within(gap, len(entry_ids))
    if positions is None:  # the neighbours are too close: all are numbered anew
        others = s.rows(_SQL["others"], {"playlist_id": playlist_id})
        ahead = [id_ for id_, position in others if gap.follows(position)]
        entry_ids = ahead + entry_ids + [id_ for id_, _ in others[len(ahead) :]]
        positions = [float(n + 1) for n in range(len(entry_ids))]
    s.stage(
        "planned_entries",
        {
            "id": entry_ids,
            "track_id": [tracks.get(id_) for id_ in entry_ids],
            "position": positions,
        },
    )
    s.run(_SQL["place"], {"step_id": step_id})
