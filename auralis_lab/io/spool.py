"""Decoded frames of compressed files, on disk, read by position.

Seeking inside a compressed file does not give the samples of a sequential decode, so such a file
is decoded once, from its start, into a spool; every position is read from there. The decoder is a
thread of the process that came first. Other threads and processes read the same spool and wait
for frames that are not there yet; when the decoding process dies, one of them takes over. The
folder is bounded by ``settings().spool_max_bytes``, least recently used out first; what this
process uses and what another one is writing stay.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import threading
import time

from auralis_lab.audio import Audio
from auralis_lab.errors import DecodeError, ParameterError
from auralis_lab.io.decoder import Decoder, open_decoder
from auralis_lab.io.spoolfile import DONE, FAILED, RUNNING, SpoolFile, SpoolHeader
from auralis_lab.io.spoolfolder import SUFFIX, evict, room_reason, spool_folder

__all__ = ["Spool", "open_spool"]

FIRST_BLOCK_FRAMES, BLOCK_FRAMES = 4_096, 65_536
POLL_S, TAKEOVER_S = 0.005, 0.1
EVICT_EVERY_BYTES = 64 << 20


class Spool:
    """The decoded frames of one file, shared by all its readers in this process.

    Made by :func:`open_spool`, given back by :meth:`release`.
    """

    def __init__(self, key: str, path: str | os.PathLike[str]) -> None:
        self.key = key
        self._path = path
        self._readers = 0
        self._changed = threading.Condition()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._shut = False
        self._file: SpoolFile | None = None
        self._header: SpoolHeader | None = None
        self._retired: list[SpoolFile] = []
        self._reason = ""
        self._reading = 0
        self._next_try = 0.0

    @property
    def frames(self) -> int:
        """How many frames are there so far."""
        return self._header.frames if self._header else 0

    @property
    def finished(self) -> bool:
        """Whether no more frames will come."""
        return self._header is not None and self._header.state == DONE

    @property
    def notes(self) -> tuple[str, ...]:
        """What the decoder noted; complete when finished."""
        return self._file.text() if self._file is not None and self.finished else ()

    def wait(self, frames: int | None) -> int:
        """Wait until `frames` frames (None: all of them) are there; return how many are.

        Raises
        ------
        DecodeError
            If the decode has failed.
        """
        while True:
            with self._changed:
                header = self._refreshed()
                if header is not None and header.state == FAILED:
                    raise DecodeError(self._path, self._failure())
                if self.finished or (frames is not None and self.frames >= frames):
                    return self.frames
                if self._thread is not None:
                    self._changed.wait(0.5)
                    continue
            time.sleep(POLL_S)

    def read(self, start_frame: int, frames: int) -> Audio:
        """Return frames, shape (frames, channels), waiting for them; fewer only at the end."""
        while True:
            available = self.wait(start_frame + frames)
            wanted = max(0, min(frames, available - start_frame))
            block = self._read_now(start_frame, wanted)
            if block is not None and len(block) == wanted:
                return block
            time.sleep(POLL_S)  # another process has begun anew

    def release(self) -> None:
        """Give it back; with the last reader an unfinished decode ends and is removed."""
        with _registry_lock:
            self._readers -= 1
            if self._readers > 0:
                return
            if _registry.get(self.key) is self:
                del _registry[self.key]
            self.shut()
        evict(_in_use())

    def shut(self) -> None:
        """Stop decoding and close the file."""
        self._stop.set()
        thread = self._thread
        if thread is not None and thread is not threading.current_thread():
            thread.join()
        with self._changed:
            self._shut = True
            self._changed.notify_all()
            while self._reading:
                self._changed.wait(0.1)
            if self._file is not None:
                if thread is not None and not self.finished:
                    with contextlib.suppress(OSError):
                        self._file.unlink()
                self._retired.append(self._file)
                self._file = None
            for file in self._retired:
                file.close()
            self._retired.clear()

    def forget(self) -> None:
        """Drop everything inherited from a parent process, which goes on using it."""
        self._changed = threading.Condition()
        self._stop, self._thread, self._header = threading.Event(), None, None
        self._reading = 0
        if self._file is not None:
            self._file.close()
            self._file = None

    def _read_now(self, start_frame: int, frames: int) -> Audio | None:
        with self._changed:
            file, header = self._file, self._header
            if file is None or header is None:
                return None
            self._reading += 1
        try:
            return file.read_frames(start_frame, frames, header.channels)
        finally:
            with self._changed:
                self._reading -= 1
                self._changed.notify_all()

    def _refreshed(self) -> SpoolHeader | None:
        """Header as it is now; attaches to the file first, and takes over from a dead writer."""
        if self._shut:
            raise ParameterError(f"{self._path} is closed")
        if self._thread is not None:
            return self._header
        if self._file is None:
            self._attach()
            return self._header
        if not self.finished:
            self._header = self._file.header() or self._header
            settled = self._header is not None and self._header.state != RUNNING
            now = time.monotonic()
            if not settled and now >= self._next_try:
                self._next_try = now + TAKEOVER_S
                if self._file.lock():
                    self._file.unlock()
                    self._retired.append(self._file)
                    self._attach()
        return self._header

    def _attach(self) -> None:
        """Open the file as its reader or, when nobody else writes it, as its writer."""
        try:
            folder = spool_folder()
            folder.mkdir(parents=True, exist_ok=True)
            while True:
                file = SpoolFile(folder / (self.key + SUFFIX))
                mine = file.lock()
                if file.is_current():
                    break
                file.close()
        except OSError as error:
            raise DecodeError(self._path, room_reason(error)) from error
        self._file, self._header = file, file.header()
        if not mine:
            self._next_try = time.monotonic() + TAKEOVER_S
            return
        header = self._header
        if header is not None and header.state == DONE and file.is_whole(header):
            file.touch()
            file.unlock()
            return
        self._header = None
        file.truncate()
        self._stop = threading.Event()
        self._thread = threading.Thread(
            target=self._decode, args=(file,), name=f"decode {self.key[:8]}", daemon=True
        )
        self._thread.start()

    def _decode(self, file: SpoolFile) -> None:
        try:
            decoder = open_decoder(self._path)
        except DecodeError as error:
            self._fail(file, error.reason)
            return
        try:
            self._fill(file, decoder)
        except DecodeError as error:
            self._fail(file, error.reason)
        except OSError as error:
            self._fail(file, room_reason(error))
        except Exception as error:  # a reader waits for this thread: it must hear of anything
            self._fail(file, f"{type(error).__name__}: {error}")
        finally:
            decoder.close()

    def _fill(self, file: SpoolFile, decoder: Decoder) -> None:
        rate_hz, channels = decoder.format.rate_hz, decoder.format.channels
        done, size, unchecked = 0, FIRST_BLOCK_FRAMES, 0
        self._publish(file, SpoolHeader(RUNNING, rate_hz, channels, 0))
        while not self._stop.is_set():
            block = decoder.read(size)
            if len(block):
                file.write_frames(done, block)
                done += len(block)
            if len(block) < size:
                file.write_text(decoder.notes)
                self._publish(file, SpoolHeader(DONE, rate_hz, channels, done))
                file.unlock()
                break
            self._publish(file, SpoolHeader(RUNNING, rate_hz, channels, done))
            size = min(2 * size, BLOCK_FRAMES)
            unchecked += block.nbytes
            if unchecked >= EVICT_EVERY_BYTES:
                unchecked = 0
                evict(_in_use())

    def _fail(self, file: SpoolFile, reason: str) -> None:
        header = SpoolHeader(FAILED, 1, 1, 0)
        with contextlib.suppress(OSError):
            file.drop_frames()
            file.write_text((reason,))
            file.write_header(header)
            file.unlink()
        with self._changed:
            self._reason = reason
            self._header = header
            self._changed.notify_all()

    def _failure(self) -> str:
        if self._reason:
            return self._reason
        text = self._file.text() if self._file is not None else ()
        return text[0] if text else "decoding failed in another process"

    def _publish(self, file: SpoolFile, header: SpoolHeader) -> None:
        file.write_header(header)
        with self._changed:
            self._header = header
            self._changed.notify_all()


def open_spool(key: str, path: str | os.PathLike[str]) -> Spool:
    """Share the spool of a file; the decode starts when frames are first waited for.

    Parameters
    ----------
    key : str
        The file's content key.
    path : path-like
        Where to decode it from.
    """
    with _registry_lock:
        spool = _registry.get(key)
        if spool is None:
            spool = _registry[key] = Spool(key, path)
        spool._readers += 1
        return spool


def _in_use() -> set[str]:
    return {key + SUFFIX for key in list(_registry)}


def _shut_all() -> None:
    for spool in list(_registry.values()):
        spool.shut()


def _after_fork() -> None:
    global _registry_lock
    _registry_lock = threading.RLock()
    for spool in list(_registry.values()):
        spool.forget()


_registry: dict[str, Spool] = {}
_registry_lock = threading.RLock()
atexit.register(_shut_all)
os.register_at_fork(after_in_child=_after_fork)
