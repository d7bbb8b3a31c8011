"""A file made anew from parts of another and bytes between them."""

from __future__ import annotations

import errno
import os
from collections.abc import Sequence

__all__ = ["Piece", "write_pieces"]

Piece = bytes | tuple[int, int]
"""Bytes, or where they lie in the other file: start and stop."""
PART_BYTES = 1 << 20
NOT_BY_THE_KERNEL = (errno.EXDEV, errno.EINVAL, errno.ENOSYS, errno.EOPNOTSUPP, errno.EPERM)


def write_pieces(source_fd: int, target_fd: int, pieces: Sequence[Piece]) -> None:
    """Write pieces one after the other, from where the target stands.

    Raises
    ------
    OSError
        If that fails, or the source is shorter than the pieces say.
    """
    for piece in pieces:
        if isinstance(piece, bytes):
            _write(target_fd, piece)
        else:
            _copy(source_fd, target_fd, *piece)


def _copy(source_fd: int, target_fd: int, start: int, stop: int) -> None:
    by_kernel = hasattr(os, "copy_file_range")
    while start < stop:
        if by_kernel:
            try:
                done = os.copy_file_range(source_fd, target_fd, stop - start, offset_src=start)
            except OSError as error:
                if error.errno not in NOT_BY_THE_KERNEL:
                    raise
                by_kernel = False
                continue
        else:
            part = os.pread(source_fd, min(stop - start, PART_BYTES), start)
            _write(target_fd, part)
            done = len(part)
        if done == 0 and by_kernel:
            by_kernel = False  # some file systems copy nothing instead of saying no
        elif done == 0:
            raise OSError(errno.EIO, "the file grew shorter while it was read")
        start += done


def _write(fd: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(fd, view) :]
