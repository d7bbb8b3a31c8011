"""An Opus stream in Ogg whose page times contradict what the pages hold, seen with times that fit.

The granule position of a page counts the samples, at 48 kHz, of all packets that end on it or
before (RFC 7845, section 4). Some encoders count too little on the first page, or run ahead for a
page and fall back, where the time stamps of their input had a gap. Players do not mind; libsndfile
takes such a page for damage. Here every page counts what is in it; only a jump that the next page
does not take back, as after a loss, and an end before the last packet's are kept. The check sum of
a page is brought along, and stays wrong where it was wrong.
"""

from __future__ import annotations

from dataclasses import dataclass

from auralis_lab.io.window import ByteWindow

__all__ = ["OpusWindow"]

HEAD_BYTES, MAX_PAGE_BYTES = 27, 65_307
BEGINNING, ENDING = 2, 4
NO_PACKET_ENDS = -1
HEADER_PACKETS = 2
FAR_BYTES = 1 << 20
"""A read that begins so far ahead is a look at the end, for which not all pages are read."""
SHORTEST_PACKET_FRAMES = 120
SILK_FRAMES, HYBRID_FRAMES, CELT_FRAMES = (480, 960, 1920, 2880), (480, 960), (120, 240, 480, 960)


@dataclass(frozen=True)
class _Page:
    """A page of the stream; `frames` are those of the packets that end on it.

    `packets` have ended on it or before; the first two, which are no sound, may take several pages.
    """

    start: int
    stop: int
    flags: int
    granule: int
    frames: int
    unended: bytes
    packets: int

    @property
    def has_time(self) -> bool:
        return self.granule != NO_PACKET_ENDS and self.packets > HEADER_PACKETS


class OpusWindow(ByteWindow):
    """A window on an Ogg stream; one that is not Opus is shown as it is."""

    _page: _Page | None = None
    _counted: int | None = None
    _before = 0
    _begun = False

    def _bytes_at(self, position: int, count: int) -> bytes:
        if not self._begun:
            self._begun = True
            self._page = self._page_at(0, None)
        while (page := self._page) is not None and page.start < position + count:
            if position > page.stop + FAR_BYTES:
                break
            self._page = None if page.flags & ENDING else self._page_at(page.stop, page)
            self._count(page, self._page)
        return super()._bytes_at(position, count)

    def _count(self, page: _Page, after: _Page | None) -> None:
        """Go on by one page, and correct its time where that is needed."""
        if not page.has_time:
            return
        counted, is_last = self._counted, bool(page.flags & ENDING)
        if counted is None:  # a first page cannot hold more than it counts, unless it is the last
            shown = page.granule if is_last else max(page.granule, page.frames)
        else:
            step, there = page.granule - self._before, counted + page.frames
            if is_last:  # the fewest frames left out that either reading of its time allows
                ends = [end for end in (page.granule, counted + step) if counted <= end <= there]
                shown = max(ends, default=there)
            else:
                shown = counted + step if _is_loss(page, after, step) else there
        self._before, self._counted = page.granule, shown
        if shown != page.granule:
            raw = super()._bytes_at(page.start, page.stop - page.start)
            self._patches |= _corrected(raw, page, shown)

    def _page_at(self, start: int, before: _Page | None) -> _Page | None:
        raw = super()._bytes_at(start, MAX_PAGE_BYTES)
        if len(raw) < HEAD_BYTES or raw[:4] != b"OggS":
            return None
        sizes = raw[HEAD_BYTES : HEAD_BYTES + raw[26]]
        body = HEAD_BYTES + len(sizes)
        stop = body + sum(sizes)
        if stop > len(raw) or (before is None and raw[body : body + 8] != b"OpusHead"):
            return None
        frames, begin = 0, before.unended if before else b""
        packets = before.packets if before else 0
        for size in sizes:
            begin = (begin + raw[body : body + min(size, 2)])[:2]
            body += size
            if size < 255:
                packets += 1
                frames += _frames_of(begin) if packets > HEADER_PACKETS else 0
                begin = b""
        granule = int.from_bytes(raw[6:14], "little", signed=True)
        return _Page(start, start + stop, raw[5], granule, frames, begin, packets)


def _is_loss(page: _Page, after: _Page | None, step: int) -> bool:
    """Whether packets are missing before a page that is `step` later than the one before it."""
    missing = step - page.frames
    if missing <= 0 or missing % SHORTEST_PACKET_FRAMES:
        return False
    if after is None or not after.has_time or after.flags & ENDING:
        return True
    return after.granule - after.frames >= page.granule


def _frames_of(packet: bytes) -> int:
    """Samples at 48 kHz of a packet, by its first two bytes (RFC 6716, section 3.1)."""
    if not packet:
        return 0
    config, code = packet[0] >> 3, packet[0] & 3
    if config < 12:
        frames = SILK_FRAMES[config & 3]
    elif config < 16:
        frames = HYBRID_FRAMES[config & 1]
    else:
        frames = CELT_FRAMES[config & 3]
    if code == 3:
        return frames * (packet[1] & 63) if len(packet) > 1 else 0
    return frames * (1 if code == 0 else 2)


def _corrected(raw: bytes, page: _Page, granule: int) -> dict[int, bytes]:
    """What to show of a page instead: its position, and the check sum that goes with it."""
    shown = granule.to_bytes(8, "little", signed=True)
    change = bytes(a ^ b for a, b in zip(raw[6:14], shown, strict=True))
    # A check sum without start value is linear: that of the change is what it changes by.
    checked = int.from_bytes(raw[22:26], "little") ^ _check_sum(change + bytes(len(raw) - 14))
    return {page.start + 6: shown, page.start + 22: checked.to_bytes(4, "little")}


def _check_sum(data: bytes) -> int:
    value = 0
    for byte in data:
        value = (value << 8 & 0xFFFFFFFF) ^ _TABLE[value >> 24 ^ byte]
    return value


def _table_entry(byte: int) -> int:
    value = byte << 24
    for _ in range(8):
        value = (value << 1 & 0xFFFFFFFF) ^ (0x04C11DB7 if value & 0x80000000 else 0)
    return value


_TABLE = tuple(_table_entry(byte) for byte in range(256))
