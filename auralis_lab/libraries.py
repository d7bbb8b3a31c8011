"""Which libraries there are: where their catalogues lie, and which folders they are of.

Beside each catalogue lies a list of the folders that were scanned into it, see
`catalogue.scanning.roots`; so the library of a folder is found without opening any catalogue.
"""

from __future__ import annotations

import hashlib
import os
import re
from pathlib import Path

from auralis_lab.catalogue.scanning.roots import noted_roots, roots_note
from auralis_lab.settings import settings

__all__ = [
    "catalogue_of",
    "demo_folder",
    "known_below",
    "latest_library",
    "scanned_around",
]

CATALOGUE = "catalogue.duckdb"


def catalogue_of(folder: Path) -> Path:
    """Where the catalogue of a resolved folder is kept, or would be kept."""
    libraries = {path: noted_roots(path) for path in _catalogues()}
    for path, roots in libraries.items():
        if os.fspath(folder) in roots:
            return path
    word = re.sub(r"[^a-z0-9]+", "-", folder.name.lower()).strip("-") or "music"
    digest = hashlib.sha256(os.fsencode(folder)).hexdigest()[:10]
    own = settings().data_dir / "libraries" / f"{word[:40]}-{digest}" / CATALOGUE
    while own in libraries:  # that library is of other folders now
        own = own.parent.with_name(own.parent.name + "-") / CATALOGUE
    return own


def scanned_around(folder: Path) -> Path | None:
    """The scanned folder that a resolved folder is, or lies in; the nearest one, or None.

    The demo library is one of its own wherever it lies.
    """
    roots = {root for path in _catalogues() for root in map(Path, noted_roots(path))}
    if folder == demo_folder():
        return folder if folder in roots else None
    return next((path for path in (folder, *folder.parents) if path in roots), None)


def known_below(folder: Path) -> tuple[Path, ...]:
    """The scanned folders of other libraries that lie below a resolved folder."""
    own = catalogue_of(folder)
    roots = [Path(root) for path in _catalogues() if path != own for root in noted_roots(path)]
    return tuple(sorted(root for root in roots if folder in root.parents))


def demo_folder() -> Path:
    """Where the demo library is written: ``data/demo`` of a checkout, else the data folder."""
    checkout = Path(__file__).resolve().parents[1]
    if (checkout / "pyproject.toml").is_file() and os.access(checkout, os.W_OK):
        return checkout / "data" / "demo"
    return settings().data_dir / "demo"


def latest_library() -> Path | None:
    """Folder of the library scanned last, if any; the demo only where there is no other."""
    folders = [Path(roots[0]) for roots in map(noted_roots, _catalogues()) if roots]
    return min(folders, key=lambda folder: folder == demo_folder(), default=None)


def _catalogues() -> list[Path]:
    """The catalogues that were scanned into, the last one first."""
    libraries = (settings().data_dir / "libraries").glob("*")
    notes = [note for folder in libraries if (note := roots_note(folder / CATALOGUE)).is_file()]
    notes.sort(key=lambda note: note.stat().st_mtime, reverse=True)
    return [note.with_name(CATALOGUE) for note in notes]
