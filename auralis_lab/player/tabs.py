"""Panels behind tabs: one in sight at a time, all of them alive.

The page alone decides which one is seen; the kernel is not asked.
"""

from __future__ import annotations

from collections.abc import Mapping

import anywidget
import ipywidgets
import traitlets

from auralis_lab.player.assets import module_text, style_text

__all__ = ["Tabs"]


class _TabBar(anywidget.AnyWidget):  # type: ignore[misc]
    _esm = module_text("tabs.js")
    _css = style_text("theme.css")

    names = traitlets.List(traitlets.Unicode()).tag(sync=True)
    label = traitlets.Unicode().tag(sync=True)


class Tabs(ipywidgets.Box):  # type: ignore[misc]
    """Panels of which one is seen.

    Parameters
    ----------
    panels : mapping of str to sequence of Widget
        What stands on a tab, and what is behind it; the first one is seen first.
    label : str
        What the tabs are called for those who listen to the page.
    """

    def __init__(self, panels: Mapping[str, list[ipywidgets.Widget]], *, label: str) -> None:
        self._bar = _TabBar(names=list(panels), label=label)
        boxes = [ipywidgets.VBox(widgets) for widgets in panels.values()]
        super().__init__([self._bar, *boxes])
        self.add_class("au-side")
        self._bar.add_class("au-side-bar")
        for box in boxes:
            box.add_class("au-side-panel")

    def close(self) -> None:
        """Take the tabs off the page; the panels are closed by whoever made them."""
        self._bar.close()
        super().close()
