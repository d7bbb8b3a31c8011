"""The Voila application that shows one notebook as the player, closed against everything else.

Conventions: configuration is built in :func:`voila_config` and nowhere read from files. Whatever
the page does not need is not served: no files, no folder listing, no other notebook. This module
imports Voila, which takes a second; :mod:`auralis_lab.player.server` imports it when a server
starts.
"""

from __future__ import annotations

import logging
import os
import shutil
import tempfile
import threading
from collections.abc import Callable
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from jupyter_core.paths import jupyter_path
from jupyter_core.utils import run_sync
from jupyter_server.base.handlers import JupyterHandler
from jupyter_server.services.kernels.connection.channels import ZMQChannelsWebsocketConnection
from jupyter_server.utils import url_path_join
from tornado.httpserver import HTTPServer
from tornado.ioloop import IOLoop, PeriodicCallback
from tornado.netutil import bind_sockets
from tornado.web import authenticated
from tornado.websocket import WebSocketClosedError
from traitlets.config import Config
from voila.app import Voila
from voila.static_file_handler import AllowListFileHandler
from voila.tornado.handler import TornadoVoilaHandler
from voila.tornado.kernel_websocket_handler import VoilaKernelWebsocketHandler

from auralis_lab.player.attendance import Attendance

__all__ = ["PlayerApp", "is_loopback", "voila_config"]

LOST_S = 60.0
UNVISITED_S = 180.0
"""Loading a page may compile kernels of sound, which takes a minute."""
LOOK_EVERY_S = 5.0
KERNELS_READY = 1
REFILL_AFTER_S = 15.0
PORTS_TRIED = 20
_GOING_AWAY = 1001  # RFC 6455, 7.4.1
LONGEST_TEMP_PATH = 30  # the path of a local socket must stay under about 100 characters

_DENIED_EXTENSIONS = [
    "jupyterlab-jupytext",
    "jupytext",
    "@jupyterhub/jupyter-server-proxy",
    "jupyter-server-proxy",
]

_CONTENT_SECURITY_POLICY = "; ".join(
    [
        "default-src 'self'",
        "script-src 'self' 'unsafe-inline' blob:",  # Voila's page is made of inline scripts
        "worker-src 'self' blob:",  # the audio worklet is a module made from text
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "font-src 'self' data:",
        "connect-src 'self'",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'self'",
    ]
)

