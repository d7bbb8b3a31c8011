"""The made-up library that the benchmarks ask."""

from __future__ import annotations

from collections.abc import Callable

from auralis_lab.catalogue.scanning.reading import DERIVED, FileFacts
from auralis_lab.catalogue.store import Catalogue
from tests.benchmarks.library import Library, fill_catalogue


def test_made_up_rows_are_what_a_scan_would_have_stored(facts: Callable[..., FileFacts]) -> None:
    (columns,) = Library(400).batches()
    names = FileFacts.__dataclass_fields__.keys() & columns.keys() - {"path"}
    for n in range(400):
        made = facts(columns["path"][n], **{name: columns[name][n] for name in names})
        for name in DERIVED:
            if name in columns:
                assert columns[name][n] == getattr(made, name), name


def test_a_library_is_as_large_as_asked_for_and_the_same_every_time(catalogue: Catalogue) -> None:
    fill_catalogue(catalogue, Library(500))
    assert catalogue.tracks.count() == 500
    one, other = (next(iter(Library(50).batches())) for _ in range(2))
    assert one["title"] == other["title"]
