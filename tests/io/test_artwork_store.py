"""Small pictures are made once, kept within bounds, and can be lost at any time."""

from __future__ import annotations

import hashlib
import os
import random
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from auralis_lab.errors import ParameterError
from auralis_lab.io.artworkstore import SIZES_PX, kept_thumbnail
from auralis_lab.settings import settings

Limited = Callable[[int], None]


@pytest.fixture
def limited(monkeypatch: pytest.MonkeyPatch) -> Limited:
    """Set how many bytes may be kept."""

    def limit(count: int) -> None:
        monkeypatch.setenv("AURALIS_ARTWORK_MAX_BYTES", str(count))
        settings.cache_clear()

    return limit


def picture(seed: int = 0, size: int = 300) -> bytes:
    noise = np.random.default_rng(seed).integers(0, 255, (size, size, 3), np.uint8)
    out = BytesIO()
    Image.fromarray(noise).save(out, "PNG")
    return out.getvalue()


class Original:
    """A picture that counts how often it is asked for."""

    def __init__(self, data: bytes | None) -> None:
        self.data = data
        self.key = hashlib.sha256(data or b"").hexdigest()[:32]
        self.loads = 0

    def __call__(self) -> bytes | None:
        self.loads += 1
        return self.data

    def thumbnail(self, size_px: int = 64) -> bytes | None:
        return kept_thumbnail(self.key, size_px, self)


def kept() -> list[Path]:
    return sorted((settings().cache_dir / "artwork").rglob("*.thumb"))


def kept_bytes() -> int:
    return sum(path.stat().st_size for path in kept())


def side(jpeg: bytes | None) -> int:
    assert jpeg is not None
    with Image.open(BytesIO(jpeg)) as image:
        return image.width


def test_the_next_size_up_is_made_once_and_kept() -> None:
    original = Original(picture(size=1100))
    steps = {16: 64, 64: 64, 65: 128, 200: 256, 256: 256, 300: 512, 513: 1024, 1024: 1024}
    for _ in range(2):
        assert {asked: side(original.thumbnail(asked)) for asked in steps} == steps
    assert original.loads == len(SIZES_PX) == len(kept())


@pytest.mark.parametrize("size_px", [15, 1025, 64.0, True])
def test_a_size_out_of_range_is_refused_and_nothing_loaded(size_px: int) -> None:
    original = Original(picture())
    with pytest.raises(ParameterError):
        original.thumbnail(size_px)
    assert original.loads == 0


def test_a_picture_that_cannot_be_shown_is_tried_once() -> None:
    original = Original(b"no picture")
    assert [original.thumbnail(), original.thumbnail()] == [None, None]
    assert original.loads == 1


def test_a_picture_that_cannot_be_had_is_tried_again() -> None:
    original = Original(None)
    assert [original.thumbnail(), original.thumbnail()] == [None, None]
    assert original.loads == 2
    assert kept() == []


def test_an_error_of_whoever_loads_passes_and_leaves_nothing() -> None:
    def broken() -> bytes:
        raise RuntimeError("no such luck")

    with pytest.raises(RuntimeError):
        kept_thumbnail("a" * 32, 64, broken)
    assert kept() == []
    assert side(kept_thumbnail("a" * 32, 64, picture)) == 64


@pytest.mark.parametrize("damage", ["empty", "cut", "flipped", "longer", "foreign"])
def test_a_file_that_is_damaged_is_made_again(damage: str) -> None:
    original = Original(picture())
    expected = original.thumbnail()
    (path,) = kept()
    data = path.read_bytes()
    flipped = data[:-40] + bytes([data[-40] ^ 1]) + data[-39:]
    ways = {"empty": b"", "cut": data[:-1], "flipped": flipped, "longer": data + b"x"}
    path.write_bytes(ways.get(damage, b"\xff\xd8\xff something else"))
    assert original.thumbnail() == expected
    assert original.loads == 2
    assert path.read_bytes() == data


