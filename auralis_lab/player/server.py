"""Start the player in a browser: one notebook, served by Voila, each visitor with a kernel.

Conventions: the server runs in this process until Ctrl-C or SIGTERM; kernels are children of it
and end with it. Only this machine reaches it unless another address is asked for, and then a
visitor has to show a token.
"""

from __future__ import annotations

import os
import secrets
import webbrowser
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from auralis_lab.errors import NotFoundError, ParameterError

if TYPE_CHECKING:
    from auralis_lab.player.voila_app import PlayerApp

__all__ = ["DEFAULT_PORT", "check_address", "find_notebook", "serve"]

DEFAULT_PORT = 8866

_HERE = Path(__file__).resolve().parent
_SHARE = _HERE / "share" / "jupyter"


def serve(
    library: Path | None = None,
    *,
    host: str = "127.0.0.1",
    port: int = DEFAULT_PORT,
    open_browser: bool = True,
    token: str | None = None,
    notebook: Path | None = None,
) -> int:
    """Serve the player until it is stopped.

    Parameters
    ----------
    library : Path, optional
        The music folder, handed to the kernels as ``AURALIS_LIBRARY``; by default what the
        settings say.
    host : str
        Address to listen on. Anything but a loopback address demands a token.
    port : int
        Port to listen on. When it is taken, one of the next is used; 0 takes any.
    open_browser : bool
        Whether to show the page once the server answers.
    token : str, optional
        What a visitor has to show. Made up and printed when it is needed and missing.
    notebook : Path, optional
        The notebook to serve, by default the player.

    Returns
    -------
    code : int
        0 after Ctrl-C or SIGTERM: the exit code of a program that does nothing else.

    Raises
    ------
    ParameterError
        If `port` is out of range or `token` is shorter than 8 characters.
    NotFoundError
        If `library` or the notebook does not exist.
    """
    check_address(port=port, token=token)
    if library is not None and not library.is_dir():
        raise NotFoundError(f"there is no folder {library}")
    page = find_notebook(notebook)
    with _environment(_kernel_environment(library)):
        from auralis_lab.player.voila_app import PlayerApp, is_loopback, voila_config

        if token is None:
            token = "" if is_loopback(host) else secrets.token_urlsafe(24)
        # The one instance of this process: Voila's parts log through it.
        app = PlayerApp.instance(config=voila_config(page, host=host, port=port, token=token))
        try:
            app.on_listening = lambda ready: _announce(ready, open_browser=open_browser)
            app.initialize(argv=[])
            app.start()
        finally:
            PlayerApp.clear_instance()
    return 0


def check_address(*, port: int, token: str | None = None) -> None:
    """Refuse what :func:`serve` would refuse, before anything long is done.

    Raises
    ------
    ParameterError
        If `port` is out of range or `token` is shorter than 8 characters.
    """
    if not 0 <= port <= 65_535:
        raise ParameterError(f"port={port} must be 0 to 65535")
    if token is not None and len(token) < 8:
        raise ParameterError("token must have at least 8 characters")


def find_notebook(notebook: Path | None = None) -> Path:
    """Where the player's notebook lies: beside the package or inside it.

    Raises
    ------
    NotFoundError
        If it is in neither place, or `notebook` does not exist.
    """
    package = _HERE.parent
    places = (
        [notebook]
        if notebook is not None
        else [folder / "voila_apps" / "player.ipynb" for folder in (package, package.parent)]
    )
    for place in places:
        if place.is_file():
            return place.resolve()
    raise NotFoundError(f"there is no notebook {places[0]}")


def _kernel_environment(library: Path | None) -> dict[str, str]:
    paths = [str(_SHARE), os.environ.get("JUPYTER_PATH", "")]
    environment = {"JUPYTER_PATH": os.pathsep.join(p for p in paths if p)}
    if library is not None:
        environment["AURALIS_LIBRARY"] = str(library.resolve())
    return environment


@contextmanager
def _environment(changes: Mapping[str, str]) -> Iterator[None]:
    """Set environment variables, which kernels inherit, for as long as the server runs."""
    before = {name: os.environ.get(name) for name in changes}
    os.environ.update(changes)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def _announce(app: PlayerApp, *, open_browser: bool) -> None:
    """Say where the player is and open it; runs on a thread, since a browser may block."""
    from auralis_lab.player.voila_app import is_loopback

    print(f"The player is at {app.page_url}", flush=True)
    if not is_loopback(app.ip):
        print(
            "Others on the network need https to hear sound: put a reverse proxy with TLS "
            "in front of it.",
            flush=True,
        )
    print("Ctrl-C stops it.", flush=True)
    if open_browser and not _open(app.page_url):
        print("No browser could be opened here; open the address above.", flush=True)


def _open(url: str) -> bool:
    try:
        browser = webbrowser.get()
    except webbrowser.Error:
        return False
    if type(browser) is webbrowser.GenericBrowser:  # draws in the terminal, which Ctrl-C needs
        return False
    return browser.open(url)
