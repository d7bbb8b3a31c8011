"""The messages between a listener and the kernel.

The listener (a browser) owns the *epoch*: every play, seek or change of sound opens the next one,
and whatever still belongs to an earlier epoch is no longer sent. An epoch is a sequence of
*segments*, one for each track, which follow each other without a gap. Whether an epoch falls in at
once (a seek) or is crossed over to at the frame that sounds (a change of sound) is the listener's
affair. Its *credit* is the number of frames of the epoch that are gone, counted from the epoch's
start over all segments: cumulative, so that a lost, doubled or late report does no harm. Positions
and lengths are frames of the track.

======================  ==========================================================================
listener to kernel      :class:`Play`, :class:`Report`, :class:`Stop`
kernel to listener      :class:`Segment`, :class:`Block` (with a payload), :class:`Better`,
                        :class:`Ended`, :class:`Refused`
======================  ==========================================================================

The payload of a block is planar little-endian ``float32``, lane by lane and in each lane channel by
channel: all frames of the first channel of the first lane, then all of the second, and so on.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from auralis_lab.errors import StreamError
from auralis_lab.plan.presets import PRESET_NAMES

__all__ = [
    "PRESET_NAMES",
    "Better",
    "Block",
    "Ended",
    "Lane",
    "LaneName",
    "Levelling",
    "MessageError",
    "Play",
    "Refused",
    "Reply",
    "Report",
    "Request",
    "Segment",
    "Stop",
    "parse_reply",
    "parse_request",
    "refusal",
]

MAX_EXACT_INTEGER = 2**53 - 1
"""The largest count that JavaScript holds exactly."""

Count: TypeAlias = Annotated[int, Field(ge=0, le=MAX_EXACT_INTEGER)]
Client: TypeAlias = Annotated[str, Field(pattern=r"^[0-9A-Za-z_-]{8,64}$")]
Entry: TypeAlias = Annotated[str, Field(pattern=r"^[0-9A-Za-z_-]{1,40}$")]
PresetName: TypeAlias = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,31}$")]
Channels: TypeAlias = Annotated[int, Field(ge=1, le=32)]
Rate: TypeAlias = Annotated[int, Field(ge=3_000, le=768_000)]
Milliseconds: TypeAlias = Annotated[float, Field(ge=0.0, le=3.6e6)]
LaneName: TypeAlias = Literal["original", "enhanced"]
Levelling: TypeAlias = Literal["off", "track", "album"]


class _Message(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False)


class _OfEpoch(_Message):
    epoch: Annotated[int, Field(ge=1, le=MAX_EXACT_INTEGER)]
    client: Client


class Play(_OfEpoch):
    """Open an epoch: send from `start_frame` of this track on, and then what follows it.

    `entry` is the place in the queue, which a track may hold more than once. With `compare` the
    original and the enhanced track travel together; `crossfade_s` is how long tracks overlap that
    are not of one album, and `levelling` by whose loudness the original is brought to one level.
    """

    type: Literal["play"] = "play"
    entry: Entry
    track_id: Count
    start_frame: Count
    enhanced: bool
    preset: PresetName = "adaptive"
    intensity: Annotated[float, Field(ge=0.0, le=1.0)] = 1.0
    compare: bool = False
    crossfade_s: Annotated[float, Field(ge=0.0, le=12.0)] = 0.0
    levelling: Levelling = "off"


class Report(_OfEpoch):
    """What the listener has heard of its epoch, measured at one instant in the audio thread.

    `position_frame` is the frame of the segment's track that sounds, `consumed_frames` how many
    frames of the epoch are gone, played or skipped. `pcm_hash` is
    :func:`~auralis_lab.stream.integrity.pcm_hash` of the present run of frames that sounded as they
    were sent, all lanes: ``[run_frame, run_frame + run_frames)`` of the segment's track. A run
    begins with the epoch, with a segment, and at the end of a splice's fade and of an overlap.
    `underruns` counts the times the sound ran dry, `underrun_frames` how long that lasted.
    `latency_ms` runs from the gesture that opened the epoch to its first sample, `splice_ms` the
    same for an epoch that was crossed over to. The last report of a segment is `final`.
    """

    type: Literal["report"] = "report"
    state: Literal["waiting", "playing", "paused", "starved", "ended"]
    segment: Count
    position_frame: Count
    consumed_frames: Count
    queued_frames: Count = 0
    underruns: Count = 0
    underrun_frames: Count = 0
    run_frame: Count
    run_frames: Count
    pcm_hash: Annotated[int, Field(ge=0, lt=2**32)]
    lane: LaneName
    latency_ms: Milliseconds | None = None
    splice_ms: Milliseconds | None = None
    final: bool = False


class Stop(_OfEpoch):
    """Close an epoch; nothing more of it is wanted."""

    type: Literal["stop"] = "stop"


class Lane(_Message):
    """One of the sounds of a segment.

    `gain_db` is applied by the listener behind its proof: the louder of two lanes comes down to the
    other, and a levelled original to its level. It lifts nothing over full scale.
    `loudness_lufs` is what the lane measures before that, ``None`` where that is not known.
    """

    name: LaneName
    gain_db: Annotated[float, Field(ge=-120.0, le=60.0)] = 0.0
    loudness_lufs: Annotated[float, Field(ge=-200.0, le=100.0)] | None = None


class Segment(_OfEpoch):
    """A track begins; its first block follows. The first segment answers a :class:`Play`.

    Its first `overlap_frames` are mixed with the end of the segment before, by the law `fade`;
    they count as frames of this segment's track. `provisional` says that the plan was made from
    the head of the track alone; :class:`Better` follows when the whole is measured.
    """

    type: Literal["segment"] = "segment"
    segment: Count
    entry: Entry
    track_id: Count
    start_frame: Count
    total_frames: Count | None
    """``None`` while a compressed file is still being decoded and its true length is unknown."""
    channels: Channels
    """Of one lane."""
    rate_hz: Rate
    lanes: Annotated[tuple[Lane, ...], Field(min_length=1, max_length=2, strict=False)]
    overlap_frames: Count = 0
    fade: Annotated[str, Field(max_length=200)] = ""
    provisional: bool = False


class Block(_OfEpoch):
    """The header of a block of frames; `seq` counts the epoch's blocks from 0."""

    type: Literal["block"] = "block"
    segment: Count
    seq: Count
    first_frame: Count
    frames: Annotated[int, Field(ge=1, le=MAX_EXACT_INTEGER)]
    channels: Channels
    lanes: Annotated[int, Field(ge=1, le=2)]
    rate_hz: Rate