def test_anything_may_be_deleted_at_any_time() -> None:
    original = Original(picture())
    expected = original.thumbnail()
    kept()[0].unlink()
    assert original.thumbnail() == expected
    shutil.rmtree(settings().cache_dir)
    assert original.thumbnail() == expected
    assert original.loads == 3


def test_without_a_place_to_keep_them_pictures_are_shown_all_the_same() -> None:
    settings().cache_dir.parent.mkdir(parents=True, exist_ok=True)
    settings().cache_dir.write_text("in the way")
    original = Original(picture())
    assert side(original.thumbnail()) == side(original.thumbnail()) == 64
    assert original.loads == 2


def test_threads_that_ask_together_have_a_picture_made_once() -> None:
    original = Original(picture(size=1500))
    start = threading.Barrier(12)

    def ask() -> bytes | None:
        start.wait()
        return original.thumbnail(512)

    with ThreadPoolExecutor(12) as pool:
        jpegs = {future.result() for future in [pool.submit(ask) for _ in range(12)]}
    assert len(jpegs) == 1
    assert original.loads == 1


CHILD = """
import os, sys, time
from auralis_lab.io.artworkstore import kept_thumbnail
source, log, start_s = sys.argv[1:]
def load():
    fd = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.write(fd, b"x")
    os.close(fd)
    return open(source, "rb").read()
time.sleep(max(0.0, float(start_s) - time.time()))
sys.stdout.buffer.write(kept_thumbnail("ab" * 16, 256, load))
"""


def test_processes_that_ask_together_have_a_picture_made_once(tmp_path: Path) -> None:
    source, log = tmp_path / "source.png", tmp_path / "log"
    source.write_bytes(picture(size=2_000))
    command = [sys.executable, "-c", CHILD, str(source), str(log), str(time.time() + 1.0)]
    children = [subprocess.Popen(command, stdout=subprocess.PIPE) for _ in range(5)]
    answers = {child.communicate()[0] for child in children}
    assert [child.returncode for child in children] == [0] * 5
    assert len(answers) == 1
    assert side(answers.pop()) == 256
    assert log.read_bytes() == b"x"


def test_the_least_recently_used_go_first(limited: Limited) -> None:
    originals = [Original(picture(seed)) for seed in range(12)]
    originals[0].thumbnail()
    one = kept_bytes()
    limited(10 * one)
    for n, original in enumerate(originals[1:10], 1):
        original.thumbnail()
        os.utime(kept_path(original), (time.time() - 10_000 + n,) * 2)
    os.utime(kept_path(originals[0]), (time.time() - 20_000,) * 2)
    originals[0].thumbnail()  # used again, so no longer the oldest
    for original in originals[10:]:
        original.thumbnail()
    assert kept_bytes() <= 10 * one
    left = [o for o in originals if kept_path(o).exists()]
    assert originals[0] in left
    assert originals[11] in left
    gone = [n for n, o in enumerate(originals) if o not in left]
    assert gone == list(range(1, 1 + len(gone)))
    assert 2 <= len(gone) <= 4


def kept_path(original: Original) -> Path:
    return settings().cache_dir / "artwork" / original.key[:2] / f"{original.key}-64.thumb"


def test_the_folder_stays_within_its_bounds(limited: Limited) -> None:
    random.seed(440)
    Original(picture()).thumbnail()
    one = kept_bytes()
    limited(100 * one)
    for seed in range(150):
        Original(picture(seed, 70)).thumbnail()
    assert kept_bytes() <= 110 * one


def test_nothing_is_kept_where_nothing_may_be(limited: Limited) -> None:
    limited(0)
    assert side(Original(picture()).thumbnail()) == 64
    assert kept() == []


def test_what_killed_makers_left_goes(limited: Limited) -> None:
    Original(picture()).thumbnail()
    old, new = (kept()[0].with_name(f".{name}.part") for name in ("old", "new"))
    old.write_bytes(b"x")
    new.write_bytes(b"x")
    os.utime(old, (time.time() - 100_000,) * 2)
    limited(kept_bytes() * 30)
    Original(picture(1)).thumbnail()
    assert not old.exists()
    assert new.exists()
