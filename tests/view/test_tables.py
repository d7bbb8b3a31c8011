"""What notebooks show in place of reprs: facts, escaped, readable without a stylesheet."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile as sf
from IPython.core.formatters import HTMLFormatter
from IPython.core.interactiveshell import InteractiveShell

from auralis_lab.catalogue.experiments.rows import Rows
from auralis_lab.io.tags import Tags, write_tags
from auralis_lab.lab import Lab, open_lab
from auralis_lab.player.widget import Player
from auralis_lab.render.grid import ChunkGrid
from auralis_lab.render.joins import JoinRecord
from auralis_lab.render.seams import MEASURES, JoinMeasure, SeamReport
from auralis_lab.view import register_displays, seam_table
from tests.view.test_figures import a_report
from tests.view.test_rich_html import Cells

RATE_HZ = 8_000
EVIL = "<script>x</script>"


@pytest.fixture
def lab(tmp_path: Path, rng: np.random.Generator) -> Lab:
    folder = tmp_path / "music"
    folder.mkdir()
    for number, title in enumerate(("Air", EVIL), 1):  # the ids follow the names
        path = folder / f"{number}.flac"
        sf.write(path, 0.1 * rng.standard_normal((RATE_HZ * 61, 1)), RATE_HZ)
        write_tags(path, Tags(title=title, artists=("Bach",), genres=("Baroque",), date="1977"), ())
    opened = open_lab(folder)
    opened.scan()
    return opened


@pytest.fixture
def html() -> Iterator[HTMLFormatter]:
    """The formatter of a running IPython in which the tables are registered."""
    shell = InteractiveShell.instance()
    try:
        assert register_displays()
        formatter = shell.display_formatter.formatters["text/html"]
        assert isinstance(formatter, HTMLFormatter)
        yield formatter
    finally:
        InteractiveShell.clear_instance()


def test_a_lab_shows_what_it_holds_and_no_path(lab: Lab, html: HTMLFormatter) -> None:
    shown = html(lab)
    assert {"music", "2", "2:02", "2 FLAC", "0 of 2"} <= set(Cells(shown).texts)
    assert str(lab.folder.parent) not in shown


def test_a_track_shows_its_tags_and_format_escaped(lab: Lab, html: HTMLFormatter) -> None:
    air, evil = (html(track) for track in lab.tracks.many([1, 2]))
    assert {"Air", "Bach", "1977", "Baroque", "1:01"} <= set(Cells(air).texts)
    assert "FLAC, 8 kHz, mono, 16 bits" in Cells(air).texts
    assert "script" not in Cells(evil).tags
    assert EVIL in "".join(Cells(evil).texts)


def test_a_profile_and_a_plan_are_a_few_lines_of_plain_text(lab: Lab, html: HTMLFormatter) -> None:
    plain = html.parent.formatters["text/plain"]
    profile = lab.tracks.get(1).profile
    assert plain(profile) == str(profile)
    assert len(plain(profile)) < 400
    plan = lab.tracks.get(1).plan("warm")
    assert plain(plan) == str(plan) == plan.explain()


def test_a_player_is_a_widget_and_the_name_of_what_it_plays(lab: Lab, html: HTMLFormatter) -> None:
    player = Player(lab.tracks.get(1))
    shown, _ = html.parent.format(player)
    assert shown["text/plain"] == "<Player: Air>"
    assert shown["application/vnd.jupyter.widget-view+json"]["model_id"] == player.model_id
    player.close()


def test_a_page_of_tracks_is_a_table_and_another_tuple_is_not(
    lab: Lab, html: HTMLFormatter
) -> None:
    page = Cells(html(lab.tracks.list()))
    assert page.tags >= {"table", "tr", "td"}
    assert page.texts.count("Bach") == 2
    assert "script" not in page.tags
    for other in ((), (1, 2), (lab, "x")):
        assert html(other) is None


def test_a_long_page_says_that_it_is_cut(lab: Lab, html: HTMLFormatter) -> None:
    texts = Cells(html(lab.tracks.list() * 30)).texts
    assert "the first 50 of 60" in texts
    assert texts.count("Bach") == 50


def test_neighbours_come_with_their_reasons(lab: Lab, html: HTMLFormatter) -> None:
    lab.measure()
    (neighbour,) = found = lab.tracks.list()[0].similar(1)
    texts = Cells(html(found)).texts
    assert {neighbour.reason, f"{neighbour.distance:.2f}", "Bach"} <= set(texts)


def test_a_grid_shows_where_its_chunks_lie(html: HTMLFormatter) -> None:
    texts = Cells(html(ChunkGrid(23_000, 15_000, 10_000))).texts
    assert "2 chunks over 23,000 frames" in texts
    assert texts[-10:] == [
        "0",
        "0",
        "15,000",
        "10,000",
        "5,000",
        "1",
        "10,000",
        "13,000",
        "13,000",
        "–",
    ]


def test_a_seam_report_shows_every_join_with_its_verdict(html: HTMLFormatter) -> None:
    texts = Cells(html(a_report("cut", ["clean", "audible"]))).texts
    assert texts[0].startswith("cut: 2 joins, 1 clean, 0 suspect, 1 audible; rank: share of places")
    assert {"clean", "audible", "0.500", "0.1 LU"} <= set(texts)
    assert "none" in Cells(html(a_report("whole", []))).texts
    report = a_report("cut", ["clean", "suspect"])
    timed = seam_table(report, 8)
    assert timed.head[:2] == ["time", "frame"]
    assert [row[0] for row in timed.rows] == ["0.00 s", "0.12 s"]
    assert html.parent.formatters["text/plain"](report) == str(report)


def test_a_seam_report_shows_all_that_its_text_says_of_a_join(html: HTMLFormatter) -> None:
    values, ranks = dict.fromkeys(MEASURES, -2.0), dict.fromkeys(MEASURES, 0.5)
    why = ("the two sides are unlike, with a correlation of -0.25",)
    faded = JoinRecord(8, 4, "equal_power", -0.25, -1.5, (0.707, 0.707))
    cut = JoinRecord(16, 0, "cut", None, None, (0.0, 1.0))
    joins = (
        JoinMeasure(8, values, ranks, "suspect", faded, why),
        JoinMeasure(16, values, ranks, "clean", cut),
        JoinMeasure(24, values, ranks, "clean"),
    )
    report = SeamReport("mixed", joins, {})
    table = seam_table(report)
    rows = [dict(zip(table.head, row, strict=True)) for row in table.rows]
    made = ("law", "correlation", "weights", "level")
    assert [tuple(row[name] for name in made) for row in rows] == [
        ("equal power", "−0.250", "0.707, 0.707", "−1.5 dB"),
        ("cut", None, None, None),
        (None,) * 4,
    ]
    assert rows[0]["slope step"] == "−2.0 dB"
    assert rows[0]["why"] == "the two sides are unlike, with a correlation of −0.25"
    said = str(report).splitlines()[1].replace("-", "−").replace("0.707 and", "0.707,")
    for name in ("verdict", "rank", *made, "why"):
        assert str(rows[0][name]) in said
    assert "law" not in seam_table(a_report("unknown", ["clean"])).head


def test_a_scan_and_a_measurement_are_shown_as_they_are_printed(
    lab: Lab, html: HTMLFormatter
) -> None:
    plain = html.parent.formatters["text/plain"]
    for report in (lab.scan(), lab.measure()):
        assert plain(report) == str(report)
        assert len(plain(report).splitlines()) == 1


def test_rows_of_an_experiment_begin_at_the_left_like_every_table(html: HTMLFormatter) -> None:
    rows = Rows([(EVIL, "2 of 8")], {"title": lambda r: r[0], "worse on": lambda r: r[1]}, ["note"])
    shown = html(rows)
    assert Cells(shown).texts == ["title", "worse on", EVIL, "2 of 8", "note"]
    assert shown.count("text-align:left") == 4
