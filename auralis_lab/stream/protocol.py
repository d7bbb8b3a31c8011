"""The messages between a listener and the kernel.

The listener (a browser) owns the *epoch*: every play, seek or change of sound opens the next one,
and whatever still belongs to an earlier epoch is dropped on both sides. Its *credit* is the number
of frames it has consumed in the epoch, counted from the epoch's start: cumulative, so that a lost,
doubled or late report does no harm. Positions and lengths are frames of the track.

======================  ==========================================================================
listener to kernel      :class:`Play`, :class:`Report`, :class:`Stop`
kernel to listener      :class:`Started`, :class:`Block` (with a payload), :class:`Ended`,
                        :class:`Refused`
======================  ==========================================================================

The payload of a block is planar little-endian ``float32``: all frames of the first channel, then
all of the second, and so on.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from auralis_lab.errors import StreamError
from auralis_lab.plan.presets import PRESET_NAMES

__all__ = [
    "PRESET_NAMES",
    "Block",
    "Ended",
    "MessageError",
    "Play",
    "Refused",
    "Reply",
    "Report",
    "Request",
    "Started",
    "Stop",
    "parse_reply",
    "parse_request",
    "refusal",
]

MAX_EXACT_INTEGER = 2**53 - 1
"""The largest count that JavaScript holds exactly."""

Count: TypeAlias = Annotated[int, Field(ge=0, le=MAX_EXACT_INTEGER)]
Client: TypeAlias = Annotated[str, Field(pattern=r"^[0-9A-Za-z_-]{8,64}$")]
PresetName: TypeAlias = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,31}$")]


class _Message(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False)


class _OfEpoch(_Message):
    epoch: Annotated[int, Field(ge=1, le=MAX_EXACT_INTEGER)]
    client: Client


class Play(_OfEpoch):
    """Open an epoch: send this track from `start_frame` on."""

    type: Literal["play"] = "play"
    track_id: Count
    start_frame: Count
    enhanced: bool
    preset: PresetName = "adaptive"
    intensity: Annotated[float, Field(ge=0.0, le=1.0)] = 1.0


class Report(_OfEpoch):
    """What the listener has heard of its epoch, measured at one instant in the audio thread.

    `pcm_hash` is :func:`~auralis_lab.stream.integrity.pcm_hash` of the consumed frames, that is of
    ``[start_frame, start_frame + consumed_frames)``. `underruns` counts the times the sound ran
    dry, `underrun_frames` how long that lasted. `latency_ms` runs from the gesture that opened the
    epoch to its first sample.
    """

    type: Literal["report"] = "report"
    state: Literal["waiting", "playing", "paused", "starved", "ended"]
    start_frame: Count
    consumed_frames: Count
    queued_frames: Count = 0
    underruns: Count = 0
    underrun_frames: Count = 0
    pcm_hash: Annotated[int, Field(ge=0, lt=2**32)]
    latency_ms: Annotated[float, Field(ge=0.0, le=3.6e6)] | None = None


class Stop(_OfEpoch):
    """Close an epoch; nothing more of it is wanted."""

    type: Literal["stop"] = "stop"


class Started(_OfEpoch):
    """The epoch's stream is open; its first block follows."""

    type: Literal["started"] = "started"
    track_id: Count
    start_frame: Count
    total_frames: Count | None
    """``None`` while a compressed file is still being decoded and its true length is unknown."""
    channels: Annotated[int, Field(ge=1, le=32)]
    rate_hz: Annotated[int, Field(ge=3_000, le=768_000)]


class Block(_OfEpoch):
    """The header of a block of frames; `seq` counts the epoch's blocks from 0."""

    type: Literal["block"] = "block"
    seq: Count
    track_id: Count
    first_frame: Count
    frames: Annotated[int, Field(ge=1, le=MAX_EXACT_INTEGER)]
    channels: Annotated[int, Field(ge=1, le=32)]
    rate_hz: Annotated[int, Field(ge=3_000, le=768_000)]


class Ended(_OfEpoch):
    """No block of the epoch follows.

    `position_frame` is the end of the track when completed, and else the place to resume from. A
    failure has a short `message` and a `reference` under which the log holds the whole story.
    """

    type: Literal["ended"] = "ended"
    reason: Literal["completed", "stopped", "failed"]
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
Reply: TypeAlias = Started | Block | Ended | Refused

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
