"""What every notebook has, so that it can be run anywhere and says what it claims."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path
from typing import Any

import pytest

FOLDER = Path(__file__).parents[1] / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
LONGEST_DEF = 10
MOST_BYTES = 400_000


def cells_of(path: Path, kind: str) -> list[dict[str, Any]]:
    cells = json.loads(path.read_text("utf-8"))["cells"]
    return [cell for cell in cells if cell["cell_type"] == kind]


def text_of(cell: dict[str, Any]) -> str:
    return "".join(cell["source"])


def python_of(cell: dict[str, Any]) -> str:
    """The Python of a cell: without SQL cells and lines that are commands of the notebook."""
    text = text_of(cell)
    if text.startswith("%%"):
        return ""
    return "\n".join(line for line in text.splitlines() if not line.startswith("%"))


@pytest.fixture(params=NOTEBOOKS, ids=lambda path: path.stem)
def notebook(request: pytest.FixtureRequest) -> Path:
    path: Path = request.param
    return path


def test_it_opens_with_its_question_its_answer_and_what_it_needs(notebook: Path) -> None:
    first = text_of(cells_of(notebook, "markdown")[0])
    assert first.startswith("# ")
    places = [first.find(f"**{word}.**") for word in ("Question", "Answer", "Needed")]
    assert 0 < places[0] < places[1] < places[2]


def test_it_has_a_verdict_that_is_checked_and_was_printed(notebook: Path) -> None:
    verdicts = [
        cell
        for cell in cells_of(notebook, "code")
        if text_of(cell).startswith("# NBVAL_CHECK_OUTPUT")
    ]
    assert verdicts
    for cell in verdicts:
        printed = "".join(
            "".join(output["text"])
            for output in cell["outputs"]
            if output["output_type"] == "stream"
        )
        assert printed.strip()
        numbers = re.findall(r"\d+\.\d+", printed)
        assert all(len(number.partition(".")[2]) <= 2 for number in numbers), numbers


def test_it_defines_little_and_reaches_for_nothing_outside_the_package(notebook: Path) -> None:
    for cell in cells_of(notebook, "code"):
        for node in ast.walk(ast.parse(python_of(cell))):
            if isinstance(node, ast.FunctionDef):
                assert (node.end_lineno or 0) - node.lineno < LONGEST_DEF, node.name
        assert not re.search(r"sys\.path|^\s*[!%]\s*pip\b|^!", text_of(cell), re.MULTILINE)


def test_it_was_stored_executed_whole_in_order_and_without_an_error(notebook: Path) -> None:
    cells = cells_of(notebook, "code")
    counts = [cell["execution_count"] for cell in cells]
    assert counts == list(range(1, len(cells) + 1))
    kinds = {output["output_type"] for cell in cells for output in cell["outputs"]}
    assert "error" not in kinds
    assert not [o for c in cells for o in c["outputs"] if o.get("name") == "stderr"]


def test_what_it_shows_is_readable_as_text_small_and_of_no_one_machine(notebook: Path) -> None:
    stored = notebook.read_text("utf-8")
    assert len(stored.encode()) < MOST_BYTES
    assert "data:audio" not in stored
    for cell in cells_of(notebook, "code"):
        shown = [output["data"] for output in cell["outputs"] if "data" in output]
        assert all(data.get("text/plain") for data in shown)
        words = [text_of(cell), *("".join(data.get("text/html", "")) for data in shown)]
        words += ["".join(data["text/plain"]) for data in shown]
        words += ["".join(o["text"]) for o in cell["outputs"] if "text" in o]
        found = [w for w in words if re.search(r"(?<![\w.:/<~])/(home|root|tmp|work|Users)/", w)]
        assert not found


def test_the_next_one_is_there_and_every_one_is_in_the_readme() -> None:
    readme = (FOLDER.parent / "README.md").read_text("utf-8")
    for place, path in enumerate(NOTEBOOKS):
        assert f"[{path.stem}](notebooks/{path.name})" in readme
        last = text_of(cells_of(path, "markdown")[-1])
        linked = re.findall(r"Next: \[(\w+)\]\((\w+\.ipynb)\)", last)
        following = NOTEBOOKS[place + 1 :][:1]
        assert linked == [(following[0].stem, following[0].name)] if following else not linked
