from __future__ import annotations

from pathlib import Path

import pytest

from auralis_lab.catalogue.instance import Instance
from auralis_lab.catalogue.lease import Lease
from auralis_lab.catalogue.migrate import Migration, known_migrations, migrate
from auralis_lab.catalogue.store import Catalogue
from auralis_lab.errors import CatalogueError

STEPS = known_migrations()


def _bring_to(path: Path, steps: tuple[Migration, ...]) -> None:
    instance = Instance(path)
    try:
        migrate(path, Lease(path), instance, wait_s=5, steps=steps)
    finally:
        instance.close(wait_s=5)


def _schema(path: Path) -> list[object]:
    instance = Instance(path)
    try:
        with instance.attached(read_only=True) as s:
            return [
                *s.rows(
                    """SELECT table_name, column_name, data_type, is_nullable
                    FROM duckdb_columns() WHERE database_name = 'library' ORDER BY ALL"""
                ),
                *s.rows("SELECT sequence_name FROM duckdb_sequences() ORDER BY ALL"),
                *s.rows("SELECT version, name, checksum FROM migrations ORDER BY ALL"),
            ]
    finally:
        instance.close(wait_s=5)


def _backups(path: Path) -> list[Path]:
    return sorted(path.parent.glob("*.backup"))


def test_steps_are_numbered_without_gaps() -> None:
    assert [step.version for step in STEPS] == list(range(1, len(STEPS) + 1))


def test_steps_that_catalogues_out_there_have_taken_are_never_edited() -> None:
    assert [step.checksum[:16] for step in known_migrations()][:8] == [
        "75564c52aefdfea2", "486f6d87bd26f29f", "f6ae1b4d8e6be15e", "94da1199bbcda28e",
        "1b8d372b2095831c", "74dce91114f64efd", "b6e818b198b0d7ba", "07a57656566e7824",
    ]  # fmt: skip


def test_a_catalogue_brought_up_step_by_step_equals_a_fresh_one(tmp_path: Path) -> None:
    fresh, stepwise = tmp_path / "fresh.duckdb", tmp_path / "stepwise.duckdb"
    _bring_to(fresh, STEPS)
    for n in range(1, len(STEPS) + 1):
        _bring_to(stepwise, STEPS[:n])
    assert _schema(fresh) == _schema(stepwise)


def test_a_copy_is_made_before_an_existing_catalogue_is_migrated(tmp_path: Path) -> None:
    path = tmp_path / "library.duckdb"
    _bring_to(path, STEPS[:1])
    before = _schema(path)
    assert _backups(path) == []
    _bring_to(path, STEPS)
    (copy,) = _backups(path)
    assert "schema1" in copy.name
    assert _schema(copy) == before
    _bring_to(path, STEPS)
    assert _backups(path) == [copy]


def test_rows_survive_a_migration(tmp_path: Path) -> None:
    path = tmp_path / "library.duckdb"
    Catalogue(path).close()
    more = Migration(len(STEPS) + 1, "more", "ALTER TABLE profiles ADD COLUMN more INTEGER")
    with Catalogue(path) as catalogue:
        catalogue.profiles.put("k", "{}", version=1)
    _bring_to(path, (*STEPS, more))
    instance = Instance(path)
    with instance.attached(read_only=True) as s:
        assert s.rows("SELECT content_key, more FROM profiles") == [("k", None)]
    instance.close(wait_s=5)


def test_a_newer_catalogue_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "library.duckdb"
    newer = Migration(len(STEPS) + 1, "newer", "CREATE TABLE newer (x INTEGER)")
    _bring_to(path, (*STEPS, newer))
    before = path.read_bytes()
    with pytest.raises(CatalogueError, match=f"schema {len(STEPS) + 1}.*newer version"):
        Catalogue(path)
    assert path.read_bytes() == before


def test_a_catalogue_made_by_another_step_of_that_number_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "library.duckdb"
    _bring_to(path, (Migration(1, "other", "CREATE TABLE tracks (x INTEGER)"),))
    with pytest.raises(CatalogueError, match="another schema step 1"):
        Catalogue(path)


def test_a_failing_step_leaves_the_catalogue_as_it_was_and_names_the_copy(tmp_path: Path) -> None:
    path = tmp_path / "library.duckdb"
    _bring_to(path, STEPS)
    before = _schema(path)
    bad = Migration(len(STEPS) + 1, "bad", "CREATE TABLE half (x INTEGER); SELECT no_such_column")
    with pytest.raises(CatalogueError, match=r"step \d+ \(bad\) failed: .*copy .*\.backup"):
        _bring_to(path, (*STEPS, bad))
    assert _schema(path) == before
    Catalogue(path).close()


def test_an_empty_database_becomes_a_catalogue(tmp_path: Path) -> None:
    import duckdb

    for name in ("empty database", "empty file"):
        path = tmp_path / f"{name}.duckdb"
        if name == "empty file":
            path.touch()
        else:
            duckdb.connect(path).close()
        with Catalogue(path) as catalogue:
            assert catalogue.tracks.count() == 0