_HEADERS = {
    "Content-Security-Policy": _CONTENT_SECURITY_POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches a server bound to `host`.

    Examples
    --------
    >>> is_loopback("127.0.0.1"), is_loopback("localhost"), is_loopback("0.0.0.0")
    (True, True, False)
    """
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def voila_config(notebook: Path, *, host: str, port: int, token: str) -> Config:
    """Every setting of the server, and why.

    Parameters
    ----------
    notebook : Path
        The one notebook that is served.
    host : str
        Address to listen on.
    port : int
        Port to listen on; 0 lets the system choose.
    token : str
        What a visitor has to show, or an empty string for none.

    Returns
    -------
    config : Config
    """
    config = Config()
    config.Voila.notebook_path = str(notebook)
    config.Voila.ip = host
    config.Voila.port = port
    config.Voila.token = token
    config.Voila.open_browser = False
    config.Voila.log_level = "ERROR"
    config.Voila.config_file_paths = []
    config.Voila.kernel_websocket_connection_class = PromptConnection
    config.Voila.tornado_settings = {
        "headers": _HEADERS,
        # A page of another site whose name resolves to this machine must not reach a kernel.
        "allow_remote_access": not is_loopback(host),
        "local_hostnames": ["localhost", host],
        "default_handler_class": NothingHere,
    }
    # One kernel stands ready, so that a page opens at once; the next one is made while the visitor
    # looks around.
    config.VoilaConfiguration.preheat_kernel = True
    config.VoilaConfiguration.default_pool_size = KERNELS_READY
    config.VoilaKernelManager.fill_delay = REFILL_AFTER_S
    config.VoilaConfiguration.template = "auralis"
    config.VoilaConfiguration.theme = "light"
    config.VoilaConfiguration.show_tracebacks = False
    config.VoilaConfiguration.allow_template_override = "NO"
    config.VoilaConfiguration.allow_theme_override = "NO"
    config.VoilaConfiguration.file_allowlist = []
    config.VoilaConfiguration.file_denylist = [".*"]
    config.VoilaConfiguration.extension_denylist = _DENIED_EXTENSIONS
    config.VoilaExecutor.cell_error_instruction = (
        "The player could not be opened. The reason stands in the terminal that started it."
    )
    if os.name == "posix" and len(tempfile.gettempdir()) <= LONGEST_TEMP_PATH:
        config.KernelManager.transport = "ipc"  # sockets in a folder that is closed to others
    return config


class PromptConnection(ZMQChannelsWebsocketConnection):
    """A kernel connection that sends small messages at once: 9 instead of 48 ms there and back."""

    def connect(self) -> Any:
        """Turn Nagle's algorithm off, then connect."""
        self.websocket_handler.set_nodelay(True)
        return super().connect()


class ChannelsHandler(VoilaKernelWebsocketHandler):  # type: ignore[misc]
    """The way to a kernel; a page that outlived its server asks for one that is not there."""

    def write_error(self, status_code: int, **_: Any) -> None:
        """Refuse without rendering a page, of which there is none."""
        self.set_header("Content-Type", "text/plain; charset=utf-8")
        self.finish("There is nothing here.")


class PageHandler(TornadoVoilaHandler):  # type: ignore[misc]
    """The page, with the cookie that lets it shut its kernel down when it is closed."""

    @authenticated
    async def get(self, path: str | None = None) -> None:
        """Set the cookie by reading the token, then render."""
        _ = self.xsrf_token
        await super().get(path=None)


class NothingHere(JupyterHandler):
    """Any other address."""

    async def prepare(self, **_: Any) -> None:
        """Answer without rendering a page."""
        self.set_status(404)
        self.set_header("Content-Type", "text/plain; charset=utf-8")
        self.finish("There is nothing here.")


def _is_no_closed_page(record: logging.LogRecord) -> bool:
    """Whether a record is more than a visitor who closed the page while a message was under way."""
    return not (record.exc_info and isinstance(record.exc_info[1], WebSocketClosedError))


class PlayerApp(Voila):  # type: ignore[misc]
    """Voila for one notebook: announces itself when it listens and leaves no kernel behind."""

    on_listening: Callable[[PlayerApp], None] | None = None

    @property
    def themes_dir(self) -> str:
        """Voila's own themes, also when another folder of templates is looked at first."""
        folders = [os.path.join(path, "themes") for path in jupyter_path("voila")]
        return next((f for f in folders if os.path.isdir(f)), folders[-1])

    @property
    def page_url(self) -> str:
        """Address of the page, for a person on this machine."""
        bound = str(self.ip)
        host = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}.get(bound, bound)
        host = f"[{host}]" if ":" in host else host
        query = f"?token={self.token}" if self.token else ""
        return f"http://{host}:{self.port}{self.base_url}{query}"

    def init_settings(self) -> dict[str, Any]:
        """Voila's settings; requests that fail are not the terminal's business."""
        for name in ("tornado.access", "tornado.general"):
            logging.getLogger(name).setLevel(logging.ERROR)
        logging.getLogger("asyncio").addFilter(_is_no_closed_page)
        settings: dict[str, Any] = super().init_settings()
        return settings

    def init_handlers(self) -> list[Any]:
        """Voila's handlers without files, and with the page at its root alone."""
        kept = [
            (handler[0], ChannelsHandler, *handler[2:])
            if handler[1] is VoilaKernelWebsocketHandler
            else handler
            for handler in super().init_handlers()
            if handler[1] not in (AllowListFileHandler, TornadoVoilaHandler)
        ]
        page = {
            "notebook_path": os.path.relpath(self.notebook_path, self.root_dir),
            "template_paths": self.template_paths,
            "config": self.config,
            "voila_configuration": self.voila_configuration,
        }
        return [*kept, (url_path_join(self.server_url, "/?"), PageHandler, page)]

    def listen(self) -> None:
        """Listen, announce, and run until Ctrl-C or SIGTERM."""
        server = HTTPServer(self.app)
        server.add_sockets(self._bind())
        self.ioloop = IOLoop.current()
        # A closed page shuts its kernel down; one that crashed or lost the network cannot.
        attendance = Attendance(
            self.kernel_manager, self._waiting, lost_s=LOST_S, unvisited_s=UNVISITED_S
        )
        looking = PeriodicCallback(attendance.look, 1000 * LOOK_EVERY_S)
        looking.start()
        if self.on_listening is not None:
            announce = self.on_listening
            self.ioloop.add_callback(
                lambda: threading.Thread(target=announce, args=(self,), daemon=True).start()
            )
        try:
            self.ioloop.start()
        except KeyboardInterrupt:
            self.log.info("Stopping")
        finally:
            looking.stop()
            server.stop()
            self.stop()

    def stop(self) -> None:
        """Take leave of the pages, end all kernels, remove the files they were reached by."""
        # Kernels take seconds to end; a page is told before, not when its sound runs out.
        for connection in list(PromptConnection._open_sockets):
            connection.websocket_handler.close(_GOING_AWAY)
        try:
            run_sync(self.kernel_manager.shutdown_all)(now=True)
        finally:
            shutil.rmtree(self.connection_dir, ignore_errors=True)

    def _waiting(self) -> list[str]:
        """Kernels that were made ahead of their pages."""
        made = [task for pool in self.kernel_manager._pools.values() for task in pool]
        ready = [task for task in made if task.done() and not task.cancelled()]
        return [task.result()["kernel_id"] for task in ready if task.exception() is None]

    def _bind(self) -> list[Any]:
        """Take the wanted port or, when it is in use, one of the next, or any."""
        first = int(self.config.Voila.port)
        wanted = range(first, min(first + PORTS_TRIED, 65_536)) if first else ()
        for port in [*wanted, 0]:
            try:
                sockets = bind_sockets(port, self.ip)
            except OSError:
                if port == 0:
                    raise
                continue
            self.port = sockets[0].getsockname()[1]
            return sockets
        raise AssertionError("unreachable")
