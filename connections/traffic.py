"""Where all processes keep the State of the calls to an account: each takes it, changes it and puts it back. `key` is
the budget_key of the connections that lead there.

It is a row of the database, and where that is a file (SQLite), a file beside it: there one lock serves all that is
written, so each call would wait twice for whatever else is being stored. Losing the state costs a second of waiting.
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

from connections.budget import State
from connections.models import Traffic

TABLE = Traffic._meta.db_table
SELECT = f"SELECT state FROM {TABLE} WHERE budget_key = %s"  # noqa: S608  constant table name
INSERT = f"INSERT INTO {TABLE} (budget_key, state) VALUES (%s, '{{}}') ON CONFLICT DO NOTHING"  # noqa: S608  constant table name
UPDATE = f"UPDATE {TABLE} SET state = %s WHERE budget_key = %s"  # noqa: S608  constant table name
# PostgreSQL's name of the transaction that wrote a row: the row is as it was read, as long as that is the same.
SELECT_VERSION = f"SELECT state, xmin::text FROM {TABLE} WHERE budget_key = %s"  # noqa: S608  constant table name
# Nor does anybody wait for the disk: the last moments before the machine went down may be lost.
UPDATE_UNAWAITED = f"{UPDATE} AND set_config('synchronous_commit', 'off', true) = 'off'"
UPDATE_VERSION = f"{UPDATE_UNAWAITED} AND xmin = %s::xid"
TRIES = 3
A_MOMENT = 0.25
"""Seconds that a thread waits for another one of its process."""
LARGEST = 1024 * 1024
"""Bytes of a file; there are some 2,000."""
Found = TypeVar("Found")


def change(key: str, alter: Callable[[State], Found]) -> Found:
    """Apply `alter` to the state and return its result. It is called again if another process wrote first, so it must
    be safe to repeat."""
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
                # Outside of a transaction nobody else would: what comes next gets a connection that works.
                database.close_if_unusable_or_obsolete()
                raise
    with _row_changing(key) as state:
        return alter(state)


_here = threading.Lock()


@contextmanager
def _one_after_the_other() -> Iterator[None]:
    """The threads of this process: who is overtaken begins anew, and those of other processes overtake often enough. It
    is no lock: who has waited for a moment goes ahead, for the other may wait for the database."""
    alone = _here.acquire(timeout=A_MOMENT)
    try:
        yield
    finally:
        if alone:
            _here.release()


def state_of(key: str) -> State:
    """What is known of the calls to an account, without keeping anybody from changing it."""
    path = _beside_the_database(key)
    if path is None:
        with database.cursor() as cursor:
            return _state_in(_stored(cursor, SELECT, key) or "")
    with _opened(path, fcntl.LOCK_SH) as file:
        return _state_in(os.pread(file, LARGEST, 0))


def forget(key: str) -> None:
    """No connection leads there any more."""
    path = _beside_the_database(key)
    if path is None:
        Traffic.objects.filter(pk=key).delete()
    else:
        path.unlink(missing_ok=True)


class Overtaken(Exception):
    """Somebody else has changed the state meanwhile, or there was none yet."""


# Not by querysets: each call comes here twice and each page once, and to put such a statement together takes longer
# than to carry it out.
def _change_unlocked(key: str, alter: Callable[[State], Found]) -> Found:
    """Raises Overtaken. To lock the row takes twice the statements."""
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
def _row_changing(key: str) -> Iterator[State]:
    locking = f"{SELECT} FOR UPDATE" if database.features.has_select_for_update else SELECT
    # What else is in a transaction of the caller's is another matter.
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
    """The state as it is written in the row, as JSON; None where there is no row."""
    cursor.execute(select, [key])
    found = cursor.fetchone()
    return str(found[0]) if found else None


@contextmanager
def _file_changing(path: Path) -> Iterator[State]:
    with _opened(path, fcntl.LOCK_EX) as file:
        stored = os.pread(file, LARGEST, 0)
        state = _state_in(stored)
        before = state.as_stored()
        yield state
        if (after := state.as_stored()) != before:
            # Blanks over what was longer: to cut a file takes longer than all the rest.
            os.pwrite(file, json.dumps(after).encode().ljust(len(stored)), 0)


def _beside_the_database(key: str) -> Path | None:
    """The file of the state; None where it is a row."""
    if database.vendor != "sqlite" or database.is_in_memory_db():  # type: ignore[attr-defined]  # only of SQLite's
        return None
    # The ID of an account may hold anything.
    name = hashlib.sha256(key.encode()).hexdigest()[:16]
    return Path(f"{database.settings_dict['NAME']}-traffic-{name}")


@contextmanager
def _opened(path: Path, lock: int) -> Iterator[int]:
    """The descriptor of the locked file. Whoever waits for it is woken in turn; a process that is killed lets go."""
    file = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
    try:
        fcntl.flock(file, lock)
        yield file
    finally:
        os.close(file)


def _state_in(stored: bytes | str) -> State:
    try:
        return State.of(json.loads(stored or "{}"))
    except ValueError:
        # The machine went down while it was written.
        return State()
