from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from auralis_lab.audio import Audio
from auralis_lab.errors import ParameterError
from auralis_lab.stream.integrity import HASH_SEED, pcm_hash

signals = hnp.arrays(
    np.float32,
    st.tuples(st.integers(1, 4), st.integers(0, 60)),
    elements=st.floats(-1, 1, width=32),
)


def slow_hash(audio: Audio) -> int:
    """Follow the definition word by word."""
    h = 0x811C9DC5
    for frame in audio.T:
        for word in np.ascontiguousarray(frame).view(np.uint32):
            k = int(word) * 0xCC9E2D51 % 2**32
            k = (k << 15 | k >> 17) % 2**32
            k = k * 0x1B873593 % 2**32
            h = (h * 0x01000193 + k) % 2**32
    return h


@given(signals)
def test_the_hash_is_the_one_defined_word_by_word(audio: Audio) -> None:
    assert pcm_hash(audio) == slow_hash(audio)


@given(signals, st.integers(0, 60))
def test_the_hash_can_be_carried_on_from_any_cut(audio: Audio, cut: int) -> None:
    assert pcm_hash(audio[:, cut:], pcm_hash(audio[:, :cut])) == pcm_hash(audio)


def test_long_audio_hashes_as_its_pieces_do(rng: np.random.Generator) -> None:
    audio = rng.standard_normal((3, 200_003)).astype(np.float32)
    h = HASH_SEED
    for start in range(0, audio.shape[1], 9_973):
        h = pcm_hash(audio[:, start : start + 9_973], h)
    assert pcm_hash(audio) == h


def test_faults_of_streaming_change_the_hash(rng: np.random.Generator) -> None:
    audio = rng.uniform(-1, 1, (2, 1_000)).astype(np.float32)
    swapped_frames = audio.copy()
    swapped_frames[:, [10, 11]] = audio[:, [11, 10]]
    faults = [
        audio[::-1],
        -audio,
        audio[:, 1:],
        np.concatenate([audio[:, :500], audio[:, 499:]], axis=1),
        np.concatenate([np.zeros((2, 1), np.float32), audio], axis=1),
        np.concatenate([audio, np.zeros((2, 1), np.float32)], axis=1),
        swapped_frames,
        np.nextafter(audio, np.float32(2)),
    ]
    hashes = {pcm_hash(np.ascontiguousarray(fault)) for fault in [audio, *faults]}
    assert len(hashes) == 1 + len(faults)


def test_other_arrays_than_float32_frames_are_refused() -> None:
    with pytest.raises(ParameterError):
        pcm_hash(np.zeros(4, np.float32))
    with pytest.raises(ParameterError):
        pcm_hash(np.zeros((2, 4)))  # type: ignore[arg-type]
