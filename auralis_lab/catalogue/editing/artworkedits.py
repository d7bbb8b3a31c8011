"""Changes that give files another cover."""

from __future__ import annotations

from collections.abc import Mapping

from auralis_lab.errors import ParameterError
from auralis_lab.io.artworkimage import shrunk
from auralis_lab.io.tagchange import TagChange
from auralis_lab.io.tagdata import FRONT_COVER, Picture, sniff_mime
from auralis_lab.io.tags import read_pictures

__all__ = ["cover_changes", "cover_of"]

MAX_COVER_BYTES = 16_000_000
"""FLAC holds no pictures of 16 MiB."""
HELD_EVERYWHERE = ("image/jpeg", "image/png")
SMALL_PX = 64


def cover_of(data: bytes) -> Picture:
    """Make a front cover of the bytes of an image.

    Raises
    ------
    ParameterError
        If they are no JPEG or PNG that can be shown, or more than 16 MB.
    """
    if not isinstance(data, bytes):
        raise ParameterError(f"data must be bytes, not {type(data).__name__}")
    if len(data) > MAX_COVER_BYTES:
        raise ParameterError(f"data of {len(data):,} bytes must be {MAX_COVER_BYTES:,} at most")
    mime = sniff_mime(data, None)
    if mime not in HELD_EVERYWHERE or shrunk(data, SMALL_PX) is None:
        raise ParameterError("data must be a JPEG or PNG that can be shown")
    return Picture(data, mime, FRONT_COVER)


def cover_changes(paths: Mapping[int, str], cover: Picture) -> dict[int, TagChange]:
    """Return changes that put a cover in the place of those there are.

    Parameters
    ----------
    paths : mapping of int to str
        Files, by track id.
    cover : Picture

    Returns
    -------
    changes : dict of int to TagChange
        Pictures that are not the cover stay. Where none is said to be the cover, the first is.
    """
    changes = {}
    for track_id, path in paths.items():
        pictures = read_pictures(path)
        fronts = [p for p in pictures if p.kind == FRONT_COVER] or list(pictures[:1])
        others = [p for p in pictures if not any(p is front for front in fronts)]
        changes[track_id] = TagChange(pictures=(cover, *others))
    return changes
