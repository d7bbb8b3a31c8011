"""Notation: from a line of text to notes with a start, a length and a pitch.

Conventions: times inside a score are counted in the score's own units (eighths, quarters ...),
and become seconds in the piece that plays them. Pitches are MIDI numbers, A4 = 69 = 440 Hz.

A score is words divided by spaces; a word is ``pitches:length``, where several pitches joined by
``,`` sound together, ``-`` is a rest, and a missing length repeats the last one. ``|`` marks the
end of a bar: with `bar` given, every bar must be as long as that.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from auralis_lab.errors import ParameterError

__all__ = ["Note", "midi_to_hz", "notes", "pitch", "pitches"]

STEPS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
NAME = re.compile(r"([A-G])(#|b)?(-?\d)")


@dataclass(frozen=True)
class Note:
    """One note of a score; `start` and `length` in the score's units."""

    start: float
    length: float
    midi: int


def pitch(name: str) -> int:
    """MIDI number of a note name.

    Raises
    ------
    ParameterError
        If the name is not a letter, an optional ``#`` or ``b`` and an octave.

    Examples
    --------
    >>> pitch("A4"), pitch("Bb3"), pitch("C#-1")
    (69, 58, 1)
    """
    match = NAME.fullmatch(name)
    if match is None:
        raise ParameterError(f"name={name!r} must read like 'A4', 'Bb3' or 'C#5'")
    letter, accidental, octave = match.groups()
    shift = {"#": 1, "b": -1, None: 0}[accidental]
    return STEPS[letter] + shift + 12 * (int(octave) + 1)


def pitches(names: str) -> tuple[int, ...]:
    """MIDI numbers of several names divided by spaces."""
    return tuple(pitch(name) for name in names.split())


def midi_to_hz(midi: float) -> float:
    """Frequency in equal temperament.

    Examples
    --------
    >>> midi_to_hz(81)
    880.0
    """
    return float(440.0 * 2.0 ** ((midi - 69.0) / 12.0))


def notes(text: str, *, bar: float | None = None) -> tuple[Note, ...]:
    """Read a score.

    Parameters
    ----------
    text : str
        See the head of this module.
    bar : float, optional
        Length of a bar in the score's units, to be checked at every ``|`` and at the end.

    Returns
    -------
    notes : tuple of Note
        In order of their start; rests are left out.

    Raises
    ------
    ParameterError
        If a word cannot be read or a bar is too short or too long.

    Examples
    --------
    >>> notes("C4:2 -:1 E4,G4 | C5:4", bar=4)[1]
    Note(start=3.0, length=1.0, midi=64)
    """
    found: list[Note] = []
    now, length, bars = 0.0, 1.0, 0
    for word in [*text.split(), "|"]:
        if word == "|":
            bars += 1
            if bar is not None and abs(now - bars * bar) > 1e-9 and now != (bars - 1) * bar:
                raise ParameterError(f"bar {bars} ends at {now:g} and must end at {bars * bar:g}")
            continue
        names, _, written = word.partition(":")
        length = float(written) if written else length
        if names != "-":
            found.extend(Note(now, length, pitch(name)) for name in names.split(","))
        now += length
    return tuple(found)
