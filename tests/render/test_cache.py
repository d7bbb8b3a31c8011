"""Rendered blocks kept by what they are, within one process."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from auralis_lab.audio import Audio
from auralis_lab.errors import DecodeError, ParameterError
from auralis_lab.io.source import ArraySource
from auralis_lab.plan.model import Plan
from auralis_lab.render.blockfile import HEADER_BYTES
from auralis_lab.render.cache import (
    BLOCK_FRAMES,
    BlockCache,
    BlockKey,
    CachedRenderer,
    shared_cache,
)
from auralis_lab.render.renderer import ENGINE_VERSION, Renderer
from auralis_lab.settings import settings as package_settings
from tests.thorough import tries

BLOCK_BYTES = 2 * 1000 * 4
FILE_BYTES = HEADER_BYTES + BLOCK_BYTES


def key(n: int = 0, *, audio: str = "f-1", engine: int = ENGINE_VERSION) -> BlockKey:
    return BlockKey(audio, "plan", engine, n * 1000, 1000)


def block(n: int = 0) -> Audio:
    return np.random.default_rng(n).standard_normal((2, 1000)).astype(np.float32)


def forbidden() -> Audio:
    raise AssertionError("this block should have been kept")


def files(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.block"))


def size_of(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.iterdir() if path.name != "lock")


def test_a_block_is_rendered_once_and_then_comes_from_memory(tmp_path: Path) -> None:
    cache = BlockCache(tmp_path)
    first = cache.get_or_render(key(), block)
    again = cache.get_or_render(key(), forbidden)
    np.testing.assert_array_equal(again, block())
    np.testing.assert_array_equal(first, block())
    assert (cache.stats.misses, cache.stats.hits_memory, cache.stats.hits_disk) == (1, 1, 0)
    assert cache.stats.memory_bytes == BLOCK_BYTES


def test_a_block_outlives_its_process_on_disk(tmp_path: Path) -> None:
    BlockCache(tmp_path).get_or_render(key(), block)
    later = BlockCache(tmp_path)
    np.testing.assert_array_equal(later.get_or_render(key(), forbidden), block())
    assert (later.stats.misses, later.stats.hits_disk) == (0, 1)
    later.get_or_render(key(), forbidden)
    assert later.stats.hits_memory == 1


@pytest.mark.parametrize(
    "other",
    [
        BlockKey("f-2", "plan", ENGINE_VERSION, 0, 1000),
        BlockKey("f-1", "plan2", ENGINE_VERSION, 0, 1000),
        BlockKey("f-1", "plan", ENGINE_VERSION + 1, 0, 1000),
        BlockKey("f-1", "plan", ENGINE_VERSION, 1000, 1000),
        BlockKey("f-1", "plan", ENGINE_VERSION, 0, 2000),
    ],
)
def test_whatever_differs_in_the_key_is_another_block(other: BlockKey, tmp_path: Path) -> None:
    cache = BlockCache(tmp_path)
    cache.get_or_render(key(), block)
    np.testing.assert_array_equal(cache.get_or_render(other, lambda: block(7)), block(7))
    assert cache.stats.misses == 2


def test_what_is_kept_cannot_be_written_to_by_those_who_get_it(tmp_path: Path) -> None:
    made = block()
    cache = BlockCache(tmp_path)
    given_out = cache.get_or_render(key(), lambda: made)
    made[:] = 0
    with pytest.raises(ValueError, match="read-only"):
        given_out[0, 0] = 1
    np.testing.assert_array_equal(cache.get_or_render(key(), forbidden), block())
    from_disk = BlockCache(tmp_path).get_or_render(key(), forbidden)
    assert not from_disk.flags.writeable


def test_memory_holds_the_most_recently_used_within_its_bound(tmp_path: Path) -> None:
    cache = BlockCache(tmp_path, memory_bytes=3 * BLOCK_BYTES, disk_bytes=0)
    for n in range(3):
        cache.get_or_render(key(n), lambda n=n: block(n))  # type: ignore[misc]
    cache.get_or_render(key(0), forbidden)
    cache.get_or_render(key(3), lambda: block(3))
    assert cache.stats.memory_bytes == 3 * BLOCK_BYTES
    for kept in (0, 2, 3):
        cache.get_or_render(key(kept), forbidden)
    cache.get_or_render(key(1), lambda: block(1))
    assert cache.stats.misses == 5
    assert not files(tmp_path)


def test_disk_holds_the_most_recently_used_within_its_bound(tmp_path: Path) -> None:
    cache = BlockCache(tmp_path, memory_bytes=0, disk_bytes=40 * FILE_BYTES)
    for n in range(40):
        cache.get_or_render(key(n), lambda n=n: block(n))  # type: ignore[misc]
        assert size_of(tmp_path) <= 40 * FILE_BYTES
    assert len(files(tmp_path)) == 40
    cache.get_or_render(key(0), forbidden)
    for n in range(40, 60):
        cache.get_or_render(key(n), lambda n=n: block(n))  # type: ignore[misc]
        assert size_of(tmp_path) <= 40 * FILE_BYTES
    cache.get_or_render(key(0), forbidden)
    cache.get_or_render(key(59), forbidden)
    with pytest.raises(AssertionError):
        cache.get_or_render(key(1), forbidden)


def test_a_hit_in_memory_counts_as_use_on_disk(tmp_path: Path) -> None:
    cache = BlockCache(tmp_path, disk_bytes=8 * FILE_BYTES)
    for n in range(8):
        cache.get_or_render(key(n), lambda n=n: block(n))  # type: ignore[misc]
    for n in range(8, 14):
        cache.get_or_render(key(0), forbidden)
        cache.get_or_render(key(n), lambda n=n: block(n))  # type: ignore[misc]
    BlockCache(tmp_path, memory_bytes=0).get_or_render(key(0), forbidden)


def test_two_caches_over_one_folder_keep_its_bound_together(tmp_path: Path) -> None:
    caches = [BlockCache(tmp_path, memory_bytes=0, disk_bytes=10 * FILE_BYTES) for _ in range(2)]
    for n in range(40):
        caches[n % 2].get_or_render(key(n), lambda n=n: block(n))  # type: ignore[misc]
        assert size_of(tmp_path) <= 10 * FILE_BYTES


def test_a_block_larger_than_a_bound_is_rendered_but_not_kept_there(tmp_path: Path) -> None:
    cache = BlockCache(tmp_path, memory_bytes=100, disk_bytes=FILE_BYTES - 1)
    np.testing.assert_array_equal(cache.get_or_render(key(), block), block())
    assert cache.stats.memory_blocks == 0
    assert cache.stats.disk_errors == 0
    assert not files(tmp_path)


def damage_flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


DAMAGES: dict[str, Callable[[Path], object]] = {
    "one bit of the samples": damage_flip,
    "cut short": lambda path: os.truncate(path, FILE_BYTES - 4),
    "cut in the header": lambda path: os.truncate(path, HEADER_BYTES - 3),
    "empty": lambda path: os.truncate(path, 0),
    "longer": lambda path: path.write_bytes(path.read_bytes() + b"\0" * 8),
    "all zeros": lambda path: path.write_bytes(bytes(FILE_BYTES)),
    "text": lambda path: path.write_text("this is no block\n" * 100),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_cache_entry_is_removed_and_rendered_again(damage: str, tmp_path: Path) -> None:
    BlockCache(tmp_path).get_or_render(key(), block)
    (path,) = files(tmp_path)
    DAMAGES[damage](path)
    cache = BlockCache(tmp_path)
    np.testing.assert_array_equal(cache.get_or_render(key(), block), block())
    assert (cache.stats.damaged, cache.stats.misses) == (1, 1)
    later = BlockCache(tmp_path)
    np.testing.assert_array_equal(later.get_or_render(key(), forbidden), block())
    assert later.stats.damaged == 0


@settings(max_examples=tries(60))
@given(data=st.data())
def test_a_flip_of_any_bit_of_a_cache_entry_is_noticed(
    data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("blocks")
    cache = BlockCache(folder, memory_bytes=0)
    cache.get_or_render(key(), block)
    (path,) = files(folder)
    at = data.draw(st.one_of(st.integers(0, HEADER_BYTES - 1), st.integers(0, FILE_BYTES - 1)))
    content = bytearray(path.read_bytes())
    content[at] ^= 1 << data.draw(st.integers(0, 7))
    path.write_bytes(content)
    np.testing.assert_array_equal(cache.get_or_render(key(), block), block())
    assert cache.stats.damaged == 1


def test_a_block_under_the_name_of_another_is_never_played(tmp_path: Path) -> None:
    cache = BlockCache(tmp_path, memory_bytes=0)
    cache.get_or_render(key(0), lambda: block(0))
    (first,) = files(tmp_path)
    cache.get_or_render(key(1), lambda: block(1))
    (second,) = set(files(tmp_path)) - {first}
    second.write_bytes(first.read_bytes())
    np.testing.assert_array_equal(cache.get_or_render(key(1), lambda: block(1)), block(1))
    assert cache.stats.damaged == 1


def test_clear_forgets_memory_and_removes_files(tmp_path: Path) -> None:
    cache = BlockCache(tmp_path)
    cache.get_or_render(key(), block)
    cache.clear()
    assert not files(tmp_path)
    assert cache.stats.memory_bytes == 0
    cache.get_or_render(key(), block)
    assert cache.stats.misses == 2
    assert len(files(tmp_path)) == 1


def test_clear_of_a_cache_that_was_never_used_makes_no_folder(tmp_path: Path) -> None:
    BlockCache(tmp_path / "none").clear()
    assert not (tmp_path / "none").exists()


def test_entries_of_an_older_engine_are_not_served_and_go(tmp_path: Path) -> None:
    BlockCache(tmp_path).get_or_render(key(engine=ENGINE_VERSION - 1), lambda: block(1))
    (old,) = files(tmp_path)
    cache = BlockCache(tmp_path)
    np.testing.assert_array_equal(cache.get_or_render(key(), block), block())
    assert not old.exists()
    assert len(files(tmp_path)) == 1


def test_what_a_killed_writer_left_of_an_entry_goes(tmp_path: Path) -> None:
    tmp_path.joinpath(f"e{ENGINE_VERSION}-{'0' * 64}.part").write_bytes(bytes(500))
    BlockCache(tmp_path).get_or_render(key(), block)
    assert not list(tmp_path.glob("*.part"))


def test_a_cache_folder_that_cannot_be_made_is_no_error(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").write_text("in the way")
    cache = BlockCache(tmp_path / "file" / "blocks")
    with caplog.at_level(logging.WARNING):
        for n in range(3):
            cache.get_or_render(key(n), lambda n=n: block(n))  # type: ignore[misc]
    assert cache.stats.misses == 3
    assert cache.stats.disk_errors == 1
    assert len(caplog.records) == 1
    assert "cannot be kept" in caplog.text
    np.testing.assert_array_equal(cache.get_or_render(key(1), forbidden), block(1))


def test_a_cache_folder_that_may_not_be_written_to_still_gives_what_it_has() -> None:
    with tempfile.TemporaryDirectory() as name:  # where any user may look
        folder = Path(name)
        BlockCache(folder).get_or_render(key(0), block)
        for path, mode in ((folder / "lock", 0o444), (files(folder)[0], 0o444), (folder, 0o555)):
            path.chmod(mode)
        code = f"""