class Better(_OfEpoch):
    """A better plan is ready for the segment that sounds; the next :class:`Play` will use it."""

    type: Literal["better"] = "better"
    segment: Count


class Ended(_OfEpoch):
    """No block of the epoch follows.

    `position_frame` is of the track of `segment`: the end of the last one when completed, and else
    the place to resume from. A failure has a short `message` and a `reference` under which the log
    holds the whole story.
    """

    type: Literal["ended"] = "ended"
    reason: Literal["completed", "stopped", "failed"]
    segment: Count
    position_frame: Count
    message: Annotated[str, Field(max_length=500)] | None = None
    reference: Annotated[str, Field(max_length=32)] | None = None


class Refused(_Message):
    """A request changed nothing, because it is invalid or because of the limit on streams.

    `field` names what is invalid; `epoch` and `client` are those of the request where it had any.
    """

    type: Literal["refused"] = "refused"
    reason: Literal["invalid", "limit"]
    message: Annotated[str, Field(max_length=500)]
    field: Annotated[str, Field(max_length=100)] | None = None
    epoch: Annotated[int, Field(ge=1, le=MAX_EXACT_INTEGER)] | None = None
    client: Client | None = None


Request: TypeAlias = Play | Report | Stop
Reply: TypeAlias = Segment | Block | Better | Ended | Refused

_REQUEST: TypeAdapter[Request] = TypeAdapter(Annotated[Request, Field(discriminator="type")])
_REPLY: TypeAdapter[Reply] = TypeAdapter(Annotated[Reply, Field(discriminator="type")])


class MessageError(StreamError):
    """A message does not follow the schema.

    Parameters
    ----------
    field : str
        The first field that is wrong.
    reason : str
        What is wrong with it.
    """

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(field, reason)
        self.field = field
        self.reason = reason

    def __str__(self) -> str:
        return f"{self.field}: {self.reason}"


def parse_request(content: object) -> Request:
    """Read a message of a listener.

    Parameters
    ----------
    content : object
        Decoded JSON, from anybody.

    Raises
    ------
    MessageError
        Naming the first field that is missing, unknown, of the wrong type or out of bounds.
    """
    try:
        return _REQUEST.validate_python(content)
    except ValidationError as error:
        raise _message_error(error) from None


def parse_reply(content: object) -> Reply:
    """Read a message of the kernel; for listeners written in Python.

    Raises
    ------
    MessageError
        Naming the first field that is missing, unknown, of the wrong type or out of bounds.
    """
    try:
        return _REPLY.validate_python(content)
    except ValidationError as error:
        raise _message_error(error) from None


def refusal(content: object, error: MessageError) -> Refused:
    """Answer an invalid message, addressed as far as its address can be read."""
    address: dict[str, Any] = {}
    if isinstance(content, dict):
        for name in ("epoch", "client"):
            try:
                read = Refused.model_validate(
                    {"reason": "invalid", "message": "", name: content.get(name)}
                )
            except ValidationError:
                continue
            address[name] = getattr(read, name)
    return Refused(reason="invalid", field=error.field[:100], message=str(error)[:500], **address)


def _message_error(error: ValidationError) -> MessageError:
    first = error.errors(include_url=False, include_input=False, include_context=False)[0]
    # The path begins with the discriminator's word; without one, that is what is wrong.
    place = first["loc"]
    field = str(place[1]) if len(place) > 1 else "type"
    reason = str(first["msg"])
    return MessageError(field[:100], reason[:1].lower() + reason[1:])
