"""Pictures that edits took out of files, kept so that an undo can put them back.

They lie in a folder beside the catalogue, one file per picture, named by the key of its bytes. A
file appears whole and on the disk before the edit that needs it is recorded.
"""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from pathlib import Path

from auralis_lab.catalogue.scanning.reading import picture_key
from auralis_lab.errors import CatalogueError
from auralis_lab.io.output import error_words, sync_folder

__all__ = ["KeptPictures"]

SUFFIX = ".picture"


class KeptPictures:
    """The kept pictures of one catalogue.

    Parameters
    ----------
    catalogue_path : Path
        The catalogue's file.
    """

    def __init__(self, catalogue_path: Path) -> None:
        self._folder = catalogue_path.with_name(catalogue_path.name + ".pictures")

    def put(self, data: bytes) -> str:
        """Keep a picture and return its key.

        Raises
        ------
        CatalogueError
            If it cannot be written.
        """
        key = picture_key(data)
        path = self._path(key)
        with suppress(OSError):
            if path.read_bytes() == data:
                return key
        partial = path.with_name(f".{secrets.token_hex(8)}.part")
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            try:
                with partial.open("wb") as file:
                    file.write(data)
                    file.flush()
                    os.fsync(file.fileno())
                partial.replace(path)
                sync_folder(self._folder)
            finally:
                partial.unlink(missing_ok=True)
        except OSError as error:
            raise CatalogueError(
                f"cannot keep a picture in {self._folder}: {error_words(error)}"
            ) from error
        return key

    def get(self, key: str) -> bytes:
        """Return a kept picture.

        Raises
        ------
        CatalogueError
            If it is gone or damaged.
        """
        try:
            data = self._path(key).read_bytes()
        except OSError as error:
            raise CatalogueError(
                f"cannot read the picture {self._path(key)}: {error_words(error)}"
            ) from error
        if picture_key(data) != key:
            raise CatalogueError(f"the picture {self._path(key)} is damaged")
        return data

    def drop_all_but(self, keys: set[str]) -> None:
        """Remove the pictures that nothing refers to any more."""
        with suppress(OSError):
            for path in self._folder.iterdir():
                if path.name.removesuffix(SUFFIX) not in keys:
                    path.unlink(missing_ok=True)

    def _path(self, key: str) -> Path:
        return self._folder / f"{key}{SUFFIX}"