import os, numpy as np
from auralis_lab.render.cache import BlockCache, BlockKey
cache = BlockCache({name!r}, memory_bytes=0)
if os.geteuid() == 0:  # who may write anywhere
    os.seteuid(65534)
for n in range(3):
    made = lambda: np.zeros((2, 1000), "f4")
    cache.get_or_render(BlockKey("f-1", "plan", {ENGINE_VERSION}, n * 1000, 1000), made)
print(cache.stats.hits_disk, cache.stats.misses, cache.stats.disk_errors)
"""
        command = [sys.executable, "-c", code]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        folder.chmod(0o700)
    assert done.stdout.split() == ["1", "2", "1"], done.stderr


def test_a_full_disk_is_no_cache_and_no_error(tmp_path: Path) -> None:
    code = f"""
import resource, numpy as np
from auralis_lab.render.cache import BlockCache, BlockKey
resource.setrlimit(resource.RLIMIT_FSIZE, (5000, 5000))
cache = BlockCache({str(tmp_path)!r}, memory_bytes=0)
for n in range(3):
    made = cache.get_or_render(BlockKey("a", "p", 1, n, 1000), lambda: np.ones((2, 1000), "f4"))
    assert made.sum() == 2000
print(cache.stats.misses, cache.stats.disk_errors)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout.split() == ["3", "1"], done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["lock"]


