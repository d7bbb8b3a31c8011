"""Who made a track, from what its tags credit.

A credit such as "A feat. B" names main artists and guests; titles name guests as well, "Song
(feat. B)". Names are never taken apart at "&", "/" or a comma, since many names hold one; where a
file lists its artists one by one, that list tells which names a credit is made of.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

__all__ = ["JOINT", "Credit", "credits_of"]

JOINT = ", "
MAX_ARTISTS = 256
MAX_CREDIT = 1_000
"""Characters up to which a text is taken for a credit that names guests."""
WORD = r"(?:feat\.|ft\.|featuring(?=\s)|feat(?=\s)|ft(?=\s))\s*(?=[^\W_])"
GUESTS = re.compile(r"(?<![^\s(\[])(?<!\blittle )" + WORD, re.IGNORECASE)
TITLE_GUESTS = re.compile(r"(?<=\s)(?:feat\.|ft\.)\s*(?=[^\W_])", re.IGNORECASE)
BRACKETED = re.compile(r"[(\[]([^()\[\]]*)[)\]]")
OPENING = re.compile(r"\s*[(\[]?\s*$")


@dataclass(frozen=True)
class Credit:
    """The credited text, everybody in it (main artists first), and the guests among them."""

    artist: str | None
    artists: tuple[str, ...]
    featured: tuple[str, ...]


def credits_of(credited: Sequence[str], listed: Sequence[str], title: str | None) -> Credit:
    """Tell who made a track.

    Parameters
    ----------
    credited : sequence of str
        Values of the artist tag.
    listed : sequence of str
        Values of the tag that lists every artist by name, where there is one.
    title : str or None

    Examples
    --------
    >>> credits_of(["Simon & Garfunkel ft. AC/DC"], (), "Song (feat. X)").featured
    ('AC/DC', 'X')
    """
    mains: list[str] = []
    guests: list[str] = []
    for text in credited:
        main, *others = _parts(text)
        mains += _names(main)
        guests += (name for other in others for name in _names(other))
    guests += (name for text in _title_guests(title or "") for name in _names(text))
    artist = JOINT.join(credited) or JOINT.join(listed) or None
    if not listed:
        known = {_key(name) for name in mains}
        featured = _unique(guest for guest in guests if _key(guest) not in known)
        return _credit(artist, [*mains, *featured], featured)
    named = "\n".join(_key(guest) for guest in guests)
    featured = _unique(name for name in listed[1:] if _holds(named, _key(name)))
    if guests and not featured:
        known = {_key(name) for name in listed}
        featured = _unique(guest for guest in guests if _key(guest) not in known)
    return _credit(artist, [*listed, *featured], featured)


def _credit(artist: str | None, names: Iterable[str], featured: Iterable[str]) -> Credit:
    artists = _unique(names)[:MAX_ARTISTS]
    return Credit(artist, artists, tuple(name for name in featured if name in artists))


def _parts(text: str) -> list[str]:
    """Split a credit into the main artists and guests."""
    if len(text) > MAX_CREDIT:
        return [text]
    found = [match for match in GUESTS.finditer(text) if not _is_length(match)]
    if not found or not OPENING.sub("", text[: found[0].start()]):
        return [text]
    ends = [*(match.start() for match in found[1:]), len(text)]
    guests = [text[match.end() : end] for match, end in zip(found, ends, strict=True)]
    return [OPENING.sub("", text[: found[0].start()]), *map(_closed, guests)]


def _is_length(match: re.Match[str]) -> bool:
    """Whether a number of feet is meant, as in "6 ft Tall"."""
    words = match.string[: match.start()].split()
    return match[0].strip().casefold() == "ft" and bool(words) and words[-1].isdigit()


def _title_guests(title: str) -> list[str]:
    if len(title) > MAX_CREDIT:
        return []
    inside = (GUESTS.split(match[1])[1:] for match in BRACKETED.finditer(title))
    guests = [guest for parts in inside for guest in parts]
    plain = BRACKETED.sub(" ", title)
    return guests + TITLE_GUESTS.split(plain)[1:]


def _closed(text: str) -> str:
    """Cut a guest's name where the bracket that it stands in closes, and a bracket opens."""
    depth = 0
    for at, sign in enumerate(text):
        depth += (sign in "([") - (sign in ")]")
        if depth < 0:
            return text[:at].strip()
    return OPENING.sub("", text)


def _names(text: str) -> list[str]:
    return [name.strip() for name in text.split(";") if name.strip()]


def _holds(text: str, name: str) -> bool:
    """Whether a name stands in a text as whole words."""
    at = text.find(name)
    while at >= 0 and name:
        before, after = text[max(at - 1, 0) : at], text[at + len(name) : at + len(name) + 1]
        if not before.isalnum() and not after.isalnum():
            return True
        at = text.find(name, at + 1)
    return False


def _key(name: str) -> str:
    return " ".join(name.casefold().split())


def _unique(names: Iterable[str]) -> tuple[str, ...]:
    first: dict[str, str] = {}
    for name in names:
        first.setdefault(_key(name), name)
    return tuple(first.values())
