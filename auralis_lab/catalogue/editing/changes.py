"""Changes for many tracks at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

from auralis_lab.errors import ParameterError, check_choice
from auralis_lab.io.tagchange import EDITABLE, FieldValue, TagChange
from auralis_lab.io.tags import read_tags

__all__ = ["Change", "changes_for", "checked_ids", "described", "numbering", "rewriting"]

Change: TypeAlias = TagChange | Mapping[str, FieldValue]


def numbering(
    track_ids: Sequence[int], *, first: int = 1, disc_number: int | None = None
) -> dict[int, TagChange]:
    """Number tracks in the order given, for ``Edits.preview(each=...)``.

    Parameters
    ----------
    track_ids : sequence of int
        Each once.
    first : int
        Number of the first one.
    disc_number : int, optional
        Set as well, if given.

    Returns
    -------
    changes : dict of int to TagChange
        Numbers, and the last of them as their total.

    Raises
    ------
    ParameterError
        If a track is named twice or a number is out of range.

    Examples
    --------
    >>> numbering([7, 3])[3].fields
    {'track_number': 2, 'track_total': 2}
    """
    ids = checked_ids(track_ids)
    if len(ids) != len(track_ids):
        raise ParameterError("track_ids names a track twice")
    disc = {} if disc_number is None else {"disc_number": disc_number}
    total = first + len(ids) - 1
    return {
        id_: TagChange({"track_number": number, "track_total": total, **disc})
        for number, id_ in enumerate(ids, first)
    }


def rewriting(
    paths: Mapping[int, str], field: str, rule: Callable[[str], str]
) -> dict[int, TagChange]:
    """Return changes that apply a rule to the text of a field, or to each of its texts.

    Parameters
    ----------
    paths : mapping of int to str
        Files, by track id. Those without the field get an empty change.
    field : str
        One of text.
    rule : callable
        Takes a text and returns another.

    Raises
    ------
    ParameterError
        If the field is unknown or no text, or the rule returns something else.
    """
    check_choice("field", field, EDITABLE)
    changes = {}
    for track_id, path in paths.items():
        value = getattr(read_tags(path), field)
        if isinstance(value, str):
            changes[track_id] = TagChange({field: rule(value)})
        elif isinstance(value, tuple):
            changes[track_id] = TagChange({field: tuple(map(rule, value))})
        elif value is None:
            changes[track_id] = TagChange()
        else:
            raise ParameterError(f"field={field!r} must be one of text")
    return changes


def changes_for(
    track_ids: Sequence[int], change: Change | None, each: Mapping[int, Change] | None
) -> dict[int, TagChange]:
    """Join a change for all tracks with those for single ones, which go first.

    Raises
    ------
    ParameterError
        If an id is none, or a change is something else.
    """
    for_all = _as_change({} if change is None else change)
    for_one = {id_: _as_change(given) for id_, given in (each or {}).items()}
    ids = checked_ids([*track_ids, *for_one])
    return {id_: _merged(for_all, for_one.get(id_, TagChange())) for id_ in ids}


def _as_change(given: Change) -> TagChange:
    if isinstance(given, TagChange):
        return given
    if not isinstance(given, Mapping):
        raise ParameterError(f"change={given!r} must be a TagChange or fields and their values")
    return TagChange(given)


def _merged(first: TagChange, second: TagChange) -> TagChange:
    pictures = first.pictures if second.pictures is None else second.pictures
    return TagChange({**first.fields, **second.fields}, pictures)


def described(changes: Mapping[int, TagChange]) -> str:
    """Say in a few words which fields of how many tracks are changed.

    Examples
    --------
    >>> described({1: TagChange({"title": "A", "album": "B"}), 2: TagChange(pictures=())})
    'title, album, pictures of 2 tracks'
    """
    names = dict.fromkeys(name for change in changes.values() for name in change.fields)
    pictured = any(change.pictures is not None for change in changes.values())
    shown = [*names, *(["pictures"] if pictured else [])]
    tracks = f"{len(changes)} track{'' if len(changes) == 1 else 's'}"
    return f"{', '.join(shown) or 'nothing'} of {tracks}"


def checked_ids(track_ids: Sequence[int]) -> list[int]:
    """Return ids, each once.

    Raises
    ------
    ParameterError
        If one is no id.
    """
    for id_ in track_ids:
        if type(id_) is not int or not 0 <= id_ < 1 << 63:
            raise ParameterError(f"track_ids has {id_!r}, which is no id")
    return list(dict.fromkeys(track_ids))
