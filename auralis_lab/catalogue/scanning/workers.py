"""Processes that do one kind of work on files, which may crash or hang them.

A worker is ``python -m MODULE``, where the module ends in ``serve(work)``. It gets pickled lists of
requests on its standard input and answers each with the list of results; when the input ends, so
does the worker. A malformed file may crash or hang a decoder: then its worker is ended and started
anew, and the request is answered with a text that says so.
"""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Generic, TypeVar

from auralis_lab.catalogue.text import clean
from auralis_lab.errors import AuralisLabError, CatalogueError, DecodeError, EncodeError

__all__ = ["Worker", "serve", "tried"]

Request = TypeVar("Request")
Result = TypeVar("Result")


class Worker(Generic[Request, Result]):
    """One process, started when first needed and again after it died.

    Attributes
    ----------
    module : str
        What the process runs.
    arguments : tuple of str
        What it is told at its start.
    """

    module: str
    arguments: tuple[str, ...] = ()

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._ready = False

    def start(self) -> None:
        """Start the process if there is none, without waiting for it."""
        if self._process is None:
            self._ready = False
            self._process = self._started()

    def ready(self) -> None:
        """Start the process if there is none, and wait until it answers.

        Raises
        ------
        CatalogueError
            If no process can be started.
        """
        self._readied()

    def patience_s(self, requests: Sequence[Request]) -> float:
        """Return how long to wait for an answer; what takes longer never ends."""
        raise NotImplementedError

    def ask(self, requests: Sequence[Request]) -> list[Result | str]:
        """Return the result of each request, or a text that says why there is none.

        Raises
        ------
        CatalogueError
            If no process can be started.
        """
        answer = self._ask(requests)
        if isinstance(answer, list):
            return answer
        if len(requests) == 1:
            return [answer]
        return [result for request in requests for result in self.ask([request])]

    def interrupt(self) -> None:
        """End the process from another thread; who waits for its answer is told that it died."""
        process = self._process
        if process is not None and self._ready:
            process.kill()

    def close(self) -> None:
        """End the process; whatever it works on at the moment is dropped."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.communicate()

    def _ask(self, requests: Sequence[Request]) -> list[Result | str] | str:
        """Have requests answered; a text says how the process died of them."""
        process = self._readied()
        late = threading.Timer(self.patience_s(requests), process.kill)
        late.start()
        try:
            assert process.stdin is not None
            assert process.stdout is not None
            pickle.dump(list(requests), process.stdin)
            process.stdin.flush()
            answer: list[Result | str] = pickle.load(process.stdout)
            return answer
        except (OSError, EOFError, pickle.UnpicklingError):
            in_time = late.is_alive()
            self.close()
            code = process.returncode
            return f"crashed its reader (code {code})" if in_time else "takes too long to read"
        finally:
            late.cancel()

    def _readied(self) -> subprocess.Popen[bytes]:
        self.start()
        process = self._process
        assert process is not None
        assert process.stdout is not None
        if not self._ready and process.stdout.read(1) != b"\n":
            self.close()
            raise CatalogueError(f"no process to read files starts (code {process.returncode})")
        self._ready = True
        return process

    def _started(self) -> subprocess.Popen[bytes]:
        package = Path(__file__).parents[3]  # where this very package is imported from
        path = os.pathsep.join(filter(None, (str(package), os.environ.get("PYTHONPATH"))))
        return subprocess.Popen(
            [sys.executable, "-P", "-m", self.module, *self.arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=os.environ | {"PYTHONPATH": path},
            start_new_session=True,
        )


def serve(work: Callable[[Request], Result | str]) -> None:
    """Be a worker: answer requests from the standard input until it ends."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what decoders print must not get between the answers
    answers.write(b"\n")
    answers.flush()
    with suppress(EOFError, BrokenPipeError):
        while True:
            requests: list[Request] = pickle.load(sys.stdin.buffer)
            pickle.dump([work(request) for request in requests], answers)
            answers.flush()


def tried(work: Callable[[Request], Result], request: Request) -> Result | str:
    """Return what comes of a request, or one line that says why nothing does."""
    try:
        return work(request)
    except (DecodeError, EncodeError) as error:
        return clean(error.reason) or "unreadable"
    except AuralisLabError as error:
        return clean(str(error)) or type(error).__name__
    except Exception as error:
        return clean(f"{type(error).__name__}: {error}") or type(error).__name__
