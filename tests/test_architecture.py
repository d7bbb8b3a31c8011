"""Who may import whom."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import auralis_lab

PACKAGE = Path(auralis_lab.__file__).parent
BASE = {"audio", "errors", "precedence", "settings"}
EVERYTHING = {"*"}

# What each layer may import beside itself and the base.
MAY_IMPORT: dict[str, set[str]] = {
    "audio": set(),
    "errors": set(),
    "precedence": set(),
    "settings": set(),
    "dsp": set(),
    "io": set(),
    "analysis": {"dsp", "io"},
    "plan": {"analysis"},
    "render": {"io", "dsp", "plan"},
    "catalogue": {"io", "analysis"},
    "jobs": {"render", "analysis", "plan", "io", "catalogue"},
    "stream": {"render", "plan"},
    "view": {"analysis", "dsp", "plan", "render"},
    "player": {"stream", "view"},
    "demo": {"io", "dsp"},
    "warm": EVERYTHING,
    "track": EVERYTHING,
    "measured": {"analysis", "catalogue", "io"},
    "opening": EVERYTHING,
    "shelf": EVERYTHING,
    "libraries": {"catalogue"},
    "library": {"catalogue", "shelf"},
    "lab": EVERYTHING,
    "magics": EVERYTHING,
    "cli": EVERYTHING,
    "__init__": EVERYTHING,
    "__main__": {"cli"},
}

# What must not be known, by the top name of the library.
FOREIGN: dict[str, set[str]] = {
    "dsp": {"duckdb", "soundfile", "mutagen", "ipywidgets", "anywidget", "IPython", "matplotlib"},
    "io": {"duckdb", "ipywidgets", "anywidget", "IPython", "matplotlib"},
    "analysis": {"duckdb", "ipywidgets", "anywidget", "IPython", "matplotlib"},
    "plan": {"duckdb", "soundfile", "ipywidgets", "anywidget", "IPython", "matplotlib"},
    "render": {"duckdb", "soundfile", "ipywidgets", "anywidget", "IPython", "matplotlib"},
    "catalogue": {"ipywidgets", "anywidget", "IPython", "matplotlib"},
    "stream": {"duckdb", "ipywidgets", "anywidget", "IPython", "matplotlib"},
    "player": {"duckdb", "soundfile"},
    "view": {"duckdb", "soundfile"},
}


def layer_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imports_of(path: Path) -> Iterator[str]:
    """Full names imported anywhere in a module, except for type checkers alone."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    skipped: set[ast.AST] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING"):
            skipped.update(inner for line in node.body for inner in ast.walk(line))
    for node in ast.walk(tree):
        if node in skipped:
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


MODULES = sorted(PACKAGE.rglob("*.py"))


def test_every_module_belongs_to_a_layer_of_the_table() -> None:
    assert {layer_of(path) for path in MODULES} <= set(MAY_IMPORT)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_module_imports_only_what_its_layer_may(path: Path) -> None:
    layer = layer_of(path)
    allowed = MAY_IMPORT[layer] | BASE | {layer}
    for name in imports_of(path):
        parts = name.split(".")
        if parts[0] == "auralis_lab" and "*" not in allowed:
            assert parts[1] in allowed, f"{layer} must not import {name}"
        assert parts[0] not in FOREIGN.get(layer, set()), f"{layer} must not know {parts[0]}"


def test_the_base_imports_nothing_but_itself() -> None:
    for name in BASE:
        for imported in imports_of(PACKAGE / f"{name}.py"):
            if imported.startswith("auralis_lab."):
                assert imported.split(".")[1] in BASE


def test_importing_the_package_loads_nothing_slow() -> None:
    slow = ["numpy", "scipy", "numba", "duckdb", "matplotlib", "soundfile", "pydantic", "mutagen"]
    code = f"import sys, auralis_lab; print([n for n in {slow} if n in sys.modules])"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


def test_every_public_name_of_the_package_can_be_had() -> None:
    for name in auralis_lab.__all__:
        assert getattr(auralis_lab, name) is not None
    assert set(auralis_lab.__all__) <= set(dir(auralis_lab))


def test_no_public_name_hides_behind_a_layer_of_the_same_name() -> None:
    assert not set(auralis_lab.__all__) & set(MAY_IMPORT)
