"""What a file is, told from its bytes.

A content key is the same for the same bytes wherever they lie. Files up to 16 MiB are read whole;
of longer ones the head, the tail and 64 parts of 64 KiB spread evenly are read, and the time of
the last change counts as well, so that an edit between the parts cannot go unseen.
"""

from __future__ import annotations

import hashlib
import os
from functools import lru_cache
from pathlib import Path

from auralis_lab.errors import DecodeError

__all__ = ["content_key"]

WHOLE_FILE_BYTES = 16 << 20
PART_BYTES = 64 << 10
PARTS = 64


def content_key(path: str | os.PathLike[str]) -> str:
    """Key of a file's content.

    Parameters
    ----------
    path : path-like
        A regular file.

    Returns
    -------
    key : str
        40 hexadecimal digits. Remembered until size, time of change or inode differ.

    Raises
    ------
    DecodeError
        If the file cannot be read.
    """
    try:
        status = os.stat(path)
        return _key(os.fspath(Path(path)), status.st_size, status.st_mtime_ns, status.st_ino)
    except OSError as error:
        raise DecodeError(path, (error.strerror or str(error)).lower()) from error


@lru_cache(maxsize=4096)
def _key(path: str, size_bytes: int, mtime_ns: int, _inode: int) -> str:
    digest = hashlib.blake2b(size_bytes.to_bytes(8, "little"), digest_size=20)
    with open(path, "rb", buffering=0) as file:
        if size_bytes <= WHOLE_FILE_BYTES:
            while part := file.read(1 << 20):
                digest.update(part)
        else:
            digest.update(mtime_ns.to_bytes(12, "little", signed=True))
            for n in range(PARTS + 2):
                file.seek((size_bytes - PART_BYTES) * n // (PARTS + 1))
                digest.update(file.read(PART_BYTES))
    return digest.hexdigest()
