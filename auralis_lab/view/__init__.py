"""Figures and tables: numbers in, something to look at out."""

from auralis_lab.view.displays import register_displays
from auralis_lab.view.excerpts import plot_excerpts
from auralis_lab.view.experiments import experiment_html, plot_experiment
from auralis_lab.view.gains import plot_gains
from auralis_lab.view.listening import listen
from auralis_lab.view.loudness import plot_loudness
from auralis_lab.view.rich_html import facts_html, plan_html, profile_html, table_html
from auralis_lab.view.seams import plot_seams
from auralis_lab.view.spectra import plot_spectra
from auralis_lab.view.waveform import plot_chunks, plot_waveform

__all__ = [
    "experiment_html",
    "facts_html",
    "listen",
    "plan_html",
    "plot_chunks",
    "plot_excerpts",
    "plot_experiment",
    "plot_gains",
    "plot_loudness",
    "plot_seams",
    "plot_spectra",
    "plot_waveform",
    "profile_html",
    "register_displays",
    "table_html",
]
