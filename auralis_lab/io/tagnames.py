"""What each container calls the fields of :class:`~auralis_lab.io.tagdata.Tags`."""

from __future__ import annotations

__all__ = ["FAMILY", "NAMES"]

NAMES: dict[str, dict[str, tuple[str, ...]]] = {
    "ID3": {
        "title": ("TIT2",), "artist": ("TPE1",), "album": ("TALB",), "albumartist": ("TPE2",),
        "date": ("TDRC", "TYER", "TDRL", "TDOR"), "genre": ("TCON",), "track": ("TRCK",),
        "disc": ("TPOS",), "composer": ("TCOM",), "comment": ("COMM",), "bpm": ("TBPM",),
        "compilation": ("TCMP",),
    },
    "VORBIS": {
        "title": ("title",), "artist": ("artist",), "album": ("album",),
        "albumartist": ("albumartist", "album artist", "album_artist"), "date": ("date", "year"),
        "genre": ("genre",), "track": ("tracknumber", "track"),
        "tracktotal": ("tracktotal", "totaltracks"), "disc": ("discnumber", "disc"),
        "disctotal": ("disctotal", "totaldiscs"), "composer": ("composer",),
        "comment": ("comment", "comments", "description"), "bpm": ("bpm", "tempo"),
        "compilation": ("compilation",),
    },
    "MP4": {
        "title": ("\xa9nam",), "artist": ("\xa9ART",), "album": ("\xa9alb",),
        "albumartist": ("aART",), "date": ("\xa9day",), "genre": ("\xa9gen",),
        "track": ("trkn",), "disc": ("disk",), "composer": ("\xa9wrt",), "comment": ("\xa9cmt",),
        "bpm": ("tmpo",), "compilation": ("cpil",),
    },
    "APE": {
        "title": ("Title",), "artist": ("Artist",), "album": ("Album",),
        "albumartist": ("Album Artist", "AlbumArtist"), "date": ("Year", "Date"),
        "genre": ("Genre",), "track": ("Track",), "disc": ("Disc",), "composer": ("Composer",),
        "comment": ("Comment",), "bpm": ("BPM",), "compilation": ("Compilation",),
    },
    "ASF": {
        "title": ("Title",), "artist": ("Author", "WM/ARTISTS"), "album": ("WM/AlbumTitle",),
        "albumartist": ("WM/AlbumArtist",), "date": ("WM/Year",), "genre": ("WM/Genre",),
        "track": ("WM/TrackNumber",), "disc": ("WM/PartOfSet",), "composer": ("WM/Composer",),
        "comment": ("Description",), "bpm": ("WM/BeatsPerMinute",),
        "compilation": ("WM/IsCompilation",),
    },
    "INFO": {
        "title": ("INAM",), "artist": ("IART",), "album": ("IPRD",), "date": ("ICRD",),
        "genre": ("IGNR",), "track": ("ITRK", "IPRT", "TRCK"), "composer": ("IMUS",),
        "comment": ("ICMT",), "albumartist": ("IAAR",),
    },
}  # fmt: skip
FAMILY = {
    "WAV": "ID3",
    "AIFF": "ID3",
    "FLAC": "VORBIS",
    "OPUS": "VORBIS",
    "OGGFLAC": "VORBIS",
    "SPEEX": "VORBIS",
}
