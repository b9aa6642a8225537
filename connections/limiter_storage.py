"""Stores the LimiterState of each account where all processes can change it. `key` is Connection.budget_key.

On PostgreSQL it is a row of the database. On SQLite it is a file next to the database: SQLite has one lock for all
writes, so each call would wait twice for whatever else is being stored. Losing the state costs a second of waiting.
"""

import fcntl
import hashlib
import json
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from django.db import DatabaseError, transaction
from django.db import connection as database
from django.db.backends.utils import CursorWrapper

from connections.budget import LimiterState
from connections.models import Traffic

TABLE = Traffic._meta.db_table
SELECT = f"SELECT state FROM {TABLE} WHERE budget_key = %s"  # noqa: S608  constant table name
INSERT = f"INSERT INTO {TABLE} (budget_key, state) VALUES (%s, '{{}}') ON CONFLICT DO NOTHING"  # noqa: S608  constant table name
UPDATE = f"UPDATE {TABLE} SET state = %s WHERE budget_key = %s"  # noqa: S608  constant table name
# xmin names the transaction that wrote a row: while it is the same, the row is as it was read.
SELECT_VERSION = f"SELECT state, xmin::text FROM {TABLE} WHERE budget_key = %s"  # noqa: S608  constant table name
# Without waiting for the disk: the last moments before a crash of the machine may be lost.
UPDATE_UNAWAITED = f"{UPDATE} AND set_config('synchronous_commit', 'off', true) = 'off'"
UPDATE_VERSION = f"{UPDATE_UNAWAITED} AND xmin = %s::xid"
TRIES = 3
A_MOMENT = 0.25
"""Seconds that a thread waits for another one of its process."""
LARGEST = 1024 * 1024
"""Most bytes read of a state's file; it usually has some 2,000."""
Found = TypeVar("Found")


def change(key: str, alter: Callable[[LimiterState], Found]) -> Found:
    """Apply `alter` to the state, store it and return the result of `alter`, which must be safe to repeat: it is called
    again if another process wrote first."""
    path = _beside_the_database(key)
    if path is not None:
        with _file_changing(path) as state:
            return alter(state)
    if database.vendor == "postgresql" and not database.in_atomic_block:
        for _ in range(TRIES):
            try:
                with _one_after_the_other():
                    return _change_unlocked(key, alter)
            except Overtaken:
                continue
            except DatabaseError:
                # Outside a transaction nobody else replaces a broken connection.
                database.close_if_unusable_or_obsolete()
                raise
    with _row_changing(key) as state:
        return alter(state)


_here = threading.Lock()


@contextmanager
def _one_after_the_other() -> Iterator[None]:
    """Let the threads of this process write one after another, so that they do not overtake each other and start over.
    Not a real lock: after A_MOMENT a thread goes ahead, because the other may be waiting for the database."""
    alone = _here.acquire(timeout=A_MOMENT)
    try:
        yield
    finally:
        if alone:
            _here.release()


def state_of(key: str) -> LimiterState:
    """Return the state without locking it."""
    path = _beside_the_database(key)
    if path is None:
        with database.cursor() as cursor:
            return _state_in(_stored(cursor, SELECT, key) or "")
    with _opened(path, fcntl.LOCK_SH) as file:
        return _state_in(os.pread(file, LARGEST, 0))


def forget(key: str) -> None:
    """Delete the state."""
    path = _beside_the_database(key)
    if path is None:
        Traffic.objects.filter(pk=key).delete()
    else:
        path.unlink(missing_ok=True)


class Overtaken(Exception):
    """Another process changed the state meanwhile, or there was none yet."""


# Plain SQL: each call comes here twice and each page once, and building the statement by a queryset takes longer than
# running it.
def _change_unlocked(key: str, alter: Callable[[LimiterState], Found]) -> Found:
    """Change the row if nobody else did meanwhile; locking it would take twice the statements. Raises Overtaken."""
    with database.cursor() as cursor:
        cursor.execute(SELECT_VERSION, [key])
        stored, version = cursor.fetchone() or (None, "")
        if stored is None:
            cursor.execute(INSERT, [key])
            raise Overtaken
        state = _state_in(stored)
        before = state.as_stored()
        found = alter(state)
        if (after := state.as_stored()) != before:
            cursor.execute(UPDATE_VERSION, [json.dumps(after), key, version])
            if not cursor.rowcount:
                raise Overtaken
        return found


@contextmanager
def _row_changing(key: str) -> Iterator[LimiterState]:
    locking = f"{SELECT} FOR UPDATE" if database.features.has_select_for_update else SELECT
    # A transaction of the caller's may hold more than this.
    update = UPDATE_UNAWAITED if database.vendor == "postgresql" and not database.in_atomic_block else UPDATE
    with transaction.atomic(), database.cursor() as cursor:
        stored = _stored(cursor, locking, key)
        if stored is None:
            cursor.execute(INSERT, [key])
            stored = _stored(cursor, locking, key)
        state = _state_in(stored or "")
        before = state.as_stored()
        yield state
        if (after := state.as_stored()) != before:
            cursor.execute(update, [json.dumps(after), key])


def _stored(cursor: CursorWrapper, select: str, key: str) -> str | None:
    """Return the stored JSON, None if there is no row."""
    cursor.execute(select, [key])
    found = cursor.fetchone()
    return str(found[0]) if found else None


@contextmanager
def _file_changing(path: Path) -> Iterator[LimiterState]:
    with _opened(path, fcntl.LOCK_EX) as file:
        stored = os.pread(file, LARGEST, 0)
        state = _state_in(stored)
        before = state.as_stored()
        yield state
        if (after := state.as_stored()) != before:
            # Padded with blanks: truncating a file takes longer than everything else here.
            os.pwrite(file, json.dumps(after).encode().ljust(len(stored)), 0)


def _beside_the_database(key: str) -> Path | None:
    """Return the state's file, None where the state is a row."""
    if database.vendor != "sqlite" or database.is_in_memory_db():  # type: ignore[attr-defined]  # only of SQLite's
        return None
    # The ID of an account may hold anything.
    name = hashlib.sha256(key.encode()).hexdigest()[:16]
    return Path(f"{database.settings_dict['NAME']}-traffic-{name}")


@contextmanager
def _opened(path: Path, lock: int) -> Iterator[int]:
    """Open and lock the file. The kernel releases the lock of a process that is killed."""
    file = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
    try:
        fcntl.flock(file, lock)
        yield file
    finally:
        os.close(file)


def _state_in(stored: bytes | str) -> LimiterState:
    try:
        return LimiterState.of(json.loads(stored or "{}"))
    except ValueError:
        # The machine crashed while it was written.
        return LimiterState()
