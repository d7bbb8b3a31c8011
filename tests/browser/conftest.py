"""A real browser before a real Voila server.

Each test gets a page of a notebook of its own. Servers are stopped by the process they were
started as. Without Chromium the tests are skipped, except where CI=true says it must be there.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

CHROMIUM = Path(os.environ.get("AURALIS_CHROMIUM", "/usr/bin/chromium"))
FLAGS = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
REPOSITORY = Path(__file__).resolve().parents[2]
START_S = 60


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """One browser for all tests; autoplay is blocked as it is for visitors."""
    if not CHROMIUM.exists():
        reason = f"no Chromium at {CHROMIUM} (AURALIS_CHROMIUM names another place)"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        yield browser
        browser.close()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def write_notebook(path: Path, *cells: str) -> Path:
    """Make a notebook of code cells, whose kernel is this Python."""
    notebook = {
        "cells": [
            {
                "cell_type": "code",
                "id": f"cell-{number}",
                "execution_count": None,
                "metadata": {},
                "outputs": [],
                "source": source,
            }
            for number, source in enumerate(cells)
        ],
        "metadata": {
            "kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}
        },
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    path.write_text(json.dumps(notebook))
    return path


def environment(home: Path) -> dict[str, str]:
    """Environment of a server: this Python's kernel, own folders, the tests' tracks."""
    return {
        **os.environ,
        "PYTHONPATH": str(REPOSITORY),
        "AURALIS_CACHE_DIR": str(home / "cache"),
        "AURALIS_DATA_DIR": str(home / "data"),
        "JUPYTER_CONFIG_DIR": str(home / "jupyter"),
        "JUPYTER_RUNTIME_DIR": str(home / "runtime"),
        "IPYTHONDIR": str(home / "ipython"),
    }


def start_server(command: list[str], url: str, home: Path) -> subprocess.Popen[bytes]:
    """Start a server in a session of its own and wait until it answers."""
    with (home / "server.log").open("wb") as log:
        process = subprocess.Popen(
            command,
            cwd=home,
            env=environment(home),
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    deadline_s = time.monotonic() + START_S
    while time.monotonic() < deadline_s:
        try:
            urllib.request.urlopen(url, timeout=2).close()
            return process
        except OSError:
            if process.poll() is not None:
                break
            time.sleep(0.1)
    stop_server(process)
    pytest.fail(f"no server at {url}:\n{(home / 'server.log').read_text()[-3000:]}")


def stop_server(process: subprocess.Popen[bytes]) -> None:
    """Ask the server to end, and its kernels with it; then insist."""
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(15)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@pytest.fixture(scope="session")
def voila(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """A Voila server of a folder of notebooks: its address and the folder."""
    home = tmp_path_factory.mktemp("voila")
    folder = home / "notebooks"
    folder.mkdir()
    port = free_port()
    url = f"http://127.0.0.1:{port}/"
    command = [sys.executable, "-m", "voila", str(folder), "--no-browser", f"--port={port}"]
    process = start_server(command, url, home)
    yield url, folder
    stop_server(process)


@pytest.fixture(scope="module")
def open_notebook(
    chromium: Browser, voila: tuple[str, Path], request: pytest.FixtureRequest
) -> Iterator[Callable[..., Page]]:
    """Open a notebook made of the given cells, once for a module; errors of the page fail it."""
    url, folder = voila
    errors: list[str] = []
    pages: list[Page] = []

    def open_it(
        *cells: str,
        width: int = 1200,
        height: int = 800,
        scheme: Literal["light", "dark"] = "light",
    ) -> Page:
        name = f"{request.module.__name__.rpartition('.')[2]}_{len(pages)}.ipynb"
        write_notebook(folder / name, *cells)
        page = chromium.new_page(viewport={"width": width, "height": height}, color_scheme=scheme)
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(f"{url}voila/render/{name}")
        page.wait_for_selector(".auralis-player", timeout=START_S * 1000)
        pages.append(page)
        return page

    yield open_it
    for page in pages:
        page.close(run_before_unload=True)
    assert errors == []
