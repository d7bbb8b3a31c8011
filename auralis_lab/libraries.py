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

__all__ = ["catalogue_of", "demo_folder", "latest_library"]

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
