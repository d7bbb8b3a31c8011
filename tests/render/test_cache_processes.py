"""Rendered blocks kept by what they are, shared by processes that may die."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from auralis_lab.audio import Audio
from auralis_lab.render.cache import BlockCache, BlockKey
from auralis_lab.render.renderer import ENGINE_VERSION

PRELUDE = f"""
import os, sys, threading, time
from pathlib import Path
import numpy as np
from auralis_lab.render.cache import BlockCache, BlockKey
folder = Path(sys.argv[1])
def key(n=0):
    return BlockKey("f-1", "plan", {ENGINE_VERSION}, n * 1000, 1000)
def block(n=0):
    return np.random.default_rng(n).standard_normal((2, 1000)).astype(np.float32)
"""


def key(n: int = 0) -> BlockKey:
    return BlockKey("f-1", "plan", ENGINE_VERSION, n * 1000, 1000)


def block(n: int = 0) -> Audio:
    return np.random.default_rng(n).standard_normal((2, 1000)).astype(np.float32)


def start(code: str, folder: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", PRELUDE + textwrap.dedent(code), str(folder)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def finish(process: subprocess.Popen[str]) -> str:
    out, errors = process.communicate(timeout=60)
    assert process.returncode == 0, errors
    return out.strip()


def wait_for(path: Path, process: subprocess.Popen[str] | None = None) -> None:
    until = time.monotonic() + 30
    while not path.exists():
        if process is not None and process.poll() is not None:
            raise AssertionError(process.communicate()[1])
        assert time.monotonic() < until, f"{path.name} never came"
        time.sleep(0.01)


def test_four_processes_of_sixteen_threads_render_a_cached_block_once(tmp_path: Path) -> None:
    code = """
    cache = BlockCache(folder / "blocks", wait_s=30.0)
    def slow():
        with open(folder / "rendered", "ab", buffering=0) as log:
            log.write(b"x")
        time.sleep(0.5)
        return block()
    def ask():
        assert cache.get_or_render(key(), slow).tobytes() == block().tobytes()
        done.append(1)
    done = []
    (folder / f"ready-{os.getpid()}").touch()
    while not (folder / "go").exists():
        time.sleep(0.005)
    threads = [threading.Thread(target=ask) for _ in range(16)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    stats = cache.stats
    print(len(done), stats.misses,
          stats.misses + stats.hits_disk + stats.hits_memory + stats.hits_shared)
    """
    processes = [start(code, tmp_path) for _ in range(4)]
    for process in processes:
        wait_for(tmp_path / f"ready-{process.pid}", process)
    (tmp_path / "go").touch()
    lines = [finish(process).split() for process in processes]
    assert (tmp_path / "rendered").read_bytes() == b"x"
    assert [line[0] for line in lines] == ["16"] * 4
    assert sum(int(line[1]) for line in lines) == 1
    assert sum(int(line[2]) for line in lines) == 64


STUCK = """
cache = BlockCache(folder / "blocks")
def never():
    (folder / "started").touch()
    time.sleep(60)
cache.get_or_render(key(), never)
"""


def test_a_renderer_killed_at_work_keeps_nobody_waiting_for_the_cache(tmp_path: Path) -> None:
    process = start(STUCK, tmp_path)
    wait_for(tmp_path / "started", process)
    cache = BlockCache(tmp_path / "blocks", wait_s=30.0)
    got: list[Audio] = []
    waiting = threading.Thread(target=lambda: got.append(cache.get_or_render(key(), block)))
    waiting.start()
    time.sleep(0.2)
    assert not got
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    killed_at_s = time.monotonic()
    waiting.join()
    assert time.monotonic() - killed_at_s < 5
    np.testing.assert_array_equal(got[0], block())
    assert (cache.stats.misses, cache.stats.waits_ended) == (1, 0)


def test_waiting_for_another_process_is_bounded_and_ends_in_rendering_for_the_cache(
    tmp_path: Path,
) -> None:
    process = start(STUCK, tmp_path)
    try:
        wait_for(tmp_path / "started", process)
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
        process.communicate()


def test_writers_killed_at_random_leave_only_whole_blocks_in_the_cache(tmp_path: Path) -> None:
    code = """
    cache = BlockCache(folder / "blocks", memory_bytes=0, disk_bytes=200_000)
    (folder / f"ready-{os.getpid()}").touch()
    for n in range(100_000):
        cache.get_or_render(key(n % 60), lambda: block(n % 60))
    """
    for delay_s in (0.05, 0.13, 0.21):
        process = start(code, tmp_path)
        wait_for(tmp_path / f"ready-{process.pid}", process)
        time.sleep(delay_s)
        process.kill()
        process.communicate()
    cache = BlockCache(tmp_path / "blocks", memory_bytes=0, disk_bytes=200_000)
    for n in range(60):
        np.testing.assert_array_equal(cache.get_or_render(key(n), lambda n=n: block(n)), block(n))  # type: ignore[misc]
    assert (cache.stats.damaged, cache.stats.disk_errors) == (0, 0)
    sizes = [path.stat().st_size for path in (tmp_path / "blocks").iterdir()]
    assert sum(sizes) <= 200_000 + 8
    assert not list((tmp_path / "blocks").glob("*.part"))


def test_processes_that_write_at_once_keep_the_bound_of_the_cache_together(tmp_path: Path) -> None:
    code = """
    cache = BlockCache(folder / "blocks", memory_bytes=0, disk_bytes=100_000)
    base = os.getpid() * 1000
    for n in range(base, base + 150):
        cache.get_or_render(key(n), lambda: block(n))
    print(cache.stats.disk_errors)
    """
    processes = [start(code, tmp_path) for _ in range(3)]
    largest = 0
    while any(process.poll() is None for process in processes):
        total = 0
        for path in (tmp_path / "blocks").glob("e*"):
            try:
                total += path.stat().st_size
            except FileNotFoundError:  # evicted since it was listed
                continue
        largest = max(largest, total)
        time.sleep(0.01)
    assert [finish(process) for process in processes] == ["0"] * 3
    held = sum(path.stat().st_size for path in (tmp_path / "blocks").glob("e*"))
    assert 50_000 < held <= 100_000
    assert largest <= 100_000 + 3 * 8_100  # a listing is not one moment


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_a_forked_child_shares_the_disk_and_waits_for_no_thread_of_its_parent(
    tmp_path: Path,
) -> None:
    code = """
    cache = BlockCache(folder / "blocks", wait_s=20.0)
    cache.get_or_render(key(1), lambda: block(1))
    started, release = threading.Event(), threading.Event()
    def slow():
        started.set()
        release.wait(30)
        return block()
    leader = threading.Thread(target=cache.get_or_render, args=(key(), slow))
    leader.start()
    started.wait(30)
    child = os.fork()
    if child == 0:
        before = time.monotonic()
        kept = cache.get_or_render(key(1), lambda: None)
        assert kept.tobytes() == block(1).tobytes()
        assert cache.stats.hits_disk == 1
        cache.get_or_render(key(2), lambda: block(2))
        assert time.monotonic() - before < 10
        cache.get_or_render(key(), lambda: 1 / 0)  # waits for the parent, as any process would
        assert cache.stats.hits_disk == 2
        os._exit(7)
    time.sleep(0.3)
    release.set()
    leader.join()
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 7
    cache.get_or_render(key(2), lambda: None)
    print(cache.stats.misses, cache.stats.hits_disk)
    """
    assert finish(start(code, tmp_path)) == "2 1"


def test_cleared_by_one_process_the_disk_cache_is_empty_for_others(tmp_path: Path) -> None:
    finish(start("BlockCache(folder).get_or_render(key(), block)", tmp_path))
    cache = BlockCache(tmp_path, memory_bytes=0)
    cache.get_or_render(key(), block)
    assert cache.stats.hits_disk == 1
    finish(start("BlockCache(folder).clear()", tmp_path))
    cache.get_or_render(key(), block)
    assert cache.stats.misses == 1
