"""Notebook commands, in a shell of their own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from IPython.core.error import UsageError
from IPython.core.interactiveshell import InteractiveShell

import auralis_lab


@pytest.fixture
def shell(tmp_path: Path, rng: np.random.Generator) -> Iterator[Any]:
    music = tmp_path / "music"
    music.mkdir()
    for title in ("Air", "Blue <Train>"):
        audio = 0.1 * rng.standard_normal((8_000, 2))
        soundfile.write(music / f"{title.replace('<', '').replace('>', '')}.flac", audio, 8_000)
    shell = InteractiveShell.instance()
    shell.run_line_magic("load_ext", "auralis_lab")
    lab = auralis_lab.open_lab(music)
    lab.scan()
    shell.user_ns["lab"] = lab
    yield shell
    lab.close()
    InteractiveShell.clear_instance()


def test_a_sql_cell_shows_a_table_and_no_more_rows_than_asked_for(shell: Any) -> None:
    asked = "SELECT title FROM library ORDER BY title"
    html = shell.run_cell_magic("catalog", "--limit 1", asked)._repr_html_()
    assert "Air" in html
    assert "Blue" not in html
    assert "the first 1 rows" in html


def test_a_sql_cell_puts_its_relation_into_a_variable(shell: Any) -> None:
    shell.run_cell_magic("catalog", "found", "SELECT count(*) FROM library")
    assert shell.user_ns["found"].fetchall() == [(2,)]


@pytest.mark.parametrize(
    ("line", "cell"),
    [
        ("", "DROP TABLE tracks"),
        ("", "SELECT nothing FROM nowhere"),
        ("two names", "SELECT 1"),
        ("3x", "SELECT 1"),
        ("--limit 0", "SELECT 1"),
        ("--help", "SELECT 1"),
    ],
)
def test_what_a_sql_cell_cannot_do_is_one_line(shell: Any, line: str, cell: str) -> None:
    with pytest.raises(UsageError) as caught:
        shell.run_cell_magic("catalog", line, cell)
    assert "Traceback" not in str(caught.value)
    assert shell.user_ns["lab"].tracks.count() == 2


def test_a_player_is_found_by_words_number_and_variable(shell: Any) -> None:
    (air,) = shell.user_ns["lab"].tracks.search("air")
    shell.user_ns["song"] = air
    for line in ("air", str(air.id), "song"):
        player = shell.run_line_magic("play", line)
        assert player.track.id == air.id
        player.close()
    with pytest.raises(UsageError, match="nothing found for 'zzz'"):
        shell.run_line_magic("play", "zzz")
