"""Read and write M3U playlists.

Conventions: files are written as UTF-8 without a byte order mark, whatever their suffix, with lines
that end in a line feed. Files that are read may have a byte order mark, be UTF-16, name their
encoding (``#EXTENC``), or have lines that are no UTF-8: those are taken for the bytes of a file's
name and, failing that, for Windows-1252, of which Latin-1 is a part.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable

from auralis_lab.catalogue.listening.listening import MAX_AT_ONCE
from auralis_lab.catalogue.playlists.listing import Listed, Listing, WrittenTrack
from auralis_lab.catalogue.playlists.paths import MAX_LOCATION_CHARACTERS, line_of_path
from auralis_lab.catalogue.text import clean, path_to_text

__all__ = ["format_m3u", "parse_m3u"]

_NAMES = (
    "big5 cp1250 cp1251 cp1252 cp1253 cp1254 cp932 euc_jp euc_kr gb18030 gbk "
    "iso8859-1 iso8859-2 iso8859-5 iso8859-15 koi8-r shift_jis utf-8"
)
ENCODINGS = frozenset(_NAMES.split())
"""Those that a file may name, by the names Python has for them."""
LINE_ENDS = re.compile(rb"\r\n|\n|\r")
DURATION = re.compile(r"\s*(-?\d{1,9}(?:\.\d{1,9})?)")
QUOTED = re.compile(r'"[^"]*"')
MAX_SPLITS = 4


def parse_m3u(data: bytes) -> Listing:
    """Read an M3U file.

    Parameters
    ----------
    data : bytes

    Raises
    ------
    ValueError
        If it is no text or has more than 100,000 entries.
    """
    lines, encoding = _lines(data)
    name: str | None = None
    about: dict[str, str] = {}
    entries: list[Listed] = []
    for line in lines:
        if not line.strip() or len(line) > MAX_LOCATION_CHARACTERS:
            continue
        readings = _readings(line, encoding)
        text = readings[-1]
        if text.lstrip().startswith("#"):
            key, _, value = text.strip().partition(":")
            if key.upper() == "#PLAYLIST":
                name = name or clean(value)
            elif key.upper() in ("#EXTINF", "#EXTALB"):
                about[key.upper()] = value
            continue
        if len(entries) == MAX_AT_ONCE:
            raise ValueError(f"it has more than {MAX_AT_ONCE:,} entries")
        entries.append(_listed(readings, about))
        about = {}
    return Listing(name, tuple(entries), encoded=False)


def format_m3u(name: str, tracks: Iterable[WrittenTrack], folder: str) -> bytes:
    """Write an M3U file that will lie in `folder`."""
    lines = ["#EXTM3U", f"#PLAYLIST:{_line(name)}"]
    for track in tracks:
        duration = -1 if track.duration_s is None else round(track.duration_s)
        credit = f"{_line(track.artist)} - " if track.artist else ""
        lines.append(f"#EXTINF:{duration},{credit}{_line(track.title)}")
        if track.album:
            lines.append(f"#EXTALB:{_line(track.album)}")
        lines.append(line_of_path(track.path, folder))
    return ("\n".join(lines) + "\n").encode("utf-8")


def _lines(data: bytes) -> tuple[list[bytes], str | None]:
    """Lines as bytes, and the encoding that is named for those that are no UTF-8."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        data = data.decode("utf-16", "replace").encode("utf-8", "replace")
    data = data.removeprefix(codecs.BOM_UTF8)
    if b"\0" in data:
        raise ValueError("it is no text")
    lines = LINE_ENDS.split(data)
    for line in lines[:20]:
        if line[:8].upper() == b"#EXTENC:":
            try:
                found = codecs.lookup(line[8:].decode("ascii").strip()).name
            except (LookupError, ValueError):
                return lines, None
            return lines, found if found in ENCODINGS else None
    return lines, None


def _readings(line: bytes, encoding: str | None) -> tuple[str, ...]:
    """What a line may say: the bytes of a name first, the likeliest text last."""
    exact = line.decode("utf-8", "surrogateescape")
    if exact.isprintable() or not any("\udc80" <= c <= "\udcff" for c in exact):
        return (exact,)
    try:
        text = line.decode(encoding or "cp1252")
    except UnicodeDecodeError:
        text = line.decode("latin-1")
    return (exact, text)


def _listed(readings: tuple[str, ...], about: dict[str, str]) -> Listed:
    duration_s, shown = _split_info(about.get("#EXTINF", ","))
    found = DURATION.match(duration_s)
    seconds = float(found[1]) if found else 0.0
    parts = shown.split(" - ")
    splits = [
        (" - ".join(parts[:n]).strip(), " - ".join(parts[n:]).strip())
        for n in range(1, min(len(parts), MAX_SPLITS + 1))
    ]
    return Listed(
        locations=readings,
        artist_titles=tuple((artist, title) for artist, title in splits if artist and title),
        album=clean(about.get("#EXTALB")),
        duration_s=seconds if seconds > 0 else None,
        shown=clean(path_to_text(readings[0])) or "",
    )


def _split_info(value: str) -> tuple[str, str]:
    """What stands ahead of the comma, which is the first one outside quotes, and behind it."""
    masked = QUOTED.sub(lambda match: "_" * len(match[0]), value)
    place = masked.find(",")
    return (value, "") if place < 0 else (value[:place], value[place + 1 :].strip())


def _line(text: str | None) -> str:
    return " ".join((clean(text) or "").split())
