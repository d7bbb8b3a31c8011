"""Front-end files as the texts that a widget carries.

A module that reaches the page as a text cannot import its neighbours, so the files that belong
together are joined into one text: their imports of each other are left out, everything else stays.
"""

from __future__ import annotations

import re
from importlib.resources import files

__all__ = ["module_text", "style_text"]

_IMPORT = re.compile(r'^import \{[^}]*\} from "\./([a-z_-]+\.js)";\n', re.MULTILINE)


def module_text(*names: str) -> str:
    """Join ES modules into one.

    Parameters
    ----------
    *names : str
        Files of ``player/static``, each after those it imports. Names at their top level must
        differ.

    Raises
    ------
    ValueError
        If a file imports one that does not stand before it.
    """
    texts = []
    for place, name in enumerate(names):
        text = _read(name)
        missing = {found for found in _IMPORT.findall(text) if found not in names[:place]}
        if missing:
            raise ValueError(f"{name} imports {', '.join(sorted(missing))}, which is not before it")
        texts.append(_IMPORT.sub("", text))
    return "\n".join(texts)


def style_text(*names: str) -> str:
    """Join style sheets of ``player/static``."""
    return "\n".join(_read(name) for name in names)


def _read(name: str) -> str:
    return files("auralis_lab.player").joinpath("static", name).read_text(encoding="utf-8")
