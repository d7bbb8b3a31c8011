"""What each container calls the fields of :class:`~auralis_lab.io.tagdata.Tags`.

The first name of a field is the one that is written where the file has none of them yet. Names
are compared without regard to case, except those of ID3 frames and MP4 boxes, which have only one.
"""

from __future__ import annotations

from functools import cache

__all__ = ["FAMILY", "LESSER", "NAMES", "family_of", "names_of", "places_of"]

MUSICBRAINZ = {
    "mb_recording_id": ("Track Id", "trackid"),
    "mb_track_id": ("Release Track Id", "releasetrackid"),
    "mb_album_id": ("Album Id", "albumid"),
    "mb_release_group_id": ("Release Group Id", "releasegroupid"),
    "mb_artist_ids": ("Artist Id", "artistid"),
    "mb_album_artist_ids": ("Album Artist Id", "albumartistid"),
}
GAINS = (
    "replaygain_track_gain", "replaygain_track_peak", "replaygain_album_gain",
    "replaygain_album_peak", "r128_track_gain", "r128_album_gain",
)  # fmt: skip
FREEFORM = "----:com.apple.iTunes:"


def _with_prefix(prefix: str, *, spelled: int) -> dict[str, tuple[str, ...]]:
    return {field: (prefix + names[spelled],) for field, names in MUSICBRAINZ.items()}


def _gains(prefix: str) -> dict[str, tuple[str, ...]]:
    return {name: (prefix + name,) for name in GAINS}


NAMES: dict[str, dict[str, tuple[str, ...]]] = {
    "ID3": {
        "title": ("TIT2",), "artist": ("TPE1",), "album": ("TALB",), "albumartist": ("TPE2",),
        "date": ("TDRC", "TYER", "TDRL", "TDOR"), "genre": ("TCON",), "track": ("TRCK",),
        "disc": ("TPOS",), "composer": ("TCOM",), "comment": ("COMM",), "bpm": ("TBPM",),
        "compilation": ("TCMP",), "artists": ("TXXX:ARTISTS",),
        "lyrics": ("USLT", "SYLT", "TXXX:LYRICS", "TXXX:UNSYNCEDLYRICS", "TXXX:SYNCEDLYRICS"),
        **_with_prefix("TXXX:MusicBrainz ", spelled=0),
        "mb_recording_id": ("UFID:http://musicbrainz.org", "TXXX:MusicBrainz Track Id"),
        **_gains("TXXX:"),
        "replaygain_track_gain": ("TXXX:replaygain_track_gain", "RVA2:track:gain"),
        "replaygain_track_peak": ("TXXX:replaygain_track_peak", "RVA2:track:peak"),
        "replaygain_album_gain": ("TXXX:replaygain_album_gain", "RVA2:album:gain"),
        "replaygain_album_peak": ("TXXX:replaygain_album_peak", "RVA2:album:peak"),
    },
    "VORBIS": {
        "title": ("title",), "artist": ("artist",), "album": ("album",),
        "albumartist": ("albumartist", "album artist", "album_artist"), "date": ("date", "year"),
        "genre": ("genre",), "track": ("tracknumber", "track"),
        "tracktotal": ("tracktotal", "totaltracks"), "disc": ("discnumber", "disc"),
        "disctotal": ("disctotal", "totaldiscs"), "composer": ("composer",),
        "comment": ("comment", "comments", "description"), "bpm": ("bpm", "tempo"),
        "compilation": ("compilation",), "artists": ("artists",),
        "lyrics": ("lyrics", "syncedlyrics", "unsyncedlyrics"),
        **_with_prefix("musicbrainz_", spelled=1), **_gains(""),
    },
    "MP4": {
        "title": ("\xa9nam",), "artist": ("\xa9ART",), "album": ("\xa9alb",),
        "albumartist": ("aART",), "date": ("\xa9day",), "genre": ("\xa9gen",),
        "track": ("trkn",), "disc": ("disk",), "composer": ("\xa9wrt",), "comment": ("\xa9cmt",),
        "bpm": (FREEFORM + "BPM", "tmpo"), "compilation": ("cpil",),
        "artists": (FREEFORM + "ARTISTS",),
        "lyrics": ("\xa9lyr", FREEFORM + "LYRICS", FREEFORM + "SYNCEDLYRICS"),
        **_with_prefix(FREEFORM + "MusicBrainz ", spelled=0), **_gains(FREEFORM),
    },
    "APE": {
        "title": ("Title",), "artist": ("Artist",), "album": ("Album",),
        "albumartist": ("Album Artist", "AlbumArtist"), "date": ("Year", "Date"),
        "genre": ("Genre",), "track": ("Track",), "disc": ("Disc",), "composer": ("Composer",),
        "comment": ("Comment",), "bpm": ("BPM",), "compilation": ("Compilation",),
        "artists": ("Artists",), "lyrics": ("Lyrics", "Unsyncedlyrics", "Syncedlyrics"),
        **_with_prefix("MUSICBRAINZ_", spelled=1), **_gains(""),
    },
    "ASF": {
        "title": ("Title",), "artist": ("Author",), "album": ("WM/AlbumTitle",),
        "albumartist": ("WM/AlbumArtist",), "date": ("WM/Year",), "genre": ("WM/Genre",),
        "track": ("WM/TrackNumber",), "disc": ("WM/PartOfSet",), "composer": ("WM/Composer",),
        "comment": ("Description",), "bpm": ("WM/BeatsPerMinute",),
        "compilation": ("WM/IsCompilation",), "artists": ("WM/ARTISTS",),
        "lyrics": ("WM/Lyrics",),
        **_with_prefix("MusicBrainz/", spelled=0), **_gains(""),
    },
    "INFO": {
        "title": ("INAM",), "artist": ("IART",), "album": ("IPRD",), "date": ("ICRD",),
        "genre": ("IGNR",), "track": ("ITRK", "IPRT", "TRCK"), "composer": ("IMUS",),
        "comment": ("ICMT",), "albumartist": ("IAAR",), "bpm": ("IBPM",),
    },
    "V1": {field: (field,) for field in ("title", "artist", "album", "date", "genre", "track")},
}  # fmt: skip
LESSER = frozenset({"tdrl", "tdor", "description"})
"""Names with a meaning of their own: read for want of a better one, left alone when it is set."""
FAMILY = {
    "WAV": "ID3",
    "AIFF": "ID3",
    "DSF": "ID3",
    "DSDIFF": "ID3",
    "FLAC": "VORBIS",
    "OPUS": "VORBIS",
    "OGGFLAC": "VORBIS",
    "SPEEX": "VORBIS",
}


def family_of(container: str) -> str:
    """Whose names a container uses."""
    return FAMILY.get(container, container)


@cache
def names_of(family: str, field: str) -> tuple[str, ...]:
    """Names of a field in a family, folded for comparison; none where it has no place."""
    return tuple(name.casefold() for name in NAMES[family].get(field, ()))


@cache
def places_of(family: str) -> dict[str, tuple[str, int]]:
    """For each folded name of a family the field it belongs to, and its place among its names."""
    return {
        name: (field, rank)
        for field in NAMES[family]
        for rank, name in enumerate(names_of(family, field))
    }
