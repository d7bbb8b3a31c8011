"""Kernels whose page has gone are ended, and no others."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from auralis_lab.player.attendance import Attendance

LOST_S, UNVISITED_S = 60.0, 180.0


class House:
    """Kernels, their connections, and a clock that the test moves."""

    def __init__(self) -> None:
        self.connections: dict[str, int] = {}
        self.waiting: list[str] = []
        self.refusing: set[str] = set()
        self.now_s = 1_000.0
        self.attendance = Attendance(
            self,
            lambda: self.waiting,
            lost_s=LOST_S,
            unvisited_s=UNVISITED_S,
            now_s=lambda: self.now_s,
        )

    def list_kernel_ids(self) -> list[str]:
        return list(self.connections)

    def kernel_model(self, kernel_id: str) -> dict[str, Any]:
        return {"id": kernel_id, "connections": self.connections[kernel_id]}

    async def shutdown_kernel(self, kernel_id: str, now: bool = False) -> None:
        if kernel_id in self.refusing:
            raise RuntimeError("it does not end")
        del self.connections[kernel_id]

    def after(self, seconds: float) -> list[str]:
        """Let time pass, and look; which kernels were to be ended."""
        self.now_s += seconds
        return asyncio.run(self.attendance.look())


@pytest.fixture
def house() -> House:
    house = House()
    house.connections = {"here": 1}
    house.after(0)
    return house


def test_a_kernel_with_a_page_stays(house: House) -> None:
    assert house.after(100 * UNVISITED_S) == []


def test_a_kernel_that_lost_its_page_ends_after_a_while(house: House) -> None:
    house.connections["here"] = 0
    assert house.after(5) == []
    assert house.after(LOST_S - 1) == []
    assert house.after(1) == ["here"]
    assert house.connections == {}


def test_a_page_that_comes_back_in_time_finds_its_kernel(house: House) -> None:
    house.connections["here"] = 0
    house.after(0)
    house.after(LOST_S - 1)
    house.connections["here"] = 1
    assert house.after(5) == []
    house.connections["here"] = 0
    assert house.after(LOST_S - 1) == []
    assert house.after(LOST_S) == ["here"]


def test_a_page_has_longer_to_come_for_the_first_time(house: House) -> None:
    house.connections["new"] = 0
    house.after(0)
    assert house.after(UNVISITED_S - 1) == []
    assert house.after(1) == ["new"]


def test_a_kernel_that_stands_ready_waits_for_ever(house: House) -> None:
    house.connections["ready"] = 0
    house.waiting = ["ready"]
    assert house.after(100 * UNVISITED_S) == []
    house.waiting = []
    assert house.after(1) == []
    assert house.after(UNVISITED_S) == ["ready"]


def test_one_that_does_not_end_keeps_no_other(house: House) -> None:
    house.connections = {"stubborn": 0, "other": 0}
    house.refusing = {"stubborn"}
    house.after(0)
    assert house.after(UNVISITED_S) == ["stubborn", "other"]
    assert house.connections == {"stubborn": 0}
