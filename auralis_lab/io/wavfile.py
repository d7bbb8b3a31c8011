"""Writing WAV files of any length.

The header leaves room for a ``ds64`` chunk (EBU Tech 3306): a file that ends below 4 GiB is a
plain RIFF file, a longer one becomes RF64 when it is closed.
"""

from __future__ import annotations

import struct
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

__all__ = ["WavWriter"]

RIFF_LIMIT_BYTES = 0xFFFFFFFF - 1
DS64_BYTES = 28
EXTENSIBLE = 0xFFFE
CHANNEL_MASKS = {1: 0x4, 2: 0x3, 3: 0x7, 4: 0x33, 5: 0x37, 6: 0x3F, 7: 0x70F, 8: 0x63F}
GUID_TAIL = bytes.fromhex("000000001000800000aa00389b71")


class Output(Protocol):
    """What a writer needs of a file."""

    def write(self, data: bytes) -> int:
        """Write bytes at the current place."""

    def seek(self, offset: int, whence: int = 0) -> int:
        """Go to a place."""


class WavWriter:
    """A WAV file being written.

    Parameters
    ----------
    file : file-like
        Open for writing, empty; stays open.
    rate_hz, channels : int
    subtype : {'PCM_16', 'PCM_24', 'FLOAT'}
    riff_limit_bytes : int
        Size from which on the file becomes RF64.
    """

    def __init__(
        self,
        file: Output,
        *,
        rate_hz: int,
        channels: int,
        subtype: str,
        riff_limit_bytes: int = RIFF_LIMIT_BYTES,
    ) -> None:
        self._file, self._limit_bytes = file, riff_limit_bytes
        self._rate_hz, self._channels = rate_hz, channels
        self._is_float = subtype == "FLOAT"
        self._width = {"PCM_16": 2, "PCM_24": 3, "FLOAT": 4}[subtype]
        self._data_bytes = 0
        self._file.write(self._header())

    def write(self, samples: npt.NDArray[Any]) -> None:
        """Append samples, shape (frames, channels): float32, or int32 in the top bits."""
        if self._is_float:
            data = np.ascontiguousarray(samples, "<f4").tobytes()
        else:
            whole = np.ascontiguousarray(samples, "<i4")
            data = whole.view(np.uint8).reshape(-1, 4)[:, 4 - self._width :].tobytes()
        self._file.write(data)
        self._data_bytes += len(data)

    def close(self) -> None:
        """Pad the data and put the true sizes into the header."""
        if self._data_bytes & 1:
            self._file.write(b"\0")
        self._file.seek(0)
        self._file.write(self._header())

    def _header(self) -> bytes:
        fmt, block = self._format(), self._channels * self._width
        frames = self._data_bytes // block
        body = 4 + 8 + DS64_BYTES + 8 + len(fmt) + 8 + self._data_bytes + (self._data_bytes & 1)
        fact = b"fact" + struct.pack("<II", 4, min(frames, 0xFFFFFFFF)) if self._is_float else b""
        body += len(fact)
        if body + 8 <= self._limit_bytes:
            head = b"RIFF" + struct.pack("<I", body) + b"WAVE"
            head += b"JUNK" + struct.pack("<I", DS64_BYTES) + bytes(DS64_BYTES)
            shown = self._data_bytes
        else:
            head = b"RF64\xff\xff\xff\xffWAVEds64" + struct.pack(
                "<IQQQI", DS64_BYTES, body, self._data_bytes, frames, 0
            )
            shown = 0xFFFFFFFF
        head += b"fmt " + struct.pack("<I", len(fmt)) + fmt + fact
        return head + b"data" + struct.pack("<I", shown)

    def _format(self) -> bytes:
        tag, bits, block = 3 if self._is_float else 1, 8 * self._width, self._channels * self._width
        plain = self._channels <= 2
        head = struct.pack(
            "<HHIIHH",
            tag if plain else EXTENSIBLE,
            self._channels,
            self._rate_hz,
            self._rate_hz * block,
            block,
            bits,
        )
        if plain:
            return head + (b"\0\0" if self._is_float else b"")
        mask = CHANNEL_MASKS[self._channels]
        return head + struct.pack("<HHIH", 22, bits, mask, tag) + GUID_TAIL
