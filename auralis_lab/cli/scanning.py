"""What `auralis scan` says: where the files belong, and what became of them."""

from __future__ import annotations

import shlex
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from auralis_lab.cli.output import out, plain
from auralis_lab.errors import ParameterError

if TYPE_CHECKING:
    from auralis_lab.catalogue.scanning.report import ScanReport
    from auralis_lab.lab import Lab

__all__ = ["refuse_file", "say_where", "show_report"]


def refuse_file(folder: Path) -> None:
    """Refuse a file where a folder is wanted.

    Raises
    ------
    ParameterError
    """
    if folder.is_file():
        parent = shlex.quote(str(folder.absolute().parent))
        raise ParameterError(f"{folder} is a file; folders are scanned: auralis scan {parent}")


def say_where(lab: Lab, folder: Path) -> None:
    """Say which library a folder belongs to, where that may come as a surprise."""
    from auralis_lab.libraries import known_below

    scanned = folder.expanduser().resolve()
    roots = [Path(root.path) for root in lab.roots.list()]
    around = [root for root in roots if root in scanned.parents]
    if around and scanned not in roots:
        nearest = max(around, key=lambda root: len(root.parts))
        out.print(plain(f"{scanned} is a part of the library {nearest}; only it is scanned"))
    for root in known_below(scanned):
        if root in roots:
            continue
        out.print(plain(f"note: {root}, which lies in it, is a library of its own and stays one"))
        one = f"auralis scan {shlex.quote(str(scanned))} --library {shlex.quote(str(root))}"
        out.print(plain(f"      to have all in that one library instead: {one}"))


def show_report(report: ScanReport, *, show_all: bool) -> None:
    """Print what changed file by file, and count the rest.

    Parameters
    ----------
    report : ScanReport
    show_all : bool
        Whether to print every file.
    """
    as_before: Counter[str] = Counter()
    for outcome in report.outcomes:
        if not show_all and (outcome.again or outcome.outcome == "unchanged"):
            as_before[outcome.outcome] += outcome.again
            continue
        reason = f"  ({outcome.reason})" if outcome.reason else ""
        out.print(plain(f"{outcome.outcome:<9} {outcome.path_text}{reason}"), markup=False)
    counts = [f"{count} {name}" for name, count in report.counts.items() if count]
    out.print(
        f"{report.files_found} files in {report.duration_s:.1f} s: {', '.join(counts) or 'none'}"
    )
    if told := [f"{count} {name}" for name, count in as_before.items() if count]:
        out.print(f"not listed again: {', '.join(told)}; --all lists them")
    for problem in report.problems:
        out.print(plain(f"note: {problem}"), markup=False)
