"""Steps: what was done to a playlist, kept so that it can be undone and done again.

Conventions: a step has the positions of the entries it touched before and after it, and the names
and filters; so to undo it is to go back to exactly what was there. The steps of a playlist are one
line: the last that stands can be undone, the first that was undone can be done again, and a new
step drops those that were undone. Beside the newest the latest 99 are kept, or fewer if they
touched more than a million places in sum. Everything here runs inside a write.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from auralis_lab.catalogue.listening.listening import aware, now_utc
from auralis_lab.catalogue.playlists.heads import Head, free_name, head_of, name_columns
from auralis_lab.errors import NotFoundError, ParameterError

if TYPE_CHECKING:
    from auralis_lab.catalogue.session import Session

__all__ = [
    "MAX_STEPS",
    "PlaylistStep",
    "begin_step",
    "finish_step",
    "list_steps",
    "turn",
]

MAX_STEPS = 100
MAX_STEP_CHANGES = 1_000_000
MAX_REMOVED = 100
"""Playlists that were removed and can be had back."""

_STEP = "id, playlist_id, action, done_at, undone, changes"
_SQL = {
    "steps": f"""
        SELECT {_STEP} FROM playlist_steps WHERE playlist_id = $playlist_id ORDER BY id DESC""",
    "last": f"""
        SELECT {_STEP}, name_before, filter_before FROM playlist_steps
        WHERE playlist_id = $playlist_id AND NOT undone ORDER BY id DESC LIMIT 1""",
    "next": f"""
        SELECT {_STEP}, name_after, filter_after FROM playlist_steps
        WHERE playlist_id = $playlist_id AND undone ORDER BY id LIMIT 1""",
    "new_id": "SELECT nextval('playlist_step_ids')",
    "count": """
        SELECT count(*), count(position_before), count(position_after) FROM playlist_changes
        WHERE step_id = $id""",
    "insert": """
        INSERT INTO playlist_steps
        VALUES ($id, $playlist_id, $now, $action, false, $changes,
            $name_before, $name_after, $filter_before, $filter_after)""",
    "mark": "UPDATE playlist_steps SET undone = $undone WHERE id = $id",
    "take": """
        DELETE FROM playlist_entries WHERE id IN (
            SELECT entry_id FROM playlist_changes
            WHERE step_id = $id AND position_{old} IS NOT NULL)""",
    "put": """
        INSERT INTO playlist_entries BY NAME
        SELECT entry_id AS id, $playlist_id AS playlist_id, position_{new} AS position, track_id
        FROM playlist_changes WHERE step_id = $id AND position_{new} IS NOT NULL""",
    "set_head": """
        UPDATE playlists SET name = $name, name_key = $key, name_order = $order, filter = $filter,
            removed_at = $removed_at, changed_at = $now
        WHERE id = $playlist_id""",
    "kept": """
        SELECT id, undone, changes FROM playlist_steps WHERE playlist_id = $playlist_id
        ORDER BY id DESC""",
    "drop_steps": """
        DELETE FROM playlist_changes WHERE step_id IN (SELECT id FROM dropped_steps);
        DELETE FROM playlist_steps WHERE id IN (SELECT id FROM dropped_steps)""",
    "forgotten": """
        SELECT id FROM playlists WHERE removed_at IS NOT NULL
        ORDER BY removed_at DESC, id DESC OFFSET $kept""",
    "forget": """
        DELETE FROM playlist_changes WHERE step_id IN (
            SELECT id FROM playlist_steps WHERE playlist_id IN (SELECT id FROM forgotten));
        DELETE FROM playlist_steps WHERE playlist_id IN (SELECT id FROM forgotten);
        DELETE FROM playlist_entries WHERE playlist_id IN (SELECT id FROM forgotten);
        DELETE FROM playlists WHERE id IN (SELECT id FROM forgotten)""",
    "revise": "UPDATE revisions SET number = number + 1 WHERE name = 'playlists'",
}


@dataclass(frozen=True, slots=True)
class PlaylistStep:
    """Something that was done to a playlist.

    Attributes
    ----------
    id, playlist_id : int
    action : str
        ``'create'``, ``'add'``, ``'move'``, ``'take out'``, ``'clear'``, ``'replace'``,
        ``'rename'``, ``'refilter'``, ``'freeze'`` or ``'remove'``.
    done_at : datetime
    undone : bool
        Whether it was undone and can be done again.
    changes : int
        How many entries it put in, took out or moved.
    entry_ids : tuple of int
        The entries it put in, in their order; told by the call that did it and empty in lists.
    """

    id: int
    playlist_id: int
    action: str
    done_at: datetime
    undone: bool
    changes: int
    entry_ids: tuple[int, ...] = ()


def begin_step(s: Session, head: Head) -> int:
    """Drop the steps that were undone and those that are too many; return the id of a new one.

    The changes of entries that the step shall make are then planned under it.
    """
    dropped: list[int] = []
    room, places = MAX_STEPS - 1, MAX_STEP_CHANGES
    for id_, undone, changes in s.rows(_SQL["kept"], {"playlist_id": head.id}):
        if not undone:
            room, places = room - 1, places - changes
        if undone or room < 0 or places < 0:
            dropped.append(id_)
    if dropped:
        s.stage("dropped_steps", {"id": dropped})
        s.run(_SQL["drop_steps"])
    return int(s.rows(_SQL["new_id"])[0][0])


def finish_step(
    s: Session,
    step_id: int,
    head: Head,
    action: str,
    *,
    after: Head | None = None,
    entry_ids: tuple[int, ...] = (),
) -> PlaylistStep:
    """Do what was planned, and keep it as a step.

    Parameters
    ----------
    s : Session
    step_id : int
        From `begin_step`; the changes of entries stand in ``playlist_changes`` under it.
    head : Head
        What the playlist is.
    action : str
        What to call it.
    after : Head, optional
        What the playlist becomes; by default it stays what it is.
    entry_ids : tuple of int
        What to tell as put in.
    """
    after = after or head
    now = now_utc()
    changes, taken, put = s.rows(_SQL["count"], {"id": step_id})[0]
    values = {
        "id": step_id,
        "playlist_id": head.id,
        "now": now,
        "action": action,
        "changes": changes,
        "name_before": head.name,
        "name_after": after.name,
        "filter_before": head.filter_text,
        "filter_after": after.filter_text,
    }
    s.run(_SQL["insert"], values)
    if taken:
        s.run(_SQL["take"].format(old="before"), {"id": step_id})
    if put:
        s.run(_SQL["put"].format(new="after"), {"id": step_id, "playlist_id": head.id})
    _set_head(s, after, now)
    return PlaylistStep(step_id, head.id, action, aware(now) or now, False, changes, entry_ids)


def list_steps(s: Session, playlist_id: int) -> tuple[PlaylistStep, ...]:
    """Return the steps of a playlist, the latest first."""
    return tuple(_step(row) for row in s.rows(_SQL["steps"], {"playlist_id": playlist_id}))


def turn(s: Session, playlist_id: int, *, undo: bool, step_id: int | None) -> PlaylistStep:
    """Undo the last step that stands, or do the first again that was undone.

    Parameters
    ----------
    s : Session
    playlist_id : int
        May be one that was removed.
    undo : bool
    step_id : int or None
        The step that it must be; None for whichever it is.

    Raises
    ------
    NotFoundError
        If there is no such playlist or no such step.
    ParameterError
        If it is another step than the one that was meant.
    """
    head = head_of(s, playlist_id, removed=True)
    row = s.row(_SQL["last" if undo else "next"], {"playlist_id": playlist_id})
    word = "undo" if undo else "do again"
    if row is None:
        raise NotFoundError(f"there is nothing to {word} in playlist {playlist_id}")
    step, (name, filter_text) = _step(row[:-2]), row[-2:]
    if step_id is not None and step.id != step_id:
        raise ParameterError(
            f"step_id={step_id} must be {step.id} ({step.action}), the step to {word}"
        )
    after = replace(head, removed_at=now_utc() if step.action == _REMOVES[undo] else None)
    if step.action == "rename":
        after = replace(after, name=name)
    elif step.action in ("refilter", "freeze"):
        after = replace(after, filter_text=filter_text)
    if after.removed_at is None:
        after = replace(after, name=free_name(s, after.name, but=playlist_id))
    old, new = ("after", "before") if undo else ("before", "after")
    s.run(_SQL["take"].format(old=old), {"id": step.id})
    s.run(_SQL["put"].format(new=new), {"id": step.id, "playlist_id": playlist_id})
    s.run(_SQL["mark"], {"id": step.id, "undone": undo})
    _set_head(s, after, now_utc())
    return replace(step, undone=undo)


_REMOVES = {True: "create", False: "remove"}
"""What leaves no playlist, when it is undone and when it is done."""


def _set_head(s: Session, head: Head, now: datetime) -> None:
    """Say what a playlist is now; of those that were removed, forget the ones too many."""
    values = name_columns(head.name) | {
        "playlist_id": head.id,
        "filter": head.filter_text,
        "removed_at": head.removed_at,
        "now": now,
    }
    s.run(_SQL["set_head"], values)
    s.run(_SQL["revise"])
    if head.removed_at is None:
        return
    ids = [id_ for (id_,) in s.rows(_SQL["forgotten"], {"kept": MAX_REMOVED})]
    if ids:
        s.stage("forgotten", {"id": ids})
        s.run(_SQL["forget"])


def _step(row: Sequence[Any]) -> PlaylistStep:
    return PlaylistStep(row[0], row[1], row[2], row[3].replace(tzinfo=UTC), *row[4:])
