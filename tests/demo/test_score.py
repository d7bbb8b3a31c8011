import pytest

from auralis_lab.demo.score import Note, midi_to_hz, notes, pitch
from auralis_lab.errors import ParameterError


def test_pitches_are_midi_numbers_and_an_octave_doubles_the_frequency() -> None:
    assert [pitch(name) for name in ("C4", "B3", "Db4", "C#4")] == [60, 59, 61, 61]
    assert midi_to_hz(pitch("A3")) * 2 == midi_to_hz(pitch("A4")) == 440.0


def test_a_score_becomes_notes_one_after_the_other_and_chords_at_once() -> None:
    assert notes("C4:2 - E4,G4:.5") == (Note(0, 2, 60), Note(4, 0.5, 64), Note(4, 0.5, 67))


@pytest.mark.parametrize("text", ["C4:3", "C4:2 D4:3", "C4:4 | D4:5"])
def test_a_bar_of_the_wrong_length_is_refused(text: str) -> None:
    with pytest.raises(ParameterError, match="must end at"):
        notes(text, bar=4)


@pytest.mark.parametrize("name", ["H4", "C", "c4", "C##4", ""])
def test_a_name_that_is_no_pitch_is_refused(name: str) -> None:
    with pytest.raises(ParameterError, match="must read like"):
        pitch(name)
