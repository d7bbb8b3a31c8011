"""Cover pictures of tracks and albums.

The cover of a track is the first of its embedded pictures that can be shown, else the first image
beside its file whose name says cover. Pictures are known by the key of their bytes, so tracks with
the same cover share what is kept of it, and a picture that is replaced is another one at once. What
the catalogue says of a file counts as long as the file is as it was scanned; then, and when it is
out of reach, nothing has to be opened to show its cover.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from auralis_lab.catalogue.editing.artworkcovers import (
    ArtFile,
    album_cover,
    all_of,
    art_file,
    cover_of_file,
    covers_of,
)
from auralis_lab.catalogue.editing.artworkedits import cover_changes, cover_of
from auralis_lab.catalogue.editing.edits import Edits
from auralis_lab.catalogue.editing.preview import EditPreview
from auralis_lab.catalogue.editing.records import EditReport
from auralis_lab.errors import NotFoundError, ParameterError
from auralis_lab.io.artworkimage import check_size
from auralis_lab.io.artworkstore import SIZES_PX, kept_thumbnail
from auralis_lab.io.tagchange import TagChange
from auralis_lab.io.tagdata import Picture, sniff_mime

if TYPE_CHECKING:
    from auralis_lab.catalogue.store import Catalogue

__all__ = ["Artwork"]

MAX_IDS = 200
MAX_EDITED = 10_000

_SQL = {
    "tracks": """
        SELECT id, path, file_bytes, mtime_ns, picture_key FROM tracks
        WHERE id IN (SELECT unnest($ids))""",
    "albums": "SELECT id FROM albums WHERE id IN (SELECT unnest($ids))",
    "album_tracks": """
        SELECT album_id, id, path, file_bytes, mtime_ns, picture_key FROM tracks
        WHERE album_id IN (SELECT unnest($ids))
        ORDER BY missing_since IS NOT NULL, album_order, id""",
}


class Artwork:
    """The cover pictures of a catalogue.

    Parameters
    ----------
    catalogue : Catalogue
    """

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    def thumbnail(self, track_id: int, size_px: int = 256) -> bytes | None:
        """Return the cover of a track as a JPEG.

        Parameters
        ----------
        track_id : int
        size_px : int
            Longest side wanted, 16 to 1024. The next of 64, 128, 256, 512 and 1024 is what comes;
            a smaller picture is not enlarged.

        Returns
        -------
        jpeg : bytes or None
            None if there is no picture that can be shown.

        Raises
        ------
        ParameterError
            If the size is out of range or `track_id` is not an int.
        NotFoundError
            If there is no such track.
        """
        return self.thumbnails([track_id], size_px)[track_id]

    def thumbnails(self, track_ids: Sequence[int], size_px: int = 256) -> dict[int, bytes | None]:
        """Return the covers of up to 200 tracks, by id; see :meth:`thumbnail`."""
        check_size(size_px)
        alike: dict[tuple[str, str | None], list[ArtFile]] = {}
        for file in self._files(track_ids):
            place = file.place if file.is_as_scanned() else (file.path, None)
            alike.setdefault(place, []).append(file)
        covers = all_of(lambda files: cover_of_file(files[0], size_px), list(alike.values()))
        found = zip(alike.values(), covers, strict=True)
        by_id = {file.id: jpeg for files, jpeg in found for file in files}
        return {id_: by_id[id_] for id_ in track_ids}

    def album_thumbnail(self, album_id: int, size_px: int = 256) -> bytes | None:
        """Return the cover that most tracks of an album have; see :meth:`thumbnail`."""
        return self.album_thumbnails([album_id], size_px)[album_id]

    def album_thumbnails(
        self, album_ids: Sequence[int], size_px: int = 256
    ) -> dict[int, bytes | None]:
        """Return the covers of up to 200 albums, by id.

        Parameters and errors are those of :meth:`thumbnail`.
        """
        check_size(size_px)
        ids = _checked("album_ids", album_ids)
        albums: dict[int, list[ArtFile]] = {id_: [] for id_ in ids}
        with self._catalogue.session() as s:
            known = {id_ for (id_,) in s.rows(_SQL["albums"], {"ids": ids})}
            rows = s.rows(_SQL["album_tracks"], {"ids": ids})
        if gone := [str(id_) for id_ in ids if id_ not in known]:
            raise NotFoundError(f"there is no album {', '.join(gone)}")
        for album_id, *values in rows:
            albums[album_id].append(art_file(values))
        covers = all_of(lambda files: album_cover(files, size_px), list(albums.values()))
        return dict(zip(albums, covers, strict=True))

    def original(self, track_id: int) -> Picture | None:
        """Return the picture that is the cover of a track, as it lies in its file.

        Raises
        ------
        ParameterError
            If `track_id` is not an int.
        NotFoundError
            If there is no such track.
        """
        (file,) = self._files([track_id])
        for cover in covers_of(file.path):
            if kept_thumbnail(cover.key, SIZES_PX[0], cover.load) and (data := cover.load()):
                return Picture(data, sniff_mime(data, None))
        return None

    def preview_replace(self, track_ids: Sequence[int], data: bytes) -> EditPreview:
        """Tell what another cover would do to files; see :meth:`replace`."""
        files = self._files(track_ids, MAX_EDITED)
        changes = cover_changes({file.id: file.path for file in files}, cover_of(data))
        told = f"cover of {len(files)} tracks"
        return Edits(self._catalogue).preview(each=changes, description=told)

    def replace(self, track_ids: Sequence[int], data: bytes) -> EditReport:
        """Put another cover into files; other pictures in them stay.

        Parameters
        ----------
        track_ids : sequence of int
        data : bytes
            A JPEG or PNG.

        Returns
        -------
        report : EditReport
            Its `edit_id` is what ``Edits.undo`` takes to put the old covers back.

        Raises
        ------
        ParameterError
            If `data` is no such picture or an id is no int.
        NotFoundError
            If a track is not there.
        EditError
            If a file cannot be changed; all are as they were then.
        """
        return Edits(self._catalogue).apply(self.preview_replace(track_ids, data))

    def preview_remove(self, track_ids: Sequence[int]) -> EditPreview:
        """Tell what it would do to files to remove their pictures; see :meth:`remove`."""
        return Edits(self._catalogue).preview(track_ids, TagChange(pictures=()))

    def remove(self, track_ids: Sequence[int]) -> EditReport:
        """Take all pictures out of files; errors and report are those of :meth:`replace`."""
        return Edits(self._catalogue).apply(self.preview_remove(track_ids))

    def _files(self, track_ids: Sequence[int], limit: int = MAX_IDS) -> list[ArtFile]:
        ids = _checked("track_ids", track_ids, limit)
        with self._catalogue.session() as s:
            rows = s.rows(_SQL["tracks"], {"ids": ids})
        files = {row[0]: art_file(row) for row in rows}
        if gone := [str(id_) for id_ in ids if id_ not in files]:
            raise NotFoundError(f"there is no track {', '.join(gone)}")
        return [files[id_] for id_ in ids]


def _checked(name: str, ids: Sequence[int], limit: int = MAX_IDS) -> list[int]:
    ids = list(dict.fromkeys(ids))
    for id_ in ids:
        if type(id_) is not int or not 0 <= id_ < 1 << 63:
            raise ParameterError(f"{name} has {id_!r}, which is no id")
    if len(ids) > limit:
        raise ParameterError(f"{name} of {len(ids)} ids must be {limit} at most")
    return ids
