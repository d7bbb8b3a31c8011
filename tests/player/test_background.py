"""What a visitor reads when something fails."""

from __future__ import annotations

import errno
import re
from pathlib import Path

import pytest

from auralis_lab.errors import AuralisLabError, DecodeError
from auralis_lab.io.decoder import open_decoder
from auralis_lab.player.background import fault


@pytest.fixture(autouse=True)
def _own_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AURALIS_DATA_DIR", str(tmp_path / "data"))


def told(error: BaseException) -> str:
    sentence = fault(error, doing="opening the track")
    assert re.fullmatch(r"Opening the track failed: [^/]+\. Reference [0-9A-F]{6}\.", sentence)
    return sentence


def test_a_file_that_is_gone_is_told_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(DecodeError) as caught:
        open_decoder(tmp_path / "gone.flac")
    assert "connect its disk, or scan the library again" in told(caught.value)


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (errno.EACCES, "may not be read; allow it"),
        (errno.ENOSPC, "the disk is full; make room"),
    ],
)
def test_what_a_disk_refuses_is_told_with_what_to_do(number: int, words: str) -> None:
    error = AuralisLabError("cannot go on at /secret/place")
    error.__cause__ = OSError(number, "refused", "/secret/place")
    assert words in told(error)


def test_anything_else_is_told_without_paths() -> None:
    assert "something unexpected" in told(ValueError("/secret/place"))
    assert "cannot be decoded (no audio in it)" in told(DecodeError("a.flac", "no audio in it"))
    assert "10 streams are playing" in told(AuralisLabError("10 streams are playing"))
