"""Figures and tables: numbers in, something to look at out."""

from auralis_lab.view.displays import register_displays
from auralis_lab.view.excerpts import plot_excerpts
from auralis_lab.view.experiments import experiment_html, plot_experiment
from auralis_lab.view.facets import plot_facets
from auralis_lab.view.fades import fade_levels, plot_fades
from auralis_lab.view.fingerprints import plot_fingerprint
from auralis_lab.view.gains import plot_gains
from auralis_lab.view.levels import plot_levels
from auralis_lab.view.listening import listen
from auralis_lab.view.loudness import plot_loudness
from auralis_lab.view.maps import plot_map
from auralis_lab.view.rich_html import Table, facts_html, plan_html, profile_html, table_html
from auralis_lab.view.seams import plot_seams
from auralis_lab.view.spectra import plot_spectra
from auralis_lab.view.streams import StreamTrace, plot_stream
from auralis_lab.view.tables import seam_table
from auralis_lab.view.waveform import plot_chunks, plot_waveform

__all__ = [
    "StreamTrace",
    "Table",
    "experiment_html",
    "facts_html",
    "fade_levels",
    "listen",
    "plan_html",
    "plot_chunks",
    "plot_excerpts",
    "plot_experiment",
    "plot_facets",
    "plot_fades",
    "plot_fingerprint",
    "plot_gains",
    "plot_levels",
    "plot_loudness",
    "plot_map",
    "plot_seams",
    "plot_spectra",
    "plot_stream",
    "plot_waveform",
    "profile_html",
    "register_displays",
    "seam_table",
    "table_html",
]