def test_a_cache_folder_removed_while_in_use_is_made_again(tmp_path: Path) -> None:
    import shutil

    folder = tmp_path / "blocks"
    cache = BlockCache(folder, memory_bytes=0)
    cache.get_or_render(key(), block)
    shutil.rmtree(folder)
    cache.get_or_render(key(), block)
    np.testing.assert_array_equal(cache.get_or_render(key(), forbidden), block())


def test_what_a_render_raises_is_raised_and_nothing_is_kept_in_the_cache(tmp_path: Path) -> None:
    cache = BlockCache(tmp_path)

    def broken() -> Audio:
        raise DecodeError("song.flac", "gone")

    with pytest.raises(DecodeError, match="gone"):
        cache.get_or_render(key(), broken)
    assert not files(tmp_path)
    np.testing.assert_array_equal(cache.get_or_render(key(), block), block())


@pytest.mark.parametrize(
    "made",
    [np.zeros((2, 1000)), np.zeros(1000, np.float32), np.zeros((2, 1001), np.float32)],
    ids=["float64", "one dimension", "too long"],
)
def test_what_is_no_block_is_refused_by_the_cache(made: Audio, tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match="must be float32 of shape"):
        BlockCache(tmp_path).get_or_render(key(), lambda: made)


def test_a_negative_bound_of_the_cache_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match="0 or more"):
        BlockCache(tmp_path, memory_bytes=-1)


