"""What a visitor is told when an epoch ends with an error."""

from __future__ import annotations

from pathlib import Path

import pytest

from auralis_lab.errors import DecodeError
from auralis_lab.io.source import AudioSource
from auralis_lab.stream.ends import FollowingError, public_message


def test_a_file_that_is_gone_is_called_so_without_its_path(tmp_path: Path) -> None:
    with pytest.raises(DecodeError) as refusal:
        AudioSource(tmp_path / "gone.flac")
    assert public_message(refusal.value) == "the file of this track is gone or has moved"
    following = FollowingError()
    following.__cause__ = refusal.value
    assert public_message(following) == "the file of the next track is gone or has moved"


def test_a_decoder_that_is_missing_is_not_taken_for_the_file() -> None:
    error = DecodeError("/music/a.m4a", "ffmpeg does not start: No such file or directory")
    error.__cause__ = FileNotFoundError(2, "No such file or directory", "ffmpeg")
    assert public_message(error).startswith("cannot decode this track: ffmpeg does not start")
