"""Starts a PostgreSQL or a Redis for tests, if it is installed."""

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg import sql


def postgresql_programs() -> Path | None:
    """Return the folder with the programs of the newest PostgreSQL (Debian keeps them out of PATH), None without one."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if found:
        return found[-1].parent
    initdb = shutil.which("initdb")
    return Path(initdb).resolve().parent if initdb else None


def fresh_database(address: str, name: str, *, like: str = "template1") -> str:
    """Create a database in the cluster of `address` and return its URL: a copy of `like`, which must not be in use."""
    with psycopg.connect(address, autocommit=True) as connection:
        names = sql.Identifier(name), sql.Identifier(like)
        connection.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(*names))
    return f"{address.rpartition('/')[0]}/{name}"


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@contextmanager
def postgresql(programs: Path) -> Iterator[str]:
    """Start a new cluster and yield the URL of its database. As root, run it as the user postgres: PostgreSQL refuses to
    run as root."""
    root = os.geteuid() == 0
    folder = Path(tempfile.mkdtemp(prefix="postgresql-"))
    data, port = folder / "data", free_port()
    if root:
        shutil.chown(folder, "postgres")

    def run(program: str, *arguments: str) -> None:
        command = [str(programs / program), *arguments]
        if root:
            command = ["runuser", "-u", "postgres", "--", *command]
        subprocess.run(command, check=True, cwd=folder, stdout=subprocess.DEVNULL, timeout=60)  # noqa: S603

    try:
        run("initdb", "--pgdata", str(data), "--username", "tests", "--auth", "trust", "--no-sync", "-E", "UTF8")
        quick = "-c fsync=off -c synchronous_commit=off -c full_page_writes=off"
        options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories='' {quick}"
        run("pg_ctl", "start", "--wait", "--pgdata", str(data), "--options", options, "--log", str(folder / "log"))
        try:
            yield f"postgres://tests@127.0.0.1:{port}/postgres"
        finally:
            run("pg_ctl", "stop", "--wait", "--pgdata", str(data), "--mode", "immediate")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def redis(program: str) -> Iterator[str]:
    """Start a new Redis without persistence and yield its URL."""
    port = free_port()
    arguments = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
    process = subprocess.Popen([program, *arguments], stdout=subprocess.PIPE, text=True)  # noqa: S603
    try:
        for line in process.stdout or ():
            if "Ready to accept connections" in line:
                break
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        process.terminate()
        process.communicate(timeout=10)
