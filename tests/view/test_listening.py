from __future__ import annotations

import base64
import io
import re
from collections.abc import Callable

import numpy as np
import pytest
import soundfile as sf

from auralis_lab.audio import Audio
from auralis_lab.errors import ParameterError
from auralis_lab.view import listen

RATE_HZ = 48_000


def test_all_sounds_come_at_the_loudness_of_the_quietest(tone: Callable[..., Audio]) -> None:
    sounds = {f"{level} dB": tone(997, 2.0, RATE_HZ, level_dbfs=level) for level in (-12, -20)}
    heard = listen(sounds, RATE_HZ)
    assert heard.taken_db == pytest.approx((8.0, 0.0), abs=0.01)
    assert repr(heard) == "<Listening: -12 dB -8.0 dB, -20 dB>"
    peaks = []
    for data in re.findall(r"data:audio/wav;base64,([^\"]+)", heard._repr_html_()):
        audio, rate_hz = sf.read(io.BytesIO(base64.b64decode(data)))
        assert rate_hz == RATE_HZ
        peaks.append(20 * np.log10(np.abs(audio).max()))
    assert peaks == pytest.approx([-20.0, -20.0], abs=0.02)


def test_names_are_escaped_and_silence_is_left_as_it_is() -> None:
    heard = listen({"<b>": np.zeros((1, 8000), np.float32)}, 8000)
    assert heard.matched_lufs is None
    assert heard.taken_db == (0.0,)
    assert "<b><b>" not in heard._repr_html_()
    assert "&lt;b&gt;" in heard._repr_html_()


@pytest.mark.parametrize(
    ("sounds", "words"),
    [
        ({}, "at least one"),
        ({"surround": np.zeros((6, 10), np.float32)}, "1 or 2 channels"),
        ({"long": np.zeros((1, 40_000_000), np.float32)}, "64 MiB"),
    ],
)
def test_what_cannot_be_put_into_a_page_is_refused(sounds: dict[str, Audio], words: str) -> None:
    with pytest.raises(ParameterError, match=words):
        listen(sounds, RATE_HZ)
