"""Settings, and what is said of wrong ones."""

from __future__ import annotations

from pathlib import Path

import pytest

from auralis_lab.cli import run
from auralis_lab.errors import ParameterError
from auralis_lab.settings import settings


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "config.toml"
    monkeypatch.setenv("AURALIS_CONFIG", str(path))
    settings.cache_clear()
    return path


def test_a_file_is_read_and_the_environment_goes_first(
    config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config.write_text("stream_window_s = 20.0\nmax_concurrent_streams = 3\n")
    monkeypatch.setenv("AURALIS_STREAM_WINDOW_S", "30")
    assert settings().stream_window_s == 30.0
    assert settings().max_concurrent_streams == 3


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("libary = '/music'", ["setting libary", "config.toml"]),
        ("stream_window_s = -3", ["setting stream_window_s", "greater than or equal to 1"]),
        ("= nonsense", ["config.toml", "not TOML"]),
    ],
)
def test_a_wrong_file_is_one_line_that_names_it(text: str, words: list[str], config: Path) -> None:
    config.write_text(text)
    with pytest.raises(ParameterError) as caught:
        settings()
    message = str(caught.value)
    assert "\n" not in message
    for word in words:
        assert word in message


def test_a_wrong_variable_is_named(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AURALIS_CATALOGUE_WAIT_S", "abc")
    with pytest.raises(ParameterError, match="AURALIS_CATALOGUE_WAIT_S"):
        settings()


def test_the_doctor_says_what_is_wrong_with_the_settings(
    config: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    config.write_text("= nonsense")
    assert run(["doctor"]) == 1
    out, err = capsys.readouterr()
    assert "is not TOML" in out
    assert err == ""
