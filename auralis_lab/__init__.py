"""A workbench for audio research: catalogue, chunk-exact mastering, streaming player.

Names are loaded when they are first used, so importing the package costs next to nothing.

>>> import auralis_lab
>>> auralis_lab.PRESET_NAMES
('adaptive', 'gentle', 'warm', 'bright', 'punchy')
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from auralis_lab.analysis.comparison import METRICS, Metric
    from auralis_lab.analysis.profile import Profile, measure
    from auralis_lab.dsp.fades import crossfade
    from auralis_lab.errors import AuralisLabError
    from auralis_lab.io.source import ArraySource, AudioSource
    from auralis_lab.io.tagchange import TagChange
    from auralis_lab.jobs.enhance import enhance_file
    from auralis_lab.jobs.exportreport import ExportForm
    from auralis_lab.jobs.variants import Chunked, Enhanced
    from auralis_lab.lab import Lab, open_lab
    from auralis_lab.plan.model import Plan
    from auralis_lab.plan.presets import PRESET_NAMES, PRESETS
    from auralis_lab.player.comparison import Comparison, compare
    from auralis_lab.player.dashboard import Dashboard
    from auralis_lab.player.spectrumview import SpectrumView, spectrum_view
    from auralis_lab.player.widget import Player
    from auralis_lab.render.chunks import ChunkedRenderer, black_box
    from auralis_lab.render.grid import ChunkGrid
    from auralis_lab.render.renderer import Insert, Renderer
    from auralis_lab.render.seams import seam_report
    from auralis_lab.track import Track
    from auralis_lab.view import (
        listen,
        plot_chunks,
        plot_excerpts,
        plot_experiment,
        plot_facets,
        plot_fades,
        plot_fingerprint,
        plot_gains,
        plot_loudness,
        plot_map,
        plot_seams,
        plot_spectra,
        plot_stream,
    )

__version__ = "0.1.0"

_HOMES = {
    "ArraySource": "io.source",
    "AudioSource": "io.source",
    "AuralisLabError": "errors",
    "ChunkGrid": "render.grid",
    "Chunked": "jobs.variants",
    "ChunkedRenderer": "render.chunks",
    "Comparison": "player.comparison",
    "Dashboard": "player.dashboard",
    "Enhanced": "jobs.variants",
    "ExportForm": "jobs.exportreport",
    "Insert": "render.renderer",
    "Lab": "lab",
    "METRICS": "analysis.comparison",
    "Metric": "analysis.comparison",
    "PRESETS": "plan.presets",
    "PRESET_NAMES": "plan.presets",
    "Plan": "plan.model",
    "Player": "player.widget",
    "Profile": "analysis.profile",
    "Renderer": "render.renderer",
    "SpectrumView": "player.spectrumview",
    "TagChange": "io.tagchange",
    "Track": "track",
    "black_box": "render.chunks",
    "compare": "player.comparison",
    "crossfade": "dsp.fades",
    "enhance_file": "jobs.enhance",
    "listen": "view",
    "measure": "analysis.profile",
    "open_lab": "lab",
    "plot_chunks": "view",
    "plot_excerpts": "view",
    "plot_experiment": "view",
    "plot_facets": "view",
    "plot_fades": "view",
    "plot_fingerprint": "view",
    "plot_gains": "view",
    "plot_loudness": "view",
    "plot_map": "view",
    "plot_seams": "view",
    "plot_spectra": "view",
    "plot_stream": "view",
    "seam_report": "render.seams",
    "spectrum_view": "player.spectrumview",
}

__all__ = [
    "METRICS",
    "PRESETS",
    "PRESET_NAMES",
    "ArraySource",
    "AudioSource",
    "AuralisLabError",
    "ChunkGrid",
    "Chunked",
    "ChunkedRenderer",
    "Comparison",
    "Dashboard",
    "Enhanced",
    "ExportForm",
    "Insert",
    "Lab",
    "Metric",
    "Plan",
    "Player",
    "Profile",
    "Renderer",
    "SpectrumView",
    "TagChange",
    "Track",
    "black_box",
    "compare",
    "crossfade",
    "enhance_file",
    "listen",
    "measure",
    "open_lab",
    "plot_chunks",
    "plot_excerpts",
    "plot_experiment",
    "plot_facets",
    "plot_fades",
    "plot_fingerprint",
    "plot_gains",
    "plot_loudness",
    "plot_map",
    "plot_seams",
    "plot_spectra",
    "plot_stream",
    "seam_report",
    "spectrum_view",
]


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'auralis_lab' has no attribute {name!r}")
    value = getattr(import_module(f"auralis_lab.{home}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


def load_ipython_extension(shell: Any) -> None:
    """Add ``%%catalog`` and ``%play``: what ``%load_ext auralis_lab`` calls."""
    from auralis_lab.magics import register_magics

    register_magics(shell)
