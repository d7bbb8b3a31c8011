"""What a scan reads from one file, and what is stored of it."""

from __future__ import annotations

import dataclasses
import hashlib
import os
import re
from dataclasses import dataclass
from functools import lru_cache

from auralis_lab.catalogue.finding.keys import SEPARATOR, bigrams, first_bytes, folded_names
from auralis_lab.catalogue.text import fold as fold_text

__all__ = [
    "COLUMNS",
    "LAST",
    "SEPARATOR",
    "FileFacts",
    "is_various",
    "picture_key",
]

MAX_INTEGER = 2**31 - 1
LAST = "\U0010ffff"
"""Comes after every character."""
MAX_ORDER_CHARACTERS = 200
_VARIOUS = frozenset(("various artists", "various", "va", "verschiedene interpreten", "diverse"))
_YEAR = re.compile(r"(?<!\d)\d{4}")
fold = lru_cache(maxsize=4096)(fold_text)  # a file's texts are folded several times each


@dataclass(frozen=True, slots=True)
class FileFacts:
    """What one file says of itself; names are those of columns, text is fit to be stored.

    What is derived from it and stored as well are properties, named in `DERIVED`.
    """

    path: str
    file_bytes: int
    mtime_ns: int
    content_key: str
    format: str
    subtype: str
    lossy: bool
    rate_hz: int
    channels: int
    bits_per_sample: int | None
    frames: int | None
    frames_is_estimate: bool
    title: str | None
    artist: str | None
    artists: list[str]
    featured: list[str]
    album: str | None
    album_artist: str | None
    date: str | None
    genres: list[str]
    track_number: int | None
    track_total: int | None
    disc_number: int | None
    disc_total: int | None
    composer: str | None
    comment: str | None
    bpm: float | None
    compilation: bool
    lyrics: str | None
    lyrics_synced: bool
    mb_recording_id: str | None
    mb_track_id: str | None
    mb_album_id: str | None
    mb_release_group_id: str | None
    mb_artist_ids: list[str]
    mb_album_artist_ids: list[str]
    rg_track_gain_db: float | None
    rg_track_peak: float | None
    rg_album_gain_db: float | None
    rg_album_peak: float | None
    tag_problem: str | None
    picture_key: str | None

    @property
    def year(self) -> int | None:
        """First year that the date names."""
        found = _YEAR.search(self.date or "")
        return int(found[0]) if found else None

    @property
    def title_sort(self) -> str:
        """The title, or else the file's name, folded."""
        return fold(self.title or self._stem)

    @property
    def album_order(self) -> str:
        """Where the track stands in an order of albums: album, its artist, disc, track, title."""
        album, artist = fold(self.album or "") or LAST, fold(self.album_artist or "")
        place = f"{self.disc_number or 1:010}{self.track_number or 0:010}"
        return SEPARATOR.join((album, artist, place, self.title_sort[:MAX_ORDER_CHARACTERS]))

    @property
    def artist_order(self) -> str:
        """Where the track stands in an order of artists: artists, then as in its album."""
        return SEPARATOR.join((fold(self.artist or "") or LAST, self.album_order))

    @property
    def album_key(self) -> str | None:
        """What the tracks of one album share; None without an album.

        That is its MusicBrainz id, else its title and its artist, various artists being one. Where
        no tag names that artist it is the folder, so that a compilation stays one album and two
        albums called "Live" do not become one. Folders for the discs of a set count as one.
        """
        title = fold(self.album or "")
        if not title:
            return None
        if self.mb_album_id:
            return self.mb_album_id
        if self.album_artist:
            various = is_various(self.album_artist)
            return SEPARATOR.join((title, "" if various else fold(self.album_artist)))
        folder = os.path.dirname(self.path)
        if _DISC_FOLDER.fullmatch(os.path.basename(folder)):
            folder = os.path.dirname(folder)
        return SEPARATOR.join((title, LAST, folder))

    @property
    def album_credit(self) -> str | None:
        """Whom the album is shown under; None for various or unknown artists."""
        if self.album_artist:
            return None if is_various(self.album_artist) else self.album_artist
        return None if self.compilation else self.artist

    @property
    def search_text(self) -> str:
        """All words one may search for, each once and with a space before it."""
        texts = (self.title, self.artist, *self.artists, self.album, self.album_artist)
        return _words_once((*texts, *self.genres, self.composer, str(self.year or ""), self._stem))

    @property
    def artists_folded(self) -> str:
        """Each artist, and then how they are credited, to be found whole or in part."""
        credit = fold(self.artist or "")
        return folded_names(map(fold, self.artists or [self.artist or ""]), credit)

    @property
    def genres_folded(self) -> str:
        """Each genre, to be found whole or in part."""
        return folded_names(map(fold, self.genres))

    album_folded = property(lambda self: fold(self.album or ""))
    album_artist_folded = property(lambda self: fold(self.album_artist or ""))
    composer_folded = property(lambda self: fold(self.composer or ""))

    # What sums up other columns, so that few rows of them need to be read.
    title_prefix = property(lambda self: first_bytes(self.title_sort))
    artist_prefix = property(lambda self: first_bytes(self.artist_order))
    album_prefix = property(lambda self: first_bytes(self.album_order))
    bigrams_0 = property(lambda self: bigrams(self.search_text)[0])
    bigrams_1 = property(lambda self: bigrams(self.search_text)[1])
    bigrams_2 = property(lambda self: bigrams(self.search_text)[2])
    bigrams_3 = property(lambda self: bigrams(self.search_text)[3])

    @property
    def _stem(self) -> str:
        return _stem_of(self.path)


DERIVED = (
    *("year", "title_sort", "artist_order", "album_order", "search_text"),
    *("title_prefix", "artist_prefix", "album_prefix"),
    *("bigrams_0", "bigrams_1", "bigrams_2", "bigrams_3"),
    *("artists_folded", "album_folded", "album_artist_folded", "genres_folded", "composer_folded"),
)
_DISC_FOLDER = re.compile(r"(cd|dis[ck]|side|disque|vol(ume)?)[\s._-]*[0-9a-d]{1,2}", re.IGNORECASE)
COLUMNS = (*(field.name for field in dataclasses.fields(FileFacts)), *DERIVED)
"""Names of everything in `FileFacts` that is stored."""


def picture_key(data: bytes) -> str:
    """Name of a picture: the same for the same bytes."""
    return hashlib.blake2b(data, digest_size=16).hexdigest()


def is_various(name: str) -> bool:
    """Tell whether an album artist only says that there are several."""
    return fold(name) in _VARIOUS


@lru_cache(maxsize=256)  # asked for by several columns as well
def _stem_of(path: str) -> str:
    return os.path.splitext(os.path.basename(path))[0]


@lru_cache(maxsize=256)  # asked for once for each column that is made from it
def _words_once(texts: tuple[str | None, ...]) -> str:
    words = dict.fromkeys(word for text in texts if text for word in fold(text).split())
    return "".join(f" {word}" for word in words)
