"""Envelopes kept on disk: whole or missing, bounded, shared by processes that may die."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from auralis_lab.analysis import envelopestore as module
from auralis_lab.analysis.envelopes import BandEnvelopes
from auralis_lab.analysis.envelopestore import LOCK_NAME, EnvelopeStore
from auralis_lab.errors import ParameterError
from auralis_lab.settings import settings
from tests.thorough import tries

FORK = multiprocessing.get_context("fork")


def envelopes(seed: int, points: int = 400, bands: int = 3) -> BandEnvelopes:
    """Noise, so that every entry takes about as many bytes."""
    levels_db = np.random.default_rng(seed).uniform(-120, 0, (bands, points))
    return BandEnvelopes.pack((160.0, 2500.0)[: bands - 1], 100, levels_db)


def taken_bytes(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.iterdir() if path.name != LOCK_NAME)


@pytest.fixture
def store(tmp_path: Path) -> EnvelopeStore:
    return EnvelopeStore(tmp_path / "kept")


@given(
    points=st.integers(0, 300),
    bands=st.integers(1, 3),
    seed=st.integers(0, 99),
    key=st.text(min_size=1),
)
@hypothesis_settings(max_examples=tries(40))
def test_what_was_put_comes_back(
    points: int, bands: int, seed: int, key: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    store = EnvelopeStore(tmp_path_factory.mktemp("kept"))
    wanted = envelopes(seed, points, bands)
    assert store.get(key) is None
    assert store.put(key, wanted)
    assert store.get(key) == wanted
    assert store.get(key + "x") is None
    assert store.put(key, envelopes(seed + 1))
    assert store.get(key) == envelopes(seed + 1)
    store.clear()
    assert store.get(key) is None
    assert taken_bytes(store.folder) == 0


def test_it_lies_in_the_cache_folder_and_takes_what_the_settings_say(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AURALIS_ENVELOPES_MAX_BYTES", "12345")
    settings.cache_clear()
    store = EnvelopeStore()
    assert (store.folder, store.max_bytes) == (settings().cache_dir / "envelopes", 12345)
    store.clear()  # there is nothing, and no folder
    assert not store.folder.exists()
    with pytest.raises(ParameterError, match="max_bytes=-1 must be 0 or more"):
        EnvelopeStore(max_bytes=-1)


def test_music_takes_less_than_its_levels_do(store: EnvelopeStore) -> None:
    time_s = np.arange(6000) / 100
    levels_db = -20 + 6 * np.sin(2 * np.pi * np.array([[0.5], [2.0], [4.0]]) * time_s)
    kept = BandEnvelopes.pack((160.0, 2500.0), 100, levels_db)
    store.put("song", kept)
    assert taken_bytes(store.folder) < 0.7 * len(kept.packed)
    assert store.get("song") == kept


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: b"",
        lambda data: data[:10],
        lambda data: data[:-1],
        lambda data: data + b"\0",
        lambda data: data[:60] + bytes([data[60] ^ 1]) + data[61:],
        lambda data: data[:-40] + bytes(40),
        lambda data: os.urandom(len(data)),
    ],
)
def test_a_damaged_entry_is_missing_and_removed(
    damage: Callable[[bytes], bytes], store: EnvelopeStore
) -> None:
    store.put("song", envelopes(1))
    (path,) = store.folder.glob("*.envelopes")
    path.write_bytes(damage(path.read_bytes()))
    assert store.get("song") is None
    assert not path.exists()
    assert store.put("song", envelopes(1))
    assert store.get("song") == envelopes(1)


def test_an_entry_under_the_name_of_another_is_missing(store: EnvelopeStore) -> None:
    store.put("one", envelopes(1))
    (path,) = store.folder.glob("*.envelopes")
    store.put("two", envelopes(2))
    (other,) = set(store.folder.glob("*.envelopes")) - {path}
    other.write_bytes(path.read_bytes())
    assert store.get("two") is None
    assert store.get("one") == envelopes(1)


def test_envelopes_of_another_profile_version_are_missing(
    store: EnvelopeStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.put("song", envelopes(1))
    monkeypatch.setattr("auralis_lab.analysis.profile.PROFILE_VERSION", 99)
    assert store.get("song") is None


def test_the_least_recently_used_make_room(tmp_path: Path) -> None:
    probe = EnvelopeStore(tmp_path / "probe")
    probe.put("probe", envelopes(0))
    each = taken_bytes(probe.folder) + 100
    store = EnvelopeStore(tmp_path / "kept", max_bytes=10 * each)
    for n in range(10):
        assert store.put(f"song {n}", envelopes(n))
        time.sleep(0.003)
    assert store.get("song 0") == envelopes(0)  # used just now
    for n in range(10, 13):
        assert store.put(f"song {n}", envelopes(n))
        assert taken_bytes(store.folder) <= store.max_bytes
    assert store.get("song 0") == envelopes(0)
    assert store.get("song 1") is None
    assert store.get("song 12") == envelopes(12)


def test_the_bound_holds_after_entries_were_replaced_and_deleted_by_others(tmp_path: Path) -> None:
    store = EnvelopeStore(tmp_path / "kept", max_bytes=30_000)
    for n in range(40):
        store.put(f"song {n % 4}", envelopes(n, points=300 + 20 * n))
        if n % 7 == 0:
            next(store.folder.glob("*.envelopes")).unlink()
        if n % 11 == 0:
            (store.folder / LOCK_NAME).unlink()
        assert taken_bytes(store.folder) <= store.max_bytes
    assert store.get("song 3") == envelopes(39, points=1080)


def test_what_is_larger_than_the_store_is_not_kept(tmp_path: Path) -> None:
    store = EnvelopeStore(tmp_path / "kept", max_bytes=1000)
    assert not store.put("song", envelopes(1, points=5000))
    assert store.get("song") is None


def test_a_folder_that_cannot_be_written_keeps_nothing_and_fails_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    store = EnvelopeStore(tmp_path / "file" / "kept")
    assert not store.put("song", envelopes(1))
    assert store.get("song") is None


def work(folder: Path, name: int) -> None:
    """Put and get for a while; everything that is found must be what was put."""
    store = EnvelopeStore(folder, max_bytes=60_000)
    rng = np.random.default_rng(name)
    found = 0
    for _ in range(150):
        n = int(rng.integers(30))
        kept = store.get(f"song {n}")
        if kept is None:
            assert store.put(f"song {n}", envelopes(n))
        else:
            found += 1
            assert kept == envelopes(n)
    assert found > 5


def test_processes_share_it_within_its_bound(tmp_path: Path) -> None:
    folder = tmp_path / "kept"
    workers = [FORK.Process(target=work, args=(folder, name)) for name in range(4)]
    for worker in workers:
        worker.start()
    while any(worker.is_alive() for worker in workers):
        if folder.is_dir():
            with contextlib.suppress(FileNotFoundError):  # evicted between two looks
                assert taken_bytes(folder) <= 60_000
        time.sleep(0.01)
    assert [worker.exitcode for worker in workers] == [0] * 4
    assert taken_bytes(folder) <= 60_000


def put_without_end(folder: Path) -> None:
    store, n = EnvelopeStore(folder), 0
    while True:
        store.put(f"song {n % 5}", envelopes(n % 5, points=20_000))
        n += 1


def test_a_writer_that_is_killed_leaves_nothing_half_and_no_lock(tmp_path: Path) -> None:
    folder = tmp_path / "kept"
    for round_ in range(4):
        writer = FORK.Process(target=put_without_end, args=(folder,))
        writer.start()
        while not (folder / LOCK_NAME).exists():
            time.sleep(0.005)
        time.sleep(0.05 + 0.011 * round_)
        assert writer.pid is not None
        os.kill(writer.pid, signal.SIGKILL)
        writer.join()
        store = EnvelopeStore(folder)
        for n in range(5):
            assert store.get(f"song {n}") in (None, envelopes(n, points=20_000))
        assert store.put("after", envelopes(7))
    store.clear()
    assert taken_bytes(folder) == 0


def test_whoever_keeps_the_lock_too_long_is_not_waited_for(
    store: EnvelopeStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PATIENCE_S", 0.05)
    store.put("song", envelopes(1))
    with store._alone():
        assert not store.put("song", envelopes(2))
        assert store.get("song") == envelopes(1)
    assert store.put("song", envelopes(2))
