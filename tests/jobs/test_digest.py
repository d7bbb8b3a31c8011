"""Functions that do the same have one name; those that differ anywhere they reach have two."""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
import textwrap
import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial, wraps
from pathlib import Path
from types import ModuleType
from typing import Any

import numba
import numpy as np
import pytest
from scipy.signal import lfilter

from auralis_lab.errors import ParameterError
from auralis_lab.jobs.digest import function_digest

GAIN = 0.5


class Gain:
    """An object whose method is the variant."""

    unit = 1.0

    def __init__(self, gain: float) -> None:
        self.gain = gain

    def run(self, audio: Any, rate_hz: int) -> Any:
        return audio * self.gain * self.unit

    @staticmethod
    def fixed(audio: Any, rate_hz: int) -> Any:
        return audio * GAIN

    def __call__(self, audio: Any, rate_hz: int) -> Any:
        return self.run(audio, rate_hz)


class Settings:
    gain = 0.5


@dataclass(frozen=True)
class Shape:
    drive: float = 2.0


def times(gain: float) -> Callable[..., Any]:
    return lambda audio, rate_hz: audio * gain


def nested(gains: list[float]) -> Callable[..., Any]:
    return lambda audio, rate_hz: [audio * each for each in gains]


def announced(function: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(function)
    def called(*arguments: Any) -> Any:
        return function(*arguments)

    return called


def kept(gain: float) -> Callable[..., Any]:
    @cache
    def of(audio: float, rate_hz: int) -> float:
        return audio * gain

    return of


def filtered(weights: np.ndarray) -> Callable[..., Any]:
    return lambda audio, rate_hz: lfilter(weights, [1.0], audio)


def shaped(shape: Shape) -> Callable[..., Any]:
    return lambda audio, rate_hz: np.tanh(shape.drive * audio)


def compiled(gain: float) -> Callable[..., Any]:
    return numba.njit(lambda audio, rate_hz: audio * gain)  # type: ignore[no-any-return]


def among(names: set[str]) -> Callable[..., Any]:
    return lambda audio, rate_hz: audio if "loud" in names else -audio


def beside(path: str) -> Callable[..., Any]:
    place = Path(path)
    return lambda audio, rate_hz: audio + len(place.name)


def itself(gain: float) -> Callable[..., Any]:
    def again(audio: Any, rate_hz: int) -> Any:
        return audio * gain if rate_hz else again(audio, 1)

    return again


PAIRS: dict[str, tuple[Callable[[Any], Callable[..., Any]], Any, Any]] = {
    "method": (lambda gain: Gain(gain).run, 0.5, 0.1),
    "call": (lambda gain: Gain(gain).__call__, 0.5, 0.1),
    "object": (Gain, 0.5, 0.1),
    "closure": (times, 0.5, 0.1),
    "closure in a comprehension": (nested, [0.5, 1.0], [0.5, 2.0]),
    "partial": (lambda gain: partial(pow, exp=gain), 2, 3),
    "wrapped": (lambda gain: announced(times(gain)), 0.5, 0.1),
    "kept": (kept, 0.5, 0.1),
    "array": (filtered, np.array([1.0, 0.5]), np.array([1.0, 0.25])),
    "dataclass": (shaped, Shape(2.0), Shape(3.0)),
    "compiled": (compiled, 0.5, 0.1),
    "set": (among, {"loud", "low", "late"}, {"soft", "low", "late"}),
    "path": (beside, "a/b", "a/bc"),
    "calls itself": (itself, 0.5, 0.1),
}


@pytest.mark.parametrize("name", PAIRS)
def test_equal_values_give_one_name_and_others_another(name: str) -> None:
    make, one, other = PAIRS[name]
    assert function_digest(make(one)) == function_digest(make(one))
    assert function_digest(make(one)) != function_digest(make(other))


def test_what_a_function_names_counts_wherever_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    functions: list[Callable[..., Any]] = [
        lambda audio, rate_hz: audio * GAIN,
        lambda audio, rate_hz: [each * GAIN for each in audio],
        lambda audio, rate_hz: audio * Settings.gain,
        Gain.fixed,
        Gain(1.0).run,
    ]
    before = [function_digest(function) for function in functions]
    monkeypatch.setitem(globals(), "GAIN", 0.1)
    monkeypatch.setattr(Settings, "gain", 0.1)
    monkeypatch.setattr(Gain, "unit", 2.0)
    after = [function_digest(function) for function in functions]
    assert all(one != other for one, other in zip(before, after, strict=True))


def test_another_way_of_writing_it_is_the_same_function() -> None:
    one = lambda audio, rate_hz: audio * 2.0  # noqa: E731
    pair = (lambda audio, rate_hz: audio * 2.0, lambda audio, rate_hz: audio * 3.0)

    def lines(
        audio: Any,
        rate_hz: int,
    ) -> Any:
        return audio * 2.0

    assert len({function_digest(each) for each in (one, pair[0], lines)}) == 1
    assert function_digest(pair[0]) != function_digest(pair[1])


MODULE = """
GAIN = {gain}
def scaled(audio):
    return audio * GAIN
def run(audio, rate_hz):
    return scaled(audio)
class Stage:
    def run(self, audio, rate_hz):
        return scaled(audio)
"""


@pytest.fixture
def edited(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[float], ModuleType]:
    """A module beside a notebook, written with a gain and loaded (again)."""
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    monkeypatch.setitem(sys.modules, "stages_of_mine", ModuleType("none yet"))

    def write(gain: float) -> ModuleType:
        (tmp_path / "stages_of_mine.py").write_text(MODULE.format(gain=gain))
        importlib.invalidate_caches()
        del sys.modules["stages_of_mine"]
        return importlib.import_module("stages_of_mine")

    return write


def test_a_module_that_was_edited_and_loaded_again_is_another_function(
    edited: Callable[[float], ModuleType],
) -> None:
    def names(stages: ModuleType) -> list[str]:
        def imports(audio: Any, rate_hz: int) -> Any:
            import stages_of_mine  # type: ignore[import-not-found]

            return stages_of_mine.run(audio, rate_hz)

        return [
            function_digest(each)
            for each in (
                stages.run,
                stages.Stage().run,
                lambda audio, rate_hz: stages.run(audio, rate_hz),
                imports,
            )
        ]

    first = names(edited(0.5))
    assert names(edited(0.5)) == first
    assert all(a != b for a, b in zip(first, names(edited(0.25)), strict=True))


def test_what_is_imported_within_is_not_brought_in_for_its_name() -> None:
    def tries(audio: Any, rate_hz: int) -> Any:
        try:
            import module_that_is_nowhere  # type: ignore[import-not-found]
        except ImportError:
            from wave import open as module_that_is_nowhere
        return module_that_is_nowhere

    def draws(audio: Any, rate_hz: int) -> Any:
        import scipy.cluster  # an installed package counts by its name

        return scipy.cluster

    sys.modules.pop("scipy.cluster", None)
    assert function_digest(tries) != function_digest(draws)
    assert "scipy.cluster" not in sys.modules


def test_a_function_has_its_name_in_every_process(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        textwrap.dedent(
            """
            import numpy as np
            from auralis_lab.jobs.digest import function_digest
            WORDS = {"loud", "low", "late", "left"}
            class Stage:
                def __init__(self, gain): self.gain = gain
                def run(self, audio, rate_hz):
                    if rate_hz in {"a", "b", "c", "d"}: return WORDS
                    return np.tanh(audio * self.gain)
            print(function_digest(Stage(0.5).run))
            """
        )
    )
    printed = {
        subprocess.run(
            [sys.executable, str(script)],
            env=os.environ | {"PYTHONHASHSEED": str(seed)},
            check=True, capture_output=True, text=True, timeout=120,
        ).stdout
        for seed in (1, 2, 3)
    }  # fmt: skip
    assert len(printed) == 1


@pytest.mark.parametrize("hidden", [threading.Lock(), (n for n in [1]), sys.stderr])
def test_what_cannot_be_seen_is_refused(hidden: object) -> None:
    with pytest.raises(ParameterError, match="cannot be told from another"):
        function_digest(lambda audio, rate_hz: (audio, hidden))
