"""From blocks to a listener: messages, credit, and the limit on how many listen at once."""

from __future__ import annotations

from auralis_lab.stream.integrity import pcm_hash
from auralis_lab.stream.programme import Opened, Programme, ReadableStream, Sound
from auralis_lab.stream.session import StreamSession
from auralis_lab.stream.slots import Slot, take_slot

__all__ = [
    "Opened",
    "Programme",
    "ReadableStream",
    "Slot",
    "Sound",
    "StreamSession",
    "pcm_hash",
    "take_slot",
]
