"""Items made ahead and done behind: the same as one after the other, errors included."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable, Iterator

import pytest

from auralis_lab.io.threads import HELD, Behind, ahead


@pytest.fixture(params=[1, 2])
def processors(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    count: int = request.param
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: set(range(count)))
    return count


def put_all(work: Callable[[int], object], items: Iterable[int]) -> None:
    with Behind(work) as worker:
        for item in items:
            worker.put(item)


def test_what_is_made_ahead_comes_whole_and_in_order(processors: int) -> None:
    assert list(ahead(iter(range(100)))) == list(range(100))
    assert list(ahead(iter(()))) == []


def test_an_error_of_the_maker_comes_after_the_items_before_it(processors: int) -> None:
    def items() -> Iterator[int]:
        yield from range(20)
        raise OSError("the disk is gone")

    taken: list[int] = []
    with pytest.raises(OSError, match="the disk is gone"):
        taken.extend(ahead(items()))
    assert taken == list(range(20))


@pytest.mark.parametrize("wanted", [1, 4, 50])
def test_who_stops_early_ends_the_maker_and_closes_it(processors: int, wanted: int) -> None:
    made, closed = [], []

    def items() -> Iterator[int]:
        try:
            for item in range(1_000):
                made.append(item)
                yield item
        finally:
            closed.append(True)

    before = threading.active_count()
    taking = ahead(items())
    assert [next(taking) for _ in range(wanted)] == list(range(wanted))
    taking.close()  # type: ignore[attr-defined]
    assert threading.active_count() == before
    assert len(made) <= wanted + HELD + 2
    if processors > 1:
        assert closed == [True]


def test_what_is_put_is_done_in_order_by_the_end(processors: int) -> None:
    done: list[int] = []
    put_all(done.append, range(100))
    assert done == list(range(100))


def test_the_first_error_of_the_work_ends_it(processors: int) -> None:
    tried = []

    def fail_at_five(item: int) -> None:
        tried.append(item)
        if item >= 5:
            raise ValueError(f"not {item}")

    with pytest.raises(ValueError, match="not 5"):
        put_all(fail_at_five, range(1_000))
    assert tried == list(range(6))


def test_an_error_of_the_last_item_is_raised_on_leaving(processors: int) -> None:
    def fail(item: int) -> None:
        raise ValueError(f"not {item}")

    with pytest.raises(ValueError, match="not 1"):
        put_all(fail, [1])


def test_leaving_by_an_error_ends_the_thread_and_keeps_the_error(processors: int) -> None:
    done: list[int] = []

    def items() -> Iterator[int]:
        yield from (0, 1)
        raise KeyError

    with pytest.raises(KeyError):
        put_all(done.append, items())
    assert done == [0, 1][: len(done)]
    assert not any(thread.name == "auralis-behind" for thread in threading.enumerate())
