"""What tracks can be counted by, each with its SQL, its labels and its filter terms.

Conventions: values arrive as text, as SQL writes them. Bands hold their lower bound and not their
upper one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from auralis_lab.catalogue.finding.terms import quote

__all__ = ["FACETS", "FacetKind"]

DURATION_EDGES_S = (60, 120, 180, 240, 300, 420, 600, 1200, 3600)
LOUDNESS_BAND_LU = 3
TEMPO_BAND_BPM = 20


@dataclass(frozen=True, slots=True)
class FacetKind:
    """How tracks are counted by one thing.

    Attributes
    ----------
    value : str
        SQL of what is told apart; NULL is the lack of a value.
    columns : str
        Columns of ``tracks`` it is made from; empty if it is made from ``marks``.
    tell : callable
        Label and filter term of a value, from the value and how people spell it.
    nothing : tuple of (str, str)
        Label and term of the lack of a value.
    spelling : str
        Column in which a value stands as people spell it; empty if the value is that.
    names : bool
        Whether `value` holds several names.
    ordered : bool
        Whether values are told in their own order, not by how many tracks have them.
    """

    value: str
    columns: str
    tell: Callable[[str, str], tuple[str, str]]
    nothing: tuple[str, str]
    spelling: str = ""
    names: bool = False
    ordered: bool = False


def _none(field: str) -> tuple[str, str]:
    return f"no {field.replace('_', ' ')}", f"{field}:none"


def _named(field: str, column: str, spelling: str = "", *, names: bool = False) -> FacetKind:
    def tell(_: str, spelt: str) -> tuple[str, str]:
        return spelt, f"{field}:={quote(spelt)}"

    value = column if names else f"nullif({column}, '')"
    return FacetKind(value, column, tell, _none(field), spelling, names)


def _number(field: str, value: str, columns: str, label: Callable[[str], str] = str) -> FacetKind:
    def tell(text: str, _: str) -> tuple[str, str]:
        number = text.removesuffix(".0")
        return label(number), f"{field}:{number}"

    return FacetKind(value, columns, tell, _none(field), ordered=True)


def _flag(name: str, value: str, columns: str, yes: str, no: str) -> FacetKind:
    def tell(_: str, __: str) -> tuple[str, str]:
        return yes, f"is:{name}"

    return FacetKind(f"CASE WHEN {value} THEN 'yes' END", columns, tell, (no, f"-is:{name}"))


def _band(field: str, column: str, width: int, unit: str) -> FacetKind:
    def tell(text: str, _: str) -> tuple[str, str]:
        low = int(float(text))
        high = low + width
        return f"{low} to {high} {unit}", f"{field}>={low} {field}<{high}"

    value = f"floor(CAST({column} AS DOUBLE) / {width}) * {width}"
    return FacetKind(value, column, tell, _none(field), ordered=True)


def _durations() -> FacetKind:
    edges = DURATION_EDGES_S

    def tell(text: str, _: str) -> tuple[str, str]:
        n = int(text)
        low, high = edges[max(0, n - 1)], edges[min(n, len(edges) - 1)]
        if n == 0:
            return f"under {_clock(high)}", f"duration<{high}"
        if n == len(edges):
            return f"{_clock(low)} and more", f"duration>={low}"
        return f"{_clock(low)} to {_clock(high)}", f"duration>={low} duration<{high}"

    cases = " ".join(f"WHEN frames / rate_hz < {edge} THEN {n}" for n, edge in enumerate(edges))
    value = f"CASE WHEN frames IS NULL THEN NULL {cases} ELSE {len(edges)} END"
    return FacetKind(value, "frames, rate_hz", tell, _none("duration"), ordered=True)


def _stars(number: str) -> str:
    return f"{number} star{'' if number == '1' else 's'}"


def _clock(seconds: int) -> str:
    return f"{seconds // 60}:{seconds % 60:02}"


def _album() -> FacetKind:
    def tell(value: str, spelt: str) -> tuple[str, str]:
        return spelt, f"album_id:{value}"

    return FacetKind("album_id", "album_id", tell, ("no album", "album_id:none"), "album")


FACETS: dict[str, FacetKind] = {
    "genre": _named("genre", "genres_folded", "genres", names=True),
    "artist": _named("artist", "artists_folded", "artists", names=True),
    "album": _album(),
    "album_artist": _named("album_artist", "album_artist_folded", "album_artist"),
    "composer": _named("composer", "composer_folded", "composer"),
    "decade": _number("decade", "year // 10 * 10", "year", lambda year: f"{year}s"),
    "year": _number("year", "year", "year"),
    "format": _named("format", "format"),
    "rate": _number("rate", "rate_hz", "rate_hz", lambda hertz: f"{int(hertz) / 1000:g} kHz"),
    "channels": _number("channels", "channels", "channels"),
    "bits": _number("bits", "bits_per_sample", "bits_per_sample", lambda bits: f"{bits} bits"),
    "lossless": _flag("lossless", "NOT lossy", "lossy", "lossless", "lossy"),
    "compilation": _flag("compilation", "compilation", "compilation", "compilation", "not of one"),
    "favourite": _flag("favourite", "favourite_since IS NOT NULL", "", "favourite", "no favourite"),
    "rating": _number("rating", "rating / 2", "", _stars),
    "loudness": _band("loudness", "loudness_lufs", LOUDNESS_BAND_LU, "LUFS"),
    "tempo": _band("tempo", "tempo_bpm", TEMPO_BAND_BPM, "BPM"),
    "duration": _durations(),
}
"""Every kind by its name."""
