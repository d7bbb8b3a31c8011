"""Rendered blocks kept by what they are, shared by processes that may die."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import numpy as np

from auralis_lab.audio import Audio
from auralis_lab.render.cache import BlockCache, BlockKey
from auralis_lab.render.renderer import ENGINE_VERSION

FORK = multiprocessing.get_context("fork")


def key(n: int = 0) -> BlockKey:
    return BlockKey("f-1", "plan", ENGINE_VERSION, n * 1000, 1000)


def block(n: int = 0) -> Audio:
    return np.random.default_rng(n).standard_normal((2, 1000)).astype(np.float32)


def start(target: Callable[..., None], *arguments: Any) -> BaseProcess:
    process = FORK.Process(target=target, args=arguments, daemon=True)
    process.start()
    return process


def finish(process: BaseProcess) -> None:
    process.join(60)
    assert process.exitcode == 0


def wait_for(path: Path) -> None:
    until = time.monotonic() + 30
    while not path.exists():
        assert time.monotonic() < until, f"{path.name} never came"
        time.sleep(0.005)


def ask_at_once(folder: Path, name: int) -> None:
    """Sixteen threads ask for one block; writes down how many got it and how they did."""
    cache = BlockCache(folder / "blocks", wait_s=30.0)
    got: list[bytes] = []

    def slow() -> Audio:
        with (folder / "rendered").open("ab", buffering=0) as log:
            log.write(b"x")
        time.sleep(0.5)
        return block()

    def ask() -> None:
        got.append(cache.get_or_render(key(), slow).tobytes())

    threads = [threading.Thread(target=ask) for _ in range(16)]
    (folder / f"ready-{name}").touch()
    wait_for(folder / "go")
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    stats = cache.stats
    assert got == [block().tobytes()] * 16
    assert stats.misses + stats.hits_disk + stats.hits_memory + stats.hits_shared == 16
    (folder / f"misses-{name}").write_text(str(stats.misses))


def test_four_processes_of_sixteen_threads_render_a_cached_block_once(tmp_path: Path) -> None:
    processes = [start(ask_at_once, tmp_path, name) for name in range(4)]
    for name in range(4):
        wait_for(tmp_path / f"ready-{name}")
    (tmp_path / "go").touch()
    for process in processes:
        finish(process)
    assert (tmp_path / "rendered").read_bytes() == b"x"
    assert sum(int((tmp_path / f"misses-{name}").read_text()) for name in range(4)) == 1


def stuck(folder: Path) -> None:
    def never() -> Audio:
        (folder / "started").touch()
        time.sleep(60)
        return block()

    BlockCache(folder / "blocks").get_or_render(key(), never)


def test_a_renderer_killed_at_work_keeps_nobody_waiting_for_the_cache(tmp_path: Path) -> None:
    process = start(stuck, tmp_path)
    wait_for(tmp_path / "started")
    cache = BlockCache(tmp_path / "blocks", wait_s=30.0)
    got: list[Audio] = []
    waiting = threading.Thread(target=lambda: got.append(cache.get_or_render(key(), block)))
    waiting.start()
    time.sleep(0.2)
    assert not got
    assert process.pid is not None
    os.kill(process.pid, signal.SIGKILL)
    killed_at_s = time.monotonic()
    waiting.join()
    assert time.monotonic() - killed_at_s < 5
    np.testing.assert_array_equal(got[0], block())
    assert (cache.stats.misses, cache.stats.waits_ended) == (1, 0)
    process.join()


def test_waiting_for_another_process_is_bounded_and_ends_in_rendering_for_the_cache(
    tmp_path: Path,
) -> None:
    process = start(stuck, tmp_path)
    try:
        wait_for(tmp_path / "started")
        cache = BlockCache(tmp_path / "blocks", wait_s=0.3)
        begun_s = time.monotonic()
        np.testing.assert_array_equal(cache.get_or_render(key(), block), block())
        assert 0.3 <= time.monotonic() - begun_s < 10
        assert (cache.stats.misses, cache.stats.waits_ended) == (1, 1)
        begun_s = time.monotonic()
        cache.get_or_render(key(1), lambda: block(1))
        assert time.monotonic() - begun_s < 0.3
    finally:
        process.kill()
        process.join()


def write_many(folder: Path, first: int, count: int, distinct: int) -> None:
    cache = BlockCache(folder, memory_bytes=0, disk_bytes=200_000)
    for n in range(first, first + count):
        cache.get_or_render(key(n % distinct), lambda n=n: block(n % distinct))  # type: ignore[misc]
    assert cache.stats.disk_errors == 0


def test_writers_killed_at_random_leave_only_whole_blocks_in_the_cache(tmp_path: Path) -> None:
    for delay_s in (0.03, 0.06, 0.1, 0.13, 0.21):
        process = start(write_many, tmp_path, 0, 1_000_000, 60)
        time.sleep(delay_s)
        process.kill()
        process.join()
    cache = BlockCache(tmp_path, memory_bytes=0, disk_bytes=200_000)
    for n in range(60):
        audio = cache.get_or_render(key(n), lambda n=n: block(n))  # type: ignore[misc]
        np.testing.assert_array_equal(audio, block(n))
    assert (cache.stats.damaged, cache.stats.disk_errors) == (0, 0)
    assert sum(path.stat().st_size for path in tmp_path.glob("e*")) <= 200_000
    assert not list(tmp_path.glob("*.part"))


def test_processes_that_write_at_once_keep_the_bound_of_the_cache_together(tmp_path: Path) -> None:
    processes = [start(write_many, tmp_path, n * 1000, 100, 10_000) for n in range(4)]
    for process in processes:
        finish(process)
    held = sum(path.stat().st_size for path in tmp_path.glob("e*"))
    assert 150_000 < held <= 200_000


def test_a_forked_child_shares_the_disk_and_waits_for_no_thread_of_its_parent(
    tmp_path: Path,
) -> None:
    cache = BlockCache(tmp_path, wait_s=20.0)
    cache.get_or_render(key(1), lambda: block(1))
    started, release = threading.Event(), threading.Event()

    def slow() -> Audio:
        started.set()
        release.wait(30)
        return block()

    def forbidden() -> Audio:
        raise AssertionError("this block should have been kept")

    def child() -> None:
        np.testing.assert_array_equal(cache.get_or_render(key(1), forbidden), block(1))
        assert cache.stats.hits_disk == 1
        cache.get_or_render(key(2), lambda: block(2))
        (tmp_path / "free").touch()
        cache.get_or_render(key(), forbidden)  # waits for the parent, as any process would
        assert cache.stats.hits_disk == 2

    leader = threading.Thread(target=cache.get_or_render, args=(key(), slow))
    leader.start()
    started.wait(30)
    process = start(child)
    wait_for(tmp_path / "free")
    release.set()
    leader.join()
    finish(process)
    cache.get_or_render(key(2), forbidden)
    assert (cache.stats.misses, cache.stats.hits_disk) == (2, 1)


def test_cleared_by_one_process_the_disk_cache_is_empty_for_others(tmp_path: Path) -> None:
    finish(start(write_many, tmp_path, 0, 1, 1))
    cache = BlockCache(tmp_path, memory_bytes=0)
    cache.get_or_render(key(), block)
    assert cache.stats.hits_disk == 1
    finish(start(lambda: BlockCache(tmp_path).clear()))
    cache.get_or_render(key(), block)
    assert cache.stats.misses == 1
