"""The tables of the README that a program makes: what there is, and how fast it is.

``python -m tests.benchmarks.summary`` puts them between their marks in README.md: the features as
the package itself names them, the speeds as the last `make bench` has written them.
"""

from __future__ import annotations

import re
from pathlib import Path

__all__ = ["RESULTS", "with_tables"]

README = Path(__file__).parents[2] / "README.md"
RESULTS = Path(__file__).with_name("RESULTS.md")


def features() -> str:
    """Return the table of what there is, asked of the package."""
    import typer

    from auralis_lab.analysis.comparison import METRICS
    from auralis_lab.analysis.fingerprint import DEFINITIONS, DIMENSIONS
    from auralis_lab.catalogue.finding.fields import FLAGS, SHOWN
    from auralis_lab.catalogue.scanning.walk import AUDIO_SUFFIXES
    from auralis_lab.cli.commands import app
    from auralis_lab.dsp.fades import CURVES
    from auralis_lab.io.encoding import SUFFIXES
    from auralis_lab.plan.presets import PRESET_NAMES, REFERENCE

    commands = typer.main.get_command(app).commands  # type: ignore[attr-defined]
    flags = {flag.name for flag in FLAGS.values()}
    rows = {
        "commands": sorted(commands),
        "files that are read, some by ffmpeg": sorted(suffix[1:] for suffix in AUDIO_SUFFIXES),
        "files that are written": sorted(suffix[1:] for suffix in SUFFIXES),
        "presets": [*PRESET_NAMES, REFERENCE.name],
        "crossfades between chunks": [curve.replace("_", " ") for curve in CURVES],
        "measures of a fingerprint": [DEFINITIONS[name].label for name in DIMENSIONS],
        "measures of an experiment": [name.replace("_", " ") for name in METRICS],
        "what `is:` asks for": sorted(flags),
    }
    told = [f"| {what} | {len(names)} | {', '.join(names)} |" for what, names in rows.items()]
    told.append(f"| fields to search and sort by | {len(SHOWN)} | `auralis fields` lists them |")
    return "\n".join(["| what | how many | which |", "|---|---|---|", *told])


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


def with_tables(readme: str, results: str) -> str:
    """Return the README with these tables between their marks."""
    for name, table in (("features", features()), ("speed", summary(results))):
        start = f"<!-- {name}: made by tests/benchmarks/summary.py -->"
        stop = f"<!-- end of {name} -->"
        before, rest = readme.split(start)
        readme = f"{before}{start}\n{table}\n\n{stop}{rest.split(stop)[1]}"
    return readme


if __name__ == "__main__":
    results = RESULTS.read_text(encoding="utf-8")
    README.write_text(with_tables(README.read_text(encoding="utf-8"), results), encoding="utf-8")
