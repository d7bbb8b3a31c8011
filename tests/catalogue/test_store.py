"""The lease and the units of work, with threads, processes and sudden death."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from auralis_lab.catalogue.store import Catalogue
from auralis_lab.errors import CatalogueBusyError, CatalogueError


def start(code: str, *arguments: object) -> subprocess.Popen[str]:
    """Run code in a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(code), *map(str, arguments)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


HOLD = """
import sys
from auralis_lab.catalogue.store import Catalogue
catalogue = Catalogue(sys.argv[1])
with getattr(catalogue, sys.argv[2])() as s:
    s.rows("SELECT count(*) FROM tracks")
    print("held", flush=True)
    sys.stdin.read()
"""

COUNT = """
import sys
from auralis_lab.catalogue.store import Catalogue
catalogue = Catalogue(sys.argv[1], wait_s=60)
for i in range(int(sys.argv[2])):
    if i % 2:
        with catalogue.session() as s:
            assert s.rows("SELECT count(*) FROM counter") == [(1,)]
    with catalogue.write() as s:
        s.run("UPDATE counter SET n = n + 1")
"""


@pytest.fixture
def counter(catalogue: Catalogue) -> Callable[[], int]:
    with catalogue.write() as s:
        s.run("CREATE TABLE counter AS SELECT 0 AS n")

    def read() -> int:
        with catalogue.session() as s:
            return int(s.rows("SELECT n FROM counter")[0][0])

    return read


def test_processes_lose_no_update(catalogue: Catalogue, counter: Callable[[], int]) -> None:
    processes = [start(COUNT, catalogue.path, 10) for _ in range(4)]
    for process in processes:
        _, complaints = process.communicate(timeout=120)
        assert process.returncode == 0, complaints
    assert counter() == 40


def test_threads_lose_no_update(catalogue: Catalogue, counter: Callable[[], int]) -> None:
    def work() -> None:
        for _ in range(15):
            with catalogue.write() as s:
                s.run("UPDATE counter SET n = n + 1")
            counter()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert counter() == 60


def test_readers_of_one_process_read_at_the_same_time(catalogue: Catalogue) -> None:
    both_inside = threading.Barrier(2, timeout=20)

    def read() -> None:
        with catalogue.session() as s:
            both_inside.wait()
            s.rows("SELECT count(*) FROM tracks")
            both_inside.wait()

    thread = threading.Thread(target=read)
    thread.start()
    read()
    thread.join()
    assert not both_inside.broken


def test_a_waiting_writer_gets_in_although_readers_keep_coming(
    catalogue: Catalogue, counter: Callable[[], int]
) -> None:
    stop = threading.Event()

    def read() -> None:
        while not stop.is_set():
            with catalogue.session():
                time.sleep(0.05)

    readers = [threading.Thread(target=read) for _ in range(3)]
    for reader in readers:
        reader.start()
    try:
        for _ in range(3):
            with catalogue.write(wait_s=20) as s:
                s.run("UPDATE counter SET n = n + 1")
    finally:
        stop.set()
        for reader in readers:
            reader.join()
    assert counter() == 3


@pytest.mark.parametrize(("held", "refused"), [("write", "session"), ("session", "write")])
def test_whoever_waits_in_vain_is_told_who_holds_the_catalogue(
    catalogue: Catalogue, held: str, refused: str
) -> None:
    with start(HOLD, catalogue.path, held) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with (
            pytest.raises(CatalogueBusyError, match=rf"process {holder.pid} .*after 0\.2 s"),
            getattr(catalogue, refused)(wait_s=0.2),
        ):
            pass
        holder.communicate("")
    with getattr(catalogue, refused)(wait_s=5):
        pass


def test_a_killed_holder_frees_the_catalogue_and_leaves_nothing_half_done(
    catalogue: Catalogue, counter: Callable[[], int]
) -> None:
    code = HOLD.replace('print("held"', 's.run("UPDATE counter SET n = 7"); print("held"')
    with start(code, catalogue.path, "write") as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        holder.send_signal(signal.SIGKILL)
        holder.wait()
    assert counter() == 0


def test_a_process_killed_after_a_commit_has_committed(
    catalogue: Catalogue, counter: Callable[[], int]
) -> None:
    code = """
    import os, sys
    from auralis_lab.catalogue.store import Catalogue
    catalogue = Catalogue(sys.argv[1])
    with catalogue._lease.held(exclusive=True, wait_s=5):
        with catalogue._instance.attached(read_only=False) as s:
            with s.transaction():
                s.run("UPDATE counter SET n = 8")
            os.kill(os.getpid(), 9)
    """
    with start(code, catalogue.path) as process:
        process.communicate()
    assert counter() == 8


def test_an_exception_takes_the_whole_write_back(
    catalogue: Catalogue, counter: Callable[[], int]
) -> None:
    def write() -> None:
        with catalogue.write() as s:
            s.run("UPDATE counter SET n = 5")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        write()
    assert counter() == 0