@pytest.mark.parametrize("disk_bytes", [0, 1 << 20])
def test_threads_asking_for_one_block_have_it_rendered_once(
    disk_bytes: int, tmp_path: Path
) -> None:
    cache = BlockCache(tmp_path, disk_bytes=disk_bytes)
    gate = threading.Barrier(16)
    got: list[Audio] = []

    def slow() -> Audio:
        time.sleep(0.1)
        return block()

    def ask() -> None:
        gate.wait()
        got.append(cache.get_or_render(key(), slow))

    threads = [threading.Thread(target=ask) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert cache.stats.misses == 1
    assert cache.stats.hits_shared + cache.stats.hits_memory == 15
    assert all(np.array_equal(audio, block()) for audio in got)


def test_when_the_rendering_thread_fails_one_that_waits_takes_over(tmp_path: Path) -> None:
    cache = BlockCache(tmp_path)
    started, fail = threading.Event(), threading.Event()

    def broken() -> Audio:
        started.set()
        fail.wait(10)
        raise DecodeError("song.flac", "gone")

    def lead() -> None:
        with pytest.raises(DecodeError):
            cache.get_or_render(key(), broken)

    leader = threading.Thread(target=lead)
    leader.start()
    started.wait(10)
    threading.Timer(0.05, fail.set).start()
    np.testing.assert_array_equal(cache.get_or_render(key(), block), block())
    leader.join()


def test_waiting_for_a_thread_is_bounded_and_ends_in_rendering_oneself(tmp_path: Path) -> None:
    cache = BlockCache(tmp_path, wait_s=0.1)
    started, release = threading.Event(), threading.Event()

    def stuck() -> Audio:
        started.set()
        release.wait(20)
        return block()

    leader = threading.Thread(target=cache.get_or_render, args=(key(), stuck))
    leader.start()
    started.wait(10)
    np.testing.assert_array_equal(cache.get_or_render(key(), block), block())
    assert cache.stats.waits_ended == 1
    release.set()
    leader.join()
    assert cache.stats.memory_blocks == 1


def test_the_shared_cache_has_the_folder_and_bounds_of_the_settings(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AURALIS_BLOCKS_MEMORY_BYTES", "1000")
    package_settings.cache_clear()
    cache = shared_cache()
    assert cache.folder == package_settings().cache_dir / "blocks"
    assert (cache.memory_bytes, cache.disk_bytes) == (1000, package_settings().blocks_disk_bytes)
    assert shared_cache() is cache


LONG = 3 * BLOCK_FRAMES + 1234


@pytest.fixture(scope="module")
def long_music() -> Audio:
    rng = np.random.default_rng(440)
    return (0.3 * rng.standard_normal((2, LONG))).astype(np.float32)


@settings(
    max_examples=tries(12),
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(data=st.data())
def test_any_partition_read_through_the_cache_is_the_whole_render(
    data: st.DataObject,
    long_music: Audio,
    plan_factory: Callable[..., Plan],
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    plan = plan_factory()
    whole = Renderer(ArraySource(long_music, 44_100), plan).read(0, LONG)
    cache = BlockCache(
        tmp_path_factory.mktemp("blocks"), memory_bytes=data.draw(st.sampled_from([0, 1 << 30]))
    )
    cuts = [0, *sorted(data.draw(st.lists(st.integers(0, LONG), max_size=5))), LONG]
    spans = data.draw(st.permutations(list(pairwise(cuts))))
    read = {}
    for a, b in spans:
        cached = CachedRenderer(Renderer(ArraySource(long_music, 44_100), plan), cache, "f-1")
        read[a, b] = cached.read(a, b - a)
    joined = np.concatenate([read[span] for span in pairwise(cuts)], axis=1)
    assert joined.tobytes() == whole.tobytes()
    assert cache.stats.misses <= 4


def test_a_cached_track_is_rendered_once_for_all_who_read_it(
    long_music: Audio, plan_factory: Callable[..., Plan], tmp_path: Path
) -> None:
    cache = BlockCache(tmp_path)
    readers = [
        CachedRenderer(Renderer(ArraySource(long_music, 44_100), plan_factory()), cache, "f-1")
        for _ in range(2)
    ]
    for reader in readers:
        assert (reader.rate_hz, reader.channels, reader.total_frames) == (44_100, 2, LONG)
        for start in range(0, LONG, 10_000):
            reader.read(start, 10_000)
    assert cache.stats.misses == 4


@pytest.mark.parametrize(
    ("start", "frames", "expected"),
    [
        (0, 0, 0),
        (5, 0, 0),
        (LONG, 10, 0),
        (LONG - 3, 10, 3),
        (10**12, 10**12, 0),
        (7, 10**12, LONG - 7),
    ],
)
def test_a_cached_read_is_short_only_at_the_end(
    start: int,
    frames: int,
    expected: int,
    long_music: Audio,
    plan_factory: Callable[..., Plan],
    tmp_path: Path,
) -> None:
    source = ArraySource(long_music, 44_100)
    cached = CachedRenderer(Renderer(source, plan_factory()), BlockCache(tmp_path), "f-1")
    assert cached.read(start, frames).shape == (2, expected)


def test_a_track_that_ends_on_the_grid_ends_there_when_cached(
    long_music: Audio, plan_factory: Callable[..., Plan], tmp_path: Path
) -> None:
    source = ArraySource(long_music[:, : 2 * BLOCK_FRAMES], 44_100)
    cached = CachedRenderer(Renderer(source, plan_factory()), BlockCache(tmp_path), "f-1")
    assert cached.read(0, 10**9).shape[1] == 2 * BLOCK_FRAMES


def test_a_bypassing_plan_goes_past_the_cache(
    long_music: Audio, plan_factory: Callable[..., Plan], tmp_path: Path
) -> None:
    cache = BlockCache(tmp_path)
    renderer = Renderer(ArraySource(long_music, 44_100), plan_factory(intensity=0.0))
    read = CachedRenderer(renderer, cache, "f-1").read(10, 1000)
    np.testing.assert_array_equal(read, long_music[:, 10:1010])
    assert cache.stats.misses == 0


def test_a_negative_cached_read_is_refused(
    long_music: Audio, plan_factory: Callable[..., Plan], tmp_path: Path
) -> None:
    renderer = Renderer(ArraySource(long_music, 44_100), plan_factory())
    with pytest.raises(ParameterError, match="0 or more"):
        CachedRenderer(renderer, BlockCache(tmp_path), "f-1").read(-1, 10)
