"""What a play is, and when it counts.

Conventions: a play *counts* once 30 s or half of the track were heard, whichever is less.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from auralis_lab.catalogue.finding.rows import TrackRow
from auralis_lab.catalogue.listening.listening import (
    MAX_AT_ONCE,
    check_id,
    check_name,
    check_number,
    shown,
    utc,
)
from auralis_lab.errors import ParameterError

__all__ = [
    "COLUMNS",
    "HistoryRow",
    "NewPlay",
    "Play",
    "checked_columns",
    "complete",
    "is_counted",
    "play_of_row",
]

COUNTS_AFTER_S = 30.0
MAX_HEARD_S = 7 * 86_400.0
MAX_PRESET_CHARACTERS = 100
COLUMNS = "id, track_id, started_at, heard_s, finished, counted, preset, intensity"


@dataclass(frozen=True, slots=True)
class NewPlay:
    """A play to be recorded.

    Attributes
    ----------
    track_id : int
    started_at : datetime
        With a time zone, not in the future, 1970 or later.
    heard_s : float or None
        Seconds that sounded, pauses and skipped parts left out. None where the source of the play
        does not say, as imported histories do not: it counts, as a whole track.
    finished : bool
        Whether the end was reached.
    preset : str or None
        What it was heard through; None for the original.
    intensity : float or None
        Of the preset, 0 to 1.
    """

    track_id: int
    started_at: datetime
    heard_s: float | None = None
    finished: bool = True
    preset: str | None = None
    intensity: float | None = None


@dataclass(frozen=True, slots=True)
class Play:
    """A play that was recorded; `counted` tells whether enough of the track was heard."""

    id: int
    track_id: int
    started_at: datetime
    heard_s: float
    finished: bool
    counted: bool
    preset: str | None
    intensity: float | None


@dataclass(frozen=True, slots=True)
class HistoryRow:
    """A play and its track; the track is None if the catalogue no longer has it."""

    play: Play
    track: TrackRow | None


def is_counted(heard_s: float, duration_s: float | None, *, finished: bool) -> bool:
    """Tell whether a play counts: after 30 s or half the track, whichever is less.

    Where the length is not known, a track that was finished counts as well.

    Examples
    --------
    >>> is_counted(29.0, 240.0, finished=False), is_counted(6.0, 11.0, finished=False)
    (False, True)
    """
    if not duration_s:
        return finished or heard_s >= COUNTS_AFTER_S
    return heard_s >= min(COUNTS_AFTER_S, duration_s / 2)


def checked_columns(plays: Iterable[NewPlay]) -> dict[str, list[Any]]:
    """Return plays by column, or refuse what is out of range."""
    columns: dict[str, list[Any]] = {
        name: []
        for name in ("track_id", "started_at", "heard_s", "finished", "preset", "intensity")
    }
    for n, play in enumerate(plays):
        if n == MAX_AT_ONCE:
            raise ParameterError(f"plays must be {MAX_AT_ONCE:,} at most at once")
        if not isinstance(play, NewPlay):
            raise ParameterError(f"plays[{n}]={shown(play)} must be a NewPlay")
        if not isinstance(play.finished, bool):
            raise ParameterError(f"finished={shown(play.finished)} must be true or false")
        columns["track_id"].append(check_id("track_id", play.track_id))
        columns["started_at"].append(utc("started_at", play.started_at))
        columns["heard_s"].append(
            None
            if play.heard_s is None
            else check_number("heard_s", play.heard_s, 0.0, MAX_HEARD_S)
        )
        columns["finished"].append(play.finished)
        columns["preset"].append(
            None
            if play.preset is None
            else check_name("preset", play.preset, MAX_PRESET_CHARACTERS)
        )
        columns["intensity"].append(
            None if play.intensity is None else check_number("intensity", play.intensity, 0.0, 1.0)
        )
    return columns


def complete(columns: dict[str, list[Any]], durations: dict[int, float | None]) -> None:
    """Fill in what was not said of the plays, and whether they count."""
    columns["counted"] = []
    for n, track_id in enumerate(columns["track_id"]):
        duration_s, heard_s = durations[track_id], columns["heard_s"][n]
        if heard_s is None:
            columns["heard_s"][n] = min(duration_s or 0.0, MAX_HEARD_S)
            columns["counted"].append(True)
        else:
            finished = columns["finished"][n]
            columns["counted"].append(is_counted(heard_s, duration_s, finished=finished))


def play_of_row(row: Sequence[Any]) -> Play:
    """Make a play of its row, whose columns are `COLUMNS`."""
    return Play(row[0], row[1], row[2].replace(tzinfo=UTC), *row[3:])
