"""The benchmark table of the README, made from what the last `make bench` has written.

``python -m tests.benchmarks.summary`` puts it between the two marks in README.md.
"""

from __future__ import annotations

import re
from pathlib import Path

__all__ = ["START", "STOP", "summary", "with_summary"]

README = Path(__file__).parents[2] / "README.md"
RESULTS = Path(__file__).with_name("RESULTS.md")
START, STOP = "<!-- speed: made by tests/benchmarks/summary.py -->", "<!-- end of speed -->"


def summary(results: str) -> str:
    """Return the table: work, ours and the others', times real time and peak memory.

    Parameters
    ----------
    results : str
        What RESULTS.md holds.
    """
    lines = results.splitlines()
    head = next(line for line in lines if re.match(r"\d{4}-\d\d-\d\d, ", line))
    date, machine = head.split(", ")[0], head.split(", ")[2]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if "|" in line]
    names = {"analyse": "**analysis, ours**", "render": "**rendering, ours**"}
    names |= {
        "enhance": "**enhancing a file, ours**",
        "enhance, two cores": "**the same on two cores**",
    }
    told = [
        f"| {names.get(row[1], row[1])} | {row[3]} | {row[6]} | {row[7].split(' (')[0] or '-'} |"
        for row in rows
        if len(row) == 8 and row[0] in ("analysis", "render in memory", "file to file")
    ]
    return "\n".join(
        [
            f"Measured on {date} on {machine}: a track of three minutes, one core where",
            "nothing else is said.",
            "",
            "| work | x real time | peak MiB | ours is |",
            "|---|---|---|---|",
            *told,
        ]
    )


def with_summary(readme: str, results: str) -> str:
    """Return the README with the table of these results between its marks."""
    before, rest = readme.split(START)
    after = rest.split(STOP)[1]
    return f"{before}{START}\n{summary(results)}\n\n{STOP}{after}"


if __name__ == "__main__":
    results = RESULTS.read_text(encoding="utf-8")
    README.write_text(with_summary(README.read_text(encoding="utf-8"), results), encoding="utf-8")
