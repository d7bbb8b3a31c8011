"""Cover pictures, small enough to show.

A picture comes from the file's own tags, else from an image beside it whose name says cover.
Pictures are foreign data: their size is checked before they are decoded, and one that cannot be
read counts as none.
"""

from __future__ import annotations

import io
import os
import warnings
from collections.abc import Iterator
from pathlib import Path

from auralis_lab.errors import ParameterError
from auralis_lab.io.tags import read_pictures

__all__ = ["cover_thumbnail"]

MAX_PIXELS = 50_000_000
MAX_FILE_BYTES = 32 << 20
STEMS = ("cover", "folder", "front", "album", "artwork")
SUFFIXES = (".jpg", ".jpeg", ".png", ".webp")


def cover_thumbnail(path: str | os.PathLike[str], size_px: int) -> bytes | None:
    """Cover of an audio file as a JPEG.

    Parameters
    ----------
    path : path-like
        The audio file.
    size_px : int
        Longest side of the result, 16 to 1024. A smaller picture is not enlarged.

    Returns
    -------
    jpeg : bytes or None
        ``None`` where there is no readable picture.

    Raises
    ------
    ParameterError
        If the size is out of range.
    """
    if not 16 <= size_px <= 1024:
        raise ParameterError(f"size_px={size_px} must be 16 to 1024")
    for data in _candidates(Path(path)):
        jpeg = _shrink(data, size_px)
        if jpeg is not None:
            return jpeg
    return None


def _candidates(path: Path) -> Iterator[bytes]:
    for picture in read_pictures(path):
        yield picture.data
    try:
        beside = {entry.name.lower(): entry for entry in os.scandir(path.parent)}
    except OSError:
        return
    for stem in STEMS:
        for suffix in SUFFIXES:
            entry = beside.get(stem + suffix)
            if entry is None:
                continue
            try:
                if entry.is_file() and entry.stat().st_size <= MAX_FILE_BYTES:
                    yield Path(entry.path).read_bytes()
            except OSError:  # gone or not ours to read: the next one may do
                continue


def _shrink(data: bytes, size_px: int) -> bytes | None:
    from PIL import Image, ImageOps

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(data)) as image:
                if image.width * image.height > MAX_PIXELS:
                    return None
                image.draft("RGB", (size_px, size_px))
                upright = ImageOps.exif_transpose(image).convert("RGB")
        upright.thumbnail((size_px, size_px))
        out = io.BytesIO()
        upright.save(out, "JPEG", quality=85)
        return out.getvalue()
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError, Warning):
        return None
