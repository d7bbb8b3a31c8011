"""Noise with an outline and with joins of every quality; imported by tests and their notebooks."""

from __future__ import annotations

import numpy as np

from auralis_lab.io.source import ArraySource
from auralis_lab.plan.automation import BandDynamics
from auralis_lab.plan.model import EqCurve, LimiterSettings, Plan, Prediction
from auralis_lab.render.joins import JoinRecord
from auralis_lab.render.peaks import LEVELS_FRAMES, Outline, outline_of
from auralis_lab.render.peakstore import PeakStore
from auralis_lab.render.seams import JoinMeasure, SeamReport, Verdict
from tests.browser.listening import NoiseTrack

VERDICTS: tuple[Verdict, ...] = ("clean", "suspect", "audible")


class JoinedNoise(NoiseTrack):
    """As if a black box had made it chunk by chunk."""

    def source(self) -> ArraySource:
        return ArraySource(self.audio, self.rate_hz)

    def peaks(self, start_frame: int, frames_per_bin: int, bins: int) -> Outline:
        if frames_per_bin < LEVELS_FRAMES[0]:
            return outline_of(self.source().read, start_frame, frames_per_bin, bins)
        pyramid = PeakStore().get_or_make(f"noise {self.id}", self.source())
        return pyramid.over(start_frame, frames_per_bin, bins)

    def join_report(self) -> SeamReport:
        joins = []
        for index, frame in enumerate(self.chunk_grid().boundaries):
            record = JoinRecord(frame, 1_000, "matched", 0.98, 0.2, (0.5, 0.5))
            ranks = {"sample_step_db": 0.4, "high_band_burst_db": 0.5 + index / 8}
            joins.append(JoinMeasure(frame, {}, ranks, VERDICTS[index % 3], record))
        return SeamReport("noise", tuple(joins), {})


def swinging_plan(track: NoiseTrack) -> Plan:
    """A plan whose three bands rise by 3 dB, stay and fall by 3 dB each second."""
    points = round(100 * (track.duration_s or 0.0)) + 1
    swing = 3 * (np.arange(points) % 100) / 100
    gains = np.stack([swing, 0 * swing, -swing])
    return Plan(
        preset="adaptive",
        intensity=1.0,
        eq=EqCurve((50.0, 20_000.0), (0.0, 0.0)),
        gain_db=0.0,
        limiter=LimiterSettings(),
        target_lufs=-14.0,
        predicted=Prediction(-14.0, -1.0, 0.3),
        decisions=(),
        dynamics=BandDynamics.pack((160.0, 2_500.0), 100.0, gains),
    )
