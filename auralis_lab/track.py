"""One track of a library, and everything that can be made from it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from auralis_lab.audio import Audio, seconds_to_frames
from auralis_lab.catalogue.store import Catalogue
from auralis_lab.errors import ParameterError
from auralis_lab.measured import Measured

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from auralis_lab.analysis.profile import Profile
    from auralis_lab.analysis.spectrum import Ltas
    from auralis_lab.catalogue.finding.queries import TrackRow
    from auralis_lab.catalogue.sound.similarity import Neighbour
    from auralis_lab.io.source import AudioSource
    from auralis_lab.plan.model import Plan
    from auralis_lab.render.chains import Stage
    from auralis_lab.render.grid import ChunkGrid
    from auralis_lab.render.peaks import Outline
    from auralis_lab.render.seams import SeamReport
    from auralis_lab.stream.lanes import LanedStream
    from auralis_lab.stream.protocol import Levelling

__all__ = ["Track"]


class Track:
    """One track of a library: its tags, and everything that can be made from it."""

    def __init__(self, row: TrackRow, catalogue: Catalogue) -> None:
        self.row = row
        self._catalogue = catalogue
        self._measured = Measured(catalogue, row.content_key, self.path, lambda: self.source())

    def __repr__(self) -> str:
        return f"<Track {self.id}: {self.title} - {self.artist or 'unknown artist'}>"

    @property
    def id(self) -> int:
        """Number in the catalogue, kept for good."""
        return self.row.id

    @property
    def path(self) -> Path:
        """The file."""
        return Path(self.row.path)

    @property
    def title(self) -> str:
        """Title, or the file's name."""
        return self.row.title

    @property
    def artist(self) -> str:
        """Artists, joined by commas; empty if unknown."""
        return self.row.artist

    @property
    def album(self) -> str | None:
        """Album."""
        return self.row.album

    @property
    def album_id(self) -> int | None:
        """Number of the album."""
        return self.row.album_id

    @property
    def duration_s(self) -> float | None:
        """Length; exact once the track has been measured, until then what its header says."""
        known = self._measured.known
        return known.duration_s if known else self.row.duration_s

    @property
    def rate_hz(self) -> int:
        """Sample rate."""
        return self.row.rate_hz

    @property
    def channels(self) -> int:
        """Number of channels."""
        return self.row.channels

    @property
    def content_key(self) -> str:
        """Name of the audio itself, whatever the file is called and however it is tagged."""
        return self.row.content_key

    @property
    def format(self) -> str:
        """File format, such as ``'FLAC'``."""
        return self.row.format

    @property
    def bits_per_sample(self) -> int | None:
        """Word length of the file; ``None`` for lossy formats."""
        return self.row.bits_per_sample

    def source(self) -> AudioSource:
        """Open the file. To be closed by the caller; use it in a ``with`` statement.

        Raises
        ------
        DecodeError
            If the file is gone or cannot be decoded.
        """
        from auralis_lab.io.source import AudioSource

        return AudioSource(self.path)

    @property
    def profile(self) -> Profile:
        """What was measured of the track: read from the catalogue, else measured and stored.

        It comes with the band envelopes if they are still kept.
        """
        return self._measured.profile()

    def plan(
        self,
        preset: str = "adaptive",
        *,
        intensity: float = 1.0,
        target_lufs: float | None = None,
        ceiling_dbtp: float = -1.0,
        reference: Track | Profile | None = None,
    ) -> Plan:
        """Decide how to enhance the track; see :func:`auralis_lab.plan.enhance.plan`.

        Parameters
        ----------
        preset : str
            What to aim for; ``"reference"`` aims for `reference`.
        intensity : float
            0 to 1.
        target_lufs : float, optional
            Integrated loudness to aim at; by default that of the preset. An intensity under 1 goes
            that share of the way.
        ceiling_dbtp : float
            True peak that the result stays under.
        reference : Track or Profile, optional
            What to match.

        Raises
        ------
        ParameterError
            If an argument is unknown or out of range.
        DecodeError
            If the track must be measured, for the first time or because its band envelopes are no
            longer kept, and the file is gone or cannot be decoded.
        """
        from auralis_lab.analysis.profile import Profile
        from auralis_lab.plan.enhance import plan

        if not isinstance(reference, (Track, Profile, type(None))):
            raise ParameterError(f"reference={reference!r} must be a track or a profile")
        return plan(
            self._measured.over_time(),
            preset,
            intensity=intensity,
            target_lufs=target_lufs,
            ceiling_dbtp=ceiling_dbtp,
            reference=reference.profile if isinstance(reference, Track) else reference,
        )

    def render(
        self,
        plan: Plan | None = None,
        *,
        start_s: float = 0.0,
        stop_s: float | None = None,
        inserts: Sequence[Stage] = (),
    ) -> Audio:
        """Enhance a range of the track, in memory.

        Parameters
        ----------
        plan : Plan, optional
            What to do; the original if None.
        start_s, stop_s : float
            Range in seconds; to the end if `stop_s` is None.
        inserts : sequence of Insert or stage
            Stages of your own, such as ``auralis_lab.black_box(function)``: before the limiter
            unless an ``Insert`` says otherwise. Without a plan they come alone, without limiter.

        Returns
        -------
        audio : ndarray of float32, shape (channels, frames)

        Raises
        ------
        ParameterError
            If the range is negative or reversed, the plan was made for another track, or an insert
            does not fit.
        DecodeError
            If the file cannot be decoded.
        ChunkError
            If the function of a black box fails.
        """
        from auralis_lab.render.chains import chain

        start = seconds_to_frames(start_s, self.rate_hz, name="start_s")
        with self.source() as source:
            self._check_fits(plan, source)
            stop = source.total_frames
            if stop_s is not None:
                stop = seconds_to_frames(stop_s, self.rate_hz, name="stop_s")
            if stop_s is not None and stop < start:
                raise ParameterError(f"stop_s={stop_s!r} must be at or after start_s={start_s!r}")
            return chain(source, plan, inserts).read(start, max(0, stop - start))

    def seams(
        self, plan: Plan | None = None, *, inserts: Sequence[Stage] | None = None
    ) -> SeamReport:
        """Say how good the joins of black boxes are, on what comes out of the whole chain.

        See :func:`auralis_lab.render.chains.chain_seams`, which also tells the errors.
        """
        from auralis_lab.render.chains import chain_seams

        if inserts is None:
            raise ParameterError("inserts must hold black boxes: a plan itself makes no joins")
        with self.source() as source:
            self._check_fits(plan, source)
            return chain_seams(source, plan, inserts, name=self.title)

    def open_stream(
        self,
        preset: str | None = None,
        *,
        intensity: float = 1.0,
        compare: bool = False,
        levelling: Levelling = "off",
        at_once: bool = False,
    ) -> LanedStream:
        """Open the track for streaming, enhanced by a preset or, without one, as it is.

        Parameters
        ----------
        preset : str, optional
            How to enhance it.
        intensity : float
            How much, 0 to 1.
        compare : bool
            Read the original and the enhanced track together, as two lanes.
        levelling : {'off', 'track', 'album'}
            By whose loudness the lanes are given gains.
        at_once : bool
            Rather begin on a provisional plan than wait for a track to be measured; that is done
            behind, and told by the stream's ``on_better``.

        Raises
        ------
        ParameterError
            If there is nothing to compare with, or the preset or the intensity is none.
        DecodeError
            If the file is gone or cannot be decoded.
        """
        from auralis_lab.opening import Wanted, open_lanes

        wanted = Wanted(preset, intensity, compare, levelling, at_once)
        source = self.source()
        try:
            return open_lanes(wanted, self.row, source, self._measured, self._catalogue)
        except BaseException:
            source.close()
            raise

    def waveform(self, bins: int) -> Audio:
        """Outline for drawing, shape (bins, 2): lowest and highest sample of each part."""
        from auralis_lab.render.peaks import waveform_peaks

        with self.source() as source:
            return waveform_peaks(source, bins)

    def peaks(self, start_frame: int, frames_per_bin: int, bins: int) -> Outline:
        """Outline of a stretch at any magnification; see :mod:`auralis_lab.render.peaks`.

        The first time, the track is read once from start to end.

        Parameters
        ----------
        start_frame : int
            A multiple of `frames_per_bin`.
        frames_per_bin : int
            A power of two.
        bins : int
            How many, 1 to 4,096.

        Returns
        -------
        outline : ndarray of int16, shape (up to bins, 3)
            Least, greatest and root mean square of each; fewer only at the end of the track.
        """
        from auralis_lab.render.peaks import LEVELS_FRAMES, outline_of
        from auralis_lab.render.peakstore import PeakStore

        store = PeakStore()
        if frames_per_bin >= LEVELS_FRAMES[0]:
            kept = store.get(self.row.content_key)
            if kept is not None:
                return kept.over(start_frame, frames_per_bin, bins)
        with self.source() as source:
            if frames_per_bin < LEVELS_FRAMES[0]:
                return outline_of(source.read, start_frame, frames_per_bin, bins)
            made = store.get_or_make(self.row.content_key, source)
            return made.over(start_frame, frames_per_bin, bins)

    def limiter_gain(self, plan: Plan, start_frame: int, frames: int) -> npt.NDArray[np.float32]:
        """What the limiter of a plan multiplies each frame of a range with.

        Returns
        -------
        gain : ndarray of float32, shape (up to `frames`,)
            Fewer frames only at the end of the track; errors as :meth:`render`.
        """
        from auralis_lab.render.renderer import Renderer

        with self.source() as source:
            self._check_fits(plan, source)
            return Renderer(source, plan).limiter_gain(start_frame, frames)

    def chunk_grid(self) -> ChunkGrid:
        """Chunks of 15 s every 10 s."""
        from auralis_lab.render.grid import ChunkGrid

        return ChunkGrid.for_rate(self.profile.frames, self.rate_hz)

    def spectra(self, plan: Plan) -> tuple[Ltas, Ltas]:
        """Third-octave spectrum of the track, and the one expected after a plan."""
        profile = self.profile
        plan.check_fits(self.rate_hz, self.channels, profile.frames)
        return profile.ltas, plan.predict_ltas(profile.ltas)

    def artwork(self, size_px: int = 256) -> bytes | None:
        """Cover as a JPEG, embedded or else beside the file.

        Its longest side is the next of 64, 128, 256, 512 and 1024 pixels.
        """
        return self._catalogue.artwork.thumbnail(self.id, size_px)

    def similar(
        self, count: int = 10, *, weights: str | Mapping[str, float] | None = None
    ) -> tuple[Neighbour, ...]:
        """Tracks that sound like this one, nearest first, each with the reasons.

        Both must be measured: see :meth:`auralis_lab.lab.Lab.measure`.
        """
        return self._catalogue.similarity.like([self.id], count, weights=weights)

    def _check_fits(self, plan: Plan | None, source: AudioSource) -> None:
        if plan is not None:
            known = self._measured.known or self._measured.at_hand
            frames = source.total_frames if known is None else known.frames
            plan.check_fits(source.rate_hz, source.channels, frames)