def test_a_failed_statement_takes_the_write_back_even_if_caught(
    catalogue: Catalogue, counter: Callable[[], int]
) -> None:
    def write() -> None:
        with catalogue.write() as s:
            s.run("UPDATE counter SET n = 5")
            with pytest.raises(CatalogueError, match="no_such_table"):
                s.run("INSERT INTO no_such_table VALUES (1)")

    with pytest.raises(CatalogueError, match="nothing of this write"):
        write()
    assert counter() == 0


def test_a_reader_cannot_write(catalogue: Catalogue, counter: Callable[[], int]) -> None:
    with catalogue.session() as s, pytest.raises(CatalogueError, match="read-only"):
        s.run("UPDATE counter SET n = 5")
    assert counter() == 0


def test_a_thread_has_one_session_at_a_time(catalogue: Catalogue) -> None:
    with catalogue.session():
        for act in (catalogue.session, catalogue.write):
            with pytest.raises(CatalogueError, match="already has a session"), act():
                pass
        with pytest.raises(CatalogueError, match="already has a session"):
            catalogue.close()
    assert catalogue.tracks.count() == 0


def test_a_session_that_is_over_is_refused(catalogue: Catalogue) -> None:
    with catalogue.session() as s:
        pass
    with pytest.raises(CatalogueError):
        s.rows("SELECT 1")


def test_a_closed_catalogue_is_refused(catalogue: Catalogue) -> None:
    catalogue.close()
    catalogue.close()
    with pytest.raises(CatalogueError, match="was closed"):
        catalogue.tracks.count()


def test_closing_waits_for_sessions_of_other_threads(catalogue: Catalogue) -> None:
    inside, counted = threading.Event(), []

    def read() -> None:
        with catalogue.session() as s:
            inside.set()
            time.sleep(0.2)
            counted.append(s.rows("SELECT count(*) FROM tracks")[0][0])

    thread = threading.Thread(target=read)
    thread.start()
    inside.wait(10)
    catalogue.close()
    assert counted == [0]
    thread.join()


def test_two_catalogues_on_one_file_agree(catalogue: Catalogue) -> None:
    with Catalogue(catalogue.path) as other:
        other.profiles.put("k", "{}", version=1)
        assert catalogue.profiles.get("k") == "{}"


