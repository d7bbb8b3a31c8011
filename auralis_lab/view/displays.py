"""What notebooks show for values of this package: tables in place of reprs."""

from __future__ import annotations

import sys
from typing import Any

__all__ = ["register_displays"]


def register_displays() -> bool:
    """Teach the running IPython to show a library, its tracks and what is made of them as tables.

    The values themselves know nothing of notebooks; whoever opens a lab in one calls this.

    Returns
    -------
    registered : bool
        False where no IPython runs.
    """
    ipython: Any = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    if shell is None:
        return False
    from auralis_lab.view.experiments import experiment_html
    from auralis_lab.view.rich_html import plan_html, profile_html, rows_html
    from auralis_lab.view.tables import (
        chunk_grid_html,
        lab_html,
        page_html,
        seam_report_html,
        track_html,
    )

    html = shell.display_formatter.formatters["text/html"]
    html.for_type_by_name("auralis_lab.analysis.profile", "Profile", profile_html)
    html.for_type_by_name("auralis_lab.plan.model", "Plan", plan_html)
    html.for_type_by_name("auralis_lab.jobs.experimentresult", "Experiment", experiment_html)
    html.for_type_by_name("auralis_lab.catalogue.experiments.rows", "Rows", rows_html)
    html.for_type_by_name("auralis_lab.lab", "Lab", lab_html)
    html.for_type_by_name("auralis_lab.track", "Track", track_html)
    html.for_type_by_name("auralis_lab.render.grid", "ChunkGrid", chunk_grid_html)
    html.for_type_by_name("auralis_lab.render.seams", "SeamReport", seam_report_html)
    html.for_type(tuple, page_html)
    plain = shell.display_formatter.formatters["text/plain"]
    plain.for_type_by_name("auralis_lab.analysis.profile", "Profile", _plainly)
    plain.for_type_by_name("auralis_lab.plan.model", "Plan", _plainly)
    plain.for_type_by_name("auralis_lab.render.seams", "SeamReport", _plainly)
    plain.for_type_by_name("auralis_lab.catalogue.scanning.report", "ScanReport", _plainly)
    plain.for_type_by_name("auralis_lab.jobs.measure", "MeasureReport", _plainly)
    plain.for_type_by_name("auralis_lab.jobs.enhancereport", "EnhanceReport", _plainly)
    plain.for_type_by_name("auralis_lab.catalogue.editing.preview", "EditPreview", _plainly)
    plain.for_type_by_name("auralis_lab.catalogue.editing.preview", "FilePreview", _plainly)
    bundle = shell.display_formatter.mimebundle_formatter
    bundle.for_type_by_name("auralis_lab.player.widget", "Player", _player_bundle)
    return True


def _plainly(value: object, pretty: Any, cycle: bool) -> None:
    """Show what `print` shows: a few lines, where a repr is one line, or pages of numbers."""
    pretty.text(str(value))


def _player_bundle(player: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """Show the widget, and in words what it plays: its repr is an address in memory."""
    data, metadata = player._repr_mimebundle_()
    return {**data, "text/plain": f"<Player: {getattr(player.track, 'title', 'empty')}>"}, metadata
