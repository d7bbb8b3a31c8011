"""Playlist files: read M3U and XSPF, and write them.

Conventions: a file that is read becomes a playlist of the tracks that the catalogue knows; what it
names is never opened. Files hold 100,000 entries and 32 MiB at most. What is written is complete or
not there. The suffix says the format: ``.m3u8``, ``.m3u`` or ``.xspf``.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from auralis_lab.audio import frames_to_seconds
from auralis_lab.catalogue.listening.listening import (
    MAX_AT_ONCE,
    MAX_NAME_CHARACTERS,
    check_name,
    shown,
)
from auralis_lab.catalogue.playlists.listing import Listing, WrittenTrack
from auralis_lab.catalogue.playlists.m3u import format_m3u, parse_m3u
from auralis_lab.catalogue.playlists.matching import Match, Matcher
from auralis_lab.catalogue.playlists.playlists import Playlist, Playlists
from auralis_lab.catalogue.playlists.xspf import format_xspf, parse_xspf
from auralis_lab.catalogue.text import path_from_text, path_to_text
from auralis_lab.errors import DecodeError, EncodeError, ParameterError, check_choice
from auralis_lab.io.leftovers import clear_leftovers_of, copy_name
from auralis_lab.io.output import error_words, sync_folder

if TYPE_CHECKING:
    from auralis_lab.catalogue.store import Catalogue

__all__ = ["ImportReport", "Match", "PlaylistFiles"]

MAX_FILE_BYTES = 32 << 20

_PARSE: dict[str, Callable[[bytes], Listing]] = {
    ".m3u8": parse_m3u,
    ".m3u": parse_m3u,
    ".xspf": parse_xspf,
}
_FORMAT: dict[str, Callable[[str, Iterable[WrittenTrack], str], bytes]] = {
    ".m3u8": format_m3u,
    ".m3u": format_m3u,
    ".xspf": format_xspf,
}
_SQL = {
    "written": """
        SELECT path, title, artist, album, frames, rate_hz, track_number
        FROM written_tracks JOIN tracks USING (id) ORDER BY n""",
}


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What became of a playlist file.

    Attributes
    ----------
    path : str
    playlist : Playlist or None
        What was made of it; None if none of its tracks is known.
    matches : tuple of Match
        Every entry of the file, in order.
    """

    path: str
    name: str
    playlist: Playlist | None
    matches: tuple[Match, ...]

    @property
    def matched(self) -> int:
        """How many entries are tracks of the catalogue."""
        return sum(match.track_id is not None for match in self.matches)

    @property
    def unmatched(self) -> tuple[Match, ...]:
        """The entries that are not; each prints as one line with the reason."""
        return tuple(match for match in self.matches if match.track_id is None)


