"""The sandbox's data: one SQLite file, or an in-memory database.

There is one connection and one lock, and a request holds both from its first read to its commit. Requests are
therefore handled one after another, which is fast enough, and each of them is isolated.
"""

import json
import sqlite3
import threading
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sandbox import schema

Document = dict[str, Any]
# SQL conditions, each with the value of its one placeholder. The SQL is always a constant in this package.
Conditions = Mapping[str, object]


def public(document: Document, hidden: Collection[str] = ()) -> Document:
    """Return the document without the `hidden` keys and the sandbox's own keys, which begin with `_`."""
    return {key: value for key, value in document.items() if not key.startswith("_") and key not in hidden}


def _where(conditions: Sequence[str]) -> str:
    return f" WHERE {' AND '.join(conditions)}" if conditions else ""


class Store:
    """Reads and writes documents in the tables of schema.py. Use it inside `with store.transaction():`."""

    def __init__(self, database: str | Path = ":memory:") -> None:
        self._lock = threading.RLock()
        # The lock makes it thread-safe, so sqlite3's own check is off.
        self._connection = sqlite3.connect(database, check_same_thread=False, isolation_level=None)
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = NORMAL")
        self._connection.execute("PRAGMA foreign_keys = ON")

    def is_built(self) -> bool:
        """Return whether the tables exist and have this version."""
        return bool(self._connection.execute("PRAGMA user_version").fetchone()[0] == schema.VERSION)

    def build(self) -> None:
        """Create the tables in an empty store."""
        self._connection.executescript(f"{schema.SCHEMA} PRAGMA user_version = {schema.VERSION};")

    def copy_from(self, other: "Store") -> None:
        """Atomically replace everything with the content of the other store."""
        with self._lock, other._lock:
            other._connection.backup(self._connection)

    def close(self) -> None:
        with self._lock:
            self._connection.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        with self._lock:
            self._connection.execute("BEGIN")
            try:
                yield
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")

    # Reading

    def get(self, table: str, **columns: object) -> Document | None:
        """Return the oldest document whose columns have these values, or None."""
        found = self.all(table, limit=1, **columns)
        return found[0] if found else None

    def all(self, table: str, *, limit: int = -1, **columns: object) -> list[Document]:
        """Return the documents whose columns have these values, oldest first."""
        where = _where([f"{column} = ?" for column in columns])
        sql = f"SELECT document FROM {table}{where} ORDER BY id LIMIT ?"  # noqa: S608
        return [json.loads(text) for (text,) in self._connection.execute(sql, (*map(_scalar, columns.values()), limit))]

    def among(self, table: str, column: str, values: Sequence[str]) -> list[Document]:
        """Return the documents whose column has one of the values, oldest first."""
        sql = f"SELECT document FROM {table} WHERE {column} IN (SELECT value FROM json_each(?)) ORDER BY id"  # noqa: S608
        return [json.loads(text) for (text,) in self._connection.execute(sql, (json.dumps(values),))]

    def count(self, table: str, conditions: Conditions) -> int:
        sql = f"SELECT count(*) FROM {table}{_where(list(conditions))}"  # noqa: S608
        return int(self._connection.execute(sql, tuple(conditions.values())).fetchone()[0])

    def page(
        self, table: str, conditions: Conditions, order: "Order", after: Sequence[str] | None, limit: int
    ) -> list[tuple[tuple[str, ...], Document]]:
        """Return at most `limit` documents after the position `after`, each with its own position.

        A position is the values of the columns of the order (keyset pagination), so the cost of a page does not
        grow with its distance from the start.
        """
        columns = ", ".join(order.columns)
        wanted = [*conditions]
        values: list[object] = [*conditions.values()]
        if after is not None:
            # Every order ends with the id, which is a number, while a position from a cursor is text.
            marks = ", ".join("CAST(? AS INTEGER)" if column == "id" else "?" for column in order.columns)
            wanted.append(f"({columns}) {'<' if order.descending else '>'} ({marks})")
            values.extend(after)
        direction = " DESC" if order.descending else ""
        ordering = ", ".join(column + direction for column in order.columns)
        sql = f"SELECT document, {columns} FROM {table}{_where(wanted)} ORDER BY {ordering} LIMIT ?"  # noqa: S608
        rows = self._connection.execute(sql, (*values, limit))
        return [(tuple(map(str, position)), json.loads(text)) for text, *position in rows]

    def next_id(self, table: str, first: int) -> int:
        """Return the next `id` for a table whose documents show it; `first` if the table is empty."""
        sql = f"SELECT coalesce(max(id) + 1, ?) FROM {table}"  # noqa: S608
        return int(self._connection.execute(sql, (first,)).fetchone()[0])

    # Writing

    def insert(self, table: str, document: Document) -> None:
        """Add a document. Its `id`, if that is a number, becomes the id of the row."""
        number = document.get("id")
        sql = f"INSERT INTO {table} (id, document) VALUES (?, ?)"  # noqa: S608
        self._connection.execute(sql, (number if isinstance(number, int) else None, _text(document)))

    def update(self, table: str, document: Document) -> None:
        """Replace the document with the same uuid."""
        sql = f"UPDATE {table} SET document = ? WHERE uuid = ?"  # noqa: S608
        self._connection.execute(sql, (_text(document), document["uuid"]))

    def delete(self, table: str, **columns: object) -> None:
        """Delete the rows with these values; foreign keys cascade."""
        sql = f"DELETE FROM {table}{_where([f'{column} = ?' for column in columns])}"  # noqa: S608
        self._connection.execute(sql, tuple(columns.values()))

    def drop_empty_subscriptions(self, customer_uuid: str) -> None:
        """Delete the customer's subscriptions that have no line items left."""
        self._connection.execute(
            "DELETE FROM subscriptions WHERE customer_uuid = ?"
            " AND NOT EXISTS (SELECT 1 FROM line_items WHERE subscription_uuid = subscriptions.uuid)",
            (customer_uuid,),
        )

    def set_members(self, group_uuid: str, plan_uuids: Sequence[str]) -> None:
        """Replace the plans of a plan group."""
        self._connection.execute("DELETE FROM plan_group_members WHERE group_uuid = ?", (group_uuid,))
        self._connection.executemany(
            "INSERT OR IGNORE INTO plan_group_members VALUES (?, ?)", [(group_uuid, plan) for plan in plan_uuids]
        )


class Order:
    """The order of a list: its columns, ending with the id, and the direction."""

    def __init__(self, *columns: str, descending: bool = False) -> None:
        self.columns = columns
        self.descending = descending


NEWEST_FIRST = Order("id", descending=True)


def _scalar(value: object) -> object:
    """Return the value if a column can be compared with it, else None, which matches nothing: a client may send a list
    or an object."""
    return value if isinstance(value, str) or (isinstance(value, int) and abs(value) < 2**63) else None


def _text(document: Document) -> str:
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"))
