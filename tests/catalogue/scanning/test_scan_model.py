"""Scans of a folder that changes in any way, against a model of what is there."""

from __future__ import annotations

import shutil
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

import hypothesis.strategies as st
import mutagen
import numpy as np
import soundfile
from hypothesis import HealthCheck, settings
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from auralis_lab.catalogue.scanning.scan import scan
from auralis_lab.catalogue.store import Catalogue
from auralis_lab.catalogue.text import path_from_text
from auralis_lab.io.payload import audio_key
from tests.thorough import tries

NAMES = [f"{folder}/{n}.flac" for folder in ("a", "b") for n in range(3)]
CONTENTS = range(8)


@cache
def _pool() -> Path:
    """Short recordings, each with audio of its own."""
    folder = Path(tempfile.mkdtemp(prefix="auralis-model-"))
    rng = np.random.default_rng(440)
    for n in CONTENTS:
        soundfile.write(folder / f"{n}.flac", 0.1 * rng.standard_normal(800), 8_000)
    return folder


class Folder(RuleBasedStateMachine):
    """A music folder, what is done to it, and what a scan must make of it."""

    def __init__(self) -> None:
        super().__init__()
        self.home = Path(tempfile.mkdtemp(prefix="auralis-model-"))
        self.root = self.home / "music"
        self.catalogue = Catalogue(self.home / "catalogue.duckdb")
        self.titles = 0
        self.scanned = True

    def teardown(self) -> None:
        self.catalogue.close()
        shutil.rmtree(self.home)

    @initialize()
    def begin(self) -> None:
        for name, content in zip(NAMES[:3], CONTENTS, strict=False):
            self._create(name, content)
        scan(self.catalogue, self.root)

    def _create(self, name: str, content: int) -> None:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        shutil.copyfile(_pool() / f"{content}.flac", path)
        self._retag(path)

    def _retag(self, path: Path) -> None:
        self.titles += 1
        file = mutagen.File(path)
        file["title"] = f"title {self.titles}"
        file.save()

    def _files(self) -> list[Path]:
        return sorted(self.root.rglob("*.flac")) if self.root.exists() else []

    def mounted(self) -> bool:
        """Whether there is anything in the folder, so that it can be worked on."""
        return bool(self._files())

    @precondition(mounted)
    @rule(name=st.sampled_from(NAMES), content=st.sampled_from(CONTENTS))
    def put(self, name: str, content: int) -> None:
        """Create a file, or change the audio of one."""
        self._create(name, content)
        self.scanned = False

    @precondition(mounted)
    @rule(data=st.data())
    def retag(self, data: Any) -> None:
        self._retag(data.draw(st.sampled_from(self._files())))
        self.scanned = False

    @precondition(mounted)
    @rule(data=st.data(), name=st.sampled_from(NAMES))
    def move(self, data: Any, name: str) -> None:
        """Rename a file, maybe over another one, maybe changing its tags on the way."""
        path = data.draw(st.sampled_from(self._files()))
        (self.root / name).parent.mkdir(exist_ok=True)
        path = path.rename(self.root / name)
        if data.draw(st.booleans()):
            self._retag(path)
        self.scanned = False

    @precondition(mounted)
    @rule(data=st.data())
    def swap(self, data: Any) -> None:
        one, other = (data.draw(st.sampled_from(self._files())) for _ in range(2))
        one.rename(self.home / "aside")
        if one != other:
            other.rename(one)
        (self.home / "aside").rename(other)
        self.scanned = False

    @precondition(lambda self: len(self._files()) > 1)
    @rule(data=st.data())
    def delete(self, data: Any) -> None:
        data.draw(st.sampled_from(self._files())).unlink()
        self.scanned = False

    @precondition(mounted)
    @rule()
    def unmount(self) -> None:
        """Take the folder away, and leave an empty one."""
        before = self._rows()
        self.root.rename(self.home / "unplugged")
        self.root.mkdir()
        report = scan(self.catalogue, self.root)
        assert report.outcomes == ()
        assert self._rows() == before

    @precondition(lambda self: (self.home / "unplugged").exists())
    @rule()
    def restore(self) -> None:
        self.root.rmdir()
        (self.home / "unplugged").rename(self.root)

    @precondition(mounted)
    @rule()
    def look(self) -> None:
        """Scan, and compare the catalogue with the folder."""
        before = self._rows()
        report = scan(self.catalogue, self.root)
        after = self._rows()
        there = {path_from_text(path): row for path, *row in after if row[-1] is None}
        files = self._files()
        assert sorted(there) == sorted(map(str, files))
        for path in files:
            key, title = there[str(path)][1:3]
            assert key == audio_key(path)
            assert title == mutagen.File(path)["title"][0]
        counts = report.counts
        assert counts["failed"] == counts["skipped"] == 0
        assert sum(counts.values()) - counts["missing"] == len(files)
        self._check_identity(before, after)
        again = scan(self.catalogue, self.root)
        assert again.counts["unchanged"] == len(files)
        assert sum(again.counts.values()) - again.counts["missing"] == len(files)
        self.scanned = True

    def _check_identity(self, before: list[tuple[Any, ...]], after: list[tuple[Any, ...]]) -> None:
        """Audio that there was once and is once has the id it had."""
        assert len({row[1] for row in after}) == len(after)
        assert {row[1] for row in before} <= {row[1] for row in after}
        for _, id_, key, _, missing in after:
            had = [row[1] for row in before if row[2] == key]
            now = [row for row in after if row[2] == key]
            if missing is None and len(had) == len(now) == 1:
                assert [id_] == had

    @invariant()
    def no_name_is_used_twice(self) -> None:
        there = [path for path, *_, missing in self._rows() if missing is None]
        assert len(there) == len(set(there))

    def _rows(self) -> list[tuple[Any, ...]]:
        with self.catalogue.session() as s:
            return s.rows(
                "SELECT path, id, content_key, title, missing_since FROM tracks ORDER BY id"
            )


TestFolder = Folder.TestCase
TestFolder.settings = settings(
    max_examples=tries(20),
    stateful_step_count=14,
    suppress_health_check=list(HealthCheck),
)
