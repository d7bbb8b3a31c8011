"""One rendered block as a file: a header, then the samples.

The header holds a magic word, the version of the layout, what the block is (the digest of its
key), its shape, and a checksum over all of that and the samples. A file that does not fit in any
of these is not a block: half-written, damaged and foreign files all read as ``None``.

Conventions: audio is ``float32``, shape ``(channels, frames)``; little-endian in the file.
"""

from __future__ import annotations

import hashlib
import struct

import numpy as np

from auralis_lab.audio import Audio

__all__ = ["DIGEST_BYTES", "HEADER_BYTES", "decode_block", "encode_block"]

MAGIC = b"AURBLOCK"
LAYOUT_VERSION = 1
DIGEST_BYTES = 32
CHECKSUM_BYTES = 16
_FIELDS = struct.Struct(f"<8sII Q{DIGEST_BYTES}s")  # magic, layout, channels, frames, key digest
HEADER_BYTES = _FIELDS.size + CHECKSUM_BYTES


def encode_block(digest: bytes, audio: Audio) -> tuple[bytes, bytes]:
    """Header and samples of a block, to be written one after the other.

    Parameters
    ----------
    digest : bytes, 32 of them
        What the block is.
    audio : ndarray of float32, shape (channels, frames)
    """
    samples = np.ascontiguousarray(audio, "<f4").tobytes()
    fields = _FIELDS.pack(MAGIC, LAYOUT_VERSION, audio.shape[0], audio.shape[1], digest)
    return fields + _checksum(fields, samples), samples


def decode_block(data: bytes, digest: bytes) -> Audio | None:
    """Read the block that has this digest, or tell by ``None`` that `data` is not it.

    Returns
    -------
    audio : ndarray of float32, shape (channels, frames), read-only
    """
    if len(data) < HEADER_BYTES:
        return None
    magic, layout, channels, frames, found = _FIELDS.unpack_from(data)
    if (magic, layout, found) != (MAGIC, LAYOUT_VERSION, digest):
        return None
    samples = memoryview(data)[HEADER_BYTES:]
    if channels == 0 or len(samples) != 4 * channels * frames:
        return None
    fields = data[: _FIELDS.size]
    if data[_FIELDS.size : HEADER_BYTES] != _checksum(fields, samples):
        return None
    audio: Audio = np.frombuffer(samples, "<f4").reshape(channels, frames)
    return audio.astype(np.float32, copy=False)


def _checksum(fields: bytes, samples: bytes | memoryview) -> bytes:
    digest = hashlib.blake2b(fields, digest_size=CHECKSUM_BYTES)
    digest.update(samples)
    return digest.digest()
