"""The front door: a library, its tracks, and what can be done with one.

>>> lab = open_lab("~/Music")                                       # doctest: +SKIP
>>> lab.scan()                                                      # doctest: +SKIP
>>> lab.tracks.search("bach year:1970..1979 loudness<-14")          # doctest: +SKIP
>>> lab.sql("SELECT artist, avg(loudness_lufs) FROM library GROUP BY 1").df()  # doctest: +SKIP
>>> track = lab.tracks.search("bach")[0]                            # doctest: +SKIP
>>> print(track.plan("warm", intensity=0.7).explain())              # doctest: +SKIP
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Executor
from pathlib import Path
from typing import TYPE_CHECKING

from auralis_lab.catalogue.store import Catalogue
from auralis_lab.errors import NotFoundError, ParameterError
from auralis_lab.libraries import catalogue_of, latest_library, scanned_around
from auralis_lab.library import Library
from auralis_lab.settings import settings
from auralis_lab.view.displays import register_displays

if TYPE_CHECKING:
    from auralis_lab.analysis.comparison import Metric
    from auralis_lab.catalogue.scanning.report import ScanReport
    from auralis_lab.jobs.experimentresult import Experiment
    from auralis_lab.jobs.exportreport import ExportForm, ExportReport
    from auralis_lab.jobs.measure import MeasureReport
    from auralis_lab.jobs.variants import Enhanced, Variant
    from auralis_lab.track import Track

__all__ = ["Lab", "open_lab"]

MOST_TRIED, MOST_EXPORTED = 1_000, 1_000_000
"""Tracks that a query may bring into an experiment, and into an export."""
MOST_AT_ONCE = 10_000


class Lab(Library):
    """A library and the work that can be done on it."""

    def __repr__(self) -> str:
        return f"<Lab {self.folder.name}: {self.tracks.count()} tracks>"

    def scan(
        self,
        folder: str | os.PathLike[str] | None = None,
        *,
        on_progress: Callable[[int, int, str], None] | None = None,
        cancel: Callable[[], bool] | None = None,
    ) -> ScanReport:
        """Bring the catalogue up to date with a folder.

        Parameters
        ----------
        folder : path-like, optional
            By default the library's own. One below it has just that part brought up to date;
            another one becomes a part of the library.
        on_progress, cancel : callable, optional
            See :func:`auralis_lab.catalogue.scanning.scan.scan`, which also tells the errors.
        """
        from auralis_lab.catalogue.scanning.scan import scan

        return scan(self.catalogue, folder or self.folder, on_progress=on_progress, cancel=cancel)

    def measure(
        self,
        *,
        workers: int | None = None,
        executor: Executor | None = None,
        on_progress: Callable[[int, int, str], None] | None = None,
        cancel: Callable[[], bool] | None = None,
    ) -> MeasureReport:
        """Measure all tracks that are not measured yet.

        Filters by what was measured, similarity and the statistics of loudness know only tracks
        that are. See :func:`auralis_lab.jobs.measure.measure_library`.
        """
        from auralis_lab.jobs.measure import measure_library

        return measure_library(
            self.catalogue,
            workers=workers,
            executor=executor,
            on_progress=on_progress,
            cancel=cancel,
        )

    def experiment(
        self,
        name: str,
        *,
        tracks: str | Iterable[Track | int],
        variants: Mapping[str, Variant],
        metrics: Sequence[str | Metric] = (),
        start_s: float = 0.0,
        stop_s: float | None = None,
        seed: int = 440,
        workers: int | None = None,
        on_progress: Callable[[int, int, str], None] | None = None,
        cancel: Callable[[], bool] | None = None,
    ) -> Experiment:
        """Try variants on tracks, measure them, and keep what was measured.

        A trial that was made before, with the same audio, range, code and seed, is looked up. A
        function of your own is known by what it was compiled to and by all that it reaches: values,
        other functions, methods, your own modules as they are loaded. What it reads from files is
        not seen; pass that in as an array. What cannot be seen is refused.

        Parameters
        ----------
        name : str
            The experiment's; run again under it, it consists of what was asked for last.
        tracks : str or iterable of Track or int
            Or a query, which may find 1,000 tracks at most.
        variants : mapping of str to Enhanced, Chunked or function
            What to compare, by name; a function is ``f(audio, rate_hz) -> audio``.
        metrics : sequence of str or Metric
            Names in :data:`auralis_lab.analysis.comparison.METRICS`; all but the speed by default.
        start_s, stop_s : float
            What of each track, in seconds; to its end if `stop_s` is None. It is held in memory.
        seed : int
            For what is chosen at random.
        workers : int, optional
            Threads; by default one per processor this process may use.
        on_progress : callable, optional
            Called with (trials done, trials in all, title) after every track; ``print`` will do.
        cancel : threading.Event or callable returning bool, optional
            Asked several times a second; what was made until then is kept.

        Returns
        -------
        experiment : Experiment
            With its rows as a relation, summaries and comparisons. What failed is in its
            ``outcome``.

        Raises
        ------
        ParameterError
            If a query finds nothing or there is nothing to try, there are more than 100,000 trials,
            or an argument is out of range.
        CatalogueError
            If results cannot be kept.

        Examples
        --------
        >>> warm = {"half": Enhanced("warm", 0.5), "full": Enhanced("warm")}  # doctest: +SKIP
        >>> tried = lab.experiment("how warm", tracks="genre:jazz", variants=warm)  # doctest: +SKIP
        >>> tried.summary("ltas_distance"), tried.compare("plr_change")  # doctest: +SKIP
        >>> auralis_lab.plot_experiment(tried, "ltas_distance")  # doctest: +SKIP
        """
        from auralis_lab.jobs.experimentrun import run_experiment

        chosen = self._chosen(tracks, MOST_TRIED)
        return run_experiment(
            self.catalogue, name, chosen, variants, metrics,
            start_s=start_s, stop_s=stop_s, seed=seed, workers=workers,
            on_progress=on_progress, cancel=cancel,
        )  # fmt: skip

    def export(
        self,
        tracks: str | Iterable[Track | int],
        folder: str | os.PathLike[str],
        sound: Enhanced | None = None,
        form: ExportForm | None = None,
        *,
        workers: int | None = None,
        executor: Executor | None = None,
        on_progress: Callable[[int, int, str], None] | None = None,
        cancel: Callable[[], bool] | None = None,
    ) -> ExportReport:
        """Enhance many tracks into a folder; run again, it goes on from there.

        Parameters
        ----------
        tracks : str or iterable of Track or int
            Or a query.
        folder : path-like
        sound : Enhanced, optional
            The preset adaptive, in full, by default.
        form : ExportForm, optional
            FLAC in the folders of the library by default.
        workers, executor, on_progress, cancel
            See :func:`auralis_lab.jobs.export.export_tracks`, which also tells the errors.

        Examples
        --------
        >>> lab.export("genre:jazz", "~/for-the-car", Enhanced("warm", 0.7))  # doctest: +SKIP
        """
        from auralis_lab.jobs.export import export_tracks
        from auralis_lab.jobs.exportreport import ExportForm
        from auralis_lab.jobs.variants import Enhanced

        chosen = self._chosen(tracks, MOST_EXPORTED)
        return export_tracks(
            [track.row for track in chosen], folder, sound or Enhanced(), form or ExportForm(),
            roots=[root.path for root in self.roots.list()], workers=workers, executor=executor,
            on_progress=on_progress, cancel=cancel,
        )  # fmt: skip

    def _chosen(self, tracks: str | Iterable[Track | int], most: int) -> list[Track]:
        if isinstance(tracks, str):
            ids = self.catalogue.tracks.ids(tracks, most)
            if not ids:
                near = self.tracks.suggest(tracks)
                meant = f"; {near!r} finds some" if near else ""
                raise ParameterError(f"tracks={tracks!r} finds no track of this library{meant}")
            pages = (ids[n : n + MOST_AT_ONCE] for n in range(0, len(ids), MOST_AT_ONCE))
            return [track for page in pages for track in self.tracks.many(page)]
        return [self.tracks.get(each) if isinstance(each, int) else each for each in tracks]


def open_lab(library: str | os.PathLike[str] | None = None) -> Lab:
    """Open the catalogue of a music folder; it is made when there is none yet.

    Parameters
    ----------
    library : path-like, optional
        The folder, or any other that was scanned into its library, or one below those; by
        default ``AURALIS_LIBRARY``, else the one scanned last.

    Returns
    -------
    lab : Lab

    Raises
    ------
    NotFoundError
        If the folder is not there, or none is named and none was ever scanned.
    ParameterError
        If it is a file.
    CatalogueError
        If the catalogue cannot be opened.
    """
    chosen = Path(library) if library is not None else settings().library or latest_library()
    if chosen is None:
        raise NotFoundError("no library yet: run `auralis scan FOLDER`, or `auralis demo`")
    folder = chosen.expanduser().resolve()
    if folder.is_file():
        raise ParameterError(f"{folder} is a file; a library is a folder, such as {folder.parent}")
    if folder.is_dir():
        folder = scanned_around(folder) or folder
    path = catalogue_of(folder)
    if not folder.is_dir() and not path.exists():
        raise NotFoundError(f"there is no folder {folder}")
    path.parent.mkdir(parents=True, exist_ok=True)
    lab = Lab(folder, Catalogue(path))
    lab.edits.recover()  # of an edit that was interrupted, nothing or all is kept
    register_displays()
    return lab
