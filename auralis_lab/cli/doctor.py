"""What `auralis doctor` looks at."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Literal

from auralis_lab.errors import ParameterError
from auralis_lab.settings import settings

__all__ = ["Check", "check_all"]

CORE = ("numpy", "scipy", "numba", "soundfile", "duckdb", "mutagen", "pydantic", "matplotlib")
LAB = ("jupyterlab", "ipykernel", "ipywidgets", "anywidget", "voila")
FORMATS = ("WAV", "AIFF", "FLAC", "OGG", "MP3")
BROWSERS = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "firefox",
    "safari",
    "xdg-open",
    "open",
)


@dataclass(frozen=True)
class Check:
    """One finding.

    Attributes
    ----------
    verdict : {'ok', 'note', 'fail'}
        A note leaves something optional out; a failure is in the way.
    what, finding : str
        The subject, and what is true of it.
    """

    verdict: Literal["ok", "note", "fail"]
    what: str
    finding: str


def check_all() -> tuple[Check, ...]:
    """Look at everything the package needs from its surroundings."""
    return (
        _python(),
        *_packages(),
        _codecs(),
        _ffmpeg(),
        _browser(),
        *_folders(),
    )


def _python() -> Check:
    supported = (3, 11) <= sys.version_info[:2] <= (3, 13)
    finding = f"{platform.python_version()} on {platform.system()} {platform.machine()}"
    return Check("ok" if supported else "fail", "Python", f"{finding} (3.11 to 3.13 are supported)")


def _packages() -> list[Check]:
    return [
        _package_group("core packages", CORE, "fail"),
        _package_group("lab packages", LAB, "note"),
    ]


def _package_group(what: str, names: tuple[str, ...], absent: Literal["note", "fail"]) -> Check:
    found, missing = [], []
    for name in names:
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            missing.append(name)
    if missing:
        return Check(absent, what, f"missing: {', '.join(missing)}; pip install 'auralis_lab[lab]'")
    return Check("ok", what, ", ".join(found))


def _codecs() -> Check:
    try:
        import soundfile as sf
    except (ImportError, OSError) as error:
        return Check("fail", "codecs", f"libsndfile cannot be loaded: {error}")
    formats = sf.available_formats()
    missing = [name for name in FORMATS if name not in formats]
    if "OPUS" not in sf.available_subtypes("OGG"):
        missing.append("OPUS")
    text = f"libsndfile {sf.__libsndfile_version__}: {', '.join([*FORMATS, 'OPUS'])}"
    if missing:
        return Check("fail", "codecs", f"{text}; without {', '.join(missing)}")
    return Check("ok", "codecs", text)


def _ffmpeg() -> Check:
    path = shutil.which("ffmpeg")
    if path is None:
        return Check("note", "ffmpeg", "not found: M4A and other containers cannot be opened")
    try:
        run = subprocess.run(
            [path, "-version"], capture_output=True, text=True, timeout=20, check=True
        )
    except (OSError, subprocess.SubprocessError) as error:
        return Check("note", "ffmpeg", f"{path} does not run: {error}")
    words = run.stdout.split(maxsplit=3)
    return Check("ok", "ffmpeg", f"{words[2] if len(words) > 2 else 'unknown version'} at {path}")


def _browser() -> Check:
    found = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    if found is None:
        return Check("note", "browser", "none found: open the player's address from another window")
    return Check("ok", "browser", found)


def _folders() -> list[Check]:
    try:
        known = settings()
    except ParameterError as error:
        return [Check("fail", "settings", str(error))]
    return [_folder("data folder", known.data_dir), _folder("cache folder", known.cache_dir)]


def _folder(what: str, folder: Path) -> Check:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder) as probe:
            probe.write(b"probe")
        free = shutil.disk_usage(folder).free
    except OSError as error:
        return Check(
            "fail", what, f"{folder} cannot be written to: {os.strerror(error.errno or 0)}"
        )
    verdict: Literal["ok", "note"] = "ok" if free > 2 << 30 else "note"
    return Check(verdict, what, f"{folder}, {free / (1 << 30):.0f} GiB free")
