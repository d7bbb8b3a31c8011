"""The server as a process: what it serves, what it refuses, and that nothing stays behind."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from email.message import Message
from pathlib import Path

import pytest

from auralis_lab.errors import NotFoundError, ParameterError
from auralis_lab.player.server import find_notebook, serve
from auralis_lab.player.voila_app import is_loopback, voila_config

PROC = Path("/proc")
START = "import sys; from pathlib import Path; from auralis_lab.player.server import serve; "


class Server:
    """A server in a process of its own."""

    def __init__(self, home: Path, call: str) -> None:
        environment = {
            **os.environ,
            "JUPYTER_RUNTIME_DIR": str(home / "runtime"),
            "JUPYTER_CONFIG_DIR": str(home / "jupyter"),
            "IPYTHONDIR": str(home / "ipython"),
        }
        self.process = subprocess.Popen(
            [sys.executable, "-c", f"{START}sys.exit(serve({call}))"],
            env=environment,
            cwd=home,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        assert self.process.stdout is not None
        self.lines = []
        for line in self.process.stdout:
            self.lines.append(line)
            if line.startswith("The player is at "):
                break
        else:
            pytest.fail("".join(self.lines))
        self.url = line.removeprefix("The player is at ").strip()

    def get(self, path: str = "", **headers: str) -> tuple[int, Message, str]:
        request = urllib.request.Request(self.url + path, headers=headers)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return answer.status, answer.headers, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.headers, error.read().decode()

    def children(self) -> list[int]:
        task = PROC / str(self.process.pid) / "task"
        return [int(pid) for t in task.iterdir() for pid in (t / "children").read_text().split()]

    def stop(self, how: signal.Signals = signal.SIGINT) -> int:
        if self.process.poll() is None:
            self.process.send_signal(how)
        try:
            code = self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise
        assert self.process.stdout is not None
        self.lines.extend(self.process.stdout)
        self.process.stdout.close()
        return code


def a_notebook(path: Path) -> Path:
    sources = [
        "import os\nprint('library:', os.environ['AURALIS_LIBRARY'])",
        "raise RuntimeError('a secret detail')",
        "print('after the error')",
    ]
    cells: list[dict[str, object]] = [
        {
            "cell_type": "code",
            "id": f"cell{n}",
            "source": source,
            "metadata": {},
            "outputs": [],
            "execution_count": None,
        }
        for n, source in enumerate(sources)
    ]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    metadata = {"title": "A <test> page", "kernelspec": kernel}
    notebook = {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}
    path.write_text(json.dumps(notebook), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("server")
    (home / "Music").mkdir()
    a_notebook(home / "page.ipynb")
    return home


@pytest.fixture(scope="module")
def server(home: Path) -> Iterator[Server]:
    started = Server(
        home,
        f"Path({str(home / 'Music')!r}), port=0, open_browser=False, "
        f"notebook=Path({str(home / 'page.ipynb')!r})",
    )
    yield started
    assert started.stop(signal.SIGTERM) == 0


@pytest.fixture(scope="module")
def page(server: Server) -> tuple[int, Message, str]:
    return server.get()


def test_the_page_runs_the_notebook_on_the_library(
    home: Path, page: tuple[int, Message, str]
) -> None:
    status, _, html = page
    assert status == 200
    assert f"library: {home / 'Music'}" in html
    assert "<title>A &lt;test&gt; page</title>" in html
    assert "<main" in html
    assert 'rel="icon"' in html


def test_the_page_asks_nothing_of_another_host(page: tuple[int, Message, str]) -> None:
    addresses = set(re.findall(r"(?:https?:)?//[\w.-]+\.\w+[^\s\"'<>)]*", page[2]))
    assert {a for a in addresses if "www.w3.org" not in a} == set()


def test_a_visitor_sees_no_traceback(page: tuple[int, Message, str]) -> None:
    html = page[2]
    assert "The player could not be opened" in html
    assert "secret detail" not in html
    assert "RuntimeError" not in html
    assert "after the error" not in html


def test_headers_keep_the_page_to_itself(page: tuple[int, Message, str]) -> None:
    headers = page[1]
    policy = headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "unsafe-eval" not in policy
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert headers["Cross-Origin-Embedder-Policy"] == "require-corp"
    assert headers["X-Content-Type-Options"] == "nosniff"


def test_the_page_may_shut_its_kernel_down(server: Server, page: tuple[int, Message, str]) -> None:
    found = re.search(r"_xsrf=([^;]+)", " ".join(page[1].get_all("Set-Cookie", [])))
    kernel = re.search(r'"kernelId": "([\w-]+)"', page[2])
    assert found is not None
    assert kernel is not None
    address = f"{server.url}voila/api/shutdown/{kernel[1]}"
    cookies = {"Cookie": f"_xsrf={found[1]}", "X-XSRFToken": found[1]}
    refused = urllib.request.Request(address, method="POST")
    with pytest.raises(urllib.error.HTTPError, match="403"):
        urllib.request.urlopen(refused, timeout=30)
    allowed = urllib.request.Request(address, method="POST", headers=cookies)
    with urllib.request.urlopen(allowed, timeout=30) as answer:
        assert answer.status == 204


@pytest.mark.parametrize(
    "path",
    [
        "page.ipynb",
        "voila/files/page.ipynb",
        "voila/files/../page.ipynb",
        "voila/tree",
        "api/contents",
    ],
)
def test_nothing_but_the_page_is_served(server: Server, path: str) -> None:
    status, headers, text = server.get(path)
    assert (status, text) == (404, "There is nothing here.")
    assert "Content-Security-Policy" in headers


def test_a_page_that_outlived_its_server_is_refused_without_a_traceback(server: Server) -> None:
    kernel = "05942c5e-2770-463b-b812-841445cc3da3"
    asked = {
        "Upgrade": "websocket",
        "Connection": "Upgrade",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
    }
    status, _, text = server.get(f"api/kernels/{kernel}/channels?session_id=a", **asked)
    assert (status, text) == (404, "There is nothing here.")


def test_a_page_of_another_site_cannot_come_in_by_a_name_of_its_own(server: Server) -> None:
    status, _, html = server.get(Host="rebound.example")
    assert status == 403
    assert "//cdn" not in html


@pytest.mark.skipif(not PROC.is_dir(), reason="needs /proc to count processes")
def test_open_to_the_network_it_takes_a_free_port_asks_for_a_token_and_leaves_nothing_behind(
    home: Path,
) -> None:
    with socket.socket() as taken:
        taken.bind(("0.0.0.0", 0))
        taken.listen()
        port = taken.getsockname()[1]
        server = Server(
            home,
            f"Path({str(home / 'Music')!r}), host='0.0.0.0', port={port}, open_browser=False, "
            f"notebook=Path({str(home / 'page.ipynb')!r})",
        )
    try:
        address, token = server.url.split("?token=")
        assert int(address.rstrip("/").rsplit(":", 1)[1]) != port
        assert len(token) >= 32
        with urllib.request.urlopen(address, timeout=30) as answer:
            assert "/login" in answer.url
            assert "library:" not in answer.read().decode()
        status, _, html = server.get()
        assert (status, "library:" in html) == (200, True)
        kernels = server.children()
        assert kernels
    finally:
        code = server.stop(signal.SIGINT)
    assert code == 0
    deadline_s = time.monotonic() + 10
    while any((PROC / str(pid)).exists() for pid in kernels) and time.monotonic() < deadline_s:
        time.sleep(0.1)
    assert not [pid for pid in kernels if (PROC / str(pid)).exists()]
    said = "".join(server.lines)
    assert "https" in said
    assert "a secret detail" in said  # the terminal explains what the page does not


def test_settings_close_what_is_open_by_default() -> None:
    config = voila_config(Path("x.ipynb"), host="127.0.0.1", port=1, token="")
    assert config.VoilaConfiguration.show_tracebacks is False
    assert config.VoilaConfiguration.allow_template_override == "NO"
    assert config.VoilaConfiguration.file_allowlist == []
    assert config.Voila.tornado_settings["allow_remote_access"] is False
    public = voila_config(Path("x.ipynb"), host="0.0.0.0", port=1, token="t")
    assert public.Voila.tornado_settings["allow_remote_access"] is True


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("127.0.0.1", True),
        ("127.1.2.3", True),
        ("::1", True),
        ("localhost", True),
        ("0.0.0.0", False),
        ("", False),
        ("192.168.1.5", False),
        ("example.org", False),
    ],
)
def test_only_loopback_addresses_go_without_a_token(host: str, expected: bool) -> None:
    assert is_loopback(host) is expected


def test_bad_arguments_are_refused_before_anything_starts(tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match="port=70000"):
        serve(port=70_000)
    with pytest.raises(ParameterError, match="at least 8"):
        serve(token="short")
    with pytest.raises(NotFoundError, match="no folder"):
        serve(tmp_path / "missing")
    with pytest.raises(NotFoundError, match=r"no notebook .*other\.ipynb"):
        serve(notebook=tmp_path / "other.ipynb")


def test_the_player_s_notebook_is_found_and_has_four_cells() -> None:
    notebook = json.loads(find_notebook().read_text("utf-8"))
    kinds = [cell["cell_type"] for cell in notebook["cells"]]
    assert kinds == ["markdown", "code", "code", "code"]
    assert notebook["metadata"]["title"] == "Auralis Lab"
