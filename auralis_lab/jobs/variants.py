"""What an experiment compares: ways of rendering a track, and names for exactly what they are.

A variant is described by JSON, so that a result can be found again. A function of the user's own is
named by what it does, see :mod:`auralis_lab.jobs.digest`.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, TypeAlias

from auralis_lab.audio import Readable
from auralis_lab.errors import ParameterError, check_choice
from auralis_lab.jobs.digest import function_digest
from auralis_lab.plan.presets import PRESET_NAMES
from auralis_lab.render.chunks import CONTEXT_S, BlackBox, Join, black_box
from auralis_lab.render.grid import CHUNK_S, INTERVAL_S
from auralis_lab.render.processing import Process

__all__ = ["Chunked", "Enhanced", "Process", "Variant", "described"]


@dataclass(frozen=True)
class Enhanced:
    """The track as the renderer enhances it.

    Parameters
    ----------
    preset : str
        One of :data:`auralis_lab.plan.presets.PRESET_NAMES`.
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

    def __post_init__(self) -> None:
        check_choice("preset", self.preset, PRESET_NAMES)


@dataclass(frozen=True)
class Chunked:
    """A function applied chunk by chunk, and compared with the same function applied to the whole.

    Parameters
    ----------
    function : callable
        ``function(audio, rate_hz) -> audio`` of the same shape.
    chunk_s, interval_s, context_s, join
        See :func:`auralis_lab.render.chunks.black_box`, which also tells what is refused.
    """

    function: Process = field(repr=False)
    chunk_s: float = CHUNK_S
    interval_s: float = INTERVAL_S
    context_s: float = CONTEXT_S
    join: Join = "matched"

    def __post_init__(self) -> None:
        self._stage()

    def over(self, source: Readable) -> Any:
        """Put the chunks over a source."""
        return self._stage()(source)

    def _stage(self) -> BlackBox:
        return black_box(
            self.function,
            chunk_s=self.chunk_s,
            interval_s=self.interval_s,
            context_s=self.context_s,
            join=self.join,
        )


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
