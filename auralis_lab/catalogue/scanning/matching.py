"""Which track a file is that a scan has read.

Conventions: paths are stored text. A track is its audio, so it keeps its id, and with it plays,
favourites and places in playlists, when its tags change, when its file goes elsewhere, and when
files swap names. A file that is known under its name and holds other audio than before is settled
only when all others have been read, for its track may turn up under another name.
"""

from __future__ import annotations

import os
from collections.abc import Sequence

from auralis_lab.catalogue.scanning.intake import (
    BATCH_ROWS,
    Placement,
    ScanRun,
    StoredTrack,
)
from auralis_lab.catalogue.scanning.reading import FileFacts
from auralis_lab.catalogue.scanning.report import FileOutcome, Outcome
from auralis_lab.catalogue.scanning.walk import FoundFile
from auralis_lab.catalogue.text import path_from_text, path_to_text
from auralis_lab.errors import DecodeError

__all__ = ["Matching"]

MAX_UNSETTLED = 4_000
"""More files with other audio than before are no renaming; they are settled as they come."""


class Matching:
    """The files of one scan and the tracks they are.

    Parameters
    ----------
    run : ScanRun
        Where to ask and to store, with the tracks that are known below the scanned folder.
    found : dict of str to FileOutcome
        Outcomes by the file's path, filled as they are decided.

    Attributes
    ----------
    moved_ids : set of int
        Tracks that were found under another name.
    displaced : dict of str to int
        Tracks whose name another file has now and that were found nowhere, by path.
    """

    def __init__(self, run: ScanRun, found: dict[str, FileOutcome]) -> None:
        self._run = run
        self._known = run.known
        self._found = found
        self._unread: set[str] = set()
        self._new_here: dict[str, str] = {}
        self._unsettled: dict[str, tuple[FoundFile, FileFacts, StoredTrack]] = {}
        self.moved_ids: set[int] = set()
        self.displaced: dict[str, int] = {}

    def expect(self, files: Sequence[FoundFile]) -> None:
        """Take note of the files that will be read."""
        self._unread = {path_to_text(file.path) for file in files} & self._known.keys()

    def take(self, batch: Sequence[tuple[FoundFile, FileFacts]]) -> None:
        """Place files that were read, at most 500; store those that are settled."""
        if not batch:
            return
        paths = [facts.path for _, facts in batch if facts.path in self._known]
        new_keys = [facts.content_key for _, facts in batch if facts.path not in self._known]
        at_path, by_key = self._run.look_up(paths, new_keys)
        placements: list[Placement] = []
        remeasure: list[str] = []
        self._new_here.clear()
        for file, facts in batch:
            self._unread.discard(facts.path)
            here = at_path.get(facts.path)
            if here is None:
                placements.append(self._placed_new(file, facts, by_key))
            elif here.mtime_ns < 0:
                self._tell(file, "changed", "read anew for this version of the catalogue")
                placements.append(Placement(facts, here))
            elif here.content_key != facts.content_key:
                self._unsettled[facts.path] = (file, facts, here)
            else:
                if self._tell_same(file, facts, here):
                    remeasure.append(facts.content_key)
                placements.append(Placement(facts, here))
        self._run.store(placements, remeasure=remeasure)
        if len(self._unsettled) >= MAX_UNSETTLED:
            self.settle()

    def settle(self) -> None:
        """Decide what the files are that hold other audio than before."""
        waiting = list(self._unsettled.values())
        left: list[tuple[FoundFile, FileFacts, StoredTrack]] = []
        for start in range(0, len(waiting), BATCH_ROWS):
            part = waiting[start : start + BATCH_ROWS]
            _, by_key = self._run.look_up([], [facts.content_key for _, facts, _ in part])
            placements = []
            for file, facts, here in part:
                moved = self._moved_here(facts, by_key)
                if moved is None:
                    left.append((file, facts, here))
                    continue
                self._new_here[facts.content_key] = facts.path
                placements.append(Placement(facts, moved))
                self.displaced[facts.path] = here.id
            ids = {placement.facts.path for placement in placements}
            taken = [id_ for path, id_ in self.displaced.items() if path in ids]
            self._run.store(
                placements, displaced=[id_ for id_ in taken if id_ not in self.moved_ids]
            )
        for start in range(0, len(left), BATCH_ROWS):
            self._settle_unmatched(left[start : start + BATCH_ROWS])
        self._unsettled.clear()
        self.displaced = {p: i for p, i in self.displaced.items() if i not in self.moved_ids}

    def _settle_unmatched(self, part: list[tuple[FoundFile, FileFacts, StoredTrack]]) -> None:
        _, by_key = self._run.look_up([], [facts.content_key for _, facts, _ in part])
        placements = []
        for file, facts, here in part:
            if here.id in self.moved_ids:  # its track went elsewhere; this is another one
                placements.append(self._placed_new(file, facts, by_key))
                continue
            reason = "is back with other audio" if here.missing else None
            self._tell(file, "changed", reason)
            placements.append(Placement(facts, here))
        self._run.store(placements)

    def _placed_new(
        self, file: FoundFile, facts: FileFacts, by_key: dict[str, list[StoredTrack]]
    ) -> Placement:
        moved = self._moved_here(facts, by_key)
        if moved:
            return Placement(facts, moved)
        twins = by_key.get(facts.content_key, ())
        if here := next((t for t in twins if t.path == facts.path and not t.missing), None):
            self._tell(file, "unchanged", "another scan has just stored it")
            return Placement(facts, here)
        others = [twin.path for twin in twins if twin.id not in self.moved_ids]
        if others or facts.content_key in self._new_here:
            other = others[0] if others else self._new_here[facts.content_key]
            self._tell(file, "duplicate", f"same audio as {other}")
        else:
            self._new_here[facts.content_key] = facts.path
            self._tell(file, "new", None)
        return Placement(facts)

    def _moved_here(
        self, facts: FileFacts, by_key: dict[str, list[StoredTrack]]
    ) -> StoredTrack | None:
        """Take the track that has this audio and is no longer where it was, if there is one."""
        for twin in by_key.get(facts.content_key, ()):
            if twin.id not in self.moved_ids and self._is_gone(twin):
                self.moved_ids.add(twin.id)
                path = path_from_text(facts.path)
                self._found[path] = FileOutcome(path, "moved", f"from {twin.path}")
                return twin
        return None

    def _is_gone(self, track: StoredTrack) -> bool:
        """Tell whether a track is no longer where it was, though the disk it was on is there."""
        if track.path in self._unsettled:
            return True
        if track.path in self._unread:
            from auralis_lab.io.payload import audio_key

            try:
                return audio_key(path_from_text(track.path)) != track.content_key
            except DecodeError:
                return not os.path.lexists(path_from_text(track.path))
        if track.missing and track.path in self._known and track.id != self._known[track.path].id:
            return True  # displaced by another file
        if os.path.lexists(path_from_text(track.path)):
            return track.id in self.displaced.values()
        try:
            with os.scandir(path_from_text(track.root)) as entries:
                return any(True for _ in entries)
        except OSError:
            return False

    def _tell_same(self, file: FoundFile, facts: FileFacts, here: StoredTrack) -> bool:
        """Say what became of a file that holds the audio it held; return whether to doubt that."""
        if here.missing:
            self._tell(file, "returned", None)
        elif not here.has_tags_of(facts):
            self._tell(file, "retagged", None)
        elif facts.content_key.startswith("s-") and facts.subtype.startswith(_UNCOMPRESSED):
            # Parts of it were compared, and samples can be edited in place.
            self._tell(file, "changed", "its time changed, and its tags did not")
            return True
        else:
            self._tell(file, "unchanged", "only its time changed")
        return False

    def _tell(self, file: FoundFile, outcome: Outcome, reason: str | None) -> None:
        self._found[file.path] = FileOutcome(file.path, outcome, reason)


_UNCOMPRESSED = ("PCM", "FLOAT", "DOUBLE")
