"""Transforms in lanes against numpy's, row by row."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from auralis_lab.dsp.lanes import (
    LANES,
    Lines,
    add_rows,
    back,
    back_crossed,
    bin_order,
    empty_lines,
    empty_stacks,
    forward,
    forward_each,
    halving_turns,
    load_rows,
    twiddles,
)
from auralis_lab.errors import ParameterError

SIZES = (16, 64, 256, 1024, 4096, 16_384)


def filled(rows: npt.NDArray[np.complex128]) -> Lines:
    lines = empty_lines(rows.shape[1])
    lines[:, :LANES], lines[:, LANES:] = rows.real.T, rows.imag.T
    return lines


def rows_of(lines: Lines) -> npt.NDArray[np.complex128]:
    rows: npt.NDArray[np.complex128] = lines[:, :LANES].T + 1j * lines[:, LANES:].T.astype(float)
    return rows


@pytest.fixture(params=SIZES)
def rows(request: pytest.FixtureRequest, rng: np.random.Generator) -> npt.NDArray[np.complex128]:
    shape = (LANES, request.param)
    return rng.standard_normal(shape) + 1j * rng.standard_normal(shape)


def test_forward_is_the_transform_of_each_row(rows: npt.NDArray[np.complex128]) -> None:
    size = rows.shape[1]
    lines = filled(rows)
    forward(lines, twiddles(size))
    wanted = np.fft.fft(rows)[:, bin_order(size)]
    np.testing.assert_allclose(rows_of(lines), wanted, atol=5e-7 * np.abs(wanted).max())


@pytest.mark.parametrize("size", [4, 8, 32, 128, 256, 512, 2048])
def test_each_stack_is_transformed_in_every_power_of_two(
    size: int, rng: np.random.Generator
) -> None:
    rows = rng.standard_normal((3, LANES, size)) + 1j * rng.standard_normal((3, LANES, size))
    stacks, turns = empty_stacks(3, size), halving_turns(size)
    stacks[:] = [filled(each) for each in rows]
    forward_each(stacks, twiddles(size // 2 if len(turns) else size), turns)
    for lines, each in zip(stacks, rows, strict=True):
        wanted = np.fft.fft(each)[:, bin_order(size)]
        np.testing.assert_allclose(rows_of(lines), wanted, atol=5e-7 * np.abs(wanted).max())


def test_other_sizes_are_refused() -> None:
    with pytest.raises(ParameterError, match="power of 2"):
        halving_turns(48)


def test_back_undoes_forward_and_filters(rows: npt.NDArray[np.complex128]) -> None:
    size = rows.shape[1]
    order, factors = bin_order(size), twiddles(size)
    response = np.cos(2 * np.pi * np.arange(size) / size) + 0.3
    lines, out = filled(rows), empty_lines(size)
    forward(lines, factors)
    before = lines.copy()
    back(lines, (response / size).astype(np.float32)[order], factors, out)
    wanted = np.fft.ifft(np.fft.fft(rows) * response)
    np.testing.assert_allclose(rows_of(out), wanted, atol=2e-6)
    assert lines.tobytes() == before.tobytes()


def test_back_crossed_gives_each_signal_some_of_the_other(rows: npt.NDArray[np.complex128]) -> None:
    size = rows.shape[1]
    order, factors = bin_order(size), twiddles(size)
    mirror = np.argsort(order)[-order % size]
    turns = 2 * np.pi * np.arange(size) / size
    own, other = np.cos(turns) + 0.3, np.cos(3 * turns) - 0.7
    lines, out = filled(rows), empty_lines(size)
    forward(lines, factors)
    direct, crossed = ((h / size).astype(np.float32)[order] for h in (own, other))
    back_crossed(lines, direct, crossed, mirror, factors, out)
    exchanged = rows.imag + 1j * rows.real
    wanted = np.fft.ifft(np.fft.fft(rows) * own + np.fft.fft(exchanged) * other)
    np.testing.assert_allclose(rows_of(out), wanted, atol=4e-6)


def test_equal_rows_give_equal_results_in_every_lane(rng: np.random.Generator) -> None:
    one = rng.standard_normal((1, 1024)) + 1j * rng.standard_normal((1, 1024))
    lines, factors = filled(np.repeat(one, LANES, axis=0)), twiddles(1024)
    forward(lines, factors)
    assert (lines[:, :LANES] == lines[:, :1]).all()
    assert (lines[:, LANES:] == lines[:, LANES : LANES + 1]).all()


def test_rows_are_dealt_out_and_gathered_with_their_gains(rng: np.random.Generator) -> None:
    size, step = 64, 40
    row = rng.standard_normal(7 * step + size).astype(np.float32)
    lines = empty_lines(size)
    lines[:] = 9.0
    load_rows(row, step, lines, 1)
    assert (lines[:, :LANES] == 9.0).all()
    for lane in range(LANES):
        assert (lines[:, LANES + lane] == row[lane * step : lane * step + size]).all()
    gains = rng.random(LANES * step).astype(np.float32)
    out = rng.standard_normal(LANES * step).astype(np.float32)
    added = out.copy()
    add_rows(lines, 12, 1, gains, added)
    inner = np.concatenate([row[lane * step + 12 :][:step] for lane in range(LANES)])
    np.testing.assert_allclose(added, out + gains * inner, atol=1e-6)


def test_lines_begin_where_a_line_of_the_cache_does() -> None:
    for size in (16, 64):
        assert empty_lines(size).ctypes.data % 64 == 0
