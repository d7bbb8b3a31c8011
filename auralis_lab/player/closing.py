"""Taking a widget off the page with everything in it."""

from __future__ import annotations

import ipywidgets

__all__ = ["close_whole"]


def close_whole(widget: ipywidgets.Widget) -> None:
    """Close a widget, what it holds, and what says how all of it looks."""
    for child in getattr(widget, "children", ()):
        close_whole(child)
    looks = [getattr(widget, name, None) for name in ("layout", "style")]
    widget.close()
    for look in looks:
        if isinstance(look, ipywidgets.Widget):
            look.close()
