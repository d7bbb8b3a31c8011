"""One pass over a file, without a spool.

For work that goes from the first frame to the last (export, measuring a profile): the file is
decoded once, a little of the past is kept for stages that look back, and nothing is written to
disk. The samples are those that :class:`~auralis_lab.io.source.AudioSource` gives.
"""

from __future__ import annotations

import contextlib
import os
import threading
from collections import deque
from functools import lru_cache
from pathlib import Path
from types import TracebackType

import numpy as np

from auralis_lab.audio import Audio, check_span
from auralis_lab.errors import DecodeError, ParameterError
from auralis_lab.io.decoder import Decoder, StreamFormat, open_decoder
from auralis_lab.io.identity import content_key

__all__ = [
    "ForwardSource",
    "count_frames",
    "cuts_folder",
    "keep_cuts_in",
    "known_cut",
    "length_note",
    "remember_cut",
    "skip",
]

BLOCK_FRAMES = 65_536
ESTIMATE_TOLERANCE = 0.01


class ForwardSource:
    """An audio file read from start to end; a context manager.

    Parameters
    ----------
    path : path-like
        The file.
    history_frames : int
        How far behind the furthest frame read so far reads may still start.
    total_frames : int, optional
        The true length where it is known already, for example from a profile. Without it, the
        length of a compressed file is counted by a second decode when it is asked for before
        the end is reached.

    Raises
    ------
    DecodeError
        As :class:`~auralis_lab.io.source.AudioSource` does.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        history_frames: int = 1 << 19,
        total_frames: int | None = None,
    ) -> None:
        if history_frames < 0:
            raise ParameterError(f"history_frames={history_frames} must be 0 or more")
        self.path = Path(path)
        self._decoder, self._blocks = open_decoder(self.path), deque[tuple[int, Audio]]()
        self._history_frames = history_frames
        self._lock = threading.Lock()
        self._reached = 0
        self._ended = self._promised = self._closed = False
        self.info: StreamFormat = self._decoder.format
        self.rate_hz, self.channels = self.info.rate_hz, self.info.channels
        self._total = total_frames
        try:
            if total_frames is None and self.info.in_place:
                cut = known_cut(self.path, self.info)
                self._total = self._decoder.whole_frames if cut is None else cut
            self._pull()
            if self._decoder.position == 0 and not self._decoder.may_be_empty:
                raise DecodeError(self.path, self._decoder.damage or "no audio frame in it")
        except BaseException:
            self.close()
            raise

    @property
    def key(self) -> str:
        """Content key of the file."""
        return content_key(self.path)

    @property
    def notes(self) -> tuple[str, ...]:
        """What was odd about the file so far, and what was done."""
        told = length_note(self.info, self._total) if self._ended else ()
        return (*self._decoder.notes, *told)

    @property
    def total_frames(self) -> int:
        """True length; counted by a decode of its own where nothing tells it."""
        with self._lock:
            self._promised = True
            if self._total is None:
                self._total = count_frames(self.path)
            return self._total

    def read(self, start_frame: int, frames: int) -> Audio:
        """Return up to `frames` frames from `start_frame` on; fewer only at the end.

        Raises
        ------
        ParameterError
            If `start_frame` lies further back than the history reaches, or the source is closed.
        DecodeError
            If the file ends before the length that :attr:`total_frames` has told.
        """
        check_span(start_frame, frames)
        with self._lock:
            if self._closed:
                raise ParameterError(f"{self.path} is closed")
            first = self._blocks[0][0] if self._blocks else self._decoder.position
            if start_frame < first:
                raise ParameterError(
                    f"start_frame={start_frame} must be {first} or more: the past is gone"
                )
            stop = start_frame + frames
            while self._decoder.position < stop and not self._ended:
                self._forget(min(start_frame, self._decoder.position - self._history_frames))
                self._pull()
            parts = [
                block[max(start_frame - at, 0) : stop - at]
                for at, block in self._blocks
                if at < stop and at + len(block) > start_frame
            ]
            self._reached = max(self._reached, min(stop, self._decoder.position))
            self._forget(self._reached - self._history_frames)
        if not parts:
            return np.empty((self.channels, 0), np.float32)
        return np.ascontiguousarray(np.concatenate(parts).T)

    def close(self) -> None:
        """Let go of the file."""
        self._closed = True
        self._blocks.clear()
        self._decoder.close()

    def __enter__(self) -> ForwardSource:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _pull(self) -> None:
        at = self._decoder.position
        block = self._decoder.read(BLOCK_FRAMES)
        if len(block):
            self._blocks.append((at, block))
        if len(block) == BLOCK_FRAMES:
            return
        self._ended = True
        end, told = self._decoder.position, self._total
        self._total = end
        if self.info.in_place and told is not None and end < told:
            remember_cut(self.path, end)
        if self._promised and told is not None and end != told:
            raise DecodeError(self.path, f"ends after {end:,} frames, not {told:,}")

    def _forget(self, frame: int) -> None:
        while self._blocks and self._blocks[0][0] + len(self._blocks[0][1]) <= frame:
            self._blocks.popleft()


def length_note(info: StreamFormat, total_frames: int | None) -> tuple[str, ...]:
    """Note that the header and the truth differ, where they do."""
    announced = info.announced_frames
    if total_frames is None or announced is None or announced == total_frames:
        return ()
    tolerance = ESTIMATE_TOLERANCE * announced if info.announced_is_estimate else 0
    if abs(announced - total_frames) <= tolerance:
        return ()
    word = "bit rate suggests" if info.announced_is_estimate else "header announces"
    return (f"the {word} {announced:,} frames, {total_frames:,} are there",)


def count_frames(path: Path) -> int:
    """Length of a file by decoding it; remembered while its content stays the same."""
    return _count_frames(content_key(path), path)


@lru_cache(maxsize=1024)
def _count_frames(_key: str, path: Path) -> int:
    with contextlib.closing(open_decoder(path)) as decoder:
        return skip(decoder, None)


def skip(decoder: Decoder, frames: int | None) -> int:
    """Decode and drop frames (None: all that are left); return how many there were."""
    done = 0
    while frames is None or done < frames:
        wanted = BLOCK_FRAMES if frames is None else min(BLOCK_FRAMES, frames - done)
        count = len(decoder.read(wanted))
        done += count
        if count < wanted:
            break
    return done


def known_cut(path: str | os.PathLike[str], info: StreamFormat) -> int | None:
    """Frame after which a file read in place is known to be damaged.

    Only a decode finds damage in the middle of a FLAC file. What one reader finds is kept in the
    cache, so that all that open the file later agree on its length.
    """
    if info.format != "FLAC" or not os.path.isdir(cuts_folder()):
        return None
    try:
        return int((cuts_folder() / content_key(path)).read_text())
    except (OSError, ValueError):
        return None


def remember_cut(path: Path, frame: int) -> None:
    """Keep where a file read in place is damaged."""
    with contextlib.suppress(OSError):
        cuts_folder().mkdir(parents=True, exist_ok=True)
        (cuts_folder() / content_key(path)).write_text(str(frame))


def cuts_folder() -> Path:
    """Where it is kept which files are damaged, and from where on."""
    if _told_folder:
        return _told_folder[0]
    from auralis_lab.settings import settings  # slow to load

    return settings().cache_dir / "damaged"


def keep_cuts_in(folder: Path) -> None:
    """Say what `cuts_folder` is in this process, which then does without the settings."""
    _told_folder[:] = [folder]


_told_folder: list[Path] = []
