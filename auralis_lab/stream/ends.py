"""How an epoch ends, in words that a visitor may read."""

from __future__ import annotations

from auralis_lab.errors import AuralisLabError, DecodeError
from auralis_lab.stream.protocol import Ended, Play

__all__ = ["FollowingError", "ended", "public_message"]

MAX_CHARACTERS = 500


def ended(
    play: Play, place: tuple[int, int], reason: str, *, message: str | None, reference: str | None
) -> Ended:
    """Build the last message of an epoch; `place` is a segment and a frame of its track."""
    segment, frame = place
    return Ended.model_validate(
        {
            "epoch": play.epoch,
            "client": play.client,
            "reason": reason,
            "segment": segment,
            "position_frame": frame,
            "message": message,
            "reference": reference,
        }
    )


class FollowingError(Exception):
    """What should follow cannot be played; its cause says why."""


def public_message(error: BaseException) -> str:
    """Say what happened without paths or internals."""
    track = "this track"
    if isinstance(error, FollowingError) and error.__cause__ is not None:
        error, track = error.__cause__, "the next track"
    if isinstance(error, DecodeError) and _is_gone(error):
        text = f"the file of {track} is gone or has moved"
    elif isinstance(error, DecodeError):
        text = f"cannot decode {track}: {error.reason}"
    elif isinstance(error, AuralisLabError):
        text = str(error)
    else:
        text = f"something went wrong while {track} was read"
    return text[:MAX_CHARACTERS]


def _is_gone(error: DecodeError) -> bool:
    """Whether it is the track's own file that is not there; a decoder may be missing as well."""
    cause = error.__cause__
    return isinstance(cause, FileNotFoundError) and str(cause.filename) == str(error.path)
