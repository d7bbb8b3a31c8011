"""What DuckDB's errors and those of the operating system are called here."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from auralis_lab.catalogue.session import DiskFullError, catalogue_error, writing_error
from auralis_lab.catalogue.store import Catalogue
from auralis_lab.errors import CatalogueError


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_is_said_in_one_calm_sentence(code: int) -> None:
    words = os.strerror(code)
    raw = Exception(
        f'TransactionContext Error: Failed to commit: Could not write file "x": {words}'
    )
    for error in (catalogue_error(raw), writing_error(OSError(code, words), "/data/x.roots")):
        assert isinstance(error, DiskFullError)
        assert str(error).startswith("the disk with the catalogue is full")
        assert "\n" not in str(error)


def test_another_error_names_the_file() -> None:
    error = writing_error(OSError(errno.EACCES, "Permission denied"), "/data/x.roots")
    assert not isinstance(error, DiskFullError)
    assert str(error) == "cannot write /data/x.roots: Permission denied"


def test_a_note_that_does_not_fit_is_a_full_disk(
    catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(path: Path, data: bytes) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(CatalogueError, match="disk with the catalogue is full"):
        catalogue.roots.note()
