r"""What a snapshot offers to SQL beside the raw tables: views that stay as they are.

Conventions: the views hold only what is there; a track whose file is missing is in the raw tables
alone. Durations are seconds, levels dB, times UTC, lists lists. A path is text as the catalogue
stores it: a byte that is not UTF-8 is written ``\xNN``, a backslash twice.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from auralis_lab.analysis.fingerprint import MEASURES

if TYPE_CHECKING:
    import duckdb

__all__ = ["VIEWS_SQL", "ColumnInfo", "TableInfo", "describe"]

_TITLE = r"coalesce(title, regexp_extract(path, '([^/]+?)(\.[^./]*)?$', 1))"

_VIEWS = {
    "library": f"""
        SELECT id, {_TITLE} AS title, artist, artists, featured, album, album_artist, album_id,
            year, date, genres, track_number, track_total, disc_number, disc_total, composer,
            comment, bpm, compilation, lyrics,
            frames / rate_hz AS duration_s, frames_is_estimate AS duration_is_estimate,
            format, subtype, lossy, rate_hz, channels, bits_per_sample, file_bytes, path,
            picture_key IS NOT NULL AS has_picture,
            {", ".join(MEASURES)}, measured_version IS NOT NULL AS is_measured,
            rg_track_gain_db, rg_track_peak, rg_album_gain_db, rg_album_peak,
            mb_recording_id, mb_track_id, mb_album_id, mb_release_group_id,
            coalesce(plays, 0) AS plays, coalesce(heard_s, 0) AS heard_s, last_played_at,
            favourite_since IS NOT NULL AS is_favourite, favourite_since, rating / 2 AS stars,
            added_at, changed_at
        FROM tracks LEFT JOIN marks ON marks.track_id = tracks.id
        WHERE missing_since IS NULL""",
    "library_albums": """
        SELECT albums.id, any_value(albums.title) AS title, any_value(albums.artist) AS artist,
            min(year) AS first_year, max(year) AS last_year, count(*) AS tracks,
            sum(frames / rate_hz) AS duration_s, list_sort(list(DISTINCT format)) AS formats,
            avg(loudness_lufs) AS mean_loudness_lufs, any_value(albums.added_at) AS added_at
        FROM albums JOIN tracks ON tracks.album_id = albums.id
        WHERE missing_since IS NULL GROUP BY albums.id""",
    "library_artists": """
        SELECT track_id, name AS artist, list_contains(featured, name) AS is_featured
        FROM (
            SELECT id AS track_id, unnest(artists) AS name, featured FROM tracks
            WHERE missing_since IS NULL)""",
    "library_genres": """
        SELECT id AS track_id, unnest(genres) AS genre FROM tracks WHERE missing_since IS NULL""",
    "library_plays": f"""
        SELECT track_id, {_TITLE} AS title, artist, album, started_at, heard_s, finished, counted,
            preset, intensity
        FROM plays JOIN tracks ON tracks.id = track_id""",
    "library_playlists": f"""
        SELECT playlists.id AS playlist_id, playlists.name AS playlist,
            row_number() OVER (PARTITION BY playlists.id ORDER BY position, entries.id) AS place,
            track_id, {_TITLE} AS title, artist, album
        FROM playlists JOIN playlist_entries AS entries ON entries.playlist_id = playlists.id
            JOIN tracks ON tracks.id = track_id
        WHERE filter IS NULL AND removed_at IS NULL""",
}

_VIEW_COMMENTS = {
    "library": "One row for each track that is there, with what was measured and what was heard.",
    "library_albums": "One row for each album of which a track is there.",
    "library_artists": "One row for each artist of each track.",
    "library_genres": "One row for each genre of each track.",
    "library_plays": "One row for each time that a track was played.",
    "library_playlists": "One row for each entry of each playlist, smart ones left out.",
}

_COLUMN_COMMENTS = {
    "added_at": "when it was first found, UTC",
    "album_artist": "as the tag names it",
    "artist": "as credited",
    "artists": "each of them, the main one first",
    "bits_per_sample": "NULL for lossy formats",
    "changed_at": "when the row was last written, UTC",
    "counted": "whether it was long enough to count as a play",
    "date": "as the tag has it",
    "duration_is_estimate": "whether only the file's header says so",
    "duration_s": "seconds",
    "favourite_since": "UTC",
    "featured": "those of the artists who are guests",
    "file_bytes": "size",
    "heard_s": "seconds listened to",
    "id": "number of the track or album, kept for good",
    "is_measured": "whether it was analysed; otherwise the measures are NULL",
    "last_played_at": "UTC",
    "loudness_lufs": "integrated loudness, BS.1770",
    "lra_lu": "loudness range",
    "mean_loudness_lufs": "mean over its measured tracks",
    "path": "the file; a byte that is not UTF-8 is written \\xNN, a backslash twice",
    "place": "counted from 1",
    "plays": "how often it was played for long enough to count",
    "plr_db": "true peak over integrated loudness",
    "rate_hz": "sample rate",
    "rg_track_gain_db": "ReplayGain, as the tag has it",
    "rg_album_gain_db": "ReplayGain, as the tag has it",
    "stars": "0.5 to 5, NULL if not rated",
    "started_at": "UTC",
    "title": "the tag, or else the file's name",
    "true_peak_dbtp": "highest true peak, BS.1770",
    "year": "first year that the date names",
}


@dataclass(frozen=True, slots=True)
class ColumnInfo:
    """One column; `comment` is empty where the name says it all."""

    name: str
    type: str
    comment: str


@dataclass(frozen=True, slots=True)
class TableInfo:
    """One view or table.

    Attributes
    ----------
    name : str
    is_view : bool
        True for a view that is made to be asked; a raw table may change with a new version.
    comment : str
    columns : tuple of ColumnInfo
    """

    name: str
    is_view: bool
    comment: str
    columns: tuple[ColumnInfo, ...]


_DESCRIBE_SQL = {
    "tables": """
        SELECT name, is_view FROM (
            SELECT view_name AS name, true AS is_view, internal FROM duckdb_views()
            UNION ALL
            SELECT table_name, false, internal FROM duckdb_tables())
        WHERE NOT internal ORDER BY NOT is_view, name""",
    "columns": """
        SELECT table_name, column_name, data_type FROM duckdb_columns()
        WHERE NOT internal ORDER BY table_name, column_index""",
}


def describe(connection: duckdb.DuckDBPyConnection) -> tuple[TableInfo, ...]:
    """Return what a snapshot holds: views first, each kind by name."""
    columns: dict[str, list[ColumnInfo]] = {}
    for table, name, kind in connection.execute(_DESCRIBE_SQL["columns"]).fetchall():
        comment = _COLUMN_COMMENTS.get(name, "") if table in _VIEWS else ""
        columns.setdefault(table, []).append(ColumnInfo(name, kind, comment))
    return tuple(
        TableInfo(name, is_view, _VIEW_COMMENTS.get(name, ""), tuple(columns[name]))
        for name, is_view in connection.execute(_DESCRIBE_SQL["tables"]).fetchall()
    )


VIEWS_SQL = ";\n".join(f"CREATE OR REPLACE VIEW {name} AS {sql}" for name, sql in _VIEWS.items())
"""Statements that make the views in a copy."""
