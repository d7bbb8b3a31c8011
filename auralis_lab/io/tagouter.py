"""Tags at the head and the tail of a file: ID3v2 before the audio, APEv2 and ID3v1 behind it."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence

from auralis_lab.io import mpeg, tagape, tagid3, tagid3edit, tagid3v1
from auralis_lab.io.payloadspans import trailing_tags
from auralis_lab.io.tagdata import Picture
from auralis_lab.io.tagsplice import Piece

__all__ = ["outer_pieces"]


def outer_pieces(
    fd: int,
    size: int,
    first: str,
    values: Mapping[str, Sequence[str]],
    pictures: Sequence[Picture] | None,
) -> list[Piece]:
    """Pieces of a file with these fields in the place of its own.

    The tag that is read first (``ID3`` or ``APE``) is made where there is none. In the others
    fields that they have follow suit, so that no player shows what has gone.

    Raises
    ------
    ValueError
        If a tag is malformed or would be too long.
    """
    length = mpeg.id3v2_bytes(os.pread(fd, 10, 0))
    start = length if length < size else 0
    id3 = tagid3.parsed(os.pread(fd, start, 0)) if start else tagid3.Id3()
    id3 = tagid3edit.changed(id3, values, pictures, only_present=first != "ID3")
    tail = trailing_tags(fd, start, size)
    stop = tail[0][1] if tail else size
    has_ape = any(kind == "APE" for kind, _, _ in tail)
    pieces: list[Piece] = [tagid3.rendered(id3), (start, stop)]
    if first == "APE" and not has_ape:
        pieces.append(tagape.rendered(tagape.changed((), values, pictures)))
    for kind, at, end in tail:
        if kind == "APE":
            items = tagape.parsed(os.pread(fd, end - at, at))
            items = tagape.changed(items, values, pictures, only_present=first != "APE")
            pieces.append(tagape.rendered(items))
        elif kind == "V1":
            head = end - tagid3v1.TAG_BYTES
            tag = os.pread(fd, tagid3v1.TAG_BYTES, head)
            pieces += [(at, head), tagid3v1.patched(tag, values)]
        else:
            pieces.append((at, end))
    return pieces
