"""Read and write XSPF playlists.

Conventions: a file with a document type or entities of its own is refused before they do anything,
for a few lines of those can stand for gigabytes or for other files. Elements are known by their
name in any namespace. Locations are URIs, relative ones to the file.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from xml.etree import ElementTree
from xml.parsers import expat

from auralis_lab.catalogue.listening.listening import MAX_AT_ONCE
from auralis_lab.catalogue.playlists.listing import Listed, Listing, WrittenTrack
from auralis_lab.catalogue.playlists.paths import uri_of_path
from auralis_lab.catalogue.text import clean

__all__ = ["format_xspf", "parse_xspf"]

NAMESPACE = "http://xspf.org/ns/0/"
MAX_DEPTH = 100
MAX_TEXT_CHARACTERS = 20_000
MAX_LOCATIONS = 8
FIELDS = ("location", "creator", "title", "album", "duration")
UNFIT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def parse_xspf(data: bytes) -> Listing:
    """Read an XSPF file.

    Raises
    ------
    ValueError
        If it is no well-formed XSPF, has a document type, or more than 100,000 entries.
    """
    reader = _Reader()
    try:
        reader.parser.Parse(data, True)
    except expat.ExpatError as error:
        raise ValueError(f"it is no well-formed XML: {error}") from error
    if not reader.is_playlist:
        raise ValueError("it is no XSPF")
    return Listing(reader.name, tuple(reader.entries), encoded=True)


def format_xspf(name: str, tracks: Iterable[WrittenTrack], folder: str) -> bytes:
    """Write an XSPF file that will lie in `folder`."""
    root = ElementTree.Element("playlist", {"version": "1", "xmlns": NAMESPACE})
    _child(root, "title", name)
    listed = ElementTree.SubElement(root, "trackList")
    for track in tracks:
        element = ElementTree.SubElement(listed, "track")
        _child(element, "location", uri_of_path(track.path, folder))
        _child(element, "title", track.title)
        _child(element, "creator", track.artist)
        _child(element, "album", track.album)
        if track.track_number:
            _child(element, "trackNum", str(track.track_number))
        if track.duration_s is not None:
            _child(element, "duration", str(round(1000 * track.duration_s)))
    ElementTree.indent(root)
    text: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return text + b"\n"


def _child(parent: ElementTree.Element, tag: str, text: str | None) -> None:
    if text:
        ElementTree.SubElement(parent, tag).text = UNFIT.sub("", text)


class _Reader:
    """Takes what the parser finds."""

    def __init__(self) -> None:
        self.parser = parser = expat.ParserCreate(namespace_separator=" ")
        parser.StartDoctypeDeclHandler = self._refuse
        parser.EntityDeclHandler = self._refuse
        parser.ExternalEntityRefHandler = self._refuse
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        self.is_playlist = False
        self.name: str | None = None
        self.entries: list[Listed] = []
        self._path: list[str] = []
        self._track: dict[str, list[str]] = {}
        self._parts: list[str] | None = None
        self._room = 0

    def _refuse(self, *_: object) -> int:
        raise ValueError("it has a document type or entities, which are refused")

    def _start(self, name: str, _: dict[str, str]) -> None:
        self._path.append(name.rpartition(" ")[2])
        if len(self._path) > MAX_DEPTH:
            raise ValueError(f"its elements are nested more than {MAX_DEPTH} deep")
        if self._path == ["playlist"]:
            self.is_playlist = True
        elif self._path == ["playlist", "trackList", "track"]:
            if len(self.entries) == MAX_AT_ONCE:
                raise ValueError(f"it has more than {MAX_AT_ONCE:,} entries")
            self._track = {}
        wanted = self._path == ["playlist", "title"] or (
            len(self._path) == 4 and self._path[2] == "track" and self._path[3] in FIELDS
        )
        self._parts, self._room = ([], MAX_TEXT_CHARACTERS) if wanted else (None, 0)

    def _text(self, text: str) -> None:
        if self._parts is not None and self._room > 0:
            self._parts.append(text[: self._room])
            self._room -= len(text)

    def _end(self, _: str) -> None:
        tag = self._path.pop()
        if self._parts is not None:
            text = "".join(self._parts).strip()
            self._parts = None
            if self._path == ["playlist"]:
                self.name = self.name or clean(text)
            elif text:
                self._track.setdefault(tag, []).append(text)
        elif tag == "track" and self._path == ["playlist", "trackList"]:
            self.entries.append(_listed(self._track))


def _listed(track: dict[str, list[str]]) -> Listed:
    first = {tag: clean(texts[0]) for tag, texts in track.items()}
    artist, title = first.get("creator"), first.get("title")
    milliseconds = first.get("duration") or ""
    known = milliseconds.isascii() and milliseconds.isdecimal() and len(milliseconds) < 12
    named = " - ".join(text for text in (artist, title) if text)
    return Listed(
        locations=tuple(track.get("location", ())[:MAX_LOCATIONS]),
        artist_titles=((artist, title),) if artist and title else (),
        album=first.get("album"),
        duration_s=int(milliseconds) / 1000 or None if known else None,
        shown=first.get("location") or named or "an entry without a location",
    )
