"""What can be asked of a track: the fields of the filter grammar and the orders, in one whitelist.

Conventions: a field's SQL is an expression over the columns of ``tracks``, or of ``marks`` where it
says so. Names are those that people type; a field that is a column has the column's name among its
other names. Text comes in two kinds: *folded* columns, in which case, accents and punctuation do
not count, and *literal* ones, in which only case does not.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from auralis_lab.analysis.fingerprint import MEASURES
from auralis_lab.catalogue.text import fold

__all__ = ["FIELDS", "FLAGS", "SHOWN", "Field", "Flag", "Kind", "find_field", "find_flag"]


class Kind(Enum):
    """How the values of a field are written and compared."""

    NAMES = "several folded names, each of them between separators"
    FOLDED = "folded text"
    LITERAL = "text as it is, without case"
    WHOLE = "whole number"
    STEPPED = "number in steps, equal only if it is the same"
    NUMBER = "number, equal if it is the same rounded to the digits that are given"
    DATE = "moment, asked for by a date or an age"


@dataclass(frozen=True, slots=True)
class Field:
    """One thing that can be asked of a track.

    Attributes
    ----------
    name : str
        How it is called.
    kind : Kind
    sql : str
        Its value.
    about : str
        What it is, for lists of all fields.
    aliases : tuple of str
        Other names.
    known : str
        SQL that holds where there is a value.
    units : tuple of (str, float)
        Endings a number may have, and what they multiply it by.
    of_marks : bool
        Whether `sql` and `known` are about ``marks``, in which a track may be absent.
    absent : float or None
        Its value where the track is absent there.
    highest : float or None
        What no value exceeds.
    """

    name: str
    kind: Kind
    sql: str
    about: str
    aliases: tuple[str, ...] = ()
    known: str = ""
    units: tuple[tuple[str, float], ...] = ()
    of_marks: bool = False
    absent: float | None = None
    highest: float | None = None

    @property
    def is_text(self) -> bool:
        """Whether its values are texts."""
        return self.kind in (Kind.NAMES, Kind.FOLDED, Kind.LITERAL)

    @property
    def is_known(self) -> str:
        """SQL that holds where there is a value."""
        return self.known or f"{self.sql} IS NOT NULL"


@dataclass(frozen=True, slots=True)
class Flag:
    """Something that a track is or is not, after ``is:``."""

    name: str
    sql: str
    about: str
    aliases: tuple[str, ...] = ()
    of_marks: bool = False


_SECONDS = (("s", 1.0), ("m", 60.0), ("min", 60.0), ("h", 3600.0))
_HERTZ = (("hz", 1.0), ("k", 1e3), ("khz", 1e3))
_BYTES = (("b", 1.0), ("kb", 1e3), ("mb", 1e6), ("gb", 1e9))
_MEASURE_ALIASES = {
    "loudness_lufs": ("loudness", "lufs"),
    "true_peak_dbtp": ("peak", "true_peak", "dbtp"),
    "lra_lu": ("lra", "range"),
    "plr_db": ("plr",),
    "crest_db": ("crest",),
    "bass_mid_db": ("bass_mid",),
    "tempo_bpm": ("tempo",),
    "onset_density_hz": ("onset_density", "onsets"),
    "silence_ratio": ("silence",),
    "centroid_hz": ("centroid", "brightness"),
    "rolloff_hz": ("rolloff",),
    "harmonic_ratio": ("harmonic",),
    "dynamic_range_variation_db": ("dynamic_range_variation",),
    "loudness_variation_db": ("loudness_variation",),
    "stereo_width": ("width",),
    "phase_correlation": ("correlation", "phase"),
}
_ENDINGS = {"_lufs": "lufs", "_dbtp": "dbtp", "_lu": "lu", "_db": "db", "_bpm": "bpm", "_hz": "hz"}


def _measure(name: str) -> Field:
    short, *others = _MEASURE_ALIASES.get(name, (name,))
    aliases = (*others, name) if short != name else ()
    unit = next((unit for ending, unit in _ENDINGS.items() if name.endswith(ending)), None)
    units = _HERTZ if unit == "hz" else ((unit, 1.0),) if unit else ()
    about = f"measured: {name.removesuffix(f'_{unit}').replace('_', ' ')}"
    return Field(name=short, kind=Kind.NUMBER, sql=name, aliases=aliases, units=units,
                 about=f"{about} in {unit}" if unit else about)  # fmt: skip


def _text(name: str, about: str, *aliases: str, sql: str | None = None) -> Field:
    return Field(name, Kind.LITERAL, sql or name, about, aliases)


def _folded(name: str, column: str, about: str, known: str, *aliases: str) -> Field:
    several = column in ("artists_folded", "genres_folded")
    return Field(name, Kind.NAMES if several else Kind.FOLDED, column, about, aliases, known)


def _whole(
    name: str, about: str, *aliases: str, sql: str | None = None,
    units: tuple[tuple[str, float], ...] = (),
) -> Field:  # fmt: skip
    return Field(name, Kind.WHOLE, sql or name, about, aliases, units=units)


def _number(
    name: str, sql: str, about: str, *aliases: str, units: tuple[tuple[str, float], ...] = ()
) -> Field:
    return Field(name, Kind.NUMBER, sql, about, aliases, units=units)


_ALL = (
    _folded("title", "title_sort", "title, or else the file's name", "title IS NOT NULL"),
    _folded("artist", "artists_folded", "any of the artists", "artist IS NOT NULL", "artists"),
    _folded("album", "album_folded", "album", "album IS NOT NULL"),
    _folded("album_artist", "album_artist_folded", "artist of the album",
            "album_artist IS NOT NULL", "albumartist"),
    _folded("genre", "genres_folded", "any of the genres", "genres_folded <> ''", "genres"),
    _folded("composer", "composer_folded", "composer", "composer IS NOT NULL"),
    _whole("year", "year of the date"),
    _whole("decade", "first year of the decade, as in 1970s", sql="(year // 10 * 10)",
           units=(("s", 1.0),)),
    _text("date", "date as the tag has it"),
    _whole("track", "track number", "track_number", sql="track_number"),
    _whole("tracks", "number of tracks, of the disc", "track_total", sql="track_total"),
    _whole("disc", "disc number", "disc_number", sql="disc_number"),
    _whole("discs", "number of discs", "disc_total", sql="disc_total"),
    _text("comment", "comment"),
    _text("lyrics", "lyrics"),
    _text("path", "path of the file", "file", "folder"),
    _text("format", "FLAC, MP3, OGG, …"),
    _text("subtype", "kind of coding", "codec"),
    _text("key", "name of the audio itself", "content_key", sql="content_key"),
    _text("mb_recording_id", "MusicBrainz recording", "mb_recording"),
    _text("mb_track_id", "MusicBrainz track", "mb_track"),
    _text("mb_album_id", "MusicBrainz release", "mb_album", "mb_release"),
    _text("mb_release_group_id", "MusicBrainz release group", "mb_release_group"),
    _text("artwork", "name of the embedded cover", "cover", "picture", "picture_key",
          sql="picture_key"),
    _text("problem", "what is wrong with the tags", "tag_problem", sql="tag_problem"),
    _whole("id", "number of the track"),
    _whole("album_id", "number of the album"),
    _number("duration", "(frames / rate_hz)", "length, as in 200, 3:20, 3m, 1h", "length",
            units=_SECONDS),
    _whole("rate", "sample rate in Hz, or as in 44.1k", "rate_hz", "samplerate", sql="rate_hz",
           units=_HERTZ),
    _whole("channels", "channels"),
    _whole("bits", "bits of a sample", "bits_per_sample", sql="bits_per_sample"),
    _number("size", "file_bytes", "bytes of the file, or as in 5mb", "file_bytes", units=_BYTES),
    _number("bpm", "coalesce(bpm, tempo_bpm)", "tempo as tagged, or else as measured",
            units=(("bpm", 1.0),)),
    _number("track_gain", "rg_track_gain_db", "ReplayGain of the track", "rg_track_gain_db",
            units=(("db", 1.0),)),
    _number("album_gain", "rg_album_gain_db", "ReplayGain of the album", "rg_album_gain_db",
            units=(("db", 1.0),)),
    _number("track_peak", "rg_track_peak", "peak that ReplayGain names", "rg_track_peak"),
    _number("album_peak", "rg_album_peak", "peak of the album", "rg_album_peak"),
    *map(_measure, MEASURES),
    Field("added", Kind.DATE, "added_at", "when it came into the library", ("added_at",)),
    Field("changed", Kind.DATE, "changed_at", "when its file was last read", ("changed_at",)),
    Field("played", Kind.DATE, "last_played_at", "when it was last heard",
          ("last_played", "last_played_at"), of_marks=True),
    Field("liked", Kind.DATE, "favourite_since", "since when it is a favourite",
          ("favourite_since",), of_marks=True),
    Field("rating", Kind.STEPPED, "(rating / 2)", "stars, 0.5 to 5", ("stars",), of_marks=True,
          highest=5.0),
    Field("plays", Kind.WHOLE, "plays", "how often it was heard", ("playcount",),
          known="plays > 0", of_marks=True, absent=0.0),
    Field("heard", Kind.NUMBER, "heard_s", "how long it was heard in all", ("heard_s",),
          known="heard_s > 0", units=_SECONDS, of_marks=True, absent=0.0),
)  # fmt: skip

_ALL_FLAGS = (
    Flag("favourite", "favourite_since IS NOT NULL", "a favourite", ("favorite", "liked", "loved"),
         of_marks=True),
    Flag("rated", "rating IS NOT NULL", "rated", of_marks=True),
    Flag("played", "plays > 0", "heard at least once", of_marks=True),
    Flag("lossless", "NOT lossy", "of a lossless format"),
    Flag("lossy", "lossy", "of a lossy format"),
    Flag("hires", "NOT lossy AND (rate_hz > 48000 OR coalesce(bits_per_sample > 16, false))",
         "lossless, of more than 48 kHz or 16 bits", ("hi_res",)),
    Flag("compilation", "compilation", "of a compilation"),
    Flag("mono", "channels = 1", "of one channel"),
    Flag("stereo", "channels = 2", "of two channels"),
    Flag("surround", "channels > 2", "of more than two channels"),
    Flag("measured", "measured_version IS NOT NULL", "measured"),
    Flag("synced", "lyrics_synced", "with lyrics that have times"),
    Flag("missing", "missing_since IS NOT NULL",
         "not found by a scan; listed by this alone", ("gone",)),
    Flag("duplicate",
         """content_key IN (
            SELECT content_key FROM tracks WHERE missing_since IS NULL
            GROUP BY content_key HAVING count(*) > 1)""",
         "of audio that another track has as well"),
    Flag("estimated", "frames_is_estimate", "of a length that is only estimated"),
)  # fmt: skip

FIELDS: dict[str, Field] = {name: f for f in _ALL for name in (f.name, *f.aliases)}
"""Every field by each of its names."""
FLAGS: dict[str, Flag] = {name: f for f in _ALL_FLAGS for name in (f.name, *f.aliases)}
"""What may follow ``is:``, by each of its names."""
SHOWN: tuple[Field, ...] = _ALL
"""Every field once."""


def find_field(name: str) -> Field | None:
    """Return the field of a name, whatever its case, or None."""
    return FIELDS.get(_plain(name))


def find_flag(name: str) -> Flag | None:
    """Return the flag of a name, whatever its case, or None."""
    return FLAGS.get(_plain(name))


def _plain(name: str) -> str:
    return fold(name).replace(" ", "_") if name.isascii() else name
