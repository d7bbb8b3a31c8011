"""The metadata blocks of a FLAC file (RFC 9639, section 8), with new comments and pictures."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence

from auralis_lab.io import tagcomments
from auralis_lab.io.payloadspans import tags_before
from auralis_lab.io.tagdata import Picture
from auralis_lab.io.tagpictures import flac_picture
from auralis_lab.io.tagsplice import Piece

__all__ = ["flac_pieces"]

PADDING, COMMENTS, PICTURE = 1, 4, 6
PADDING_BYTES = 4_096
MAX_SLACK = 64 << 10
MAX_BLOCK_BYTES = (1 << 24) - 1
MAX_BLOCKS = 10_000


def flac_pieces(
    fd: int, size: int, values: Mapping[str, Sequence[str]], pictures: Sequence[Picture] | None
) -> list[Piece]:
    """Pieces of the file with these fields and pictures in the place of its own.

    The audio stays where it is if that leaves room for padding, and not more than 64 KiB.

    Raises
    ------
    ValueError
        If the blocks are malformed, or one would be too long.
    """
    start = tags_before(fd, size)
    blocks, audio = _blocks(fd, start, size)
    kinds = [kind for kind, _, _ in blocks]
    old = tagcomments.Comments(b"auralis_lab", ())
    if COMMENTS in kinds:
        _, at, length = blocks[kinds.index(COMMENTS)]
        old = tagcomments.parsed(os.pread(fd, length, at))
    new = tagcomments.changed(old, values, pictures, with_pictures=False)
    written: list[tuple[int, Piece, int]] = []
    for n, (kind, at, length) in enumerate(blocks):
        if kind == PADDING or (kind == PICTURE and pictures is not None):
            continue
        if kind == COMMENTS and n == kinds.index(COMMENTS):
            continue
        written.append((kind, (at, at + length), length))
    body = tagcomments.rendered(new)
    added: list[tuple[int, Piece, int]] = [(COMMENTS, body, len(body))]
    for picture in pictures or ():
        coded = flac_picture(picture)
        added.append((PICTURE, coded, len(coded)))
    written[1:1] = added
    room = audio - start - 4 - sum(4 + length for _, _, length in written)
    padding = room - 4 if 4 <= room <= MAX_SLACK else PADDING_BYTES
    if room != 0:
        written.append((PADDING, bytes(padding), padding))
    pieces: list[Piece] = [(0, start), b"fLaC"]
    for n, (kind, piece, length) in enumerate(written):
        if length > MAX_BLOCK_BYTES:
            raise ValueError("a FLAC block holds at most 16 MiB")
        last = 0x80 if n == len(written) - 1 else 0
        pieces += [bytes([kind | last]) + length.to_bytes(3, "big"), piece]
    return [*pieces, (audio, size)]


def _blocks(fd: int, start: int, size: int) -> tuple[list[tuple[int, int, int]], int]:
    """Kind, place and length of each block, and where the audio begins."""
    blocks: list[tuple[int, int, int]] = []
    at = start + 4
    for _ in range(MAX_BLOCKS):
        head = os.pread(fd, 4, at)
        length = int.from_bytes(head[1:], "big")
        if len(head) < 4 or at + 4 + length > size or (not blocks and head[0] & 0x7F):
            break
        blocks.append((head[0] & 0x7F, at + 4, length))
        at += 4 + length
        if head[0] & 0x80:
            return blocks, at
    raise ValueError("its FLAC blocks are malformed")
