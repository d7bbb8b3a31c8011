"""Tables hold the facts, and nothing in them is markup of somebody else's."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser
from operator import itemgetter

from auralis_lab.catalogue.experiments.rows import Rows
from auralis_lab.view import Table, facts_html, plan_html, profile_html, table_html
from auralis_lab.view.rich_html import rows_html
from tests.player.shelf import ShelfTrack, a_plan


class Cells(HTMLParser):
    """Texts of the cells, and the names of all tags."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.tags: set[str] = set()
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def test_everything_is_escaped() -> None:
    evil = '<script>alert("1")</script>'
    for html in (
        table_html([evil], [[evil]], caption=evil),
        facts_html([(evil, evil)], caption=evil),
    ):
        cells = Cells(html)
        assert "script" not in cells.tags
        assert "".join(cells.texts).count(evil) >= 3


def test_what_is_unknown_is_a_dash() -> None:
    assert "–" in Cells(table_html(["a"], [[None]])).texts


def test_a_number_is_not_shown_by_the_digits_of_its_arithmetic() -> None:
    texts = Cells(table_html(["a"], [[-17.399999618530273], [12_345_678.0], [7]])).texts
    assert texts[-3:] == ["−17.4", "12345678", "7"]


def test_numbers_have_minus_signs_and_names_keep_their_hyphens() -> None:
    row = [-7, "-3.0 dB", "-0.25", "-12 LUFS", "Blink -182", "-1 of 2", "2-3", "B-52", "-"]
    table = Table([str(n) for n in range(len(row))], [row])
    shown = ["−7", "−3.0 dB", "−0.25", "−12 LUFS", "Blink -182", "-1 of 2", "2-3", "B-52", "–"]
    assert Cells(table._repr_html_()).texts[-len(row) :] == shown
    assert Cells(facts_html([("level", "-3.0 dB")])).texts == ["level", "−3.0 dB"]
    assert "-3.0 dB" in repr(table)


def test_rows_of_an_experiment_have_minus_signs() -> None:
    rows = Rows([("-x", "-1.250", "-")], {str(n): itemgetter(n) for n in range(3)})
    assert Cells(rows_html(rows)).texts[-3:] == ["-x", "−1.250", "–"]


def test_a_caption_is_as_wide_as_it_needs_and_not_as_its_table() -> None:
    html = table_html(["a"], [[1]], caption="a long line above a narrow table")
    assert html.index("a long line") < html.index("<table")


def test_a_plan_shows_every_decision() -> None:
    texts = Cells(plan_html(a_plan("warm", 0.5))).texts
    assert "warm, intensity 0.5" in texts
    assert {"loudness", "−20.0 LUFS", "−14.0 LUFS", "+2.5 dB"} <= set(texts)


def test_a_plan_has_the_columns_of_its_text_and_minus_signs() -> None:
    plan = a_plan("warm", 0.5)
    decision = replace(
        plan.decisions[0], target="at most -1.0 dBTP", amount="-2.0 dB", limit="a half-way -3 dB"
    )
    plan = replace(plan, decisions=(decision, replace(decision, limit=None)))
    texts = Cells(plan_html(plan)).texts
    head = next(line for line in plan.explain().splitlines() if line.startswith("decision"))
    assert texts[1:6] == re.split(r"\s{2,}", head)
    assert {"at most −1.0 dBTP", "−2.0 dB", "a half-way −3 dB"} <= set(texts)
    assert texts[-1] == "–"


def test_a_profile_shows_numbers_with_units() -> None:
    texts = Cells(profile_html(ShelfTrack(1, "x").profile)).texts
    assert "−20.0 LUFS" in texts
    assert "44.1 kHz, stereo" in texts
    assert {"tempo", "frames"} <= {word for text in texts for word in text.split()}
    assert all(not re.search(r"\d{3}\.\d{3}", text) for text in texts)


def test_a_table_is_one_in_a_notebook_and_lines_of_text_elsewhere() -> None:
    table = Table(["title", "plays"], [["<b>", 7], ["Air", None]], "heard")
    assert repr(table).splitlines() == [
        "heard",
        "title  plays",
        "-----  -----",
        "<b>    7",
        "Air    –",
    ]
    cells = Cells(table._repr_html_())
    assert cells.texts == ["heard", "title", "plays", "<b>", "7", "Air", "–"]
    assert "b" not in cells.tags
    assert repr(Table(["nothing"], [])) == "nothing\n-------"
