"""Signals, folders and isolation that every test may use."""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import hypothesis
import numpy as np
import pytest

from auralis_lab.audio import Audio
from auralis_lab.settings import settings

_MEMORY = Path("/dev/shm")
_MEMORY_BYTES = 6 << 30


def _write_to_memory() -> None:
    """Keep temporary files in memory where there is room, which spares a fifth of the time."""
    if "TMPDIR" in os.environ or not os.access(_MEMORY, os.W_OK):
        return
    if shutil.disk_usage(_MEMORY).free > _MEMORY_BYTES:
        os.environ["TMPDIR"] = os.fspath(_MEMORY)
        tempfile.tempdir = None  # what was found before


_write_to_memory()
hypothesis.settings.register_profile("auralis", deadline=None)  # no test runs against a clock
hypothesis.settings.load_profile("auralis")
_HOME = tempfile.TemporaryDirectory(prefix="auralis-tests-")


def pytest_configure() -> None:
    """Give notebooks and servers started by tests folders of their own and Ctrl-C."""
    for name in ("DATA", "CACHE"):
        os.environ[f"AURALIS_{name}_DIR"] = str(Path(_HOME.name) / name.lower())
    if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:  # as in the background of a shell
        signal.signal(signal.SIGINT, signal.default_int_handler)  # so processes started here get it


REPOSITORY = Path(__file__).resolve().parents[1]


@pytest.fixture(autouse=True)
def _own_folders(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    """Give every test folders of its own for data and cache."""
    home = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("AURALIS_DATA_DIR", str(home / "data"))
    monkeypatch.setenv("AURALIS_CACHE_DIR", str(home / "cache"))
    monkeypatch.setenv("AURALIS_CONFIG", str(home / "config.toml"))
    monkeypatch.delenv("AURALIS_LIBRARY", raising=False)
    settings.cache_clear()
    yield
    settings.cache_clear()


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(440)


@pytest.fixture(scope="session")
def shared_audio() -> Path:
    """Real recordings that lie beside the repository on some machines."""
    folder = REPOSITORY.parent / "shared" / "audio"
    if not folder.is_dir():
        pytest.skip("no recordings beside the repository")
    return folder.resolve()


@pytest.fixture
def tone() -> Callable[..., Audio]:
    """Make a sine whose level is its peak in dBFS."""

    def make(
        hz: float,
        seconds: float,
        rate_hz: int = 44_100,
        channels: int = 2,
        level_dbfs: float = -20.0,
    ) -> Audio:
        n = np.arange(round(seconds * rate_hz))
        x = 10 ** (level_dbfs / 20) * np.sin(2 * np.pi * hz / rate_hz * n)
        return np.repeat(x[np.newaxis].astype(np.float32), channels, axis=0)

    return make


@pytest.fixture
def pink(rng: np.random.Generator) -> Callable[..., Audio]:
    """Make pink noise, independent per channel, whose level is its RMS in dBFS."""

    def make(
        seconds: float, rate_hz: int = 44_100, channels: int = 2, level_dbfs: float = -20.0
    ) -> Audio:
        frames = round(seconds * rate_hz)
        spectrum = np.fft.rfft(rng.standard_normal((channels, frames)))
        spectrum /= np.sqrt(np.maximum(np.arange(spectrum.shape[1]), 1))
        x = np.fft.irfft(spectrum, frames)
        x *= 10 ** (level_dbfs / 20) / np.sqrt(np.mean(x**2))
        return x.astype(np.float32)

    return make
