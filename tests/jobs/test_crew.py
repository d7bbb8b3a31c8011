"""Requests are carried out by processes of this machine or by any executor."""

from __future__ import annotations

import os
import time
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pytest
import soundfile

from auralis_lab.errors import ParameterError
from auralis_lab.jobs.crew import Crew, checked_workers
from auralis_lab.jobs.exporting import Exporter, ExportRequest, try_export
from auralis_lab.jobs.exportreport import Exported
from auralis_lab.jobs.variants import Enhanced


@pytest.fixture
def request_(tmp_path: Path, rng: np.random.Generator) -> ExportRequest:
    source = tmp_path / "in.wav"
    soundfile.write(source, 0.05 * rng.standard_normal((16_000, 2)), 8_000)
    return ExportRequest(str(source), str(tmp_path / "out.flac"), Enhanced("gentle"))


def _die(request: ExportRequest) -> Exported | str:
    os._exit(3)


def _crew(executor: Executor | None = None, work=try_export) -> Crew[ExportRequest, Exported]:  # type: ignore[no-untyped-def]
    return Crew(Exporter, work, 1, executor)


def test_a_process_and_an_executor_do_the_same(request_: ExportRequest) -> None:
    results = []
    with ThreadPoolExecutor(1) as pool:
        for crew in (_crew(), _crew(pool)):
            results.append((crew.ask(request_), Path(request_.output).read_bytes()))
            crew.close()
            Path(request_.output).unlink()
    assert isinstance(results[0][0], Exported)
    assert results[0] == results[1]


def test_a_process_that_dies_in_an_executor_is_told_and_not_raised(request_: ExportRequest) -> None:
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        told = _crew(pool, _die).ask(request_)
        after = _crew(pool).ask(request_)
    assert isinstance(told, str)
    assert told.startswith("ended its process")
    assert isinstance(after, str)
    assert after.startswith("could not be handed on")


def test_what_waits_in_an_executor_is_taken_back_when_interrupted(request_: ExportRequest) -> None:
    with ThreadPoolExecutor(1) as busy, ThreadPoolExecutor(1) as asking:
        busy.submit(time.sleep, 0.5)
        crew = _crew(busy)
        answer = asking.submit(crew.ask, request_)
        while not answer.done():
            crew.interrupt()
        assert answer.result() == "was ended"
    assert not Path(request_.output).exists()


@pytest.mark.parametrize("workers", [0, 65, 1.5, True, "2"])
def test_a_number_of_workers_out_of_range_is_refused(workers: int) -> None:
    with pytest.raises(ParameterError, match="workers="):
        checked_workers(workers)


def test_what_is_no_executor_is_refused() -> None:
    with pytest.raises(ParameterError, match="executor="):
        checked_workers(None, "tcp://somewhere:8786")  # type: ignore[arg-type]
