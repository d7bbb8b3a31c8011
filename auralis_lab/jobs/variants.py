"""What an experiment compares: ways of rendering a track, and names for exactly what they are.

A variant is described by JSON, so that a result can be found again. A function of the user's own is
described by its source and by the values it takes from around itself; numbers, texts and arrays of
them count, and the source of functions it calls that are not part of an installed package.
"""

from __future__ import annotations

import hashlib
import inspect
import json
import sys
import textwrap
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from types import CodeType, FunctionType
from typing import Any, TypeAlias

import numpy as np

from auralis_lab.audio import Readable
from auralis_lab.errors import ParameterError
from auralis_lab.render.chunks import CONTEXT_S, JOINS, Join, black_box
from auralis_lab.render.grid import CHUNK_S, INTERVAL_S
from auralis_lab.render.processing import Process

__all__ = ["Chunked", "Enhanced", "Process", "Variant", "described", "function_digest"]

MAX_DEPTH = 4


@dataclass(frozen=True)
class Enhanced:
    """The track as the renderer enhances it.

    Parameters
    ----------
    preset : str
    intensity : float
        0 to 1.
    target_lufs : float, optional
        By default that of the preset.
    ceiling_dbtp : float
    """

    preset: str = "adaptive"
    intensity: float = 1.0
    target_lufs: float | None = None
    ceiling_dbtp: float = -1.0


@dataclass(frozen=True)
class Chunked:
    """A function applied chunk by chunk, and compared with the same function applied to the whole.

    Parameters
    ----------
    function : callable
        ``function(audio, rate_hz) -> audio`` of the same shape.
    chunk_s, interval_s, context_s, join
        See :func:`auralis_lab.render.chunks.black_box`.
    """

    function: Process = field(repr=False)
    chunk_s: float = CHUNK_S
    interval_s: float = INTERVAL_S
    context_s: float = CONTEXT_S
    join: Join = "matched"

    def __post_init__(self) -> None:
        if not callable(self.function):
            raise ParameterError("function must be callable")
        if self.join not in JOINS:
            raise ParameterError(f"join={self.join!r} must be one of {', '.join(JOINS)}")

    def over(self, source: Readable) -> Any:
        """Put the chunks over a source."""
        return black_box(
            self.function,
            chunk_s=self.chunk_s,
            interval_s=self.interval_s,
            context_s=self.context_s,
            join=self.join,
        )(source)


Variant: TypeAlias = Enhanced | Chunked | Process
"""A rendering by a plan, chunk by chunk, or by a function of the whole."""


def described(variant: Variant) -> dict[str, Any]:
    """Describe a variant by what JSON can hold.

    Raises
    ------
    ParameterError
        If it is none.
    """
    if isinstance(variant, Enhanced):
        return {"kind": "enhanced", **asdict(variant)}
    if isinstance(variant, Chunked):
        settings = {
            name: getattr(variant, name) for name in ("chunk_s", "interval_s", "context_s", "join")
        }
        return {"kind": "chunked", "function": function_digest(variant.function), **settings}
    if callable(variant):
        return {"kind": "function", "function": function_digest(variant)}
    raise ParameterError(
        f"{variant!r} is no variant: it must be Enhanced, Chunked or f(audio, rate_hz)"
    )


def function_digest(function: Callable[..., Any]) -> str:
    """Name a function by what it does: 64 hexadecimal digits.

    Two functions with one source and equal values around them have one name, in whatever process.

    Raises
    ------
    ParameterError
        If it depends on a value that has no name of its own; give it as an argument default then.
    """
    text = json.dumps(_told(function, 0), sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _told(value: object, depth: int) -> Any:
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float):
        return value.hex()
    if isinstance(value, np.ndarray | np.generic):
        array = np.ascontiguousarray(value)
        digest = hashlib.sha256(array.tobytes()).hexdigest()
        return ["array", str(array.dtype), list(array.shape), digest]
    if isinstance(value, Mapping):
        return ["mapping", *([_told(k, depth), _told(v, depth)] for k, v in value.items())]
    if isinstance(value, Sequence | set | frozenset) and not isinstance(value, bytes):
        items = sorted(value, key=repr) if isinstance(value, set | frozenset) else value
        return ["sequence", *(_told(item, depth) for item in items)]
    if isinstance(value, bytes):
        return ["bytes", hashlib.sha256(value).hexdigest()]
    if inspect.ismodule(value):
        return ["module", value.__name__, str(getattr(value, "__version__", ""))]
    if isinstance(value, FunctionType) and _is_own(value):
        return _told_function(value, depth)
    if inspect.isroutine(value) or inspect.isclass(value):
        module = sys.modules.get(str(value.__module__).partition(".")[0])
        version = str(getattr(module, "__version__", ""))
        return ["name", str(value.__module__), value.__qualname__, version]
    partial = (getattr(value, name, None) for name in ("func", "args", "keywords"))
    if callable(value) and hasattr(value, "func"):
        return ["partial", *(_told(part, depth) for part in partial)]
    if callable(value) and hasattr(value, "__dict__"):
        return ["object", _told(type(value).__call__, depth), _told(vars(value), depth)]
    raise ParameterError(
        f"a function that depends on {type(value).__name__} cannot be told from another; "
        "let it depend on numbers, texts, arrays and functions"
    )


def _told_function(function: FunctionType, depth: int) -> Any:
    if depth > MAX_DEPTH:
        return ["function", function.__qualname__]
    around = inspect.getclosurevars(function)
    used = {**around.globals, **around.nonlocals}
    used = {name: value for name, value in used.items() if value is not function}
    return [
        "function",
        _source(function),
        _told(function.__defaults__, depth + 1),
        _told(function.__kwdefaults__, depth + 1),
        _told({name: used[name] for name in sorted(used)}, depth + 1),
    ]


def _source(function: FunctionType) -> Any:
    """The text of a function; where there is none, what it was compiled to."""
    try:
        text = textwrap.dedent(inspect.getsource(function)).strip()
    except (OSError, TypeError):
        return _compiled(function.__code__)
    # The text of a lambda is the line it stands in, which may hold others.
    return [text, _compiled(function.__code__)] if function.__name__ == "<lambda>" else text


def _compiled(code: CodeType) -> Any:
    constants = [
        _compiled(each) if isinstance(each, CodeType) else repr(each) for each in code.co_consts
    ]
    return [code.co_code.hex(), constants, list(code.co_names), list(code.co_varnames)]


def _is_own(function: FunctionType) -> bool:
    """Whether a function is the user's own and not that of an installed package."""
    path = function.__code__.co_filename
    return "site-packages" not in path and not path.startswith(sys.prefix + "/lib")
