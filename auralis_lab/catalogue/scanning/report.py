"""What a scan found, file by file."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias, get_args

from auralis_lab.catalogue.text import path_to_text

__all__ = ["OUTCOMES", "FileOutcome", "Outcome", "ScanReport"]

Outcome: TypeAlias = Literal[
    "new",
    "changed",
    "retagged",
    "unchanged",
    "moved",
    "returned",
    "duplicate",
    "missing",
    "failed",
    "skipped",
]
OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)
MOST_LISTED = 5  # failures in the printed report


@dataclass(frozen=True, slots=True)
class FileOutcome:
    """What became of one file.

    Attributes
    ----------
    path : str
        As the operating system opens it; `path_text` can always be printed.
    outcome : str
        ``'new'``; ``'changed'``: other audio under a known name; ``'retagged'``: the same audio,
        other tags; ``'unchanged'``; ``'moved'``: a known track under another name;
        ``'returned'``: it was missing; ``'duplicate'``: new, with the audio of a track that is
        there as well; ``'missing'``: known from an earlier scan and not found by this one;
        ``'failed'``; ``'skipped'``: its name does not say audio.
    reason : str or None
        Why it failed or was skipped, where it moved from, what it is a duplicate of.
    again : bool
        Whether it was so before this scan: missing already, failed for the same reason, or skipped
        and not touched since.
    """

    path: str
    outcome: Outcome
    reason: str | None = None
    again: bool = False

    @property
    def path_text(self) -> str:
        """The path as text that can always be printed."""
        return path_to_text(self.path)


@dataclass(frozen=True, slots=True)
class ScanReport:
    """What a scan found.

    Attributes
    ----------
    root : Path
        The folder, resolved; maybe a part of a scanned one.
    outcomes : tuple of FileOutcome
        One for every file found, in the order of folders and names, then the missing ones.
    files_found : int
        Files below `root`. Unless the scan was cancelled, as many outcomes are not
        ``'missing'``.
    problems : tuple of str
        What concerns no single file: folders that cannot be listed, a root that is gone.
    cancelled : bool
        Whether the scan ended early. The next one goes on where it ended.
    duration_s : float
    """

    root: Path
    outcomes: tuple[FileOutcome, ...]
    files_found: int
    problems: tuple[str, ...]
    cancelled: bool
    duration_s: float

    @property
    def counts(self) -> dict[Outcome, int]:
        """Number of files by outcome, every outcome being there."""
        counted = Counter(outcome.outcome for outcome in self.outcomes)
        return {outcome: counted[outcome] for outcome in OUTCOMES}

    def of(self, outcome: Outcome) -> tuple[FileOutcome, ...]:
        """Return the files with one outcome."""
        return tuple(o for o in self.outcomes if o.outcome == outcome)

    def __repr__(self) -> str:
        problems = len(self.problems)
        noted = f", {problems} problem{'' if problems == 1 else 's'}" if problems else ""
        name = path_to_text(self.root.name or str(self.root))
        return f"<ScanReport {name}: {self._files}: {self._counted}{noted}>"

    def __str__(self) -> str:
        head = (
            f"{path_to_text(str(self.root))}: {self._files} in {self.duration_s:.1f} s:"
            f" {self._counted}"
        )
        failed = self.of("failed")
        lines = [f"failed {each.path_text} ({each.reason})" for each in failed[:MOST_LISTED]]
        if len(failed) > MOST_LISTED:
            lines.append(f"and {len(failed) - MOST_LISTED} more that failed")
        return "\n".join([head, *lines, *(f"note: {problem}" for problem in self.problems)])

    @property
    def _files(self) -> str:
        return "1 file" if self.files_found == 1 else f"{self.files_found:,} files"

    @property
    def _counted(self) -> str:
        counted = [f"{count} {name}" for name, count in self.counts.items() if count]
        return f"{', '.join(counted) or 'none'}{', cancelled' if self.cancelled else ''}"
