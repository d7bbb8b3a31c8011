"""A large library that does not exist, for timing and for tests of scale.

Rows look like those of a real collection: album artists with between one and many albums, tracks in
disc and number order, several scripts, accents, compilations, missing tags, ties. The same number
of tracks and the same seed give the same rows. Folded columns are put together from folded words,
which is what ``text.fold`` makes of the whole; a test compares them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

import numpy as np

from auralis_lab.analysis.fingerprint import DIMENSIONS
from auralis_lab.analysis.profile import PROFILE_VERSION
from auralis_lab.catalogue.finding.keys import bigrams, first_bytes, folded_names
from auralis_lab.catalogue.scanning.reading import LAST, MAX_ORDER_CHARACTERS, SEPARATOR
from auralis_lab.catalogue.session import Session
from auralis_lab.catalogue.store import Catalogue
from auralis_lab.catalogue.text import fold

__all__ = ["Library", "fill_catalogue"]

TRACKS_PER_ALBUM = 16.7
ALBUMS_PER_ARTIST = 3
BATCH = 50_000
SYLLABLES = (
    "ba be bo da de di do ga ge ja ka ke ki ko la le li lo lu ma me mi mo na ne ni no pa pe ra re "
    "ri ro sa se si so ta te ti to va ve vi wa ya yo za zu an en in on ar er or al el il ol"
)
COMMON = (
    "the of love night in and my to you time heart blue dream light song rain fire moon home river "
    "road dance world sun winter summer golden silver black white city sea wind star stone"
)
FOREIGN = (
    "été café Ágætis Männer Grüße señor corazón naïve Ångström Øresund łódź žena český Þórr "
    "夜曲 東京 月光 さくら 夢 음악 사랑 Москва ночь весна любовь שלום שיר موسيقى ليل Ωκεανός"
)
GENRES = (
    "Rock Pop Jazz Classical Electronic Folk Blues Metal Hip-Hop Soul Ambient Techno House Reggae "
    "Country Latin Punk Soundtrack Baroque Opera"
)
FORMATS = (("FLAC", "PCM_16", False, 16), ("MP3", "MPEG_LAYER_III", True, None),
           ("OGG", "VORBIS", True, None), ("M4A", "AAC", True, None))  # fmt: skip


@dataclass(frozen=True)
class Library:
    """How large the library is, and which one of that size.

    Attributes
    ----------
    tracks : int
    seed : int
    """

    tracks: int
    seed: int = 440

    def batches(self) -> Iterator[dict[str, list[Any]]]:
        """Yield the rows of table ``tracks`` by columns, 50,000 at a time, and albums within."""
        rng = np.random.default_rng(self.seed)
        words = _vocabulary(self.seed)
        albums = max(1, round(self.tracks / TRACKS_PER_ALBUM))
        artists = [_phrase(rng, words, 1, 3) for _ in range(max(1, albums // ALBUMS_PER_ARTIST))]
        rows: list[dict[str, Any]] = []
        made = 0
        for album in range(albums):
            left = albums - album
            count = (
                self.tracks - made
                if left == 1
                else min(self.tracks - made, max(1, int(rng.poisson((self.tracks - made) / left))))
            )
            rows += _album_rows(rng, words, artists, album, made, count)
            made += count
            while len(rows) >= BATCH:
                yield _columns(rng, rows[:BATCH])
                rows = rows[BATCH:]
        if rows:
            yield _columns(rng, rows)


def fill_catalogue(catalogue: Catalogue, library: Library) -> None:
    """Put the rows of a library into an empty catalogue, faster than a scan could."""
    with catalogue.write() as s:
        s.run("INSERT INTO roots VALUES (1, '/music', now()::TIMESTAMP)")
    for columns in library.batches():
        with catalogue.write() as s:
            _insert(s, columns)
    with catalogue.write() as s:
        s.run(
            """
            INSERT INTO albums
            SELECT album_id, min(content_key), min(album), min(album_artist),
                min(split_part(album_order, chr(1), 1)),
                coalesce(min(split_part(album_order, chr(1), 2)), ''), min(added_at)
            FROM tracks WHERE album_id IS NOT NULL GROUP BY album_id"""
        )
        s.run("UPDATE revisions SET number = number + 1")


def _insert(s: Session, columns: dict[str, list[Any]]) -> None:
    s.stage("made", columns)
    s.run(
        """
        INSERT INTO tracks BY NAME
        SELECT *, 1 AS root_id, ''::VARCHAR AS comment, false AS lyrics_synced,
            []::VARCHAR[] AS featured, []::VARCHAR[] AS mb_artist_ids,
            []::VARCHAR[] AS mb_album_artist_ids FROM made"""
    )


def _album_rows(
    rng: np.random.Generator,
    words: list[tuple[str, str]],
    artists: list[tuple[str, str]],
    album: int,
    first: int,
    count: int,
) -> list[dict[str, Any]]:
    artist = artists[int(len(artists) * rng.random() ** 2)]
    compilation = rng.random() < 0.05
    title = None if rng.random() < 0.03 else _phrase(rng, words, 1, 4)
    year = None if rng.random() < 0.05 else int(1950 + 76 * rng.random() ** 0.5)
    genres = GENRES.split()
    genre = [] if rng.random() < 0.08 else [genres[int(len(genres) * rng.random() ** 2)]]
    kind = FORMATS[int(len(FORMATS) * rng.random() ** 2)]
    by = ("Various Artists", "various artists") if compilation else artist
    added = datetime(2020, 1, 1) + timedelta(minutes=int(3_000_000 * rng.random()))
    rows = []
    for n in range(count):
        who = artists[int(len(artists) * rng.random())] if compilation else artist
        name = _phrase(rng, words, 1, 5)
        number, disc = n % 20 + 1, n // 20 + 1
        stem = (f"{number:02} {name[0]}", f"{number:02} {name[1]}")
        album_order = SEPARATOR.join(
            (
                title[1] if title else LAST,
                by[1] if title else "",
                f"{disc:010}{number:010}",
                name[1][:MAX_ORDER_CHARACTERS],
            )
        )
        texts = (name[1], who[1], title[1] if title else "", by[1] if title else "",
                 fold(genre[0]) if genre else "", str(year or ""), stem[1])  # fmt: skip
        searchable = dict.fromkeys(word for text in texts for word in text.split())
        search_text = "".join(f" {word}" for word in searchable)
        artist_order = SEPARATOR.join((who[1], album_order))
        pairs = bigrams(search_text)
        rows.append(
            {
                "id": first + n + 1,
                "path": f"/music/{by[0]}/{album} {title[0] if title else ''}/{stem[0]}.{kind[0]}",
                "title": name[0],
                "artist": who[0],
                "artists": [who[0]],
                "album": title[0] if title else None,
                "album_artist": by[0] if title else None,
                "album_id": album + 1 if title else None,
                "date": str(year) if year else None,
                "year": year,
                "genres": genre,
                "track_number": number,
                "disc_number": disc,
                "compilation": compilation,
                "format": kind[0],
                "subtype": kind[1],
                "lossy": kind[2],
                "bits_per_sample": kind[3],
                "title_sort": name[1],
                "album_order": album_order,
                "artist_order": artist_order,
                "search_text": search_text,
                "title_prefix": first_bytes(name[1]),
                "artist_prefix": first_bytes(artist_order),
                "album_prefix": first_bytes(album_order),
                **{f"bigrams_{n}": pairs[n] for n in range(4)},
                "artists_folded": folded_names([who[1]], who[1]),
                "album_folded": title[1] if title else "",
                "album_artist_folded": by[1] if title else "",
                "genres_folded": folded_names([fold(name) for name in genre]),
                "added_at": added,
            }
        )
    return rows


def _columns(rng: np.random.Generator, rows: list[dict[str, Any]]) -> dict[str, list[Any]]:
    columns: dict[str, list[Any]] = {name: [row[name] for row in rows] for name in rows[0]}
    count = len(rows)
    columns["frames"] = (44_100 * rng.gamma(8, 28, count)).astype(int).tolist()
    columns["file_bytes"] = rng.integers(1 << 20, 40 << 20, count).tolist()
    columns["mtime_ns"] = rng.integers(1 << 60, 1 << 61, count).tolist()
    columns["content_key"] = [f"f-{id_:040x}" for id_ in columns["id"]]
    columns["picture_key"] = [f"{album or 0:032x}" for album in columns["album_id"]]
    columns["rate_hz"] = [44_100] * count
    columns["channels"] = [2] * count
    columns["frames_is_estimate"] = [False] * count
    columns["changed_at"] = columns["added_at"]
    columns["measured_version"] = [PROFILE_VERSION] * count
    place = rng.standard_normal((count, 4)) @ rng.standard_normal((4, len(DIMENSIONS)))
    values = place + 0.5 * rng.standard_normal((count, len(DIMENSIONS)))
    for n, name in enumerate(DIMENSIONS):
        known = rng.random(count) > 0.02
        columns[name] = [float(v) if k else None for v, k in zip(values[:, n], known, strict=True)]
    columns["loudness_lufs"] = (-14 + 4 * values[:, 7]).tolist()
    columns["tempo_bpm"] = (110 + 15 * values[:, 10]).tolist()
    return columns


@cache
def _vocabulary(seed: int) -> list[tuple[str, str]]:
    rng = np.random.default_rng(seed)
    made = [
        "".join(rng.choice(SYLLABLES.split(), int(rng.integers(2, 5)))).capitalize()
        for _ in range(12_000)
    ]
    return [(word, fold(word)) for word in (*COMMON.split() * 8, *FOREIGN.split() * 4, *made)]


def _phrase(
    rng: np.random.Generator, words: list[tuple[str, str]], fewest: int, most: int
) -> tuple[str, str]:
    """A phrase and what it folds to; words are drawn unevenly, as in a language."""
    count = fewest + int((most - fewest + 1) * rng.random())
    drawn = [words[int(len(words) * rng.random() ** 2)] for _ in range(count)]
    return " ".join(word for word, _ in drawn), " ".join(folded for _, folded in drawn)