def test_a_forked_child_works_with_the_catalogue_it_inherited(catalogue: Catalogue) -> None:
    catalogue.profiles.put("parent", "{}", version=1)
    pid = os.fork()
    if pid == 0:
        ok = catalogue.profiles.get("parent") == "{}"
        catalogue.profiles.put("child", "{}", version=1)
        os._exit(0 if ok else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    assert catalogue.profiles.get("child") == "{}"


def test_a_child_forked_inside_a_write_neither_commits_nor_keeps_the_lease(
    catalogue: Catalogue, counter: Callable[[], int]
) -> None:
    with catalogue.write() as s:
        s.run("UPDATE counter SET n = 3")
        pid = os.fork()
        if pid == 0:
            try:
                s.run("COMMIT")
            except CatalogueError:
                time.sleep(1.0)
                os._exit(0)
            os._exit(1)
    with catalogue.write(wait_s=0.5):  # while the child is still alive
        pass
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    assert counter() == 3


def test_a_full_disk_is_an_error_after_which_the_catalogue_works_on(
    catalogue: Catalogue, counter: Callable[[], int]
) -> None:
    code = """
    import resource, signal, sys
    from auralis_lab.catalogue.store import Catalogue
    from auralis_lab.errors import CatalogueError
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    catalogue = Catalogue(sys.argv[1])
    size = catalogue.path.stat().st_size
    resource.setrlimit(resource.RLIMIT_FSIZE, (size + 100_000, resource.RLIM_INFINITY))
    try:
        with catalogue.write() as s:
            s.run("CREATE TABLE big AS SELECT random() AS x FROM range(3_000_000)")
            s.run("UPDATE counter SET n = 9")
    except CatalogueError as error:
        print("refused", error)
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY,) * 2)
    with catalogue.write() as s:
        s.run("UPDATE counter SET n = n + 1")
    catalogue.close()
    """
    with start(code, catalogue.path) as process:
        told, complaints = process.communicate()
    assert process.returncode == 0, complaints
    assert told.startswith("refused")
    assert told.count("\n") == 1
    assert counter() == 1


def test_a_session_left_open_does_not_keep_the_interpreter_from_ending(tmp_path: Path) -> None:
    code = """
    import sys, threading
    from auralis_lab.catalogue.store import Catalogue
    catalogue = Catalogue(sys.argv[1], wait_s=0.5)
    unit = catalogue.session()
    unit.__enter__()
    """
    with start(code, tmp_path / "l.duckdb") as process:
        _, complaints = process.communicate(timeout=60)
    assert process.returncode == 0, complaints


@pytest.mark.parametrize("make", ["folder", "text", "other database", "file above"])
def test_what_is_no_catalogue_is_refused_in_one_line(tmp_path: Path, make: str) -> None:
    import duckdb

    path = tmp_path / "it's one.duckdb"
    if make == "folder":
        path.mkdir()
    elif make == "text":
        path.write_text("not a database\n" * 1000)
    elif make == "other database":
        with duckdb.connect(path) as other:
            other.execute("CREATE TABLE mine (x INTEGER)")
    else:
        path.write_text("a file")
        path = path / "library.duckdb"
    before = path.read_bytes() if path.is_file() else b""
    with pytest.raises(CatalogueError) as caught:
        Catalogue(path)
    assert "\n" not in str(caught.value)
    assert "it's one.duckdb" in str(caught.value)
    assert not path.is_file() or path.read_bytes() == before


def test_a_database_opened_by_somebody_else_is_busy(catalogue: Catalogue) -> None:
    code = """
    import duckdb, sys
    connection = duckdb.connect(sys.argv[1])
    print("held", flush=True)
    sys.stdin.read()
    """
    with start(code, catalogue.path) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        with pytest.raises(CatalogueBusyError, match=str(other.pid)):
            catalogue.tracks.count()
        other.communicate("")
    assert catalogue.tracks.count() == 0


@pytest.mark.parametrize("unit", ["session", "write"])
def test_what_is_parked_is_given_up_when_another_process_queues(
    catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch, unit: str
) -> None:
    for name in ("READ_HOLD_S", "WRITE_HOLD_S"):
        monkeypatch.setattr(f"auralis_lab.catalogue.hold.{name}", 600.0)
    with getattr(catalogue, unit)() as s:
        s.rows("SELECT 1")
    code = """
        import sys
        from auralis_lab.catalogue.store import Catalogue
        with Catalogue(sys.argv[1], wait_s=30) as catalogue, catalogue.write() as s:
            s.run("UPDATE revisions SET number = 7 WHERE name = 'tracks'")
    """
    other = start(code, catalogue.path)
    assert other.communicate()[1] == ""
    with catalogue.session() as s:
        assert s.rows("SELECT number FROM revisions WHERE name = 'tracks'") == [(7,)]


def test_what_is_parked_is_given_up_when_the_folder_is_removed(tmp_path: Path) -> None:
    folder = tmp_path / "library"
    catalogue = Catalogue(folder / "catalogue.duckdb")
    complaints: list[object] = []
    usual, threading.excepthook = threading.excepthook, complaints.append
    try:
        assert catalogue.tracks.count() == 0
        shutil.rmtree(folder)
        deadline_s = time.monotonic() + 20
        while any(link.startswith(os.fspath(folder)) for link in _open_files()):
            assert time.monotonic() < deadline_s
            time.sleep(0.02)
    finally:
        threading.excepthook = usual
    assert complaints == []
    with pytest.raises(CatalogueError, match="No such file or directory"):
        catalogue.tracks.count()
    catalogue.close()


def _open_files() -> list[str]:
    links = []
    for fd in os.listdir("/proc/self/fd"):
        with suppress(OSError):  # closed meanwhile
            links.append(os.readlink(f"/proc/self/fd/{fd}"))
    return links


def test_threads_that_read_and_write_in_turn_never_wait_for_what_is_parked(
    catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("READ_HOLD_S", "WRITE_HOLD_S"):
        monkeypatch.setattr(f"auralis_lab.catalogue.hold.{name}", 600.0)

    def work() -> None:
        for n in range(20):
            with catalogue.session(wait_s=30) if n % 2 else catalogue.write(wait_s=30) as s:
                s.rows("SELECT 1")

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not any(thread.is_alive() for thread in threads)


def test_a_copy_of_the_file_made_while_nobody_is_attached_is_complete(
    catalogue: Catalogue, tmp_path: Path
) -> None:
    catalogue.profiles.put("k", "{}", version=1)
    with catalogue.detached() as path:
        assert not path.with_name(path.name + ".wal").exists()
        (tmp_path / "copy.duckdb").write_bytes(path.read_bytes())
        with pytest.raises(CatalogueError, match="already has a session"):
            catalogue.profiles.get("k")
    with Catalogue(tmp_path / "copy.duckdb") as copy:
        assert copy.profiles.get("k") == "{}"
    assert catalogue.profiles.get("k") == "{}"


def test_a_closed_catalogue_leaves_no_thread_behind(tmp_path: Path) -> None:
    before = threading.active_count()
    with Catalogue(tmp_path / "c.duckdb") as catalogue, catalogue.session() as s:
        s.rows("SELECT 1")
    assert threading.active_count() == before
