"""Chains with stages of the user's own: how they are given, and how good their joins are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

from auralis_lab.audio import Readable
from auralis_lab.errors import ParameterError
from auralis_lab.plan.model import Plan
from auralis_lab.render.joins import JoinRecord
from auralis_lab.render.renderer import USE, Insert, Renderer
from auralis_lab.render.seams import SeamReport, seam_report

__all__ = ["Stage", "as_inserts", "chain", "chain_seams"]

Stage: TypeAlias = Insert | Callable[[Readable], Readable]
"""What a user gives: an insert, or what makes one, which then lies before the limiter."""


def as_inserts(stages: Sequence[Stage]) -> tuple[Insert, ...]:
    """Put what is not an insert yet before the limiter.

    Raises
    ------
    ParameterError
        If one of them can be no stage.
    """
    for stage in stages:
        if not isinstance(stage, Insert) and not callable(stage):
            raise ParameterError(f"inserts: {stage!r} is no stage; {USE}")
    return tuple(stage if isinstance(stage, Insert) else Insert(stage) for stage in stages)


def chain(source: Readable, plan: Plan | None, stages: Sequence[Stage] = ()) -> Readable:
    """Put a plan and stages of the user's own behind a source.

    Parameters
    ----------
    source : Readable
    plan : Plan or None
        Without one there are the stages alone, in order, and no limiter.
    stages : sequence of Insert or callable
        For example made by :func:`auralis_lab.render.chunks.black_box`.

    Returns
    -------
    rendered : Readable

    Raises
    ------
    ParameterError
        If a stage has another rate or number of channels than what comes before it.
    """
    inserts = as_inserts(stages)
    if plan is not None:
        return Renderer(source, plan, inserts=inserts)
    rendered = source
    for insert in inserts:
        rendered = insert(rendered)
    return rendered


def chain_seams(
    source: Readable,
    plan: Plan | None,
    stages: Sequence[Stage],
    *,
    name: str = "chain",
    seed: int = 440,
) -> SeamReport:
    """Measure the joins of all black boxes in a chain on what comes out at its end.

    Every chunk goes through its function two or three times: to know how it is joined, at the
    joins, and at the places that the joins are ranked among.

    Parameters
    ----------
    source, plan, stages
        As for :func:`chain`.
    name : str
        Title of the report.
    seed : int
        For the choice of reference places.

    Returns
    -------
    report : SeamReport
        Without joins where no stage has any, or the plan bypasses.

    Raises
    ------
    ParameterError
        If the track is too short to have other places.
    ChunkError
        If a function fails.
    """
    made: list[Readable] = []

    def watched(insert: Insert) -> Insert:
        def make(before: Readable) -> Readable:
            made.append(insert.make(before))
            return made[-1]

        return Insert(make, insert.at)

    rendered = chain(source, plan, [watched(insert) for insert in as_inserts(stages)])
    joins: list[JoinRecord] = []
    if plan is None or not plan.is_bypass:
        for stage in made:
            joins.extend(getattr(stage, "joins", ()))
    return seam_report(rendered, joins, name=name, seed=seed)
