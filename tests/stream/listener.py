"""A listener for tests: keeps what arrives, and says what it has heard when told to."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from auralis_lab.audio import Audio
from auralis_lab.stream.programme import AlbumPlace, Opened, Programme, Sound
from auralis_lab.stream.protocol import (
    Better,
    Block,
    Ended,
    Lane,
    LaneName,
    Play,
    Refused,
    Reply,
    Report,
    Segment,
    Stop,
)
from auralis_lab.stream.session import StreamSession

CLIENT = "listener-1"
RATE_HZ = 8_000
PATIENCE_S = 10.0


def wait_until(condition: Callable[[], object], timeout_s: float = 20.0) -> None:
    """Wait for something that nobody announces."""
    deadline_s = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline_s
        time.sleep(0.005)


def ramp(frames: int, channels: int = 2) -> Audio:
    """Audio in which every sample is different, so that no frame can stand for another."""
    count = channels * frames
    samples = np.arange(count, dtype=np.float32) / np.float32(max(1, count))
    return samples.reshape(channels, frames)


class ArrayStream:
    """An array as a stream; keeps account of its use."""

    provisional = False
    frames_is_estimate = False

    def __init__(
        self,
        audio: Audio,
        rate_hz: int = RATE_HZ,
        *,
        lanes: Sequence[LaneName] = ("original",),
        album_place: AlbumPlace | None = None,
    ) -> None:
        self.audio = audio
        self.rate_hz = rate_hz
        self.lanes = tuple(Lane(name=name) for name in lanes)
        self.album_place = album_place
        rows, self.total_frames = audio.shape
        self.channels = rows // len(self.lanes)
        self.read_to = 0
        self.closed = threading.Event()
        self.better: Callable[[], None] | None = None

    def read(self, start_frame: int, frames: int) -> Audio:
        assert not self.closed.is_set()
        block = self.audio[:, start_frame : start_frame + frames]
        self.read_to = max(self.read_to, start_frame + block.shape[1])
        return block

    def on_better(self, callback: Callable[[], None]) -> None:
        self.better = callback

    def tell(self) -> None:
        """Say that there is a better plan, once and not after closing."""
        callback, self.better = self.better, None
        if callback is not None and not self.closed.is_set():
            callback()

    def close(self) -> None:
        self.closed.set()


class Library:
    """Opens array streams by track id and remembers them; after ``e1`` comes what `order` says."""

    def __init__(self, *, order: Sequence[int] = (), **tracks: Audio) -> None:
        self.tracks = {int(name.removeprefix("t")): audio for name, audio in tracks.items()}
        self.order = list(order)
        self.opened: list[ArrayStream] = []
        self.asked: list[str] = []
        self.broken_off: list[tuple[int, float]] = []

    def open(
        self, entry: str, track_id: int, sound: Sound, *, compare: bool, levelling: str
    ) -> Opened:
        stream = self.stream(track_id, sound, compare=compare)
        self.opened.append(stream)
        return stream

    def stream(self, track_id: int, sound: Sound, *, compare: bool = False) -> ArrayStream:
        return ArrayStream(self.tracks[track_id])

    def following(self, entry: str) -> tuple[str, int] | None:
        self.asked.append(entry)
        place = int(entry.removeprefix("e"))
        return (f"e{place + 1}", self.order[place]) if place < len(self.order) else None

    def broke_off(self, track_id: int, at_s: float) -> None:
        self.broken_off.append((track_id, at_s))

    @property
    def all_closed(self) -> bool:
        return all(stream.closed.is_set() for stream in self.opened)


class Listener:
    """The other end of a session."""

    def __init__(
        self, programme: Programme, *, window_s: float = 4.0, idle_s: float = 300.0
    ) -> None:
        self.arrived = threading.Condition()
        self.replies: list[Reply] = []
        self.payloads: list[tuple[Block, bytes]] = []
        self.consumed = 0
        self.epoch = 0
        self.most_under_way = 0
        self.session = StreamSession(self.send, programme, window_s=window_s, idle_s=idle_s)

    def send(self, message: Reply, payload: bytes | None = None) -> None:
        with self.arrived:
            if isinstance(message, Block):
                assert payload is not None
                self.payloads.append((message, payload))
                if message.epoch == self.epoch:
                    under_way = self.sent(self.epoch) - self.consumed
                    self.most_under_way = max(self.most_under_way, under_way)
            else:
                self.replies.append(message)
            self.arrived.notify_all()

    def play(
        self,
        track_id: int = 1,
        start_frame: int = 0,
        *,
        client: str = CLIENT,
        epoch: int = 0,
        entry: str = "e0",
        **sound: Any,
    ) -> int:
        with self.arrived:
            self.epoch = epoch or self.epoch + 1
            self.consumed = 0
        play = Play(
            epoch=self.epoch,
            client=client,
            entry=entry,
            track_id=track_id,
            start_frame=start_frame,
            **{"enhanced": False, **sound},
        )
        self.session.receive(play.model_dump(mode="json"))
        return self.epoch

    def report(self, consumed: int, *, epoch: int = 0, client: str = CLIENT) -> None:
        with self.arrived:
            if not epoch:
                self.consumed = max(self.consumed, consumed)
        report = Report(
            epoch=epoch or self.epoch,
            client=client,
            state="playing",
            segment=0,
            position_frame=0,
            consumed_frames=consumed,
            run_frame=0,
            run_frames=0,
            pcm_hash=0,
            lane="original",
        )
        self.session.receive(report.model_dump(mode="json"))

    def stop(self) -> None:
        self.session.receive(Stop(epoch=self.epoch, client=CLIENT).model_dump(mode="json"))

    def sent(self, epoch: int) -> int:
        return sum(block.frames for block, _ in self.payloads if block.epoch == epoch)

    def bytes_sent(self, epoch: int) -> int:
        return sum(len(data) for block, data in self.payloads if block.epoch == epoch)

    def wait_for(self, condition: Callable[[], bool], timeout_s: float = PATIENCE_S) -> None:
        with self.arrived:
            assert self.arrived.wait_for(condition, timeout_s), self.replies

    def wait_sent(self, epoch: int, frames: int) -> None:
        self.wait_for(lambda: self.sent(epoch) >= frames)

    def ended(self, epoch: int) -> Ended | None:
        for reply in self.replies:
            if isinstance(reply, Ended) and reply.epoch == epoch:
                return reply
        return None

    def wait_end(self, epoch: int) -> Ended:
        self.wait_for(lambda: self.ended(epoch) is not None)
        end = self.ended(epoch)
        assert end is not None
        return end

    def segments(self, epoch: int) -> list[Segment]:
        return [r for r in self.replies if isinstance(r, Segment) and r.epoch == epoch]

    def started(self, epoch: int) -> Segment:
        """The segment that answered the play."""
        first = self.segments(epoch)[0]
        assert first.segment == 0
        return first

    def betters(self, epoch: int) -> list[Better]:
        return [r for r in self.replies if isinstance(r, Better) and r.epoch == epoch]

    def refusals(self) -> list[Refused]:
        return [reply for reply in self.replies if isinstance(reply, Refused)]

    def listen_to_end(self, epoch: int, step_frames: int = 3_000) -> Ended:
        """Consume whatever comes, a little at a time, until the epoch ends."""
        deadline_s = time.monotonic() + PATIENCE_S
        while self.ended(epoch) is None:
            assert time.monotonic() < deadline_s, self.replies
            self.listen(epoch, step_frames)
        return self.wait_end(epoch)

    def listen(self, epoch: int, step_frames: int) -> None:
        """Consume at most so many of the frames that wait."""
        waiting = self.sent(epoch) - self.consumed
        if waiting > 0:
            self.report(self.consumed + min(waiting, step_frames))
        else:
            time.sleep(0.001)

    def settle(self, quiet_s: float = 0.2) -> None:
        """Wait until nothing has arrived for a while."""
        with self.arrived:
            while self.arrived.wait(quiet_s):
                pass

    def heard(self, epoch: int, segment: int | None = None) -> Audio:
        """All samples of an epoch or of a segment of it, in rows.

        Asserts that the epoch's blocks follow each other without a gap, and the frames of each
        segment as well.
        """
        parts = []
        expected: dict[int, int] = {}
        blocks = [pair for pair in self.payloads if pair[0].epoch == epoch]
        for seq, (block, payload) in enumerate(blocks):
            assert block.seq == seq
            assert block.segment == max(expected, default=block.segment) or block.first_frame == 0
            assert expected.get(block.segment, block.first_frame) == block.first_frame
            expected[block.segment] = block.first_frame + block.frames
            if segment in (None, block.segment):
                rows = block.lanes * block.channels
                parts.append(np.frombuffer(payload, "<f4").reshape(rows, block.frames))
        return np.concatenate(parts, axis=1) if parts else np.zeros((0, 0), np.float32)