class PlaylistFiles:
    """Playlist files, coming into a catalogue and going out of it."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    def read(self, path: str | os.PathLike[str], *, name: str | None = None) -> ImportReport:
        """Make a playlist of a file.

        Parameters
        ----------
        path : path-like
        name : str, optional
            By default what the file calls itself, else its own name; "name (2)" if it is taken.

        Returns
        -------
        report : ImportReport
            With every entry of the file, and by what its track was found.

        Raises
        ------
        ParameterError
            If the suffix is unknown, or a name was given that is none or is taken.
        DecodeError
            If the file is missing, too large, or not what its suffix says. Nothing is made then.
        """
        given = None if name is None else check_name("name", name)
        path, listing = _read(path)
        matches = self._match(path, listing)
        ids = [match.track_id for match in matches if match.track_id is not None]
        chosen = given or _own_name(path, listing)
        made = None
        if ids:
            made = Playlists(self._catalogue).create(chosen, ids, numbered=given is None)
        return ImportReport(path, made.name if made else chosen, made, matches)

    def match(self, path: str | os.PathLike[str]) -> tuple[Match, ...]:
        """Tell what `read` would find, and make nothing; errors as `read`."""
        return self._match(*_read(path))

    def write(
        self, playlist_id: int, path: str | os.PathLike[str], *, overwrite: bool = False
    ) -> int:
        """Write a playlist to a file, with paths relative to it where that is sensible.

        Tracks whose file is missing are written with the place they had.

        Parameters
        ----------
        playlist_id : int
        path : path-like
        overwrite : bool
            Whether a file that stands there may be replaced.

        Returns
        -------
        tracks : int
            How many were written.

        Raises
        ------
        ParameterError
            If the suffix is unknown, or the playlist has more than 100,000 entries.
        NotFoundError
            If there is no such playlist.
        EncodeError
            If the file exists and may not be replaced, or cannot be written; what stood there
            stays.
        """
        path, suffix = _checked(path)
        target = Path(os.path.abspath(path))
        playlists = Playlists(self._catalogue)
        name = playlists.get(playlist_id).name
        ids = playlists.track_ids(playlist_id)
        if len(ids) > MAX_AT_ONCE:
            raise ParameterError(f"a playlist file must have {MAX_AT_ONCE:,} entries at most")
        with self._catalogue.session() as s:
            s.stage("written_tracks", {"n": list(range(len(ids))), "id": list(ids)})
            rows = s.rows(_SQL["written"]) if ids else []
        folder = os.path.realpath(target.parent)
        data = _FORMAT[suffix](name, (_written(*row) for row in rows), folder)
        _write(target, data, overwrite=overwrite)
        return len(rows)

    def _match(self, path: str, listing: Listing) -> tuple[Match, ...]:
        folder = os.path.dirname(os.path.abspath(path))
        folders = list(dict.fromkeys((folder, os.path.realpath(folder))))
        matcher = Matcher(listing, folders)
        with self._catalogue.session() as s:
            matcher.look_up(s)
        return matcher.matches()


def _checked(path: str | os.PathLike[str]) -> tuple[str, str]:
    """Return a path and its suffix, or refuse what is not the path of a playlist file."""
    text = os.fspath(path) if isinstance(path, (str, os.PathLike)) else ""
    if not isinstance(text, str) or not text or "\0" in text:
        raise ParameterError(f"path={shown(path)} must be the path of a file")
    suffix = os.path.splitext(text)[1].lower()
    check_choice("suffix", suffix, _PARSE)
    return text, suffix


def _read(path: str | os.PathLike[str]) -> tuple[str, Listing]:
    path, suffix = _checked(path)
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)  # a pipe must not hang
        with open(fd, "rb") as file:
            if not stat.S_ISREG(os.fstat(fd).st_mode):
                raise DecodeError(path, "not a file")
            data = file.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        raise DecodeError(path, error_words(error)) from error
    if len(data) > MAX_FILE_BYTES:
        raise DecodeError(path, f"it is larger than {MAX_FILE_BYTES >> 20} MiB")
    try:
        return path, _PARSE[suffix](data)
    except ValueError as error:
        raise DecodeError(path, str(error)) from error


def _own_name(path: str, listing: Listing) -> str:
    """What a file calls itself, else its own name, fit for a playlist."""
    stem = path_to_text(os.path.splitext(os.path.basename(path))[0])
    for proposed in (listing.name, stem):
        try:
            return check_name("name", (proposed or "")[:MAX_NAME_CHARACTERS])
        except ParameterError:
            continue
    return "Playlist"


def _written(
    path_text: str,
    title: str | None,
    artist: str | None,
    album: str | None,
    frames: int | None,
    rate_hz: int,
    track_number: int | None,
) -> WrittenTrack:
    return WrittenTrack(
        path=path_from_text(path_text),
        title=title or os.path.splitext(os.path.basename(path_text))[0],
        artist=artist,
        album=album,
        duration_s=None if frames is None else frames_to_seconds(frames, rate_hz),
        track_number=track_number,
    )


def _write(target: Path, data: bytes, *, overwrite: bool) -> None:
    """Write under another name and give it the right one when it is whole."""
    if os.path.lexists(target) and not overwrite:
        raise EncodeError(target, "it exists; say so to have it replaced")
    if target.is_dir():
        raise EncodeError(target, "a folder is there")
    part = copy_name(target)
    clear_leftovers_of(target)
    try:
        fd = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666)
        with open(fd, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(fd)
        if overwrite:
            part.replace(target)
        else:
            _name(part, target)
        with suppress(OSError):
            sync_folder(target.parent)
    except FileExistsError as error:
        raise EncodeError(target, "a file has appeared there meanwhile") from error
    except OSError as error:
        raise EncodeError(target, error_words(error)) from error
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)


def _name(part: Path, target: Path) -> None:
    """Give a file its name, unless another has it."""
    try:
        os.link(part, target)
    except FileExistsError:
        raise
    except OSError:  # a disk without links
        if os.path.lexists(target):
            raise
        part.rename(target)
